/*
 * stats_table - every counter once.
 *
 * STAT(name, "What it counts.") makes the field of a thread's counters, the
 * field of stats:NAME, and the words for people.  Outcomes have counters of
 * their own, outcome_NAME, made from common/outcome.h.
 *
 * SPDX-License-Identifier: MIT
 */
/* clang-format off */
STAT(pages,            "Pages fetched (status 200 to 299)")
STAT(fetches,          "Requests for pages, whatever came of them")
STAT(robots_fetches,   "Requests for robots.txt")
STAT(status_2xx,       "Answers 200 to 299")
STAT(status_3xx,       "Answers 300 to 399")
STAT(status_4xx,       "Answers 400 to 499")
STAT(status_5xx,       "Answers 500 to 599")
STAT(bytes_received,   "Bytes of headers and bodies, as received")
STAT(bytes_decoded,    "Bytes of bodies after content decoding")
STAT(bytes_warc,       "Bytes written to WARC files")
STAT(connections_made, "Connections opened")
STAT(timeouts_connect,  "Time-outs before there was a connection")
STAT(timeouts_slow,     "Transfers given up as slower than speed-limit")
STAT(timeouts_total,    "Transfers given up at timeout")
STAT(proxy_failures,   "Transfers that a proxy did not serve")
STAT(fetch_ms,         "Milliseconds of all requests for pages")
STAT(dns_lookups,      "Name look-ups sent")
STAT(retries,          "Fetches put off for another try")
STAT(links_found,      "Links found on pages")
STAT(links_invalid,    "Links that are no http(s) URL")
STAT(links_too_long,   "Links longer than max-url-length")
STAT(links_out_of_scope, "Links not followed: out of scope")
STAT(links_nofollow,   "Links not followed: nofollow")
STAT(links_cached,     "Links known from the worker's seen cache")
STAT(links_sent,       "Links asked of the frontier")
STAT(links_new,        "Links that were new to the frontier")
STAT(redis_breaks,     "Redis connections that broke")
STAT(reborn,           "Threads taken for dead that went on under a new name")
STAT(reaped,           "Workers whose work was taken back")
/* clang-format on */
