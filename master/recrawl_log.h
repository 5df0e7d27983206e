/*
 * recrawl_log - the URLs that a crawl finished, out of its logs.
 *
 * Read as streams, one file behind another, always in the same order, so
 * that a row's number stays its number.  What is read may be anything.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_RECRAWL_LOG_H
#define MASTER_RECRAWL_LOG_H

#include "common/scope.h"
#include "common/url.h"

struct recrawl_log; /* opaque */

/* paths and scope are the caller's.  Opens nothing yet.  has_ftp: --ftp. */
struct recrawl_log *recrawl_log_new(char *const *paths, size_t count,
                                    const struct scope *scope, bool has_ftp);
void recrawl_log_free(struct recrawl_log *l); /* NULL is fine */

struct recrawl_url {
    struct url url; /* canonical, as everything here until the next call */
    unsigned depth, hops;
    struct str referrer;
    uint64_t row; /* lines passed up to here, over all files */
};

enum recrawl_next {
    RECRAWL_NEXT_URL,
    RECRAWL_NEXT_PAUSE, /* much was passed over without one: call again */
    RECRAWL_NEXT_ERROR, /* a file cannot be read, logged; go on calling */
    RECRAWL_NEXT_END
};
/*
 * The next URL that was finished, is still one and in scope; the same one may
 * come twice.  Not what was gone for good (410).
 */
enum recrawl_next recrawl_log_next(struct recrawl_log *l,
                                   struct recrawl_url *out) MUST_USE;

#endif
