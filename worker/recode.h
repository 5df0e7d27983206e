/*
 * recode - text of any charset to UTF-8, and characters back (iconv).
 *
 * Holds the converters of the charset used last, since pages of one site
 * share theirs.  One per thread; no locks, no I/O but iconv's own loading of
 * a converter.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_RECODE_H
#define WORKER_RECODE_H

#include <iconv.h>

#include "common/buf.h"

struct recode {
    const char *charset;  /* borrowed, one of page.h's; NULL: none open */
    iconv_t to_utf8;      /* (iconv_t)-1: not open */
    iconv_t from_utf8;    /* the same */
    const char *from_set; /* the charset that from_utf8 is for */
};

void recode_init(struct recode *r);
void recode_fini(struct recode *r);

/*
 * Append in, which is in charset (a name of page.h's), to out as UTF-8.  What
 * is broken becomes U+FFFD, as the Encoding standard's decoders do it; a byte
 * of ASCII behind a broken lead byte is kept.  ERR_NOT_FOUND when iconv does
 * not know the charset, else what buf_add() answers.
 */
enum err recode_to_utf8(struct recode *r, const char *charset, struct str in,
                        struct buf *out) MUST_USE;

/*
 * Write rune in charset to bytes and return how many those are; 0 when the
 * charset has no such character.
 */
size_t recode_rune(struct recode *r, const char *charset, uint32_t rune,
                   char bytes[8]);

#endif
