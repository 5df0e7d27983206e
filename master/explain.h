/*
 * explain - what is known of one URL, for master explain.
 *
 * explain.c looks through the frontier for where the URL is; explain_render()
 * puts everything into words.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_EXPLAIN_H
#define MASTER_EXPLAIN_H

#include "common/entry.h"
#include "common/frontier_look.h"
#include "common/url.h"
#include "master/command.h"
#include "master/log_find.h"

enum explain_place {
    EXPLAIN_NOWHERE,
    EXPLAIN_QUEUE,     /* the front queue */
    EXPLAIN_BACK,      /* its site's back queue */
    EXPLAIN_RETRY,     /* until at_ms */
    EXPLAIN_FLIGHT,    /* in worker's hands */
    EXPLAIN_SET_ASIDE, /* the quarantine */
    EXPLAIN_DEEP       /* too far back in some queue to be looked for */
};

/* What the options of the canonical form made of the URL. */
struct explain_form {
    struct str given; /* by url_parse(); borrowed */
    unsigned rules;   /* enum canon_rule; 0: they are the same */
    bool is_verbatim; /* it is explained as it was given */
};

struct explain {
    struct explain_form form;
    struct command_crawl *crawl;
    struct buf text; /* the canonical URL, into which url points */
    struct url url;
    struct str site;
    struct frontier_counts counts;
    struct frontier_site of_site;
    bool is_seen;
    bool is_seed_host; /* only asked for with --no-span-hosts */
    enum explain_place place;
    uint64_t ahead;     /* entries before it, in QUEUE and BACK */
    int64_t at_ms;      /* RETRY: ms since 1970, Redis's clock */
    char *line;         /* the entry as it stands there; NULL: nowhere */
    char *worker;       /* FLIGHT */
    char *holder;       /* who holds the site; NULL: nobody who was found */
    char *deaths;       /* what it stands accused of; NULL: nothing */
    redisReply *robots; /* robots:NAME:ORIGIN */
    redisReply *cached; /* with --cache: what is remembered; or NULL */
    struct log_find log;
};

/* --- explain_view.c --- */
void explain_render(const struct explain *x, struct buf *out);
void explain_row(struct buf *out, const char *label, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* --- explain_cache.c: nothing without --cache --- */
/* EXIT_FINISHED, or EXIT_REDIS after having said why. */
int explain_ask_cache(struct explain *x) MUST_USE;
void explain_cache(const struct explain *x, struct buf *out);

#endif
