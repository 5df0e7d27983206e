/*
 * recode - text of any charset to UTF-8, and a URL's query back.
 *
 * Remembers the charset used last, since pages of one site share theirs.  One
 * per thread; no I/O but what legacy.h's first use of a charset takes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_RECODE_H
#define WORKER_RECODE_H

#include "common/buf.h"
#include "worker/legacy.h"

struct recode {
    const char *charset;         /* borrowed, one of page.h's; NULL: none yet */
    const struct legacy *legacy; /* NULL: charset is none of those */
};

void recode_init(struct recode *r);
void recode_fini(struct recode *r); /* forgets; the tables stay */

/*
 * Append in, which is in charset (a name of page.h's), to out as UTF-8.  What
 * is broken becomes U+FFFD, as the Encoding standard's decoders do it.  Fails
 * as buf_add() does, and in no other way: of a charset that is missing here
 * (recode_is_missing()) all but ASCII is broken.
 */
enum err recode_to_utf8(struct recode *r, const char *charset, struct str in,
                        struct buf *out) MUST_USE;

bool recode_is_missing(struct recode *r, const char *charset);

/*
 * URL Standard 4.4, "query state", the part for a document that is not UTF-8:
 * append query, which is UTF-8 and may begin with its "?", to out so that its
 * characters beyond ASCII are percent-encoded in charset.  One that charset
 * lacks becomes "%26%23number%3B".  ASCII is left to who parses the URL.
 */
enum err recode_query(struct recode *r, const char *charset, struct str query,
                      struct buf *out) MUST_USE;

#endif
