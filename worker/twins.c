/* SPDX-License-Identifier: MIT */
#include "worker/twins.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"

enum {
    TWINS_SLOTS = 1 << 13,
    TWIN_URLS_MAX = 64 << 20 /* of one batch; sent long before */
};

struct twins_slot {
    unsigned char digest[TWIN_DIGEST_BYTES];
    unsigned url_n;
    int64_t time_us;
    char *url; /* owned; NULL: empty */
};

struct twins {
    pthread_mutex_t mtx;
    struct twins_slot slots[TWINS_SLOTS];
};

struct twins *
twins_new(void)
{
    struct twins *t = xcalloc(1, sizeof(*t));

    pthread_mutex_init(&t->mtx, NULL);
    return t;
}

void
twins_free(struct twins *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < TWINS_SLOTS; i++)
        free(t->slots[i].url);
    pthread_mutex_destroy(&t->mtx);
    free(t);
}

/* A digest's bytes are as good as random. */
static struct twins_slot *
twins_slot(struct twins *t, const unsigned char digest[TWIN_DIGEST_BYTES])
{
    return &t->slots[(digest[4] | (unsigned)digest[5] << 8) % TWINS_SLOTS];
}

void
twins_put(struct twins *t, const struct frontier_twin *twin)
{
    char *url = xmemdup0(twin->url.p, twin->url.n), *old;
    struct twins_slot *slot = twins_slot(t, twin->digest);

    pthread_mutex_lock(&t->mtx);
    old = slot->url;
    memcpy(slot->digest, twin->digest, TWIN_DIGEST_BYTES);
    slot->url = url;
    slot->url_n = (unsigned)twin->url.n;
    slot->time_us = twin->time_us;
    pthread_mutex_unlock(&t->mtx);
    free(old);
}

bool
twins_find(struct twins *t, const unsigned char digest[TWIN_DIGEST_BYTES],
           struct buf *url, struct frontier_twin *out)
{
    struct twins_slot *slot = twins_slot(t, digest);
    bool is_found;

    buf_reset(url);
    memcpy(out->digest, digest, TWIN_DIGEST_BYTES);
    pthread_mutex_lock(&t->mtx);
    is_found = slot->url != NULL &&
               memcmp(slot->digest, digest, TWIN_DIGEST_BYTES) == 0 &&
               buf_add_str(url, (struct str){slot->url, slot->url_n}) == ERR_OK;
    out->time_us = slot->time_us;
    pthread_mutex_unlock(&t->mtx);
    out->url = buf_str(url);
    return is_found;
}

/* --- a batch's --- */

struct twin_note {
    struct frontier_twin twin; /* its URL stands in urls */
    size_t url_at;
};

void
twin_notes_put(struct twin_notes *notes, const struct frontier_twin *twin)
{
    if (notes->n == notes->cap) {
        notes->cap = notes->cap ? notes->cap * 2 : 64;
        notes->v = xreallocarray(notes->v, notes->cap, sizeof(*notes->v));
    }
    notes->urls.max = TWIN_URLS_MAX;
    notes->v[notes->n++] = (struct twin_note){*twin, notes->urls.n};
    if (buf_add_str(&notes->urls, twin->url) != ERR_OK)
        fatalx("out of memory: a batch of digests");
}

void
twin_notes_form(const struct twin_notes *notes, const struct frontier *f,
                int64_t memory, struct buf *request)
{
    struct frontier_twin *twins = xcalloc(notes->n, sizeof(*twins));

    for (size_t i = 0; i < notes->n; i++) {
        twins[i] = notes->v[i].twin;
        twins[i].url.p = notes->urls.p + notes->v[i].url_at;
    }
    frontier_form_notetwin(f, request, memory, twins, notes->n);
    free(twins);
}

void
twin_notes_reset(struct twin_notes *notes)
{
    notes->n = 0;
    buf_reset(&notes->urls);
}

void
twin_notes_fini(struct twin_notes *notes)
{
    free(notes->v);
    buf_fini(&notes->urls);
    *notes = (struct twin_notes){0};
}
