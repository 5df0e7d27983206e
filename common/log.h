/*
 * log - one line an event, to stderr or a file; one write(2) a line.
 *
 * A line: time (UTC), level, program, pid, text, as log_form.h has it; when
 * stderr is the journal's stream, it is for the journal.  log_warn() and
 * fatal() add errno's words, the forms with x do not; all keep errno.  What
 * ends the process is an error.  Bytes that came from outside go through
 * log_esc() before they reach a line or a terminal.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/err.h"
#include "common/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Call once before threads; program must outlive the process. */
void log_init(const char *program, enum log_level lowest);
/* Append to path from now on, and to stderr no more. */
enum err log_to_file(const char *path) MUST_USE;
/* Whether lines to stderr have colours; those to a file never have. */
void log_color(bool is_on);
/* Lines are JSON objects. */
void log_json(bool is_on);
/* The crawl that lines in JSON name; a copy is kept. */
void log_crawl(const char *name);
/*
 * Called around each line that goes to stderr, so that a live display can
 * take itself off the screen and come back.  NULL ends it.
 */
void log_around(void (*hook)(int is_after));

/* Given each line as text, in whichever thread it is written. */
void log_tap(void (*tap)(const char *bytes, size_t len));

/*
 * What a worker on another machine wrote, one line without its end, of any
 * bytes: in our form, with the machine's name.
 */
void log_from(const char *host, struct str line);

void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* With what the message tells, for lines in JSON. */
struct log_field {
    const char *key;  /* a literal */
    const char *text; /* NULL: it is a number */
    int64_t number;
};
void log_info_fields(const struct log_field *fields, size_t count,
                     const char *fmt, ...) PRINTF_LIKE(3, 4);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warnx(const char *fmt, ...) PRINTF_LIKE(1, 2);
_Noreturn void fatal(const char *fmt, ...) PRINTF_LIKE(1, 2);
_Noreturn void fatalx(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* As fatalx, with an exit code of enum exit_code. */
_Noreturn void fatal_exit(int code, const char *fmt, ...) PRINTF_LIKE(2, 3);

enum { LOG_ESC_BYTES = 513 };
/*
 * s made harmless for a line or a terminal: control bytes, 0x7f, C1, broken
 * UTF-8 and bidirectional controls become \xNN; what does not fit ends in
 * "...".  Writes at most LOG_ESC_BYTES with the NUL into out, returns out.
 */
const char *log_esc(struct str s, char out[LOG_ESC_BYTES]);
/* log_esc() into the expression's own memory, for a log call's argument. */
#define LOG_ESC(s) log_esc((s), (char[LOG_ESC_BYTES]){0})

#endif
