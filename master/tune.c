/*
 * tune - "master tune": the table of processes and threads for one's own list.
 *
 * Draws the sample, runs cell after cell with a rest between them, prints each
 * row as it is measured, and writes tune.csv and tune.html anew behind each, so
 * that whatever ends it leaves what was measured.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/tune.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "master/commands.h"
#include "master/display.h"
#include "master/folder.h"
#include "master/progress.h"
#include "master/sample.h"
#include "master/seed.h"

enum { TUNE_MAX_MS = 300000 /* of a run, without --max-time */ };

#define COUNT(n) progress_count((n), (char[PROGRESS_TEXT_BYTES]){0})
#define TIME(n) progress_time((n), (char[PROGRESS_TEXT_BYTES]){0})
#define NAME(c) tune_name((c), (char[TUNE_NAME_BYTES]){0})

struct tune {
    const struct config *config;
    char **lists;
    size_t lists_count;
    struct tune_grid *grid;
    size_t at; /* the cell that runs */
    uint64_t rest_left_ms;
    char name[FOLDER_NAME_MAX + 1];
    char *folder, *list;
    struct buf text, user_agent;
    struct tune_view view;
    struct tune_runner runner;
    bool has_display, is_disk_bad;
};

/* --- what is said --- */

/* A part of the table: above the live block where both are on one terminal. */
static void
tune_say(struct tune *t)
{
    if (t->has_display && isatty(STDOUT_FILENO))
        display_print(t->text.p, t->text.n);
    else
        fwrite(t->text.p, 1, t->text.n, stdout);
    fflush(stdout);
    buf_reset(&t->text);
}

static void
tune_draw(struct tune *t, uint64_t elapsed_ms)
{
    const struct tune_cell *c = &t->grid->cells[t->at];
    uint64_t left = tune_eta_ms(t->grid, t->view.max_ms, t->view.rest_ms);
    int width = t->has_display ? display_width() : 0;
    char what[128], line[256];
    int n;

    if (!t->has_display)
        return;
    if (t->rest_left_ms > 0) {
        snprintf(what, sizeof(what), "resting %s", TIME(t->rest_left_ms + 999));
        left -= left > t->view.rest_ms ? t->view.rest_ms - t->rest_left_ms : 0;
    } else {
        uint64_t past = elapsed_ms + (t->at > 0 ? t->view.rest_ms : 0);

        snprintf(what, sizeof(what), "%s of at most %s", TIME(elapsed_ms),
                 TIME(t->view.max_ms));
        left -= left > past ? past : left;
    }
    n = snprintf(line, sizeof(line), "run %zu of %zu: %s, %s; about %s left",
                 t->at + 1, t->grid->count, NAME(c), what, TIME(left));
    if (n > width)
        n = width;
    line[n] = '\n';
    display_draw((struct str){line, (size_t)n + 1});
}

static void
tune_on_tick(void *arg, uint64_t elapsed_ms)
{
    tune_draw(arg, elapsed_ms);
}

/* --- files --- */

static char *
tune_path(const struct tune *t, const char *name)
{
    size_t n = strlen(t->folder) + strlen(name) + 2;
    char *path = xmalloc(n);

    snprintf(path, n, "%s/%s", t->folder, name);
    return path;
}

/* Instead of what the file was; is_disk_bad after having said why. */
static void
tune_write(struct tune *t, const char *name,
           void (*write_it)(const struct tune_view *v, FILE *out))
{
    char *path = tune_path(t, name), *part = tune_path(t, ".new");
    FILE *out = fopen(part, "we");
    bool is_good = out != NULL;

    if (out) {
        write_it(&t->view, out);
        is_good = !ferror(out);
        is_good = fclose(out) == 0 && is_good;
    }
    if (!is_good || rename(part, path) != 0) {
        log_warn("%s", LOG_ESC(str_from(path)));
        t->is_disk_bad = true;
    }
    free(part);
    free(path);
}

static void
tune_write_all(struct tune *t)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    t->view.now_ms = (int64_t)now.tv_sec * 1000;
    t->view.is_whole = true;
    for (size_t i = 0; i < t->grid->count; i++)
        t->view.is_whole =
            t->view.is_whole && t->grid->cells[i].state != TUNE_WAITS;
    tune_judge(t->grid, &t->view.verdict);
    tune_write(t, "tune.csv", tune_csv);
    tune_write(t, "tune.html", tune_html);
}

/* --- the sample --- */

static void
tune_on_bad_row(void *arg, const char *text)
{
    (void)arg; /* they are counted */
    log_debug("%s", text);
}

static int
tune_write_sample(struct tune *t, const struct sample *s)
{
    FILE *out = fopen(t->list, "we");
    bool is_good = out != NULL;

    for (size_t i = 0; out && i < s->count; i++)
        fprintf(out, "%s\n", s->kept[i]);
    if (out) {
        is_good = !ferror(out);
        is_good = fclose(out) == 0 && is_good;
    }
    if (is_good)
        return EXIT_FINISHED;
    log_warn("%s", LOG_ESC(str_from(t->list)));
    return EXIT_DISK;
}

static int
tune_draw_sample(struct tune *t, struct sample *s)
{
    struct seed_options options = {
        .lists = t->lists,
        .count = t->lists_count,
        .scheme = t->config->seed_scheme,
        .allow_private = t->config->allow_private,
        .settings = t->config,
        .max_seeds = (uint64_t)t->config->max_seeds,
        .report = tune_on_bad_row,
    };
    struct seeds *seeds = seeds_open(&options);
    struct seed_counts counts;
    bool is_good = true;
    struct seed seed;
    enum seed_next next;

    while ((next = seeds_next(seeds, &seed)) != SEED_NEXT_END)
        if (next == SEED_NEXT_SEED)
            sample_add(s, seed.url);
        else
            is_good = is_good && next != SEED_NEXT_ERROR;
    seeds_counts(seeds, &counts);
    seeds_close(seeds);
    if (counts.bad > 0)
        log_warnx("%s bad rows in the list (see --dry-run without tune)",
                  COUNT(counts.bad));
    if (!is_good)
        return EXIT_ERROR;
    sample_draw(s);
    t->view.sites = s->count;
    t->view.sites_all = s->seen;
    if (s->count > 0)
        return EXIT_FINISHED;
    log_warnx("no site is in the list");
    return EXIT_ERROR;
}

/* --- what is to be done --- */

/* What an option lists, or what it has here by itself. */
static void
tune_numbers(const struct config *c, const char *name, const int64_t *own,
             size_t own_count, struct tune_numbers *out)
{
    out->n = own_count;
    memcpy(out->v, own, own_count * sizeof(*own));
    if (config_is_given(c, name))
        out->n = config_numbers(c, name, out->v);
}

static int
tune_plan_grid(struct tune *t)
{
    static const int64_t procs[] = {1, 2, 4, 8}, threads[] = {1, 5},
                         connections[] = {1, 64};
    struct tune_numbers p, n, k;

    tune_numbers(t->config, "procs", procs, 4, &p);
    tune_numbers(t->config, "threads", threads, 2, &n);
    tune_numbers(t->config, "connections", connections, 2, &k);
    for (size_t i = 0; i < p.n; i++)
        if (p.v[i] < 1) {
            log_warnx("--procs: %" PRId64 " processes crawl nothing: give "
                      "numbers from 1 on",
                      p.v[i]);
            return EXIT_USAGE;
        }
    for (size_t i = 0; i < n.n; i++)
        if (n.v[i] == CONFIG_AUTO) {
            log_warnx("--threads auto: a table is of settings, and that finds "
                      "its own: give numbers, as --threads 1,5");
            return EXIT_USAGE;
        }
    if (tune_grid_make(t->grid, &p, &n, &k) == ERR_OK)
        return EXIT_FINISHED;
    log_warnx("more than %d combinations: give fewer numbers", TUNE_CELLS_MAX);
    return EXIT_USAGE;
}

static int
tune_check(const struct tune *t)
{
    const struct config *c = t->config;

    if (t->lists_count == 0)
        log_warnx("what is to be crawled? master tune [options] LIST ... (see "
                  "master tune --help)");
    else if (c->redis)
        log_warnx("tune starts a private Redis for each run: leave --redis "
                  "(or REDIS_URL) out");
    else if (c->hosts)
        log_warnx("tune is about this machine: leave --hosts out");
    else
        return EXIT_FINISHED;
    return EXIT_USAGE;
}

static int
tune_open_folder(struct tune *t)
{
    char here[FOLDER_NAME_MAX + 16];

    snprintf(here, sizeof(here), "./tune-%s", t->name);
    t->folder = xstrdup(t->config->output ? t->config->output : here);
    t->list = tune_path(t, "sample.txt");
    if (t->config->dry_run || mkdir(t->folder, 0777) == 0 || errno == EEXIST)
        return EXIT_FINISHED;
    log_warn("%s", LOG_ESC(str_from(t->folder)));
    return EXIT_DISK;
}

static int
tune_plan(struct tune *t)
{
    const struct config *c = t->config;
    int code = tune_check(t);

    if (code == EXIT_FINISHED)
        code = tune_plan_grid(t);
    if (code != EXIT_FINISHED)
        return code;
    if (c->name)
        snprintf(t->name, sizeof(t->name), "%s", c->name);
    else
        folder_name_of_list(t->lists[0], t->name);
    config_user_agent(c, &t->user_agent);
    if (buf_add_char(&t->user_agent, '\0') != ERR_OK)
        return EXIT_ERROR;
    t->view.grid = t->grid;
    t->view.name = t->name;
    t->view.user_agent = t->user_agent.p;
    t->view.max_ms = c->max_time > 0 ? (uint64_t)c->max_time : TUNE_MAX_MS;
    t->view.rest_ms = (uint64_t)(c->rest > c->delay ? c->rest : c->delay);
    return tune_open_folder(t);
}

static void
tune_say_plan(const struct tune *t)
{
    log_info("%zu runs of %s of %s sites, each site asked once in each; at "
             "most %s a run and %s of rest between: %s at most",
             t->grid->count, COUNT(t->view.sites), COUNT(t->view.sites_all),
             TIME(t->view.max_ms), TIME(t->view.rest_ms),
             TIME(tune_eta_ms(t->grid, t->view.max_ms, t->view.rest_ms)));
}

static int
tune_print_plan(struct tune *t)
{
    for (size_t i = 0; i < t->grid->count; i++)
        printf("--procs %" PRId64 " --threads %" PRId64
               " --connections %" PRId64 "\n",
               t->grid->cells[i].procs, t->grid->cells[i].threads,
               t->grid->cells[i].connections);
    return fflush(stdout) == 0 ? EXIT_FINISHED : EXIT_ERROR;
}

/* --- the runs --- */

/* The sites have their peace. */
static void
tune_rest(struct tune *t)
{
    enum { STEP_MS = 250 };

    t->rest_left_ms = t->view.rest_ms;
    while (t->rest_left_ms > 0 && t->runner.stop_signal == 0) {
        uint64_t step = t->rest_left_ms < STEP_MS ? t->rest_left_ms : STEP_MS;

        tune_draw(t, 0);
        tune_pause(&t->runner, step);
        t->rest_left_ms -= step;
    }
    t->rest_left_ms = 0;
}

static int
tune_cells(struct tune *t)
{
    for (t->at = 0; t->at < t->grid->count && !t->is_disk_bad; t->at++) {
        struct tune_cell *c = &t->grid->cells[t->at];

        if (t->at > 0)
            tune_rest(t);
        if (t->runner.stop_signal == 0) {
            if (!t->has_display)
                log_info("run %zu of %zu: %s", t->at + 1, t->grid->count,
                         NAME(c));
            tune_run_cell(&t->runner, c);
        }
        if (t->runner.stop_signal != 0)
            return 128 + t->runner.stop_signal;
        tune_text_row(&t->view, c, &t->text);
        tune_say(t);
        tune_write_all(t);
        if (t->at == 0 && c->state == TUNE_FAILED) {
            log_warnx("not even the serial crawl works: %s", c->why);
            return EXIT_ERROR;
        }
    }
    return t->is_disk_bad ? EXIT_DISK : EXIT_FINISHED;
}

static int
tune_result(struct tune *t, int code)
{
    size_t measured = 0, failed = 0;

    for (size_t i = 0; i < t->grid->count; i++) {
        measured += tune_is_measured(&t->grid->cells[i]);
        failed += t->grid->cells[i].state == TUNE_FAILED;
    }
    if (measured > 0) {
        tune_judge(t->grid, &t->view.verdict);
        putchar('\n');
        tune_text_verdict(&t->view, &t->text);
        tune_say(t);
        printf("table: %s/tune.csv, curves: %s/tune.html\n",
               LOG_ESC(str_from(t->folder)), LOG_ESC(str_from(t->folder)));
    }
    if (measured + failed < t->grid->count)
        log_warnx("%zu of %zu runs were measured", measured, t->grid->count);
    return code == EXIT_FINISHED && failed > 0 ? EXIT_ERROR : code;
}

static int
tune_measure(struct tune *t)
{
    const struct config *c = t->config;
    int code;

    t->runner = (struct tune_runner){.config = c,
                                     .folder = t->folder,
                                     .list = t->list,
                                     .max_ms = t->view.max_ms,
                                     .tick = tune_on_tick,
                                     .arg = t};
    tune_say_plan(t);
    tune_open_signals();
    t->has_display =
        c->progress && !c->quiet && display_is_possible(STDERR_FILENO);
    if (t->has_display)
        display_open(STDERR_FILENO);
    tune_text_head(&t->text);
    tune_say(t);
    code = tune_cells(t);
    if (t->has_display)
        display_close();
    t->has_display = false;
    return tune_result(t, code);
}

int
tune_run(struct config *config, char **args, size_t count)
{
    struct tune t = {.config = config, .lists = args, .lists_count = count};
    struct sample sample;
    int code;

    t.grid = xcalloc(1, sizeof(*t.grid));
    buf_init(&t.text, TUNE_TEXT_BYTES);
    buf_init(&t.user_agent, TUNE_TEXT_BYTES);
    sample_init(&sample, (size_t)config->sample);
    code = tune_plan(&t);
    if (code == EXIT_FINISHED)
        code = tune_draw_sample(&t, &sample);
    if (code == EXIT_FINISHED && config->dry_run) {
        tune_say_plan(&t);
        code = tune_print_plan(&t);
    } else if (code == EXIT_FINISHED) {
        code = tune_write_sample(&t, &sample);
        if (code == EXIT_FINISHED)
            code = tune_measure(&t);
    }
    sample_fini(&sample);
    buf_fini(&t.user_agent);
    buf_fini(&t.text);
    free(t.list);
    free(t.folder);
    free(t.grid);
    return code;
}
