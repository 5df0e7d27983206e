/* SPDX-License-Identifier: MIT */
#include "worker/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/complete.h"
#include "common/config_check.h"
#include "common/secret.h"
#include "common/log.h"
#include "common/log_setup.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "worker/agent.h"
#include "worker/libraries.h"

/* clang-format off */
static const struct {
    struct config_command command;
    probe_fn *run;
    unsigned flags; /* bits of enum probe_flag */
} probes[] = {
    {{"url", "BASE REF", "The canonical URL of REF on a page at BASE; with "
      "--site and --origin these too, a line each.",
      "Without a fragment, as the crawl keeps it. Exit code 1, and no word, "
      "when it is no valid http or https URL. An empty BASE: REF is absolute.",
      "ftp max_url_length strip_params sort_params trailing_slash index_pages "
      "polite_by verbose"},
     probe_url, 1U << PROBE_SITE | 1U << PROBE_ORIGIN},
    {{"robots-test", "--agent A FILE URL ...", "Says by the robots.txt in FILE "
      "for each URL allow or disallow, and the line that decides.",
      "FILE may be - for standard input, a URL a path. Without --agent it is "
      "the one of --user-agent. --delay prints the agent's Crawl-delay in "
      "seconds, --sitemaps the sitemaps; then no URL is needed.",
      "user_agent verbose"},
     probe_robots, 1U << PROBE_AGENT | 1U << PROBE_DELAY |
         1U << PROBE_SITEMAPS},
    {{"links", "--base URL FILE", "The links that are followed on the page or "
      "sitemap in FILE, in order of first appearance; with --all the others too.",
      "FILE may be - for standard input. --content-type TYPE is what a header "
      "would say, text/html without; text/plain: FILE is a sitemap, a URL a "
      "line. --header 'Link: ...' is a line of the "
      "answer's header, also Refresh and X-Robots-Tag. --all prints the other "
      "links too, each with the reason behind a tab; --charset prints the "
      "page's charset and how it was found, and nothing else.",
      "level accept_regex reject_regex domains exclude_domains span_hosts "
      "ftp nofollow page_requisites max_url_length max_links strip_params "
      "sort_params trailing_slash index_pages max_path_segments max_repeats "
      "max_same_param max_years_ahead max_filesize parser header verbose"},
     probe_links, 1U << PROBE_BASE | 1U << PROBE_CONTENT_TYPE |
         1U << PROBE_ALL | 1U << PROBE_CHARSET},
    {{"extract", "--base URL FILE", "What --extract takes out of the page in "
      "FILE, as the crawl of that URL writes it.",
      "FILE may be - for standard input. --content-type TYPE is what a header "
      "would say, text/html without. The expressions are --extract NAME=EXPR, "
      "or those of --extract-from FILE.",
      "extract extract_each extract_from extract_format extract_max text "
      "max_filesize max_url_length verbose"},
     probe_extract, 1U << PROBE_BASE | 1U << PROBE_CONTENT_TYPE},
    {{"fetch", "URL", "Fetches one URL politely, and shows each step; -O FILE "
      "saves the body, decoded.",
      "robots.txt is asked first and obeyed. A redirect is shown, not "
      "followed. With -O - the body goes to standard output, the steps go to "
      "standard error. Exit code 1 when it was no page and no redirect.",
      "ftp robots user_agent contact header referer cookies load_cookies auth_hosts "
      "user password_file netrc netrc_file certificate private_key "
      "connect_timeout timeout speed_limit speed_time limit_rate max_filesize "
      "compression http2 proxy proxy_file no_proxy cacert check_certificate "
      "resolve connect_to "
      "dns_servers allow_private verbose"},
     probe_fetch, 1U << PROBE_SAVE},
    {{"exec", "--exec COMMAND --base URL FILE", "Gives the page in FILE to the "
      "command, and shows what it answers.",
      "FILE may be - for standard input. A line for each link, resolved, with "
      "the reason behind a tab when it is not followed; and for each record, "
      "as it would be stored. --all shows the line that the command reads, "
      "too. --content-type TYPE is what a header would say, text/html without. "
      "Exit code 1 when a crawl would take nothing of the answer.",
      "exec exec_body exec_timeout ftp level accept_regex reject_regex domains "
      "exclude_domains max_url_length strip_params sort_params trailing_slash "
      "index_pages max_filesize verbose"},
     probe_exec, 1U << PROBE_BASE | 1U << PROBE_CONTENT_TYPE | 1U << PROBE_ALL},
    {{"completion", "SHELL", "Prints what bash, zsh or fish completes by.",
      "SHELL is bash, zsh or fish.  For this session: source <(worker "
      "completion bash); make install puts them where the shells look.", ""},
     probe_complete, 0},
};

static const struct {
    const char *name;
    bool takes_value;
    const char *usage;
} probe_flags[PROBE_FLAGS] = {
    [PROBE_SITE] = {"--site", false, "--site"},
    [PROBE_ORIGIN] = {"--origin", false, "--origin"},
    [PROBE_AGENT] = {"--agent", true, "--agent NAME"},
    [PROBE_DELAY] = {"--delay", false, "--delay"},
    [PROBE_SITEMAPS] = {"--sitemaps", false, "--sitemaps"},
    [PROBE_BASE] = {"--base", true, "--base URL"},
    [PROBE_CONTENT_TYPE] = {"--content-type", true, "--content-type TYPE"},
    [PROBE_ALL] = {"--all", false, "--all"},
    [PROBE_CHARSET] = {"--charset", false, "--charset"},
    [PROBE_SAVE] = {"-O", true, "-O FILE"},
};
/* clang-format on */
enum { PROBES = sizeof(probes) / sizeof(probes[0]) };

const struct config_command *
probe_nth_command(size_t i)
{
    return i < PROBES ? &probes[i].command : NULL;
}

static size_t
probe_find(const char *word)
{
    size_t i = 0;

    while (i < PROBES && strcmp(word, probes[i].command.name) != 0)
        i++;
    return i;
}

bool
probe_is_named(const char *word)
{
    return probe_find(word) < PROBES;
}

/* For the shells: the i-th flag that the probe alone has. */
static const char *
probe_own_flag(const char *command, size_t i)
{
    size_t which = probe_find(command);

    for (int k = 0; which < PROBES && k < PROBE_FLAGS; k++)
        if ((probes[which].flags & 1U << k) != 0 && i-- == 0)
            return probe_flags[k].usage;
    return NULL;
}

int
probe_complete(struct probe *p)
{
    return complete_run(CONFIG_WORKER, probe_own_flag, p->words,
                        (size_t)p->count);
}

void
probe_usage(const struct probe *p)
{
    const struct config_command *c = &probes[probe_find(p->name)].command;

    fatal_exit(EXIT_USAGE,
               "usage: worker %s [options] %s (see worker %s "
               "--help)",
               c->name, c->args, c->name);
}

/*
 * Whether argv[0] is one of the probe's flags: takes it and says how many
 * words it has; 0 when it is none.
 */
static int
probe_take_flag(struct probe *p, unsigned flags, int argc, char **argv)
{
    for (int i = 0; i < PROBE_FLAGS; i++) {
        const char *name = probe_flags[i].name, *rest;
        bool is_short = name[1] != '-';

        if (!(flags & 1U << i) || strncmp(argv[0], name, strlen(name)) != 0)
            continue;
        rest = argv[0] + strlen(name);
        if (*rest == '\0' && !probe_flags[i].takes_value) {
            p->flag[i] = "";
            return 1;
        }
        if (*rest == '\0' && argc < 2)
            fatal_exit(EXIT_USAGE, "a value is missing behind %s", name);
        if (*rest == '\0') {
            p->flag[i] = argv[1];
            return 2;
        }
        if (probe_flags[i].takes_value && (is_short || *rest == '=')) {
            p->flag[i] = rest + !is_short;
            return 1;
        }
    }
    return 0;
}

/* A reference may begin with a '-'; only "--x" is for sure none. */
static bool
probe_is_odd_ref(const struct probe *p, int argc, char **argv)
{
    return strcmp(p->name, "url") == 0 && argc == 3 && argv[2][0] == '-' &&
           !(argv[2][1] == '-' && str_is_alpha(argv[2][2]));
}

/* The probe's own flags out of argv, the rest to the settings. */
static void
probe_configure(struct probe *p, unsigned flags, int argc, char **argv)
{
    static char end_of_options[] = "--";
    char **rest = xcalloc((size_t)argc + 2, sizeof(*rest));
    char why[CONFIG_WHY_BYTES];
    int n = 0, first;

    rest[n++] = argv[0];
    for (int i = 2, words; i < argc; i += words) {
        if (strcmp(argv[i], "--") == 0)
            flags = 0;
        words = probe_take_flag(p, flags, argc - i, argv + i);
        if (words == 0) {
            rest[n++] = argv[i];
            words = 1;
        }
    }
    if (probe_is_odd_ref(p, n, rest)) {
        memmove(rest + 2, rest + 1, 2 * sizeof(*rest));
        rest[1] = end_of_options;
        n++;
    }
    for (int i = 1; i < n; i++) /* config_load() knows no commands */
        if (strcmp(rest[i], "--") == 0)
            break;
        else if (strcmp(rest[i], "--help") == 0 || strcmp(rest[i], "-h") == 0)
            exit(config_print_command(p->name, stdout) && fflush(stdout) == 0
                     ? EXIT_FINISHED
                     : EXIT_ERROR);
    if (config_load(&p->config, CONFIG_WORKER, n, rest, &first, why) !=
            ERR_OK ||
        config_check(&p->config, why) != ERR_OK ||
        canon_new(&p->config, &p->canon, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", LOG_ESC(str_from(why)));
    p->words = xcalloc((size_t)n + 1, sizeof(*p->words));
    for (; first < n; first++)
        p->words[p->count++] = rest[first];
    free(rest);
}

int
probe_run(int argc, char **argv)
{
    size_t which = probe_find(argv[1]);
    struct probe p = {.name = argv[1]};
    int code;

    config_program(CONFIG_WORKER, "worker", "");
    config_commands(probe_nth_command, PROBE_TITLE, PROBE_WHICH);
    config_init(&p.config);
    probe_configure(&p, probes[which].flags, argc, argv);
    secret_scrub(argc, argv);
    log_setup("worker", &p.config);
    p.agent = agent_name(&p.config, &p.user_agent);
    libraries_init(&p.config);
    code = probes[which].run(&p);
    libraries_fini();
    buf_fini(&p.user_agent);
    free(p.words);
    canon_free(p.canon);
    config_fini(&p.config);
    if (fflush(stdout) != 0 || ferror(stdout))
        fatal_exit(EXIT_DISK, "cannot write to standard output");
    return code;
}

void
probe_read(const char *path, struct buf *out, bool *is_cut)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    char piece[65536];
    ssize_t n = 0;
    size_t room;

    if (is_cut)
        *is_cut = false;
    while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        room = out->max - out->n;
        if (n < 0 ||
            buf_add(out, piece, (size_t)n < room ? (size_t)n : room) != ERR_OK)
            break;
        if ((size_t)n > room) {
            if (is_cut)
                *is_cut = true;
            break;
        }
    }
    if (fd < 0 || n < 0)
        fatal_exit(EXIT_ERROR, "%s: %s",
                   is_stdin ? "standard input" : LOG_ESC(str_from(path)),
                   strerror(errno));
    if (!is_stdin)
        close(fd);
}

void
probe_put(FILE *out, struct str s)
{
    char text[LOG_ESC_BYTES];

    for (size_t at = 0, n; at < s.n; at += n) {
        uint32_t rune;

        if (s.p[at] >= ' ' && s.p[at] <= '~') {
            fputc(s.p[at], out);
            n = 1;
            continue;
        }
        n = utf8_decode(s.p + at, s.n - at, &rune);
        if (n == 0)
            n = 1;
        fputs(log_esc((struct str){s.p + at, n}, text), out);
    }
}
