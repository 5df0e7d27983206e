/*
 * A visit's cookies: filled from what the last visit of the site left in
 * Redis, else from --load-cookies; lent to each request for a page; left in
 * Redis for the next visit when more of the site is on its way.
 *
 * A page that answers "here is a cookie, now ask again" redirects to itself,
 * or to a page that redirects back to it.  The seen-test would drop that link
 * and with it the page; so the entry becomes the page's once more, with a hop
 * more, and --max-redirect bounds it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/log.h"
#include "worker/jar.h"
#include "worker/thread.h"
#include "worker/visit_parts.h"

static void
visit_jar_fill(struct visit *v, struct str kept)
{
    const struct config_file *f = &v->thread->worker->config.load_cookies;

    jar_fill(&v->jar, kept.p ? kept : (struct str){f->bytes, f->n}, v->site);
    v->jar.is_kept = kept.p != NULL;
}

static void
visit_on_jar(void *arg, const redisReply *reply)
{
    struct visit *v = arg;
    struct str kept = STR_NONE;

    if (!visit_is_back(v))
        return;
    if (reply && reply->type == REDIS_REPLY_STRING)
        kept = (struct str){reply->str, (size_t)reply->len};
    visit_jar_fill(v, kept);
    thread_ready(v->thread, v);
}

enum visit_next
visit_jar_ask(struct visit *v)
{
    struct thread *t = v->thread;

    if (!conn_is_up(t->conn)) {
        visit_jar_fill(v, STR_NONE);
        return VISIT_GO_ON;
    }
    frontier_form_cookies_get(t->frontier, &t->request, v->site);
    v->awaits_reply = true;
    conn_send(t->conn, buf_str(&t->request), visit_on_jar, v);
    buf_reset(&t->request);
    return VISIT_PARKED;
}

void
visit_jar_take(struct visit *v)
{
    struct jar_news news;

    v->has_new_cookie = false;
    if (!v->thread->worker->config.cookies)
        return;
    news = fetch_take_jar(v->fetch, &v->jar);
    v->has_new_cookie = news.is_new;
    stats_add(&v->thread->stats, STAT_cookies_dropped, (int64_t)news.dropped);
}

static void
visit_on_jar_kept(void *arg, const redisReply *reply)
{
    (void)arg; /* a Redis that is full refuses it: then there are none */
    (void)reply;
}

void
visit_jar_keep(struct visit *v)
{
    struct thread *t = v->thread;
    uint64_t now = thread_now_ms(t);
    int64_t wait = v->ready_ms > now ? (int64_t)(v->ready_ms - now) : 0;

    if ((v->jar.is_changed || v->jar.is_kept) &&
        (v->jar.is_wanted || v->at < v->count) && conn_is_up(t->conn)) {
        frontier_form_cookies_set(t->frontier, &t->request, v->site,
                                  buf_str(&v->jar.text), wait + JAR_KEPT_MS);
        conn_offer(t->conn, buf_str(&t->request), visit_on_jar_kept, NULL);
        buf_reset(&t->request);
    }
}

bool
visit_jar_leads_back(struct visit *v, const struct url *to)
{
    bool is_self = str_equal(to->text, v->entry.url);
    bool is_before =
        !is_self && v->entry.hops > 0 && str_equal(to->text, v->entry.referrer);

    if (!v->thread->worker->config.cookies || v->jar.text.n == 0)
        return false;
    /* the first time back the cookie may be older than this answer */
    v->is_led_back = (is_self && v->has_new_cookie) ||
                     (is_before && (v->has_new_cookie || v->entry.hops == 1));
    v->jar.is_wanted = v->jar.is_wanted || v->is_led_back;
    return v->is_led_back;
}

/* v->note has where to: what was asked becomes the referrer. */
void
visit_jar_ask_again(struct visit *v)
{
    struct thread *t = v->thread;
    struct entry again = v->entry;

    again.url = buf_str(&v->note);
    again.referrer = v->entry.url;
    again.hops++;
    again.tries = 0;
    buf_reset(&t->entry_text);
    if (entry_write(&again, &t->entry_text) != ERR_OK) {
        outbox_ack(t->outbox, v->entries[v->at], false);
        return;
    }
    outbox_retry(t->outbox, v->entries[v->at], buf_str(&t->entry_text), 0);
    stats_add(&t->stats, STAT_cookie_returns, 1);
}
