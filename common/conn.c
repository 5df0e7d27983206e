/*
 * SPDX-License-Identifier: MIT
 *
 * One try after another: look the name up (without waiting), connect, greet.
 * A try that fails goes on to the next place at once; when all of them failed
 * there is a pause, longer each time.  It begins anew only when a connection
 * has held for a second: one that comes up and falls at the first request (no
 * right to run scripts, no room for seeds) is no success.
 */
#include "common/conn.h"

#include <assert.h>
#include <hiredis/async.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conn_find.h"
#include "common/conn_poll.h"
#include "common/lua_scripts.h"
#include "common/mem.h"
#include "common/secret.h"

enum {
    CONN_PAUSE_FIRST_MS = 50,
    CONN_PAUSE_MAX_MS = 2000,
    CONN_WATCH_MS = 1000,
    CONN_CONNECT_TICKS = 5, /* of the watch: three SYNs of TCP's */
    CONN_SILENT_TICKS = 30, /* a save or a slow disk takes 20 s and more */
    CONN_ROOM_FIRST_MS = 250,
    CONN_ROOM_MAX_MS = 4000,
    CONN_ROOM_TICKS = 3 /* so long without a refusal: it is full no more */
};

struct conn {
    uv_loop_t *loop;
    struct redis_url url;
    struct conn_events events;
    redisAsyncContext *context; /* NULL: none, or being taken down */
    struct conn_find *find;     /* the look-up under way, or NULL */
    uv_timer_t pause;           /* until the next try */
    uv_timer_t watch;           /* each second while there is a connection */
    uv_timer_t room;            /* until on_room */
    uint64_t pause_ms, room_ms; /* the last ones; 0: the next is the first */
    uint64_t random;
    size_t place;      /* of url's: where this try goes */
    size_t tries;      /* places that failed since the last break */
    size_t address;    /* of those that the place's name has */
    size_t addresses;  /* 0: not known yet */
    size_t handshakes; /* replies the handshake still waits for */
    size_t pending;
    unsigned ticks;      /* of the watch, while an answer is missing */
    unsigned full_ticks; /* ... since offers are taken again */
    bool is_connected;
    bool is_up;
    bool is_proven;   /* up, and was so a second ago */
    bool is_shaky;    /* the last one that came up fell before that */
    bool is_down;     /* on_down was called and on_up was not */
    bool is_full;     /* an offer was refused a short while ago */
    bool is_refusing; /* the last one was */
    bool is_told;     /* talk knows of trouble */
    bool is_closed;
    unsigned handles; /* of the three timers, not yet closed */
    enum redis_trouble trouble;
    char words[REDIS_WORDS_BYTES];
};

enum conn_kind {
    CONN_PLAIN,
    CONN_OFFER, /* may be refused by a full Redis */
    CONN_TOLD   /* an error is an answer too */
};

/* One request under way: hiredis gives its reply to conn_on_reply(). */
struct conn_request {
    struct conn *c;
    conn_reply_fn *fn;
    void *arg;
    enum conn_kind kind;
};

static void conn_try(struct conn *c);

/* --- trouble --- */

/* With what a user can do about it, and which of several places it is. */
static void
conn_note(struct conn *c, enum redis_trouble trouble, const char *words)
{
    const char *behind = "", *more = "";
    char where[256] = "";

    c->trouble = trouble;
    if (redis_url_places(&c->url) > 1) {
        redis_url_show_place(&c->url, c->place, where);
        behind = ": ";
    }
    if (trouble == REDIS_PASSWORD && c->url.password_file)
        more = " (its file is read again each time)";
    snprintf(c->words, sizeof(c->words), "%.80s%s%.130s%s", where, behind,
             words, more);
}

static void
conn_say_bad(struct conn *c, enum redis_trouble trouble, const char *words)
{
    conn_note(c, trouble, words);
    conn_talk_bad(c->events.talk, !c->is_told, trouble, c->words);
    c->is_told = true;
}

static void
conn_say_good(struct conn *c)
{
    c->trouble = REDIS_FINE;
    c->words[0] = '\0';
    if (c->is_told)
        conn_talk_good(c->events.talk);
    c->is_told = false;
}

static void
conn_on_pause_over(uv_timer_t *timer)
{
    conn_try(timer->data);
}

/* From half of ms to ms: many workers shall not come back in one moment. */
static uint64_t
conn_jitter(struct conn *c, uint64_t ms)
{
    c->random ^= c->random >> 12;
    c->random ^= c->random << 25;
    c->random ^= c->random >> 27;
    return ms - (c->random * 0x2545f4914f6cdd1du >> 32) % (ms / 2 + 1);
}

/* Whether there is another address or place that this round has not tried. */
static bool
conn_next(struct conn *c)
{
    size_t places = redis_url_places(&c->url);

    if (c->address + 1 < c->addresses) {
        c->address++;
        return true;
    }
    c->address = c->addresses = 0;
    c->place = (c->place + 1) % places;
    return ++c->tries % places != 0;
}

static void
conn_pause(struct conn *c)
{
    c->pause_ms = c->pause_ms == 0 ? CONN_PAUSE_FIRST_MS : c->pause_ms * 2;
    if (c->pause_ms > CONN_PAUSE_MAX_MS)
        c->pause_ms = CONN_PAUSE_MAX_MS;
    uv_timer_start(&c->pause, conn_on_pause_over, conn_jitter(c, c->pause_ms),
                   0);
}

/* The connection is gone or of no use: say so once and try again later. */
static void
conn_down(struct conn *c, enum redis_trouble trouble, const char *words)
{
    bool was_up = c->is_up;

    if (was_up)
        c->is_shaky = !c->is_proven;
    c->is_up = c->is_proven = c->is_connected = false;
    c->is_full = c->is_refusing = false;
    c->context = NULL;
    if (c->is_closed)
        return;
    uv_timer_stop(&c->watch);
    uv_timer_stop(&c->room);
    if (was_up) {
        c->tries = c->address = 0;
        if (trouble == REDIS_REPLICA) /* it was the primary until now */
            c->place = (c->place + 1) % redis_url_places(&c->url);
    } else if (conn_next(c)) {
        uv_timer_start(&c->pause, conn_on_pause_over, 0, 0);
        return;
    }
    conn_say_bad(c, trouble, words);
    conn_pause(c);
    if (!c->is_down) {
        c->is_down = true;
        c->events.on_down(c->events.arg, c->words);
    }
}

/* Drop the connection, from inside one of its callbacks or a timer's. */
static void
conn_break(struct conn *c, enum redis_trouble trouble, const char *words)
{
    redisAsyncContext *context = c->context;

    if (context == NULL)
        return;
    context->data = NULL; /* its further callbacks find no owner */
    conn_down(c, trouble, words);
    redisAsyncFree(context);
}

/* --- a full Redis --- */

static void
conn_on_room(uv_timer_t *timer)
{
    struct conn *c = timer->data;

    if (c->is_up && c->events.on_room)
        c->events.on_room(c->events.arg);
}

/* An offer was refused.  The others, until the timer ends, are no news. */
static void
conn_refused(struct conn *c, const char *words)
{
    c->is_full = c->is_refusing = true;
    c->full_ticks = 0;
    conn_say_bad(c, REDIS_FULL, words);
    if (uv_is_active((uv_handle_t *)&c->room))
        return;
    c->room_ms = c->room_ms == 0 ? CONN_ROOM_FIRST_MS : c->room_ms * 2;
    if (c->room_ms > CONN_ROOM_MAX_MS)
        c->room_ms = CONN_ROOM_MAX_MS;
    uv_timer_start(&c->room, conn_on_room, conn_jitter(c, c->room_ms), 0);
}

/* --- the watch --- */

static void
conn_on_watch(uv_timer_t *timer)
{
    struct conn *c = timer->data;

    /* ticks, not time: a process that was stopped or a loop that was late
     * has replies to read before it may call Redis silent */
    c->ticks++;
    if (c->is_connected && c->pending == 0)
        c->ticks = 0;
    if (!c->is_connected && c->ticks >= CONN_CONNECT_TICKS) {
        conn_break(c, REDIS_GONE, "no connection within 5 s");
        return;
    }
    if (c->ticks >= CONN_SILENT_TICKS) {
        conn_break(c, REDIS_SILENT, "no answer for 30 s");
        return;
    }
    if (!c->is_up)
        return;
    if (!c->is_proven) {
        c->is_proven = true;
        c->is_shaky = false;
        c->pause_ms = 0;
        if (!c->is_full)
            conn_say_good(c);
    }
    if (c->is_refusing)
        c->full_ticks = 0;
    else if (c->is_full && ++c->full_ticks >= CONN_ROOM_TICKS) {
        c->is_full = false;
        c->room_ms = 0;
        conn_say_good(c);
    }
}

static void
conn_watch(struct conn *c)
{
    c->ticks = 0;
    uv_timer_start(&c->watch, conn_on_watch, CONN_WATCH_MS, CONN_WATCH_MS);
}

/* --- hiredis's callbacks --- */

static void
conn_on_connect(const redisAsyncContext *context, int status)
{
    struct conn *c = context->data;

    if (c == NULL)
        return;
    if (status != REDIS_OK) { /* hiredis frees the context itself */
        conn_down(c, REDIS_GONE, context->errstr);
        return;
    }
    c->is_connected = true;
    c->ticks = 0;
}

static void
conn_on_disconnect(const redisAsyncContext *context, int status)
{
    struct conn *c = context->data;

    if (c)
        conn_down(c, REDIS_GONE,
                  status == REDIS_OK ? "closed" : context->errstr);
}

static void
conn_on_reply(redisAsyncContext *context, void *raw, void *arg)
{
    struct conn_request *request = arg;
    struct conn *c = request->c;
    const redisReply *reply = raw;
    enum redis_trouble trouble = REDIS_FINE;
    char words[REDIS_WORDS_BYTES];

    (void)context;
    c->pending--;
    if (reply)
        c->ticks = 0;
    if (reply && reply->type == REDIS_REPLY_ERROR &&
        request->kind != CONN_TOLD) {
        trouble = redis_trouble_of((struct str){reply->str, (size_t)reply->len},
                                   words);
        reply = NULL;
    }
    if (reply && request->kind == CONN_OFFER)
        c->is_refusing = false;
    request->fn(request->arg, reply);
    if (trouble == REDIS_FULL && request->kind == CONN_OFFER && c->is_up)
        conn_refused(c, words);
    else if (trouble != REDIS_FINE && !c->is_closed)
        conn_break(c, trouble, words);
    free(request);
}

static void
conn_queue(struct conn *c, struct str bytes, conn_reply_fn *fn, void *arg,
           enum conn_kind kind)
{
    struct conn_request *r = xcalloc(1, sizeof(*r));

    *r = (struct conn_request){c, fn, arg, kind};
    c->pending++;
    if (redisAsyncFormattedCommand(c->context, conn_on_reply, r, bytes.p,
                                   bytes.n) != REDIS_OK) {
        c->pending--;
        fn(arg, NULL); /* it is being taken down already */
        free(r);
    }
}

void
conn_send(struct conn *c, struct str request, conn_reply_fn *fn, void *arg)
{
    assert(c->is_up);
    conn_queue(c, request, fn, arg, CONN_PLAIN);
}

void
conn_offer(struct conn *c, struct str request, conn_reply_fn *fn, void *arg)
{
    assert(c->is_up);
    conn_queue(c, request, fn, arg, CONN_OFFER);
}

/* --- the handshake --- */

static void
conn_on_handshake(void *arg, const redisReply *reply)
{
    struct conn *c = arg;

    if (reply == NULL || c->is_closed)
        return; /* conn_on_reply() breaks the connection */
    if (--c->handshakes > 0)
        return;
    c->is_up = true;
    c->is_down = false;
    if (!c->is_shaky)
        conn_say_good(c); /* else it may be one more that falls at once */
    conn_watch(c);        /* its first tick: it has held for a second */
    c->events.on_up(c->events.arg);
}

static void
conn_on_role(void *arg, const redisReply *reply)
{
    struct conn *c = arg;

    if (reply != NULL && !c->is_closed && redis_is_replica(reply))
        conn_break(c, REDIS_REPLICA, "this Redis is a replica");
    else
        conn_on_handshake(arg, reply);
}

/* The formed request in b is one of the handshake; empties b. */
static void
conn_shake(struct conn *c, struct buf *b)
{
    c->handshakes++;
    conn_queue(c, buf_str(b), conn_on_handshake, c, CONN_PLAIN);
    buf_reset(b);
}

static void
conn_handshake(struct conn *c)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    c->handshakes = 0;
    if (c->url.password) {
        redis_form_auth(&c->url, &b);
        conn_shake(c, &b);
        explicit_bzero(b.p, b.cap);
    }
    if (c->url.db != 0) {
        redis_form_select(&c->url, &b);
        conn_shake(c, &b);
    }
    resp_begin(&b, 1);
    resp_arg(&b, STR("ROLE"));
    c->handshakes++;
    conn_queue(c, buf_str(&b), conn_on_role, c, CONN_TOLD);
    buf_reset(&b);
    for (size_t i = 0; i < lua_scripts_count; i++) {
        resp_begin(&b, 3);
        resp_arg(&b, STR("SCRIPT"));
        resp_arg(&b, STR("LOAD"));
        resp_arg(&b, (struct str){lua_scripts[i].src, lua_scripts[i].len});
        conn_shake(c, &b);
    }
    buf_fini(&b);
}

/* --- a try --- */

/* host: a numeric address; NULL for a unix socket. */
static void
conn_connect(struct conn *c, const char *host)
{
    struct redis_place place = redis_url_place(&c->url, c->place);
    redisAsyncContext *context = host ? redisAsyncConnect(host, place.port)
                                      : redisAsyncConnectUnix(c->url.path);

    if (context == NULL || context->err) {
        char why[128];

        snprintf(why, sizeof(why), "%s",
                 context ? context->errstr : "out of memory");
        if (context)
            redisAsyncFree(context);
        conn_down(c, REDIS_GONE, why);
        return;
    }
    redis_tune_socket(context->c.fd);
    context->data = c;
    c->context = context;
    conn_poll_attach(context, c->loop);
    redisAsyncSetConnectCallback(context, conn_on_connect);
    redisAsyncSetDisconnectCallback(context, conn_on_disconnect);
    conn_watch(c);
    conn_handshake(c);
}

static void
conn_on_found(void *arg, const char *address, size_t count, const char *why)
{
    struct conn *c = arg;

    c->find = NULL;
    c->addresses = count;
    if (address)
        conn_connect(c, address);
    else
        conn_down(c, REDIS_GONE, why);
}

static void
conn_try(struct conn *c)
{
    struct redis_place place = redis_url_place(&c->url, c->place);
    struct in6_addr address;

    secret_refresh(&c->url);
    if (place.host == NULL ||
        uv_inet_pton(AF_INET, place.host, &address) == 0 ||
        uv_inet_pton(AF_INET6, place.host, &address) == 0)
        conn_connect(c, place.host);
    else
        c->find = conn_find(c->loop, place.host, c->address, conn_on_found, c);
}

/* --- birth and end --- */

struct conn *
conn_open(uv_loop_t *loop, const struct redis_url *url,
          const struct conn_events *events)
{
    struct conn *c = xcalloc(1, sizeof(*c));
    uv_timer_t *timers[] = {&c->pause, &c->watch, &c->room};

    c->loop = loop;
    redis_url_copy(url, &c->url);
    c->events = *events;
    c->random = (uv_hrtime() ^ (uintptr_t)c) | 1;
    for (size_t i = 0; i < 3; i++) {
        uv_timer_init(loop, timers[i]);
        timers[i]->data = c;
        c->handles++;
    }
    uv_timer_start(&c->pause, conn_on_pause_over, 0, 0); /* the first try */
    return c;
}

bool
conn_is_up(const struct conn *c)
{
    return c->is_up;
}

enum redis_trouble
conn_trouble(const struct conn *c, const char **words)
{
    if (words)
        *words = c->words;
    return c->trouble;
}

bool
conn_has_room(const struct conn *c)
{
    return !c->is_refusing;
}

static void
conn_on_closed(uv_handle_t *handle)
{
    struct conn *c = handle->data;

    if (--c->handles > 0)
        return;
    redis_url_fini(&c->url);
    free(c);
}

void
conn_close(struct conn *c)
{
    redisAsyncContext *context = c->context;

    c->is_closed = true;
    c->is_up = false;
    c->context = NULL;
    if (context) {
        context->data = NULL;
        redisAsyncFree(context);
    }
    conn_find_cancel(c->find);
    if (c->is_told)
        conn_talk_leave(c->events.talk);
    uv_close((uv_handle_t *)&c->pause, conn_on_closed);
    uv_close((uv_handle_t *)&c->watch, conn_on_closed);
    uv_close((uv_handle_t *)&c->room, conn_on_closed);
}
