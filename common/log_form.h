/*
 * log_form - what a message looks like: text, JSON, or for the journal.
 *
 * Text: "TIME LEVEL PROGRAM[PID]: MESSAGE".  JSON: one object a line.  For the
 * journal: "<PRIORITY>PROGRAM[PID]: MESSAGE", as sd-daemon(3) has it; it knows
 * the time, and of the service's own process (not its children) program and
 * pid, which then do not stand there.  Pure but for memory: no I/O, no locks.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_LOG_FORM_H
#define COMMON_LOG_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"

enum log_form { LOG_FORM_TEXT, LOG_FORM_COLOR, LOG_FORM_JSON };

struct log_record {
    int64_t time_us; /* since 1970 */
    enum log_level level;
    const char *program; /* ours */
    long pid;
    bool is_service;   /* the process that systemd started: see above */
    const char *crawl; /* NULL: not known (yet) */
    const char *host;  /* whose worker said it; NULL: this machine's */
    struct str message;
    const char *error; /* what errno was, at the end of the message; or NULL */
    const struct log_field *fields;
    size_t count; /* of fields */
};

/*
 * One line with its end, at most LOG_LINE_BYTES so that a pipe takes it as one;
 * a message that is too long is cut.  is_journal: the line's reader is the
 * journal, JSON gets the priority too.  Returns its length.
 */
enum { LOG_LINE_BYTES = 4096 };
size_t log_form_line(const struct log_record *r, enum log_form form,
                     bool is_journal, char out[LOG_LINE_BYTES]);

/* "debug" ... "error"; LOG_INFO for what is none. */
enum log_level log_level_of(struct str word);
/* As syslog(3) counts. */
int log_level_priority(enum log_level level);

/*
 * Whether fd is the journal's stream that systemd told of in JOURNAL_STREAM,
 * text: "DEVICE:INODE".  NULL is fine.
 */
bool log_form_is_journal(const char *text, int fd);
/* Whether systemd started pid as a service: SYSTEMD_EXEC_PID, or NULL. */
bool log_form_is_service(const char *text, long pid);

#endif
