/* SPDX-License-Identifier: MIT */
#include "master/command.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "common/frontier_look.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/secret.h"
#include "common/site.h"
#include "master/redis_server.h"

enum {
    COMMAND_OPEN_MS = 10000,
    COMMAND_LOOK_MS = 100,
    COMMAND_BUSY_MS = 15000, /* a master starts its Redis within 10 s */
    COMMAND_LEAVE_MS = 5000, /* for others who use the Redis we started */
    COMMAND_NAMES_MAX = 20,
    COMMAND_AGAIN = -1 /* no exit code: look once more where Redis is */
};

struct command_server {
    uv_loop_t loop;
    struct folder folder; /* locked */
    struct redis_server *redis;
};

/* --- names that are collected --- */

struct command_names {
    char *v[COMMAND_NAMES_MAX];
    size_t n;
    bool has_more;
};

static void
command_names_add(void *arg, struct str name)
{
    struct command_names *names = arg;

    for (size_t i = 0; i < names->n; i++)
        if (str_equal(name, str_from(names->v[i])))
            return;
    names->has_more = names->n == COMMAND_NAMES_MAX;
    if (!names->has_more)
        names->v[names->n++] = xmemdup0(name.p, name.n);
}

static void
command_names_fini(struct command_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->v[i]);
}

static int
command_names_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "a, b, c ..." for a message. */
static void
command_names_text(struct command_names *names, char out[LOG_ESC_BYTES])
{
    struct buf b;
    enum err e = ERR_OK;

    qsort(names->v, names->n, sizeof(names->v[0]), command_names_compare);
    buf_init(&b, COMMAND_NAMES_MAX * (NAME_MAX + 2) + 4);
    for (size_t i = 0; i < names->n && e == ERR_OK; i++)
        e = buf_addf(&b, "%s%s", i ? ", " : "", names->v[i]);
    if (e == ERR_OK && names->has_more)
        e = buf_addf(&b, " ...");
    log_esc(buf_str(&b), out);
    buf_fini(&b);
}

/* --- the folder --- */

/* A master used it, and kept a private Redis in it. */
static bool
command_is_folder(const char *path)
{
    static const char *const marks[] = {".lock", "log", "redis"};
    struct folder folder = {(char *)(uintptr_t)path, -1};
    bool is_one = true;

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && is_one; i++) {
        char *mark = folder_join(&folder, marks[i]);

        is_one = access(mark, F_OK) == 0;
        free(mark);
    }
    return is_one;
}

static void
command_find_folders(struct command_names *names)
{
    DIR *here = opendir(".");
    struct dirent *d;

    while (here && (d = readdir(here)) != NULL)
        if (d->d_name[0] != '.' && command_is_folder(d->d_name))
            command_names_add(names, str_from(d->d_name));
    if (here)
        closedir(here);
}

/* The only crawl's folder below the current one. */
static char *
command_only_folder(void)
{
    struct command_names names = {.n = 0};
    char text[LOG_ESC_BYTES], *path = NULL;

    command_find_folders(&names);
    command_names_text(&names, text);
    if (names.n == 0)
        log_warnx("which crawl? There is none in this folder: name it with "
                  "--output DIR, --name NAME or --redis URL");
    else if (names.n > 1)
        log_warnx("which crawl? Name one of these with --name: %s", text);
    else
        path = realpath(names.v[0], NULL);
    command_names_fini(&names);
    return path;
}

/* Where the private Redis is, absolute; NULL after having said why not. */
static char *
command_choose_folder(const struct config *c)
{
    const char *path = c->output ? c->output : c->name ? c->name : ".";
    bool is_here = command_is_folder(".");

    if (c->output == NULL && c->name == NULL && !is_here)
        return command_only_folder();
    if (c->output == NULL && c->name && is_here && !command_is_folder(path))
        path = ".";
    if (command_is_folder(path))
        return realpath(path, NULL);
    if (access(path, F_OK) != 0)
        log_warnx("there is no crawl in %s: %s (--output DIR says where it "
                  "is, --redis URL which Redis has it)",
                  LOG_ESC(str_from(path)), strerror(errno));
    else
        log_warnx("%s has no Redis of its own: name the crawl's with "
                  "--redis URL",
                  LOG_ESC(str_from(path)));
    return NULL;
}

/* --- a private Redis for the time of the command --- */

static volatile sig_atomic_t command_signal;

static void
command_on_signal(int number)
{
    command_signal = number;
}

bool
command_is_stopped(void)
{
    return command_signal != 0;
}

int
command_exit_code(int code)
{
    if (command_signal == 0)
        return code;
    return command_signal == SIGINT ? EXIT_SIGINT : EXIT_SIGTERM;
}

static bool
command_gives_up(void *arg)
{
    (void)arg;
    return command_is_stopped();
}

/* Once: the flag; again: as if nobody cared.  Reads are not begun again. */
static void
command_take_signals(void)
{
    static const int taken[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = command_on_signal,
                               .sa_flags = (int)SA_RESETHAND};

    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        sigaction(taken[i], &action, NULL);
}

/* How many others than us are connected; 0 when it does not tell. */
static unsigned long
command_others(struct redis *r)
{
    redisReply *reply = redis_command(r, "INFO", "clients", (char *)NULL);
    const char *at = NULL;
    unsigned long count = 0;

    if (reply && reply->type == REDIS_REPLY_STRING)
        at = strstr(reply->str, "connected_clients:");
    if (at)
        count = strtoul(at + strlen("connected_clients:"), NULL, 10);
    if (reply)
        freeReplyObject(reply);
    return count > 1 ? count - 1 : 0;
}

/*
 * Stop what was started, unless others have come to use it: they wait for
 * nobody's lock.  It is then as after a master's death.
 */
static void
command_stop_server(struct command_server *s, struct redis *r)
{
    int waited_ms = 0;

    if (s == NULL)
        return;
    while (r && command_others(r) > 0 && waited_ms < COMMAND_LEAVE_MS) {
        poll(NULL, 0, COMMAND_LOOK_MS);
        waited_ms += COMMAND_LOOK_MS;
    }
    if (waited_ms < COMMAND_LEAVE_MS) {
        redis_server_stop(s->redis);
    } else {
        log_info("somebody else uses the crawl's Redis: it is left running, "
                 "and the crawl's next master takes it over");
        redis_server_leave(s->redis);
    }
    uv_run(&s->loop, UV_RUN_DEFAULT);
    uv_loop_close(&s->loop);
    folder_close(&s->folder);
    free(s);
}

static int
command_start_server(const struct config *config, const char *folder,
                     struct command_crawl *out)
{
    struct redis_server_options options = {.program = config->redis_server,
                                           .conf = config->redis_conf,
                                           .is_stopped = command_gives_up};
    struct command_server *s = xcalloc(1, sizeof(*s));
    char why[REDIS_SERVER_WHY_BYTES], url_why[128];
    enum err e = folder_open(folder, &s->folder, why);

    if (e != ERR_OK) {
        free(s);
        if (e == ERR_INVALID)
            return COMMAND_AGAIN; /* somebody was faster */
        log_warnx("%s", why);
        return EXIT_DISK;
    }
    folder_note_command(&s->folder);
    if (uv_loop_init(&s->loop) != 0)
        fatalx("no event loop");
    command_take_signals();
    options.folder = &s->folder;
    e = redis_server_start(&s->loop, &options, &s->redis, why);
    if (e == ERR_OK) {
        out->server = s;
        if (redis_url_parse(str_from(redis_server_url(s->redis)), &out->url,
                            url_why) == ERR_OK)
            return EXIT_FINISHED;
        log_warnx("the private Redis: %s", url_why);
        return EXIT_REDIS;
    }
    if (e != ERR_INVALID)
        log_warnx("%s", why);
    command_stop_server(s, NULL);
    if (e == ERR_INVALID)
        return command_exit_code(EXIT_REDIS);
    return e == ERR_IO || e == ERR_NO_SPACE ? EXIT_DISK : EXIT_REDIS;
}

/* --- where Redis is --- */

static int
command_name_redis(const struct config *config, struct command_crawl *out)
{
    char why[256];

    if (redis_url_parse(str_from(config->redis), &out->url, why) != ERR_OK)
        log_warnx("--redis: %s", why);
    else if (config->redis_password_file &&
             secret_read_file(config->redis_password_file, &out->url, why) !=
                 ERR_OK)
        log_warnx("%s", why);
    else
        return EXIT_FINISHED;
    return EXIT_USAGE;
}

/* The server that runs for the folder: true, and its place in out->url. */
static bool
command_find_server(struct command_crawl *out)
{
    struct folder folder = {out->folder, -1};
    char *path;

    if (redis_server_find(&folder, &path) != ERR_OK)
        return false;
    out->url = (struct redis_url){.path = path};
    return true;
}

static int
command_find_private(const struct config *config, enum command_need need,
                     struct command_crawl *out)
{
    if (command_find_server(out))
        return EXIT_FINISHED;
    /* A master that just starts, or starts its Redis again; or a command. */
    if (folder_user(out->folder) != FOLDER_FREE)
        return COMMAND_AGAIN;
    if (need == COMMAND_STARTS)
        return command_start_server(config, out->folder, out);
    log_warnx("the crawl in %s is not running", LOG_ESC(str_from(out->folder)));
    return EXIT_ERROR;
}

/* One that answered may be stopped before we are connected: look again. */
static int
command_connect_private(const struct config *config, enum command_need need,
                        struct command_crawl *out)
{
    int code = EXIT_ERROR, waited_ms = 0;
    char why[256] = "its Redis does not answer";

    out->folder = command_choose_folder(config);
    while (out->folder && waited_ms < COMMAND_BUSY_MS) {
        redis_url_fini(&out->url);
        code = command_find_private(config, need, out);
        if (code == EXIT_FINISHED &&
            redis_open(&out->url, COMMAND_OPEN_MS, &out->redis, why) == ERR_OK)
            return EXIT_FINISHED;
        if (code != EXIT_FINISHED && code != COMMAND_AGAIN)
            return code;
        if (out->server)
            break; /* our own, and we are not let in */
        poll(NULL, 0, COMMAND_LOOK_MS);
        waited_ms += COMMAND_LOOK_MS;
    }
    if (out->folder == NULL)
        return EXIT_ERROR;
    log_warnx("somebody uses %s, but: %s", LOG_ESC(str_from(out->folder)),
              LOG_ESC(str_from(why)));
    return EXIT_REDIS;
}

static int
command_connect(const struct config *config, enum command_need need,
                struct command_crawl *out)
{
    char why[256];
    int code;

    if (config->redis == NULL)
        return command_connect_private(config, need, out);
    code = command_name_redis(config, out);
    if (code != EXIT_FINISHED)
        return code;
    if (config->output)
        out->folder = realpath(config->output, NULL);
    if (redis_open(&out->url, COMMAND_OPEN_MS, &out->redis, why) == ERR_OK)
        return EXIT_FINISHED;
    log_warnx("%s", LOG_ESC(str_from(why)));
    return EXIT_REDIS;
}

/* --- which crawl --- */

enum err
command_ask_all(struct command_crawl *c, redisReply **replies, size_t count)
{
    enum err e = redis_call(c->redis, buf_str(&c->request), count, replies);

    buf_reset(&c->request);
    if (e != ERR_OK)
        log_warnx("Redis is gone: %s",
                  LOG_ESC(str_from(redis_error(c->redis))));
    return e;
}

enum err
command_ask(struct command_crawl *c, redisReply **reply)
{
    *reply = NULL;
    if (command_ask_all(c, reply, 1) != ERR_OK)
        return ERR_REDIS;
    if ((*reply)->type != REDIS_REPLY_ERROR)
        return ERR_OK;
    log_warnx("Redis refuses: %s", LOG_ESC(str_from((*reply)->str)));
    freeReplyObject(*reply);
    *reply = NULL;
    return ERR_REDIS;
}

int
command_read(enum err e)
{
    if (e == ERR_OK)
        return EXIT_FINISHED;
    log_warnx("Redis answers what it must not");
    return EXIT_REDIS;
}

int
command_ask_site(struct command_crawl *c, struct str site,
                 struct frontier_site *out)
{
    redisReply *replies[FRONTIER_SITE_REQUESTS];
    enum err e;

    frontier_form_site(c->frontier, &c->request, site);
    if (command_ask_all(c, replies, FRONTIER_SITE_REQUESTS) != ERR_OK)
        return EXIT_REDIS;
    e = frontier_read_site(replies, out);
    for (size_t i = 0; i < FRONTIER_SITE_REQUESTS; i++)
        freeReplyObject(replies[i]);
    return command_read(e);
}

static int
command_list_names(struct command_crawl *c, struct command_names *names)
{
    char cursor[32] = "0";

    do {
        redisReply *reply;
        enum err e;

        frontier_form_names(&c->request, cursor);
        if (command_ask(c, &reply) != ERR_OK)
            return EXIT_REDIS;
        e = frontier_read_names(reply, cursor, command_names_add, names);
        freeReplyObject(reply);
        if (e != ERR_OK) {
            log_warnx("Redis answered SCAN with something else");
            return EXIT_REDIS;
        }
    } while (strcmp(cursor, "0") != 0 && !command_is_stopped());
    return EXIT_FINISHED;
}

/* No name was given, or none of that name is there. */
static int
command_say_names(struct command_crawl *c, const char *wanted,
                  struct command_names *names)
{
    char where[256], text[LOG_ESC_BYTES];
    const char *esc = wanted ? LOG_ESC(str_from(wanted)) : "";

    redis_url_show(&c->url, where);
    command_names_text(names, text);
    if (names->n == 0)
        log_warnx("there is no crawl%s%s in %s", wanted ? " " : "", esc,
                  LOG_ESC(str_from(where)));
    else if (wanted)
        log_warnx("there is no crawl %s in %s, but: %s", esc,
                  LOG_ESC(str_from(where)), text);
    else
        log_warnx("which crawl? Name one of these with --name: %s", text);
    return EXIT_ERROR;
}

/* HGETALL crawl:NAME into c->stored. */
static int
command_take_crawl(struct command_crawl *c, const char *name)
{
    if (c->frontier)
        frontier_free(c->frontier);
    if (c->stored)
        freeReplyObject(c->stored);
    c->stored = NULL;
    if (frontier_new(name, "", &c->frontier) != ERR_OK)
        return EXIT_ERROR;
    snprintf(c->name, sizeof(c->name), "%s", name);
    frontier_form_crawl_get(c->frontier, &c->request);
    if (command_ask(c, &c->stored) != ERR_OK)
        return EXIT_REDIS;
    return command_field(c, "state").n > 0 ? EXIT_FINISHED : EXIT_ERROR;
}

static int
command_choose_crawl(const struct config *config, struct command_crawl *c)
{
    struct command_names names = {.n = 0};
    int code = EXIT_ERROR;

    if (config->name)
        code = command_take_crawl(c, config->name);
    if (code != EXIT_ERROR)
        return code;
    code = command_list_names(c, &names);
    if (code == EXIT_FINISHED && config->name == NULL && names.n == 1)
        code = command_take_crawl(c, names.v[0]);
    else if (code == EXIT_FINISHED)
        code = command_say_names(c, config->name, &names);
    command_names_fini(&names);
    return code;
}

/* --- what Redis keeps of it --- */

struct str
command_field(const struct command_crawl *c, const char *name)
{
    const redisReply *r = c->stored;

    if (r == NULL || r->type != REDIS_REPLY_ARRAY)
        return STR_NONE;
    for (size_t i = 0; i + 1 < r->elements; i += 2) {
        const redisReply *f = r->element[i], *v = r->element[i + 1];

        if (f->type == REDIS_REPLY_STRING && v->type == REDIS_REPLY_STRING &&
            str_equal((struct str){f->str, (size_t)f->len}, str_from(name)))
            return (struct str){v->str, (size_t)v->len};
    }
    return STR_NONE;
}

void
command_open_sites(const struct command_crawl *c)
{
    site_init(strcmp(c->settings.polite_by, "host") == 0 ? SITE_BY_HOST
                                                         : SITE_BY_DOMAIN);
}

static int
command_check_layout(const struct command_crawl *c)
{
    struct str layout = command_field(c, "layout");
    uint64_t version;

    if (str_to_u64(layout, 1000000, &version) && version == FRONTIER_LAYOUT)
        return EXIT_FINISHED;
    log_warnx("crawl %s was begun by another version of weft (key layout "
              "%.20s, this one has %d)",
              c->name, layout.n ? LOG_ESC(layout) : "unknown", FRONTIER_LAYOUT);
    return EXIT_ERROR;
}

static int
command_take_settings(struct command_crawl *c)
{
    struct config *settings = &c->settings;
    char why[CONFIG_WHY_BYTES];

    live_init(&c->live);
    for (size_t i = 0; i + 1 < c->stored->elements; i += 2) {
        const redisReply *f = c->stored->element[i];
        const redisReply *v = c->stored->element[i + 1];

        if (f->type != REDIS_REPLY_STRING || v->type != REDIS_REPLY_STRING)
            continue;
        if (config_take_setting(
                &c->settings, (struct str){f->str, (size_t)f->len},
                (struct str){v->str, (size_t)v->len}, why) == ERR_INVALID) {
            log_warnx("the crawl's stored settings are broken: %s",
                      LOG_ESC(str_from(why)));
            return EXIT_ERROR;
        }
        live_take(&c->live, (struct str){f->str, (size_t)f->len},
                  (struct str){v->str, (size_t)v->len});
    }
    c->delay_ms = settings->delay;
    settings->delay = live_or(&c->live, LIVE_DELAY, settings->delay);
    settings->connections =
        live_or(&c->live, LIVE_CONNECTIONS, settings->connections);
    settings->limit_rate =
        live_or(&c->live, LIVE_LIMIT_RATE, settings->limit_rate);
    return EXIT_FINISHED;
}

static int
command_load_scripts(struct command_crawl *c)
{
    size_t count = frontier_form_load(&c->request);
    redisReply *reply;

    if (redis_send(c->redis, buf_str(&c->request)) != ERR_OK)
        goto gone;
    buf_reset(&c->request);
    for (; count > 0; count--) {
        bool is_error;

        if (redis_receive(c->redis, &reply) != ERR_OK)
            goto gone;
        is_error = reply->type == REDIS_REPLY_ERROR;
        if (is_error)
            log_warnx("Redis refuses our scripts: %s",
                      LOG_ESC(str_from(reply->str)));
        freeReplyObject(reply);
        if (is_error)
            return EXIT_REDIS;
    }
    return EXIT_FINISHED;
gone:
    buf_reset(&c->request);
    log_warnx("Redis is gone: %s", LOG_ESC(str_from(redis_error(c->redis))));
    return EXIT_REDIS;
}

/* --- birth and end --- */

int
command_takes_none(size_t count, const char *command)
{
    if (count == 0)
        return EXIT_FINISHED;
    log_warnx("%s takes no arguments: --name says which crawl", command);
    return EXIT_USAGE;
}

int
command_open(const struct config *config, enum command_need need,
             struct command_crawl *out)
{
    int code;

    *out = (struct command_crawl){.folder = NULL};
    buf_init(&out->request, FRONTIER_REQUEST_MAX);
    config_init(&out->settings);
    code = command_connect(config, need, out);
    if (code == EXIT_FINISHED)
        code = command_choose_crawl(config, out);
    if (code == EXIT_FINISHED)
        code = command_check_layout(out);
    if (code == EXIT_FINISHED)
        code = command_take_settings(out);
    if (code == EXIT_FINISHED)
        code = command_load_scripts(out);
    if (code != EXIT_FINISHED)
        command_close(out);
    return code;
}

void
command_close(struct command_crawl *c)
{
    command_stop_server(c->server, c->redis);
    if (c->redis)
        redis_close(c->redis);
    if (c->stored)
        freeReplyObject(c->stored);
    frontier_free(c->frontier);
    redis_url_fini(&c->url);
    buf_fini(&c->request);
    config_fini(&c->settings);
    free(c->folder);
    *c = (struct command_crawl){.folder = NULL};
}
