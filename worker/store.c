/* SPDX-License-Identifier: MIT */
#include "worker/store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "common/json_line.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/warc.h"

enum {
    STORE_RECORD_MAX = 64 << 20,   /* beyond any --max-filesize in use */
    STORE_KEEP_BYTES = 256 * 1024, /* of memory, from record to record */
    STORE_TYPE_BYTES = 64,         /* of the types that we write ourselves */
    STORE_CLOCK_MS = 2             /* Redis's clock is always known so well */
};

struct store {
    struct worker *worker;
    const char *identity;
    struct stats *stats;
    struct warc_builder *builder;
    struct buf request, record;
    struct saver *saver; /* NULL: no files are saved */
    const char *trouble;
    bool has_record, is_same; /* of the last page: it is the known body ... */
    int64_t twin_us; /* ... of a record of another URL: its date; else 0 */
};

struct store *
store_new(struct worker *w, unsigned index, const char *identity,
          struct stats *stats)
{
    struct store *s = xcalloc(1, sizeof(*s));
    size_t most = (size_t)w->config.max_filesize + 4 * FETCH_HEADERS_MAX;

    s->worker = w;
    s->identity = identity;
    s->stats = stats;
    if (w->warc)
        s->builder =
            warc_builder_new(most, w->warc_info.compress, w->warc_info.hash);
    if (w->saved)
        s->saver = saver_new(w->saved, index);
    buf_init(&s->request, 2 * FETCH_HEADERS_MAX);
    /* deflate can make bytes that do not compress a little longer */
    buf_init(&s->record, most + most / 8 + STORE_RECORD_MAX / 64);
    return s;
}

void
store_free(struct store *s)
{
    if (s == NULL)
        return;
    warc_builder_free(s->builder);
    saver_free(s->saver);
    buf_fini(&s->request);
    buf_fini(&s->record);
    free(s);
}

/* Bodies that deflate would only turn over. */
static bool
store_is_packed(const struct fetch_answer *a)
{
    static const char *const packed[] = {
        "image/",          "video/",
        "audio/",          "font/woff",
        "application/zip", "application/gzip",
        "application/pdf", "application/x-gzip"};
    struct str coding = fetch_header(a, STR("content-encoding"));
    struct str type = fetch_header(a, STR("content-type"));

    if (coding.n > 0 && !str_equal_nocase(coding, STR("identity")))
        return true;
    if (str_starts_nocase(type, STR("image/svg")))
        return false;
    for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
        if (str_starts_nocase(type, str_from(packed[i])))
            return true;
    return false;
}

static enum warc_cut
store_cut(const struct fetch_answer *a)
{
    if (!a->is_cut)
        return WARC_CUT_NONE;
    if (a->outcome == OUTCOME_TOO_BIG)
        return WARC_CUT_LENGTH;
    return a->outcome == OUTCOME_TIMEOUT ? WARC_CUT_TIME : WARC_CUT_DISCONNECT;
}

/* What the record may refer to: a body that WARC has, by its digest. */
static bool
store_known(const struct store *s, const struct store_item *item,
            char digest[WARC_DIGEST_BYTES], struct warc_known *out)
{
    const struct cache_value *known = item->known;
    bool is_304 = item->outcome == OUTCOME_NOT_MODIFIED;
    bool is_sha1 = s->worker->warc_info.hash == WARC_SHA1;

    *out = (struct warc_known){.digest = digest, .is_not_modified = is_304};
    if (item->twin) {
        if (item->sum)
            warc_sum_text(s->worker->warc_info.hash, item->sum, digest);
        else
            cache_digest_text(known, digest);
        out->time_us = item->twin->time_us;
        out->url = item->twin->url;
        return true;
    }
    if (known == NULL || !known->has_record || (known->is_twin && !is_304))
        return false;
    if (!known->is_twin) /* else nobody knows any more whose it is */
        out->time_us = known->time_us;
    if (known->is_sha1 && is_sha1)
        cache_digest_text(known, digest);
    else
        out->digest = NULL; /* the server's word will do, if it gave it */
    return is_304 || out->digest;
}

/* What came by FTP has no head of its own, and its words no record. */
static bool
store_is_resource(const struct store_item *item)
{
    return str_starts(buf_str(&fetch_answer(item->fetch)->headers),
                      STR("FTP "));
}

/* The head of the last answer, whole or not: readers want its empty line. */
static enum err
store_record(struct store *s, const struct store_item *item,
             struct warc_place *place)
{
    const struct fetch_answer *a = fetch_answer(item->fetch);
    struct warc_exchange exchange = {.url = item->entry->url,
                                     .ip = str_from(a->address),
                                     .head = buf_str(&a->headers),
                                     .body = buf_str(&a->body),
                                     .time_us = a->started_us,
                                     .cut = store_cut(a),
                                     .is_packed = store_is_packed(a)};
    char digest[WARC_DIGEST_BYTES];
    struct warc_known known;
    char type[STORE_TYPE_BYTES];
    size_t response_at;
    enum err e = ERR_OK;

    buf_reset(&s->request);
    buf_reset(&s->record);
    if (store_is_resource(item)) {
        snprintf(type, sizeof(type), "%.*s",
                 STR_ARG(fetch_header(a, STR("content-type"))));
        exchange.resource = type;
    } else {
        e = fetch_write_request(item->fetch, &s->request);
    }
    if (e != ERR_OK)
        return e;
    exchange.request = buf_str(&s->request);
    exchange.sum = item->sum;
    exchange.metadata = item->metadata;
    if (exchange.resource == NULL && store_known(s, item, digest, &known))
        exchange.known = &known;
    e = warc_build_exchange(s->builder, &exchange, &s->record, &response_at);
    if (e != ERR_OK)
        return e;
    e = warc_file_write(s->worker->warc, buf_str(&s->record), place);
    if (e == ERR_OK) {
        place->offset += response_at;
        stats_add(s->stats, STAT_bytes_warc, (int64_t)s->record.n);
    }
    if (s->record.cap > STORE_KEEP_BYTES)
        buf_fini(&s->record);
    return e;
}

/* 204 and 205 say that there is none: RFC 9110, 15.3.5 and 15.3.6. */
static bool
store_is_file(const struct store *s, const struct store_item *item)
{
    int status = item->fetch ? fetch_answer(item->fetch)->status : 0;

    return s->saver && item->outcome == OUTCOME_OK && status != 204 &&
           status != 205;
}

static enum err
store_file(struct store *s, const struct store_item *item,
           struct save_place *place)
{
    const struct fetch_answer *a = fetch_answer(item->fetch);
    struct save_page page = {.url = item->entry->url,
                             .content_type =
                                 fetch_header(a, STR("content-type")),
                             .modified = fetch_header(a, STR("last-modified")),
                             .body = item->body};
    enum err e = saver_write(s->saver, &page, place);

    if (e != ERR_OK)
        return e;
    stats_add(s->stats, STAT_files, 1);
    stats_add(s->stats, STAT_bytes_files, (int64_t)page.body.n);
    stats_add(s->stats, STAT_files_broken, item->is_body_broken);
    stats_add(s->stats, STAT_files_cut_names, place->is_cut);
    stats_add(s->stats, STAT_files_aside, place->is_aside);
    stats_add(s->stats, STAT_files_shared, place->is_shared);
    return ERR_OK;
}

bool
store_has_file(struct store *s, struct str url)
{
    return s->saver == NULL || saver_has(s->saver, url);
}

const char *
store_trouble(const struct store *s)
{
    return s->trouble;
}

void
store_sum(struct store *s, const struct fetch_answer *a, struct warc_sum *out)
{
    warc_sum_body(s->builder, buf_str(&a->body), out);
}

static void
store_digest(struct store *s, const struct store_item *item, bool has_record,
             struct json_line *line)
{
    struct cache_value v;
    char text[CACHE_DIGEST_BYTES];

    if (item->outcome == OUTCOME_NOT_MODIFIED || item->fetch == NULL) {
        cache_digest_text(item->known, text);
    } else if (has_record) {
        json_line_str(line, "digest",
                      str_from(warc_payload_digest(s->builder)));
        return;
    } else {
        store_note(s, fetch_answer(item->fetch), NULL, &v);
        cache_digest_text(&v, text);
    }
    json_line_str(line, "digest", str_from(text));
}

static void
store_answer(struct store *s, const struct store_item *item,
             const struct warc_place *place, struct str file,
             struct json_line *line)
{
    const struct fetch_answer *a = fetch_answer(item->fetch);

    json_line_int(line, "ms", a->took_ms);
    if (a->status > 0) {
        json_line_int(line, "bytes", (int64_t)a->body.n);
        json_line_str(line, "type", fetch_header(a, STR("content-type")));
        json_line_str(line, "ip", str_from(a->address));
        if (item->outcome != OUTCOME_BAD_TYPE) /* nothing was to be read */
            store_digest(s, item, place != NULL, line);
    }
    if (a->proxy)
        json_line_str(line, "proxy", str_from(a->proxy));
    if (a->error[0] != '\0')
        json_line_str(line, "error", str_from(a->error));
    if (a->is_cut)
        json_line_bool(line, "truncated", true);
    if (place) {
        json_line_str(line, "warc", str_from(place->file));
        json_line_int(line, "offset", (int64_t)place->offset);
        if (warc_is_revisit(s->builder))
            json_line_bool(line, "revisit", true);
        if (warc_is_revisit(s->builder) && item->twin) {
            json_line_str(line, "revisit_of", item->twin->url);
            json_line_time(line, "revisit_time", item->twin->time_us);
        }
    }
    if (file.n > 0)
        json_line_str(line, "file", file);
}

static int64_t
store_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static enum err
store_line(struct store *s, const struct store_item *item,
           const struct warc_place *place, struct str file, struct buf *log)
{
    const struct fetch_answer *a =
        item->fetch ? fetch_answer(item->fetch) : NULL;
    const struct entry *entry = item->entry;
    struct json_line line;

    json_line_begin(&line, log);
    json_line_time(&line, "time", a ? a->started_us : store_now_us());
    json_line_str(&line, "url", entry->url);
    json_line_str(&line, "outcome", str_from(outcome_name(item->outcome)));
    if (a && a->status > 0)
        json_line_int(&line, "status", a->status);
    if (a)
        store_answer(s, item, place, file, &line);
    else if (item->known) /* it was not asked for: what is known of it */
        store_digest(s, item, false, &line);
    entry_log(entry, &line);
    if (item->will_retry)
        json_line_bool(&line, "retry", true);
    if (item->redirect.n > 0)
        json_line_str(&line, "redirect", item->redirect);
    if (item->is_of_robots && item->no_address) {
        char error[80];

        snprintf(error, sizeof(error), "%s (%s)", outcome_words(item->outcome),
                 item->no_address);
        json_line_str(&line, "error", str_from(error));
    } else if (item->is_of_robots) {
        json_line_str(&line, "error", STR("met when fetching robots.txt"));
    }
    if (item->robots_rule.n > 0)
        json_line_str(&line, "robots_rule", item->robots_rule);
    if (item->links > 0)
        json_line_int(&line, "links", (int64_t)item->links);
    if (item->sitemap.n > 0)
        json_line_str(&line, "sitemap", item->sitemap);
    if (item->is_links_cut)
        json_line_bool(&line, "links_capped", true);
    if (item->exec.n > 0)
        json_line_str(&line, "exec", item->exec);
    if (item->sent_ms > 0) {
        json_line_int(&line, "sent_ms", item->sent_ms);
        if (item->sent_error_ms >= STORE_CLOCK_MS)
            json_line_int(&line, "sent_error_ms", item->sent_error_ms);
        json_line_int(&line, "spacing_ms", item->spacing_ms);
    }
    json_line_str(&line, "site", entry->site);
    json_line_str(&line, "worker", str_from(s->identity));
    return json_line_end(&line);
}

enum err
store_page(struct store *s, const struct store_item *item, struct buf *log)
{
    const struct fetch_answer *a =
        item->fetch ? fetch_answer(item->fetch) : NULL;
    struct save_place saved = {0};
    struct warc_place place;
    bool has_record = s->worker->warc && a && a->status > 0 &&
                      a->headers.n > 0 &&
                      item->outcome != OUTCOME_HEADERS_BIG &&
                      item->outcome != OUTCOME_BAD_TYPE &&
                      (a->status == 200 || !store_is_resource(item));
    enum err e;

    s->trouble = "write the WARC file";
    if (has_record) {
        e = store_record(s, item, &place);
        if (e == ERR_NO_SPACE || e == ERR_IO)
            return e;
        if (e != ERR_OK) { /* too big or not to be framed: say so, go on */
            log_warnx("no record of %s: %s", LOG_ESC(item->entry->url),
                      err_str(e));
            has_record = false;
        }
    }
    s->has_record = has_record;
    s->is_same = has_record && warc_is_revisit(s->builder);
    s->twin_us = s->is_same && item->twin &&
                         !str_equal(item->twin->url, item->entry->url)
                     ? item->twin->time_us
                     : 0;
    s->trouble = "write a page's file";
    if (store_is_file(s, item)) {
        e = store_file(s, item, &saved);
        if (e != ERR_OK)
            return e;
    }
    return store_line(s, item, has_record ? &place : NULL, saved.path, log);
}

enum err
store_resource(struct store *s, const struct warc_resource *in)
{
    struct warc_place place;
    enum err e;

    s->trouble = "write the WARC file";
    buf_reset(&s->record);
    e = warc_build_resource(s->builder, in, &s->record);
    if (e == ERR_OK)
        e = warc_file_write(s->worker->warc, buf_str(&s->record), &place);
    if (e == ERR_OK)
        stats_add(s->stats, STAT_bytes_warc, (int64_t)s->record.n);
    return e;
}

bool
store_has_body(const struct store *s)
{
    return s->has_record && !s->is_same;
}

bool
store_is_revisit(const struct store *s)
{
    return s->is_same;
}

void
store_note(const struct store *s, const struct fetch_answer *a,
           const struct cache_value *known, struct cache_value *out)
{
    uint64_t hash;

    *out = (struct cache_value){.time_us = a->started_us,
                                .checked_s = a->started_us / 1000000,
                                .has_record = s->has_record};

    out->is_sha1 = s->has_record && s->worker->warc_info.hash == WARC_SHA1;
    if (out->is_sha1) {
        memcpy(out->digest, warc_payload_sum(s->builder)->bytes,
               CACHE_SHA1_BYTES);
    } else {
        hash = XXH3_64bits(a->body.p, a->body.n);
        for (size_t i = 0; i < CACHE_XXH3_BYTES; i++)
            out->digest[i] = (unsigned char)(hash >> (8 * i));
    }
    if (s->twin_us != 0) {
        out->time_us = s->twin_us;
        out->is_twin = true;
        out->has_record = out->is_sha1; /* else it could not be found again */
        return;
    }
    if (s->is_same && known) /* the record that has the body is an older one */
        out->time_us = known->time_us;
}
