/*
 * lua_scripts - the frontier's verbs, built in from common/lua/.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_LUA_SCRIPTS_H
#define COMMON_LUA_SCRIPTS_H

#include <stddef.h>

struct lua_script {
    const char *name; /* the verb: "claim" */
    int nkeys;        /* how many KEYS it takes */
    const char *src;  /* NUL behind it */
    size_t len;
};

extern const struct lua_script lua_scripts[]; /* sorted by name */
extern const size_t lua_scripts_count;

#endif
