/* SPDX-License-Identifier: MIT */
#include "common/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"

enum { SECRET_MAX_BYTES = 512 };

/* The password of "--password X", "--password=X" and curl's and wget's. */
static char *
secret_of_option(int argc, char **argv, int i)
{
    static const char *const names[] = {"--password", "--http-password",
                                        "--http-token"};

    for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
        size_t n = strlen(names[k]);

        if (i + 1 < argc && strcmp(argv[i], names[k]) == 0)
            return argv[i + 1];
        if (strncmp(argv[i], names[k], n) == 0 && argv[i][n] == '=')
            return argv[i] + n + 1;
    }
    return NULL;
}

/* "--header=Authorization: x", "-HCookie: x", or the line alone. */
static char *
secret_of_header(char *text)
{
    static const struct str names[] = {{"authorization:", 14}, {"cookie:", 7}};

    for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
        struct str s = str_from(text);
        size_t at = str_find_nocase(s, names[k]);

        if (at < s.n)
            return text + at + names[k].n;
    }
    return NULL;
}

static void
secret_blank(char *text)
{
    if (text)
        memset(text, '*', strlen(text));
}

/* Where the user and password of a URL may begin in argv[i]; NULL: nowhere. */
static char *
secret_of_url(char **argv, int i)
{
    static const char proxy[] = "--proxy";
    size_t n = sizeof(proxy) - 1;
    char *scheme = strstr(argv[i], "://");

    if (scheme != NULL)
        return scheme + 3;
    if (strncmp(argv[i], proxy, n) == 0 && argv[i][n] == '=')
        return argv[i] + n + 1;
    return strcmp(argv[i - 1], proxy) == 0 ? argv[i] : NULL;
}

void
secret_scrub(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *from, *at;

        secret_blank(secret_of_option(argc, argv, i));
        secret_blank(secret_of_header(argv[i]));
        from = secret_of_url(argv, i);
        /* the last '@': a password may hold one */
        at = from ? strrchr(from, '@') : NULL;
        if (at != NULL)
            memset(from, '*', (size_t)(at - from));
    }
}

char **
secret_take_arguments(int argc, char **argv)
{
    static char **copy; /* for good, so it is no leak */

    copy = xcalloc((size_t)argc + 1, sizeof(*copy));
    for (int i = 0; i < argc; i++)
        copy[i] = xstrdup(argv[i]);
    secret_scrub(argc, argv);
    return copy;
}

enum err
secret_read_file(const char *path, struct redis_url *u, char why[256])
{
    char line[SECRET_MAX_BYTES + 2];
    FILE *f = fopen(path, "re");
    size_t n;
    enum err e = ERR_INVALID;

    if (f == NULL || fgets(line, sizeof(line), f) == NULL) {
        snprintf(why, 256, "cannot read the password file %.150s: %s",
                 LOG_ESC(str_from(path)),
                 f == NULL || ferror(f) ? strerror(errno) : "it is empty");
        goto out;
    }
    n = strcspn(line, "\r\n");
    if (n == 0 || n > SECRET_MAX_BYTES) {
        snprintf(why, 256, "the first line of %.150s is %s",
                 LOG_ESC(str_from(path)),
                 n == 0 ? "empty" : "too long for a password");
        goto out;
    }
    if (u->password != NULL)
        explicit_bzero(u->password, strlen(u->password));
    free(u->password);
    u->password = xmemdup0(line, n);
    if (u->password_file != path) {
        free(u->password_file);
        u->password_file = xstrdup(path);
    }
    e = ERR_OK;
out:
    explicit_bzero(line, sizeof(line));
    if (f != NULL)
        fclose(f);
    return e;
}

void
secret_refresh(struct redis_url *u)
{
    char why[256];

    if (u->password_file != NULL &&
        secret_read_file(u->password_file, u, why) != ERR_OK)
        log_debug("%s", why);
}

/* What is not unreserved (RFC 3986 section 2.3), or a slash, as %XX. */
static enum err
secret_add_escaped(struct buf *out, const char *text, bool is_path)
{
    enum err e = ERR_OK;

    for (; *text != '\0' && e == ERR_OK; text++) {
        if (str_is_alpha(*text) || str_is_digit(*text) ||
            strchr("-._~", *text) != NULL || (is_path && *text == '/'))
            e = buf_add_char(out, *text);
        else
            e = buf_addf(out, "%%%02X", (unsigned char)*text);
    }
    return e;
}

static enum err
secret_add_places(struct buf *out, const struct redis_url *u)
{
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < redis_url_places(u); i++) {
        struct redis_place place = redis_url_place(u, i);
        bool is_v6 = strchr(place.host, ':') != NULL;

        e = buf_addf(out, "%s%s%s%s:%d", i > 0 ? "," : "", is_v6 ? "[" : "",
                     place.host, is_v6 ? "]" : "", place.port);
    }
    return e == ERR_OK ? buf_addf(out, "/%d", u->db) : e;
}

void
secret_write_url(const struct redis_url *u, struct buf *out)
{
    enum err e;

    buf_reset(out);
    if (u->path != NULL) {
        e = buf_addf(out, "unix://");
        if (e == ERR_OK)
            e = secret_add_escaped(out, u->path, true);
        if (e == ERR_OK && u->db != 0)
            e = buf_addf(out, "?db=%d", u->db);
    } else {
        e = buf_addf(out, "redis://");
        if (e == ERR_OK && u->user != NULL)
            e = secret_add_escaped(out, u->user, false);
        if (e == ERR_OK && u->password != NULL)
            e = buf_add_char(out, ':');
        if (e == ERR_OK && u->password != NULL)
            e = secret_add_escaped(out, u->password, false);
        if (e == ERR_OK && u->password != NULL)
            e = buf_add_char(out, '@');
        if (e == ERR_OK)
            e = secret_add_places(out, u);
    }
    if (e == ERR_OK)
        e = buf_add_char(out, '\0'); /* it goes on as a C string */
    if (e != ERR_OK)
        fatalx("the address of Redis is too long");
}
