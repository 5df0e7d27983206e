/* SPDX-License-Identifier: MIT */
#include "master/fleet_command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "common/color.h"
#include "common/log.h"
#include "common/mem.h"

extern char **environ;

enum { COMMAND_LINE_BYTES = 1 << 15 };

/*
 * What the shell there runs.  The address of Redis comes by stdin, which read
 * takes no byte too much of; what follows there is the worker's (--until-eof).
 * The shell stays and ends with the worker's code: ssh tells those below 255
 * apart, of a signal it would tell nothing.
 */
static const char command_there[] =
    "IFS= read -r WEFT_REDIS || exit; export WEFT_REDIS; \"$@\"; exit $?";

/* --- lists of words --- */

struct command_words {
    char **v;
    size_t n, room;
};

static void
command_add(struct command_words *w, const char *text)
{
    if (w->n + 1 >= w->room) {
        w->room = w->room ? 2 * w->room : 32;
        w->v = xreallocarray(w->v, w->room, sizeof(*w->v));
    }
    w->v[w->n++] = xstrdup(text);
    w->v[w->n] = NULL;
}

static void PRINTF_LIKE(2, 3)
    command_addf(struct command_words *w, const char *fmt, ...)
{
    char text[64];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    command_add(w, text);
}

void
fleet_command_free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

enum err
fleet_command_split(const char *text, char ***out)
{
    struct command_words w = {NULL, 0, 0};
    char *word = xmalloc(strlen(text) + 1), quote = '\0';
    bool is_word = false;
    size_t n = 0;

    w.room = 32;
    w.v = xcalloc(w.room, sizeof(*w.v));
    for (const char *p = text;; p++) {
        if (*p == '\0' || (quote == '\0' && str_is_space(*p))) {
            word[n] = '\0';
            if (is_word)
                command_add(&w, word);
            is_word = false;
            n = 0;
            if (*p == '\0')
                break;
        } else if (quote == '\0' && (*p == '\'' || *p == '"')) {
            quote = *p;
            is_word = true;
        } else if (*p == quote) {
            quote = '\0';
        } else {
            if (*p == '\\' && quote != '\'' && p[1] != '\0')
                p++;
            word[n++] = *p;
            is_word = true;
        }
    }
    free(word);
    *out = w.v;
    if (quote == '\0')
        return ERR_OK;
    fleet_command_free_words(w.v);
    *out = NULL;
    return ERR_INVALID;
}

enum err
fleet_command_quote(const char *word, struct buf *out)
{
    bool is_open = false;
    enum err e = ERR_OK;

    if (*word == '\0')
        return buf_add(out, "''", 2);
    for (; *word && e == ERR_OK; word++) {
        bool is_special = strchr("'\\!", *word) != NULL;

        if (is_special == is_open) {
            e = buf_add_char(out, '\'');
            is_open = !is_open;
        }
        if (e == ERR_OK && is_special)
            e = buf_add_char(out, '\\');
        if (e == ERR_OK)
            e = buf_add_char(out, *word);
    }
    return e == ERR_OK && is_open ? buf_add_char(out, '\'') : e;
}

/* --- what both kinds have --- */

/* Of the processes that share a machine, and of each. */
struct command_size {
    int64_t procs, threads;
};

/*
 * The crawl's settings come from Redis, where they were put from all layers
 * of ours; so no file may stand above them (and command_env() leaves out the
 * environment's).
 */
static void
command_worker(struct command_words *w, const char *program, const char *name,
               const char *folder, struct command_size size,
               const struct config *c)
{
    command_add(w, program);
    command_add(w, "--name");
    command_add(w, name);
    command_add(w, "--output");
    command_add(w, folder);
    command_add(w, "--threads");
    if (size.threads == CONFIG_AUTO) {
        command_add(w, "auto");
        command_add(w, "--share");
        command_addf(w, "%" PRId64, size.procs);
    } else {
        command_addf(w, "%" PRId64, size.threads);
    }
    command_add(w, "--connections");
    command_addf(w, "%" PRId64, c->connections);
    command_add(w, "--config");
    command_add(w, "/dev/null");
    if (c->exec) { /* not by way of Redis: worker(8) says why */
        command_add(w, "--exec");
        command_add(w, c->exec);
    }
    if (c->log_format && strcmp(c->log_format, "text") != 0) {
        command_add(w, "--log-format");
        command_add(w, c->log_format);
    }
    if (c->quiet)
        command_add(w, "--quiet");
    if (c->verbose)
        command_add(w, "--verbose");
}

static void
command_add_env(struct command_words *env, const char *name, const char *value)
{
    size_t n = strlen(name) + strlen(value) + 2;
    char *text = xmalloc(n);

    snprintf(text, n, "%s=%s", name, value);
    command_add(env, text);
    explicit_bzero(text, n); /* a password may be in it */
    free(text);
}

static void
command_env(struct command_words *env)
{
    for (size_t i = 0; environ[i]; i++)
        if (strncmp(environ[i], "WEFT_", 5) != 0 &&
            strncmp(environ[i], "REDIS_URL=", 10) != 0)
            command_add(env, environ[i]);
}

void
fleet_command_fini(struct fleet_command *command)
{
    for (size_t i = 0; command->env && command->env[i]; i++)
        explicit_bzero(command->env[i], strlen(command->env[i]));
    if (command->input)
        explicit_bzero(command->input, strlen(command->input));
    fleet_command_free_words(command->args);
    fleet_command_free_words(command->env);
    free(command->input);
    *command = (struct fleet_command){NULL, NULL, NULL};
}

/* --- here --- */

/* --worker-program, else the worker beside this program.  On the heap. */
static char *
command_find_worker(const struct config *c)
{
    char exe[4096];
    size_t n = sizeof(exe) - sizeof("worker");
    char *slash;

    if (c->worker_program)
        return xstrdup(c->worker_program);
    if (uv_exepath(exe, &n) != 0 || (slash = strrchr(exe, '/')) == NULL)
        return xstrdup("worker");
    memcpy(slash + 1, "worker", sizeof("worker"));
    return xstrdup(exe);
}

enum err
fleet_command_here(const struct fleet_command_options *options,
                   struct fleet_command *out, char why[FLEET_WHY_BYTES])
{
    const struct config *c = options->config;
    struct command_words args = {NULL, 0, 0}, env = {NULL, 0, 0};
    char *program = command_find_worker(c);
    char pid[24];

    *out = (struct fleet_command){NULL, NULL, NULL};
    if (access(program, X_OK) != 0) {
        snprintf(why, FLEET_WHY_BYTES,
                 "cannot start the worker %.150s: %s (see --worker-program)",
                 LOG_ESC(str_from(program)), strerror(errno));
        free(program);
        return ERR_NOT_FOUND;
    }
    command_worker(&args, program, options->name, options->folder,
                   (struct command_size){c->procs, c->threads}, c);
    free(program);
    if (c->redis && c->redis_password_file) {
        command_add(&args, "--redis-password-file");
        command_add(&args, c->redis_password_file);
    }
    /* Its lines may come to a terminal by way of a pipe to us. */
    command_add(&args, "--color");
    command_add(&args,
                color_is_wanted(c->color, STDERR_FILENO) ? "always" : "never");
    if (c->log_file) {
        command_add(&args, "--log-file");
        command_add(&args, c->log_file);
    }
    command_env(&env);
    command_add_env(&env, "WEFT_REDIS", options->redis_url);
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    command_add_env(&env, "WEFT_MASTER_PID", pid);
    out->args = args.v;
    out->env = env.v;
    return ERR_OK;
}

/* --- there --- */

const char *
fleet_command_output(const struct config *c, const char *name)
{
    return c->remote_output ? c->remote_output : name;
}

/* The line for the login shell there, on the heap. */
static char *
command_line_there(const struct fleet_command_options *options,
                   const struct hosts_row *h)
{
    const struct config *c = options->config;
    /* without a number there is one for each CPU, so a thread for each */
    struct command_size size = {h->procs ? (int64_t)h->procs : HOSTS_PROCS_MAX,
                                h->threads ? (int64_t)h->threads : c->threads};
    struct command_words w = {NULL, 0, 0};
    struct buf line;
    enum err e;

    command_add(&w, "sh");
    command_add(&w, "-c");
    command_add(&w, command_there);
    command_add(&w, "weft"); /* $0 */
    command_worker(&w, c->remote_worker ? c->remote_worker : "worker",
                   options->name, fleet_command_output(c, options->name), size,
                   c);
    command_add(&w, "--until-eof");
    buf_init(&line, COMMAND_LINE_BYTES);
    e = buf_addf(&line, "exec");
    for (size_t i = 0; i < w.n && e == ERR_OK; i++) {
        e = buf_add_char(&line, ' ');
        if (e == ERR_OK)
            e = fleet_command_quote(w.v[i], &line);
    }
    if (e == ERR_OK)
        e = buf_add_char(&line, '\0');
    if (e != ERR_OK) /* fleet_command_check() has seen to it */
        fatalx("--remote-worker or --remote-output is too long");
    fleet_command_free_words(w.v);
    return line.p;
}

/*
 * What the user gives comes first: ssh takes the first value of an option.
 * Nobody can be asked for anything; a link that is dead is noticed within
 * 20 s; a shared connection that would outlive its ssh is not begun.
 */
static void
command_add_ssh(struct command_words *args, const struct hosts_row *h)
{
    static const char *const options[] = {
        "BatchMode=yes",         "ConnectTimeout=10", "ServerAliveInterval=5",
        "ServerAliveCountMax=3", "ControlMaster=no",  "RemoteCommand=none"};

    command_add(args, "-T");
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        command_add(args, "-o");
        command_add(args, options[i]);
    }
    if (h->port) {
        command_add(args, "-p");
        command_addf(args, "%u", h->port);
    }
    command_add(args, "--");
    command_add(args, h->target);
}

void
fleet_command_there(const struct fleet_command_options *options,
                    const struct hosts_row *h, struct fleet_command *out)
{
    struct command_words args = {NULL, 0, 0}, env = {NULL, 0, 0};
    size_t n = strlen(options->redis_url) + 2;
    char **words, *line = command_line_there(options, h);

    if (fleet_command_split(options->config->ssh, &words) != ERR_OK)
        fatalx("--ssh: a quote is not closed");
    for (size_t i = 0; words[i]; i++)
        command_add(&args, words[i]);
    fleet_command_free_words(words);
    command_add_ssh(&args, h);
    command_add(&args, line);
    free(line);
    command_env(&env);
    out->args = args.v;
    out->env = env.v;
    out->input = xmalloc(n);
    snprintf(out->input, n, "%s\n", options->redis_url);
}

/* --- what cannot work --- */

static bool
command_is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           access(path, X_OK) == 0;
}

/* Whether execvp() would find it. */
static bool
command_is_here(const char *program)
{
    struct str path = str_from(getenv("PATH"));
    char file[4096];

    if (strchr(program, '/'))
        return command_is_program(program);
    while (path.n > 0) {
        struct str folder = str_cut(&path, ':');

        snprintf(file, sizeof(file), "%.*s/%s", STR_ARG(folder), program);
        if (command_is_program(file))
            return true;
    }
    return false;
}

static enum err
command_check_ssh(const char *text, char why[FLEET_WHY_BYTES])
{
    char **words = NULL;
    enum err e = ERR_INVALID;

    if (text == NULL || fleet_command_split(text, &words) != ERR_OK)
        snprintf(why, FLEET_WHY_BYTES, "--ssh: a quote is not closed");
    else if (words[0] == NULL)
        snprintf(why, FLEET_WHY_BYTES, "--ssh: no program is named");
    else if (!command_is_here(words[0]))
        snprintf(why, FLEET_WHY_BYTES,
                 "--hosts needs ssh, and there is no %.100s here (install "
                 "openssh-client, or see --ssh)",
                 LOG_ESC(str_from(words[0])));
    else
        e = ERR_OK;
    fleet_command_free_words(words);
    return e;
}

static bool
command_is_plain(const char *text)
{
    for (const char *p = text; p && *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return true;
}

/* A path that goes through a shell, within '...', where nothing is expanded. */
static enum err
command_check_path(const char *option, const char *path,
                   char why[FLEET_WHY_BYTES])
{
    const char *wrong = NULL;

    if (path == NULL)
        return ERR_OK;
    if (path[0] == '~')
        wrong = "~ means nothing there: leave ~/ out, paths begin in the home "
                "folder";
    else if (path[0] == '-')
        wrong = "it would be an option there: put ./ before it";
    else if (strlen(path) > 2048)
        wrong = "too long";
    for (const char *p = path; *p && wrong == NULL; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            wrong = "control characters cannot go there";
    if (wrong == NULL)
        return ERR_OK;
    snprintf(why, FLEET_WHY_BYTES, "%s: %s", option, wrong);
    return ERR_INVALID;
}

static enum err
command_check_redis(const struct redis_url *redis, char why[FLEET_WHY_BYTES])
{
    if (redis->host)
        return ERR_OK;
    snprintf(why, FLEET_WHY_BYTES,
             "--hosts needs --redis redis://ADDRESS: %s, which other machines "
             "do not reach",
             redis->path ? "this is a unix socket"
                         : "the private Redis listens on a unix socket");
    return ERR_INVALID;
}

enum err
fleet_command_check(const struct config *c, const struct redis_url *redis,
                    char why[FLEET_WHY_BYTES])
{
    enum err e = command_check_redis(redis, why);

    if (e == ERR_OK)
        e = command_check_ssh(c->ssh, why);
    if (e == ERR_OK)
        e = command_check_path("--remote-worker", c->remote_worker, why);
    if (e == ERR_OK)
        e = command_check_path("--remote-output", c->remote_output, why);
    if (e == ERR_OK && !command_is_plain(c->exec)) {
        snprintf(why, FLEET_WHY_BYTES,
                 "--exec: control characters cannot go to other machines: put "
                 "the command into a script there");
        e = ERR_INVALID;
    }
    return e;
}
