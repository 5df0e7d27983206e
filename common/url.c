/*
 * The state machine of the WHATWG URL standard (section 4.4), unrolled: for
 * http, https and ftp alone it falls into a scheme, an authority, a path and a
 * query that can each be found by one look ahead, so each part is copied in
 * runs of bytes that stay as they are.  State names in the comments are the
 * standard's.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/url.h"

#include <stdlib.h>

#include "common/host.h"
#include "common/utf8.h"

/* What is to be done with a byte; 0: it is percent-encoded everywhere. */
enum {
    P = 1,     /* stays as it is in a path (path percent-encode set) */
    Q = 2,     /* stays in a query (special-query percent-encode set) */
    S = 4 | Q, /* ends a path's segment, stays in a query */
    D = 8 | S, /* "/": the one of them that a canonical path holds */
    B = P | Q, /* stays in both */
    URL_SEGMENT_END = 4,
    URL_SLASH = 8,
};

/* clang-format off */
static const uint8_t url_class[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 00 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 10 */
    0, B, 0, 0, B, B, B, P, B, B, B, B, B, B, B, D, /*  !"#$%&'()*+,-./ */
    B, B, B, B, B, B, B, B, B, B, B, B, 0, B, 0, S, /* 0123456789:;<=>? */
    B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, /* @ABCDEFGHIJKLMNO */
    B, B, B, B, B, B, B, B, B, B, B, B, S, B, Q, B, /* PQRSTUVWXYZ[\]^_ */
    Q, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, /* `abcdefghijklmno */
    B, B, B, B, B, B, B, B, B, B, B, Q, B, Q, B, 0, /* pqrstuvwxyz{|}~  */
};
/* clang-format on */

/* Where the parts of a text in the making lie; the text may still move. */
struct url_spans {
    size_t host_at, host_n;
    size_t path_at;  /* the end of the origin */
    size_t query_at; /* behind the "?"; 0 when there is none */
    uint16_t port;
    enum url_scheme scheme;
    bool has_ftp; /* an ftp URL is one of ours */
};

static const struct {
    struct str head;
    uint16_t port;
} url_schemes[] = {
    [URL_HTTP] = {{"http://", 7}, 80},
    [URL_HTTPS] = {{"https://", 8}, 443},
    [URL_FTP] = {{"ftp://", 6}, 21},
};

static inline uint8_t
url_class_of(char c)
{
    return url_class[(unsigned char)c];
}

static inline bool
url_is_slash(char c)
{
    return c == '/' || c == '\\';
}

static inline struct str
url_behind(struct str s, size_t n)
{
    return (struct str){s.p + n, s.n - n};
}

/* buf_add(), its common case without a call. */
static inline enum err
url_put(struct buf *out, const char *p, size_t n)
{
    if (n > out->cap - out->n)
        return buf_add(out, p, n);
    if (n > 0)
        memcpy(out->p + out->n, p, n);
    out->n += n;
    return ERR_OK;
}

/* C0 controls and blanks at both ends (4.4, step 1). */
static struct str
url_trim(struct str s)
{
    while (s.n > 0 && (unsigned char)s.p[0] <= 0x20)
        s = url_behind(s, 1);
    while (s.n > 0 && (unsigned char)s.p[s.n - 1] <= 0x20)
        s.n--;
    return s;
}

static inline bool
url_is_newline(char c)
{
    return c == '\t' || c == '\n' || c == '\r';
}

/* Whether there is a tab, LF or CR to strip: hardly ever. */
static bool
url_has_newline(struct str s)
{
    const uint64_t ones = 0x0101010101010101u;
    size_t i = 0;

    for (; s.n - i >= 8; i += 8) {
        uint64_t eight;

        memcpy(&eight, s.p + i, 8);
        /* a byte's top bit is set where it is below 0x0e; none is missed */
        if (((eight - ones * 0x0e) & ~eight & ones * 0x80) == 0)
            continue;
        for (size_t k = i; k < i + 8; k++)
            if (url_is_newline(s.p[k]))
                return true;
    }
    for (; i < s.n; i++)
        if (url_is_newline(s.p[i]))
            return true;
    return false;
}

/* How long the scheme is with its ":", 0 when there is none (scheme state). */
static size_t
url_scheme_length(struct str ref)
{
    if (ref.n == 0 || !str_is_alpha(ref.p[0]))
        return 0;
    for (size_t i = 1; i < ref.n; i++) {
        char c = ref.p[i];

        if (c == ':')
            return i + 1;
        if (!str_is_alpha(c) && !str_is_digit(c) && c != '+' && c != '-' &&
            c != '.')
            return 0;
    }
    return 0;
}

/* Which one it is, with its ":"; false: none of ours. */
static bool
url_read_scheme(struct str text, bool has_ftp, enum url_scheme *scheme)
{
    if (str_equal_nocase(text, STR("http:")))
        *scheme = URL_HTTP;
    else if (str_equal_nocase(text, STR("https:")))
        *scheme = URL_HTTPS;
    else if (has_ftp && str_equal_nocase(text, STR("ftp:")))
        *scheme = URL_FTP;
    else
        return false;
    return true;
}

/*
 * How many bytes of a broken sequence one U+FFFD stands for: the longest head
 * of a well-formed one, at least one byte (Encoding standard, 8.1.1).
 */
static size_t
url_broken_length(const char *p, size_t n)
{
    const unsigned char *s = (const unsigned char *)p;
    unsigned lowest = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    unsigned highest = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    size_t need, len = 1;

    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 1;
    need = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    while (len < need && len < n && s[len] >= lowest && s[len] <= highest) {
        lowest = 0x80;
        highest = 0xbf;
        len++;
    }
    return len;
}

/* "UTF-8 percent-encode" (1.3) of what stands at p; *used: its bytes. */
static enum err
url_put_encoded(struct buf *out, const char *p, size_t n, size_t *used)
{
    static const char hex[] = "0123456789ABCDEF";
    char text[3 * 4];
    uint32_t rune;

    *used = utf8_decode(p, n, &rune);
    if (*used == 0) {
        *used = url_broken_length(p, n);
        return url_put(out, "%EF%BF%BD", 9);
    }
    for (size_t i = 0; i < *used; i++) {
        unsigned char c = (unsigned char)p[i];

        text[3 * i] = '%';
        text[3 * i + 1] = hex[c >> 4];
        text[3 * i + 2] = hex[c & 15];
    }
    return url_put(out, text, 3 * *used);
}

/* Copies s to its end, or with ends to a byte of class ends, and cuts it. */
static enum err
url_put_part(struct buf *out, struct str *s, unsigned stays, unsigned ends)
{
    enum err e = ERR_OK;

    while (e == ERR_OK) {
        size_t n = 0;

        while (n < s->n && (url_class_of(s->p[n]) & stays) != 0)
            n++;
        e = url_put(out, s->p, n);
        *s = url_behind(*s, n);
        if (s->n == 0 || (url_class_of(s->p[0]) & ends) != 0)
            break;
        if (e == ERR_OK) {
            e = url_put_encoded(out, s->p, s->n, &n);
            *s = url_behind(*s, n);
        }
    }
    return e;
}

/*
 * Whether a segment is "." (1) or ".." (2), also as "%2e"; *len: its bytes.
 */
static int
url_dots(struct str s, size_t *len)
{
    size_t at = 0;
    int dots = 0;

    for (; dots < 3; dots++) {
        if (at < s.n && s.p[at] == '.')
            at++;
        else if (s.n - at >= 3 && s.p[at] == '%' && s.p[at + 1] == '2' &&
                 str_lower(s.p[at + 2]) == 'e')
            at += 3;
        else
            break;
    }
    *len = at;
    if (at < s.n && (url_class_of(s.p[at]) & URL_SEGMENT_END) == 0)
        return 0;
    return dots < 3 ? dots : 0;
}

/*
 * Path state: ref's path, up to "?" or the end, behind a "/" that out ends
 * with; path_at is where the path begins.  "Shorten" drops one segment of
 * out, so every byte is dropped at most once.
 */
static enum err
url_put_path(struct buf *out, struct str *ref, size_t path_at)
{
    enum err e = ERR_OK;

    while (e == ERR_OK && ref->n > 0 && ref->p[0] != '?') {
        size_t len;
        int dots =
            ref->p[0] == '.' || ref->p[0] == '%' ? url_dots(*ref, &len) : 0;

        if (dots > 0) {
            *ref = url_behind(*ref, len);
            if (dots == 2 && out->n - 1 > path_at) {
                for (out->n--; out->p[out->n - 1] != '/';)
                    out->n--;
            }
        } else {
            e = url_put_part(out, ref, P, URL_SEGMENT_END);
        }
        if (e != ERR_OK || ref->n == 0 || ref->p[0] == '?')
            break;
        *ref = url_behind(*ref, 1);
        if (dots == 0)
            e = url_put(out, "/", 1);
    }
    return e;
}

/* Query state.  A document's own charset would be put to use here. */
static enum err
url_put_query(struct buf *out, struct str ref, struct url_spans *spans)
{
    enum err e;

    if (ref.n == 0)
        return ERR_OK;
    e = url_put(out, "?", 1);
    spans->query_at = out->n;
    ref = url_behind(ref, 1);
    return e == ERR_OK ? url_put_part(out, &ref, Q, 0) : e;
}

/* Port state; *port is left alone when there are no digits. */
static bool
url_read_port(struct str digits, uint16_t *port)
{
    uint32_t value = 0;

    for (size_t i = 0; i < digits.n; i++) {
        if (!str_is_digit(digits.p[i]))
            return false;
        value = value * 10 + (uint32_t)(digits.p[i] - '0');
        if (value > UINT16_MAX)
            return false;
    }
    if (digits.n > 0)
        *port = (uint16_t)value;
    return true;
}

/*
 * Authority and host state: cuts ref behind the authority.  The last "@"
 * before the end ends the userinfo, whatever else stands in it.
 */
static void
url_cut_authority(struct str *ref, struct str *host, struct str *port)
{
    size_t i = 0, start = 0, colon = SIZE_MAX;
    bool in_brackets = false;

    for (; i < ref->n; i++) {
        char c = ref->p[i];

        if ((url_class_of(c) & URL_SEGMENT_END) != 0)
            break;
        if (c == '@') {
            start = i + 1;
            colon = SIZE_MAX;
            in_brackets = false;
        } else if (c == ':' && !in_brackets && colon == SIZE_MAX) {
            colon = i;
        } else if (c == '[' || c == ']') {
            in_brackets = c == '[';
        }
    }
    if (colon == SIZE_MAX)
        colon = i;
    *host = (struct str){ref->p + start, colon - start};
    *port = (struct str){ref->p + colon, i - colon};
    if (port->n > 0)
        *port = url_behind(*port, 1); /* the colon */
    *ref = url_behind(*ref, i);
}

static enum err
url_put_port(struct buf *out, uint16_t port)
{
    char text[6];
    size_t at = sizeof(text);

    do
        text[--at] = (char)('0' + port % 10);
    while ((port /= 10) > 0);
    text[--at] = ':';
    return url_put(out, text + at, sizeof(text) - at);
}

/* "http://", the host and the port; ref begins behind the slashes. */
static enum err
url_put_origin(struct buf *out, struct str *ref, const struct url *base,
               struct url_spans *spans)
{
    const uint16_t default_port = url_default_port(spans->scheme);
    char canonical[HOST_MAX];
    struct str host, port;
    enum err e = ERR_OK;

    url_cut_authority(ref, &host, &port);
    spans->port = default_port;
    if (host.n == 0 || !url_read_port(port, &spans->port))
        return ERR_INVALID;
    if (base == NULL || !str_equal(host, base->host)) {
        e = host_parse(host, canonical, &host.n);
        host.p = canonical;
    }
    if (e == ERR_OK)
        e = url_put(out, url_schemes[spans->scheme].head.p,
                    url_schemes[spans->scheme].head.n);
    spans->host_at = out->n;
    spans->host_n = host.n;
    if (e == ERR_OK)
        e = url_put(out, host.p, host.n);
    if (e == ERR_OK && spans->port != default_port)
        e = url_put_port(out, spans->port);
    spans->path_at = out->n;
    return e;
}

/* The head of base's text, as far as before, is the head of ours. */
static enum err
url_put_head(struct buf *out, const struct url *base, const char *before,
             struct url_spans *spans)
{
    spans->host_at = (size_t)(base->host.p - base->text.p);
    spans->host_n = base->host.n;
    spans->path_at = base->origin.n;
    spans->port = base->port;
    if (before == base->text.p + base->text.n && base->query.p != NULL)
        spans->query_at = (size_t)(base->query.p - base->text.p);
    return url_put(out, base->text.p, (size_t)(before - base->text.p));
}

/* Behind the origin: path start state, path and query. */
static enum err
url_put_target(struct buf *out, struct str ref, struct url_spans *spans)
{
    enum err e = url_put(out, "/", 1);

    if (ref.n > 0 && url_is_slash(ref.p[0]))
        ref = url_behind(ref, 1);
    if (e == ERR_OK)
        e = url_put_path(out, &ref, spans->path_at);
    return e == ERR_OK ? url_put_query(out, ref, spans) : e;
}

/* Relative state, for a reference without an authority. */
static enum err
url_put_relative(struct buf *out, struct str ref, const struct url *base,
                 struct url_spans *spans)
{
    const char *path_end = base->path.p + base->path.n;
    const char *slash;
    enum err e;

    if (ref.n == 0)
        return url_put_head(out, base, base->text.p + base->text.n, spans);
    if (url_is_slash(ref.p[0])) {
        e = url_put_head(out, base, base->path.p, spans);
        return e == ERR_OK ? url_put_target(out, ref, spans) : e;
    }
    if (ref.p[0] == '?') {
        e = url_put_head(out, base, path_end, spans);
        return e == ERR_OK ? url_put_query(out, ref, spans) : e;
    }
    slash = memrchr(base->path.p, '/', base->path.n);
    e = url_put_head(out, base, slash + 1, spans);
    if (e == ERR_OK)
        e = url_put_path(out, &ref, spans->path_at);
    return e == ERR_OK ? url_put_query(out, ref, spans) : e;
}

/* Scheme state to relative slash state: whose authority is it? */
static enum err
url_resolve(struct str ref, const struct url *base, struct buf *out,
            struct url_spans *spans)
{
    size_t scheme_n = url_scheme_length(ref);
    bool has_authority;
    enum err e;

    if (scheme_n == 0 && base == NULL)
        return ERR_INVALID;
    spans->scheme = base != NULL ? base->scheme : URL_HTTP;
    has_authority = false;
    if (scheme_n > 0) {
        if (!url_read_scheme((struct str){ref.p, scheme_n}, spans->has_ftp,
                             &spans->scheme))
            return ERR_INVALID;
        ref = url_behind(ref, scheme_n);
        has_authority = base == NULL || base->scheme != spans->scheme;
    }
    if (ref.n >= 2 && url_is_slash(ref.p[0]) && url_is_slash(ref.p[1]))
        has_authority = true;
    if (!has_authority)
        return url_put_relative(out, ref, base, spans);
    while (ref.n > 0 && url_is_slash(ref.p[0]))
        ref = url_behind(ref, 1);
    e = url_put_origin(out, &ref, base, spans);
    return e == ERR_OK ? url_put_target(out, ref, spans) : e;
}

static void
url_fill(struct url *u, struct str text, const struct url_spans *spans)
{
    size_t path_end = spans->query_at > 0 ? spans->query_at - 1 : text.n;

    *u = (struct url){
        .text = text,
        .origin = {text.p, spans->path_at},
        .host = {text.p + spans->host_at, spans->host_n},
        .path = {text.p + spans->path_at, path_end - spans->path_at},
        .query = STR_NONE,
        .target = url_behind(text, spans->path_at),
        .port = spans->port,
        .scheme = spans->scheme,
    };
    if (spans->query_at > 0)
        u->query = url_behind(text, spans->query_at);
}

/* As url_resolve(), with tab, LF and CR taken out first (4.4, step 3). */
static enum err
url_resolve_stripped(struct str ref, const struct url *base, struct buf *out,
                     struct url_spans *spans)
{
    char *copy = malloc(ref.n);
    size_t n = 0;
    enum err e;

    if (copy == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < ref.n; i++)
        if (!url_is_newline(ref.p[i]))
            copy[n++] = ref.p[i];
    e = url_resolve((struct str){copy, n}, base, out, spans);
    free(copy);
    return e;
}

static enum err
url_parse_as(struct str ref, const struct url *base, bool has_ftp,
             struct buf *out, struct url *u)
{
    struct url_spans spans = {.has_ftp = has_ftp};
    enum url_scheme scheme;
    const char *fragment;
    size_t scheme_n;
    enum err e;

    buf_reset(out);
    ref = url_trim(ref);
    scheme_n = url_scheme_length(ref);
    /* at once: a data: URL may have megabytes */
    if (scheme_n > 0 &&
        !url_read_scheme((struct str){ref.p, scheme_n}, has_ftp, &scheme))
        return ERR_INVALID;
    fragment = ref.n > 0 ? memchr(ref.p, '#', ref.n) : NULL;
    if (fragment != NULL)
        ref.n = (size_t)(fragment - ref.p);
    e = url_has_newline(ref) ? url_resolve_stripped(ref, base, out, &spans)
                             : url_resolve(ref, base, out, &spans);
    if (e == ERR_OK)
        url_fill(u, buf_str(out), &spans);
    else
        buf_reset(out);
    return e;
}

enum err
url_parse(struct str ref, const struct url *base, struct buf *out,
          struct url *u)
{
    return url_parse_as(ref, base, base != NULL && base->scheme == URL_FTP, out,
                        u);
}

enum err
url_parse_ftp(struct str ref, const struct url *base, struct buf *out,
              struct url *u)
{
    return url_parse_as(ref, base, true, out, u);
}

/* Finds host, port and the end of the origin; false when one is not right. */
static bool
url_split_origin(struct str text, struct url_spans *spans)
{
    const uint16_t default_port = url_default_port(spans->scheme);
    struct str host, port, rest = url_behind(text, spans->host_at);
    bool has_port;

    url_cut_authority(&rest, &host, &port);
    spans->host_n = host.n;
    spans->path_at = (size_t)(rest.p - text.p);
    spans->port = default_port;
    has_port = host.p + host.n != rest.p;
    /* userinfo would have moved the host away from the "//" */
    return host.p == text.p + spans->host_at && host_looks_canonical(host) &&
           url_read_port(port, &spans->port) &&
           has_port == (spans->port != default_port) &&
           (!has_port || port.p[0] != '0' || port.n == 1);
}

enum err
url_split(struct str canonical, struct url *u)
{
    struct url_spans spans = {0};
    size_t i;

    while (!str_starts(canonical, url_schemes[spans.scheme].head))
        if (spans.scheme++ == URL_FTP)
            return ERR_INVALID;
    spans.host_at = url_schemes[spans.scheme].head.n;
    if (!url_split_origin(canonical, &spans))
        return ERR_INVALID;
    i = spans.path_at;
    if (i == canonical.n || canonical.p[i] != '/')
        return ERR_INVALID;
    while (i < canonical.n &&
           (url_class_of(canonical.p[i]) & (P | URL_SLASH)) != 0)
        i++;
    if (i < canonical.n) {
        if (canonical.p[i++] != '?')
            return ERR_INVALID;
        spans.query_at = i;
        while (i < canonical.n && (url_class_of(canonical.p[i]) & Q) != 0)
            i++;
        if (i < canonical.n)
            return ERR_INVALID;
    }
    url_fill(u, canonical, &spans);
    return ERR_OK;
}

bool
url_host_is_address(struct str host)
{
    return host_is_address(host);
}

uint16_t
url_default_port(enum url_scheme scheme)
{
    return url_schemes[scheme].port;
}

size_t
url_scheme_bytes(enum url_scheme scheme)
{
    return url_schemes[scheme].head.n;
}
