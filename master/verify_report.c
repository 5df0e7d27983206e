/* SPDX-License-Identifier: MIT */
#include "master/verify_report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "master/progress.h"

static const struct {
    const char *word, *words;
} report_kinds[] = {
#define VERIFY_KIND_ROW(name, word, words) {word, words},
    VERIFY_KINDS(VERIFY_KIND_ROW)
#undef VERIFY_KIND_ROW
};

void
verify_wrong(struct verify_report *r, enum verify_kind kind, const char *fmt,
             ...)
{
    va_list args;

    r->counts[kind]++;
    if (!r->shows_all && r->counts[kind] > VERIFY_SHOWN)
        return;
    printf("%s: ", report_kinds[kind].word);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
}

void
verify_report_end(const struct verify_report *r)
{
    char text[PROGRESS_TEXT_BYTES];

    for (size_t i = 0; i < VERIFY_KINDS_COUNT; i++)
        if (!r->shows_all && r->counts[i] > VERIFY_SHOWN)
            printf("%s: ... and %s more %s (--verbose shows all)\n",
                   report_kinds[i].word,
                   progress_count(r->counts[i] - VERIFY_SHOWN, text),
                   report_kinds[i].words);
}

uint64_t
verify_report_total(const struct verify_report *r)
{
    uint64_t total = 0;

    for (size_t i = 0; i < VERIFY_KINDS_COUNT; i++)
        total += r->counts[i];
    return total;
}
