/*
 * reply - one answer as bytes: a head, a body, and how to send them.
 *
 * The handlers write head and body themselves, right or wrong on purpose;
 * what a body is too big to hold is a pattern sent over and over, then a
 * tail.  conn.c sends it all and adds nothing.  One reply is used again and
 * again, so its buffers are soon as large as they need be.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_REPLY_H
#define TESTS_WEB_REPLY_H

#include "common/buf.h"
#include "tests/web/request.h"

#define REPLY_ENDLESS UINT64_MAX

enum { REPLY_PATTERN_BYTES = 1 << 16 };

struct reply {
    int status;
    struct buf head; /* everything up to and with the blank line */
    struct buf body;
    struct str pattern;     /* borrowed for ever: static or a site file's */
    uint64_t pattern_bytes; /* of the pattern, again and again */
    struct str tail;        /* as pattern */
    uint32_t drip_bps;      /* the body's bytes a second; 0: at once */
    bool is_last;           /* close the connection behind it */
    bool is_reset;          /* close it by RST */
};

void reply_init(struct reply *r);
void reply_fini(struct reply *r);
void reply_reset(struct reply *r);

/* Status line and Content-Type; an empty type writes no such line. */
void reply_begin(struct reply *r, int status, struct str type);
/* One more line of the head, as "Name: value". */
void reply_line(struct reply *r, struct str line);
/*
 * End the head with the length of body, pattern and tail and, when the
 * request wants it or the reply is the last, with Connection.
 */
void reply_end(struct reply *r, const struct request *req);
/* The same with a length of the caller's choice: a lie. */
void reply_end_length(struct reply *r, const struct request *req,
                      uint64_t length);
/* End the head without a length: the end of the connection ends the body. */
void reply_end_unsized(struct reply *r);
/* Put the body into chunks of size bytes and end the head accordingly. */
void reply_end_chunked(struct reply *r, const struct request *req, size_t size);
/* Send no more than n bytes of body, then close. */
void reply_cut(struct reply *r, uint64_t n);

/* All of it in one: a small page of text. */
void reply_text(struct reply *r, const struct request *req, int status,
                struct str type, struct str text);

/*
 * What is sent endlessly is best long: unit repeated to at least
 * REPLY_PATTERN_BYTES, in whole units, appended to out.
 */
void reply_repeat(struct buf *out, struct str unit);

/* in, as chunks of size bytes with the last one, appended to out. */
void reply_chunk(struct buf *out, struct str in, size_t size);
/* Body bytes that are to be sent; 0 for an endless one. */
uint64_t reply_body_bytes(const struct reply *r);
/* The reason phrase of a status code, never NULL. */
const char *reply_reason(int status);

#define REPLY_HTML STR("text/html; charset=utf-8")
#define REPLY_PLAIN STR("text/plain; charset=utf-8")

#endif
