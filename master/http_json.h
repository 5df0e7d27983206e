/*
 * http_json - what the dashboard is told, as JSON.
 *
 * Version 1: fields may be added, none is taken away or changes its meaning.
 * Names from outside are JSON strings; bytes that are no UTF-8 are escaped as
 * in the log.
 *
 * Pure: no I/O, but for the last lines of the log.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_HTTP_JSON_H
#define MASTER_HTTP_JSON_H

#include "master/http.h"
#include "master/top_view.h"

enum { HTTP_JSON_SITES = 15 }; /* rows of each list */

/* One line of JSON, to be freed. */
char *http_json_view(const struct top_view *v, const struct http_state *now);

#endif
