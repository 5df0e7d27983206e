/*
 * The steps and their order are those of the Internet Archive's "surt"
 * library: first Google's Safe Browsing canonicalisation (percent-decode until
 * nothing changes, then encode once), then the Archive's own.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/surt.h"

#include <stdlib.h>

enum { SURT_PARAMS_MAX = 1024 }; /* with more they stay in their order */

/* --- percent-encoding --- */

static int
surt_hex(char c)
{
    if (str_is_digit(c))
        return c - '0';
    c = str_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode p[0..n) in place, once; the new length. */
static size_t
surt_decode(char *p, size_t n)
{
    size_t out = 0;

    for (size_t i = 0; i < n; i++) {
        int high = i + 2 < n && p[i] == '%' ? surt_hex(p[i + 1]) : -1;
        int low = high >= 0 ? surt_hex(p[i + 2]) : -1;

        if (low >= 0) {
            p[out++] = (char)(high * 16 + low);
            i += 2;
        } else {
            p[out++] = p[i];
        }
    }
    return out;
}

/* As long as there is something to decode: "%2525" is "%". */
static size_t
surt_decode_all(char *p, size_t n)
{
    size_t before;

    do {
        before = n;
        n = surt_decode(p, n);
    } while (n < before);
    return n;
}

/* Lower-case, and whatever may not stand in a line's key percent-encoded. */
static enum err
surt_encode(struct str s, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c > ' ' && c < 0x7f && c != '%' && c != '#')
            e = buf_add_char(out, str_lower((char)c));
        else
            e = buf_add(out, (char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
    }
    return e;
}

/* --- host --- */

/* "www.", "www2.": what the Archive takes off a host's head. */
static struct str
surt_without_www(struct str host)
{
    size_t n = 3;

    if (!str_starts(host, STR("www")))
        return host;
    while (n < host.n && str_is_digit(host.p[n]))
        n++;
    if (n >= host.n || host.p[n] != '.')
        return host;
    return (struct str){host.p + n + 1, host.n - n - 1};
}

/* "a.example.com" as "com,example,a"; addresses too, as the field has it. */
static enum err
surt_host(struct str host, struct buf *out)
{
    enum err e = ERR_OK;

    while (host.n > 0 && host.p[host.n - 1] == '.')
        host.n--;
    host = surt_without_www(host);
    while (e == ERR_OK && host.n > 0) {
        const char *dot = memrchr(host.p, '.', host.n);
        struct str label = host;

        if (dot)
            label = (struct str){dot + 1, host.n - (size_t)(dot + 1 - host.p)};
        e = buf_add_str(out, label);
        if (e == ERR_OK && dot)
            e = buf_add_char(out, ',');
        host.n = dot ? (size_t)(dot - host.p) : 0;
    }
    return e;
}

/* --- path --- */

/* Segments "." and empty ones go, ".." takes its parent along. */
static size_t
surt_tidy_path(char *p, size_t n)
{
    size_t out = 0, i = 0;

    while (i < n) {
        size_t begin = ++i; /* behind the slash */
        struct str segment;
        bool is_last;

        while (i < n && p[i] != '/')
            i++;
        is_last = i == n;
        segment = (struct str){p + begin, i - begin};
        if (str_equal(segment, STR("..")) && out > 0) {
            while (out > 0 && p[--out] != '/')
                ;
        } else if (!str_equal(segment, STR(".")) &&
                   (segment.n > 0 || is_last)) {
            p[out++] = '/';
            memmove(p + out, segment.p, segment.n);
            out += segment.n;
        }
    }
    return out;
}

/* How many bytes of s, at its head, are n letters or digits: n or 0. */
static size_t
surt_token(struct str s, size_t n)
{
    if (s.n < n)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (!str_is_digit(s.p[i]) && !str_is_alpha(s.p[i]))
            return 0;
    return n;
}

/* The length of "(24 letters)/" or "(S(24 letters)F(24 letters))/", or 0. */
static size_t
surt_session_folder(struct str s)
{
    enum { TOKEN = 24 };
    size_t n = 1;

    if (!str_starts(s, STR("(")))
        return 0;
    s = (struct str){s.p + 1, s.n - 1};
    if (surt_token(s, TOKEN) > 0)
        n += TOKEN;
    else
        while (s.n > TOKEN + 3 && str_is_alpha(s.p[0]) && s.p[1] == '(' &&
               surt_token((struct str){s.p + 2, s.n - 2}, TOKEN) > 0 &&
               s.p[TOKEN + 2] == ')') {
            n += TOKEN + 3;
            s = (struct str){s.p + TOKEN + 3, s.n - TOKEN - 3};
        }
    if (n == 1 + TOKEN)
        s = (struct str){s.p + TOKEN, s.n - TOKEN};
    return n > 1 && str_starts(s, STR(")/")) ? n + 2 : 0;
}

/* ASP.NET's sessions: "/(S(24 letters))/x.aspx" is "/x.aspx". */
static size_t
surt_strip_path_session(char *p, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        struct str rest = {p + i + 1, n - i - 1};
        size_t folder = p[i] == '/' ? surt_session_folder(rest) : 0;
        struct str page = {rest.p + folder, rest.n - folder};
        size_t aspx = folder > 0 ? str_find_nocase(page, STR(".aspx")) : 0;

        if (folder == 0 || aspx == page.n || aspx == 0 ||
            memchr(page.p, '?', aspx) != NULL)
            continue;
        memmove(p + i + 1, page.p, page.n);
        return n - folder;
    }
    return n;
}

static enum err
surt_path(struct str path, struct buf *scratch, struct buf *out)
{
    size_t n;

    buf_reset(scratch);
    if (buf_add_str(scratch, path) != ERR_OK)
        return ERR_NOMEM;
    n = surt_decode_all(scratch->p, scratch->n);
    n = surt_tidy_path(scratch->p, n);
    n = surt_strip_path_session(scratch->p, n);
    if (n > 1 && scratch->p[n - 1] == '/')
        n--;
    if (n == 0)
        return buf_add_char(out, '/');
    return surt_encode((struct str){scratch->p, n}, out);
}

/* --- query --- */

/* Session ids: a name, some letters more of it, "=", and so many letters. */
static const struct surt_session {
    struct str name;
    size_t name_more;
    size_t value; /* 0: ColdFusion's pair, of any length */
} surt_sessions[] = {
    {{"jsessionid", 10}, 0, 32}, {{"phpsessid", 9}, 0, 32},
    {{"sid", 3}, 0, 32},         {{"aspsessionid", 12}, 8, 24},
    {{"cfid", 4}, 0, 0},
};

/* "cfid=1&cftoken=2" at the head of s: its length, or 0. */
static size_t
surt_cold_fusion(struct str s)
{
    struct str rest = s, cfid = str_cut(&rest, '&'), token;

    if (cfid.n <= STR("cfid=").n || !str_starts(cfid, STR("cfid=")))
        return 0;
    token = str_cut(&rest, '&');
    if (token.n <= STR("cftoken=").n || !str_starts(token, STR("cftoken=")))
        return 0;
    return cfid.n + 1 + token.n;
}

/* The length of s's head that is such a session id, or 0. */
static size_t
surt_session(const struct surt_session *session, struct str s)
{
    size_t name = session->name.n + session->name_more;
    size_t n = name + 1 + session->value;

    if (session->value == 0)
        return surt_cold_fusion(s);
    if (s.n < n || !str_starts(s, session->name) || s.p[name] != '=' ||
        (s.n > n && s.p[n] != '&') ||
        surt_token((struct str){s.p + name + 1, s.n - name - 1},
                   session->value) == 0)
        return 0;
    for (size_t i = session->name.n; i < name; i++)
        if (!str_is_alpha(s.p[i]))
            return 0;
    return n;
}

/* Of each kind the last one goes, wherever it stands, and the "&" behind. */
static size_t
surt_strip_sessions(char *p, size_t n)
{
    size_t kinds = sizeof(surt_sessions) / sizeof(surt_sessions[0]);

    for (size_t kind = 0; kind < kinds; kind++)
        for (size_t i = n; i-- > 0;) {
            size_t gone =
                surt_session(&surt_sessions[kind], (struct str){p + i, n - i});

            if (gone == 0)
                continue;
            if (i + gone < n)
                gone++;
            memmove(p + i, p + i + gone, n - i - gone);
            n -= gone;
            break;
        }
    return n;
}

/* By name, then by value; a name without "=" before the same with one. */
static int
surt_compare(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    size_t n = x->n < y->n ? x->n : y->n, i = 0;

    while (i < n && x->p[i] == y->p[i] && x->p[i] != '=')
        i++;
    if (i < n && x->p[i] != y->p[i]) {
        /* "=" ends a name, and what has ended comes first */
        if (x->p[i] == '=' || y->p[i] == '=')
            return x->p[i] == '=' ? -1 : 1;
        return (unsigned char)x->p[i] < (unsigned char)y->p[i] ? -1 : 1;
    }
    if (i < n) {
        int order = memcmp(x->p + i, y->p + i, n - i);

        if (order != 0)
            return order;
    }
    return (x->n > y->n) - (x->n < y->n);
}

static enum err
surt_put_params(struct str query, struct buf *out)
{
    struct str params[SURT_PARAMS_MAX];
    size_t count = 1;
    enum err e;

    for (size_t i = 0; i < query.n; i++)
        count += query.p[i] == '&';
    if (count > SURT_PARAMS_MAX)
        return buf_add_str(out, query);
    for (size_t i = 0; i < count; i++)
        params[i] = str_cut(&query, '&');
    qsort(params, count, sizeof(params[0]), surt_compare);
    e = buf_add_str(out, params[0]);
    for (size_t i = 1; e == ERR_OK && i < count; i++) {
        e = buf_add_char(out, '&');
        if (e == ERR_OK)
            e = buf_add_str(out, params[i]);
    }
    return e;
}

static enum err
surt_query(struct str query, struct buf *scratch, struct buf *out)
{
    size_t begin = out->n;
    struct str encoded;
    enum err e;

    buf_reset(scratch);
    if (query.n == 0)
        return ERR_OK;
    if (buf_add_str(scratch, query) != ERR_OK)
        return ERR_NOMEM;
    scratch->n = surt_decode_all(scratch->p, scratch->n);
    e = surt_encode(buf_str(scratch), out);
    if (e != ERR_OK)
        return e;
    encoded = (struct str){out->p + begin, out->n - begin};
    buf_reset(scratch);
    if (buf_add_str(scratch, encoded) != ERR_OK)
        return ERR_NOMEM;
    out->n = begin;
    scratch->n = surt_strip_sessions(scratch->p, scratch->n);
    if (scratch->n == 0)
        return ERR_OK;
    e = buf_add_char(out, '?');
    return e == ERR_OK ? surt_put_params(buf_str(scratch), out) : e;
}

/* --- the key --- */

enum err
surt_key(const struct url *url, struct buf *out)
{
    size_t begin = out->n;
    struct buf scratch;
    enum err e;

    buf_init(&scratch, url->target.n * 3); /* percent-encoded */
    e = surt_host(url->host, out);
    if (e == ERR_OK && url->port != url_default_port(url->scheme))
        e = buf_addf(out, ":%u", (unsigned)url->port);
    if (e == ERR_OK)
        e = buf_add_char(out, ')');
    if (e == ERR_OK)
        e = surt_path(url->path, &scratch, out);
    if (e == ERR_OK)
        e = surt_query(url->query, &scratch, out);
    buf_fini(&scratch);
    if (e != ERR_OK)
        out->n = begin;
    return e;
}
