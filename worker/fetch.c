/* SPDX-License-Identifier: MIT */
#include "worker/fetch_parts.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/connect_to.h"
#include "common/limits.h"
#include "worker/files.h"

enum {
    FETCH_STARVED_FIRST_MS = 50, /* no file was to be had: wait, and longer */
    FETCH_STARVED_MAX_MS = 2000
};

static int64_t
fetch_wall_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- no file to be had --- */

/*
 * EMFILE or ENFILE is our trouble or the machine's, not the site's: nothing
 * was sent, and nothing is until the pause is over.
 */
void
fetch_starve(struct fetch *f)
{
    struct fetcher *fetcher = f->fetcher;
    uint64_t now = uv_hrtime() / 1000000;

    f->answer.is_withheld = true;
    if (fetcher->starved_until_ms > now) /* it began before the others knew */
        return;
    if (fetcher->starved_ms == 0)
        log_warnx("no more files can be opened: transfers wait (ulimit -n, or "
                  "fewer --threads or --connections)");
    fetcher->starved_ms = fetcher->starved_ms == 0 ? FETCH_STARVED_FIRST_MS
                                                   : fetcher->starved_ms * 2;
    if (fetcher->starved_ms > FETCH_STARVED_MAX_MS)
        fetcher->starved_ms = FETCH_STARVED_MAX_MS;
    fetcher->starved_until_ms = now + fetcher->starved_ms;
}

bool
fetcher_has_memory(const struct fetcher *f)
{
    return bodies_has_room(&f->bodies);
}

bool
fetcher_has_room(const struct fetcher *f)
{
    uint64_t now;

    if (!fetcher_has_memory(f) || !fetch_rate_has_room(f))
        return false;
    if (f->starved_ms == 0 && f->no_proxy_until_ms == 0)
        return true;
    now = uv_hrtime() / 1000000;
    return (f->starved_ms == 0 || f->starved_until_ms <= now) &&
           f->no_proxy_until_ms <= now;
}

void
fetcher_set_bounds(struct fetcher *f, struct bodies *bodies, size_t sockets)
{
    bodies_share_init(&f->bodies, bodies, (size_t)f->config->max_filesize);
    fetcher_set_sockets(f, (size_t)f->config->connections, sockets);
}

void
fetcher_set_sockets(struct fetcher *f, size_t connections, size_t sockets)
{
    fetch_keep_set(f, sockets > 0 ? sockets : connections * FILES_KEPT);
    curl_multi_setopt(f->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)sockets);
}

/* --- the end of a transfer --- */

/*
 * When the request had been sent, or a little later.  curl's own count ends
 * just before it sends, and a busy machine may let tens of milliseconds pass
 * there; that curl waits for an answer (see fetch_loop.c) comes just
 * after.  Over TLS that may be a step of the handshake, so the later counts.
 */
static int64_t
fetch_sent_ms(const struct fetch *f)
{
    curl_off_t total = 0, before = 0;
    int64_t reckoned;

    curl_easy_getinfo(f->easy, CURLINFO_TOTAL_TIME_T, &total);
    curl_easy_getinfo(f->easy, CURLINFO_PRETRANSFER_TIME_T, &before);
    if (before == 0 || before > total)
        return f->started_ms;
    if (f->waits_since_ms == 0) /* answered before it was waited for */
        return (int64_t)(uv_hrtime() / 1000000);
    reckoned =
        (int64_t)(uv_hrtime() / 1000000) - (int64_t)(total - before) / 1000;
    return reckoned > f->waits_since_ms ? reckoned : f->waits_since_ms;
}

/* Which of the three it was, libcurl only says in words. */
static void
fetch_count_timeout(const struct fetch *f)
{
    enum stats_id which = STAT_timeouts_total;

    if (!f->answer.is_sent)
        which = STAT_timeouts_connect;
    else if (str_starts(str_from(f->answer.error), STR("Operation too slow")))
        which = STAT_timeouts_slow;
    stats_add(f->fetcher->stats, which, 1);
}

static void
fetch_measure(struct fetch *f, CURLcode code)
{
    struct fetch_answer *a = &f->answer;
    long status = 0, connects = 0, version = 0;
    char *address = NULL;

    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(f->easy, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(f->easy, CURLINFO_HTTP_VERSION, &version);
    curl_easy_getinfo(f->easy, CURLINFO_PRIMARY_IP, &address);
    a->status = (int)status;
    if (code == CURLE_OUT_OF_MEMORY)
        fatalx("out of memory: a transfer");
    if (code == CURLE_OK)
        f->fetcher->starved_ms = 0;
    else if (status == 0 && !a->is_sent && limits_has_no_file())
        fetch_starve(f);
    if (code == CURLE_OPERATION_TIMEDOUT)
        fetch_count_timeout(f);
    if (code != CURLE_OK)
        a->os_error = fetch_curl_errno(f->easy);
    a->is_by_proxy = f->proxy != NULL;
    a->sent_ms = fetch_sent_ms(f);
    a->is_http2 = version == CURL_HTTP_VERSION_2_0;
    a->is_new_connection = connects > 0;
    if (address && a->status > 0 && f->proxy == NULL)
        snprintf(a->address, sizeof(a->address), "%s", address);
    if (a->outcome == OUTCOME_OK)
        a->outcome = f->proxy ? fetch_proxy_outcome(f, code)
                              : fetch_curl_outcome(code, f->is_refused);
    if (a->outcome == OUTCOME_OK && a->status > 0 && !f->is_header_whole) {
        a->outcome = OUTCOME_BROKEN; /* libcurl takes half a header */
        snprintf(a->error, sizeof(a->error), "closed within the header");
        code = CURLE_GOT_NOTHING;
    }
    /* a body that stops short of its length was still worth something */
    if (a->outcome != OUTCOME_OK && a->status > 0)
        a->is_cut = true;
    if (code == CURLE_OK || a->outcome == OUTCOME_BAD_TYPE ||
        (code == CURLE_WRITE_ERROR && a->outcome == OUTCOME_TOO_BIG))
        a->error[0] = '\0'; /* that we broke it off is no error */
    else if (a->error[0] == '\0')
        snprintf(a->error, sizeof(a->error), "%s", curl_easy_strerror(code));
    if (f->max_body == f->fetcher->bodies.largest && a->status > 0)
        bodies_learn(&f->fetcher->bodies, a->body.n * 2); /* it doubles */
    if (f->is_proxy_failed) { /* what it said is not the site's word */
        a->status = 0;
        buf_reset(&a->headers);
        buf_reset(&a->body);
    }
    stats_add(f->fetcher->stats, STAT_connections_made, connects);
    stats_add(f->fetcher->stats, STAT_bytes_received,
              (int64_t)(a->headers.n + a->body.n));
}

/* What a transfer leaves behind, but for its bytes. */
static void
fetch_clear(struct fetch *f)
{
    buf_reset(&f->answer.body);
    buf_reset(&f->answer.headers);
    f->answer.is_sent = f->answer.is_cut = false;
    f->answer.error[0] = '\0';
    f->header_lines = 0;
    f->waits_since_ms = 0;
    f->is_refused = f->is_header_whole = f->has_set_cookie = false;
}

static void fetch_route(struct fetch *f, struct str address);

void
fetch_finish(struct fetch *f)
{
    f->answer.took_ms = (int64_t)(uv_hrtime() / 1000000) - f->started_ms;
    f->state = FETCH_DONE;
    f->done(f->arg, f);
}

void
fetch_collect(struct fetcher *fetcher)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(fetcher->multi, &left))) {
        CURLcode code = message->data.result;
        struct fetch *f;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&f);
        assert(f->magic == FETCH_MAGIC);
        fetch_pause_forget(f);
        curl_multi_remove_handle(fetcher->multi, f->easy);
        fetch_keep_end(f);
        if (f->proxy && fetch_proxy_again(f, code)) {
            fetch_clear(f);
            fetch_easy_renew(f);
            fetch_route(f, STR_NONE);
            continue;
        }
        fetch_measure(f, code);
        fetch_finish(f);
    }
}

/* Back into the pool; small bodies keep their memory for the next one. */
static void
fetch_recycle(struct fetch *f)
{
    struct fetcher *fetcher = f->fetcher;

    if (!bodies_may_keep(&fetcher->bodies, f->answer.body.cap))
        buf_fini(&f->answer.body);
    bodies_end(&fetcher->bodies, &f->held, f->answer.body.cap);
    fetch_pause_memory_freed(fetcher);
    fetch_clear(f);
    buf_reset(&f->url);
    f->answer = (struct fetch_answer){.headers = f->answer.headers,
                                      .body = f->answer.body};
    fetch_condition_end(f);
    f->is_ended = f->wants_types = f->is_proxy_failed = false;
    f->has_login = false;
    f->proxy = NULL;
    fetch_ftp_end(f);
    fetch_keep_reset(f);
    fetch_easy_unmake(f);
    f->next = fetcher->pool;
    fetcher->pool = f;
}

/* done is never called from inside fetch_start(): it waits for the loop. */
static void
fetch_on_defer(uv_timer_t *timer)
{
    struct fetcher *fetcher = timer->data;
    struct fetch *f = fetcher->deferred, *next;

    fetcher->deferred = NULL;
    for (; f; f = next) {
        next = f->next;
        f->next = NULL;
        if (f->is_ended)
            fetch_recycle(f);
        else
            fetch_finish(f);
    }
}

void
fetch_defer(struct fetch *f, enum outcome outcome, const char *error)
{
    struct fetcher *fetcher = f->fetcher;

    f->answer.outcome = outcome;
    snprintf(f->answer.error, sizeof(f->answer.error), "%s", error);
    f->state = FETCH_DEFERRED;
    f->next = fetcher->deferred;
    fetcher->deferred = f;
    uv_timer_start(&fetcher->defer, fetch_on_defer, 0, 0);
}

/* --- looking on --- */

void
fetcher_set_trace(struct fetcher *f, fetch_trace_fn *trace, void *arg)
{
    f->tracer = (struct fetch_tracer){trace, arg};
}

void
fetch_times(const struct fetch *f, struct fetch_times *out)
{
    if (f->ftp)
        fetch_ftp_times(f, out);
    else
        fetch_curl_times(f->easy, out);
}

/* --- starting --- */

static void
fetch_launch(struct fetch *f)
{
    fetch_easy_aim(f);
    if (credentials_are_given(f->fetcher->credentials))
        fetch_secrets_set(f);
    if (curl_multi_add_handle(f->fetcher->multi, f->easy) != CURLM_OK) {
        fetch_defer(f, OUTCOME_BROKEN, "libcurl refused the transfer");
        return;
    }
    fetch_keep_begin(f);
    f->state = FETCH_RUNNING;
}

/*
 * Hand curl the addresses, and take the name that this handle pinned before
 * out of curl's DNS cache: it prunes that cache for every transfer, name by
 * name, so it must stay small.
 */
static void
fetch_pin(struct fetch *f, struct str host, unsigned port, struct str addresses)
{
    char line[2048];
    struct curl_slist *list = NULL;

    if (f->pinned[0] != '\0') {
        snprintf(line, sizeof(line), "-%s", f->pinned);
        list = curl_slist_append(list, line);
    }
    snprintf(f->pinned, sizeof(f->pinned), "%.*s:%u", STR_ARG(host), port);
    snprintf(line, sizeof(line), "+%s:%.*s", f->pinned, STR_ARG(addresses));
    list = curl_slist_append(list, line);
    curl_easy_setopt(f->easy, CURLOPT_RESOLVE, list);
    curl_slist_free_all(f->resolve);
    f->resolve = list;
}

/* A proxy of HTTP is asked for it by HTTP, as for any other URL. */
static bool
fetch_is_by_ftp(const struct fetch *f)
{
    return f->parts.scheme == URL_FTP && f->proxy == NULL;
}

static void
fetch_on_addresses(void *arg, const struct resolve_answer *answer)
{
    struct fetch *f = arg;
    struct connect_to_target target;
    struct str addresses = answer->addresses;
    struct buf allowed; /* of them, for a proxy that wants one */

    assert(f->magic == FETCH_MAGIC);
    if (f->is_ended) {
        fetch_recycle(f);
        return;
    }
    if (answer->outcome == OUTCOME_DNS_ERROR && limits_has_no_file())
        fetch_starve(f);
    if (answer->outcome != OUTCOME_OK) {
        char error[80];

        snprintf(error, sizeof(error), "%s (%s)",
                 outcome_words(answer->outcome), answer->reason);
        fetch_defer(f, answer->outcome, error);
        return;
    }
    buf_init(&allowed, 2048);
    if (f->proxy) {
        if (!fetch_proxy_filter(f, addresses, &allowed)) {
            fetch_defer(f, OUTCOME_PRIVATE, outcome_words(OUTCOME_PRIVATE));
            goto out;
        }
        addresses = buf_str(&allowed);
    }
    connect_to_find(f->fetcher->config, &f->parts, &target);
    if (fetch_is_by_ftp(f)) {
        fetch_ftp_launch(f, addresses, target.port);
    } else {
        fetch_pin(f, target.host, target.port, addresses);
        fetch_launch(f);
    }
out:
    buf_fini(&allowed);
}

/* Addresses that nobody had to ask for. */
static void
fetch_use(struct fetch *f, struct str addresses)
{
    struct resolve_answer answer = {OUTCOME_OK, addresses, ""};

    fetch_on_addresses(f, &answer);
}

static struct fetch *
fetch_get(struct fetcher *fetcher)
{
    struct fetch *f = fetcher->pool;

    if (f) {
        fetcher->pool = f->next;
        f->next = NULL;
        fetch_easy_make(f);
        return f;
    }
    f = xcalloc(1, sizeof(*f));
    f->magic = FETCH_MAGIC;
    f->fetcher = fetcher;
    buf_init(&f->url, 8192);
    buf_init(&f->answer.headers, FETCH_HEADERS_MAX);
    fetch_easy_make(f);
    return f;
}

/* To curl, or to the resolver first.  address: as fetch_start() has it. */
static void
fetch_route(struct fetch *f, struct str address)
{
    struct fetcher *fetcher = f->fetcher;
    struct connect_to_target target;

    f->state = FETCH_LOOK_UP;
    connect_to_find(fetcher->config, &f->parts, &target);
    if (f->proxy && !fetcher->config->allow_private &&
        !address_host_is_public(f->parts.host)) {
        fetch_defer(f, OUTCOME_PRIVATE, outcome_words(OUTCOME_PRIVATE));
    } else if (f->parts.scheme == URL_FTP && f->proxy &&
               proxy_is_socks(f->proxy)) {
        fetch_defer(f, OUTCOME_BAD_URL, "ftp goes through no SOCKS proxy");
    } else if (fetch_is_by_ftp(f) && url_host_is_address(target.host)) {
        fetch_use(f, target.host);
    } else if ((f->proxy && proxy_looks_up(f->proxy)) ||
               url_host_is_address(target.host)) {
        fetch_launch(f);
    } else if (address.n > 0) {
        fetch_use(f, address);
    } else if (target.addresses.n > 0) {
        fetch_use(f, target.addresses);
    } else {
        resolve_host(fetcher->resolve, target.host, fetch_on_addresses, f);
    }
}

struct fetch *
fetch_start(struct fetcher *fetcher, const struct url *url, struct str address,
            size_t max_body, fetch_done_fn *done, void *arg)
{
    return fetch_start_if(fetcher, url, address, max_body, NULL, done, arg);
}

struct fetch *
fetch_start_if(struct fetcher *fetcher, const struct url *url,
               struct str address, size_t max_body,
               const struct fetch_condition *condition, fetch_done_fn *done,
               void *arg)
{
    struct fetch *f = fetch_get(fetcher);

    if (condition)
        fetch_condition_set(f, condition);
    f->done = done;
    f->arg = arg;
    bodies_begin(&fetcher->bodies, &f->held);
    f->max_body = max_body;
    f->started_ms = (int64_t)(uv_hrtime() / 1000000);
    f->answer.sent_ms = f->started_ms;
    f->answer.started_us = fetch_wall_us();
    f->answer.body.max = max_body;
    if (buf_add_str(&f->url, url->text) != ERR_OK ||
        buf_add_char(&f->url, '\0') != ERR_OK ||
        url_split((struct str){f->url.p, f->url.n - 1}, &f->parts) != ERR_OK) {
        fetch_defer(f, OUTCOME_BAD_URL, "not a URL of ours");
        return f;
    }
    if (f->parts.scheme == URL_FTP && !fetcher->config->ftp) {
        fetch_defer(f, OUTCOME_BAD_URL, "ftp URLs want --ftp");
        return f;
    }
    if (fetcher->proxies)
        fetch_proxy_begin(f);
    fetch_route(f, address);
    return f;
}

void
fetch_limit_types(struct fetch *f)
{
    f->wants_types = true;
}

void
fetch_is_first(struct fetch *f)
{
    f->is_first = true;
}

void
fetch_is_last(struct fetch *f)
{
    f->is_last = true;
}

const struct fetch_answer *
fetch_answer(const struct fetch *f)
{
    return &f->answer;
}

void
fetch_end(struct fetch *f)
{
    if (f->state == FETCH_LOOK_UP || f->state == FETCH_DEFERRED) {
        f->is_ended = true; /* the resolver or the timer brings it home */
        return;
    }
    if (f->state == FETCH_RUNNING) {
        fetch_pause_forget(f);
        if (f->ftp == NULL)
            curl_multi_remove_handle(f->fetcher->multi, f->easy);
        fetch_keep_end(f);
    }
    fetch_recycle(f);
}

void
fetch_note_decoded(struct fetch *f, size_t bytes)
{
    bodies_grow(&f->fetcher->bodies, &f->held, f->answer.body.cap + bytes);
}

enum err
fetch_write_request(const struct fetch *f, struct buf *out)
{
    const struct url *u = &f->parts;
    struct str authority = u->origin;
    size_t scheme = url_scheme_bytes(u->scheme);

    enum err e;

    authority.p += scheme;
    authority.n -= scheme;
    e = buf_addf(out, "GET %.*s HTTP/1.1\r\nHost: %.*s\r\n", STR_ARG(u->target),
                 STR_ARG(authority));
    if (e == ERR_OK)
        e = fetch_condition_write(f, out);
    if (e == ERR_OK)
        e = buf_addf(out, "%.*s\r\n",
                     STR_ARG(buf_str(&f->fetcher->request_head)));
    return e;
}

/* --- birth and end --- */

enum err
fetcher_new(uv_loop_t *loop, const struct config *c, const char *user_agent,
            struct resolve *resolve, struct stats *stats, struct fetcher **out,
            char why[CONFIG_WHY_BYTES])
{
    struct fetcher *f = xcalloc(1, sizeof(*f));

    *out = NULL;
    f->loop = loop;
    f->config = c;
    f->resolve = resolve;
    f->stats = stats;
    buf_init(&f->request_head, FETCH_HEADERS_MAX);
    f->multi = curl_multi_init();
    if (f->multi == NULL || fetch_headers_make(f, user_agent) != ERR_OK) {
        snprintf(why, CONFIG_WHY_BYTES, "headers too long or no memory");
        free(f);
        return ERR_INVALID;
    }
    if (fetch_secrets_make(f, why) != ERR_OK) { /* config_check() said it */
        free(f);
        return ERR_INVALID;
    }
    if (fetch_loop_open(f) != ERR_OK) {
        snprintf(why, CONFIG_WHY_BYTES, "epoll_create1: %s", strerror(errno));
        free(f);
        return ERR_INVALID;
    }
    uv_timer_init(loop, &f->defer);
    f->defer.data = f;
    uv_timer_init(loop, &f->pace);
    f->pace.data = f;
    f->handles += 2;
    fetch_keep_set(f, (size_t)c->connections * FILES_KEPT);
    *out = f;
    return ERR_OK;
}

static void
fetcher_on_closed(uv_handle_t *handle)
{
    struct fetcher *f = handle->data;

    if (--f->handles == 0)
        free(f);
}

void
fetcher_set_gate(struct fetcher *f, fetch_gate_fn *gate, void *arg)
{
    f->gate = gate;
    f->gate_arg = arg;
}

void
fetcher_close(struct fetcher *f)
{
    struct fetch *next;

    if (f == NULL)
        return;
    f->is_closed = true;
    while ((next = f->deferred)) { /* ended by their owners */
        f->deferred = next->next;
        fetch_recycle(next);
    }
    for (struct fetch *one = f->pool; one; one = next) {
        next = one->next;
        curl_easy_cleanup(one->easy);
        curl_slist_free_all(one->resolve);
        buf_fini(&one->url);
        buf_fini(&one->answer.body);
        buf_fini(&one->answer.headers);
        free(one);
    }
    curl_multi_cleanup(f->multi);
    curl_slist_free_all(f->headers);
    curl_slist_free_all(f->own_headers);
    credentials_free(f->credentials);
    curl_slist_free_all(f->connect_to);
    buf_fini(&f->request_head);
    fetch_loop_close(f, fetcher_on_closed);
    uv_close((uv_handle_t *)&f->defer, fetcher_on_closed);
    uv_close((uv_handle_t *)&f->pace, fetcher_on_closed);
}
