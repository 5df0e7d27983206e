/* SPDX-License-Identifier: MIT */
#include "common/redis.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"

enum {
    REDIS_PORT = 6379,
    REDIS_DB_MAX = 65535,
    REDIS_PART_MAX = 512, /* a password of a cloud's token kind is long */
    REDIS_PATH_MAX = 107  /* sun_path of unix(7) without its NUL */
};

static int
redis_url_hex(char c)
{
    c = str_lower(c);
    if (str_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* s with its %XX decoded, as a C string of its own; NULL when it has a NUL. */
static char *
redis_url_decode(struct str s)
{
    char *out = xmalloc(s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '%') {
            int hi = -1, lo = -1;

            if (s.n - i > 2) {
                hi = redis_url_hex(s.p[i + 1]);
                lo = redis_url_hex(s.p[i + 2]);
            }
            if (hi < 0 || lo < 0)
                goto bad;
            c = (char)(hi * 16 + lo);
            i += 2;
        }
        if (c == '\0')
            goto bad;
        out[n++] = c;
    }
    out[n] = '\0';
    return out;
bad:
    free(out);
    return NULL;
}

static enum err
redis_url_bad(struct redis_url *u, char why[128], const char *text)
{
    redis_url_fini(u);
    snprintf(why, 128, "%s", text);
    return ERR_INVALID;
}

/* "user:password", ":password"; a user alone is of no use to AUTH. */
static const char *
redis_url_take_user(struct str info, struct redis_url *u)
{
    struct str user = str_cut(&info, ':');

    if (info.n == 0)
        return "a user name needs a password: redis://user:password@host";
    if (user.n > REDIS_PART_MAX || info.n > REDIS_PART_MAX)
        return "user name or password is too long";
    if (user.n > 0) {
        u->user = redis_url_decode(user);
        if (u->user == NULL)
            return "bad percent-encoding in the user name";
    }
    u->password = redis_url_decode(info);
    return u->password ? NULL : "bad percent-encoding in the password";
}

static const char *
redis_url_take_db(struct str text, struct redis_url *u)
{
    uint64_t db = 0;

    if (text.n > 0 && !str_to_u64(text, REDIS_DB_MAX, &db))
        return "the database is a number: redis://host:6379/2";
    u->db = (int)db;
    return NULL;
}

static const char *
redis_url_take_place(struct str text, struct redis_place *out)
{
    struct str host, rest = text;
    uint64_t port = REDIS_PORT;

    if (text.n > 0 && text.p[0] == '[') { /* an IPv6 address */
        rest.p++;
        rest.n--;
        if (memchr(rest.p, ']', rest.n) == NULL)
            return "the address lacks its ']'";
        host = str_cut(&rest, ']');
        if (rest.n > 0 && rest.p[0] != ':')
            return "a port follows the address after ':'";
        if (rest.n > 0)
            str_cut(&rest, ':');
    } else {
        host = str_cut(&rest, ':');
    }
    if (host.n == 0)
        return "the host is missing: redis://host:6379";
    if (host.n > 253 || memchr(host.p, '\0', host.n) != NULL)
        return "this is no host name";
    if (rest.n > 0 && (!str_to_u64(rest, 65535, &port) || port == 0))
        return "the port is a number from 1 to 65535";
    out->host = xmemdup0(host.p, host.n);
    out->port = (int)port;
    return NULL;
}

/* "host:port,host:port": the first is u's own, the others stand behind. */
static const char *
redis_url_take_hosts(struct str text, struct redis_url *u)
{
    struct redis_place place = {NULL, 0};
    bool has_more = memchr(text.p, ',', text.n) != NULL;
    const char *bad = redis_url_take_place(str_cut(&text, ','), &place);

    if (bad != NULL)
        return bad;
    u->host = place.host;
    u->port = place.port;
    while (has_more) {
        if (u->more_count == REDIS_PLACES_MAX - 1)
            return "at most 8 hosts";
        has_more = memchr(text.p, ',', text.n) != NULL;
        bad =
            redis_url_take_place(str_cut(&text, ','), &u->more[u->more_count]);
        if (bad != NULL)
            return bad;
        u->more_count++;
    }
    return NULL;
}

static const char *
redis_url_tcp(struct str rest, struct redis_url *u)
{
    struct str place = rest, info = STR_NONE;
    const char *at = NULL, *bad = NULL;

    /* The last '@': a password may hold one. */
    for (size_t i = 0; i < rest.n; i++)
        if (rest.p[i] == '@')
            at = rest.p + i;
    if (at != NULL) {
        info = (struct str){rest.p, (size_t)(at - rest.p)};
        place = (struct str){at + 1, rest.n - info.n - 1};
        bad = redis_url_take_user(info, u);
    }
    if (bad == NULL)
        bad = redis_url_take_hosts(str_cut(&place, '/'), u);
    if (bad == NULL)
        bad = redis_url_take_db(place, u);
    return bad;
}

static const char *
redis_url_unix(struct str rest, struct redis_url *u)
{
    struct str path = str_cut(&rest, '?');

    if (path.n == 0 || path.p[0] != '/')
        return "a socket's path begins at the root: unix:///run/redis.sock";
    u->path = redis_url_decode(path);
    if (u->path == NULL)
        return "bad percent-encoding in the path";
    if (strlen(u->path) > REDIS_PATH_MAX)
        return "the path of a socket has at most 107 bytes";
    if (rest.n == 0)
        return NULL;
    if (!str_starts(rest, STR("db=")) || rest.n == 3)
        return "only ?db=N may follow a socket's path";
    rest.p += 3;
    rest.n -= 3;
    return redis_url_take_db(rest, u);
}

enum err
redis_url_parse(struct str text, struct redis_url *out, char why[128])
{
    const struct str tcp = STR("redis://"), tls = STR("rediss://"),
                     sock = STR("unix://");
    struct str rest = text;
    const char *bad;

    *out = (struct redis_url){0};
    why[0] = '\0';
    if (str_starts_nocase(text, tls))
        return redis_url_bad(out, why,
                             "rediss:// needs TLS, which is not built in: put "
                             "a tunnel (stunnel, ssh -L) in between");
    if (str_starts_nocase(text, tcp)) {
        rest = (struct str){text.p + tcp.n, text.n - tcp.n};
        bad = redis_url_tcp(rest, out);
    } else if (str_starts_nocase(text, sock)) {
        rest = (struct str){text.p + sock.n, text.n - sock.n};
        bad = redis_url_unix(rest, out);
    } else {
        bad = "an address of Redis begins with redis:// or unix://";
    }
    return bad ? redis_url_bad(out, why, bad) : ERR_OK;
}

void
redis_url_copy(const struct redis_url *from, struct redis_url *to)
{
    *to = *from;
    to->host = from->host ? xstrdup(from->host) : NULL;
    to->path = from->path ? xstrdup(from->path) : NULL;
    to->user = from->user ? xstrdup(from->user) : NULL;
    to->password = from->password ? xstrdup(from->password) : NULL;
    to->password_file =
        from->password_file ? xstrdup(from->password_file) : NULL;
    for (size_t i = 0; i < from->more_count; i++)
        to->more[i].host = xstrdup(from->more[i].host);
}

void
redis_url_fini(struct redis_url *u)
{
    if (u->password != NULL)
        explicit_bzero(u->password, strlen(u->password));
    free(u->host);
    free(u->path);
    free(u->user);
    free(u->password);
    free(u->password_file);
    for (size_t i = 0; i < u->more_count; i++)
        free(u->more[i].host);
    *u = (struct redis_url){0};
}

size_t
redis_url_places(const struct redis_url *u)
{
    return 1 + u->more_count;
}

struct redis_place
redis_url_place(const struct redis_url *u, size_t which)
{
    which %= redis_url_places(u);
    return which == 0 ? (struct redis_place){u->host, u->port}
                      : u->more[which - 1];
}

/* --- showing it --- */

/* "host:port" or "[address]:port"; returns its length, cut to the room. */
static size_t
redis_url_show_host(struct redis_place place, char *out, size_t room)
{
    bool is_v6 = strchr(place.host, ':') != NULL;
    int n = snprintf(out, room, "%s%.200s%s:%d", is_v6 ? "[" : "", place.host,
                     is_v6 ? "]" : "", place.port);

    return n > 0 && (size_t)n < room ? (size_t)n : room - 1;
}

static void
redis_url_show_path(const struct redis_url *u, char out[256])
{
    if (u->db != 0)
        snprintf(out, 256, "unix://%s?db=%d", u->path, u->db);
    else
        snprintf(out, 256, "unix://%s", u->path);
}

void
redis_url_show_place(const struct redis_url *u, size_t which, char out[256])
{
    char host[224];

    if (u->path != NULL) {
        redis_url_show_path(u, out);
        return;
    }
    redis_url_show_host(redis_url_place(u, which), host, sizeof(host));
    snprintf(out, 256, "redis://%s/%d", host, u->db);
}

void
redis_url_show(const struct redis_url *u, char out[256])
{
    const size_t room = 256 - sizeof("/65535");
    size_t n;

    if (u->path != NULL) {
        redis_url_show_path(u, out);
        return;
    }
    n = (size_t)snprintf(out, 256, "redis://");
    for (size_t i = 0; i < redis_url_places(u); i++) {
        if (i > 0 && n + 1 < room)
            out[n++] = ',';
        n += redis_url_show_host(redis_url_place(u, i), out + n, room - n);
    }
    snprintf(out + n, 256 - n, "/%d", u->db);
}
