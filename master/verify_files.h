/*
 * verify_files - whether the files that log lines name are there (--save
 * files).
 *
 * A file is there under its name, or beside it when a folder took that later
 * (worker/save_files.h).  Where none of the given folders has anything of its
 * host it is taken to be on another machine.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_VERIFY_FILES_H
#define MASTER_VERIFY_FILES_H

#include <stdint.h>

#include "common/str.h"

struct verify_files; /* opaque */

struct verify_files *verify_files_new(void);
void verify_files_free(struct verify_files *f); /* NULL is fine */

/* An output folder; one without files/ is fine. */
void verify_files_add_folder(struct verify_files *f, const char *path);

enum verify_file {
    VERIFY_FILE_THERE,
    VERIFY_FILE_AWAY, /* nothing of its host is here */
    VERIFY_FILE_NONE, /* only the file is not */
    VERIFY_FILE_BAD   /* no file of ours could have that name */
};
enum verify_file verify_files_check(struct verify_files *f, struct str name);

struct verify_files_counts {
    uint64_t files, away; /* lines that name one */
};
struct verify_files_counts verify_files_counts(const struct verify_files *f);

#endif
