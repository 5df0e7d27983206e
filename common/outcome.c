/* SPDX-License-Identifier: MIT */
#include "common/outcome.h"

static const struct {
    const char *name, *words;
    bool retry;
} outcomes[] = {
#define OUTCOME_ROW(name, retry, words) {#name, words, retry},
    OUTCOME_TABLE(OUTCOME_ROW)
#undef OUTCOME_ROW
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

bool
outcome_is_retried(enum outcome o)
{
    return outcomes[o].retry;
}
