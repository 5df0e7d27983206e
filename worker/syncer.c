/* SPDX-License-Identifier: MIT */
#include "worker/syncer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "common/mem.h"

/* From one sync's begin to the next one's, unless somebody is in a hurry. */
enum { SYNCER_PAUSE_MS = 1000 };

struct syncer {
    struct syncer_setup setup;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mtx;
    pthread_cond_t wish;
    /* shared, guarded by mtx */
    uint64_t begun;  /* generations whose sync began */
    uint64_t wanted; /* the newest that somebody waits for */
    bool is_hurried;
    bool is_ending;
    /* written by the one who syncs, read by anybody */
    _Atomic uint64_t done;
    atomic_bool has_failed;
};

struct syncer *
syncer_new(const struct syncer_setup *setup)
{
    struct syncer *s = xcalloc(1, sizeof(*s));
    pthread_condattr_t attr;

    s->setup = *setup;
    pthread_mutex_init(&s->mtx, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wish, &attr);
    pthread_condattr_destroy(&attr);
    return s;
}

uint64_t
syncer_want(struct syncer *s, bool is_hurried)
{
    uint64_t generation;

    pthread_mutex_lock(&s->mtx);
    /* one that has begun may have passed what was written just now */
    generation = s->begun + 1;
    if (s->wanted < generation || (is_hurried && !s->is_hurried)) {
        s->wanted = generation;
        s->is_hurried = s->is_hurried || is_hurried;
        pthread_cond_signal(&s->wish);
    }
    pthread_mutex_unlock(&s->mtx);
    return generation;
}

uint64_t
syncer_done(const struct syncer *s)
{
    return atomic_load(&s->done);
}

bool
syncer_has_failed(const struct syncer *s)
{
    return atomic_load(&s->has_failed);
}

static enum err
syncer_fail(struct syncer *s, const char *what, enum err e)
{
    int error = errno;

    atomic_store(&s->has_failed, true);
    s->setup.on_failed(s->setup.arg, what, error);
    return e;
}

enum err
syncer_turn(struct syncer *s)
{
    uint64_t generation;
    enum err e = ERR_OK;

    pthread_mutex_lock(&s->mtx);
    if (s->wanted <= s->begun) {
        pthread_mutex_unlock(&s->mtx);
        return ERR_OK;
    }
    generation = ++s->begun;
    s->is_hurried = false;
    pthread_mutex_unlock(&s->mtx);
    for (size_t i = 0; i < LINE_KINDS; i++) {
        e = s->setup.files[i] ? line_file_sync(s->setup.files[i]) : ERR_OK;
        if (e != ERR_OK)
            return syncer_fail(s, line_kind_name((enum line_kind)i), e);
    }
    if (s->setup.warc)
        e = warc_file_sync(s->setup.warc);
    if (e != ERR_OK)
        return syncer_fail(s, "the WARC file", e);
    if (s->setup.saved)
        e = save_files_sync(s->setup.saved);
    if (e != ERR_OK)
        return syncer_fail(s, "the pages' files", e);
    atomic_store(&s->done, generation);
    s->setup.on_done(s->setup.arg);
    return ERR_OK;
}

/* Until somebody waits and the pause is over; false: it is to end. */
static bool
syncer_await(struct syncer *s, const struct timespec *due)
{
    int error = 0;
    bool is_ending;

    pthread_mutex_lock(&s->mtx);
    while (!s->is_ending && s->wanted <= s->begun)
        pthread_cond_wait(&s->wish, &s->mtx);
    while (!s->is_ending && !s->is_hurried && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&s->wish, &s->mtx, due);
    is_ending = s->is_ending;
    pthread_mutex_unlock(&s->mtx);
    return !is_ending;
}

static void *
syncer_main(void *arg)
{
    struct syncer *s = arg;
    struct timespec due = {0};

    while (syncer_await(s, &due)) {
        clock_gettime(CLOCK_MONOTONIC, &due);
        due.tv_sec += SYNCER_PAUSE_MS / 1000;
        if (syncer_turn(s) != ERR_OK)
            break;
    }
    return NULL;
}

enum err
syncer_start(struct syncer *s)
{
    int error = pthread_create(&s->thread, NULL, syncer_main, s);

    s->has_thread = error == 0;
    errno = error;
    return error == 0 ? ERR_OK : ERR_IO;
}

void
syncer_free(struct syncer *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->mtx);
    s->is_ending = true;
    pthread_cond_signal(&s->wish);
    pthread_mutex_unlock(&s->mtx);
    if (s->has_thread)
        pthread_join(s->thread, NULL);
    pthread_mutex_destroy(&s->mtx);
    pthread_cond_destroy(&s->wish);
    free(s);
}
