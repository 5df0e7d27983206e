/* SPDX-License-Identifier: MIT */
#include "master/hosts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"

enum {
    HOSTS_LINE_BYTES = 1024, /* a host name has at most 253 bytes */
    HOSTS_BAD_MAX = 10       /* so many bad lines are said */
};

/* --- a line --- */

static bool
hosts_is_word(struct str s, const char *more)
{
    if (s.n == 0 || s.p[0] == '-') /* ssh would take it for an option */
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!str_is_alpha(s.p[i]) && !str_is_digit(s.p[i]) &&
            (s.p[i] == '\0' || strchr(more, s.p[i]) == NULL))
            return false;
    return true;
}

/* An IPv6 address, perhaps with its zone: fe80::1%eth0. */
static bool
hosts_is_v6(struct str s)
{
    struct str address = s, zone;
    char text[INET6_ADDRSTRLEN];
    struct in6_addr bytes;

    zone = address;
    address = str_cut(&zone, '%');
    if (address.n >= sizeof(text) ||
        (address.n < s.n && !hosts_is_word(zone, "._-")))
        return false;
    memcpy(text, address.p, address.n);
    text[address.n] = '\0';
    return strlen(text) == address.n && inet_pton(AF_INET6, text, &bytes) == 1;
}

static bool
hosts_read_number(struct str s, unsigned max, unsigned *out)
{
    uint64_t value;

    if (str_equal(s, STR("-"))) {
        *out = 0;
        return true;
    }
    if (!str_to_u64(s, max, &value) || value == 0)
        return false;
    *out = (unsigned)value;
    return true;
}

/* HOST, HOST:PORT, [V6] or [V6]:PORT. */
static enum err
hosts_read_address(struct str s, struct str *address, unsigned *port,
                   char why[HOSTS_WHY_BYTES])
{
    struct str rest = s;
    bool has_port, is_v6 = s.n > 0 && s.p[0] == '[';
    uint64_t value;

    if (is_v6) {
        bool is_closed = memchr(s.p, ']', s.n) != NULL;

        *address = str_cut(&rest, ']');
        address->p++;
        address->n--;
        has_port = rest.n > 0;
        if (!is_closed || !hosts_is_v6(*address) ||
            (has_port && *rest.p != ':')) {
            snprintf(why, HOSTS_WHY_BYTES,
                     "\"%.100s\" is not of the form [IPV6] or [IPV6]:PORT",
                     LOG_ESC(s));
            return ERR_INVALID;
        }
        if (has_port)
            rest = (struct str){rest.p + 1, rest.n - 1};
    } else if (hosts_is_v6(s)) {
        snprintf(why, HOSTS_WHY_BYTES,
                 "put the IPv6 address in brackets: [%.60s]", LOG_ESC(s));
        return ERR_INVALID;
    } else {
        *address = str_cut(&rest, ':');
        has_port = address->n < s.n;
        if (!hosts_is_word(*address, "._-")) {
            snprintf(why, HOSTS_WHY_BYTES,
                     "\"%.100s\" is no host: write [USER@]HOST[:PORT]",
                     LOG_ESC(s));
            return ERR_INVALID;
        }
    }
    *port = 0;
    if (!has_port)
        return ERR_OK;
    if (!str_to_u64(rest, 65535, &value) || value == 0) {
        snprintf(why, HOSTS_WHY_BYTES, "the port \"%.40s\" is not 1 to 65535",
                 LOG_ESC(rest));
        return ERR_INVALID;
    }
    *port = (unsigned)value;
    return ERR_OK;
}

static enum err
hosts_read_target(struct str word, struct hosts_row *out,
                  char why[HOSTS_WHY_BYTES])
{
    const char *at = memchr(word.p, '@', word.n);
    struct str user = STR_NONE, address, rest = word;
    enum err e;
    size_t n;

    if (at) {
        user = str_cut(&rest, '@');
        if (!hosts_is_word(user, "._+-")) {
            snprintf(why, HOSTS_WHY_BYTES,
                     "\"%.100s\" is no user: write USER@HOST (odd names can "
                     "stand in ssh_config)",
                     LOG_ESC(user));
            return ERR_INVALID;
        }
    }
    e = hosts_read_address(rest, &address, &out->port, why);
    if (e != ERR_OK)
        return e;
    n = user.n + address.n + 2;
    out->target = xmalloc(n);
    snprintf(out->target, n, "%.*s%s%.*s", STR_ARG(user), at ? "@" : "",
             STR_ARG(address));
    out->name = xmemdup0(word.p, word.n);
    return ERR_OK;
}

/* The next word of *rest, without the blanks around it. */
static struct str
hosts_next_word(struct str *rest)
{
    struct str s = str_trim(*rest), word = {s.p, 0};

    while (word.n < s.n && !str_is_space(s.p[word.n]))
        word.n++;
    *rest = (struct str){s.p + word.n, s.n - word.n};
    return word;
}

enum err
hosts_row_parse(struct str line, struct hosts_row *out,
                char why[HOSTS_WHY_BYTES])
{
    struct str rest = str_cut(&line, '#');
    struct str name = hosts_next_word(&rest);
    struct str procs = hosts_next_word(&rest);
    struct str threads = hosts_next_word(&rest);

    *out = (struct hosts_row){0};
    if (name.n == 0)
        return ERR_NOT_FOUND;
    if (hosts_next_word(&rest).n > 0) {
        snprintf(why, HOSTS_WHY_BYTES,
                 "too many words: write HOST [PROCS [THREADS]]");
        return ERR_INVALID;
    }
    if (procs.n > 0 &&
        !hosts_read_number(procs, HOSTS_PROCS_MAX, &out->procs)) {
        snprintf(why, HOSTS_WHY_BYTES,
                 "PROCS \"%.40s\" is not 1 to %d (-: one for each CPU; "
                 "none at all: take the line out)",
                 LOG_ESC(procs), HOSTS_PROCS_MAX);
        return ERR_INVALID;
    }
    if (threads.n > 0 &&
        !hosts_read_number(threads, HOSTS_THREADS_MAX, &out->threads)) {
        snprintf(why, HOSTS_WHY_BYTES,
                 "THREADS \"%.40s\" is not 1 to %d (-: as --threads)",
                 LOG_ESC(threads), HOSTS_THREADS_MAX);
        return ERR_INVALID;
    }
    return hosts_read_target(name, out, why);
}

void
hosts_row_fini(struct hosts_row *h)
{
    free(h->name);
    free(h->target);
    *h = (struct hosts_row){0};
}

bool
hosts_is_here(const char *target)
{
    const char *at = strchr(target, '@');
    const char *address = at ? at + 1 : target;

    return strcmp(address, "localhost") == 0 ||
           strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* --- the file --- */

/* A line too many, or one that says the same host once more. */
static bool
hosts_fits(const struct hosts *hosts, const size_t *lines,
           const struct hosts_row *h, char why[HOSTS_WHY_BYTES])
{
    if (hosts->n == HOSTS_MAX) {
        snprintf(why, HOSTS_WHY_BYTES, "more than %d hosts", HOSTS_MAX);
        return false;
    }
    for (size_t i = 0; i < hosts->n; i++)
        if (strcmp(hosts->v[i].target, h->target) == 0 &&
            hosts->v[i].port == h->port) {
            snprintf(why, HOSTS_WHY_BYTES,
                     "%.100s stands in line %zu already: write one line with "
                     "all its PROCS",
                     h->name, lines[i]);
            return false;
        }
    return true;
}

static bool
hosts_take_line(struct hosts *hosts, size_t *lines, size_t number,
                struct str line, char why[HOSTS_WHY_BYTES])
{
    struct hosts_row h;
    enum err e = hosts_row_parse(line, &h, why);

    if (e == ERR_NOT_FOUND)
        return true;
    if (e != ERR_OK || !hosts_fits(hosts, lines, &h, why)) {
        hosts_row_fini(&h);
        return false;
    }
    lines[hosts->n] = number;
    hosts->v[hosts->n++] = h;
    return true;
}

/* How many lines were bad. */
static size_t
hosts_read_lines(FILE *f, const char *path, struct hosts *hosts)
{
    size_t lines[HOSTS_MAX];
    char line[HOSTS_LINE_BYTES], why[HOSTS_WHY_BYTES];
    size_t number = 0, bad = 0;

    while (bad < HOSTS_BAD_MAX && fgets(line, sizeof(line), f)) {
        size_t n = strlen(line);

        number++;
        if (!feof(f) && (n == 0 || line[n - 1] != '\n')) {
            log_warnx("%s:%zu: a NUL byte, or more than %d bytes: this is no "
                      "list of hosts",
                      LOG_ESC(str_from(path)), number, HOSTS_LINE_BYTES - 2);
            return bad + 1;
        }
        if (!hosts_take_line(hosts, lines, number, (struct str){line, n},
                             why)) {
            log_warnx("%s:%zu: %s", LOG_ESC(str_from(path)), number, why);
            bad++;
        }
    }
    return bad;
}

enum err
hosts_read(const char *path, struct hosts *out)
{
    FILE *f = fopen(path, "re");
    enum err e = ERR_INVALID;

    *out = (struct hosts){xcalloc(HOSTS_MAX, sizeof(*out->v)), 0};
    if (f == NULL) {
        log_warn("--hosts %s", LOG_ESC(str_from(path)));
        goto out;
    }
    if (hosts_read_lines(f, path, out) > 0)
        goto out;
    if (ferror(f))
        log_warn("--hosts %s", LOG_ESC(str_from(path)));
    else if (out->n == 0)
        log_warnx("%s: no host in it: write HOST [PROCS [THREADS]], one a line",
                  LOG_ESC(str_from(path)));
    else
        e = ERR_OK;
out:
    if (f)
        fclose(f);
    if (e != ERR_OK)
        hosts_fini(out);
    return e;
}

void
hosts_fini(struct hosts *hosts)
{
    for (size_t i = 0; i < hosts->n; i++)
        hosts_row_fini(&hosts->v[i]);
    free(hosts->v);
    *hosts = (struct hosts){NULL, 0};
}
