/* SPDX-License-Identifier: MIT */
#include "worker/proxies.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "common/fingerprint.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/proxy.h"
#include "common/site.h"

enum {
    PROXY_REST_FIRST_MS = 10 * 1000,
    PROXY_REST_MAX_MS = 600 * 1000, /* doubled up to this */
    PROXY_SILENT_MAX = 3            /* time-outs in a row that are its own */
};

struct proxy {
    char *url;
    char *shown;
    bool looks_up, is_tls, is_socks;
    /* shared */
    atomic_llong failed_ms; /* when it began to rest, monotonic */
    atomic_llong rests_until_ms;
    atomic_uint failures; /* in a row; 0: it serves */
    atomic_uint silences; /* in a row */
};

struct proxy_list {
    struct proxy **v;
    size_t n;
};

struct proxies {
    struct proxy_list http, https; /* for URLs of these schemes */
    struct proxy **all;            /* each once, for the end */
    size_t count;
    char *bypass; /* of --no-proxy or no_proxy, "" none */
};

/* --- birth and end --- */

static struct proxy *
proxies_make(struct proxies *p, struct str text, const struct proxy_form *form)
{
    struct proxy *x = xcalloc(1, sizeof(*x));

    x->url = xmemdup0(text.p, text.n);
    x->shown = xmemdup0(form->shown.p, form->shown.n);
    x->looks_up = form->looks_up;
    x->is_socks = form->is_socks;
    x->is_tls = form->is_tls;
    p->all = xreallocarray(p->all, p->count + 1, sizeof(*p->all));
    p->all[p->count++] = x;
    return x;
}

static void
proxies_list_add(struct proxy_list *list, struct proxy *x)
{
    if (list == NULL)
        return;
    list->v = xreallocarray(list->v, list->n + 1, sizeof(struct proxy *));
    list->v[list->n++] = x;
}

/* Those of text, for one scheme or, with other, for both. */
static enum err
proxies_add(struct proxies *p, const char *text, struct proxy_list *list,
            struct proxy_list *other, char why[CONFIG_WHY_BYTES])
{
    struct str rest = str_from(text), one;

    while (proxy_next(&rest, &one)) {
        struct proxy_form form;
        struct proxy *x;

        if (proxy_read(one, &form, why) != ERR_OK)
            return ERR_INVALID;
        x = proxies_make(p, one, &form);
        proxies_list_add(list, x);
        proxies_list_add(other, x);
    }
    return ERR_OK;
}

static const char *
proxies_env(const char *lower, const char *upper)
{
    const char *value = getenv(lower);

    if (value == NULL && upper != NULL)
        value = getenv(upper);
    return value ? value : "";
}

/* A header "Proxy:" becomes HTTP_PROXY in CGI: that name is not asked. */
static enum err
proxies_from_environment(struct proxies *p, char why[CONFIG_WHY_BYTES])
{
    const char *all = proxies_env("all_proxy", "ALL_PROXY");
    const char *http = proxies_env("http_proxy", NULL);
    const char *https = proxies_env("https_proxy", "HTTPS_PROXY");
    char reason[CONFIG_WHY_BYTES];
    enum err e = proxies_add(p, *http ? http : all, &p->http, NULL, reason);

    if (e == ERR_OK)
        e = proxies_add(p, *https ? https : all, &p->https, NULL, reason);
    if (e != ERR_OK)
        snprintf(why, CONFIG_WHY_BYTES,
                 "environment http_proxy, https_proxy, all_proxy: %.300s",
                 reason);
    return e;
}

static void
proxies_set_bypass(struct proxies *p, const struct config *c)
{
    struct buf list;

    if (c->no_proxy.n == 0) {
        p->bypass = xstrdup(proxies_env("no_proxy", "NO_PROXY"));
        return;
    }
    buf_init(&list, 1 << 20);
    for (size_t i = 0; i < c->no_proxy.n; i++)
        if (buf_addf(&list, "%s,", c->no_proxy.v[i]) != ERR_OK)
            fatalx("out of memory: --no-proxy");
    p->bypass = xmemdup0(list.p, list.n);
    buf_fini(&list);
}

enum err
proxies_new(const struct config *c, struct proxies **out,
            char why[CONFIG_WHY_BYTES])
{
    struct proxies *p = xcalloc(1, sizeof(*p));
    enum err e = ERR_OK;

    *out = NULL;
    proxies_set_bypass(p, c);
    for (size_t i = 0; i < c->proxy.n && e == ERR_OK; i++)
        e = proxies_add(p, c->proxy.v[i], &p->http, &p->https, why);
    if (e == ERR_OK && c->proxy.n == 0)
        e = proxies_from_environment(p, why);
    if (e != ERR_OK || p->count == 0 ||
        proxy_is_bypassed(str_from(p->bypass), STR("*"))) {
        proxies_free(p);
        return e;
    }
    if (c->proxy.n == 0)
        log_info("pages are fetched through the proxies of the environment "
                 "(http_proxy, https_proxy, all_proxy); --no-proxy '*': not");
    *out = p;
    return ERR_OK;
}

void
proxies_free(struct proxies *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->count; i++) {
        free(p->all[i]->url);
        free(p->all[i]->shown);
        free(p->all[i]);
    }
    free(p->all);
    free(p->http.v);
    free(p->https.v);
    free(p->bypass);
    free(p);
}

/* --- which one --- */

static const struct proxy_list *
proxies_of(const struct proxies *p, const struct url *url)
{
    return url->scheme == URL_HTTPS ? &p->https : &p->http;
}

bool
proxies_apply(const struct proxies *p, const struct url *url)
{
    return p != NULL && proxies_of(p, url)->n > 0 &&
           !(p->bypass[0] != '\0' &&
             proxy_is_bypassed(str_from(p->bypass), url->host));
}

struct proxy *
proxies_pick(struct proxies *p, const struct url *url, int64_t now_ms,
             bool is_again)
{
    const struct proxy_list *list = proxies_of(p, url);
    size_t first = (size_t)(fingerprint(site_of_host(url->host)) % list->n);
    struct proxy *soonest = NULL;

    for (size_t i = 0; i < list->n; i++) {
        struct proxy *x = list->v[(first + i) % list->n];

        if (atomic_load(&x->rests_until_ms) <= now_ms)
            return x;
        if (soonest == NULL || atomic_load(&x->rests_until_ms) <
                                   atomic_load(&soonest->rests_until_ms))
            soonest = x;
    }
    return is_again ? NULL : soonest;
}

const char *
proxy_url(const struct proxy *x)
{
    return x->url;
}

const char *
proxy_shown(const struct proxy *x)
{
    return x->shown;
}

bool
proxy_looks_up(const struct proxy *x)
{
    return x->looks_up;
}

bool
proxy_is_tls(const struct proxy *x)
{
    return x->is_tls;
}

bool
proxy_is_socks(const struct proxy *x)
{
    return x->is_socks;
}

/* --- how it fares --- */

void
proxy_fails(struct proxy *x, int64_t began_ms, int64_t now_ms, const char *why)
{
    unsigned failures;
    int64_t rest = PROXY_REST_FIRST_MS;

    /* it began before the others knew */
    if (atomic_load(&x->failures) > 0 && atomic_load(&x->failed_ms) >= began_ms)
        return;
    atomic_store(&x->failed_ms, now_ms);
    failures = atomic_fetch_add(&x->failures, 1);
    for (unsigned i = 0; i < failures && rest < PROXY_REST_MAX_MS; i++)
        rest *= 2;
    if (rest > PROXY_REST_MAX_MS)
        rest = PROXY_REST_MAX_MS;
    atomic_store(&x->rests_until_ms, now_ms + rest);
    if (failures == 0)
        log_warnx("proxy %s rests: %s", LOG_ESC(str_from(x->shown)),
                  LOG_ESC(str_from(why)));
}

bool
proxy_is_silent(struct proxy *x, int64_t began_ms, int64_t now_ms)
{
    if (atomic_fetch_add(&x->silences, 1) + 1 < PROXY_SILENT_MAX)
        return false;
    proxy_fails(x, began_ms, now_ms, "no answer, several times in a row");
    return true;
}

void
proxy_serves(struct proxy *x)
{
    if (atomic_load_explicit(&x->silences, memory_order_relaxed) > 0)
        atomic_store(&x->silences, 0);
    if (atomic_load_explicit(&x->failures, memory_order_relaxed) == 0)
        return;
    if (atomic_exchange(&x->failures, 0) > 0)
        log_warnx("proxy %s serves again", LOG_ESC(str_from(x->shown)));
    atomic_store(&x->rests_until_ms, 0);
}
