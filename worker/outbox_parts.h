/*
 * outbox_parts - what an outbox consists of; for worker/outbox.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_OUTBOX_PARTS_H
#define WORKER_OUTBOX_PARTS_H

#include "worker/memories.h"
#include "worker/outbox.h"
#include "worker/twins.h"

enum {
    OUTBOX_KNOWN = 1 << 15 /* fingerprints remembered as sent */
};

/* Bytes in a batch's text, by place: the text moves as it grows. */
struct outbox_span {
    size_t at, n;
};

struct outbox_item {
    struct outbox_span entry;
    uint64_t fingerprint, host;
    enum frontier_place place;
};

struct outbox_retry {
    struct outbox_span old, new;
    uint64_t due_ms; /* by uv_hrtime() */
};

enum outbox_state {
    OUTBOX_FILLING,
    OUTBOX_ADDING, /* its links are on their way */
    OUTBOX_ADDED,  /* confirmed; older batches' may not be, nor the disk */
    OUTBOX_ACKING
};

/* A growing array: elements, count, capacity. */
#define OUTBOX_LIST(type) \
    struct {              \
        type *v;          \
        size_t n, cap;    \
    }
#define OUTBOX_PUSH(list, value)                                               \
    do {                                                                       \
        if ((list).n == (list).cap) {                                          \
            (list).cap = (list).cap ? (list).cap * 2 : 64;                     \
            (list).v = xreallocarray((list).v, (list).cap, sizeof(*(list).v)); \
        }                                                                      \
        (list).v[(list).n++] = (value);                                        \
    } while (0)

struct outbox_batch {
    struct outbox *o;
    enum outbox_state state;
    struct buf text;
    OUTBOX_LIST(struct outbox_item) links;
    OUTBOX_LIST(struct outbox_span) acks;
    OUTBOX_LIST(struct outbox_span) raws;
    OUTBOX_LIST(struct outbox_retry) retries;
    struct memories memories;
    struct twin_notes twins;
    size_t pages;
    uint64_t era; /* of the seen cache, when the links were sent */
    struct buf lines[LINE_KINDS];
    uint64_t generation; /* of the sync that its acks wait for; 0: none */
    bool is_held;        /* added, and only the disk is waited for */
    size_t waiting;      /* replies under way */
    bool has_failed;     /* one of them will not come */
    struct outbox_batch *next;
};

struct outbox_site {
    struct outbox_span name;
    size_t count;    /* of its entries, in the list of all */
    uint64_t due_ms; /* by uv_hrtime() */
    int64_t spacing_ms;
    unsigned failures;
    uint64_t unused;
};

/* Sites given back in one request; its own little life. */
struct outbox_releases {
    struct outbox *o;
    struct buf text;
    OUTBOX_LIST(struct outbox_site) sites;
    OUTBOX_LIST(struct outbox_span) entries;
    bool is_sent;
    struct outbox_releases *next;
};

struct outbox {
    struct outbox_setup setup;
    struct outbox_batch *filling;      /* never NULL */
    struct outbox_batch *oldest;       /* sent or to be sent, oldest first */
    struct outbox_batch **newest;      /* where the next one is linked in */
    struct outbox_batch *spare;        /* keeps its memory for the next */
    struct outbox_releases *gathering; /* or NULL */
    struct outbox_releases *releases;  /* under way or to be sent again */
    size_t pending;
    size_t held;         /* of the batches: those that are held */
    uint64_t generation; /* the newest that was looked at */
    uint64_t wanted;     /* the newest that a batch waits for */
    bool is_hurried;
    bool is_lost; /* lines could not be written: no batch goes out any more */
    struct buf request;
    uint64_t known[OUTBOX_KNOWN];
};

#endif
