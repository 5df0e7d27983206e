/*
 * exec_page - a page as the line that --exec's command reads.
 *
 *   {"url":..., "time":..., "status":200, "type":"text/html",
 *    "charset":"UTF-8", "depth":1, "referrer":..., "truncated":true,
 *    "warc_record_id":"<urn:uuid:...>", "headers":[{"name":..., "value":...},
 * ...], "body":TEXT or "body_base64":BYTES}
 *
 * Pure; a struct exec_page_writer belongs to one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_EXEC_PAGE_H
#define WORKER_EXEC_PAGE_H

#include "common/buf.h"
#include "worker/recode.h"

enum exec_body {
    EXEC_BODY_TEXT,   /* UTF-8 when it is text, else as EXEC_BODY_BASE64 */
    EXEC_BODY_BASE64, /* the bytes */
    EXEC_BODY_NONE
};

struct exec_page {
    struct str url, referrer; /* referrer: empty when it has none */
    int64_t time_us;
    int status;
    unsigned depth;
    struct str headers; /* of the answer, with its status line */
    struct str type;    /* its Content-Type, or empty */
    struct str record;  /* the identifier of its WARC record, or empty */
    struct str body;    /* without its content coding */
    bool is_truncated;
    enum exec_body how;
};

struct exec_page_writer {
    struct recode recode;
    struct buf text;
};

/* max_body: of page's body. */
void exec_page_init(struct exec_page_writer *w, size_t max_body);
void exec_page_fini(struct exec_page_writer *w);
/* The longest line that can come of a body of that many bytes. */
size_t exec_page_line_max(size_t max_body);
/* Append the line.  Fails as buf_add() does, out is as it was then. */
enum err exec_page_write(struct exec_page_writer *w,
                         const struct exec_page *page,
                         struct buf *out) MUST_USE;

/* "text", "base64", "none"; false for any other word. */
bool exec_page_body_word(struct str word, enum exec_body *out);

#endif
