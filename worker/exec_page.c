/* SPDX-License-Identifier: MIT */
#include "worker/exec_page.h"

#include "common/json_line.h"
#include "worker/fetch.h"
#include "worker/page.h"

enum {
    EXEC_TEXT_GROWS = 3,     /* bytes of UTF-8 for one of a charset */
    EXEC_LINE_GROWS = 6,     /* bytes of JSON for one of UTF-8: \u0001 */
    EXEC_KEEP_BYTES = 262144 /* of memory, from page to page */
};

void
exec_page_init(struct exec_page_writer *w, size_t max_body)
{
    recode_init(&w->recode);
    buf_init(&w->text, EXEC_TEXT_GROWS * max_body + 64);
}

void
exec_page_fini(struct exec_page_writer *w)
{
    recode_fini(&w->recode);
    buf_fini(&w->text);
}

size_t
exec_page_line_max(size_t max_body)
{
    return EXEC_LINE_GROWS * EXEC_TEXT_GROWS * max_body +
           2 * EXEC_LINE_GROWS * FETCH_HEADERS_MAX;
}

bool
exec_page_body_word(struct str word, enum exec_body *out)
{
    static const char *const words[] = {[EXEC_BODY_TEXT] = "text",
                                        [EXEC_BODY_BASE64] = "base64",
                                        [EXEC_BODY_NONE] = "none"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_equal(word, str_from(words[i]))) {
            *out = (enum exec_body)i;
            return true;
        }
    return false;
}

/* --- type and charset --- */

/* "text/html" of "Text/HTML; charset=x": what scripts compare. */
static struct str
exec_essence(struct str type, char out[128])
{
    struct str essence = str_trim(str_cut(&type, ';'));

    if (essence.n > 127)
        return STR_NONE;
    for (size_t i = 0; i < essence.n; i++)
        out[i] = str_lower(essence.p[i]);
    return (struct str){out, essence.n};
}

static bool
exec_is_script(struct str essence)
{
    return str_ends(essence, STR("json")) ||
           str_ends(essence, STR("javascript"));
}

/* Its charset when it is text of some kind, else NULL. */
static const char *
exec_charset(const struct exec_page *page, struct str essence)
{
    if (page_kind(page->type, page->body) == PAGE_OTHER &&
        !exec_is_script(essence))
        return NULL;
    return page_charset(page->type, page->body, page->url, NULL);
}

/* --- headers and body --- */

/* HAR's form: in order, each line by itself, names as they came. */
static void
exec_write_headers(struct str headers, struct json_line *line)
{
    json_line_list(line, "headers");
    str_cut(&headers, '\n'); /* the status line */
    while (headers.n > 0) {
        struct str value = str_trim(str_cut(&headers, '\n'));
        struct str whole = value, name = str_cut(&value, ':');

        if (name.n == 0 || name.n == whole.n) /* no colon */
            continue;
        json_line_object(line, NULL);
        json_line_str(line, "name", str_trim(name));
        value = str_trim(value);
        json_line_str(line, "value", value.n ? value : STR(""));
        json_line_object_end(line);
    }
    json_line_list_end(line);
}

static enum err
exec_write_text(struct exec_page_writer *w, const struct exec_page *page,
                const char *charset, struct json_line *line)
{
    struct str body = page->body;
    enum err e;

    buf_reset(&w->text);
    if (charset != PAGE_UTF8) {
        e = recode_to_utf8(&w->recode, charset, body, &w->text);
        if (e != ERR_OK)
            return e;
        body = buf_str(&w->text);
    }
    if (str_starts(body, STR("\xef\xbb\xbf")))
        body = (struct str){body.p + 3, body.n - 3};
    json_line_str(line, "body", body.n ? body : STR(""));
    if (w->text.cap > EXEC_KEEP_BYTES)
        buf_fini(&w->text);
    return ERR_OK;
}

/* RFC 4648 section 4 */
static enum err
exec_write_base64(struct exec_page_writer *w, struct str bytes,
                  struct json_line *line)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    char *to;
    enum err e;

    buf_reset(&w->text);
    e = buf_reserve(&w->text, (bytes.n + 2) / 3 * 4 + 1);
    if (e != ERR_OK)
        return e;
    to = w->text.p;
    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i;
        uint32_t three = (uint32_t)(unsigned char)bytes.p[i] << 16;

        if (left > 1)
            three |= (uint32_t)(unsigned char)bytes.p[i + 1] << 8;
        if (left > 2)
            three |= (unsigned char)bytes.p[i + 2];
        *to++ = digits[three >> 18];
        *to++ = digits[three >> 12 & 63];
        *to++ = left > 1 ? digits[three >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[three & 63] : '=';
    }
    json_line_str(line, "body_base64",
                  (struct str){w->text.p, (size_t)(to - w->text.p)});
    if (w->text.cap > EXEC_KEEP_BYTES)
        buf_fini(&w->text);
    return ERR_OK;
}

enum err
exec_page_write(struct exec_page_writer *w, const struct exec_page *page,
                struct buf *out)
{
    char lower[128];
    struct str essence = exec_essence(page->type, lower);
    const char *charset = exec_charset(page, essence);
    struct json_line line;
    size_t at = out->n;
    enum err e = ERR_OK, end;

    json_line_begin(&line, out);
    json_line_str(&line, "url", page->url);
    json_line_time(&line, "time", page->time_us);
    json_line_int(&line, "status", page->status);
    if (essence.n > 0)
        json_line_str(&line, "type", essence);
    if (charset)
        json_line_str(&line, "charset", str_from(charset));
    json_line_int(&line, "depth", (int64_t)page->depth);
    if (page->referrer.n > 0)
        json_line_str(&line, "referrer", page->referrer);
    if (page->is_truncated)
        json_line_bool(&line, "truncated", true);
    if (page->record.n > 0)
        json_line_str(&line, "warc_record_id", page->record);
    exec_write_headers(page->headers, &line);
    if (page->how == EXEC_BODY_TEXT && charset)
        e = exec_write_text(w, page, charset, &line);
    else if (page->how != EXEC_BODY_NONE)
        e = exec_write_base64(w, page->body, &line);
    end = json_line_end(&line);
    if (e != ERR_OK)
        out->n = at;
    return e != ERR_OK ? e : end;
}
