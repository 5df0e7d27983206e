/*
 * warc - records of WARC/1.1 (ISO 28500:2017), each a member of its own.
 *
 * A builder turns one HTTP exchange into a request and a response record in
 * one buffer, so that both reach the file by one write.  What is stored is
 * what came over the wire, with two exceptions that readers need: the body
 * is without its transfer coding, so Transfer-Encoding is kept under the
 * name X-Archive-Orig-Transfer-Encoding; and HTTP/2's and HTTP/3's start
 * lines, which are libcurl's wording, are put in HTTP/1.1's, the protocol
 * being kept in WARC-Protocol.  Content codings stay as they are.
 *
 * A body that an earlier record has is not stored again: the response becomes
 * a revisit record, with its head alone, that says where the body is.
 *
 * Pure: no files, no locks (worker/warc_file.h has those).  A builder belongs
 * to one thread, keeps its memory between records, and may be used on both
 * sides of a fork: record ids never repeat.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_WARC_H
#define WORKER_WARC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"
#include "common/warc_read.h"
#include "worker/warc_pack.h"
#include "worker/warc_sum.h"

enum {
    WARC_URL_MAX = 8192, /* bytes; above it a record is refused */
    /* a record's named fields are never longer: warc_read.h's own bound */
    WARC_HEADER_MAX = WARC_READ_FIELDS_MAX
};

/* Why the body is not whole: WARC-Truncated, section 5.13. */
enum warc_cut {
    WARC_CUT_NONE,
    WARC_CUT_LENGTH,    /* our bound was reached */
    WARC_CUT_TIME,      /* our time-out was reached */
    WARC_CUT_DISCONNECT /* the connection broke */
};

/* What a file's first record says of the crawl; empty ones are left out. */
struct warc_info {
    struct str software;   /* "weft/0.1.0" */
    struct str robots;     /* "obey" or "ignore" */
    struct str operator;   /* who to ask: a name, a mail address or a URL */
    struct str hostname;   /* the machine that crawls */
    struct str is_part_of; /* the crawl's name */
    struct str user_agent; /* what User-Agent said */
    struct str settings;   /* the crawl's, where they are not the defaults */
    enum warc_compress compress; /* of the file's records */
    enum warc_hash hash;
};

/* An earlier response, whose body may be this one's. */
struct warc_known {
    const char *digest;   /* of its body: "sha1:..."; NULL: not known */
    int64_t time_us;      /* its WARC-Date; 0: nobody knows which it is */
    bool is_not_modified; /* the server said so: 304, and no body came */
    struct str url;       /* its WARC-Target-URI; empty: the same as now */
};

/* One exchange.  All bytes are borrowed for the call. */
struct warc_exchange {
    struct str url;       /* canonical */
    struct str ip;        /* the peer's, "10.0.0.1" or "::1"; may be empty */
    struct str request;   /* its head as sent; empty: no request record */
    struct str head;      /* of the last response alone, with its status line */
    struct str body;      /* transfer-decoded, still content-encoded */
    const char *resource; /* its Content-Type: it came by no HTTP, has no
                             request and no head; NULL: by HTTP */
    int64_t time_us;      /* when the request was sent, since 1970 */
    enum warc_cut cut;
    bool is_packed; /* compressed already: gzip, br, zstd, images, zip ... */
    const struct warc_known *known; /* or NULL */
    const struct warc_sum *sum;     /* of body, by the builder; NULL: not yet */
    struct str metadata; /* warc-fields for a metadata record; empty: none */
};

/* What no HTTP brought: a record of type resource.  All bytes are borrowed. */
struct warc_resource {
    struct str url, ip; /* ip: whose it is; may be empty */
    const char *content_type;
    struct str block;
    int64_t time_us;
};

struct warc_builder;

/*
 * max_bytes bounds one record before compression: the largest body and its
 * heads.  Never NULL.
 */
struct warc_builder *warc_builder_new(size_t max_bytes,
                                      enum warc_compress compress,
                                      enum warc_hash hash);
void warc_builder_free(struct warc_builder *b); /* NULL is fine */

/* The digest of a body before its exchange is built; ends when memory does. */
void warc_sum_body(struct warc_builder *b, struct str body,
                   struct warc_sum *out);

/*
 * Append the exchange to out: the request's member (if there is one), then
 * the response's, or the resource's that came by FTP (6.4, always with its
 * body), which begins *response_at bytes behind where out ended,
 * then its metadata's (if there is some).  ERR_INVALID when url holds a blank,
 * a control or nothing, or head does not begin with "HTTP/"; ERR_TOO_BIG over a
 * bound.  On an error out is as it was.
 */
enum err warc_build_exchange(struct warc_builder *b,
                             const struct warc_exchange *in, struct buf *out,
                             size_t *response_at) MUST_USE;

/*
 * "sha1:..." of the body stored by the last warc_build_exchange(), or of the
 * one that its revisit record stands for: for CDXJ.
 */
const char *warc_payload_digest(const struct warc_builder *b);
/* The same as bytes; not of a 304, whose body never came. */
const struct warc_sum *warc_payload_sum(const struct warc_builder *b);
/* Whether it made a revisit record. */
bool warc_is_revisit(const struct warc_builder *b);

/* Append a resource record; errors as of warc_build_exchange(). */
enum err warc_build_resource(struct warc_builder *b,
                             const struct warc_resource *in,
                             struct buf *out) MUST_USE;

/* Append a warcinfo record, the first of the file called filename. */
enum err warc_build_info(struct warc_builder *b, const struct warc_info *info,
                         struct str filename, int64_t time_us,
                         struct buf *out) MUST_USE;

/*
 * Write a new "urn:uuid:..." of version 4 with its NUL to out (RFC 9562).
 * Ids are unique over builders, threads, processes and forks.
 */
enum { WARC_ID_BYTES = 46 };
void warc_new_id(struct warc_builder *b, char out[WARC_ID_BYTES]);
/*
 * The id of the response to url of that date: of version 8, made of both, so
 * that it can be referred to by who knows them.
 */
void warc_response_id(struct str url, int64_t time_us, char out[WARC_ID_BYTES]);

#endif
