/* SPDX-License-Identifier: MIT */
#include "common/live.h"

/* What common/config_table.h allows. */
static const struct {
    const char *field;
    int64_t min, max;
} live_rows[LIVE_COUNT] = {
    [LIVE_DELAY] = {"live_delay", 0, 86400000},
    [LIVE_CONNECTIONS] = {"live_connections", 1, 10000},
    [LIVE_LIMIT_RATE] = {"live_limit_rate", 0, 1000000000000},
    [LIVE_REST] = {"live_rest", 0, 86400000},
};

void
live_init(struct live *l)
{
    for (enum live_id i = 0; i < LIVE_COUNT; i++)
        l->v[i] = LIVE_UNSET;
}

bool
live_is_in_range(enum live_id id, int64_t value)
{
    return value >= live_rows[id].min && value <= live_rows[id].max;
}

bool
live_set(struct live *l, enum live_id id, struct str text)
{
    uint64_t value;

    l->v[id] = LIVE_UNSET;
    if (text.n == 0)
        return true;
    if (!str_to_u64(text, (uint64_t)live_rows[id].max, &value) ||
        !live_is_in_range(id, (int64_t)value))
        return false;
    l->v[id] = (int64_t)value;
    return true;
}

bool
live_take(struct live *l, struct str field, struct str value)
{
    for (enum live_id i = 0; i < LIVE_COUNT; i++)
        if (str_equal(field, str_from(live_rows[i].field)))
            return live_set(l, i, value);
    return false;
}

bool
live_is_equal(const struct live *a, const struct live *b)
{
    for (enum live_id i = 0; i < LIVE_COUNT; i++)
        if (a->v[i] != b->v[i])
            return false;
    return true;
}

bool
live_is_changed(const struct live *l)
{
    for (enum live_id i = 0; i < LIVE_CHANGEABLE; i++)
        if (l->v[i] != LIVE_UNSET)
            return true;
    return false;
}

int64_t
live_or(const struct live *l, enum live_id id, int64_t option)
{
    return l->v[id] == LIVE_UNSET ? option : l->v[id];
}
