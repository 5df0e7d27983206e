/* SPDX-License-Identifier: MIT */
#include "tests/web/reply.h"

#include "tests/web/put.h"

enum {
    REPLY_HEAD_MAX = 1 << 20,
    REPLY_BODY_MAX = 1 << 28 /* a chunked copy of a site file's @file */
};

void
reply_init(struct reply *r)
{
    *r = (struct reply){.status = 0};
    buf_init(&r->head, REPLY_HEAD_MAX);
    buf_init(&r->body, REPLY_BODY_MAX);
}

void
reply_fini(struct reply *r)
{
    buf_fini(&r->head);
    buf_fini(&r->body);
}

void
reply_reset(struct reply *r)
{
    r->status = 0;
    buf_reset(&r->head);
    buf_reset(&r->body);
    r->pattern = STR_NONE;
    r->tail = STR_NONE;
    r->pattern_bytes = 0;
    r->drip_bps = 0;
    r->is_last = false;
    r->is_reset = false;
}

const char *
reply_reason(int status)
{
    static const struct {
        int status;
        const char *words;
    } reasons[] = {
        {200, "OK"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {410, "Gone"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].words;
    return "As Asked";
}

void
reply_begin(struct reply *r, int status, struct str type)
{
    r->status = status;
    if (status == 200) {
        PUT(&r->head, "HTTP/1.1 200 OK\r\n");
    } else {
        PUT(&r->head, "HTTP/1.1 ");
        put_u64(&r->head, (uint64_t)status);
        PUT(&r->head, " ");
        put_str(&r->head, str_from(reply_reason(status)));
        PUT(&r->head, "\r\n");
    }
    if (type.n > 0) {
        PUT(&r->head, "Content-Type: ");
        put_str(&r->head, type);
        PUT(&r->head, "\r\n");
    }
}

void
reply_line(struct reply *r, struct str line)
{
    put_str(&r->head, line);
    PUT(&r->head, "\r\n");
}

/* RFC 9112 section 9.3: what an old client and a last reply must be told. */
static void
reply_connection(struct reply *r, const struct request *req)
{
    if (r->is_last || !req->keep_alive)
        PUT(&r->head, "Connection: close\r\n");
    else if (req->is_1_0)
        PUT(&r->head, "Connection: keep-alive\r\n");
    PUT(&r->head, "\r\n");
}

void
reply_end_length(struct reply *r, const struct request *req, uint64_t length)
{
    PUT(&r->head, "Content-Length: ");
    put_u64(&r->head, length);
    PUT(&r->head, "\r\n");
    reply_connection(r, req);
}

void
reply_end(struct reply *r, const struct request *req)
{
    reply_end_length(r, req, reply_body_bytes(r));
}

void
reply_end_unsized(struct reply *r)
{
    r->is_last = true;
    PUT(&r->head, "Connection: close\r\n\r\n");
}

void
reply_chunk(struct buf *out, struct str in, size_t size)
{
    while (in.n > 0) {
        size_t n = in.n < size ? in.n : size;

        PUTF(out, "%zx\r\n", n);
        put_bytes(out, in.p, n);
        PUT(out, "\r\n");
        in.p += n;
        in.n -= n;
    }
    PUT(out, "0\r\n\r\n");
}

void
reply_repeat(struct buf *out, struct str unit)
{
    size_t start = out->n;

    while (unit.n > 0 && out->n - start < REPLY_PATTERN_BYTES)
        put_str(out, unit);
}

void
reply_end_chunked(struct reply *r, const struct request *req, size_t size)
{
    struct buf plain = r->body;

    buf_init(&r->body, REPLY_BODY_MAX);
    reply_chunk(&r->body, buf_str(&plain), size);
    buf_fini(&plain);
    PUT(&r->head, "Transfer-Encoding: chunked\r\n");
    reply_connection(r, req);
}

void
reply_cut(struct reply *r, uint64_t n)
{
    r->is_last = true;
    if (r->body.n >= n) {
        r->body.n = (size_t)n;
        r->pattern_bytes = 0;
        r->tail = STR_NONE;
        return;
    }
    n -= r->body.n;
    if (r->pattern_bytes >= n) {
        r->pattern_bytes = n;
        r->tail = STR_NONE;
        return;
    }
    n -= r->pattern_bytes;
    if (r->tail.n > n)
        r->tail.n = (size_t)n;
}

void
reply_text(struct reply *r, const struct request *req, int status,
           struct str type, struct str text)
{
    reply_begin(r, status, type);
    put_str(&r->body, text);
    reply_end(r, req);
}

uint64_t
reply_body_bytes(const struct reply *r)
{
    if (r->pattern_bytes == REPLY_ENDLESS)
        return 0;
    return r->body.n + r->pattern_bytes + r->tail.n;
}
