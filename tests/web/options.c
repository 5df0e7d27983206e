/* SPDX-License-Identifier: MIT */
#include "tests/web/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/version.h"

/* Every option once: its name, its argument (or NULL) and its help. */
/* clang-format off */
#define OPTIONS \
    OPT(LISTEN, "listen", "WHERE", "127.0.0.1:PORT, 0 for a free port; lo:PORT for all of 127/8, any:PORT for every address (in a namespace of its own); may be repeated (127.0.0.1:0)") \
    OPT(PORT_FILE, "port-file", "FILE", "write the bound ports, one a line, when all is ready") \
    OPT(HOSTS, "hosts", "N", "generate hosts s0001.test ... (0)") \
    OPT(PAGES, "pages", "N", "pages of each host beside its home page (10)") \
    OPT(LINKS, "links", "N", "links of each page to its own host (10)") \
    OPT(CROSS, "cross", "N", "links of each page to other hosts (0)") \
    OPT(SIZE, "size", "BYTES", "text that fills each page (2048)") \
    OPT(SEED, "seed", "N", "another seed, another web (1)") \
    OPT(ROBOTS, "robots", "MODE", "none (404), allow, delay=S, mixed or mixed=S: by hash of the host (allow)") \
    OPT(ETAGS, "etags", NULL, "generated pages have an ETag, and are 304 to who has it") \
    OPT(TRAPS, "traps", "FRACTION", "of the hosts whose home pages link to /x/... (0)") \
    OPT(URL_PORT, "url-port", "PORT", "put :PORT behind hosts in links and lists") \
    OPT(LATENCY, "latency", "MS", "wait before each answer (0)") \
    OPT(JITTER, "latency-jitter", "MS", "up to this much longer, by hash of the URL (0)") \
    OPT(PER_CONN, "requests-per-connection", "N", "then close it (0: never)") \
    OPT(BEARS, "bears", "N", "requests that wait for --latency at a time, others are reset (0: any)") \
    OPT(SITE_FILE, "site-file", "FILE", "hosts and answers as data; see tests/web/README.md") \
    OPT(LOG, "log", "FILE", "access log: EPOCH_US HOST METHOD TARGET STATUS BYTES CONN_ID") \
    OPT(LIST, "list", "FILE", "write the hosts as a seed list, rank,domain") \
    OPT(LIST_ONLY, "list-only", NULL, "write --list and --expect, then exit") \
    OPT(EXPECT, "expect", "FILE", "write every URL that a complete crawl fetches, sorted") \
    OPT(DNS, "dns", "127.0.0.1:PORT", "answer DNS queries over UDP; 0 for a free port") \
    OPT(DNS_SPREAD, "dns-spread", NULL, "addresses 127.x.y.z by hash; wants --listen lo:PORT") \
    OPT(DNS_LATENCY, "dns-latency", "MS", "wait before each DNS answer (0)") \
    OPT(HELP, "help", NULL, "this text") \
    OPT(VERSION, "version", NULL, "the version")
/* clang-format on */

enum option_id {
#define OPT(id, name, arg, help) OPTION_##id,
    OPTIONS
#undef OPT
};

static const struct {
    const char *name, *arg, *help;
} table[] = {
#define OPT(id, name, arg, help) {name, arg, help},
    OPTIONS
#undef OPT
};
enum { OPTION_COUNT = sizeof(table) / sizeof(table[0]) };

static void
print_help(void)
{
    puts("usage: testweb [options]\n\n"
         "Plays any number of web hosts on loopback, and their DNS.  GET /x/\n"
         "on any of its hosts lists the special paths.\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char left[64];

        snprintf(left, sizeof(left), "--%s%s%s", table[i].name,
                 table[i].arg ? " " : "", table[i].arg ? table[i].arg : "");
        if (strlen(left) > 26)
            printf("  %s\n  %-26s %s\n", left, "", table[i].help);
        else
            printf("  %-26s %s\n", left, table[i].help);
    }
    puts("\nPrints `listening 127.0.0.1:PORT` for each socket when it is\n"
         "ready.  Ends on SIGTERM and SIGINT, then the log is complete.");
}

static uint32_t
number(enum option_id id, const char *text, uint32_t max)
{
    uint64_t n;

    if (!str_to_u64(str_from(text), max, &n))
        fatal_exit(EXIT_USAGE, "--%s takes a number up to %u, not \"%s\"",
                   table[id].name, max, text);
    return (uint32_t)n;
}

/* Seconds such as 1 or 0.25, kept as text. */
static void
set_robots_delay(struct web *w, const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || len >= sizeof(w->robots_delay) ||
        strspn(text, "0123456789.") != len)
        fatal_exit(EXIT_USAGE, "--robots takes seconds, not \"%s\"", text);
    snprintf(w->robots_delay, sizeof(w->robots_delay), "%s", text);
}

static void
set_robots(struct web *w, const char *text)
{
    struct str rest = str_from(text);
    struct str mode = str_cut(&rest, '=');

    if (str_equal(mode, STR("none")))
        w->robots = WEB_ROBOTS_NONE;
    else if (str_equal(mode, STR("allow")))
        w->robots = WEB_ROBOTS_ALLOW;
    else if (str_equal(mode, STR("delay")))
        w->robots = WEB_ROBOTS_DELAY;
    else if (str_equal(mode, STR("mixed")))
        w->robots = WEB_ROBOTS_MIXED;
    else
        fatal_exit(EXIT_USAGE, "--robots knows no \"%s\"", text);
    if (rest.n > 0)
        set_robots_delay(w, rest.p);
}

static void
set_traps(struct web *w, const char *text)
{
    char *end;
    double part = strtod(text, &end);

    if (end == text || *end != '\0' || !(part >= 0 && part <= 1))
        fatal_exit(EXIT_USAGE, "--traps takes 0 to 1, not \"%s\"", text);
    w->traps_ppm = (uint32_t)(part * 1000000 + 0.5);
}

static void
set_listen(struct options *o, const char *where)
{
    if (o->listens == SERVER_LISTENERS_MAX)
        fatal_exit(EXIT_USAGE, "--listen at most %d times",
                   SERVER_LISTENERS_MAX);
    o->listen[o->listens++] = where;
}

static void
set_seed(struct web *w, const char *text)
{
    if (!str_to_u64(str_from(text), UINT64_MAX, &w->seed))
        fatal_exit(EXIT_USAGE, "--seed takes a number, not \"%s\"", text);
}

/* The options that make the generated web; false for another one. */
static bool
set_web_option(struct web *w, enum option_id id, const char *arg)
{
    switch (id) {
    case OPTION_HOSTS:
        w->hosts = number(id, arg, WEB_HOSTS_MAX);
        return true;
    case OPTION_PAGES:
        w->pages = number(id, arg, WEB_PAGES_MAX);
        return true;
    case OPTION_LINKS:
        w->links = number(id, arg, WEB_LINKS_MAX);
        return true;
    case OPTION_CROSS:
        w->cross = number(id, arg, WEB_LINKS_MAX);
        return true;
    case OPTION_SIZE:
        w->filler_bytes = number(id, arg, WEB_FILLER_MAX);
        return true;
    case OPTION_SEED:
        set_seed(w, arg);
        return true;
    case OPTION_ROBOTS:
        set_robots(w, arg);
        return true;
    case OPTION_TRAPS:
        set_traps(w, arg);
        return true;
    case OPTION_URL_PORT:
        snprintf(w->port, sizeof(w->port), ":%u", number(id, arg, 65535));
        return true;
    case OPTION_LATENCY:
        w->latency_ms = number(id, arg, 3600000);
        return true;
    case OPTION_JITTER:
        w->jitter_ms = number(id, arg, 3600000);
        return true;
    default:
        return false;
    }
}

static void
set_option(struct options *o, enum option_id id, const char *arg)
{
    switch (id) {
    case OPTION_LISTEN:
        set_listen(o, arg);
        break;
    case OPTION_PORT_FILE:
        o->port_file = arg;
        break;
    case OPTION_PER_CONN:
        o->requests_per_conn = number(id, arg, 1000000000);
        break;
    case OPTION_BEARS:
        o->bears = number(id, arg, 1000000000);
        break;
    case OPTION_SITE_FILE:
        o->site_path = arg;
        break;
    case OPTION_LOG:
        o->log_path = arg;
        break;
    case OPTION_LIST:
        o->list_path = arg;
        break;
    case OPTION_LIST_ONLY:
        o->list_only = true;
        break;
    case OPTION_EXPECT:
        o->expect_path = arg;
        break;
    case OPTION_DNS:
        o->dns.where = arg;
        break;
    case OPTION_ETAGS:
        o->web.has_etags = true;
        break;
    case OPTION_DNS_SPREAD:
        o->dns.is_spread = true;
        break;
    case OPTION_DNS_LATENCY:
        o->dns.latency_ms = number(id, arg, 3600000);
        break;
    case OPTION_HELP:
        print_help();
        exit(EXIT_FINISHED);
    case OPTION_VERSION:
        printf("testweb of Weft %s\n", weft_version());
        exit(EXIT_FINISHED);
    default:
        break;
    }
}

static void
options_check(const struct options *o)
{
    const struct web *w = &o->web;

    if (w->pages > 0 && w->links == 0 && w->hosts > 0)
        fatal_exit(EXIT_USAGE, "pages need --links of 1 or more to be "
                               "reached");
    if (w->hosts == 0 && o->site_path == NULL)
        fatal_exit(EXIT_USAGE, "give --hosts or --site-file; --help");
    if (o->list_only && o->list_path == NULL && o->expect_path == NULL)
        fatal_exit(EXIT_USAGE, "--list-only needs --list or --expect");
}

void
options_parse(struct options *o, int argc, char **argv)
{
    struct option longs[OPTION_COUNT + 1] = {{.name = NULL}};
    int id;

    *o = (struct options){.web = {.pages = 10,
                                  .links = 10,
                                  .filler_bytes = 2048,
                                  .seed = 1,
                                  .robots = WEB_ROBOTS_ALLOW,
                                  .robots_delay = "1"}};
    /* Values from 256 on: '?' is getopt's own. */
    for (int i = 0; i < OPTION_COUNT; i++)
        longs[i] = (struct option){.name = table[i].name,
                                   .has_arg = table[i].arg ? required_argument
                                                           : no_argument,
                                   .val = 256 + i};
    while ((id = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (id < 256)
            exit(EXIT_USAGE); /* getopt has said why */
        if (!set_web_option(&o->web, (enum option_id)(id - 256), optarg))
            set_option(o, (enum option_id)(id - 256), optarg);
    }
    if (optind < argc)
        fatal_exit(EXIT_USAGE, "\"%s\" is no option", argv[optind]);
    if (o->listens == 0)
        set_listen(o, "127.0.0.1:0");
    options_check(o);
}
