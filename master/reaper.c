/* SPDX-License-Identifier: MIT */
#include "master/reaper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/identity.h"
#include "common/log.h"
#include "common/mem.h"
#include "master/silence.h"

/*
 * A process that is missing here must have missed some beats (one a second)
 * too: two machines made from one image could share all that names them.
 */
enum { REAPER_MISSED_MS = 3500, REAPER_NAME_MAX = 200 };

struct reaper_death {
    long pid;       /* of this machine; 0: of another one, by ... */
    char *identity; /* ... this; or NULL */
    bool is_clean;
};

struct reaper_name {
    char *text;
    bool is_clean;
};

struct reaper {
    const struct frontier *frontier;
    int64_t wait_ms;
    struct silence *silence;
    char host[IDENTITY_HOST_BYTES];
    struct reaper_death *dead; /* children whose workers are to be found */
    size_t dead_count, dead_room;
    size_t dead_looked;        /* of them, when the look under way began */
    struct reaper_name *names; /* workers to be reaped */
    size_t names_count;
    bool is_look_due;
    bool is_busy; /* a request is under way */
    uint64_t count;
    struct conn *conn;
    struct buf request;
};

struct reaper *
reaper_new(const struct frontier *f, int64_t limit_ms, int64_t wait_ms)
{
    struct reaper *r = xcalloc(1, sizeof(*r));

    r->frontier = f;
    r->silence = silence_new(limit_ms);
    r->wait_ms = wait_ms;
    r->is_look_due = true;
    identity_host(r->host);
    buf_init(&r->request, 1 << 16);
    return r;
}

void
reaper_free(struct reaper *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->names_count; i++)
        free(r->names[i].text);
    free(r->names);
    for (size_t i = 0; i < r->dead_count; i++)
        free(r->dead[i].identity);
    free(r->dead);
    silence_free(r->silence);
    buf_fini(&r->request);
    free(r);
}

static void
reaper_note(struct reaper *r, struct reaper_death death)
{
    if (r->dead_count == r->dead_room) {
        r->dead_room = r->dead_room ? 2 * r->dead_room : 16;
        r->dead = xreallocarray(r->dead, r->dead_room, sizeof(*r->dead));
    }
    r->dead[r->dead_count++] = death;
}

void
reaper_note_death(struct reaper *r, long pid, bool is_clean)
{
    reaper_note(r, (struct reaper_death){pid, NULL, is_clean});
}

void
reaper_note_far_death(struct reaper *r, const char *identity, bool is_clean)
{
    reaper_note(r, (struct reaper_death){0, xstrdup(identity), is_clean});
}

void
reaper_look(struct reaper *r)
{
    r->is_look_due = true;
}

long
reaper_pid_of(struct str name, const char *host)
{
    size_t n = strlen(host);
    struct str rest;
    uint64_t pid;

    if (n == 0 || name.n <= n + 1 || memcmp(name.p, host, n) != 0 ||
        name.p[n] != '-')
        return 0;
    rest = (struct str){name.p + n + 1, name.n - n - 1};
    if (memchr(rest.p, '-', rest.n) == NULL ||
        !str_to_u64(str_cut(&rest, '-'), INT32_MAX, &pid))
        return 0;
    return (long)pid;
}

bool
reaper_is_of(struct str name, const char *identity)
{
    size_t n = strlen(identity);

    return n > 0 && name.n > n + 1 && memcmp(name.p, identity, n) == 0 &&
           name.p[n] == '-';
}

static uint64_t
reaper_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static bool
reaper_is_dead(const struct reaper *r, const struct frontier_worker *w,
               bool *is_clean)
{
    long pid = reaper_pid_of(w->name, r->host);

    *is_clean = false;
    for (size_t i = 0; i < r->dead_looked; i++) {
        const struct reaper_death *d = &r->dead[i];

        if (d->identity ? reaper_is_of(w->name, d->identity)
                        : pid > 0 && d->pid == pid) {
            *is_clean = d->is_clean;
            return true;
        }
    }
    if (silence_is_death(r->silence, w->name, w->silent_ms, reaper_now_ms()))
        return true;
    if (pid <= 0)
        return false;
    return w->silent_ms > REAPER_MISSED_MS && kill((pid_t)pid, 0) != 0 &&
           errno == ESRCH;
}

static void
reaper_on_workers(void *arg, const redisReply *reply)
{
    struct reaper *r = arg;
    struct frontier_worker w;
    bool is_clean;
    enum err e = ERR_OK;

    r->is_busy = false;
    if (reply == NULL) { /* the connection broke: once more later */
        silence_broken(r->silence);
        return;
    }
    silence_answered(r->silence, reaper_now_ms());
    for (size_t i = 0; e == ERR_OK; i++) {
        e = frontier_read_worker(reply, i, &w);
        if (e != ERR_OK || w.name.n > REAPER_NAME_MAX ||
            !reaper_is_dead(r, &w, &is_clean))
            continue;
        r->names =
            xreallocarray(r->names, r->names_count + 1, sizeof(*r->names));
        r->names[r->names_count++] =
            (struct reaper_name){xmemdup0(w.name.p, w.name.n), is_clean};
    }
    silence_end(r->silence);
    if (e != ERR_NOT_FOUND)
        log_warnx("Redis's list of workers is not one of ours");
    if (r->dead_looked > 0) {
        for (size_t i = 0; i < r->dead_looked; i++)
            free(r->dead[i].identity);
        r->dead_count -= r->dead_looked;
        memmove(r->dead, r->dead + r->dead_looked,
                r->dead_count * sizeof(*r->dead));
    }
    r->dead_looked = 0;
    r->is_look_due = false;
    reaper_turn(r, r->conn);
}

static void
reaper_on_reaped(void *arg, const redisReply *reply)
{
    struct reaper *r = arg;
    uint64_t left;

    r->is_busy = false;
    if (reply == NULL)
        return;
    if (frontier_read_count(reply, &left) != ERR_OK)
        left = 0; /* nothing that asking again would better */
    if (left == 0) {
        if (!r->names[0].is_clean) {
            log_info("worker %s is dead: what it held goes back",
                     LOG_ESC(str_from(r->names[0].text)));
            r->count++;
        }
        free(r->names[0].text);
        r->names_count--;
        memmove(r->names, r->names + 1, r->names_count * sizeof(*r->names));
    }
    reaper_turn(r, r->conn);
}

void
reaper_turn(struct reaper *r, struct conn *conn)
{
    if (r->is_busy || !conn_is_up(conn))
        return;
    buf_reset(&r->request);
    r->conn = conn;
    if (r->names_count > 0) {
        frontier_form_reap(r->frontier, &r->request, str_from(r->names[0].text),
                           r->wait_ms);
        r->is_busy = true;
        conn_send(conn, buf_str(&r->request), reaper_on_reaped, r);
    } else if (r->dead_count > 0 || r->is_look_due) {
        frontier_form_workers(r->frontier, &r->request);
        r->dead_looked = r->dead_count;
        silence_asked(r->silence, reaper_now_ms());
        r->is_busy = true;
        conn_send(conn, buf_str(&r->request), reaper_on_workers, r);
    }
}

bool
reaper_is_idle(const struct reaper *r)
{
    return !r->is_busy && r->names_count == 0 && r->dead_count == 0;
}

uint64_t
reaper_count(const struct reaper *r)
{
    return r->count;
}
