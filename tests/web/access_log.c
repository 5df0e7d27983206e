/* SPDX-License-Identifier: MIT */
#include "tests/web/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "tests/web/put.h"

enum {
    ACCESS_LOG_FULL = 1 << 16, /* bytes that are written at once */
    ACCESS_LOG_MAX = 1 << 20
};

uint64_t
access_log_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

enum err
access_log_open(struct access_log *log, const char *path)
{
    buf_init(&log->lines, ACCESS_LOG_MAX);
    log->fd = -1;
    if (path == NULL)
        return ERR_OK;
    log->fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    return log->fd < 0 ? ERR_IO : ERR_OK;
}

void
access_log_close(struct access_log *log)
{
    access_log_flush(log);
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
    buf_fini(&log->lines);
}

/* A field that is one word whatever came: other bytes become \xNN. */
static void
log_field(struct buf *b, struct str s)
{
    size_t done = 0;

    if (s.n == 0)
        PUT(b, "-");
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c > ' ' && c < 0x7f && c != '\\')
            continue;
        put_bytes(b, s.p + done, i - done);
        PUTF(b, "\\x%02x", c);
        done = i + 1;
    }
    put_bytes(b, s.p + done, s.n - done);
}

void
access_log_add(struct access_log *log, uint64_t asked_us,
               const struct request *req, int status, uint64_t bytes,
               uint64_t conn_id)
{
    struct buf *b = &log->lines;

    if (log->fd < 0)
        return;
    put_u64(b, asked_us);
    PUT(b, " ");
    log_field(b, req->host);
    PUT(b, " ");
    log_field(b, req->method);
    PUT(b, " ");
    log_field(b, req->target);
    PUT(b, " ");
    put_u64(b, (uint64_t)status);
    PUT(b, " ");
    put_u64(b, bytes);
    PUT(b, " ");
    put_u64(b, conn_id);
    PUT(b, "\n");
    if (b->n >= ACCESS_LOG_FULL)
        access_log_flush(log);
}

void
access_log_flush(struct access_log *log)
{
    size_t done = 0;

    while (log->fd >= 0 && done < log->lines.n) {
        ssize_t n = write(log->fd, log->lines.p + done, log->lines.n - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            fatal("the access log cannot be written");
        done += (size_t)n;
    }
    buf_reset(&log->lines);
}
