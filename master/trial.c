/* SPDX-License-Identifier: MIT */
#include "master/trial.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/entry.h"
#include "common/identity.h"
#include "common/json_line.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/outcome.h"

enum { TRIAL_LINE_MAX = 8 * ENTRY_MAX_BYTES /* a byte may become \uXXXX */ };

struct trial {
    struct trial_options options;
    char identity[IDENTITY_BYTES];
    char *path; /* of the log, which is made when there is a line for it */
    int fd;
    struct buf entry; /* the last one logged: never a second time */
    struct buf line;  /* what of its line is not yet in the file */
    struct conn *conn;
    bool is_busy; /* a request is under way */
    struct buf request;
};

struct trial *
trial_new(const struct trial_options *options)
{
    struct trial *t = xcalloc(1, sizeof(*t));
    size_t n;

    t->options = *options;
    t->fd = -1;
    identity_new(t->identity);
    n = strlen(options->folder) + strlen(options->name) + strlen(t->identity) +
        sizeof("/log/-master-.jsonl");
    t->path = xmalloc(n);
    snprintf(t->path, n, "%s/log/%s-master-%s.jsonl", options->folder,
             options->name, t->identity);
    buf_init(&t->entry, ENTRY_MAX_BYTES);
    buf_init(&t->line, TRIAL_LINE_MAX);
    buf_init(&t->request, 1 << 16);
    return t;
}

void
trial_free(struct trial *t)
{
    if (t == NULL)
        return;
    if (t->fd >= 0)
        close(t->fd);
    free(t->path);
    buf_fini(&t->entry);
    buf_fini(&t->line);
    buf_fini(&t->request);
    free(t);
}

/* --- the line --- */

static int64_t
trial_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* As worker/store.c writes one for what was not fetched. */
static enum err
trial_form_line(struct trial *t, const struct entry *entry)
{
    struct json_line line;

    json_line_begin(&line, &t->line);
    json_line_time(&line, "time", trial_now_us());
    json_line_str(&line, "url", entry->url);
    json_line_str(&line, "outcome", str_from(outcome_name(OUTCOME_CRASH)));
    entry_log(entry, &line);
    json_line_str(&line, "site", entry->site);
    json_line_str(&line, "worker", str_from(t->identity));
    return json_line_end(&line);
}

/* 0, or errno; what did not fit goes on where it was broken off. */
static int
trial_write(struct trial *t)
{
    size_t at = 0;
    int error = 0;

    if (t->fd < 0)
        t->fd =
            open(t->path,
                 O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (t->fd < 0)
        return errno;
    while (at < t->line.n && error == 0) {
        ssize_t n = write(t->fd, t->line.p + at, t->line.n - at);

        if (n >= 0)
            at += (size_t)n;
        else if (errno != EINTR)
            error = errno;
    }
    if (at > 0)
        memmove(t->line.p, t->line.p + at, t->line.n - at);
    t->line.n -= at;
    return error;
}

/* The line of the entry is in the file, once; 0, or errno. */
static int
trial_log(struct trial *t, struct str text)
{
    struct entry entry;
    enum err e;

    if (!str_equal(buf_str(&t->entry), text)) {
        buf_reset(&t->entry);
        e = buf_add_str(&t->entry, text);
        if (e == ERR_OK)
            e = entry_parse(text, &entry);
        if (e == ERR_OK)
            e = trial_form_line(t, &entry);
        if (e != ERR_OK)
            log_warnx("no log line for %s", LOG_ESC(text));
    }
    return trial_write(t);
}

/* --- the steps --- */

static void
trial_on_buried(void *arg, const redisReply *reply)
{
    struct trial *t = arg;

    (void)reply; /* without one it is given to us again */
    t->is_busy = false;
}

static void
trial_bury(struct trial *t, struct str text)
{
    struct str url = text;
    struct entry entry;
    int error = trial_log(t, text);

    if (error != 0) {
        t->options.on_disk(t->options.arg, t->path, error);
        return;
    }
    if (entry_parse(text, &entry) == ERR_OK)
        url = entry.url;
    log_warnx("%s killed its worker in its last try too: given up",
              LOG_ESC(url));
    if (!conn_is_up(t->conn))
        return;
    frontier_form_bury(t->options.frontier, &t->request, text);
    t->is_busy = true;
    conn_send(t->conn, buf_str(&t->request), trial_on_buried, t);
    buf_reset(&t->request);
}

static void
trial_on_next(void *arg, const redisReply *reply)
{
    struct trial *t = arg;
    struct frontier_trial trial;
    struct entry entry;

    t->is_busy = false;
    if (reply == NULL)
        return;
    if (frontier_read_trial(reply, &trial) != ERR_OK) {
        log_warnx("the frontier's answer to trial cannot be read");
        return;
    }
    if (trial.is_dead)
        trial_bury(t, trial.entry);
    else if (trial.entry.n > 0 && entry_parse(trial.entry, &entry) == ERR_OK)
        log_info("one last try for %s, with nothing else in flight",
                 LOG_ESC(entry.url));
}

void
trial_turn(struct trial *t, struct conn *conn)
{
    if (t->is_busy || !conn_is_up(conn))
        return;
    t->conn = conn;
    frontier_form_trial(t->options.frontier, &t->request);
    t->is_busy = true;
    conn_send(conn, buf_str(&t->request), trial_on_next, t);
    buf_reset(&t->request);
}

bool
trial_is_idle(const struct trial *t)
{
    return !t->is_busy;
}
