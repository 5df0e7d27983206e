/*
 * outcome - what came of a fetch, in one table.
 *
 * What the web does to us is counted, logged and, where it makes sense, tried
 * again; it is never an error of ours.  The table gives each outcome's name
 * (in the log and in stats:NAME as "outcome_NAME"), whether a later try may
 * help, and its words for people.  A second table does the same for the
 * statuses of HTTP, where it says STATUS.  When: --waitretry doubled each time,
 * or Retry-After with BUSY; how often: --tries in all.  docs/worker.8 has both.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_OUTCOME_H
#define COMMON_OUTCOME_H

#include <stdbool.h>

/* clang-format off */
#define OUTCOME_TABLE(X)                                                      \
    /* name          retry   words */                                         \
    X(OK,            NO,     "fetched")                                       \
    X(NOT_MODIFIED,  NO,     "not modified since the last crawl (304)")       \
    X(FRESH,         NO,     "not asked: younger than --revisit")             \
    X(REDIRECT,      NO,     "redirect")                                      \
    X(HTTP_4XX,      STATUS, "client error (4xx)")                            \
    X(HTTP_5XX,      STATUS, "server error (5xx)")                            \
    X(BUSY,          YES,    "asked to wait (429, 503)")                      \
    X(ROBOTS,        NO,     "disallowed by robots.txt")                      \
    X(ROBOTS_ERROR,  YES,    "robots.txt not to be had (5xx or unreachable)") \
    X(NO_DNS,        NO,     "no such host")                                  \
    X(DNS_ERROR,     YES,    "name look-up failed")                           \
    X(NO_CONNECT,    YES,    "no connection")                                 \
    X(NO_PROXY,      YES,    "no proxy answered")                             \
    X(PRIVATE,       NO,     "private address refused")                       \
    X(TIMEOUT,       YES,    "time-out")                                      \
    X(TLS,           NO,     "TLS failure")                                   \
    X(BROKEN,        YES,    "connection broke or HTTP was malformed")        \
    X(TOO_BIG,       NO,     "larger than max-filesize, cut")                 \
    X(HEADERS_BIG,   NO,     "too many or too long header lines")             \
    X(BAD_TYPE,      NO,     "type not in accept-types, header only")       \
    X(BAD_ENCODING,  NO,     "content encoding broken or a bomb")             \
    X(BAD_REDIRECT,  NO,     "redirect without a usable target")              \
    X(TOO_MANY_HOPS, NO,     "too many redirects")                            \
    X(BAD_URL,       NO,     "not a valid http(s) URL")                       \
    X(OUT_OF_SCOPE,  NO,     "out of scope")                                  \
    X(GAVE_UP,       NO,     "not asked: its site failed too often in a row") \
    X(DROPPED,       NO,     "not asked: an operator dropped its site")       \
    X(SITE_FULL,     NO,     "not asked: its site has max-pages-per-site")    \
    X(CRASH,         NO,     "its page crashed the worker")

/*
 * What an answer's status is, and whether it is asked for again: the first
 * row that fits.  408, 425: it came too late or too early (RFC 9110 15.5.9,
 * RFC 8470 5.2); 500, 502, 504: an accident there; what says that the server
 * cannot (501, 505, ...) or will not is final.  Of the redirects those that a
 * browser follows: 304 answers what nobody asked, 305 sends us to whatever
 * proxy a page likes (RFC 9110 15.4.6).  1xx: more was to come.
 */
#define OUTCOME_STATUS_TABLE(X)                                               \
    /* from  to   outcome    retry */                                         \
    X(429,   429, BUSY,      true)                                            \
    X(503,   503, BUSY,      true)                                            \
    X(408,   408, HTTP_4XX,  true)                                            \
    X(425,   425, HTTP_4XX,  true)                                            \
    X(500,   500, HTTP_5XX,  true)                                            \
    X(502,   502, HTTP_5XX,  true)                                            \
    X(504,   504, HTTP_5XX,  true)                                            \
    X(100,   199, BROKEN,    true)                                            \
    X(304,   304, NOT_MODIFIED, false)                                        \
    X(300,   303, REDIRECT,  false)                                           \
    X(307,   308, REDIRECT,  false)                                           \
    X(300,   399, BAD_REDIRECT, false)                                        \
    X(400,   499, HTTP_4XX,  false)                                           \
    X(500,   999, HTTP_5XX,  false)
/* clang-format on */

enum outcome {
#define OUTCOME_ENUM(name, retry, words) OUTCOME_##name,
    OUTCOME_TABLE(OUTCOME_ENUM)
#undef OUTCOME_ENUM
        OUTCOME_COUNT
};

const char *outcome_name(enum outcome o);  /* "HTTP_4XX" */
const char *outcome_words(enum outcome o); /* "client error (4xx)" */
enum outcome outcome_of_status(int status);
/* status: the answer's, 0 without one. */
bool outcome_is_retried(enum outcome o, int status);

#endif
