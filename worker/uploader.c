/* SPDX-License-Identifier: MIT */
#include "worker/uploader.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "common/log.h"
#include "common/mem.h"

enum {
    UPLOADER_LOOK_MS = 1000,  /* from one look at the folder to the next */
    UPLOADER_WAIT_MS = 1000,  /* behind the first failure, then doubled */
    UPLOADER_MOST_MS = 60000, /* up to that */
    /* When no file comes any more: so many turns with failures in a row, half
     * a minute of waiting; whoever wants it to wait longer has the command. */
    UPLOADER_LAST_TRIES = 6
};

struct uploader {
    struct upload *upload;
    pthread_t thread;
    bool has_thread;
    atomic_bool stop, is_over;
    pthread_mutex_t mtx;
    pthread_cond_t wish;
    /* shared, guarded by mtx */
    bool is_last; /* no file comes any more */
};

enum err
uploader_new(const struct config *c, const char *dir, struct uploader **out,
             char why[S3_WHY_BYTES])
{
    struct uploader *u = xcalloc(1, sizeof(*u));
    pthread_condattr_t attr;
    enum err e;

    *out = NULL;
    e = upload_open(c, dir, &u->stop, &u->upload, why);
    if (e != ERR_OK) {
        free(u);
        return e;
    }
    pthread_mutex_init(&u->mtx, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&u->wish, &attr);
    pthread_condattr_destroy(&attr);
    *out = u;
    return ERR_OK;
}

/* That long, or until somebody wants something; whether it is the last. */
static bool
uploader_wait(struct uploader *u, uint64_t ms, bool was_last)
{
    struct timespec due;
    bool is_last;
    int error = 0;

    clock_gettime(CLOCK_MONOTONIC, &due);
    due.tv_sec += (time_t)(ms / 1000);
    due.tv_nsec += (long)(ms % 1000) * 1000000;
    if (due.tv_nsec >= 1000000000) {
        due.tv_sec++;
        due.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&u->mtx);
    while (error == 0 && u->is_last == was_last && !atomic_load(&u->stop))
        error = pthread_cond_timedwait(&u->wish, &u->mtx, &due);
    is_last = u->is_last;
    pthread_mutex_unlock(&u->mtx);
    return is_last;
}

static void *
uploader_main(void *arg)
{
    struct uploader *u = arg;
    unsigned failures = 0, last_failures = 0;
    bool is_last = false;

    while (!atomic_load(&u->stop)) {
        bool was_last = is_last; /* then all was there for this turn */
        uint64_t up = upload_counts(u->upload).up;
        size_t left = upload_turn(u->upload);
        uint64_t wait = UPLOADER_LOOK_MS;

        if (upload_counts(u->upload).up > up) /* it does go on */
            failures = last_failures = 0;
        if (upload_failures(u->upload) > 0) {
            wait = (uint64_t)UPLOADER_WAIT_MS << (failures < 6 ? failures : 6);
            wait = wait > UPLOADER_MOST_MS ? UPLOADER_MOST_MS : wait;
            failures++;
            last_failures += was_last;
        } else {
            failures = 0;
        }
        /* what another process has in its hands is that one's */
        if (was_last && (left == 0 || upload_failures(u->upload) == 0 ||
                         last_failures >= UPLOADER_LAST_TRIES))
            break;
        is_last = uploader_wait(u, wait, is_last);
        if (is_last && !was_last)
            failures = 0; /* the last tries begin with a short wait */
    }
    atomic_store(&u->is_over, true);
    return NULL;
}

enum err
uploader_start(struct uploader *u)
{
    u->has_thread = pthread_create(&u->thread, NULL, uploader_main, u) == 0;
    return u->has_thread ? ERR_OK : ERR_IO;
}

static void
uploader_tell(struct uploader *u, bool is_last)
{
    pthread_mutex_lock(&u->mtx);
    u->is_last = u->is_last || is_last;
    pthread_cond_signal(&u->wish);
    pthread_mutex_unlock(&u->mtx);
}

void
uploader_finish(struct uploader *u)
{
    uploader_tell(u, true);
}

bool
uploader_is_over(struct uploader *u)
{
    return !u->has_thread || atomic_load(&u->is_over);
}

void
uploader_stop(struct uploader *u)
{
    atomic_store(&u->stop, true);
    uploader_tell(u, true);
}

void
uploader_free(struct uploader *u)
{
    struct upload_counts counts;

    if (u == NULL)
        return;
    if (u->has_thread)
        pthread_join(u->thread, NULL);
    counts = upload_counts(u->upload);
    if (counts.sent > 0)
        log_info("%" PRIu64 " WARC file%s (%" PRIu64 " bytes) uploaded",
                 counts.sent, counts.sent == 1 ? "" : "s", counts.bytes);
    upload_say_left(u->upload);
    upload_close(u->upload);
    pthread_mutex_destroy(&u->mtx);
    pthread_cond_destroy(&u->wish);
    free(u);
}
