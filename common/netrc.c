/* SPDX-License-Identifier: MIT */
#include "common/netrc.h"

#include <string.h>

enum { NETRC_WORDS_MAX = 64 * 1024 };

/* Where a word of the machine stands in text; it moves while it grows. */
struct netrc_word {
    size_t at, n;
    bool is_there;
};

void
netrc_init(struct netrc *n, struct str text)
{
    n->rest = text;
    n->line = 1;
    buf_init(&n->text, NETRC_WORDS_MAX);
}

void
netrc_fini(struct netrc *n)
{
    if (n->text.p)
        explicit_bzero(n->text.p, n->text.cap);
    buf_fini(&n->text);
}

static char
netrc_take(struct netrc *n)
{
    char c = *n->rest.p;

    n->rest.p++;
    n->rest.n--;
    n->line += c == '\n';
    return c;
}

static void
netrc_skip_line(struct netrc *n)
{
    while (n->rest.n > 0 && netrc_take(n) != '\n')
        ;
}

/* A macro ends with an empty line, or with the file. */
static void
netrc_skip_macro(struct netrc *n)
{
    do
        netrc_skip_line(n);
    while (n->rest.n > 0 && *n->rest.p != '\n' && *n->rest.p != '\r');
}

static void
netrc_skip_space(struct netrc *n)
{
    while (n->rest.n > 0 && str_is_space(*n->rest.p))
        netrc_take(n);
}

/* A keyword, where it stands; empty at the end. */
static struct str
netrc_keyword(struct netrc *n)
{
    struct str word;

    netrc_skip_space(n);
    while (n->rest.n > 0 && *n->rest.p == '#') {
        netrc_skip_line(n);
        netrc_skip_space(n);
    }
    word = (struct str){n->rest.p, 0};
    while (n->rest.n > 0 && !str_is_space(*n->rest.p)) {
        netrc_take(n);
        word.n++;
    }
    return word;
}

static const char *
netrc_quoted(struct netrc *n)
{
    netrc_take(n);
    while (n->rest.n > 0) {
        char c = netrc_take(n);

        if (c == '"')
            return NULL;
        if (c == '\n')
            break;
        if (c == '\\' && n->rest.n > 0) {
            c = netrc_take(n);
            c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
        }
        if (buf_add_char(&n->text, c) != ERR_OK)
            return "a word is too long";
    }
    return "a quoted word without its end";
}

/* A value: added to text. */
static const char *
netrc_value(struct netrc *n, struct netrc_word *out)
{
    const char *wrong = NULL;

    netrc_skip_space(n);
    if (n->rest.n == 0)
        return "a word is missing at the end";
    out->at = n->text.n;
    if (*n->rest.p == '"') {
        wrong = netrc_quoted(n);
    } else {
        while (n->rest.n > 0 && !str_is_space(*n->rest.p))
            if (buf_add_char(&n->text, netrc_take(n)) != ERR_OK)
                return "a word is too long";
    }
    out->n = n->text.n - out->at;
    out->is_there = true;
    if (wrong == NULL && out->n > 0 && memchr(n->text.p + out->at, 0, out->n))
        wrong = "a NUL byte";
    return wrong;
}

static struct str
netrc_str(const struct netrc *n, struct netrc_word w)
{
    return w.is_there && w.n > 0 ? (struct str){n->text.p + w.at, w.n}
                                 : STR("");
}

enum err
netrc_next(struct netrc *n, struct netrc_machine *out, const char **why)
{
    struct netrc_word name = {0}, login = {0}, password = {0}, other;
    bool is_default = false;

    *why = NULL;
    buf_reset(&n->text);
    for (;;) {
        struct netrc before = *n;
        struct str word = netrc_keyword(n);
        bool is_machine = str_equal(word, STR("machine"));
        bool is_next = is_machine || str_equal(word, STR("default"));

        if ((is_next || word.n == 0) && name.is_there) {
            n->rest = before.rest; /* for the next call */
            n->line = before.line;
            break;
        }
        if (word.n == 0)
            return ERR_NOT_FOUND;
        if (is_next) { /* what stood behind "default" is nobody's */
            is_default = !is_machine;
            login.is_there = password.is_there = false;
        }
        if (is_machine)
            *why = netrc_value(n, &name);
        else if (str_equal(word, STR("macdef")))
            netrc_skip_macro(n);
        else if (!is_next && !name.is_there && !is_default)
            *why = "not \"machine\"";
        else if (str_equal(word, STR("login")))
            *why = netrc_value(n, &login);
        else if (str_equal(word, STR("password")))
            *why = netrc_value(n, &password);
        else if (str_equal(word, STR("account")))
            *why = netrc_value(n, &other);
        else if (!is_next)
            *why = "none of machine, login, password, account, macdef";
        if (*why)
            return ERR_INVALID;
    }
    *out = (struct netrc_machine){netrc_str(n, name), netrc_str(n, login),
                                  netrc_str(n, password)};
    return ERR_OK;
}
