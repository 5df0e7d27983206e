/* SPDX-License-Identifier: MIT */
#include "common/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"

enum { PROXY_LINE_BYTES = 2048 };

static const struct {
    const char *name;
    bool is_socks, is_tls, looks_up;
} proxy_schemes[] = {
    {"http", false, false, true},   {"https", false, true, true},
    {"socks4", true, false, false}, {"socks4a", true, false, true},
    {"socks5", true, false, false}, {"socks5h", true, false, true},
};
enum { PROXY_SCHEMES = sizeof(proxy_schemes) / sizeof(proxy_schemes[0]) };

/* --- one of them --- */

/* Offset of needle's first or last place in s; s.n when it is not there. */
static size_t
proxy_find(struct str s, const char *needle)
{
    const char *at = s.n ? memmem(s.p, s.n, needle, strlen(needle)) : NULL;

    return at ? (size_t)(at - s.p) : s.n;
}

static bool
proxy_read_scheme(struct str *text, struct proxy_form *out)
{
    size_t n = proxy_find(*text, "://");
    struct str name = STR("http");

    if (n < text->n) {
        name = (struct str){text->p, n};
        text->p += n + 3;
        text->n -= n + 3;
    }
    for (size_t i = 0; i < PROXY_SCHEMES; i++)
        if (str_equal_nocase(name, str_from(proxy_schemes[i].name))) {
            out->scheme = str_from(proxy_schemes[i].name);
            out->is_socks = proxy_schemes[i].is_socks;
            out->is_tls = proxy_schemes[i].is_tls;
            out->looks_up = proxy_schemes[i].looks_up;
            return true;
        }
    return false;
}

/* The last @ ends the credentials: a password may hold one. */
static struct str
proxy_behind_credentials(struct str text)
{
    const char *at = text.n ? memrchr(text.p, '@', text.n) : NULL;

    if (at != NULL) {
        text.n -= (size_t)(at + 1 - text.p);
        text.p = at + 1;
    }
    return text;
}

static bool
proxy_is_place(struct str text)
{
    struct str port = STR_NONE;
    size_t host = text.n;
    uint64_t number;

    if (text.n > 0 && text.p[0] == '[') {
        host = proxy_find(text, "]") + 1;
        if (host > text.n)
            return false;
    } else {
        host = proxy_find(text, ":");
    }
    if (host == 0 || host > 255)
        return false;
    for (size_t i = 0; i < host; i++)
        if ((unsigned char)text.p[i] <= ' ' || strchr("/?#\\", text.p[i]))
            return false;
    if (host == text.n)
        return true;
    port = (struct str){text.p + host + 1, text.n - host - 1};
    return text.p[host] == ':' && str_to_u64(port, 65535, &number) &&
           number > 0;
}

enum err
proxy_read(struct str text, struct proxy_form *out, char why[CONFIG_WHY_BYTES])
{
    text = str_trim(text);
    *out = (struct proxy_form){0};
    if (!proxy_read_scheme(&text, out)) {
        snprintf(why, CONFIG_WHY_BYTES,
                 "proxy: not http, https, socks4, socks4a, socks5 or socks5h");
        return ERR_INVALID; /* the value may hold a password */
    }
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < ' ') {
            snprintf(why, CONFIG_WHY_BYTES, "proxy: a control byte in it");
            return ERR_INVALID;
        }
    out->shown = proxy_behind_credentials(text);
    if (out->shown.n > 0 && out->shown.p[out->shown.n - 1] == '/')
        out->shown.n--;
    if (proxy_is_place(out->shown))
        return ERR_OK;
    snprintf(why, CONFIG_WHY_BYTES,
             "proxy: one of them is not [SCHEME://][USER:PASSWORD@]HOST[:PORT]"
             " (in user and password: %%2C for a comma, %%2F for a slash)");
    return ERR_INVALID;
}

bool
proxy_next(struct str *rest, struct str *one)
{
    while (rest->n > 0) {
        *one = str_trim(str_cut(rest, ','));
        if (one->n > 0)
            return true;
    }
    return false;
}

/* --- the settings --- */

static enum err
proxy_take_line(struct config *c, enum config_who who, const char *path,
                size_t number, struct str line, char why[CONFIG_WHY_BYTES])
{
    struct str rest = str_trim(line), one;
    struct proxy_form form;
    char reason[CONFIG_WHY_BYTES];
    enum err e = ERR_OK;

    if (rest.n > 0 && rest.p[0] == '#')
        return ERR_OK;
    while (e == ERR_OK && proxy_next(&rest, &one)) {
        e = proxy_read(one, &form, reason);
        if (e == ERR_OK)
            e = config_set(c, who, CONFIG_FROM_FLAG, STR("proxy"), one, reason);
        if (e != ERR_OK)
            snprintf(why, CONFIG_WHY_BYTES, "%.200s:%zu: %.290s", path, number,
                     reason);
    }
    return e;
}

enum err
proxy_read_file(struct config *c, enum config_who who,
                char why[CONFIG_WHY_BYTES])
{
    char line[PROXY_LINE_BYTES];
    FILE *in;
    enum err e = ERR_OK;

    if (c->proxy_file == NULL)
        return ERR_OK;
    in = fopen(c->proxy_file, "re");
    if (in == NULL) {
        snprintf(why, CONFIG_WHY_BYTES, "proxy-file: %.200s: %s", c->proxy_file,
                 strerror(errno));
        return ERR_INVALID;
    }
    for (size_t number = 1; e == ERR_OK && fgets(line, sizeof(line), in);
         number++)
        e = proxy_take_line(c, who, c->proxy_file, number, str_from(line), why);
    if (e == ERR_OK && ferror(in)) {
        snprintf(why, CONFIG_WHY_BYTES, "proxy-file: %.200s: %s", c->proxy_file,
                 strerror(errno));
        e = ERR_INVALID;
    }
    fclose(in);
    explicit_bzero(line, sizeof(line));
    if (e == ERR_OK && c->proxy.n == 0) {
        snprintf(why, CONFIG_WHY_BYTES, "proxy-file: %.200s names no proxy",
                 c->proxy_file);
        e = ERR_INVALID;
    }
    return e;
}

enum err
proxy_check(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    struct proxy_form form;
    enum err e = ERR_OK;

    for (size_t i = 0; i < c->proxy.n && e == ERR_OK; i++) {
        struct str rest = str_from(c->proxy.v[i]), one;

        while (e == ERR_OK && proxy_next(&rest, &one))
            e = proxy_read(one, &form, why);
    }
    return e;
}

/* --- who is asked without one --- */

/* The first bits of both are the same. */
static bool
proxy_is_in_block(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned bytes = bits / 8, rest = bits % 8;

    if (memcmp(a, b, bytes) != 0)
        return false;
    return rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0;
}

static bool
proxy_to_address(int family, struct str text, unsigned char out[16])
{
    char copy[INET6_ADDRSTRLEN + 1];

    if (text.n == 0 || text.n >= sizeof(copy))
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    return inet_pton(family, copy, out) == 1;
}

static struct str
proxy_without_brackets(struct str host)
{
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        return (struct str){host.p + 1, host.n - 2};
    return host;
}

/* item: an address, or one and the bits that count behind a slash. */
static bool
proxy_has_address(struct str item, int family, const unsigned char host[16])
{
    unsigned all = family == AF_INET ? 32 : 128;
    struct str rest = item, address = str_cut(&rest, '/');
    unsigned char net[16];
    uint64_t bits = all;

    if (address.n < item.n && !str_to_u64(rest, all, &bits))
        return false;
    return proxy_to_address(family, proxy_without_brackets(address), net) &&
           proxy_is_in_block(net, host, (unsigned)bits);
}

static bool
proxy_has_name(struct str item, struct str host)
{
    if (item.n > 0 && item.p[0] == '.') {
        item.p++;
        item.n--;
    }
    if (item.n > 0 && item.p[item.n - 1] == '.')
        item.n--;
    if (item.n == 0 || host.n < item.n)
        return false;
    if (host.n > item.n && host.p[host.n - item.n - 1] != '.')
        return false;
    host.p += host.n - item.n;
    host.n = item.n;
    return str_equal_nocase(host, item);
}

bool
proxy_is_bypassed(struct str list, struct str host)
{
    unsigned char address[16];
    int family = 0;

    if (host.n > 0 && host.p[host.n - 1] == '.')
        host.n--;
    if (proxy_to_address(AF_INET, host, address))
        family = AF_INET;
    else if (proxy_to_address(AF_INET6, proxy_without_brackets(host), address))
        family = AF_INET6;
    for (size_t i = 0; i < list.n;) {
        size_t from = i;
        struct str item;

        while (i < list.n && list.p[i] != ',' && !str_is_space(list.p[i]))
            i++;
        item = (struct str){list.p + from, i - from};
        i++;
        if (str_equal(item, STR("*")) ||
            (family ? proxy_has_address(item, family, address)
                    : proxy_has_name(item, host)))
            return true;
    }
    return false;
}
