/* SPDX-License-Identifier: MIT */
#include "worker/ftp_reply.h"

#include <string.h>

/* "226 ..." or "226-..."; 0: it begins with no code. */
static int
ftp_line_code(struct str line)
{
    if (line.n < 3 || line.p[0] < '1' || line.p[0] > '5' ||
        !str_is_digit(line.p[1]) || !str_is_digit(line.p[2]))
        return 0;
    return (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + (line.p[2] - '0');
}

/*
 * A whole line is there: whether it ends its reply.  Lines within one of
 * several lines may begin with anything, another code too.
 */
static enum err
ftp_take_line(struct ftp_reply_reader *r, struct str line,
              struct ftp_reply *out)
{
    int code = ftp_line_code(line);
    bool is_open = line.n > 3 && line.p[3] == '-';

    if (r->multi == 0 && code == 0)
        return ERR_INVALID;
    if (r->multi == 0 && is_open)
        r->multi = code;
    if (r->multi != 0 &&
        (code != r->multi || is_open || (line.n > 3 && line.p[3] != ' ')))
        return ERR_NOT_FOUND;
    *out = (struct ftp_reply){.code = code, .line = line};
    r->multi = 0;
    r->bytes = 0;
    return ERR_OK;
}

enum err
ftp_reply_next(struct ftp_reply_reader *r, struct str *bytes,
               struct ftp_reply *out)
{
    while (bytes->n > 0) {
        char c = bytes->p[0];
        struct str line;
        enum err e;

        bytes->p++;
        bytes->n--;
        if (++r->bytes > FTP_REPLY_MAX)
            return ERR_TOO_BIG;
        if (c != '\n') {
            if (r->n < sizeof(r->line))
                r->line[r->n++] = c;
            continue;
        }
        line = (struct str){r->line, r->n};
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        r->n = 0;
        e = ftp_take_line(r, line, out);
        if (e != ERR_NOT_FOUND)
            return e;
    }
    return ERR_NOT_FOUND;
}

/* --- ports --- */

/* Digits off the front of *s; false without any, or beyond max. */
static bool
ftp_number(struct str *s, uint64_t max, uint64_t *out)
{
    struct str digits = {s->p, 0};

    while (digits.n < s->n && str_is_digit(s->p[digits.n]))
        digits.n++;
    s->p += digits.n;
    s->n -= digits.n;
    return str_to_u64(digits, max, out);
}

/* "(|||6446|)", with any delimiter. */
static uint16_t
ftp_port_229(struct str s)
{
    uint64_t port;
    char mark;

    while (s.n > 0 && s.p[0] != '(') {
        s.p++;
        s.n--;
    }
    if (s.n < 6 || (mark = s.p[1]) < 33 || mark > 126 || s.p[2] != mark ||
        s.p[3] != mark)
        return 0;
    s.p += 4;
    s.n -= 4;
    return ftp_number(&s, UINT16_MAX, &port) && s.n > 0 && s.p[0] == mark
               ? (uint16_t)port
               : 0;
}

/* Six numbers with commas, wherever they begin (RFC 1123 4.1.2.6). */
static uint16_t
ftp_port_227(struct str s)
{
    uint64_t number[6] = {0};
    int found = 0;

    if (s.n < 4)
        return 0;
    s.p += 4; /* its code */
    s.n -= 4;
    while (s.n > 0 && found < 6) {
        if (!str_is_digit(s.p[0])) {
            s.p++;
            s.n--;
            found = 0;
            continue;
        }
        if (!ftp_number(&s, 255, &number[found]))
            return 0;
        found++;
        if (found < 6) {
            if (s.n == 0 || s.p[0] != ',')
                found = 0;
            else {
                s.p++;
                s.n--;
            }
        }
    }
    return found == 6 ? (uint16_t)(number[4] * 256 + number[5]) : 0;
}

uint16_t
ftp_reply_port(const struct ftp_reply *reply)
{
    return reply->code == 229   ? ftp_port_229(reply->line)
           : reply->code == 227 ? ftp_port_227(reply->line)
                                : 0;
}

/* --- statuses --- */

/*
 * RFC 959 4.2.1: 4yz may be otherwise later, 5yz not.  421, 450, 452: it has
 * no room for us now.  530, 532: another log-in is wanted.  550 is all that
 * most servers say of a file, be it missing or kept from us.
 */
int
ftp_reply_status(int code)
{
    switch (code) {
    case 421:
    case 450:
    case 452:
        return 503;
    case 331: /* a log-in that asks for more than a password */
    case 332:
    case 530:
    case 532:
        return 401;
    case 550:
        return 404;
    case 553:
        return 403;
    default:
        break;
    }
    if (code >= 200 && code <= 299)
        return 200;
    if (code >= 400 && code <= 499)
        return 500;
    return code >= 500 && code <= 599 ? 501 : 0;
}
