/*
 * anchor - what a link says: the text between <a> and its end.
 *
 * As a reader of the page sees it: references resolved, tags, comments,
 * scripts and style sheets left out, white space of any kind made one blank,
 * a blank also where a line or a block ends.  An <a> without text says what
 * its first image has for an alt.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_ANCHOR_H
#define WORKER_ANCHOR_H

#include "common/buf.h"
#include "worker/recode.h"

enum {
    ANCHOR_MAX = 1000, /* bytes; what is longer is cut */
    ANCHOR_LOOK_MAX =
        65536 /* bytes of the page that are looked at, for one anchor */
};

/* One per thread. */
struct anchor {
    struct buf text;    /* of the last one */
    struct buf scratch; /* a piece of it, as UTF-8 */
};

void anchor_init(struct anchor *a);
void anchor_fini(struct anchor *a);

/*
 * The text of the <a> whose content is at the beginning of rest, which goes to
 * the end of the page, in charset.  Borrowed from a until its next use.
 */
struct str anchor_read(struct anchor *a, struct recode *recode,
                       const char *charset, struct str rest);
/* The same of text, UTF-8 without references: only white space is done. */
struct str anchor_tidy(struct anchor *a, struct str text);

/* Whether a tag of this name, any case, parts the words around it. */
bool anchor_parts_words(struct str name);

#endif
