/* SPDX-License-Identifier: MIT */
#include "common/config_rules.h"

#include <xxhash.h>

#include "common/config_rows.h"

enum { CONFIG_RULES_BYTES = 1 << 24 };

/* All of the scope, and what a request says besides the URL. */
static bool
config_is_rule(const struct config_row *row)
{
    static const char *const others[] = {"header",       "user_agent",
                                         "compression",  "max_filesize",
                                         "max_redirect", "accept_types"};

    if (row->who != CONFIG_CRAWL)
        return false;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(row->name, others[i]) == 0)
            return true;
    return row->group == SCOPE_GROUP;
}

uint64_t
config_rules(const struct config *c)
{
    struct buf value;
    uint64_t hash = 0;

    buf_init(&value, CONFIG_RULES_BYTES);
    for (size_t i = 0; i < config_rows_count; i++) {
        if (!config_is_rule(&config_rows[i]))
            continue;
        config_show_value(c, &config_rows[i], &value);
        hash = XXH3_64bits_withSeed(config_rows[i].name,
                                    strlen(config_rows[i].name), hash);
        hash = XXH3_64bits_withSeed(value.p, value.n, hash);
    }
    buf_fini(&value);
    return hash != 0 ? hash : 1;
}
