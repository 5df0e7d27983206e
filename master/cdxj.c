/* SPDX-License-Identifier: MIT */
#include "master/cdxj.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/json_line.h"
#include "common/surt.h"
#include "common/warc_read.h"

enum {
    CDXJ_HEAD_MAX = 65536, /* of an HTTP head: what lies behind is not read */
    CDXJ_LINE_MAX = 131072,
    CDXJ_URL_MAX = 8192,
    CDXJ_TIME_DIGITS = 14
};

/* What is kept from record to record. */
struct cdxj {
    struct warc_read *in;
    const char *filename;
    struct buf head; /* of the HTTP message in the block */
    struct buf url, line;
};

/* --- what a line tells --- */

/* "2026-11-21T10:15:00.250Z" as "20261121101500"; false when it is no date. */
static bool
cdxj_time(struct str date, struct buf *out)
{
    size_t digits = 0;

    for (size_t i = 0; i < date.n && digits < CDXJ_TIME_DIGITS; i++) {
        if (!str_is_digit(date.p[i])) {
            if (strchr("-T:", date.p[i]) == NULL)
                return false;
            continue;
        }
        if (buf_add_char(out, date.p[i]) != ERR_OK)
            return false;
        digits++;
    }
    return digits == CDXJ_TIME_DIGITS;
}

/* The first line's second word: "HTTP/1.1 200 OK". */
static struct str
cdxj_status(struct str head)
{
    struct str line = str_cut(&head, '\n');

    str_cut(&line, ' ');
    return str_trim(str_cut(&line, ' '));
}

/* A field of an HTTP head, as of a record's. */
static struct str
cdxj_header(struct str head, struct str name)
{
    struct warc_record like = {.fields = head};

    return warc_record_field(&like, name);
}

/* Without its parameters: "text/html". */
static struct str
cdxj_mime(struct str type)
{
    size_t n = 0;

    while (n < type.n && type.p[n] != ';' && !str_is_space(type.p[n]))
        n++;
    return (struct str){type.p, n};
}

static void
cdxj_number(struct json_line *l, const char *key, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    json_line_str(l, key, str_from(text));
}

/* The head of the HTTP message that the record's block begins with. */
static struct str
cdxj_read_head(struct cdxj *c, const struct warc_record *record)
{
    struct str type = warc_record_field(record, STR("Content-Type"));
    struct str piece;

    buf_reset(&c->head);
    if (!str_starts_nocase(type, STR("application/http")))
        return STR_NONE;
    while ((piece = warc_read_block(c->in)).n > 0) {
        const char *end;

        if (piece.n > CDXJ_HEAD_MAX - c->head.n)
            piece.n = CDXJ_HEAD_MAX - c->head.n;
        if (piece.n == 0 || buf_add_str(&c->head, piece) != ERR_OK)
            break;
        end = memmem(c->head.p, c->head.n, "\r\n\r\n", 4);
        if (end)
            return (struct str){c->head.p, (size_t)(end - c->head.p) + 2};
    }
    return buf_str(&c->head);
}

static bool
cdxj_is_wanted(const struct warc_record *record, struct str type)
{
    struct str content = warc_record_field(record, STR("Content-Type"));

    if (str_equal_nocase(type, STR("response")) ||
        str_equal_nocase(type, STR("revisit")))
        return true;
    return str_equal_nocase(type, STR("resource")) &&
           !str_equal_nocase(cdxj_mime(content),
                             STR("application/warc-fields"));
}

/* dns:HOST, a record of a look-up: its key is itself, as others have it. */
static bool
cdxj_put_dns(struct cdxj *c, struct str target)
{
    buf_reset(&c->url);
    for (size_t i = 0; i < target.n; i++)
        if ((unsigned char)target.p[i] <= ' ' || target.p[i] == 0x7f)
            return false;
    return buf_add_str(&c->url, target) == ERR_OK &&
           buf_add_str(&c->line, target) == ERR_OK;
}

static bool
cdxj_put_web(struct cdxj *c, struct str target)
{
    struct url url;

    return url_parse_ftp(target, NULL, &c->url, &url) == ERR_OK &&
           surt_key(&url, &c->line) == ERR_OK;
}

/* The line's key and time; false when the record cannot have a line. */
static bool
cdxj_put_key(struct cdxj *c, const struct warc_record *record)
{
    struct str target = warc_record_field(record, STR("WARC-Target-URI"));

    buf_reset(&c->line);
    if (target.n > 2 && target.p[0] == '<' && target.p[target.n - 1] == '>')
        target = (struct str){target.p + 1, target.n - 2}; /* WARC/1.0 */
    return (str_starts_nocase(target, STR("dns:")) ? cdxj_put_dns(c, target)
                                                   : cdxj_put_web(c, target)) &&
           buf_add_char(&c->line, ' ') == ERR_OK &&
           cdxj_time(warc_record_field(record, STR("WARC-Date")), &c->line) &&
           buf_add_char(&c->line, ' ') == ERR_OK;
}

/* --- records --- */

/* Its line into c->line, or nothing.  Reads the record to its end. */
static enum err
cdxj_take(struct cdxj *c, const struct warc_record *record,
          struct cdxj_counts *counts)
{
    struct str type = warc_record_field(record, STR("WARC-Type"));
    struct str head, mime, digest;
    struct json_line l;
    uint64_t end;
    bool is_revisit = str_equal_nocase(type, STR("revisit"));
    enum err e;

    buf_reset(&c->line);
    if (!cdxj_is_wanted(record, type))
        return warc_read_end(c->in, &end);
    head = cdxj_read_head(c, record);
    e = warc_read_end(c->in, &end);
    if (e != ERR_OK)
        return e;
    if (!cdxj_put_key(c, record)) {
        counts->odd++;
        buf_reset(&c->line);
        return ERR_OK;
    }
    mime =
        cdxj_mime(head.n > 0 ? cdxj_header(head, STR("Content-Type"))
                             : warc_record_field(record, STR("Content-Type")));
    digest = warc_record_field(record, STR("WARC-Payload-Digest"));
    json_line_begin(&l, &c->line);
    json_line_str(&l, "url", buf_str(&c->url));
    if (is_revisit || mime.n > 0)
        json_line_str(&l, "mime", is_revisit ? STR("warc/revisit") : mime);
    if (head.n > 0)
        json_line_str(&l, "status", cdxj_status(head));
    if (str_starts_nocase(digest, STR("sha1:"))) /* by custom unsaid */
        digest = (struct str){digest.p + 5, digest.n - 5};
    if (digest.n > 0)
        json_line_str(&l, "digest", digest);
    cdxj_number(&l, "length", end - record->offset);
    cdxj_number(&l, "offset", record->offset);
    json_line_str(&l, "filename", str_from(c->filename));
    if (json_line_end(&l) != ERR_OK) {
        counts->odd++;
        buf_reset(&c->line);
        return ERR_OK;
    }
    counts->lines++;
    return ERR_OK;
}

static enum err
cdxj_run(struct cdxj *c, FILE *out, struct cdxj_counts *counts,
         char why[CDXJ_WHY_BYTES])
{
    struct warc_record record;
    enum err e;

    while ((e = warc_read_next(c->in, &record)) == ERR_OK &&
           (e = cdxj_take(c, &record, counts)) == ERR_OK) {
        counts->records++;
        if (c->line.n > 0 && fwrite(c->line.p, 1, c->line.n, out) < c->line.n) {
            snprintf(why, CDXJ_WHY_BYTES, "cannot write the index: %s",
                     strerror(errno));
            return ERR_IO;
        }
    }
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    snprintf(why, CDXJ_WHY_BYTES, "record at %" PRIu64 ": %s",
             warc_read_where(c->in), warc_read_why(c->in));
    return e;
}

enum err
cdxj_write(const char *path, const char *filename, FILE *out,
           struct cdxj_counts *counts, char why[CDXJ_WHY_BYTES])
{
    struct cdxj c = {.in = warc_read_open(path), .filename = filename};
    enum err e;

    *counts = (struct cdxj_counts){0};
    if (c.in == NULL) {
        snprintf(why, CDXJ_WHY_BYTES, "%s", strerror(errno));
        return ERR_IO;
    }
    buf_init(&c.head, CDXJ_HEAD_MAX);
    buf_init(&c.url, CDXJ_URL_MAX);
    buf_init(&c.line, CDXJ_LINE_MAX);
    e = cdxj_run(&c, out, counts, why);
    buf_fini(&c.head);
    buf_fini(&c.url);
    buf_fini(&c.line);
    warc_read_close(c.in);
    return e;
}
