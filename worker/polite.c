/* SPDX-License-Identifier: MIT */
#include "worker/polite.h"

#include <curl/curl.h>
#include <string.h>

enum {
    POLITE_BACKOFF_MAX_MS = 300 * 1000,
    POLITE_FAILURE_MIN_MS = 100, /* the visit that found it asks once more */
    POLITE_FAILURE_MAX_MS = 60 * 1000
};

int64_t
polite_spacing_ms(const struct config *c, int64_t delay_ms,
                  int64_t crawl_delay_ms, int64_t response_ms, uint64_t random)
{
    int64_t spacing = delay_ms;

    if (c->random_wait) /* 0.5 to 1.5 times, in steps of a thousandth */
        spacing = spacing * (500 + (int64_t)(random % 1001)) / 1000;
    if (crawl_delay_ms > c->max_crawl_delay)
        crawl_delay_ms = c->max_crawl_delay;
    if (spacing < crawl_delay_ms)
        spacing = crawl_delay_ms;
    if (spacing < response_ms * c->delay_factor)
        spacing = response_ms * c->delay_factor;
    return spacing;
}

int64_t
polite_pace_ms(const struct config *c, int64_t delay_ms, int64_t crawl_delay_ms,
               int64_t response_ms)
{
    int64_t pace = response_ms * c->delay_factor;

    if (crawl_delay_ms > c->max_crawl_delay)
        crawl_delay_ms = c->max_crawl_delay;
    if (pace < crawl_delay_ms)
        pace = crawl_delay_ms;
    return pace > delay_ms ? pace : 0;
}

int64_t
polite_backoff_ms(const struct config *c, unsigned tries)
{
    int64_t wait = c->waitretry;

    if (wait >= POLITE_BACKOFF_MAX_MS)
        return wait;
    for (unsigned i = 1; i < tries && wait < POLITE_BACKOFF_MAX_MS; i++)
        wait *= 2;
    return wait < POLITE_BACKOFF_MAX_MS ? wait : POLITE_BACKOFF_MAX_MS;
}

int64_t
polite_failure_ms(const struct config *c)
{
    int64_t ms = c->waitretry / 2; /* Redis hears of it when a loop turns */

    if (ms < POLITE_FAILURE_MIN_MS)
        return POLITE_FAILURE_MIN_MS;
    return ms < POLITE_FAILURE_MAX_MS ? ms : POLITE_FAILURE_MAX_MS;
}

static time_t
polite_date(struct str s)
{
    char text[64];

    if (s.n == 0 || s.n >= sizeof(text))
        return -1;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return curl_getdate(text, NULL);
}

int64_t
polite_retry_after_ms(const struct config *c, struct str value, struct str date,
                      time_t now)
{
    uint64_t seconds;
    time_t until, since;
    int64_t wait;

    value = str_trim(value);
    if (value.n > 0 && str_is_digit(value.p[0])) {
        if (!str_to_u64(value, INT64_MAX / 1000, &seconds))
            return -1;
        wait = (int64_t)seconds * 1000;
    } else {
        until = polite_date(value);
        since = polite_date(str_trim(date));
        if (until < 0)
            return -1;
        wait = (int64_t)(until - (since < 0 ? now : since)) * 1000;
        if (wait < 0)
            wait = 0;
    }
    return wait < c->max_retry_after ? wait : c->max_retry_after;
}
