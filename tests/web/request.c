/* SPDX-License-Identifier: MIT */
#include "tests/web/request.h"

static bool
request_line(struct str line, struct request *r)
{
    struct str rest = line;

    r->method = str_cut(&rest, ' ');
    r->target = str_cut(&rest, ' ');
    if (r->method.n == 0 || r->target.n == 0)
        return false;
    r->is_1_0 = str_equal(rest, STR("HTTP/1.0"));
    if (!r->is_1_0 && !str_equal(rest, STR("HTTP/1.1")))
        return false;
    r->keep_alive = !r->is_1_0;
    r->is_head = str_equal(r->method, STR("HEAD"));
    r->is_known = r->is_head || str_equal(r->method, STR("GET"));
    return true;
}

static void
request_header(struct str line, struct request *r)
{
    struct str value = line;
    struct str name = str_cut(&value, ':');

    /* Lengths first: nearly every header is dismissed by one comparison. */
    if (name.n == 4 && str_equal_nocase(name, STR("host"))) {
        r->host = str_trim(value);
    } else if (name.n == 10 && str_equal_nocase(name, STR("connection"))) {
        value = str_trim(value);
        if (str_equal_nocase(value, STR("close")))
            r->keep_alive = false;
        else if (str_equal_nocase(value, STR("keep-alive")))
            r->keep_alive = true;
    } else if (name.n == 13 && str_equal_nocase(name, STR("if-none-match"))) {
        r->none_match = str_trim(value);
    } else if (name.n == 17 &&
               str_equal_nocase(name, STR("if-modified-since"))) {
        r->modified_since = str_trim(value);
    }
}

/* RFC 9112 section 3.2.2: the absolute form overrides Host. */
static void
request_split_target(struct request *r)
{
    struct str rest;

    if (str_starts_nocase(r->target, STR("http://"))) {
        size_t n = 0;

        rest = (struct str){r->target.p + 7, r->target.n - 7};
        while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
            n++;
        r->host = (struct str){rest.p, n};
        r->target = (struct str){rest.p + n, rest.n - n};
        if (r->target.n == 0)
            r->target = STR("/");
    }
    rest = r->target;
    r->path = str_cut(&rest, '?');
    r->query = rest;
}

static void
request_lower_host(char *bytes, size_t len, struct request *r)
{
    size_t n = 0;
    char *p;

    if (r->host.n == 0)
        return;
    p = bytes + (r->host.p - bytes);
    for (; n < r->host.n && p + n < bytes + len && p[n] != ':'; n++)
        p[n] = str_lower(p[n]);
    r->host.n = n;
}

enum request_state
request_parse(char *bytes, size_t len, struct request *r)
{
    size_t window = len < REQUEST_MAX_BYTES ? len : REQUEST_MAX_BYTES;
    const char *end = memmem(bytes, window, "\r\n\r\n", 4);
    struct str rest;

    *r = (struct request){.bytes = 0};
    if (end == NULL)
        return len < REQUEST_MAX_BYTES ? REQUEST_MORE : REQUEST_BAD;
    r->bytes = (size_t)(end - bytes) + 4;
    rest = (struct str){bytes, r->bytes - 4};
    for (bool is_first = true; rest.n > 0; is_first = false) {
        struct str line = str_cut(&rest, '\n');

        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (!is_first)
            request_header(line, r);
        else if (!request_line(line, r))
            return REQUEST_BAD;
    }
    if (r->method.n == 0)
        return REQUEST_BAD;
    request_split_target(r);
    request_lower_host(bytes, r->bytes, r);
    return REQUEST_WHOLE;
}

struct str
request_param(const struct request *r, const char *name)
{
    struct str rest = r->query, want = str_from(name);

    while (rest.n > 0) {
        struct str value = str_cut(&rest, '&');

        if (str_equal(str_cut(&value, '='), want))
            return value;
    }
    return STR_NONE;
}

uint64_t
request_number(const struct request *r, const char *name, uint64_t max,
               uint64_t missing)
{
    uint64_t n;

    return str_to_u64(request_param(r, name), max, &n) ? n : missing;
}
