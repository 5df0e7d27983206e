/* SPDX-License-Identifier: MIT */
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/utf8.h"

enum { LOG_LINE_BYTES = 4096 };

static const char *log_program = "weft";
static enum log_level log_lowest = LOG_INFO;
static int log_fd = STDERR_FILENO;
static void (*log_hook)(int is_after);
static void (*log_listener)(const char *bytes, size_t len);

void
log_init(const char *program, enum log_level lowest)
{
    log_program = program;
    log_lowest = lowest;
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
log_around(void (*hook)(int is_after))
{
    log_hook = hook;
}

void
log_tap(void (*tap)(const char *bytes, size_t len))
{
    log_listener = tap;
}

void
log_foreign(const char *bytes, size_t len)
{
    if (log_listener)
        log_listener(bytes, len);
    if (log_hook && log_fd == STDERR_FILENO)
        log_hook(0);
    if (write(log_fd, bytes, len) < 0) {
        /* nowhere to say it */
    }
    if (log_hook && log_fd == STDERR_FILENO)
        log_hook(1);
}

static void log_line(enum log_level level, int error, const char *fmt,
                     va_list args) PRINTF_LIKE(3, 0);

static void
log_line(enum log_level level, int error, const char *fmt, va_list args)
{
    static const char *const names[] = {"debug", "info", "warn"};
    char line[LOG_LINE_BYTES];
    struct timespec now;
    struct tm utc;
    size_t n;
    int wrote;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    n = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &utc);
    wrote = snprintf(line + n, sizeof(line) - n,
                     ".%03ldZ %s %s[%ld]: ", now.tv_nsec / 1000000,
                     names[level], log_program, (long)getpid());
    n += (size_t)wrote;
    wrote = vsnprintf(line + n, sizeof(line) - n - 1, fmt, args);
    if (wrote > 0)
        n += (size_t)wrote;
    if (error != 0 && n < sizeof(line) - 1) {
        wrote =
            snprintf(line + n, sizeof(line) - n - 1, ": %s", strerror(error));
        n += wrote > 0 ? (size_t)wrote : 0;
    }
    if (n > sizeof(line) - 2)
        n = sizeof(line) - 2;
    line[n++] = '\n';
    log_foreign(line, n);
}

#define LOG_BODY(level, error)                     \
    do {                                           \
        int kept = errno;                          \
        va_list args;                              \
        va_start(args, fmt);                       \
        if ((level) >= log_lowest)                 \
            log_line((level), (error), fmt, args); \
        va_end(args);                              \
        errno = kept;                              \
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
    LOG_BODY(LOG_WARN, errno);
    exit(EXIT_ERROR);
}

void
fatalx(const char *fmt, ...)
{
    LOG_BODY(LOG_WARN, 0);
    exit(EXIT_ERROR);
}

void
fatal_exit(int code, const char *fmt, ...)
{
    LOG_BODY(LOG_WARN, 0);
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
