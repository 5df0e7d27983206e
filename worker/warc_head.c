/* SPDX-License-Identifier: MIT */
#include "worker/warc_head.h"

#include <string.h>

/* A head being laid out. */
struct head {
    struct buf *to;
    enum err err; /* the first one stays */
};

static void
head_add(struct head *h, struct str s)
{
    if (h->err == ERR_OK)
        h->err = buf_add_str(h->to, s);
}

/* Cut the next line off *rest, with its line end if it has one. */
static struct str
warc_cut_line(struct str *rest)
{
    const char *end = memchr(rest->p, '\n', rest->n);
    struct str line = *rest;

    if (end != NULL)
        line.n = (size_t)(end - rest->p) + 1;
    rest->p += line.n;
    rest->n -= line.n;
    return line;
}

/* The protocol (an ALPN id) of a version that is not HTTP/1, or STR_NONE. */
static struct str
warc_protocol(struct str version)
{
    if (str_equal(version, STR("HTTP/2")) ||
        str_equal(version, STR("HTTP/2.0")))
        return STR("h2");
    if (str_equal(version, STR("HTTP/3")) ||
        str_equal(version, STR("HTTP/3.0")))
        return STR("h3");
    return STR_NONE;
}

/* HTTP/2 has no reason phrases; the common ones of RFC 9110 section 15. */
static struct str
warc_reason(struct str code)
{
    static const struct {
        const char code[4], words[24];
    } reasons[] = {
        {"200", "OK"},
        {"301", "Moved Permanently"},
        {"302", "Found"},
        {"304", "Not Modified"},
        {"308", "Permanent Redirect"},
        {"400", "Bad Request"},
        {"403", "Forbidden"},
        {"404", "Not Found"},
        {"410", "Gone"},
        {"429", "Too Many Requests"},
        {"500", "Internal Server Error"},
        {"502", "Bad Gateway"},
        {"503", "Service Unavailable"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (str_equal(code, str_from(reasons[i].code)))
            return str_from(reasons[i].words);
    return STR("");
}

/* "HTTP/2 200 " -> "HTTP/1.1 200 OK"; HTTP/1's own stays as it came. */
static void
warc_add_status_line(struct head *h, struct str line, struct str *protocol)
{
    struct str rest = line, version = str_cut(&rest, ' ');

    *protocol = warc_protocol(version);
    if (protocol->n == 0) {
        head_add(h, line);
        return;
    }
    rest = str_trim(rest);
    head_add(h, STR("HTTP/1.1 "));
    head_add(h, rest);
    if (rest.n == 3) { /* a code and no words */
        head_add(h, STR(" "));
        head_add(h, warc_reason(rest));
    }
    head_add(h, STR("\r\n"));
}

/* "GET / HTTP/2" -> "GET / HTTP/1.1" */
static void
warc_add_request_line(struct head *h, struct str line, struct str *protocol)
{
    struct str text = str_trim(line), version = text;

    while (version.n > 0 && memchr(version.p, ' ', version.n) != NULL)
        str_cut(&version, ' ');
    *protocol = warc_protocol(version);
    if (protocol->n == 0) {
        head_add(h, line);
        return;
    }
    head_add(h, (struct str){text.p, text.n - version.n});
    head_add(h, STR("HTTP/1.1\r\n"));
}

static bool
warc_is_transfer_encoding(struct str line)
{
    struct str rest = line, name = str_cut(&rest, ':');

    while (name.n > 0 && str_is_space(name.p[name.n - 1])) /* "Name :" */
        name.n--;
    return str_equal_nocase(name, STR("transfer-encoding"));
}

/* A head that was cut gets an empty line, and what would follow is not taken:
 * a reader must find the body where the body begins. */
enum err
warc_head_put(struct str head, struct buf *to, struct str *protocol)
{
    struct str rest = head, line = warc_cut_line(&rest);
    struct head h = {.to = to};
    bool is_ended = false;

    buf_reset(to);
    if (str_starts(head, STR("HTTP/")))
        warc_add_status_line(&h, line, protocol);
    else
        warc_add_request_line(&h, line, protocol);
    while (rest.n > 0 && !is_ended) {
        line = warc_cut_line(&rest);
        is_ended = str_equal(line, STR("\r\n")) || str_equal(line, STR("\n"));
        if (warc_is_transfer_encoding(line))
            head_add(&h, STR("X-Archive-Orig-"));
        head_add(&h, line);
    }
    if (h.err == ERR_OK && to->p[to->n - 1] != '\n')
        head_add(&h, STR("\r\n"));
    if (!is_ended)
        head_add(&h, STR("\r\n"));
    return h.err;
}
