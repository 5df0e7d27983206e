/* SPDX-License-Identifier: MIT */
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/log_form.h"
#include "common/utf8.h"

static const char *log_program = "weft";
static enum log_level log_lowest = LOG_INFO;
static int log_fd = STDERR_FILENO;
static bool log_is_colored, log_is_json, log_is_journal, log_is_service;
static char log_crawl_name[129]; /* "": not known */
static void (*log_hook)(int is_after);
static void (*log_listener)(const char *bytes, size_t len);

void
log_init(const char *program, enum log_level lowest)
{
    log_program = program;
    log_lowest = lowest;
    log_is_journal =
        log_form_is_journal(getenv("JOURNAL_STREAM"), STDERR_FILENO);
    log_is_service =
        log_form_is_service(getenv("SYSTEMD_EXEC_PID"), (long)getpid());
}

enum err
log_to_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0)
        return ERR_IO;
    if (log_fd != STDERR_FILENO)
        close(log_fd);
    log_fd = fd;
    return ERR_OK;
}

void
log_color(bool is_on)
{
    log_is_colored = is_on;
}

void
log_json(bool is_on)
{
    log_is_json = is_on;
}

void
log_crawl(const char *name)
{
    snprintf(log_crawl_name, sizeof(log_crawl_name), "%s", name);
}

void
log_around(void (*hook)(int is_after))
{
    log_hook = hook;
}

void
log_tap(void (*tap)(const char *bytes, size_t len))
{
    log_listener = tap;
}

static void
log_write(const char *bytes, size_t len)
{
    if (log_hook && log_fd == STDERR_FILENO)
        log_hook(0);
    if (write(log_fd, bytes, len) < 0) {
        /* nowhere to say it */
    }
    if (log_hook && log_fd == STDERR_FILENO)
        log_hook(1);
}

/* Who listens is given text, whatever form the line is written in. */
static void
log_put(const struct log_record *r)
{
    bool is_stderr = log_fd == STDERR_FILENO;
    enum log_form form = log_is_json                   ? LOG_FORM_JSON
                         : log_is_colored && is_stderr ? LOG_FORM_COLOR
                                                       : LOG_FORM_TEXT;
    char line[LOG_LINE_BYTES];

    if (log_listener)
        log_listener(line, log_form_line(r, LOG_FORM_TEXT, false, line));
    log_write(line, log_form_line(r, form, log_is_journal && is_stderr, line));
}

static int64_t
log_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void log_line(enum log_level level, int error,
                     const struct log_field *fields, size_t count,
                     const char *fmt, va_list args) PRINTF_LIKE(5, 0);

static void
log_line(enum log_level level, int error, const struct log_field *fields,
         size_t count, const char *fmt, va_list args)
{
    char message[LOG_LINE_BYTES];
    struct log_record r = {.time_us = log_now_us(),
                           .level = level,
                           .program = log_program,
                           .pid = (long)getpid(),
                           .is_service = log_is_service,
                           .crawl = log_crawl_name[0] ? log_crawl_name : NULL,
                           .error = error != 0 ? strerror(error) : NULL,
                           .fields = fields,
                           .count = count};
    int wrote = vsnprintf(message, sizeof(message), fmt, args);
    size_t n = wrote > 0 ? (size_t)wrote : 0;

    if (r.error && n < sizeof(message) - 1) {
        wrote = snprintf(message + n, sizeof(message) - n, ": %s", r.error);
        n += wrote > 0 ? (size_t)wrote : 0;
    }
    r.message =
        (struct str){message, n < sizeof(message) ? n : sizeof(message) - 1};
    log_put(&r);
}

/* --- lines of others --- */

/* "TIME LEVEL PROGRAM[PID]: TEXT" -> the level; what is none is told. */
static enum log_level
log_level_of_line(struct str line)
{
    struct str time = str_cut(&line, ' ');

    return time.n > 0 && time.p[time.n - 1] == 'Z'
               ? log_level_of(str_cut(&line, ' '))
               : LOG_INFO;
}

/* Of an object that log_form_line() wrote, there, as if it were said here. */
static bool
log_from_json(const char *host, struct str line)
{
    json_t *o = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
    const char *level = json_string_value(json_object_get(o, "level"));
    const char *program = json_string_value(json_object_get(o, "name"));
    const char *message = json_string_value(json_object_get(o, "message"));
    struct log_record r = {
        .time_us = log_now_us(),
        .level = log_level_of(str_from(level)),
        .program = program ? program : "worker",
        .pid = (long)json_integer_value(json_object_get(o, "pid")),
        .crawl = json_string_value(json_object_get(o, "crawl")),
        .host = host,
        .message = str_from(message),
        .error = json_string_value(json_object_get(o, "error"))};

    if (message && strlen(r.program) < 64)
        log_put(&r);
    json_decref(o);
    return message != NULL;
}

void
log_from(const char *host, struct str line)
{
    struct log_record r = {.time_us = log_now_us(),
                           .level = log_level_of_line(line),
                           .program = "ssh",
                           .pid = (long)getpid(),
                           .host = host,
                           .message = line};
    char text[LOG_ESC_BYTES + 512];
    int n;

    if (log_is_json) {
        if (!log_from_json(host, line))
            log_put(&r);
        return;
    }
    n = snprintf(text, sizeof(text), "%.300s: %s\n", host, LOG_ESC(line));
    if (log_is_journal && log_fd == STDERR_FILENO)
        n = snprintf(text, sizeof(text), "<%d>%.300s: %s\n",
                     log_level_priority(r.level), host, LOG_ESC(line));
    if (log_listener)
        log_listener(text, (size_t)n);
    log_write(text, (size_t)n);
}

/* --- ours --- */

#define LOG_BODY(level, error) LOG_FIELDS(level, error, NULL, 0)
#define LOG_FIELDS(level, error, fields, count)                       \
    do {                                                              \
        int kept = errno;                                             \
        va_list args;                                                 \
        va_start(args, fmt);                                          \
        if ((level) >= log_lowest)                                    \
            log_line((level), (error), (fields), (count), fmt, args); \
        va_end(args);                                                 \
        errno = kept;                                                 \
    } while (0)

void
log_debug(const char *fmt, ...)
{
    LOG_BODY(LOG_DEBUG, 0);
}

void
log_info(const char *fmt, ...)
{
    LOG_BODY(LOG_INFO, 0);
}

void
log_info_fields(const struct log_field *fields, size_t count, const char *fmt,
                ...)
{
    LOG_FIELDS(LOG_INFO, 0, fields, count);
}

void
log_warn(const char *fmt, ...)
{
    LOG_BODY(LOG_WARN, errno);
}

void
log_warnx(const char *fmt, ...)
{
    LOG_BODY(LOG_WARN, 0);
}

void
fatal(const char *fmt, ...)
{
    LOG_BODY(LOG_ERROR, errno);
    exit(EXIT_ERROR);
}

void
fatalx(const char *fmt, ...)
{
    LOG_BODY(LOG_ERROR, 0);
    exit(EXIT_ERROR);
}

void
fatal_exit(int code, const char *fmt, ...)
{
    LOG_BODY(LOG_ERROR, 0);
    exit(code);
}

/* C0, DEL, C1 and the bidirectional controls, which reorder a line. */
static bool
log_is_harmless(uint32_t rune)
{
    if (rune < 0x20 || (rune >= 0x7f && rune <= 0x9f))
        return false;
    if (rune == 0x200e || rune == 0x200f || rune == 0x61c)
        return false;
    return !((rune >= 0x2028 && rune <= 0x202e) ||
             (rune >= 0x2066 && rune <= 0x2069));
}

const char *
log_esc(struct str s, char out[LOG_ESC_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    const size_t room = LOG_ESC_BYTES - 4; /* for "..." and NUL */
    size_t n = 0, at = 0;

    while (at < s.n) {
        uint32_t rune;
        size_t len = utf8_decode(s.p + at, s.n - at, &rune);
        bool keep = len > 0 && log_is_harmless(rune);

        if (len == 0)
            len = 1;
        if (n + (keep ? len : 4 * len) > room) {
            memcpy(out + n, "...", 3);
            n += 3;
            break;
        }
        for (size_t i = 0; i < len; i++, at++) {
            unsigned char c = (unsigned char)s.p[at];

            if (keep) {
                out[n++] = (char)c;
            } else {
                out[n++] = '\\';
                out[n++] = 'x';
                out[n++] = hex[c >> 4];
                out[n++] = hex[c & 15];
            }
        }
    }
    out[n] = '\0';
    return out;
}
