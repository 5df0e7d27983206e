/* SPDX-License-Identifier: MIT */
#include "common/robots_stored.h"

bool
robots_stored_read(struct str stored, enum outcome *failure, struct str *rules)
{
    struct str line = str_cut(&stored, '\n'), word = str_cut(&line, ' ');

    *rules = stored;
    *failure = OUTCOME_OK;
    if (str_equal(word, STR("ok")))
        return true;
    if (!str_equal(word, STR("error")))
        return false;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (str_equal(line, str_from(outcome_name((enum outcome)i)))) {
            *failure = (enum outcome)i;
            return *failure != OUTCOME_OK;
        }
    return false;
}
