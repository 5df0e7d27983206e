/*
 * verify_report - what is wrong, a line each on standard output.
 *
 * Of each kind the first hundred are shown and the rest counted, unless all
 * are wanted.  Texts come escaped.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_VERIFY_REPORT_H
#define MASTER_VERIFY_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

/* clang-format off */
#define VERIFY_KINDS(X)                                             \
    /* name      word          what it counts */                    \
    X(LOST,     "lost",       "entries neither finished nor waiting") \
    X(TWICE,    "twice",      "URLs finished twice without a crash")  \
    X(STRANGER, "stranger",   "URLs that were never added")           \
    X(CLOSE,    "too close",  "requests sooner than the site's delay") \
    X(RECORD,   "record",     "WARC records that are not there")      \
    X(FILE,     "file",       "files that are not there")             \
    X(SITE,     "site",       "log lines with another URL's site")    \
    X(LINE,     "line",       "log lines that cannot be read")        \
    X(COUNT,    "count",      "counters of the frontier that are wrong")
/* clang-format on */

enum verify_kind {
#define VERIFY_KIND_ENUM(name, word, words) VERIFY_##name,
    VERIFY_KINDS(VERIFY_KIND_ENUM)
#undef VERIFY_KIND_ENUM
        VERIFY_KINDS_COUNT
};

enum { VERIFY_SHOWN = 100 };

struct verify_report {
    bool shows_all;
    uint64_t counts[VERIFY_KINDS_COUNT];
};

void verify_wrong(struct verify_report *r, enum verify_kind kind,
                  const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Says of how many more there were, once nothing else comes. */
void verify_report_end(const struct verify_report *r);
uint64_t verify_report_total(const struct verify_report *r);

#endif
