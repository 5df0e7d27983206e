/* SPDX-License-Identifier: MIT */
#include "common/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "common/auth_host.h"
#include "common/mem.h"
#include "common/netrc.h"

struct credentials_machine {
    struct auth_host host;
    char *user, *password;
};

struct credentials {
    struct auth_host *hosts; /* --auth-hosts */
    size_t hosts_count;
    char *user, *password; /* for them; user NULL: none */
    struct credentials_machine *machines;
    size_t machines_count;
};

bool
credentials_is_secret_line(struct str line)
{
    static const char *const names[] = {
        "authorization:", "cookie:", "proxy-authorization:"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_starts_nocase(line, str_from(names[i])))
            return true;
    return false;
}

/* --- what is given --- */

static enum err
credentials_take_hosts(struct credentials *all, const struct config *c,
                       char why[CONFIG_WHY_BYTES])
{
    for (size_t i = 0; i < c->auth_hosts.n; i++) {
        struct str rest = str_from(c->auth_hosts.v[i]);

        while (rest.n > 0) {
            struct str one = str_trim(str_cut(&rest, ','));

            all->hosts = xreallocarray(all->hosts, all->hosts_count + 1,
                                       sizeof(*all->hosts));
            if (auth_host_parse(one, &all->hosts[all->hosts_count]) != ERR_OK) {
                /* no part of it: it may be "user:password@host" */
                snprintf(why, CONFIG_WHY_BYTES,
                         "auth_hosts: number %zu is not [https://]HOST[:PORT]",
                         all->hosts_count + 1);
                return ERR_INVALID;
            }
            all->hosts_count++;
        }
    }
    return ERR_OK;
}

/* A password file's first line, else --password, else none. */
static enum err
credentials_take_user(struct credentials *all, const struct config *c,
                      char why[CONFIG_WHY_BYTES])
{
    struct str file = {c->password_file.bytes, c->password_file.n};
    struct str line = str_cut(&file, '\n');

    while (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (c->user == NULL && (c->password || c->password_file.bytes)) {
        snprintf(why, CONFIG_WHY_BYTES, "password: whose? --user NAME");
        return ERR_INVALID;
    }
    if (c->password_file.bytes && line.n == 0) {
        snprintf(why, CONFIG_WHY_BYTES,
                 "password_file: its first line is empty");
        return ERR_INVALID;
    }
    if (c->user == NULL)
        return ERR_OK;
    /* RFC 7617, 2: the user-id has no colon, neither has control bytes */
    if (strpbrk(c->user, ":\r\n") ||
        (c->password && strpbrk(c->password, "\r\n")) ||
        (line.n > 0 && memchr(line.p, '\0', line.n))) {
        snprintf(why, CONFIG_WHY_BYTES,
                 "user, password: one line each, and no colon in the user");
        return ERR_INVALID;
    }
    all->user = xstrdup(c->user);
    all->password = line.n > 0 ? xmemdup0(line.p, line.n)
                               : xstrdup(c->password ? c->password : "");
    return ERR_OK;
}

static enum err
credentials_add_machine(struct credentials *all, const struct netrc_machine *m)
{
    struct credentials_machine *to;

    if (m->login.n == 0)
        return ERR_OK; /* for ftp's macros, say */
    if (memchr(m->login.p, ':', m->login.n))
        return ERR_INVALID;
    all->machines = xreallocarray(all->machines, all->machines_count + 1,
                                  sizeof(*all->machines));
    to = &all->machines[all->machines_count];
    *to = (struct credentials_machine){0};
    if (auth_host_parse(m->name, &to->host) != ERR_OK)
        return ERR_INVALID;
    to->user = xmemdup0(m->login.p, m->login.n);
    to->password = xmemdup0(m->password.p, m->password.n);
    all->machines_count++;
    return ERR_OK;
}

static enum err
credentials_take_netrc(struct credentials *all, const struct config *c,
                       char why[CONFIG_WHY_BYTES])
{
    const struct config_file *f = &c->netrc_file;
    const char *wrong = NULL;
    struct netrc_machine m;
    struct netrc n;
    enum err e;

    netrc_init(&n, (struct str){f->bytes, f->n});
    while ((e = netrc_next(&n, &m, &wrong)) == ERR_OK)
        if (credentials_add_machine(all, &m) != ERR_OK) {
            wrong = "a machine that is no host, or a login with a colon";
            e = ERR_INVALID;
            break;
        }
    if (e == ERR_INVALID)
        snprintf(why, CONFIG_WHY_BYTES, "netrc_file: %.200s:%zu: %s",
                 f->path ? f->path : "the crawl's", n.line, wrong);
    netrc_fini(&n);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* What belongs to --auth-hosts, when there are none: for a line to people. */
static const char *
credentials_homeless(const struct config *c)
{
    if (c->user)
        return "user";
    if (c->certificate.bytes)
        return "certificate";
    for (size_t i = 0; i < c->header.n; i++)
        if (credentials_is_secret_line(str_from(c->header.v[i])))
            return "header (Authorization or Cookie)";
    return NULL;
}

enum err
credentials_new(const struct config *c, struct credentials **out,
                char why[CONFIG_WHY_BYTES])
{
    struct credentials *all = xcalloc(1, sizeof(*all));
    enum err e = credentials_take_hosts(all, c, why);

    if (e == ERR_OK)
        e = credentials_take_user(all, c, why);
    if (e == ERR_OK)
        e = credentials_take_netrc(all, c, why);
    if (e == ERR_OK && all->hosts_count == 0 && credentials_homeless(c)) {
        snprintf(why, CONFIG_WHY_BYTES,
                 "%s: it would go to every site; say to which with "
                 "--auth-hosts HOST,...",
                 credentials_homeless(c));
        e = ERR_INVALID;
    }
    *out = all;
    if (e != ERR_OK) {
        credentials_free(all);
        *out = NULL;
    }
    return e;
}

static void
credentials_wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void
credentials_free(struct credentials *all)
{
    if (all == NULL)
        return;
    for (size_t i = 0; i < all->hosts_count; i++)
        auth_host_fini(&all->hosts[i]);
    for (size_t i = 0; i < all->machines_count; i++) {
        auth_host_fini(&all->machines[i].host);
        credentials_wipe(all->machines[i].user);
        credentials_wipe(all->machines[i].password);
    }
    credentials_wipe(all->user);
    credentials_wipe(all->password);
    free(all->hosts);
    free(all->machines);
    free(all);
}

/* --- what goes where --- */

bool
credentials_are_given(const struct credentials *all)
{
    return all->hosts_count > 0 || all->machines_count > 0;
}

struct credential
credentials_find(const struct credentials *all, const struct url *u)
{
    struct credential found = {0};

    for (size_t i = 0; i < all->hosts_count && !found.is_auth_host; i++)
        found.is_auth_host = auth_host_is(&all->hosts[i], u);
    if (found.is_auth_host && all->user) { /* before .netrc, as with curl */
        found.user = all->user;
        found.password = all->password;
    }
    for (size_t i = 0; i < all->machines_count && found.user == NULL; i++)
        if (auth_host_is(&all->machines[i].host, u)) {
            found.user = all->machines[i].user;
            found.password = all->machines[i].password;
        }
    return found;
}
