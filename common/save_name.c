/* SPDX-License-Identifier: MIT */
#include "common/save_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

enum {
    SAVE_EXTENSION_MAX =
        10, /* bytes with its dot: ".jpeg", ".webmanifest" no */
    /* left free behind a file's name: for "~file" or a mark of 17 */
    SAVE_MARK_ROOM = SAVE_MARK_BYTES,
    SAVE_PART_BYTES = 3 * 8192 /* each byte of a URL may become three */
};

/* --- bytes --- */

static int
save_hex(char c)
{
    c = str_lower(c);
    if (str_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that text begins with an escape of, or -1. */
static int
save_escaped(struct str text)
{
    int high, low;

    if (text.n < 3 || text.p[0] != '%')
        return -1;
    high = save_hex(text.p[1]);
    low = save_hex(text.p[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* What stands for itself though it was escaped: RFC 3986, 2.3, and blanks. */
static bool
save_is_plain(int byte)
{
    return byte > 0 && byte < 0x80 &&
           (str_is_alpha((char)byte) || str_is_digit((char)byte) ||
            strchr("-._~ ", byte) != NULL);
}

static bool
save_is_unsafe(char c)
{
    return c < 0x20 || c >= 0x7f || strchr("/\\:*?\"<>|", c) != NULL;
}

static enum err
save_add_byte(struct buf *out, char c, bool is_small)
{
    return buf_addf(out, is_small ? "%%%02x" : "%%%02X", (unsigned char)c);
}

/* at: '@' is kept; it parts path and query, so the file's path has none. */
static enum err
save_add_text(struct str text, bool has_at, struct buf *out)
{
    enum err e = ERR_OK;

    while (text.n > 0 && e == ERR_OK) {
        int byte = save_escaped(text);
        size_t n = byte < 0 ? 1 : 3;
        char c = text.p[0];

        if (byte >= 0 && save_is_plain(byte))
            e = buf_add_char(out, (char)byte);
        else if (byte >= 0)
            e = save_add_byte(out, (char)byte, false);
        else if (save_is_unsafe(c) || c == '%' || (c == '@' && !has_at))
            e = save_add_byte(out, c, true);
        else
            e = buf_add_char(out, c);
        text.p += n;
        text.n -= n;
    }
    return e;
}

/* --- parts --- */

/* Escape the byte at, which stands for itself. */
static enum err
save_escape_at(struct buf *b, size_t at)
{
    unsigned char c = (unsigned char)b->p[at];
    char text[4];
    enum err e = buf_reserve(b, 2);

    if (e != ERR_OK)
        return e;
    snprintf(text, sizeof(text), "%%%02x", c);
    memmove(b->p + at + 3, b->p + at + 1, b->n - at - 1);
    memcpy(b->p + at, text, 3);
    b->n += 2;
    return ERR_OK;
}

/* Names that DOS took for devices, whatever stands behind their first dot. */
static bool
save_is_device(struct str part)
{
    static const char *const names[] = {"con", "prn",    "aux",
                                        "nul", "conin$", "conout$"};
    struct str stem = str_trim(str_cut(&part, '.'));

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_equal_nocase(stem, str_from(names[i])))
            return true;
    return stem.n == 4 && str_is_digit(stem.p[3]) &&
           (str_starts_nocase(stem, STR("com")) ||
            str_starts_nocase(stem, STR("lpt")));
}

/* What a part must not be at its ends or as a whole. */
static enum err
save_mend(struct buf *b, size_t from)
{
    enum err e = ERR_OK;

    if (b->n == from)
        return buf_add_str(b, STR("%2f")); /* between two slashes */
    if (b->p[b->n - 1] == '.' || b->p[b->n - 1] == ' ')
        e = save_escape_at(b, b->n - 1);
    if (e == ERR_OK && save_is_device((struct str){b->p + from, b->n - from}))
        e = save_escape_at(b, from);
    return e;
}

/* A dot and a few letters and digits, one letter at least; or empty. */
static struct str
save_extension(struct str part)
{
    struct str none = {part.p + part.n, 0};
    bool has_letter = false;
    size_t n = 1;

    for (; n <= part.n && n <= SAVE_EXTENSION_MAX; n++) {
        char c = part.p[part.n - n];

        if (c == '.')
            break;
        if (!str_is_alpha(c) && !str_is_digit(c))
            return none;
        has_letter = has_letter || str_is_alpha(c);
    }
    if (n > SAVE_EXTENSION_MAX || n >= part.n || !has_letter)
        return none; /* none, too long, or all of the name */
    return (struct str){part.p + part.n - n, n};
}

/* Whether it ends as only a mark of ours should. */
static bool
save_is_marked(struct str part)
{
    struct str stem = {part.p, part.n - save_extension(part).n};
    size_t digits = SAVE_MARK_BYTES - 2;

    if (str_ends(stem, STR(SAVE_MARK_ASIDE)))
        return true;
    if (stem.n <= digits || stem.p[stem.n - digits - 1] != '~')
        return false;
    for (size_t i = stem.n - digits; i < stem.n; i++)
        if (save_hex(stem.p[i]) < 0)
            return false;
    return true;
}

void
save_name_mark(struct str text, char out[SAVE_MARK_BYTES])
{
    snprintf(out, SAVE_MARK_BYTES, "~%016" PRIx64,
             (uint64_t)XXH3_64bits(text.p, text.n));
}

/* Never in the middle of an escape. */
static size_t
save_cut_at(struct str text, size_t n)
{
    if (n > 0 && text.p[n - 1] == '%')
        return n - 1;
    return n > 1 && text.p[n - 2] == '%' ? n - 2 : n;
}

/* The part of out that begins at from gets the mark, and fits into most. */
static enum err
save_mark(struct buf *out, size_t from, const char *mark, size_t most)
{
    struct str part = {out->p + from, out->n - from};
    struct str found = save_extension(part);
    char extension[SAVE_EXTENSION_MAX];
    size_t room = most - found.n - strlen(mark);
    size_t stem = part.n - found.n;
    enum err e;

    memcpy(extension, found.p, found.n);
    if (stem > room)
        stem = save_cut_at(part, room);
    out->n = from + stem;
    e = buf_add_str(out, str_from(mark));
    if (e == ERR_OK)
        e = buf_add(out, extension, found.n);
    return e;
}

/* A whole part stands from from on: bounded, and like no mark of ours. */
static enum err
save_bound(struct buf *out, size_t from, size_t most, bool *is_cut)
{
    struct str part = {out->p + from, out->n - from};
    char mark[SAVE_MARK_BYTES];

    if (part.n <= most && !save_is_marked(part))
        return ERR_OK;
    *is_cut = *is_cut || part.n > most;
    save_name_mark(part, mark);
    return save_mark(out, from, mark, most);
}

/* --- the name --- */

static enum err
save_host(const struct save_name_rules *rules, const struct url *url,
          struct buf *out, bool *is_cut)
{
    size_t from = out->n;
    enum err e = save_add_text(url->host, true, out);

    if (e == ERR_OK)
        e = save_mend(out, from);
    if (e == ERR_OK && out->p[from] == '.') /* those names are for others */
        e = save_escape_at(out, from);
    if (e == ERR_OK && url->port != url_default_port(url->scheme))
        e = buf_addf(out, "+%u", (unsigned)url->port);
    return e == ERR_OK ? save_bound(out, from, rules->name_max, is_cut) : e;
}

/* All but the last segment; *path: that one.  False: they do not all fit. */
static enum err
save_folders(const struct save_name_rules *rules, struct str *path,
             struct buf *out, size_t start, bool *do_fit, bool *is_cut)
{
    size_t most = SAVE_PATH_MAX - SAVE_NAME_MAX - 1;
    enum err e = ERR_OK;

    *do_fit = true;
    str_cut(path, '/'); /* the first one */
    while (e == ERR_OK && path->n > 0 && memchr(path->p, '/', path->n)) {
        struct str segment = str_cut(path, '/');
        size_t before = out->n;

        if (!*do_fit)
            continue;
        e = buf_add_char(out, '/');
        if (e == ERR_OK)
            e = save_add_text(segment, true, out);
        if (e == ERR_OK)
            e = save_mend(out, before + 1);
        if (e == ERR_OK)
            e = save_bound(out, before + 1, rules->name_max, is_cut);
        if (e == ERR_OK && out->n - start > most) {
            out->n = before;
            *do_fit = false;
        }
    }
    return e;
}

static bool
save_has_extension(struct str part, struct str extension)
{
    struct str found = save_extension(part);

    if (found.n > 0) {
        found.p++;
        found.n--;
    }
    return str_equal_nocase(found, extension) ||
           (str_equal(extension, STR("html")) &&
            str_equal_nocase(found, STR("htm")));
}

static enum err
save_file(const struct save_name_rules *rules, const struct url *url,
          struct str segment, struct str extension, struct buf *out)
{
    size_t from = out->n;
    enum err e = segment.n > 0 ? save_add_text(segment, false, out)
                               : save_add_text(rules->default_page, false, out);

    if (e == ERR_OK && url->query.p) {
        e = buf_add_char(out, '@');
        if (e == ERR_OK)
            e = save_add_text(url->query, true, out);
    }
    if (e == ERR_OK && extension.n > 0 &&
        !save_has_extension((struct str){out->p + from, out->n - from},
                            extension)) {
        e = buf_add_char(out, '.');
        if (e == ERR_OK)
            e = buf_add_str(out, extension);
    }
    return e == ERR_OK ? save_mend(out, from) : e;
}

enum err
save_name(const struct save_name_rules *rules, const struct url *url,
          struct str extension, struct buf *out, bool *is_cut)
{
    size_t start = out->n, from, most = rules->name_max - SAVE_MARK_ROOM;
    struct str path = url->path;
    bool do_fit = true;
    struct buf name;
    enum err e;

    *is_cut = false;
    buf_init(&name, SAVE_PART_BYTES);
    e = save_host(rules, url, &name, is_cut);
    if (e == ERR_OK)
        e = save_folders(rules, &path, &name, 0, &do_fit, is_cut);
    if (e == ERR_OK)
        e = buf_add_char(&name, '/');
    from = name.n;
    if (e == ERR_OK)
        e = save_file(rules, url, path, extension, &name);
    if (e == ERR_OK && !do_fit) {
        char mark[SAVE_MARK_BYTES];

        *is_cut = true;
        save_name_mark(url->target, mark);
        e = save_mark(&name, from, mark, most);
    } else if (e == ERR_OK) {
        e = save_bound(&name, from, most, is_cut);
    }
    if (e == ERR_OK)
        e = buf_add_str(out, buf_str(&name));
    if (e != ERR_OK)
        out->n = start;
    buf_fini(&name);
    return e;
}

bool
save_name_is_page(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (save_is_unsafe(text.p[i]))
            return false;
    return text.n > 0 && text.n <= SAVE_NAME_LEAST &&
           !str_equal(text, STR(".")) && !str_equal(text, STR(".."));
}

enum err
save_name_marked(struct str name, const char *mark, struct buf *out)
{
    const char *slash = name.n > 0 ? memrchr(name.p, '/', name.n) : NULL;
    size_t from = out->n + (slash ? (size_t)(slash + 1 - name.p) : 0);
    enum err e = buf_add_str(out, name);

    return e == ERR_OK ? save_mark(out, from, mark, SIZE_MAX) : e;
}
