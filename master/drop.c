/*
 * master drop SITE, undrop SITE - orders about one site.
 *
 * What waits of a dropped site, and what is found of it later, is finished as
 * DROPPED without being asked for.  The order is in Redis; workers are told
 * when they claim the site.  undrop also forgives a site that was given up for
 * its failures.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/frontier_look.h"
#include "common/log.h"
#include "common/site.h"
#include "master/command.h"
#include "master/commands.h"
#include "master/seed.h"

enum { DROP_SITE_BYTES = 256 };

/*
 * The site that a URL, host or site is of, by the crawl's --polite-by; false
 * after having said why there is none.
 */
static bool
drop_site_of(struct seeds *seeds, const char *arg, char out[DROP_SITE_BYTES])
{
    const char *wrong;
    struct url url;
    struct str site;

    wrong = seeds_judge(seeds, str_trim(str_from(arg)), &url);
    if (wrong) {
        log_warnx("%s: %s", LOG_ESC(str_from(arg)), wrong);
        return false;
    }
    site = site_of_host(url.host);
    if (site.n >= DROP_SITE_BYTES) {
        log_warnx("%s: too long", LOG_ESC(str_from(arg)));
        return false;
    }
    memcpy(out, site.p, site.n);
    out[site.n] = '\0';
    if (!str_equal(site, str_from(arg)))
        printf("%s is of the site %s\n", LOG_ESC(str_from(arg)), out);
    return true;
}

static int
drop_order(struct command_crawl *c, struct str site, bool is_drop)
{
    redisReply *reply;

    if (is_drop)
        frontier_form_order_set(c->frontier, &c->request, site, STR("drop"));
    else
        frontier_form_order_del(c->frontier, &c->request, site);
    if (command_ask(c, &reply) != ERR_OK)
        return EXIT_REDIS;
    freeReplyObject(reply);
    return EXIT_FINISHED;
}

static int
drop_one(struct command_crawl *c, const char *site)
{
    struct frontier_site now;
    int code = command_ask_site(c, str_from(site), &now);

    if (code != EXIT_FINISHED)
        return code;
    if (strcmp(now.order, "drop") == 0) {
        printf("%s is dropped already\n", site);
        return EXIT_FINISHED;
    }
    code = drop_order(c, str_from(site), true);
    if (code != EXIT_FINISHED)
        return code;
    printf("%s is dropped: nothing of it is asked for any more\n"
           "what waits of it (%" PRIu64
           " URL%s, and more where the front queue "
           "has some)\nand what is still found is finished as DROPPED\n",
           site, now.waiting, now.waiting == 1 ? "" : "s");
    if (now.order[0])
        printf("that takes the place of the order \"%s\"\n",
               LOG_ESC(str_from(now.order)));
    if (now.holders > 0)
        printf("but a worker has it in hand, and asks for the few URLs that it "
               "took\n");
    return EXIT_FINISHED;
}

/* A site that was given up (--max-failures), or is about to be. */
static int
drop_forgive(struct command_crawl *c, struct str site,
             const struct frontier_site *now)
{
    redisReply *reply;

    frontier_form_pace_set(c->frontier, &c->request, site, now->spacing_ms, 0);
    if (command_ask(c, &reply) != ERR_OK)
        return EXIT_REDIS;
    freeReplyObject(reply);
    printf("the %u failures in a row of %.*s are forgotten; what was finished "
           "as GAVE_UP stays so\n",
           now->failures, STR_ARG(site));
    return EXIT_FINISHED;
}

static int
undrop_one(struct command_crawl *c, const char *site)
{
    struct frontier_site now;
    int code = command_ask_site(c, str_from(site), &now);

    if (code != EXIT_FINISHED)
        return code;
    if (now.failures > 0) {
        code = drop_forgive(c, str_from(site), &now);
        if (code != EXIT_FINISHED || strcmp(now.order, "drop") != 0)
            return code;
    }
    if (strcmp(now.order, "drop") != 0) {
        log_warnx("%s is not dropped%s%s", site, now.order[0] ? ", but: " : "",
                  LOG_ESC(str_from(now.order)));
        return EXIT_ERROR;
    }
    code = drop_order(c, str_from(site), false);
    if (code == EXIT_FINISHED)
        printf("%s is not dropped any more; what was finished as DROPPED "
               "stays so\n",
               site);
    return code;
}

static int
drop_all(struct config *config, char **args, size_t count, const char *command,
         int (*one)(struct command_crawl *c, const char *site))
{
    struct seed_options options = {.allow_private = true};
    struct command_crawl c;
    struct seeds *seeds;
    int code, worst = EXIT_FINISHED;

    if (count == 0) {
        log_warnx("which site? master %s SITE ...", command);
        return EXIT_USAGE;
    }
    code = command_open(config, COMMAND_STARTS, &c);
    if (code != EXIT_FINISHED)
        return code;
    options.has_ftp = c.settings.ftp;
    seeds = seeds_open(&options);
    command_open_sites(&c);
    for (size_t i = 0; i < count && worst != EXIT_REDIS; i++) {
        char site[DROP_SITE_BYTES];

        code = drop_site_of(seeds, args[i], site) ? one(&c, site) : EXIT_ERROR;
        if (code != EXIT_FINISHED)
            worst = code;
    }
    site_fini();
    seeds_close(seeds);
    command_close(&c);
    return worst;
}

int
drop_run(struct config *config, char **args, size_t count)
{
    return drop_all(config, args, count, "drop", drop_one);
}

int
undrop_run(struct config *config, char **args, size_t count)
{
    return drop_all(config, args, count, "undrop", undrop_one);
}
