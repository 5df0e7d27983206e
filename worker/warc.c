/*
 * A record is laid out whole in b->record (named fields, block, two line
 * ends), then compressed in one go (warc_pack.h).  That costs one copy of the
 * body and saves a streaming compressor.
 *
 * A response's id is made of its URL and date, which no other has, so that
 * whoever refers to it knows its id.  All other ids come straight from the
 * kernel's generator, a pool of them at a time. The pool remembers the process
 * it was drawn in: after a fork the child's copy is thrown away, since the
 * parent will use the same bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/warc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <xxhash.h>

#include "common/log.h"
#include "common/mem.h"
#include "worker/warc_head.h"

enum {
    WARC_POOL_BYTES = 256,     /* getrandom(2) never gives less than asked */
    WARC_KEEP_BYTES = 1 << 20, /* a rare big page's memory goes back */
    WARC_DATE_BYTES = 64
};

struct warc_builder {
    enum warc_hash hash;
    struct warc_packer *packer;
    struct warc_summer *summer;
    struct buf head;   /* the HTTP head as it will be stored */
    struct buf record; /* the record before compression */
    enum err err;      /* of this build; the first one stays */
    char payload_digest[WARC_DIGEST_BYTES];
    struct warc_sum payload_sum;
    bool is_revisit;                     /* what was built last */
    unsigned char pool[WARC_POOL_BYTES]; /* random bytes not yet used */
    size_t pool_left;
    pid_t pool_pid; /* who drew them */
};

/* A record's named fields; STR_NONE for what it does not have. */
struct warc_fields {
    const char *type, *content_type, *id;
    const char *concurrent_to, *payload_digest;
    const char *profile;      /* of a revisit */
    const char *refers_to;    /* the id of what it refers to ... */
    struct str refers_to_url; /* ... and its URL and date */
    int64_t refers_to_us;
    struct str url, ip, filename, protocol;
    int64_t time_us;
    enum warc_cut cut;
};

struct warc_builder *
warc_builder_new(size_t max_bytes, enum warc_compress compress,
                 enum warc_hash hash)
{
    struct warc_builder *b = xcalloc(1, sizeof(*b));

    b->hash = hash;
    b->packer = warc_packer_new(compress);
    b->summer = warc_summer_new(hash);
    buf_init(&b->head, max_bytes);
    buf_init(&b->record, max_bytes > SIZE_MAX - WARC_HEADER_MAX
                             ? SIZE_MAX
                             : max_bytes + WARC_HEADER_MAX);
    return b;
}

void
warc_builder_free(struct warc_builder *b)
{
    if (b == NULL)
        return;
    buf_fini(&b->head);
    buf_fini(&b->record);
    warc_packer_free(b->packer);
    warc_summer_free(b->summer);
    free(b);
}

/* Ids and dates */

/* The 16 bytes at u as a UUID of that version (RFC 9562). */
static void
warc_id_text(unsigned char *u, unsigned char version, char out[WARC_ID_BYTES])
{
    u[6] = (unsigned char)((u[6] & 0x0f) | version << 4);
    u[8] = (unsigned char)((u[8] & 0x3f) | 0x80); /* its variant */
    snprintf(out, WARC_ID_BYTES,
             "urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x",
             u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10],
             u[11], u[12], u[13], u[14], u[15]);
}

void
warc_new_id(struct warc_builder *b, char out[WARC_ID_BYTES])
{
    pid_t me = getpid();

    if (b->pool_left < 16 || b->pool_pid != me) {
        while (getrandom(b->pool, sizeof(b->pool), 0) != sizeof(b->pool))
            if (errno != EINTR) /* before the kernel's first seeding only */
                fatal("getrandom");
        b->pool_left = sizeof(b->pool);
        b->pool_pid = me;
    }
    b->pool_left -= 16;
    warc_id_text(b->pool + b->pool_left, 4, out);
}

void
warc_response_id(struct str url, int64_t time_us, char out[WARC_ID_BYTES])
{
    XXH128_canonical_t u;

    XXH128_canonicalFromHash(
        &u, XXH3_128bits_withSeed(url.p, url.n, (XXH64_hash_t)time_us));
    warc_id_text(u.digest, 8, out);
}

/* WARC-Date, section 5.4: UTC, up to nine digits of a second. */
static void
warc_date(int64_t time_us, char out[WARC_DATE_BYTES])
{
    int64_t us = time_us < 0 ? 0 : time_us;
    time_t seconds = (time_t)(us / 1000000);
    struct tm utc;
    size_t n;

    if (gmtime_r(&seconds, &utc) == NULL)
        utc = (struct tm){.tm_year = 70, .tm_mday = 1};
    n = strftime(out, WARC_DATE_BYTES - 16, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + n, WARC_DATE_BYTES - n, ".%06dZ", (int)(us % 1000000));
}

/* The record */

static void
warc_add(struct warc_builder *b, struct buf *to, struct str s)
{
    if (b->err == ERR_OK)
        b->err = buf_add_str(to, s);
}

static void
warc_field(struct warc_builder *b, const char *name, struct str value)
{
    if (value.n == 0)
        return;
    warc_add(b, &b->record, str_from(name));
    warc_add(b, &b->record, STR(": "));
    warc_add(b, &b->record, value);
    warc_add(b, &b->record, STR("\r\n"));
}

static void
warc_field_id(struct warc_builder *b, const char *name, const char *id)
{
    if (id != NULL && b->err == ERR_OK)
        b->err = buf_addf(&b->record, "%s: <%s>\r\n", name, id);
}

static void
warc_digest(struct warc_builder *b, struct str a, struct str c,
            struct warc_sum *sum, char out[WARC_DIGEST_BYTES])
{
    if (!warc_sum(b->summer, a, c, sum)) {
        b->err = ERR_NOMEM;
        *sum = (struct warc_sum){{0}};
    }
    warc_sum_text(b->hash, sum, out);
}

/* Lay out the record of block a followed by c: section 4, record. */
static void
warc_put_record(struct warc_builder *b, const struct warc_fields *f,
                struct str a, struct str c)
{
    static const char *const cuts[] = {NULL, "length", "time", "disconnect"};
    char date[WARC_DATE_BYTES], digest[WARC_DIGEST_BYTES];
    struct warc_sum sum;

    warc_date(f->time_us, date);
    warc_digest(b, a, c, &sum, digest);
    buf_reset(&b->record);
    warc_add(b, &b->record, STR("WARC/1.1\r\n"));
    warc_field(b, "WARC-Type", str_from(f->type));
    warc_field_id(b, "WARC-Record-ID", f->id);
    warc_field(b, "WARC-Date", str_from(date));
    warc_field(b, "WARC-Filename", f->filename);
    warc_field(b, "WARC-Target-URI", f->url);
    warc_field(b, "WARC-IP-Address", f->ip);
    warc_field(b, "WARC-Protocol", f->protocol);
    warc_field_id(b, "WARC-Concurrent-To", f->concurrent_to);
    warc_field(b, "WARC-Block-Digest", str_from(digest));
    warc_field(b, "WARC-Payload-Digest", str_from(f->payload_digest));
    if (f->profile) {
        warc_date(f->refers_to_us, date);
        warc_field(b, "WARC-Profile", str_from(f->profile));
        warc_field(b, "WARC-Refers-To-Target-URI", f->refers_to_url);
        if (f->refers_to_us != 0)
            warc_field(b, "WARC-Refers-To-Date", str_from(date));
    }
    warc_field_id(b, "WARC-Refers-To", f->refers_to);
    warc_field(b, "WARC-Truncated", str_from(cuts[f->cut]));
    warc_field(b, "Content-Type", str_from(f->content_type));
    if (b->err == ERR_OK)
        b->err = buf_addf(&b->record, "Content-Length: %zu\r\n\r\n", a.n + c.n);
    warc_add(b, &b->record, a);
    warc_add(b, &b->record, c);
    warc_add(b, &b->record, STR("\r\n\r\n"));
}

/* Append b->record to out as one member. */
static void
warc_pack(struct warc_builder *b, bool is_packed, struct buf *out)
{
    if (b->err == ERR_OK)
        b->err =
            warc_packer_add(b->packer, buf_str(&b->record), is_packed, out);
}

/* A build is over: give back what a big page took, tell the error. */
static enum err
warc_finish(struct warc_builder *b, struct buf *out, size_t start)
{
    if (b->record.cap > WARC_KEEP_BYTES)
        buf_fini(&b->record);
    if (b->head.cap > WARC_KEEP_BYTES)
        buf_fini(&b->head);
    if (b->err != ERR_OK)
        out->n = start;
    return b->err;
}

static enum err
warc_check_url(struct str url)
{
    if (url.n == 0)
        return ERR_INVALID;
    if (url.n > WARC_URL_MAX)
        return ERR_TOO_BIG;
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= 0x20 || url.p[i] == 0x7f)
            return ERR_INVALID; /* it would end the field, or the line */
    return ERR_OK;
}

/* The address when it looks like one, else nothing: an IPv6 zone is not. */
static struct str
warc_clean_ip(struct str ip)
{
    static const struct str letters = {"0123456789abcdefABCDEF.:", 24};

    if (ip.n > 45) /* INET6_ADDRSTRLEN without its NUL */
        return STR_NONE;
    for (size_t i = 0; i < ip.n; i++)
        if (memchr(letters.p, ip.p[i], letters.n) == NULL)
            return STR_NONE;
    return ip;
}

/*
 * Section 6.7: the body is that of an earlier record, by the server's word
 * (6.7.3) or by its digest (6.7.2, which wants it called truncated).
 */
static void
warc_make_revisit(struct warc_builder *b, const struct warc_exchange *in,
                  struct warc_fields *f, char id[WARC_ID_BYTES])
{
    const struct warc_known *known = in->known;

    f->type = "revisit";
    f->refers_to_us = known->time_us;
    if (known->time_us != 0) {
        f->refers_to_url = known->url.n > 0 ? known->url : in->url;
        warc_response_id(f->refers_to_url, known->time_us, id);
        f->refers_to = id;
    }
    if (known->is_not_modified) {
        f->profile = "http://netpreserve.org/warc/1.1/revisit/"
                     "server-not-modified";
        snprintf(b->payload_digest, sizeof(b->payload_digest), "%s",
                 known->digest ? known->digest : "");
    } else {
        f->profile = "http://netpreserve.org/warc/1.1/revisit/"
                     "identical-payload-digest";
        f->cut = WARC_CUT_LENGTH;
    }
}

void
warc_sum_body(struct warc_builder *b, struct str body, struct warc_sum *out)
{
    if (!warc_sum(b->summer, body, STR_NONE, out))
        fatalx("out of memory for a digest");
}

/* Of the body: b->payload_sum and b->payload_digest. */
static void
warc_digest_body(struct warc_builder *b, const struct warc_exchange *in)
{
    if (in->sum == NULL) {
        warc_digest(b, in->body, STR_NONE, &b->payload_sum, b->payload_digest);
        return;
    }
    b->payload_sum = *in->sum;
    warc_sum_text(b->hash, in->sum, b->payload_digest);
}

static bool
warc_is_known(const struct warc_builder *b, const struct warc_exchange *in)
{
    const struct warc_known *known = in->known;

    if (known == NULL || known->is_not_modified)
        return known != NULL;
    return in->cut == WARC_CUT_NONE && known->digest &&
           strcmp(known->digest, b->payload_digest) == 0;
}

static void
warc_add_head(struct warc_builder *b, struct str head, struct warc_fields *f)
{
    f->protocol = STR_NONE;
    if (b->err == ERR_OK)
        b->err = warc_head_put(head, &b->head, &f->protocol);
}

static void
warc_add_response(struct warc_builder *b, const struct warc_exchange *in,
                  struct warc_fields *f, struct buf *out)
{
    char refers_to[WARC_ID_BYTES];

    warc_add_head(b, in->head, f);
    f->type = "response";
    f->content_type = "application/http;msgtype=response";
    warc_digest_body(b, in);
    f->payload_digest = b->payload_digest;
    f->cut = in->cut;
    b->is_revisit = warc_is_known(b, in);
    if (b->is_revisit)
        warc_make_revisit(b, in, f, refers_to);
    warc_put_record(b, f, buf_str(&b->head),
                    b->is_revisit ? STR_NONE : in->body);
    warc_pack(b, in->is_packed && !b->is_revisit, out);
}

/* Who refers to its body finds it as a response's. */
static void
warc_add_resource(struct warc_builder *b, const struct warc_exchange *in,
                  struct warc_fields *f, struct buf *out)
{
    f->protocol = STR("ftp");
    f->type = "resource";
    f->content_type = in->resource;
    warc_digest_body(b, in);
    f->payload_digest = b->payload_digest;
    f->cut = in->cut;
    b->is_revisit = false;
    warc_put_record(b, f, in->body, STR_NONE);
    warc_pack(b, in->is_packed, out);
}

/* Of what the crawl knows of the response: section 6.6. */
static void
warc_add_metadata(struct warc_builder *b, const struct warc_exchange *in,
                  const char *response_id, struct buf *out)
{
    char id[WARC_ID_BYTES];
    struct warc_fields f = {.type = "metadata",
                            .content_type = "application/warc-fields",
                            .url = in->url,
                            .ip = warc_clean_ip(in->ip),
                            .time_us = in->time_us,
                            .id = id,
                            .concurrent_to = response_id};

    warc_new_id(b, id);
    warc_put_record(b, &f, in->metadata, STR_NONE);
    warc_pack(b, false, out);
}

enum err
warc_build_exchange(struct warc_builder *b, const struct warc_exchange *in,
                    struct buf *out, size_t *response_at)
{
    char request_id[WARC_ID_BYTES], response_id[WARC_ID_BYTES];
    struct warc_fields f = {
        .url = in->url, .ip = warc_clean_ip(in->ip), .time_us = in->time_us};
    size_t start = out->n;

    b->err = warc_check_url(in->url);
    if (b->err == ERR_OK && in->resource == NULL &&
        !str_starts(in->head, STR("HTTP/")))
        b->err = ERR_INVALID;
    if (b->err != ERR_OK)
        return b->err;
    warc_new_id(b, request_id);
    warc_response_id(in->url, in->time_us, response_id);
    if (in->request.n > 0) {
        warc_add_head(b, in->request, &f);
        f.type = "request";
        f.content_type = "application/http;msgtype=request";
        f.id = request_id;
        f.concurrent_to = response_id;
        warc_put_record(b, &f, buf_str(&b->head), STR_NONE);
        warc_pack(b, false, out);
    }
    *response_at = out->n - start;
    f.id = response_id;
    f.concurrent_to = in->request.n > 0 ? request_id : NULL;
    if (in->resource)
        warc_add_resource(b, in, &f, out);
    else
        warc_add_response(b, in, &f, out);
    if (in->metadata.n > 0)
        warc_add_metadata(b, in, response_id, out);
    return warc_finish(b, out, start);
}

enum err
warc_build_resource(struct warc_builder *b, const struct warc_resource *in,
                    struct buf *out)
{
    char id[WARC_ID_BYTES], digest[WARC_DIGEST_BYTES];
    struct warc_sum sum;
    struct warc_fields f = {.type = "resource",
                            .payload_digest = digest,
                            .content_type = in->content_type,
                            .url = in->url,
                            .ip = warc_clean_ip(in->ip),
                            .time_us = in->time_us,
                            .id = id};
    size_t start = out->n;

    b->err = warc_check_url(in->url);
    if (b->err != ERR_OK)
        return b->err;
    warc_new_id(b, id);
    warc_digest(b, in->block, STR_NONE, &sum, digest);
    warc_put_record(b, &f, in->block, STR_NONE);
    warc_pack(b, false, out);
    return warc_finish(b, out, start);
}

const char *
warc_payload_digest(const struct warc_builder *b)
{
    return b->payload_digest;
}

const struct warc_sum *
warc_payload_sum(const struct warc_builder *b)
{
    return &b->payload_sum;
}

bool
warc_is_revisit(const struct warc_builder *b)
{
    return b->is_revisit;
}

/* One line of application/warc-fields; controls become blanks. */
static void
warc_add_info(struct warc_builder *b, const char *name, struct str value)
{
    size_t at;

    if (value.n == 0)
        return;
    warc_add(b, &b->head, str_from(name));
    warc_add(b, &b->head, STR(": "));
    at = b->head.n;
    warc_add(b, &b->head, value);
    for (; at < b->head.n; at++)
        if ((unsigned char)b->head.p[at] < 0x20 || b->head.p[at] == 0x7f)
            b->head.p[at] = ' ';
    warc_add(b, &b->head, STR("\r\n"));
}

enum err
warc_build_info(struct warc_builder *b, const struct warc_info *info,
                struct str filename, int64_t time_us, struct buf *out)
{
    char id[WARC_ID_BYTES];
    struct warc_fields f = {.type = "warcinfo",
                            .content_type = "application/warc-fields",
                            .id = id,
                            .filename = filename,
                            .time_us = time_us};
    size_t start = out->n;

    b->err = ERR_OK;
    warc_new_id(b, id);
    buf_reset(&b->head);
    warc_add_info(b, "software", info->software);
    warc_add_info(b, "format", STR("WARC File Format 1.1"));
    warc_add_info(b, "conformsTo",
                  STR("http://iipc.github.io/warc-specifications/"
                      "specifications/warc-format/warc-1.1/"));
    warc_add_info(b, "robots", info->robots);
    warc_add_info(b, "operator", info->operator);
    warc_add_info(b, "hostname", info->hostname);
    warc_add_info(b, "isPartOf", info->is_part_of);
    warc_add_info(b, "http-header-user-agent", info->user_agent);
    warc_add_info(b, "settings", info->settings);
    warc_put_record(b, &f, buf_str(&b->head), STR_NONE);
    warc_pack(b, false, out);
    return warc_finish(b, out, start);
}
