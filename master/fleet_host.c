/*
 * SPDX-License-Identifier: MIT
 *
 * Workers of another machine, each behind an ssh.  What ssh says before the
 * worker has said who it is (a banner, a login shell's noise, why it failed)
 * is kept and shown only when no worker comes of it; and what hinders all of a
 * host's workers alike is said when it changes, not at every try.
 *
 * ssh ends with the code of the shell there, which is the worker's; or with
 * 255 when ssh itself failed, and then nobody knows whether the worker still
 * runs: its stdin has ended, so it drains, and the heartbeat tells the rest.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "master/fleet_parts.h"

enum {
    SSH_FAILED = 255,
    SHELL_FOUND_NONE = 127,
    SHELL_SIGNAL = 128,     /* and its number */
    FLEET_HOST_AT_ONCE = 4, /* sshd drops some of many (MaxStartups) */
    FLEET_HOST_DISK_MS = 30000,
    FLEET_LAST_ALL = FLEET_LAST_LINES * (FLEET_LAST_BYTES + 4)
};

/* --- start --- */

void
fleet_host_open(struct fleet *f, const struct fleet_command_options *start)
{
    const struct hosts *hosts = f->options.hosts;

    f->hosts = xcalloc(hosts->n + 1, sizeof(*f->hosts));
    f->hosts_count = hosts->n;
    for (size_t i = 0; i < hosts->n; i++) {
        struct fleet_host *h = &f->hosts[i];
        unsigned procs = hosts->v[i].procs;

        h->row = &hosts->v[i];
        h->view.name = h->row->name;
        h->is_sized = procs > 0;
        fleet_command_there(start, h->row, &h->command);
        for (unsigned n = 0; n < (procs ? procs : 1); n++)
            fleet_add_place(f, h);
    }
}

bool
fleet_host_may_start(const struct fleet_host *h, uint64_t now_ms)
{
    return now_ms >= h->start_at_ms &&
           h->starting < (h->trouble[0] ? 1 : FLEET_HOST_AT_ONCE);
}

/* --- what it says --- */

void
fleet_host_answer(void *place, struct str line)
{
    struct fleet_place *p = place;
    struct fleet_host *h = p->host;
    unsigned cpus;

    if (p->is_up || !fleet_words_identity(line, p->identity, &cpus))
        return;
    p->is_up = true;
    p->up_ms = uv_now(p->fleet->loop);
    fleet_words_forget(&p->words);
    h->starting--;
    h->pause_ms = 0;
    h->view.started++;
    if (h->trouble[0])
        log_info("%s: a worker runs there now", h->row->name);
    else
        log_debug("%s: worker %s runs", h->row->name, p->identity);
    h->trouble[0] = '\0';
    h->view.is_unreachable = false;
    if (!h->is_sized && !p->fleet->is_stopping)
        for (unsigned i = 1; i < cpus; i++)
            fleet_add_place(p->fleet, h);
    h->is_sized = true;
}

void
fleet_host_words(void *place, struct str line)
{
    struct fleet_place *p = place;

    fleet_words_keep(&p->words, line);
    if (!p->is_up && !p->fleet->options.config->verbose)
        return;
    log_from(p->host->row->name, str_trim(line));
}

/* --- how it ended --- */

/* How the worker itself ended; words: its last, or "". */
static void
fleet_host_worker_end(const struct fleet_place *p, char *words,
                      char out[FLEET_TEXT_BYTES])
{
    int signal_number = (int)p->status - SHELL_SIGNAL;
    char how[64];

    if (p->status == SHELL_FOUND_NONE && !p->is_up)
        snprintf(how, sizeof(how), "was not found (see --remote-worker)");
    else if (signal_number > 0 && signal_number < NSIG)
        snprintf(how, sizeof(how), "was ended by %s", strsignal(signal_number));
    else
        snprintf(how, sizeof(how), "ended with exit code %d", (int)p->status);
    if (signal_number > 0 && strcmp(words, strsignal(signal_number)) == 0)
        words[0] = '\0'; /* the shell's, which says the same */
    snprintf(out, FLEET_TEXT_BYTES, "worker on %.80s %s%s%s",
             p->host->row->name, how, words[0] ? ": " : "", words);
}

/* "ssh to HOST failed: WORDS", "worker on HOST was ended by Killed: WORDS" */
static void
fleet_host_say_end(const struct fleet_place *p, char out[FLEET_TEXT_BYTES])
{
    const char *name = p->host->row->name;
    char words[FLEET_LAST_ALL];

    fleet_words_last(&p->words, words, sizeof(words));
    if (p->signal_number != 0)
        snprintf(out, FLEET_TEXT_BYTES, "ssh to %.80s was ended by %s", name,
                 strsignal(p->signal_number));
    else if (p->status == SSH_FAILED)
        snprintf(out, FLEET_TEXT_BYTES, "ssh to %.80s failed: %s", name,
                 words[0]   ? words
                 : p->is_up ? "the connection broke"
                            : "it does not say why");
    else
        fleet_host_worker_end(p, words, out);
}

/* No worker came of it, or the way to it is gone: the whole host waits. */
static void
fleet_host_fail(struct fleet_place *p, const char *text)
{
    struct fleet_host *h = p->host;
    uint64_t now = uv_now(p->fleet->loop);

    /* of those that were started together, only the first doubles the pause */
    if (p->spawned_ms >= h->failed_ms) {
        h->pause_ms = fleet_next_pause_ms(h->pause_ms, 0);
        h->start_at_ms = now + h->pause_ms;
    }
    h->failed_ms = now;
    if (p->status == SSH_FAILED && !h->view.is_unreachable)
        h->view.unreachable++;
    h->view.is_unreachable = p->status == SSH_FAILED;
    if (strcmp(text, h->trouble) == 0)
        return;
    snprintf(h->trouble, sizeof(h->trouble), "%s", text);
    log_warnx("%s; trying again now and then", text);
}

/* A signal that no one sends to a worker which does no wrong. */
static bool
fleet_host_is_crash(const struct fleet_place *p)
{
    static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
        if (p->status == SHELL_SIGNAL + crashes[i])
            return true;
    return false;
}

/* Its worker ran, and ended without being told to. */
static void
fleet_host_died(struct fleet_place *p, const char *text)
{
    struct fleet *f = p->fleet;

    fleet_plan_next(p, p->ended_ms - p->up_ms, fleet_host_is_crash(p));
    if (p->status == 0)
        return;
    if (p->status == EXIT_DISK) { /* of that host; the others go on */
        p->pause_ms = FLEET_HOST_DISK_MS;
        p->start_at_ms = uv_now(f->loop) + p->pause_ms;
    }
    f->deaths++;
    p->host->view.died++;
    snprintf(f->last_words, sizeof(f->last_words), "was a %.100s", text);
    log_warnx("%s; another in %.1f s", text, (double)p->pause_ms / 1000);
}

void
fleet_host_over(struct fleet_place *p)
{
    struct fleet *f = p->fleet;
    bool is_lost = p->signal_number != 0 || p->status == SSH_FAILED;
    char text[FLEET_TEXT_BYTES];

    if (!p->is_up)
        p->host->starting--;
    if (!f->is_stopping) {
        fleet_host_say_end(p, text);
        if (is_lost || !p->is_up)
            fleet_host_fail(p, text);
        else
            fleet_host_died(p, text);
    }
    if (p->is_up && !is_lost)
        f->options.on_far_death(f->options.arg, p->identity, p->status == 0,
                                fleet_host_is_crash(p));
}

bool
fleet_view_host(const struct fleet *f, size_t index,
                struct fleet_host_view *out)
{
    if (index >= f->hosts_count)
        return false;
    *out = f->hosts[index].view;
    return true;
}
