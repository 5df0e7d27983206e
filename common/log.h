/*
 * log - one line an event, to stderr or a file; one write(2) a line.
 *
 * A line: time (UTC), level, program, pid, text.  log_warn() and fatal() add
 * errno's words, the forms with x do not; all keep errno.  Bytes that came
 * from outside go through log_esc() before they reach a line or a terminal.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/err.h"
#include "common/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN };

/* Call once before threads; program must outlive the process. */
void log_init(const char *program, enum log_level lowest);
/* Append to path from now on, and to stderr no more. */
enum err log_to_file(const char *path) MUST_USE;
/*
 * Called around each line that goes to stderr, so that a live display can
 * take itself off the screen and come back.  NULL ends it.
 */
void log_around(void (*hook)(int is_after));

/* Given each line that is written, in whichever thread that is. */
void log_tap(void (*tap)(const char *bytes, size_t len));

/*
 * Whole lines that another process of ours wrote, harmless ones, to where our
 * lines go.
 */
void log_foreign(const char *bytes, size_t len);

void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
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
