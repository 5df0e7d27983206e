/*
 * crumb - which page a thread is working on, where a crash cannot take it.
 *
 * A page can kill its worker: a parser that steps outside its memory, a page
 * that eats all of it.  So each thread has a small file, DIR/crumb/IDENTITY,
 * mapped into memory, where the URL stands while its page is taken apart and
 * stored.  Writing it is a copy, no system call; the kernel keeps the bytes
 * whatever becomes of the process.  The owner holds the file's flock() for as
 * long as it lives, so whoever gets the lock knows that the owner is dead,
 * across containers and whoever has its pid by now.
 *
 * The writing side belongs to one thread.  The reading side (a master, a
 * worker at its start) looks at small local files and waits for nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CRUMB_H
#define COMMON_CRUMB_H

#include <stddef.h>

#include "common/err.h"
#include "common/str.h"

enum {
    CRUMB_NAME_MAX = 64,    /* of a crawl, as frontier.h says */
    CRUMB_RUN_MAX = 16,     /* of its run id */
    CRUMB_WORKER_MAX = 159, /* of an identity, as a thread has it */
    CRUMB_FOUND_MAX = 64    /* crumbs that one look takes */
};

/* Whose crumbs: a file of another crawl is not touched. */
struct crumb_crawl {
    const char *name;
    const char *run; /* the field of crawl:NAME: an id of this life of it */
};

/* --- the writing side --- */

struct crumb; /* opaque; NULL is one that keeps nothing */

/*
 * Makes the file in the folder dir, for the thread called worker.  On ERR_IO
 * errno says why, and *out is NULL.  crumb_close() ends it.
 */
enum err crumb_open(const char *dir, struct crumb_crawl crawl,
                    const char *worker, struct crumb **out) MUST_USE;
/* The page of url is being worked on; until crumb_clear(). */
void crumb_set(struct crumb *c, struct str url);
void crumb_clear(struct crumb *c);
/* A clean end: the file goes. */
void crumb_close(struct crumb *c);

/* --- the reading side --- */

/* What a dead worker left; we hold its file's lock meanwhile. */
struct crumb_dead {
    struct crumb_dead *next;
    char worker[CRUMB_WORKER_MAX + 1];
    char *url; /* what it was working on */
    char *path;
    int fd;
};

struct crumb_look {
    struct crumb_dead *found;       /* at most CRUMB_FOUND_MAX; the caller's */
    size_t strange;                 /* files that are no crumbs: left alone */
    char one[CRUMB_WORKER_MAX + 1]; /* the name of one of these */
};

/*
 * Look for dead workers of the crawl in dir.  A crumb in which nothing stands,
 * or of an earlier run of the crawl, is removed here and now.  Each one found
 * is to be ended by crumb_dead_end().  No such folder: nothing is found.
 */
void crumb_find(const char *dir, struct crumb_crawl crawl,
                struct crumb_look *out);
/* is_told: it is known where it counts, the file goes; else it stays. */
void crumb_dead_end(struct crumb_dead *d, bool is_told);

/* Pure: what stands in the bytes of a crumb's file. */
enum crumb_kind {
    CRUMB_STRANGE, /* no crumb of ours */
    CRUMB_EMPTY,   /* no page was being worked on, or its birth was cut off */
    CRUMB_PAGE
};
struct crumb_text {
    struct str name, run; /* borrowed */
    struct str url;       /* of CRUMB_PAGE */
};
enum crumb_kind crumb_read(struct str file, struct crumb_text *out);

#endif
