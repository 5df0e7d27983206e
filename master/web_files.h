/*
 * web_files - the dashboard's files, made from master/web/ by its embed.sh.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_WEB_FILES_H
#define MASTER_WEB_FILES_H

#include <stddef.h>

struct web_file {
    const char *name, *type; /* "index.html", "text/html; charset=utf-8" */
    const char *bytes;
    size_t len;
};

extern const struct web_file web_files[];
extern const size_t web_files_count;

#endif
