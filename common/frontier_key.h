/*
 * frontier_key - the names of one crawl's keys, and its verbs' scripts.
 *
 * For common/frontier*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_FRONTIER_KEY_H
#define COMMON_FRONTIER_KEY_H

#include "common/frontier.h"

enum { FRONTIER_NAME_MAX = 64 };

/*
 * A fingerprint's place in a set of them: 65,536 buckets of the seen-set, as
 * many for hosts' pages (see add-5.lua), 4,096 of seeds' hosts.
 */
enum {
    FRONTIER_SEEN_MASK = 0xffff,
    FRONTIER_HOSTS_MASK = 0xfff,
    FRONTIER_HOST_FULL = 4096 /* a host's bucket takes no more URLs */
};
#define FRONTIER_HOST_PREFIX "h" /* before a host's bucket */

enum frontier_verb {
    VERB_ACK,
    VERB_ADD,
    VERB_BEAT,
    VERB_BLAME,
    VERB_BURY,
    VERB_CHANGE,
    VERB_CLAIM,
    VERB_COUNTS,
    VERB_FINDTWIN,
    VERB_NOTETWIN,
    VERB_PACE,
    VERB_REAP,
    VERB_RECALL,
    VERB_RELEASE,
    VERB_REMEMBER,
    VERB_RETRY,
    VERB_SLOT,
    VERB_STEER,
    VERB_TRIAL,
    VERB_WORKERS,
    VERB_COUNT
};

/* Keys of one name; those ending in a colon are families. */
enum frontier_key {
    KEY_CRAWL,
    KEY_STATS,
    KEY_QUEUE,
    KEY_DUE,
    KEY_RETRY,
    KEY_HELD,
    KEY_WORKERS,
    KEY_PACE,
    KEY_ORDERS,
    KEY_SUSPECTS,
    KEY_QUARANTINE,
    KEY_DEATHS,
    KEY_ASKED,
    KEY_IP,
    KEY_CACHED,  /* cache:NAME */
    KEY_SITE,    /* site:NAME: */
    KEY_SEEN,    /* seen:NAME: */
    KEY_HOSTS,   /* hosts:NAME: */
    KEY_ROBOTS,  /* robots:NAME: */
    KEY_CACHE,   /* cache:NAME: */
    KEY_COOKIES, /* cookies:NAME: */
    KEY_TWINS,   /* twins:NAME: */
    KEY_HOLD,    /* hold:NAME:WORKER */
    KEY_FLIGHT,  /* flight:NAME:WORKER */
    KEY_WORKER,  /* worker:NAME:WORKER */
    KEY_COUNT
};

struct frontier {
    char *name;
    struct str worker; /* owned; any bytes, for it may come from Redis */
    int64_t now_ms;    /* for tests; 0: Redis's TIME */
    bool keeps_cache;  /* when the crawl is taken away */
    struct buf keys[KEY_COUNT];
    /*
     * What each request of a verb begins with, behind its count of
     * arguments: EVALSHA, the script's SHA-1, its keys; formed once.
     */
    struct buf heads[VERB_COUNT];
    size_t head_args[VERB_COUNT];
};

/* As frontier_new(), with names that were looked at; any bytes as worker. */
struct frontier *frontier_make(const char *name, struct str worker);
/* [A-Za-z0-9._-], at most FRONTIER_NAME_MAX bytes of them. */
bool frontier_is_name(struct str name);
/* Bytes of our own, which fit: the program ends when memory does. */
void frontier_put(struct buf *b, struct str s);
/* A request of v up to its first argument, which all have: the time. */
void frontier_begin(const struct frontier *f, struct buf *b,
                    enum frontier_verb v, size_t args);
/*
 * Whether a canonical URL's fingerprint is in the bucket of its host's pages,
 * if that has it or has room; else it is in its own.
 */
bool frontier_is_among_hosts_pages(struct str url, unsigned *bucket);
/* Whether key is one of the crawl's: for taking a crawl away. */
bool frontier_owns(const struct frontier *f, struct str key);

#endif
