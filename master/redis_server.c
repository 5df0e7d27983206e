/*
 * SPDX-License-Identifier: MIT
 *
 * A unix socket's path has room for 107 bytes.  When the output folder's path
 * is longer, the socket lies in a folder made by mkdtemp(3) instead; the file
 * redis/socket says where, for the next master, redis-cli and tests.
 */
#include "master/redis_server.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/secret.h"
#include "common/str.h"
#include "master/aof_tail.h"

enum {
    SERVER_LOOK_MS = 20,      /* between two looks at a server that starts */
    SERVER_START_MS = 10000,  /* from start to the first answer */
    SERVER_STALL_MS = 120000, /* loading without a byte of progress */
    SERVER_SAY_MS = 3000,     /* loading takes longer: say so */
    SERVER_STOP_MS = 60000,   /* to sync its file on a slow disk */
    SERVER_PROBE_MS = 1000,
    SERVER_PAUSE_FIRST_MS = 100,
    SERVER_PAUSE_MAX_MS = 5000,
    SERVER_LIVED_MS = 30000, /* so long: an earlier death is forgotten */
    SERVER_DEATHS_MAX = 6
};

struct redis_server {
    uv_loop_t *loop;
    uv_process_t *process; /* ours, running; NULL: a found one, or dead */
    long pid;              /* 0: not running */
    char *program, *conf;
    char *dir;         /* OUTPUT/redis */
    char *socket;      /* its path */
    char *socket_note; /* OUTPUT/redis/socket */
    char *socket_dir;  /* made by mkdtemp, or NULL */
    char *url;
    unsigned deaths;      /* in a row */
    uint64_t started_ms;  /* of the loop's clock */
    uint64_t start_at_ms; /* after a death: when to start again */
    bool is_stopping;
};

/* --- a look at the socket --- */

enum server_look { LOOK_GONE, LOOK_LOADING, LOOK_UP };

struct server_sight {
    enum server_look look;
    unsigned long loaded; /* bytes, while loading */
    long pid;
    char dir[4096]; /* CONFIG GET dir, when up */
};

/* The number behind "name:" in what INFO says, 0 when it is not there. */
static unsigned long
server_info_number(const char *info, const char *name)
{
    const char *at = strstr(info, name);

    return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

static void
server_look_info(redisContext *c, struct server_sight *s)
{
    redisReply *r = redisCommand(c, "INFO");

    if (r && r->type == REDIS_REPLY_STRING) {
        s->loaded = server_info_number(r->str, "loading_loaded_bytes:");
        s->pid = (long)server_info_number(r->str, "process_id:");
        s->look =
            server_info_number(r->str, "\nloading:") ? LOOK_LOADING : LOOK_UP;
    }
    freeReplyObject(r);
    if (s->look != LOOK_UP)
        return;
    r = redisCommand(c, "CONFIG GET dir");
    if (r && r->type == REDIS_REPLY_ARRAY && r->elements == 2 &&
        r->element[1]->type == REDIS_REPLY_STRING)
        snprintf(s->dir, sizeof(s->dir), "%s", r->element[1]->str);
    freeReplyObject(r);
}

static void
server_look_at(const char *path, struct server_sight *s)
{
    struct timeval tv = {SERVER_PROBE_MS / 1000, 0};
    redisContext *c = redisConnectUnixWithTimeout(path, tv);

    memset(s, 0, sizeof(*s));
    if (c && c->err == 0 && redisSetTimeout(c, tv) == REDIS_OK)
        server_look_info(c, s);
    if (c)
        redisFree(c);
}

/* --- where things are --- */

static char *
server_path(const char *folder, const char *name)
{
    size_t n = strlen(folder) + strlen(name) + 2;
    char *path = xmalloc(n);

    snprintf(path, n, "%s/%s", folder, name);
    return path;
}

/* config/redis.conf from the build folder, the source tree, or installed. */
static char *
server_find_conf(void)
{
    static const char *const places[] = {"../../config/redis.conf",
                                         "../config/redis.conf",
                                         "../share/weft/redis.conf"};
    char exe[4096];
    size_t n = sizeof(exe);
    char *slash;

    if (uv_exepath(exe, &n) == 0 && (slash = strrchr(exe, '/')) != NULL) {
        *slash = '\0';
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            char *path = server_path(exe, places[i]);

            if (access(path, R_OK) == 0)
                return path;
            free(path);
        }
    }
    return NULL;
}

/* Whether program can be started: a path, or a name in PATH. */
static bool
server_has_program(const char *program)
{
    const char *path = getenv("PATH");
    struct str rest = str_from(path ? path : "/usr/local/bin:/usr/bin:/bin");

    if (strchr(program, '/') != NULL)
        return access(program, X_OK) == 0;
    while (rest.n > 0) {
        struct str folder = str_cut(&rest, ':');
        char *file, *text = xmemdup0(folder.p, folder.n);
        bool is_there;

        file = server_path(text[0] ? text : ".", program);
        is_there = access(file, X_OK) == 0;
        free(text);
        free(file);
        if (is_there)
            return true;
    }
    return false;
}

static enum err
server_write_note(struct redis_server *s)
{
    int fd = open(s->socket_note,
                  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    ssize_t n = (ssize_t)strlen(s->socket);
    bool is_ok = fd >= 0 && write(fd, s->socket, (size_t)n) == n;

    if (fd >= 0 && close(fd) != 0)
        is_ok = false;
    return is_ok ? ERR_OK : errno == ENOSPC ? ERR_NO_SPACE : ERR_IO;
}

/* The socket that the last master noted; false when there is no such note. */
static bool
server_read_note(struct redis_server *s)
{
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    int fd = open(s->socket_note, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd >= 0 ? read(fd, path, sizeof(path) - 1) : 0;

    if (fd >= 0)
        close(fd);
    if (n <= 0 || path[0] != '/')
        return false;
    path[n] = '\0';
    free(s->socket);
    s->socket = xstrdup(path);
    return true;
}

static enum err
server_choose_socket(struct redis_server *s, char why[REDIS_SERVER_WHY_BYTES])
{
    char folder[] = "/tmp/weft-XXXXXX";

    free(s->socket);
    s->socket = server_path(s->dir, "sock");
    if (strlen(s->socket) < sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
        goto note;
    if (mkdtemp(folder) == NULL) {
        snprintf(why, REDIS_SERVER_WHY_BYTES,
                 "cannot make a folder for Redis's socket in /tmp: %s",
                 strerror(errno));
        return ERR_IO;
    }
    s->socket_dir = xstrdup(folder);
    free(s->socket);
    s->socket = server_path(folder, "sock");
note:
    if (server_write_note(s) == ERR_OK)
        return ERR_OK;
    snprintf(why, REDIS_SERVER_WHY_BYTES, "cannot write %.300s: %s",
             s->socket_note, strerror(errno));
    return ERR_IO;
}

/* --- the process --- */

static void
server_on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void
server_on_exit(uv_process_t *process, int64_t status, int signal_number)
{
    struct redis_server *s = process->data;

    uv_close((uv_handle_t *)process, server_on_closed);
    if (s == NULL)
        return;
    s->process = NULL;
    s->pid = 0;
    if (s->is_stopping)
        return;
    if (uv_now(s->loop) - s->started_ms > SERVER_LIVED_MS)
        s->deaths = 0;
    s->start_at_ms = uv_now(s->loop);
    for (unsigned i = 0, pause = SERVER_PAUSE_FIRST_MS; i <= s->deaths; i++) {
        s->start_at_ms = uv_now(s->loop) + pause;
        pause =
            pause * 2 < SERVER_PAUSE_MAX_MS ? pause * 2 : SERVER_PAUSE_MAX_MS;
    }
    s->deaths++;
    log_warnx("redis-server ended (%s %d); starting it again",
              signal_number ? "signal" : "exit code",
              signal_number ? signal_number : (int)status);
}

/* What a crash left half written goes, before Redis builds on it. */
static enum err
server_mend_file(const struct redis_server *s, char why[REDIS_SERVER_WHY_BYTES])
{
    uint64_t cut;
    enum err e = aof_tail_mend(s->dir, &cut, why);

    if (e == ERR_OK && cut > 0)
        log_warnx("Redis's file ended in the middle of a command: %" PRIu64
                  " bytes cut off, what they told is crawled again",
                  cut);
    return e == ERR_INVALID ? ERR_REDIS : e;
}

static enum err
server_spawn(struct redis_server *s, char why[REDIS_SERVER_WHY_BYTES])
{
    char *logfile = server_path(s->dir, "redis.log");
    char *pidfile = server_path(s->dir, "redis.pid");
    const char *args[] = {
        s->program,  s->conf,        "--dir",       s->dir,      "--port",
        "0",         "--unixsocket", s->socket,     "--logfile", logfile,
        "--pidfile", pidfile,        "--daemonize", "no",        NULL};
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_IGNORE}};
    uv_process_options_t options = {.exit_cb = server_on_exit,
                                    .file = s->program,
                                    .args = (char **)(uintptr_t)args,
                                    .flags = UV_PROCESS_DETACHED,
                                    .stdio_count = 3,
                                    .stdio = stdio};
    int e;

    s->process = xcalloc(1, sizeof(*s->process));
    s->process->data = s;
    e = uv_spawn(s->loop, s->process, &options);
    free(logfile);
    free(pidfile);
    if (e == 0) {
        s->pid = s->process->pid;
        s->started_ms = uv_now(s->loop);
        return ERR_OK;
    }
    s->process->data = NULL;
    uv_close((uv_handle_t *)s->process, server_on_closed);
    s->process = NULL;
    snprintf(why, REDIS_SERVER_WHY_BYTES, "cannot start %.200s: %s", s->program,
             uv_strerror(e));
    return ERR_REDIS;
}

/* The last line of its log: why it did not start. */
static void
server_last_words(const struct redis_server *s, char out[256])
{
    char *path = server_path(s->dir, "redis.log");
    char tail[1024];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    off_t from = size > (off_t)sizeof(tail) ? size - (off_t)sizeof(tail) : 0;
    ssize_t n = fd >= 0 ? pread(fd, tail, sizeof(tail), from) : 0;
    struct str rest = {tail, n > 0 ? (size_t)n : 0};
    struct str last = STR("it says nothing in its log");

    while (rest.n > 0) {
        struct str line = str_trim(str_cut(&rest, '\n'));

        if (line.n > 0)
            last = line;
    }
    if (last.n > 200)
        last.n = 200;
    snprintf(out, 256, "%.255s", LOG_ESC(last));
    if (fd >= 0)
        close(fd);
    free(path);
}

/* --- start --- */

/* One turn of the loop and a short sleep; false when it is to be given up. */
static bool
server_wait_turn(const struct redis_server *s,
                 const struct redis_server_options *o)
{
    uv_run(s->loop, UV_RUN_NOWAIT);
    if (o->is_stopped && o->is_stopped(o->arg))
        return false;
    poll(NULL, 0, SERVER_LOOK_MS);
    uv_update_time(s->loop);
    return true;
}

/* Until it answers and has loaded its data; loading may take minutes. */
static enum err
server_await(struct redis_server *s, const struct redis_server_options *o,
             char why[REDIS_SERVER_WHY_BYTES])
{
    uint64_t begin = uv_now(s->loop), moved = begin;
    unsigned long loaded = 0;
    bool has_answered = false, has_said = false;
    struct server_sight sight;
    char words[256];

    for (;;) {
        uint64_t now;

        if (!server_wait_turn(s, o))
            return ERR_INVALID;
        if (s->pid == 0)
            break;
        server_look_at(s->socket, &sight);
        if (sight.look == LOOK_UP)
            return ERR_OK;
        now = uv_now(s->loop);
        if (sight.look == LOOK_LOADING) {
            has_answered = true;
            if (sight.loaded != loaded)
                moved = now;
            loaded = sight.loaded;
            if (!has_said && now - begin > SERVER_SAY_MS) {
                log_info("Redis loads the crawl from its disk (%lu MB so far)",
                         loaded >> 20);
                has_said = true;
            }
        }
        if (now - moved > (has_answered ? SERVER_STALL_MS : SERVER_START_MS))
            break;
    }
    server_last_words(s, words);
    snprintf(why, REDIS_SERVER_WHY_BYTES, "redis-server %s: %s (%.150s)",
             s->pid == 0 ? "does not start" : "does not answer", words, s->dir);
    return ERR_REDIS;
}

/* One that a killed master left behind: ours, if it works in our folder. */
static bool
server_adopt(struct redis_server *s)
{
    struct server_sight sight;

    if (!server_read_note(s))
        return false;
    server_look_at(s->socket, &sight);
    if (sight.look == LOOK_GONE ||
        (sight.look == LOOK_UP && strcmp(sight.dir, s->dir) != 0))
        return false;
    s->pid = sight.pid;
    s->started_ms = uv_now(s->loop);
    if (strncmp(s->socket, s->dir, strlen(s->dir)) != 0) {
        s->socket_dir = xstrdup(s->socket);
        *strrchr(s->socket_dir, '/') = '\0';
    }
    log_info("a redis-server of an earlier master still runs: using it");
    return true;
}

static enum err
server_prepare(struct redis_server *s, const struct redis_server_options *o,
               char why[REDIS_SERVER_WHY_BYTES])
{
    if (!server_has_program(o->program)) {
        snprintf(why, REDIS_SERVER_WHY_BYTES,
                 "no %.100s here: ./setup.sh deps (or apt-get install "
                 "redis-server) installs it, or name a running Redis with "
                 "--redis redis://HOST",
                 o->program);
        return ERR_NOT_FOUND;
    }
    s->program = xstrdup(o->program);
    s->conf = o->conf ? realpath(o->conf, NULL) : server_find_conf();
    if (s->conf == NULL || access(s->conf, R_OK) != 0) {
        snprintf(why, REDIS_SERVER_WHY_BYTES,
                 "cannot read Redis's configuration %.200s: name it with "
                 "--redis-conf",
                 o->conf ? o->conf : "config/redis.conf");
        return ERR_NOT_FOUND;
    }
    s->dir = folder_join(o->folder, "redis");
    s->socket_note = server_path(s->dir, "socket");
    if (mkdir(s->dir, 0700) != 0 && errno != EEXIST) {
        snprintf(why, REDIS_SERVER_WHY_BYTES, "cannot make %.300s: %s", s->dir,
                 strerror(errno));
        return ERR_IO;
    }
    return ERR_OK;
}

/* A folder's name may hold what means something in a URL: "?" and "%". */
static char *
server_write_url(char *socket)
{
    struct redis_url url = {.path = socket};
    struct buf text;
    char *out;

    buf_init(&text, 1 << 12);
    secret_write_url(&url, &text);
    out = xstrdup(text.p);
    buf_fini(&text);
    return out;
}

enum err
redis_server_start(uv_loop_t *loop, const struct redis_server_options *o,
                   struct redis_server **out, char why[REDIS_SERVER_WHY_BYTES])
{
    struct redis_server *s = xcalloc(1, sizeof(*s));
    enum err e;

    s->loop = loop;
    uv_update_time(loop);
    e = server_prepare(s, o, why);
    if (e == ERR_OK && !server_adopt(s)) {
        e = server_choose_socket(s, why);
        if (e == ERR_OK)
            e = server_mend_file(s, why);
        if (e == ERR_OK)
            e = server_spawn(s, why);
    }
    if (e == ERR_OK)
        e = server_await(s, o, why);
    if (e != ERR_OK) {
        redis_server_stop(s);
        *out = NULL;
        return e;
    }
    s->url = server_write_url(s->socket);
    s->deaths = 0;
    *out = s;
    return ERR_OK;
}

enum err
redis_server_find(const struct folder *folder, char **path)
{
    struct redis_server s = {.dir = folder_join(folder, "redis")};
    struct server_sight sight = {0};
    unsigned long loaded = 0;
    enum err e = ERR_NOT_FOUND;
    int stalled_ms = 0;

    *path = NULL;
    s.socket_note = server_path(s.dir, "socket");
    while (server_read_note(&s) && stalled_ms < SERVER_STALL_MS) {
        server_look_at(s.socket, &sight);
        if (sight.look != LOOK_LOADING)
            break;
        stalled_ms = sight.loaded == loaded ? stalled_ms + SERVER_LOOK_MS : 0;
        loaded = sight.loaded;
        poll(NULL, 0, SERVER_LOOK_MS);
    }
    if (sight.look == LOOK_LOADING) {
        e = ERR_REDIS;
    } else if (sight.look == LOOK_UP && strcmp(sight.dir, s.dir) == 0) {
        *path = s.socket;
        s.socket = NULL;
        e = ERR_OK;
    }
    free(s.dir);
    free(s.socket);
    free(s.socket_note);
    return e;
}

const char *
redis_server_url(const struct redis_server *s)
{
    return s->url;
}

/* --- watch --- */

enum err
redis_server_watch(struct redis_server *s, char why[REDIS_SERVER_WHY_BYTES])
{
    char words[256];

    if (s->pid != 0 && s->process == NULL && kill((pid_t)s->pid, 0) != 0 &&
        errno == ESRCH) {
        log_warnx("redis-server is gone; starting it again");
        s->pid = 0;
        s->start_at_ms = uv_now(s->loop);
    }
    if (s->pid != 0 || uv_now(s->loop) < s->start_at_ms)
        return ERR_OK;
    if (server_mend_file(s, why) == ERR_REDIS)
        return ERR_REDIS;
    if (s->deaths < SERVER_DEATHS_MAX) {
        if (server_spawn(s, why) == ERR_OK)
            return ERR_OK;
        s->deaths++;
        s->start_at_ms = uv_now(s->loop) + SERVER_PAUSE_MAX_MS;
        return ERR_OK;
    }
    server_last_words(s, words);
    snprintf(why, REDIS_SERVER_WHY_BYTES,
             "redis-server died %u times in a row: %s (%.150s)", s->deaths,
             words, s->dir);
    return ERR_REDIS;
}

bool
redis_server_is_running(const struct redis_server *s)
{
    return s->pid != 0;
}

/* --- stop --- */

static bool
server_is_gone(const struct redis_server *s)
{
    return s->pid == 0 || (s->process == NULL && kill((pid_t)s->pid, 0) != 0 &&
                           errno == ESRCH);
}

static void
server_free(struct redis_server *s)
{
    if (s->process) { /* still runs: the loop frees its handle */
        s->process->data = NULL;
        uv_close((uv_handle_t *)s->process, server_on_closed);
    }
    free(s->program);
    free(s->conf);
    free(s->dir);
    free(s->socket);
    free(s->socket_note);
    free(s->socket_dir);
    free(s->url);
    free(s);
}

void
redis_server_stop(struct redis_server *s)
{
    uint64_t end;

    if (s == NULL)
        return;
    s->is_stopping = true;
    uv_update_time(s->loop);
    end = uv_now(s->loop) + SERVER_STOP_MS;
    if (s->pid != 0 && kill((pid_t)s->pid, SIGTERM) != 0 && errno != ESRCH)
        log_warn("redis-server");
    while (!server_is_gone(s) && uv_now(s->loop) < end) {
        uv_run(s->loop, UV_RUN_NOWAIT);
        if (!server_is_gone(s))
            poll(NULL, 0, SERVER_LOOK_MS / 4);
        uv_update_time(s->loop);
    }
    if (!server_is_gone(s)) {
        log_warnx("redis-server (process %ld) still saves; leaving it to it",
                  s->pid);
    } else if (s->socket_note) {
        unlink(s->socket_note);
        if (s->socket_dir) {
            unlink(s->socket);
            rmdir(s->socket_dir);
        }
    }
    server_free(s);
}

void
redis_server_leave(struct redis_server *s)
{
    server_free(s);
}
