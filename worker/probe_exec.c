/*
 * worker exec --exec COMMAND --base URL FILE
 *
 * What the step EXEC of a visit does (visit_exec.c) with one page.
 *
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <time.h>

#include "common/log.h"
#include "common/scope.h"
#include "worker/exec.h"
#include "worker/exec_answer.h"
#include "worker/exec_page.h"
#include "worker/probe.h"

struct probe_asking {
    const struct probe *p;
    uv_loop_t loop;
    struct exec *exec;
    struct exec_page page;
    struct exec_page_writer writer;
    struct url url;
    struct scope *scope;
    struct scope_match *match;
    struct buf url_text, line;
    struct stats stats;
    bool is_fine;
};

static enum err
probe_exec_write(void *arg, struct exec_job *job, struct buf *out)
{
    struct probe_asking *a = arg;
    enum err e = exec_page_write(&a->writer, &a->page, out);

    (void)job;
    if (e == ERR_OK && a->p->flag[PROBE_ALL]) {
        fputs("page    ", stdout);
        fwrite(out->p, 1, out->n, stdout); /* as json_line.h says, harmless */
    }
    return e;
}

static void
probe_exec_on_link(void *arg, struct str reference, int64_t depth)
{
    struct probe_asking *a = arg;
    char why[SCOPE_WHY_BYTES];
    struct url url;
    enum err e =
        canon_parse(a->p->canon, reference, &a->url, &a->url_text, &url, NULL);
    bool is_in = false;

    fputs("link    ", stdout);
    probe_put(stdout, e == ERR_OK ? url.text : reference);
    if (e == ERR_OK)
        is_in = scope_explain_link(a->scope, a->match, &url,
                                   depth < 0 ? 1 : (unsigned)depth, a->url.text,
                                   why) == SCOPE_IN;
    if (e == ERR_TOO_BIG)
        printf("\tnot followed: longer than --max-url-length");
    else if (e != ERR_OK)
        printf("\tnot followed: not a valid http or https URL");
    else if (!is_in)
        printf("\tnot followed: %s", why);
    putchar('\n');
}

static void
probe_exec_on_record(void *arg, struct str object)
{
    struct probe_asking *a = arg;

    buf_reset(&a->line);
    if (exec_answer_write_record(object, a->url.text, &a->line) != ERR_OK)
        return;
    fputs("record  ", stdout);
    probe_put(stdout, (struct str){a->line.p, a->line.n - 1});
    putchar('\n');
}

static void
probe_exec_done(void *arg, struct exec_job *job, enum exec_result result,
                struct str line)
{
    struct probe_asking *a = arg;
    const struct exec_answer_sink sink = {probe_exec_on_link,
                                          probe_exec_on_record, a};
    struct buf scratch;
    const char *why;

    (void)job;
    buf_init(&scratch, EXEC_LINE_MAX);
    if (result == EXEC_TOO_LONG)
        log_warnx("its answer is longer than %d bytes", EXEC_LINE_MAX);
    else if (result == EXEC_GIVEN_UP)
        log_warnx("no answer: a crawl gives the page up");
    else if (exec_answer_read(line, &sink, &scratch, &why) == ERR_INVALID)
        log_warnx("its answer is passed over, %s: %s", why, LOG_ESC(line));
    else
        a->is_fine = true;
    buf_fini(&scratch);
    uv_stop(&a->loop);
}

static const char *
probe_exec_name(const struct exec_job *job)
{
    (void)job;
    return "the page";
}

static void
probe_exec_on_hopeless(void *arg)
{
    struct probe_asking *a = arg;

    uv_stop(&a->loop);
}

static void
probe_exec_ask(struct probe_asking *a)
{
    const struct config *c = &a->p->config;
    const struct exec_setup setup = {
        .loop = &a->loop,
        .command = c->exec,
        .names = {.crawl = c->name, .folder = c->output, .worker = "probe"},
        .timeout_ms = (uint64_t)c->exec_timeout,
        .line_max = exec_page_line_max((size_t)c->max_filesize),
        .stats = &a->stats,
        .write = probe_exec_write,
        .done = probe_exec_done,
        .name = probe_exec_name,
        .on_hopeless = probe_exec_on_hopeless,
        .arg = a};
    struct exec_job job = {0};

    uv_loop_init(&a->loop);
    a->exec = exec_new(&setup);
    exec_ask(a->exec, &job);
    uv_run(&a->loop, UV_RUN_DEFAULT);
    exec_drop(a->exec, &job);
    while (!exec_finish(a->exec))
        uv_run(&a->loop, UV_RUN_ONCE);
    exec_close(a->exec);
    uv_run(&a->loop, UV_RUN_DEFAULT);
    uv_loop_close(&a->loop);
    exec_free(a->exec);
}

static void
probe_exec_open(struct probe_asking *a, const struct buf *file)
{
    const struct config *c = &a->p->config;
    const char *base = a->p->flag[PROBE_BASE];
    const char *type = a->p->flag[PROBE_CONTENT_TYPE];
    const struct exec_names names = {.crawl = c->name, .folder = c->output};
    char why[EXEC_WHY_BYTES];
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    buf_init(&a->url_text, (size_t)c->max_url_length);
    buf_init(&a->line, EXEC_LINE_MAX + (64 << 10));
    if (canon_parse(a->p->canon, str_from(base), NULL, &a->url_text, &a->url,
                    NULL) != ERR_OK)
        fatal_exit(EXIT_USAGE, "--base \"%s\": no http or https URL",
                   LOG_ESC(str_from(base)));
    a->page = (struct exec_page){.url = a->url.text,
                                 .time_us = (int64_t)now.tv_sec * 1000000 +
                                            now.tv_nsec / 1000,
                                 .status = 200,
                                 .type = str_from(type ? type : "text/html"),
                                 .body = buf_str(file)};
    exec_page_body_word(str_from(c->exec_body), &a->page.how);
    exec_page_init(&a->writer, (size_t)c->max_filesize);
    if (exec_command_try(c->exec, &names, c->exec_timeout, why) != ERR_OK ||
        scope_new(c, &a->scope, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
    a->match = scope_match_new(a->scope);
}

int
probe_exec(struct probe *p)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct probe_asking a = {.p = p};
    struct buf base_text, file;
    bool is_cut;

    if (p->count != 1 || p->flag[PROBE_BASE] == NULL || p->config.exec == NULL)
        probe_usage(p);
    sigaction(SIGPIPE, &ignore, NULL);
    buf_init(&file, (size_t)p->config.max_filesize);
    probe_read(p->words[0], &file, &is_cut);
    probe_exec_open(&a, &file);
    /* links are resolved into url_text: the base needs its own */
    base_text = a.url_text;
    buf_init(&a.url_text, (size_t)p->config.max_url_length);
    a.page.is_truncated = is_cut;
    probe_exec_ask(&a);
    exec_page_fini(&a.writer);
    scope_match_free(a.match);
    scope_free(a.scope);
    buf_fini(&a.line);
    buf_fini(&a.url_text);
    buf_fini(&base_text);
    buf_fini(&file);
    return a.is_fine ? EXIT_FINISHED : EXIT_ERROR;
}
