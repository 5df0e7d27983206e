/*
 * polite - when a site may be asked again, and when a failure is tried again.
 *
 * Pure arithmetic on milliseconds; the caller brings the clock.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_POLITE_H
#define WORKER_POLITE_H

#include <stdint.h>
#include <time.h>

#include "common/config.h"
#include "common/str.h"

/*
 * Milliseconds from the start of a request to the earliest start of the
 * site's next: the largest of delay_ms, which is --delay or what it was
 * changed to (varied by --random-wait with random, any number), the site's
 * Crawl-delay up to --max-crawl-delay, and
 * --delay-factor times the response time.  crawl_delay_ms: -1 for none.
 */
int64_t polite_spacing_ms(const struct config *c, int64_t delay_ms,
                          int64_t crawl_delay_ms, int64_t response_ms,
                          uint64_t random);

/*
 * The part of that spacing which the site's next holder should keep as well:
 * what its Crawl-delay or its slowness adds to delay_ms; 0: nothing.
 */
int64_t polite_pace_ms(const struct config *c, int64_t delay_ms,
                       int64_t crawl_delay_ms, int64_t response_ms);

/*
 * Before try number tries (1: the first retry): --waitretry, doubled each
 * time, five minutes at most (or --waitretry, when that is more).
 */
int64_t polite_backoff_ms(const struct config *c, unsigned tries);

/*
 * For how long a failure that is tried again may be remembered (a look-up, a
 * robots.txt): a minute at most, and surely less than until the first retry,
 * which would only meet that memory; never 0.
 */
int64_t polite_failure_ms(const struct config *c);

/*
 * What Retry-After asks for (RFC 9110, section 10.2.3): seconds or a date.
 * The date is measured against the answer's own Date header when there is
 * one, so that a wrong clock on either side does no harm.  At most
 * --max-retry-after; -1 when it says nothing.
 */
int64_t polite_retry_after_ms(const struct config *c, struct str value,
                              struct str date, time_t now);

#endif
