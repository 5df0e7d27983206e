/*
 * A transfer through a proxy: which one, whose fault a failure is, and the
 * next one.  A proxy's failure never counts as its site's.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/fetch_parts.h"

#include "common/address.h"
#include "common/limits.h"

enum {
    /* With no proxy left, transfers wait so long before the next finds out. */
    FETCH_NO_PROXY_PAUSE_MS = 1000
};

static int64_t
fetch_proxy_now_ms(void)
{
    return (int64_t)(uv_hrtime() / 1000000);
}

void
fetcher_set_proxies(struct fetcher *f, struct proxies *proxies)
{
    f->proxies = proxies;
}

/* libcurl is told never to look into the environment itself. */
static void
fetch_proxy_set(struct fetch *f, struct proxy *proxy)
{
    f->proxy = proxy;
    f->answer.proxy = proxy ? proxy_shown(proxy) : NULL;
    curl_easy_setopt(f->easy, CURLOPT_PROXY, proxy ? proxy_url(proxy) : "");
}

void
fetch_proxy_begin(struct fetch *f)
{
    struct proxies *all = f->fetcher->proxies;
    bool applies = proxies_apply(all, &f->parts);

    f->tried_ms = f->started_ms;
    fetch_proxy_set(
        f, applies ? proxies_pick(all, &f->parts, f->started_ms, false) : NULL);
}

/*
 * The proxy wants an address, so it gets none that it should not ask: only
 * here is it known.  IPv4 first, for libcurl's SOCKS takes the first.
 */
bool
fetch_proxy_filter(const struct fetch *f, struct str addresses, struct buf *out)
{
    bool all = f->fetcher->config->allow_private;

    for (int family = 4; family <= 6; family += 2) {
        struct str rest = addresses;

        while (rest.n > 0) {
            struct str one = str_cut(&rest, ',');

            if (one.n == 0 || (one.p[0] == '[') != (family == 6) ||
                (!all && !address_host_is_public(one)))
                continue;
            if (buf_addf(out, "%s%.*s", out->n > 0 ? "," : "", STR_ARG(one)) !=
                ERR_OK)
                return false;
        }
    }
    return out->n > 0;
}

/* --- whose fault --- */

/* SOCKS: the proxy's own answer that it cannot reach the site. */
static bool
fetch_proxy_said_no(const struct fetch *f)
{
    long reason = CURLPX_OK;

    curl_easy_getinfo(f->easy, CURLINFO_PROXY_ERROR, &reason);
    switch (reason) {
    case CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED:
    case CURLPX_REPLY_CONNECTION_REFUSED:
    case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
    case CURLPX_REPLY_HOST_UNREACHABLE:
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
    case CURLPX_REPLY_NOT_ALLOWED:
    case CURLPX_REPLY_TTL_EXPIRED:
    case CURLPX_REQUEST_FAILED:
    case CURLPX_RESOLVE_HOST:
        return true;
    default:
        return false;
    }
}

/* Whether the proxy did not let us begin, and not because of the site. */
static bool
fetch_proxy_is_to_blame(const struct fetch *f, CURLcode code)
{
    curl_off_t connected = 0;
    long status = 0, tunnel = 0;

    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(f->easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    curl_easy_getinfo(f->easy, CURLINFO_CONNECT_TIME_T, &connected);
    if (tunnel == 407 || status == 407) /* only a proxy says so */
        return true;
    if (f->answer.is_sent || tunnel != 0)
        return false;
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return true;
    case CURLE_PROXY:
        return !fetch_proxy_said_no(f);
    case CURLE_OPERATION_TIMEDOUT:
        return connected == 0;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return proxy_is_tls(f->proxy);
    default:
        return false;
    }
}

enum outcome
fetch_proxy_outcome(const struct fetch *f, CURLcode code)
{
    long tunnel = 0;

    curl_easy_getinfo(f->easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    if (f->is_proxy_failed)
        return OUTCOME_NO_PROXY;
    if (!f->answer.is_sent && code == CURLE_RECV_ERROR && tunnel >= 300)
        return OUTCOME_NO_CONNECT; /* 502, 503: there is no way to the site */
    return fetch_curl_outcome(code, f->is_refused);
}

static bool
fetch_proxy_has_failed(struct fetch *f, CURLcode code)
{
    const struct fetch_answer *a = &f->answer;
    int64_t now = fetch_proxy_now_ms();
    long status = 0;

    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    if (a->is_withheld || a->outcome != OUTCOME_OK ||
        (!a->is_sent && limits_has_no_file()))
        return false; /* it was us */
    if (fetch_proxy_is_to_blame(f, code)) {
        proxy_fails(f->proxy, f->tried_ms, now,
                    code == CURLE_OK ? "it wants other credentials (407)"
                    : a->error[0]    ? a->error
                                     : curl_easy_strerror(code));
        return true;
    }
    if (code == CURLE_OPERATION_TIMEDOUT && status == 0)
        return proxy_is_silent(f->proxy, f->tried_ms, now);
    if (status > 0 || fetch_proxy_said_no(f))
        proxy_serves(f->proxy);
    return false;
}

bool
fetch_proxy_again(struct fetch *f, CURLcode code)
{
    struct fetcher *fetcher = f->fetcher;
    int64_t now = fetch_proxy_now_ms();
    struct proxy *next = NULL;

    f->is_proxy_failed = fetch_proxy_has_failed(f, code);
    if (!f->is_proxy_failed)
        return false;
    stats_add(fetcher->stats, STAT_proxy_failures, 1);
    if (now - f->started_ms < fetcher->config->timeout)
        next = proxies_pick(fetcher->proxies, &f->parts, now, true);
    if (next == NULL) {
        fetcher->no_proxy_until_ms = (uint64_t)now + FETCH_NO_PROXY_PAUSE_MS;
        return false;
    }
    fetch_proxy_set(f, next);
    f->tried_ms = now;
    return true;
}
