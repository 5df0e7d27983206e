/*
 * Sockets of an FTP transfer, each with a memory of its own: it ends when the
 * loop has closed it, the transfer may have ended long before.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/fetch_ftp_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/mem.h"
#include "worker/ftp_listing.h"
#include "worker/page.h"

enum { FTP_READ_BYTES = 16 * 1024 };

struct ftp_socket {
    uv_tcp_t tcp;
    uv_connect_t connecting;
    struct fetch_ftp *ftp; /* NULL: dropped */
    ftp_open_fn *opened;
    ftp_read_fn *read;
    size_t most; /* bytes at a time */
    char bytes[FTP_READ_BYTES];
};

/* --- life --- */

struct fetch_ftp *
ftp_new(struct fetch *f)
{
    struct fetch_ftp *ftp = xcalloc(1, sizeof(*ftp));

    ftp->fetch = f;
    ftp_path_init(&ftp->path);
    buf_init(&ftp->line, 16 * 1024); /* a URL's segment decoded is shorter */
    buf_init(&ftp->address_text, 64 * 1024);
    uv_timer_init(f->fetcher->loop, &ftp->clock);
    ftp->clock.data = ftp;
    return ftp;
}

static void
ftp_on_clock_closed(uv_handle_t *handle)
{
    struct fetch_ftp *ftp = handle->data;

    ftp_path_fini(&ftp->path);
    buf_fini(&ftp->line);
    buf_fini(&ftp->address_text);
    free(ftp);
}

void
ftp_free(struct fetch_ftp *ftp)
{
    ftp->fetch = NULL;
    uv_close((uv_handle_t *)&ftp->clock, ftp_on_clock_closed);
}

static void
ftp_socket_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void
ftp_socket_drop(struct ftp_socket **s)
{
    if (*s == NULL)
        return;
    (*s)->ftp->fetch->fetcher->sockets--;
    (*s)->ftp = NULL;
    uv_close((uv_handle_t *)&(*s)->tcp, ftp_socket_on_closed);
    *s = NULL;
}

/* --- connecting --- */

static void
ftp_socket_on_open(uv_connect_t *connecting, int error)
{
    struct ftp_socket *s = connecting->data;

    if (s->ftp)
        s->opened(s->ftp, s, error);
}

int
ftp_socket_open(struct fetch_ftp *ftp, const struct sockaddr *to,
                ftp_open_fn *done, struct ftp_socket **out)
{
    struct fetch *f = ftp->fetch;
    struct ftp_socket *s;
    uv_os_fd_t fd;
    int error;

    if (!fetch_may_connect(f, to))
        return UV_EACCES;
    s = xcalloc(1, sizeof(*s));
    error = uv_tcp_init_ex(f->fetcher->loop, &s->tcp, to->sa_family);
    if (error != 0) {
        free(s);
        return error;
    }
    s->tcp.data = s->connecting.data = s;
    s->ftp = ftp;
    s->opened = done;
    s->most = fetch_rate_buffer(fetch_rate_bytes_s(f->fetcher), FTP_READ_BYTES);
    f->fetcher->sockets++;
    *out = s;
    if (uv_fileno((uv_handle_t *)&s->tcp, &fd) == 0)
        fetch_rate_socket(fetch_rate_bytes_s(f->fetcher), fd);
    error = uv_tcp_connect(&s->connecting, &s->tcp, to, ftp_socket_on_open);
    if (error != 0)
        ftp_socket_drop(out);
    return error;
}

bool
ftp_address(struct str host, unsigned port, struct sockaddr_storage *out,
            char text[FTP_PEER_BYTES])
{
    bool is_v6 = host.n > 2 && host.p[0] == '[';

    if (is_v6) {
        host.p++;
        host.n -= 2;
    }
    if (host.n >= FTP_PEER_BYTES)
        return false;
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    memset(out, 0, sizeof(*out));
    return is_v6 ? uv_ip6_addr(text, (int)port, (struct sockaddr_in6 *)out) == 0
                 : uv_ip4_addr(text, (int)port, (struct sockaddr_in *)out) == 0;
}

/* --- bytes --- */

static void
ftp_socket_on_alloc(uv_handle_t *handle, size_t wish, uv_buf_t *out)
{
    struct ftp_socket *s = handle->data;

    (void)wish;
    *out = uv_buf_init(s->bytes, (unsigned)s->most);
}

static void
ftp_socket_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct ftp_socket *s = stream->data;

    if (s->ftp && n != 0) /* 0: nothing to be read for now */
        s->read(s->ftp, s, n, n > 0 ? buf->base : NULL);
}

bool
ftp_socket_read(struct ftp_socket *s, bool is_data, ftp_read_fn *fn)
{
    s->read = fn;
    if (!is_data)
        s->most = FTP_READ_BYTES;
    return uv_read_start((uv_stream_t *)&s->tcp, ftp_socket_on_alloc,
                         ftp_socket_on_read) == 0;
}

void
ftp_socket_stop(struct ftp_socket *s)
{
    uv_read_stop((uv_stream_t *)&s->tcp);
}

/* The kernel's buffer is empty: each command waits for the last one's reply. */
bool
ftp_socket_send(struct ftp_socket *s, struct str bytes)
{
    uv_os_fd_t fd;
    ssize_t n;

    if (uv_fileno((uv_handle_t *)&s->tcp, &fd) != 0)
        return false;
    do
        n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n >= 0 && (size_t)n == bytes.n;
}

/* --- what it is --- */

/* MIME Sniffing 3: a byte that no text has. */
static bool
ftp_is_binary(unsigned char c)
{
    return c <= 0x08 || c == 0x0b || (c >= 0x0e && c <= 0x1a) ||
           (c >= 0x1c && c <= 0x1f);
}

const char *
ftp_body_type(struct str body, bool is_listing)
{
    struct str start = body;

    if (is_listing)
        return FTP_LISTING_TYPE;
    if (page_kind(STR_NONE, body) == PAGE_HTML)
        return "text/html";
    if (str_starts(str_trim(body), STR("<?xml")))
        return "text/xml";
    if (start.n > FTP_TYPE_BYTES)
        start.n = FTP_TYPE_BYTES;
    for (size_t i = 0; i < start.n; i++)
        if (ftp_is_binary((unsigned char)start.p[i]))
            return "application/octet-stream";
    return start.n > 0 ? "text/plain" : "application/octet-stream";
}
