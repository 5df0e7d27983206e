/*
 * crawl - the beginning of a crawl: new, resumed, or finished long ago.
 *
 * Works on crawl:NAME over a blocking connection, before the loop runs.  What
 * it keeps there beside the frontier's own fields: layout (of the keys), run
 * (an id of this crawl, so that another crawl's Redis is never taken for
 * ours), generation, links_from and links_upto (with --cache; see recrawl.h),
 * lists and seeded (what was seeded, and whether all of it), started,
 * and each setting under its option's name.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_CRAWL_H
#define MASTER_CRAWL_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/frontier.h"
#include "common/redis.h"
#include "master/recrawl.h"

enum { CRAWL_WHY_BYTES = 512, CRAWL_RUN_BYTES = 17 };

enum crawl_start { CRAWL_NEW, CRAWL_RESUMED, CRAWL_WAS_FINISHED };

struct crawl {
    struct frontier *frontier;
    char run[CRAWL_RUN_BYTES];
    enum crawl_start start;
    uint64_t started;              /* when it began, seconds since 1970 */
    bool is_seeding;               /* the lists are to be read ... */
    uint64_t seed_row;             /* ... behind this row */
    struct frontier_counts counts; /* as found; zero for a new one */
    struct recrawl recrawl;        /* with --cache */
};

struct crawl_options {
    const char *name;
    char **lists;
    size_t count;
    const char *folder; /* the output's */
    bool is_restart;
    /* Called between the steps of what may take long; true: give up. */
    bool (*turn)(void *arg);
    void *arg;
};

/*
 * Begin or resume; a finished crawl begins once more when --cache is given.
 * Stored settings that were not given now go into config;
 * those given now go into Redis; what happens is logged.  On ERR_OK end out
 * with crawl_fini().  ERR_INVALID: why has a line for the user; ERR_REDIS:
 * why has Redis's words; ERR_NOT_FOUND: turn() gave up.
 */
enum err crawl_begin(struct redis *r, struct config *config,
                     const struct crawl_options *options, struct crawl *out,
                     char why[CRAWL_WHY_BYTES]) MUST_USE;
void crawl_fini(struct crawl *c);

/*
 * After a break: whether the reply to frontier_form_crawl_get() is still this
 * crawl's.  *seed_row and *is_seeded: how far Redis remembers the seeding.
 */
bool crawl_is_same(const redisReply *reply, const char *run, uint64_t *seed_row,
                   bool *is_seeded);

#endif
