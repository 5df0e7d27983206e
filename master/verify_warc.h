/*
 * verify_warc - whether the records that log lines name are there.
 *
 * A record is there when its file is, or still has .open behind its name, and
 * a record (gzip member, zstd frame) begins at its offset.  Of each file the
 * last record that was asked for is also read to its end, since a file that was
 * cut off or never reached the disk lacks its end.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_VERIFY_WARC_H
#define MASTER_VERIFY_WARC_H

#include <stdint.h>

#include "common/err.h"
#include "common/str.h"

struct verify_warc; /* opaque */

struct verify_warc *verify_warc_new(void);
void verify_warc_free(struct verify_warc *w);

/* A folder with WARC files, or with a folder warc/ of them. */
void verify_warc_add_folder(struct verify_warc *w, const char *path);

enum verify_record {
    VERIFY_RECORD_THERE,
    VERIFY_RECORD_AWAY,   /* the whole file is not here */
    VERIFY_RECORD_BEHIND, /* the file ends before it */
    VERIFY_RECORD_NONE,   /* no record begins there */
    VERIFY_RECORD_BAD     /* no file could have that name, or a bad offset */
};
/* place: any number, given back by verify_warc_tails(). */
enum verify_record verify_warc_check(struct verify_warc *w, struct str file,
                                     int64_t offset, uint64_t place);

/* Read each file's last record; on_broken is told of those that break off. */
void verify_warc_tails(struct verify_warc *w,
                       void (*on_broken)(void *arg, uint64_t place), void *arg);

struct verify_warc_counts {
    uint64_t records, files;           /* looked at */
    uint64_t records_away, files_away; /* not here at all */
};
struct verify_warc_counts verify_warc_counts(const struct verify_warc *w);

#endif
