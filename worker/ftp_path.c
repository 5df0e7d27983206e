/* SPDX-License-Identifier: MIT */
#include "worker/ftp_path.h"

#include <string.h>

void
ftp_path_init(struct ftp_path *p)
{
    *p = (struct ftp_path){.has_file = false};
    buf_init(&p->text, SIZE_MAX / 2); /* a URL is bounded */
}

void
ftp_path_fini(struct ftp_path *p)
{
    buf_fini(&p->text);
}

static int
ftp_hex(char c)
{
    c = str_lower(c);
    return str_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err
ftp_path_add(struct ftp_path *p, struct str segment)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < segment.n && e == ERR_OK; i++) {
        char c = segment.p[i];

        if (c == '%' && segment.n - i > 2 && ftp_hex(segment.p[i + 1]) >= 0 &&
            ftp_hex(segment.p[i + 2]) >= 0) {
            c = (char)(ftp_hex(segment.p[i + 1]) * 16 +
                       ftp_hex(segment.p[i + 2]));
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return ERR_INVALID;
        e = buf_add_char(&p->text, c);
    }
    return e == ERR_OK ? buf_add_char(&p->text, '\0') : e;
}

/* ";type=a", i or d off the end; what it is, 0 when there is none. */
static char
ftp_path_cut_type(struct str *target)
{
    static const size_t n = sizeof(";type=x") - 1;
    struct str tail;
    char type;

    if (target->n < n)
        return 0;
    tail = (struct str){target->p + target->n - n, n};
    type = str_lower(tail.p[n - 1]);
    if (!str_starts_nocase(tail, STR(";type=")) ||
        (type != 'a' && type != 'i' && type != 'd'))
        return 0;
    target->n -= n;
    return type;
}

/* Empty segments change into nothing and are passed over. */
enum err
ftp_path_read(struct str target, struct ftp_path *p)
{
    char type = ftp_path_cut_type(&target);
    enum err e = ERR_OK;

    buf_reset(&p->text);
    p->folders = 0;
    p->is_typed = type != 0;
    p->is_ascii = type == 'a';
    p->has_file = false;
    while (target.n > 0 && e == ERR_OK) {
        size_t before = target.n;
        struct str segment = str_cut(&target, '/');
        bool is_last = segment.n == before; /* no slash behind it */

        if (segment.n == 0)
            continue;
        e = ftp_path_add(p, segment);
        p->has_file = is_last && type != 'd';
        p->folders += !p->has_file;
    }
    return e;
}

struct str
ftp_path_next(const struct ftp_path *p, size_t *at)
{
    struct str name = STR_NONE;

    if (*at < p->text.n) {
        name = str_from(p->text.p + *at);
        *at += name.n + 1;
    }
    return name;
}
