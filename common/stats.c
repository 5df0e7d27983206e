/* SPDX-License-Identifier: MIT */
#include "common/stats.h"

#include <string.h>

static const struct {
    const char *name, *text;
} stats_rows[STAT_OUTCOMES] = {
#define STAT(name, text) {#name, text},
#include "common/stats_table.h"
#undef STAT
};

static const char *const stats_outcomes[] = {
#define STATS_OUTCOME(name, retry, words) "outcome_" #name,
    OUTCOME_TABLE(STATS_OUTCOME)
#undef STATS_OUTCOME
};

const int64_t stats_fetch_ms[STATS_FETCH_BUCKETS] = {
    50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, INT64_MAX};

enum stats_id
stats_of_fetch(int64_t took_ms)
{
    size_t i = 0;

    while (took_ms > stats_fetch_ms[i]) /* the last bears all */
        i++;
    return (enum stats_id)(STATS_FETCH_FIRST + i);
}

const char *
stats_name(enum stats_id which)
{
    return which < STAT_OUTCOMES ? stats_rows[which].name
                                 : stats_outcomes[which - STAT_OUTCOMES];
}

const char *
stats_text(enum stats_id which)
{
    return which < STAT_OUTCOMES
               ? stats_rows[which].text
               : outcome_words((enum outcome)(which - STAT_OUTCOMES));
}

enum stats_id
stats_by_name(const char *name, size_t len)
{
    for (enum stats_id i = 0; i < STAT_COUNT; i++)
        if (strlen(stats_name(i)) == len &&
            memcmp(stats_name(i), name, len) == 0)
            return i;
    return STAT_COUNT;
}
