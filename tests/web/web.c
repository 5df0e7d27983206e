/* SPDX-License-Identifier: MIT */
#include "tests/web/web.h"

#include <stdlib.h>

#include "common/fingerprint.h"
#include "common/mem.h"
#include "tests/web/pages.h"
#include "tests/web/put.h"
#include "tests/web/sites.h"
#include "tests/web/special.h"

enum { WEB_DIGITS_LEAST = 4 };

void
web_init(struct web *w)
{
    w->digits = WEB_DIGITS_LEAST;
    for (uint32_t n = w->hosts; n >= 10000; n /= 10)
        w->digits++;
    pages_init(w);
}

void
web_fini(struct web *w)
{
    sites_free(w->sites);
    w->sites = NULL;
    free(w->filler);
    w->filler = NULL;
    free(w->first_asked);
    w->first_asked = NULL;
}

uint64_t
web_delay_ms(struct web *w, const struct request *req)
{
    uint64_t delay = w->latency_ms;
    const struct entry *e;

    if (w->jitter_ms > 0)
        delay += web_mix(web_mix(w->seed, fingerprint(req->host)),
                         fingerprint(req->target)) %
                 ((uint64_t)w->jitter_ms + 1);
    if (w->sites != NULL) {
        e = sites_find(w->sites, req);
        if (e != NULL)
            return delay + sites_delay_ms(e);
    }
    if (special_is(req->path))
        delay += special_delay_ms(req);
    return delay;
}

/* A host's number: generated ones from 1, the site file's behind them. */
static uint32_t
web_host_number(const struct web *w, struct str host)
{
    uint32_t n = pages_host_number(w, host);

    if (n == 0 && w->sites != NULL) {
        n = sites_host_number(w->sites, host);
        if (n > 0)
            n += w->hosts;
    }
    return n;
}

static void
web_answer_method(const struct request *req, struct reply *r)
{
    reply_begin(r, 405, REPLY_PLAIN);
    reply_line(r, STR("Allow: GET, HEAD"));
    PUT(&r->body, "only GET and HEAD\n");
    reply_end(r, req);
}

void
web_answer(struct web *w, const struct request *req, struct reply *r)
{
    struct entry *e = NULL;
    uint32_t host;

    if (!req->is_known) {
        web_answer_method(req, r);
        return;
    }
    if (w->sites != NULL)
        e = sites_find(w->sites, req);
    if (e != NULL) {
        sites_answer(e, req, r);
        return;
    }
    host = web_host_number(w, req->host);
    if (host > 0 && special_is(req->path)) {
        special_answer(w, host, req, r);
        return;
    }
    if (host > 0 && host <= w->hosts && pages_answer(w, host, req, r))
        return;
    reply_text(r, req, 404, REPLY_HTML,
               host > 0 ? STR("<!doctype html><title>404</title>"
                              "<p>no such page\n")
                        : STR("<!doctype html><title>404</title>"
                              "<p>no such host\n"));
}
