/*
 * master - seeds a crawl, starts its workers, watches over it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/complete.h"
#include "common/config.h"
#include "common/config_check.h"
#include "common/log.h"
#include "common/log_setup.h"
#include "common/mem.h"
#include "master/commands.h"
#include "master/dry_run.h"
#include "master/job.h"
#include "common/secret.h"
#include "common/service.h"
#include "master/seed_source.h"

/*
 * Commands: "master NAME ..." runs that one instead of a crawl.  A new command
 * is a row here and a file of its own; master/command.h finds its crawl.
 */
struct command {
    struct config_command help;
    int (*run)(struct config *config, char **args, size_t count);
};

/* What finds the crawl; each command takes these. */
#define COMMAND_OPTIONS "name output redis redis_password_file"

static int
main_complete(struct config *config, char **args, size_t count)
{
    (void)config;
    return complete_run(CONFIG_MASTER, NULL, args, count);
}

static const struct command commands[] = {
    {{"status", "", "How far the crawl is, on one screen.",
      "Works on a crawl that runs, was stopped or is finished; the exit code "
      "is 0 whenever it could look.",
      COMMAND_OPTIONS " json"},
     status_run},
    {{"pause", "", "Stops asking the web, until resume; workers stay.",
      "Takes effect within a second or two: what is on the wire comes in, the "
      "rest waits in Redis.",
      COMMAND_OPTIONS},
     pause_run},
    {{"resume", "", "Lets a paused crawl go on.",
      "A crawl that was stopped is resumed by the command that began it.",
      COMMAND_OPTIONS},
     resume_run},
    {{"change", "[reset]", "Changes delay, connections or rate, while it runs.",
      "--delay, --connections and --limit-rate as given count from now on, "
      "within a second or two, in all workers and those that start later; a "
      "delay from each site's next request on, never below its Crawl-delay. "
      "reset: as the crawl's options say again. They stay through a stop; the "
      "crawl's command with another --delay or --limit-rate takes their place. "
      "Threads cannot change: start another worker.",
      COMMAND_OPTIONS " delay connections limit_rate"},
     change_run},
    {{"stop", "", "Ends the crawl's workers and master, as Ctrl-C does.",
      "What is in flight is finished or given back within 10 seconds, on all "
      "machines; waits for that.  The command that began the crawl goes on.",
      COMMAND_OPTIONS},
     stop_run},
    {{"add", "URL ...", "Adds URLs or domains to the crawl, as seeds.",
      "- stands for a list on standard input, one a line. Says for each "
      "whether it was added, seen already, or why it is not taken (exit code "
      "1). A crawl that is finished goes on with them when master is started "
      "again.",
      COMMAND_OPTIONS " seed_scheme quiet"},
     add_run},
    {{"explain", "URL ...", "What came of a URL, or what it waits for.",
      "Where it is, by which rule it is in scope or not, which line of "
      "robots.txt decides, what its site waits for, and all lines of the log "
      "about it.",
      COMMAND_OPTIONS},
     explain_run},
    {{"drop", "SITE ...", "Finishes what waits of a site, unfetched.",
      "So is what is found of it later, until undrop; the log has it as "
      "DROPPED. A URL or host stands for its site, by the crawl's "
      "--polite-by.",
      COMMAND_OPTIONS},
     drop_run},
    {{"undrop", "SITE ...", "Takes the drop back, for what is still to come.",
      "Also takes back that a site was given up for its failures. What was "
      "finished as DROPPED "
      "or GAVE_UP meanwhile stays so.",
      COMMAND_OPTIONS},
     undrop_run},
    {{"verify", "[DIR ...]", "Proves from the logs that nothing was lost.",
      "Holds the crawl log, also that of each DIR (from other machines), "
      "against Redis: every entry is finished or waits, none was finished "
      "twice but after a crash, no site was asked too soon, every WARC record "
      "is there.  The crawl may run meanwhile.",
      COMMAND_OPTIONS " redis_server redis_conf quiet verbose"},
     verify_run},
    {{"index", "[DIR|FILE ...]", "Writes the CDXJ index of WARC files.",
      "Each X.warc.gz (.warc.zst, .warc) gets an X.cdxj beside it, and "
      "index.cdxj in --output, or "
      "the first DIR, has all of them, sorted by SURT key: pywb and its kin "
      "read it.  DIR is a crawl's folder (default: the current one) or any "
      "with WARC files; several for several machines' files.  What is indexed "
      "already is not read again.",
      "output quiet"},
     index_run},
    {{"upload", "[DIR ...]", "Uploads the WARC files that are left.",
      "What --upload of a crawl left in its folder (default: the current one), "
      "or any folder with WARC files, goes to --upload s3://BUCKET/PREFIX; "
      "what is there already is not sent again.",
      "output upload s3_endpoint upload_delete quiet"},
     upload_run},
    {{"report", "[DIR ...]", "Makes one HTML page of a crawl, from its log.",
      "Totals, plots over time, failures, sites, types, sizes: of each DIR's "
      "log (several machines' folders; default: the crawl's), without Redis, "
      "of a crawl that runs or is finished.  The page is whole in itself; it "
      "goes to report.html in the first DIR, or to --report-file.  --json "
      "prints the same figures.",
      "name output report_file json quiet"},
     report_run},
    {{"tune", "LIST ...", "Measures what processes and threads bring, here.",
      "Crawls a sample of the list with each combination of the numbers that "
      "--procs, --threads and --connections list (1,2,4,8), and serially; "
      "prints the table, names the best setting and where more stops paying; "
      "table and curves are tune.csv and tune.html in --output (default: "
      "./tune-NAME). Each run has a private Redis and ends at --max-time "
      "(default: 300). All options of a crawl go through to the runs; without "
      "them --level 0 --tries 1 --save none. Ctrl-C keeps what is measured.",
      "procs threads connections sample rest max_time output level tries save "
      "delay contact max_seeds dry_run quiet"},
     tune_run},
    {{"top", "", "Shows a running crawl live, on all its machines.",
      "Keys pause and resume it, slow sites down and drop them; ? explains "
      "them and the numbers.  Without a terminal, or with --once, a snapshot "
      "is printed.",
      COMMAND_OPTIONS " once color"},
     top_run},
    {{"completion", "SHELL", "Prints what bash, zsh or fish completes by.",
      "SHELL is bash, zsh or fish.  For this session: source <(master "
      "completion bash); make install puts them where the shells look.",
      ""},
     main_complete},
    {{NULL, NULL, NULL, NULL, NULL}, NULL},
};

static const struct config_command *
main_nth_command(size_t i)
{
    return commands[i].run ? &commands[i].help : NULL;
}

static const struct command *
main_find_command(const char *word)
{
    const struct command *c = commands;

    while (c->run && strcmp(c->help.name, word) != 0)
        c++;
    return c->run ? c : NULL;
}

/* Whether a word was meant as a command: no path, no ending, no URL. */
static bool
main_is_like_command(const char *word)
{
    return word[0] != '\0' && strpbrk(word, "./:\\") == NULL;
}

/* A list that is not there is said before anything is begun. */
static bool
main_check_list(const char *list)
{
    struct stat st;

    if (seed_source_is_slow(list) && stat(list, &st) != 0)
        return true; /* "-" or a URL: opening it will tell */
    if (stat(list, &st) != 0) {
        log_warnx("%s: %s%s", LOG_ESC(str_from(list)), strerror(errno),
                  main_is_like_command(list)
                      ? ", and there is no command of that name (see --help)"
                      : "");
        return false;
    }
    if (S_ISDIR(st.st_mode))
        log_warnx("%s: a folder, not a list", LOG_ESC(str_from(list)));
    else if (access(list, R_OK) != 0)
        log_warnx("%s: %s", LOG_ESC(str_from(list)), strerror(errno));
    else
        return true;
    return false;
}

/* "master stauts": no list, no command, but like one. */
static bool
main_is_slip(const char *word)
{
    struct str meant;
    struct stat st;

    if (!main_is_like_command(word) || seed_source_is_slow(word) ||
        stat(word, &st) == 0)
        return false;
    meant = config_command_meant(word);
    if (meant.n > 0)
        log_warnx("%s: neither a list nor a command, did you mean %.*s? (see "
                  "--help)",
                  LOG_ESC(str_from(word)), STR_ARG(meant));
    return meant.n > 0;
}

static int
main_crawl(struct config *config, char **lists, size_t count)
{
    bool is_good = true;

    if (count == 0 && (config->name == NULL || config->dry_run)) {
        log_warnx("what is to be crawled? master [options] LIST ... (see "
                  "--help)");
        return EXIT_USAGE;
    }
    if (count > 0 && main_is_slip(lists[0]))
        return EXIT_USAGE;
    for (size_t i = 0; i < count; i++)
        is_good = main_check_list(lists[i]) && is_good;
    if (!is_good)
        return EXIT_ERROR;
    return config->dry_run ? dry_run(config, lists, count)
                           : job_run(config, lists, count);
}

static void
main_configure(struct config *config, int argc, char **argv, int *first)
{
    char why[CONFIG_WHY_BYTES];

    config_program(CONFIG_MASTER, "master [options] LIST ...",
                   "Crawls the sites of the lists: files (also .gz, .zst, .xz, "
                   ".zip), http(s) URLs, or - for standard input.  The same "
                   "command again resumes an unfinished crawl.");
    config_commands(main_nth_command,
                    "Commands about a crawl, be it running or not",
                    "The crawl is the one in that Redis or folder; without "
                    "--name, --output and --redis that of the current folder, "
                    "or the only one in it.");
    config_init(config);
    if (config_load(config, CONFIG_MASTER, argc, argv, first, why) != ERR_OK ||
        config_check(config, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", LOG_ESC(str_from(why)));
    log_setup("master", config);
}

int
main(int argc, char **argv)
{
    const struct command *command = NULL;
    struct config config;
    size_t count = 0;
    char **args;
    int first, code;

    log_init("master", LOG_INFO);
    log_early(argc, argv);
    service_begin();
    main_configure(&config, argc, argv, &first);
    args = xcalloc((size_t)argc + 1, sizeof(*args));
    for (int i = first; i < argc; i++)
        args[count++] = xstrdup(argv[i]);
    secret_scrub(argc, argv);
    if (count > 0)
        command = main_find_command(args[0]);
    code = command ? command->run(&config, args + 1, count - 1)
                   : main_crawl(&config, args, count);
    for (size_t i = 0; i < count; i++)
        free(args[i]);
    free(args);
    config_fini(&config);
    return code;
}
