/*
 * recrawl - what a crawl with --cache may build on.
 *
 * Crawls with --cache are counted; cache:NAME has the count, the last one
 * that was finished, and who wrote its logs.  A page that is not fetched
 * again gives no links, so a re-crawl takes its URLs from the logs of the
 * last finished crawl: that one had every link of every page of its
 * generation, and, as it was seeded the same way, of those before it, back to
 * the last time that the rules for links were others.
 *
 * Blocking, before the loop runs.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_RECRAWL_H
#define MASTER_RECRAWL_H

#include "common/frontier.h"
#include "common/redis.h"

enum { RECRAWL_WHY_BYTES = 256 };

struct recrawl {
    uint64_t generation; /* of the crawl that begins or goes on; 0: none */
    /* Pages of these may be answered by a 304 though they have links ... */
    uint64_t links_from, links_upto; /* ... upto 0: none may */
    bool is_kept; /* what was remembered is of use: do not drop it */
    char **logs;  /* to take URLs from, by their paths; sorted */
    size_t count;
};

/* What is known of the crawl that comes to its end here, and of the next. */
struct recrawl_setup {
    const struct frontier *frontier;
    const char *name;
    const char *folder;      /* where log/ is */
    uint64_t rules;          /* what decides about links from now on */
    uint64_t old_generation; /* of the crawl in Redis, 0: there is none ... */
    bool is_finished;        /* ... and that came to its end */
};

/*
 * Another generation begins.  To be called before the old crawl is dropped.
 * ERR_REDIS: why has Redis's words.  End out with recrawl_fini() in any case.
 */
enum err recrawl_begin(struct redis *r, const struct recrawl_setup *setup,
                       struct recrawl *out,
                       char why[RECRAWL_WHY_BYTES]) MUST_USE;
/*
 * The crawl of out->generation goes on: its logs, once more.  With other
 * rules than it began with no page of it can be built on, now or later: then
 * links_from is set above all generations.
 */
enum err recrawl_resume(struct redis *r, const struct recrawl_setup *setup,
                        struct recrawl *out,
                        char why[RECRAWL_WHY_BYTES]) MUST_USE;
void recrawl_fini(struct recrawl *r);

#endif
