/*
 * What a crawl with --cache remembers of a URL, and what comes of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "common/cache_value.h"
#include "common/fingerprint.h"
#include "common/frontier_cache.h"
#include "common/log.h"
#include "master/explain.h"
#include "master/progress.h"

enum { EXPLAIN_DATE_BYTES = 32 };

int
explain_ask_cache(struct explain *x)
{
    struct command_crawl *c = x->crawl;
    uint64_t print = fingerprint(x->url.text);

    if (!c->settings.cache)
        return EXIT_FINISHED;
    frontier_form_recall(c->frontier, &c->request, &print, 1);
    return command_ask(c, &x->cached) == ERR_OK ? EXIT_FINISHED : EXIT_REDIS;
}

static const char *
explain_date(int64_t seconds, char out[EXPLAIN_DATE_BYTES])
{
    time_t at = (time_t)seconds;
    struct tm utc;

    if (gmtime_r(&at, &utc) == NULL ||
        strftime(out, EXPLAIN_DATE_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        snprintf(out, EXPLAIN_DATE_BYTES, "?");
    return out;
}

static void
explain_validators(const struct cache_value *v, struct buf *out)
{
    const char *modified = LOG_ESC(str_from(v->modified));
    const char *etag = LOG_ESC(v->etag);

    if (v->etag.n > 0 && v->modified[0])
        explain_row(out, "", "ETag %s, Last-Modified %s", etag, modified);
    else if (v->etag.n > 0)
        explain_row(out, "", "ETag %s", etag);
    else if (v->modified[0])
        explain_row(out, "", "Last-Modified %s", modified);
}

/* Of a crawl that begins now, and follows the same links as this one. */
static void
explain_due(const struct explain *x, const struct cache_value *v,
            struct buf *out)
{
    int64_t left =
        v->checked_s + x->crawl->settings.revisit / 1000 - (int64_t)time(NULL);
    char text[PROGRESS_TEXT_BYTES];

    if (left > 0) {
        progress_time((uint64_t)left * 1000, text);
        explain_row(out, "", "is not asked for again for %s (--revisit)", text);
    } else if (v->etag.n > 0 || v->modified[0]) {
        explain_row(out, "", "due: is asked for only if it changed");
    } else {
        explain_row(out, "",
                    "due: comes whole, its server gave no ETag and "
                    "no Last-Modified");
    }
}

void
explain_cache(const struct explain *x, struct buf *out)
{
    char digest[CACHE_DIGEST_BYTES], came[EXPLAIN_DATE_BYTES];
    char checked[EXPLAIN_DATE_BYTES];
    struct cache_value v;
    struct str value;

    if (x->cached == NULL)
        return;
    value = frontier_read_recalled(x->cached, 0);
    if (value.n == 0) {
        explain_row(out, "remembered", "nothing: it is fetched whole");
        return;
    }
    if (cache_value_unpack(value, &v) != ERR_OK) {
        explain_row(out, "remembered", "%zu bytes that nobody understands",
                    value.n);
        return;
    }
    cache_digest_text(&v, digest);
    explain_row(out, "remembered", "%s, of %s, still so %s", digest,
                explain_date(v.time_us / 1000000, came),
                explain_date(v.checked_s, checked));
    explain_validators(&v, out);
    explain_due(x, &v, out);
}
