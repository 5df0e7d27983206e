/*
 * line_file - a process's file of lines: lines in, nothing half out.
 *
 * One file, shared by all threads; nobody else writes to it.  Whole lines at
 * a time, under a mutex with one write in it, so that what a full disk took
 * of them can be cut off again.  It is locked (flock) as long as its process
 * lives: what a killed one left half written is cut off by the next process
 * that opens a file in the same folder.
 *
 * The crawl's log is one, and so is whatever else is written line by line.
 *
 * errno says why after an error.  The process ignores SIGXFSZ.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_LINE_FILE_H
#define WORKER_LINE_FILE_H

#include <stdbool.h>

#include "common/err.h"
#include "common/str.h"

struct line_file;

/* What a process writes; a batch of pages is written in this order, so that
 * whatever the log tells of is there. */
enum line_kind {
    LINE_RECORDS, /* of --exec's command */
    LINE_LINKS,   /* --links */
    LINE_EXTRACT, /* --extract and its like */
    LINE_LOG,     /* the last one */
    LINE_KINDS
};

/* "the crawl log", for a line about it. */
const char *line_kind_name(enum line_kind kind);

struct line_file_setup {
    const char *dir;     /* DIR/NAME-IDENTITY.SUFFIX; must be there */
    const char *name;    /* the crawl's */
    const char *process; /* its identity, which no other one has */
    const char *suffix;  /* "jsonl" */
    struct str head;     /* first bytes of a new file; may be empty */
    bool has_quotes;     /* CSV: a line end inside "quotes" ends no line */
    bool is_gzip;        /* compressed; ".open" stands behind the suffix until
                            the file is closed, without a line it goes then */
};

/* ERR_NO_SPACE and ERR_IO: it cannot be made, opened, or given its head. */
enum err line_file_open(const struct line_file_setup *setup,
                        struct line_file **out) MUST_USE;

/*
 * Append lines.  After ERR_OK they survive the process's death.
 * ERR_NO_SPACE and ERR_IO leave none of them behind.  Any thread.
 */
enum err line_file_write(struct line_file *l, struct str lines) MUST_USE;

/*
 * Wait until the disk has all that was written before the call, and the
 * file's name.  One thread at a time; takes as long as the disk does.
 */
enum err line_file_sync(struct line_file *l) MUST_USE;

/*
 * No other thread may use l any more.  NULL is fine.  ERR_NO_SPACE, ERR_IO: a
 * compressed file could not be put on disk or renamed; it keeps its ".open".
 */
enum err line_file_close(struct line_file *l);

/*
 * Cut the torn last line off each file of dir that has that suffix and no
 * living process.  line_file_open() does it first.
 */
void line_file_repair_dir(const char *dir, const char *suffix, bool has_quotes);
/*
 * The same of compressed files, suffix "tsv.gz": each that is ".open" and
 * nobody's is cut behind its last whole write and loses its ".open".
 */
void line_file_repair_gzip(const char *dir, const char *suffix);

#endif
