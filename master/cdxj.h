/*
 * cdxj - a WARC file's index lines, as pywb and its kin read them.
 *
 *   com,example)/x 20261121101500 {"url":"http://example.com/x","mime":
 *   "text/html","status":"200","digest":"JIC2...","length":"1042",
 *   "offset":"333","filename":"a.warc.gz"}
 *
 * One line for each response, revisit and resource record, in the order of
 * the file; sorting is the caller's.  Key: common/surt.h; time: UTC, to the
 * second; length and offset: of the record's gzip member.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_CDXJ_H
#define MASTER_CDXJ_H

#include <stdint.h>
#include <stdio.h>

#include "common/err.h"

enum { CDXJ_WHY_BYTES = 160 };

struct cdxj_counts {
    uint64_t records; /* all that the file has */
    uint64_t lines;
    uint64_t odd; /* should have had a line, but their URL or date is none */
};

/*
 * Write the lines of the WARC file at path, whose name in them is filename, to
 * out.  ERR_IO: path cannot be read or out not written; ERR_INVALID: a record
 * is broken; the lines of those before it are written.  why has a line then.
 */
enum err cdxj_write(const char *path, const char *filename, FILE *out,
                    struct cdxj_counts *counts,
                    char why[CDXJ_WHY_BYTES]) MUST_USE;

#endif
