/*
 * values - the values of the sieve's tags as UTF-8 without references.
 *
 * Most values hold neither a reference nor a byte above 0x7f: they are used
 * where they stand in the page.  Values with other bytes are converted; those
 * with references go into one small document a page, which libxml2's SAX
 * parser reads.  It is rewritten so that libxml2 2.9, which knows HTML 4's
 * references, reads them as HTML5 has them.  One per thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_VALUES_H
#define WORKER_VALUES_H

#include <libxml/HTMLparser.h>

#include "common/buf.h"
#include "worker/recode.h"
#include "worker/sieve.h"

enum {
    VALUES_BUF_MAX = 64 << 20,  /* 12 times the default cap of a body */
    VALUES_BUF_KEEP = 256 << 10 /* a larger one is given back after its page */
};

struct values {
    unsigned magic;
    htmlParserCtxtPtr xml; /* reads the small documents */
    struct recode recode;
    struct buf text;    /* the decoded values of this page */
    struct buf small;   /* the small document */
    struct buf scratch; /* one value */
    struct sieve *tags; /* those that are being decoded */
    uint32_t *pending;  /* which of them are in the small document */
    size_t n_pending;
    size_t cap_pending;
    size_t next_pending;
    struct str html;
    const char *charset;
    bool is_cut; /* a value was lost: no memory */
};

void values_init(struct values *d);
void values_fini(struct values *d);

/* A new page, in charset; the last one's values are gone. */
void values_begin(struct values *d, struct str html, const char *charset);

/*
 * Decode those of the tags that need it and are not SIEVE_IS_KNOWN: base and
 * meta (is_head), or all the others.  A tag that cannot be decoded loses its
 * values.
 */
void values_tags(struct values *d, struct sieve *tags, bool is_head);

/* The value in a slot, for a tag that needed nothing or was decoded. */
static inline struct str
values_value(const struct values *d, const struct sieve_tag *t,
             enum sieve_slot slot)
{
    return sieve_value(t, t->flags & SIEVE_IS_MOVED ? d->text.p : d->html.p,
                       slot);
}

/*
 * Let t have value, which is copied, as its decoded one.  False, and the tag
 * has no values any more, when there is no memory.
 */
bool values_set(struct values *d, struct sieve_tag *t, enum sieve_slot slot,
                struct str value);

#endif
