/*
 * web - what this test web is, and who answers a request.
 *
 * The order: the site file's entries, then the special paths under /x/, then
 * the generated pages.  Everything generated follows from seed, host and
 * path, so a web of any size takes no memory and is the same every time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_WEB_H
#define TESTS_WEB_WEB_H

#include "tests/web/reply.h"
#include "tests/web/request.h"

struct sites;

enum web_robots {
    WEB_ROBOTS_NONE,  /* 404 */
    WEB_ROBOTS_ALLOW, /* a file that allows all */
    WEB_ROBOTS_DELAY, /* Crawl-delay on every host */
    WEB_ROBOTS_MIXED  /* by hash of the host; pages link to /private/ */
};

enum {
    WEB_HOSTS_MAX = 10000000,
    WEB_PAGES_MAX = 100000000, /* of one host */
    WEB_LINKS_MAX = 10000,     /* of one page */
    WEB_FILLER_MAX = 64 << 20
};

struct web {
    uint32_t hosts; /* generated ones: s0001.test ... */
    uint32_t pages; /* of each host, beside its home page */
    uint32_t links; /* of each page to its own host */
    uint32_t cross; /* of each page to other hosts */
    uint32_t filler_bytes;
    uint32_t latency_ms;
    uint32_t jitter_ms; /* 0 to this much more, by hash */
    uint64_t seed;
    enum web_robots robots;
    char robots_delay[16]; /* seconds, as they stand in robots.txt */
    bool has_etags;        /* generated pages have one, and 304 for it */
    uint32_t traps_ppm;    /* hosts whose home links to /x/, per million */
    char port[8];          /* ":8080" behind hosts in links, or "" */
    /* made by web_init() */
    unsigned digits;       /* of a host's number in its name */
    char *filler;          /* text that pages are filled with */
    struct sites *sites;   /* of the site file, or NULL; owned */
    uint64_t *first_asked; /* by host number, when /x/429 was first asked */
};

void web_init(struct web *w); /* after the fields above were set */
void web_fini(struct web *w);

/* How long the answer to req waits. */
uint64_t web_delay_ms(struct web *w, const struct request *req);
/* Fill r, which was reset; r->is_last stands if it is set already. */
void web_answer(struct web *w, const struct request *req, struct reply *r);

/* A number from 64-bit things; the same for the same, on every machine. */
static inline uint64_t
web_mix(uint64_t a, uint64_t b)
{
    /* splitmix64's finalizer (Steele, Lea, Flood: OOPSLA 2014) */
    uint64_t x = a * 0x9e3779b97f4a7c15u + b + 0x632be59bd9b4e019u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

#endif
