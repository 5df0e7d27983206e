/*
 * A fetch has ended: did anything answer, and if not, is it the site's fault?
 * See outage.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/connect_to.h"
#include "worker/thread.h"
#include "worker/visit_parts.h"

enum { VISIT_UNSURE_MS = 200 };

/* What an errno says when there was no connection, or no more of it. */
static bool
visit_is_cut_off(int error)
{
    return error == ENETUNREACH || error == ENETDOWN || error == EHOSTUNREACH ||
           error == EHOSTDOWN || error == ETIMEDOUT || error == EADDRNOTAVAIL;
}

/* No packet is sent: the kernel only looks for the route. */
static bool
visit_has_route(int family, const void *to, socklen_t n)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && connect(fd, to, n) == 0;

    if (fd >= 0)
        close(fd);
    return has;
}

/* Whether the machine has no way out at all, not only none to that site. */
static bool
visit_is_without_route(int error)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(53)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons(53),
                              .sin6_addr.s6_addr = {0x20, [15] = 1}};

    v4.sin_addr.s_addr = htonl(0xc0000201); /* RFC 5737: nobody's */
    return (error == ENETUNREACH || error == ENETDOWN ||
            error == EADDRNOTAVAIL) &&
           !visit_has_route(AF_INET, &v4, sizeof(v4)) &&
           !visit_has_route(AF_INET6, &v6, sizeof(v6));
}

/* Whether nothing answered at all, as far as that fetch knows. */
static bool
visit_is_silent(const struct visit *v, const struct fetch_answer *a,
                struct outage_silence *out)
{
    out->kind = OUTAGE_NET;
    out->is_local = visit_is_without_route(a->os_error);
    switch (a->outcome) {
    case OUTCOME_DNS_ERROR: /* a forwarder without its uplink says SERVFAIL */
        out->kind = OUTAGE_DNS;
        out->is_local = v->no_address &&
                        strcmp(v->no_address, "SERVFAIL") != 0 &&
                        strcmp(v->no_address, "REFUSED") != 0;
        return true;
    case OUTCOME_TIMEOUT:
        return a->status == 0;
    case OUTCOME_NO_CONNECT:
        return a->os_error == 0 || visit_is_cut_off(a->os_error);
    case OUTCOME_BROKEN:
        return a->status == 0 && visit_is_cut_off(a->os_error);
    default:
        return false;
    }
}

/* It had an answer, or a word from the other end. */
static bool
visit_is_heard(const struct fetch_answer *a)
{
    switch (a->outcome) {
    case OUTCOME_TIMEOUT: /* it began to answer, once */
        return false;
    case OUTCOME_NO_CONNECT:
        return a->os_error == ECONNREFUSED;
    case OUTCOME_BROKEN:
        return a->status > 0 || a->os_error == 0 || a->os_error == ECONNRESET;
    case OUTCOME_TLS:
        return true;
    default:
        return a->status > 0;
    }
}

/* It might have been whole, but for an outage. */
static bool
visit_is_cut_short(const struct fetch_answer *a)
{
    return a->outcome != OUTCOME_OK && (a->status == 0 || a->is_cut) &&
           outcome_is_retried(a->outcome, a->status);
}

static void
visit_note_heard(struct visit *v, const struct fetch_answer *a, uint64_t now)
{
    struct thread *t = v->thread;
    struct outage *o = t->worker->outage;
    struct outage_news news = outage_answer(o, OUTAGE_NET, now);
    struct connect_to_target target;

    thread_say_outage(t, &news);
    if (a->status == 0 || v->robots_hops > 0 || !outage_wants_witness(o, now))
        return;
    connect_to_find(&t->worker->config, &v->url, &target);
    outage_witness(o, v->url.origin,
                   target.addresses.n == 0 && !url_host_is_address(target.host),
                   now);
}

/* As if it had not been fetched; the site is free for others. */
static enum visit_next
visit_take_back(struct visit *v, const struct fetch_answer *a)
{
    struct thread *t = v->thread;

    stats_add(&t->stats, STAT_outage_fetches, 1);
    if (v->step == VISIT_PAGE)
        stats_add(&t->stats, STAT_fetches, -1);
    if (a->is_sent)
        visit_set_ready(v, a->sent_ms, 0);
    visit_give_back(v);
    return VISIT_PARKED;
}

void
visit_note_asked(struct visit *v)
{
    v->silent_ms = 0;
    if (v->no_address == NULL)
        v->asked_ms = thread_now_ms(v->thread);
}

enum visit_next
visit_hear(struct visit *v)
{
    struct thread *t = v->thread;
    struct outage *o = t->worker->outage;
    const struct fetch_answer *a = fetch_answer(v->fetch);
    uint64_t now = thread_now_ms(t);
    struct outage_silence silence = {
        .site = v->site, .origin = v->url.origin, .began_ms = v->asked_ms};
    struct outage_news news =
        outage_answer(o, OUTAGE_DNS, resolve_answered_ms(t->resolve));

    thread_say_outage(t, &news);
    if (a->is_by_proxy) /* proxies.h looks after these */
        return VISIT_GO_ON;
    if (v->silent_ms == 0)
        v->silent_ms = now;
    silence.ended_ms = v->silent_ms;
    if (!visit_is_silent(v, a, &silence)) {
        if (visit_is_heard(a))
            visit_note_heard(v, a, now);
        if (visit_is_cut_short(a) &&
            outage_covers(o, silence.began_ms, silence.ended_ms))
            return visit_take_back(v, a);
        return VISIT_GO_ON;
    }
    switch (outage_judge(o, &silence, now)) {
    case OUTAGE_THEIRS:
        break;
    case OUTAGE_OURS:
        return visit_take_back(v, a);
    case OUTAGE_UNSURE:
        if (t->is_draining || t->state == FRONTIER_PAUSED)
            return visit_take_back(v, a);
        return visit_sleep(v, VISIT_UNSURE_MS);
    }
    return VISIT_GO_ON;
}
