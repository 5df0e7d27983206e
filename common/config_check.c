/* SPDX-License-Identifier: MIT */
#include "common/config_check.h"

#include <ares.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/canon.h"
#include "common/client_certificate.h"
#include "common/connect_to.h"
#include "common/cookie_line.h"
#include "common/credentials.h"
#include "common/exec_command.h"
#include "common/extract_rules.h"
#include "common/http_place.h"
#include "common/media_types.h"
#include "common/s3.h"
#include "common/proxy.h"
#include "common/scope.h"

static enum err
config_check_patterns(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    struct scope *scope;
    enum err e = scope_new(c, &scope, why);

    scope_free(scope);
    return e;
}

static enum err
config_check_canon(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    struct canon *canon;
    enum err e = canon_new(c, &canon, why);

    canon_free(canon);
    return e;
}

static enum err
config_check_dns(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    ares_channel channel;
    int status;

    if (c->dns_servers == NULL || ares_init(&channel) != ARES_SUCCESS)
        return ERR_OK;
    status = ares_set_servers_ports_csv(channel, c->dns_servers);
    ares_destroy(channel);
    if (status == ARES_SUCCESS)
        return ERR_OK;
    snprintf(why, CONFIG_WHY_BYTES,
             "dns-servers: \"%.100s\" is not ADDR[:PORT],... (%s)",
             c->dns_servers, ares_strerror(status));
    return ERR_INVALID;
}

/* A line break in a header would begin another one. */
static bool
config_is_one_line(const char *text)
{
    return text == NULL || strpbrk(text, "\r\n") == NULL;
}

static enum err
config_check_credentials(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    struct credentials *all;
    enum err e = credentials_new(c, &all, why);

    credentials_free(all);
    if (e == ERR_OK)
        e = client_certificate_check(c, why);
    return e == ERR_OK ? cookie_line_check_file(&c->load_cookies, why) : e;
}

static enum err
config_check_headers(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    for (size_t i = 0; i < c->header.n; i++)
        if (strchr(c->header.v[i], ':') == NULL ||
            !config_is_one_line(c->header.v[i])) {
            snprintf(why, CONFIG_WHY_BYTES,
                     "header: \"%.100s\" is not of the form NAME: VALUE",
                     c->header.v[i]);
            return ERR_INVALID;
        }
    if (config_is_one_line(c->user_agent) && config_is_one_line(c->contact) &&
        config_is_one_line(c->referer))
        return ERR_OK;
    snprintf(why, CONFIG_WHY_BYTES,
             "user-agent, contact, referer: one line each");
    return ERR_INVALID;
}

static enum err
config_check_files(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    if (c->cacert == NULL || access(c->cacert, R_OK) == 0)
        return ERR_OK;
    snprintf(why, CONFIG_WHY_BYTES, "cacert: %.200s: %s", c->cacert,
             strerror(errno));
    return ERR_INVALID;
}

static enum err
config_check_family(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    if (!c->ipv4 || !c->ipv6)
        return ERR_OK;
    snprintf(why, CONFIG_WHY_BYTES,
             "ipv4, ipv6: one of them only, without them both are used");
    return ERR_INVALID;
}

static enum err
config_check_sitemaps(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    if (!c->sitemaps || c->robots)
        return ERR_OK;
    snprintf(why, CONFIG_WHY_BYTES,
             "sitemaps: robots.txt names them, and no-robots reads none");
    return ERR_INVALID;
}

static enum err
config_check_exec(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    if (c->exec && strlen(c->exec) > EXEC_COMMAND_MAX) {
        snprintf(why, CONFIG_WHY_BYTES,
                 "exec: longer than %d bytes: put it into a script",
                 EXEC_COMMAND_MAX);
        return ERR_INVALID;
    }
    return media_types_check(&c->exec_types, why);
}

static enum err
config_check_extract(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    struct extract_rules *rules;
    enum err e = extract_rules_new(c, &rules, why);

    extract_rules_free(rules);
    return e;
}

enum err
config_check(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    enum err e = config_check_patterns(c, why);

    if (e == ERR_OK)
        e = config_check_canon(c, why);
    if (e == ERR_OK)
        e = connect_to_check(c, why);
    if (e == ERR_OK)
        e = config_check_dns(c, why);
    if (e == ERR_OK)
        e = config_check_family(c, why);
    if (e == ERR_OK)
        e = proxy_check(c, why);
    if (e == ERR_OK)
        e = config_check_headers(c, why);
    if (e == ERR_OK)
        e = config_check_credentials(c, why);
    if (e == ERR_OK)
        e = media_types_check(&c->accept_types, why);
    if (e == ERR_OK)
        e = config_check_files(c, why);
    if (e == ERR_OK)
        e = config_check_sitemaps(c, why);
    if (e == ERR_OK)
        e = s3_check(c, why);
    if (e == ERR_OK)
        e = config_check_exec(c, why);
    if (e == ERR_OK)
        e = config_check_extract(c, why);
    if (e == ERR_OK)
        e = http_place_check(c, why);
    return e;
}
