/* SPDX-License-Identifier: MIT */
#include "common/outcome.h"

#include <stddef.h>

enum outcome_retry { OUTCOME_NO, OUTCOME_YES, OUTCOME_STATUS };

static const struct {
    const char *name, *words;
    enum outcome_retry retry;
} outcomes[] = {
#define OUTCOME_ROW(name, retry, words) {#name, words, OUTCOME_##retry},
    OUTCOME_TABLE(OUTCOME_ROW)
#undef OUTCOME_ROW
};

static const struct outcome_status {
    int from, to;
    enum outcome outcome;
    bool is_retried;
} outcome_statuses[] = {
#define OUTCOME_STATUS_ROW(from, to, outcome, retry) \
    {from, to, OUTCOME_##outcome, retry},
    OUTCOME_STATUS_TABLE(OUTCOME_STATUS_ROW)
#undef OUTCOME_STATUS_ROW
};

const char *
outcome_name(enum outcome o)
{
    return outcomes[o].name;
}

const char *
outcome_words(enum outcome o)
{
    return outcomes[o].words;
}

/* NULL for a page: 2xx has no row. */
static const struct outcome_status *
outcome_find_status(int status)
{
    const struct outcome_status *row = outcome_statuses;
    const struct outcome_status *end =
        row + sizeof(outcome_statuses) / sizeof(outcome_statuses[0]);

    for (; row < end; row++)
        if (status >= row->from && status <= row->to)
            return row;
    return NULL;
}

enum outcome
outcome_of_status(int status)
{
    const struct outcome_status *row = outcome_find_status(status);

    return row ? row->outcome : OUTCOME_OK;
}

bool
outcome_is_retried(enum outcome o, int status)
{
    const struct outcome_status *row;

    if (outcomes[o].retry != OUTCOME_STATUS)
        return outcomes[o].retry == OUTCOME_YES;
    row = outcome_find_status(status);
    return row && row->is_retried;
}
