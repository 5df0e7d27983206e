/*
 * In doubt whether our own network is away (outage.h): one thread tries a
 * server that answered before, by a look-up and a connection, no request.
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/address.h"
#include "common/connect_to.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/thread_parts.h"

enum {
    TRIAL_MS = 3000,    /* at most */
    TRIAL_ADDRESSES = 2 /* tried side by side */
};

/* Lives until all that knows of it has told. */
struct thread_trial {
    struct thread *thread;
    enum outage_kind kind;
    char text[OUTAGE_ORIGIN_BYTES + 1]; /* the origin, as a URL */
    unsigned port;
    uv_timer_t timer;
    uv_tcp_t tcp[TRIAL_ADDRESSES];
    uv_connect_t request[TRIAL_ADDRESSES];
    unsigned sockets, failed;
    unsigned open; /* handles, and the look-up */
    bool is_over;
};

/* --- to people --- */

void
thread_say_outage(struct thread *t, const struct outage_news *news)
{
    const char *what = news->kind == OUTAGE_DNS ? "no name server answers"
                                                : "nothing can be reached";

    switch (news->event) {
    case OUTAGE_NOTHING:
        return;
    case OUTAGE_BEGAN:
        log_warnx("%s any more, for %.1f s: our network seems to be away; "
                  "fetching waits until it is back, no try is counted",
                  what, (double)news->duration_ms / 1000);
        return;
    case OUTAGE_ENDED:
        break;
    }
    stats_add(&t->stats, STAT_outages, 1);
    stats_add(&t->stats, STAT_outage_ms, news->duration_ms);
    if (news->is_given_up)
        log_warnx("%s, for %.1f s: that is --outage-wait, going on as if the "
                  "sites were to blame",
                  what, (double)news->duration_ms / 1000);
    else
        log_warnx("the network is back after %.1f s: going on",
                  (double)news->duration_ms / 1000);
}

/* --- the trial --- */

static void
trial_release(struct thread_trial *trial)
{
    if (--trial->open == 0)
        free(trial);
}

static void
trial_on_closed(uv_handle_t *handle)
{
    trial_release(handle->data);
}

static void
trial_end(struct thread_trial *trial, bool is_answered)
{
    struct thread *t = trial->thread;
    struct outage_news news;

    if (trial->is_over)
        return;
    trial->is_over = true;
    t->trial = NULL;
    uv_close((uv_handle_t *)&trial->timer, trial_on_closed);
    for (unsigned i = 0; i < trial->sockets; i++)
        uv_close((uv_handle_t *)&trial->tcp[i], trial_on_closed);
    news = outage_tried(t->worker->outage, trial->kind, is_answered,
                        thread_now_ms(t));
    thread_say_outage(t, &news);
}

static void
trial_on_time(uv_timer_t *timer)
{
    trial_end(timer->data, false);
}

static void
trial_on_connected(uv_connect_t *request, int status)
{
    struct thread_trial *trial = request->data;

    if (status == UV_ECANCELED)
        return;
    if (status == 0 || status == UV_ECONNREFUSED || status == UV_ECONNRESET)
        trial_end(trial, true);
    else if (++trial->failed == trial->sockets)
        trial_end(trial, false);
}

/* False: nothing could be begun. */
static bool
trial_connect(struct thread_trial *trial, struct str address)
{
    struct thread *t = trial->thread;
    unsigned at = trial->sockets;
    struct sockaddr_storage to = {0};
    char text[INET6_ADDRSTRLEN + 1];

    if (address.n > 2 && address.p[0] == '[')
        address = (struct str){address.p + 1, address.n - 2};
    if (at == TRIAL_ADDRESSES || address.n >= sizeof(text))
        return false;
    memcpy(text, address.p, address.n);
    text[address.n] = '\0';
    if (uv_ip4_addr(text, (int)trial->port, (struct sockaddr_in *)&to) != 0 &&
        uv_ip6_addr(text, (int)trial->port, (struct sockaddr_in6 *)&to) != 0)
        return false;
    if (!t->worker->config.allow_private &&
        !address_is_public((struct sockaddr *)&to))
        return false;
    if (uv_tcp_init(&t->loop, &trial->tcp[at]) != 0)
        return false;
    trial->sockets++;
    trial->open++;
    trial->tcp[at].data = trial->request[at].data = trial;
    if (uv_tcp_connect(&trial->request[at], &trial->tcp[at],
                       (struct sockaddr *)&to, trial_on_connected) != 0)
        trial->failed++;
    return true;
}

static void
trial_take_addresses(struct thread_trial *trial, struct str addresses)
{
    while (addresses.n > 0)
        trial_connect(trial, str_cut(&addresses, ','));
    if (trial->failed == trial->sockets)
        trial_end(trial, false);
}

static void
trial_on_resolved(void *arg, const struct resolve_answer *answer)
{
    struct thread_trial *trial = arg;

    if (!trial->is_over) {
        if (trial->kind == OUTAGE_DNS)
            trial_end(trial, answer->outcome != OUTCOME_DNS_ERROR);
        else if (answer->outcome != OUTCOME_OK)
            trial_end(trial, false);
        else
            trial_take_addresses(trial, answer->addresses);
    }
    trial_release(trial);
}

/* No longer than a fetch would have. */
static uint64_t
trial_ms(const struct thread *t, enum outage_kind kind)
{
    const struct config *c = &t->worker->config;
    int64_t ms = kind == OUTAGE_DNS ? c->dns_timeout : c->connect_timeout;

    return (uint64_t)(ms < TRIAL_MS ? ms : TRIAL_MS);
}

static void
trial_begin(struct thread *t, const struct outage_trial *wish)
{
    struct thread_trial *trial = xcalloc(1, sizeof(*trial));
    struct connect_to_target target;
    struct url url;

    trial->thread = t;
    trial->kind = wish->kind;
    snprintf(trial->text, sizeof(trial->text), "%s/", wish->origin);
    uv_timer_init(&t->loop, &trial->timer);
    trial->timer.data = trial;
    trial->open = 2; /* the timer, and us */
    t->trial = trial;
    uv_timer_start(&trial->timer, trial_on_time, trial_ms(t, wish->kind), 0);
    if (url_split(str_from(trial->text), &url) != ERR_OK) {
        trial_end(trial, false);
        trial_release(trial);
        return;
    }
    connect_to_find(&t->worker->config, &url, &target);
    trial->port = target.port;
    if (target.addresses.n > 0 || url_host_is_address(target.host)) {
        trial_take_addresses(trial, target.addresses.n > 0 ? target.addresses
                                                           : target.host);
        trial_release(trial);
        return;
    }
    resolve_forget(t->resolve, target.host);
    resolve_host(t->resolve, target.host, trial_on_resolved, trial);
}

/* --- each turn --- */

void
thread_look_at_outage(struct thread *t)
{
    struct outage *o = t->worker->outage;
    struct outage_trial wish;

    if (outage_count(o) != t->outages) { /* what it taught us of names */
        t->outages = outage_count(o);
        resolve_forget_failures(t->resolve);
    }
    if (t->trial == NULL && !t->is_draining &&
        outage_wants_trial(o, thread_now_ms(t), &wish))
        trial_begin(t, &wish);
}

void
thread_end_outage(struct thread *t)
{
    if (t->trial)
        trial_end(t->trial, false);
}
