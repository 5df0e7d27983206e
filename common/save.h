/*
 * save - what is kept of a page: the words of --save.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_SAVE_H
#define COMMON_SAVE_H

#include <stdbool.h>

#include "common/str.h"

enum {
    SAVE_WARC = 1, /* records in WARC files */
    SAVE_FILES = 2 /* each body as a file */
};

/* "warc", "files", "both" or "none", or the first two with a comma. */
bool save_parse(struct str text, unsigned *what);
/* The word for it; static. */
const char *save_word(unsigned what);

#endif
