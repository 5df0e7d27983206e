/*
 * folder - a crawl's name, its output folder, and the lock on it.
 *
 * The folder holds log/, warc/ and redis/; one master at a time may use it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_FOLDER_H
#define MASTER_FOLDER_H

#include <stdbool.h>

#include "common/err.h"

enum {
    FOLDER_NAME_MAX = 64, /* bytes of a crawl's name, as frontier.h says */
    FOLDER_WHY_BYTES = 512
};

/*
 * The name that a list's file name or URL gives: its base name without
 * extensions ("top-1m" of "lists/top-1m.csv.zip"), other bytes than
 * [A-Za-z0-9._-] made '-'; "crawl" when nothing is left or list is NULL.
 */
void folder_name_of_list(const char *list, char out[FOLDER_NAME_MAX + 1]);

struct folder {
    char *path; /* absolute */
    int lock_fd;
};

/*
 * Make path with what is missing above it and the folders in it, and lock it.
 * ERR_INVALID: another master uses it; ERR_IO, ERR_NO_SPACE: the system
 * refuses; why has one line.  End it with folder_close().
 */
enum err folder_open(const char *path, struct folder *out,
                     char why[FOLDER_WHY_BYTES]) MUST_USE;
void folder_close(struct folder *f); /* lets go of the lock */

/* Say in the lock that it is a command's, which only looks. */
void folder_note_command(struct folder *f);
/* Who holds the lock just now. */
enum folder_user { FOLDER_FREE, FOLDER_MASTER, FOLDER_COMMAND };
enum folder_user folder_user(const char *path);

/* "FOLDER/name", the caller's to free. */
char *folder_join(const struct folder *f, const char *name);

#endif
