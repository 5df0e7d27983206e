/*
 * outcome - what came of a fetch, in one table.
 *
 * What the web does to us is counted, logged and, where it makes sense, tried
 * again; it is never an error of ours.  The table gives each outcome's name
 * (in the log and in stats:NAME as "outcome_NAME"), whether a later try may
 * help, and its words for people.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_OUTCOME_H
#define COMMON_OUTCOME_H

#include <stdbool.h>

/* clang-format off */
#define OUTCOME_TABLE(X)                                                      \
    /* name          retry  words */                                          \
    X(OK,            false, "fetched")                                        \
    X(REDIRECT,      false, "redirect")                                       \
    X(HTTP_4XX,      false, "client error (4xx)")                             \
    X(HTTP_5XX,      true,  "server error (5xx)")                             \
    X(BUSY,          true,  "asked to wait (429, 503)")                       \
    X(ROBOTS,        false, "disallowed by robots.txt")                       \
    X(ROBOTS_ERROR,  true,  "robots.txt not to be had (5xx or unreachable)")  \
    X(NO_DNS,        false, "no such host")                                   \
    X(DNS_ERROR,     true,  "name look-up failed")                            \
    X(NO_CONNECT,    true,  "no connection")                                  \
    X(PRIVATE,       false, "private address refused")                        \
    X(TIMEOUT,       true,  "time-out")                                       \
    X(TLS,           false, "TLS failure")                                    \
    X(BROKEN,        true,  "connection broke or HTTP was malformed")         \
    X(TOO_BIG,       false, "larger than max-filesize, cut")                  \
    X(HEADERS_BIG,   false, "too many or too long header lines")              \
    X(BAD_ENCODING,  false, "content encoding broken or a bomb")              \
    X(BAD_REDIRECT,  false, "redirect without a usable target")               \
    X(TOO_MANY_HOPS, false, "too many redirects")                             \
    X(BAD_URL,       false, "not a valid http(s) URL")                        \
    X(OUT_OF_SCOPE,  false, "out of scope")                                   \
    X(GAVE_UP,       false, "not asked: its site failed too often in a row")  \
    X(DROPPED,       false, "not asked: an operator dropped its site")        \
    X(CRASH,         false, "its page crashed the worker")
/* clang-format on */

enum outcome {
#define OUTCOME_ENUM(name, retry, words) OUTCOME_##name,
    OUTCOME_TABLE(OUTCOME_ENUM)
#undef OUTCOME_ENUM
        OUTCOME_COUNT
};

const char *outcome_name(enum outcome o);  /* "HTTP_4XX" */
const char *outcome_words(enum outcome o); /* "client error (4xx)" */
bool outcome_is_retried(enum outcome o);

#endif
