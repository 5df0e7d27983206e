/*
 * probe - one part of a worker alone, for people: worker NAME ...
 *
 * A probe runs the modules and the settings of the crawl, so that what it says
 * is what the crawl does; it needs no Redis and no crawl.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_PROBE_H
#define WORKER_PROBE_H

#include "common/buf.h"
#include "common/canon.h"
#include "common/config.h"
#include "common/url.h"

/* Flags of the probes' own; the options of the worker come beside. */
enum probe_flag {
    PROBE_SITE,
    PROBE_ORIGIN,
    PROBE_AGENT,
    PROBE_DELAY,
    PROBE_SITEMAPS,
    PROBE_BASE,
    PROBE_CONTENT_TYPE,
    PROBE_ALL,
    PROBE_CHARSET,
    PROBE_SAVE,
    PROBE_FLAGS
};

struct probe {
    const char *name; /* "url" */
    struct config config;
    struct canon *canon;
    struct buf user_agent;         /* with a NUL behind */
    struct str agent;              /* robots.txt's name for us */
    const char *flag[PROBE_FLAGS]; /* its value, "" if it takes none; or NULL */
    char **words;                  /* what is no option */
    int count;
};

/* What is said of all of them in --help. */
#define PROBE_TITLE "Probes: one part of a worker alone, without Redis"
#define PROBE_WHICH                                                          \
    "All options of the worker count, as in a crawl; of its settings those " \
    "below matter here."

bool probe_is_named(const char *word);
config_command_fn probe_nth_command;
/* The probe in argv[1], to its exit code. */
int probe_run(int argc, char **argv);

/* --- for worker/probe_*.c --- */

typedef int probe_fn(struct probe *p);
probe_fn probe_url, probe_robots, probe_links, probe_extract, probe_fetch,
    probe_exec, probe_complete;

_Noreturn void probe_usage(const struct probe *p);
/*
 * All of the file at path, or of standard input for "-", until out is full
 * (*is_cut, which may be NULL).  Ends the program when it cannot be read.
 */
void probe_read(const char *path, struct buf *out, bool *is_cut);
/* Bytes from outside, harmless for a terminal and within one line. */
void probe_put(FILE *out, struct str s);

/* A page for probe_find_links(). */
struct probe_page {
    const struct url *url;
    struct str content_type;
    struct str headers; /* lines of the answer's header */
    struct str body;
    bool is_named;   /* as a sitemap: a text may be one */
    bool is_printed; /* those to be followed, one a line */
    bool is_all;     /* the others too, each with a reason */
};

struct probe_found {
    bool is_html;
    bool is_listing;     /* of a folder, by FTP */
    const char *sitemap; /* the kind of sitemap or feed that it is; NULL */
    bool is_broken;      /* that, with an error */
    bool is_cut;         /* there were more than --max-links */
    size_t followed, others;
    const char *charset; /* its name in the Encoding standard */
    const char *how;     /* it was found */
};

void probe_find_links(const struct probe *p, const struct probe_page *page,
                      struct probe_found *found);

#endif
