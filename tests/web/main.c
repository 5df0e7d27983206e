/*
 * testweb - any number of web hosts in one process, for tests and demos.
 *
 * Start reading here: main() builds the loop, the web and the server, and
 * runs until a signal.  See tests/web/README.md for its use.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "tests/web/dns.h"
#include "tests/web/lists.h"
#include "tests/web/options.h"
#include "tests/web/server.h"
#include "tests/web/sites.h"

enum { FLUSH_US = 50000 /* of the access log; at most 100 ms is promised */ };

struct program {
    struct source signals; /* first: the loop's view of it */
    struct timer flush;
    struct loop loop;
    struct access_log log;
    struct server server;
    struct dns *dns;
    int signal_fd;
};

/* Ten thousand clients need as many descriptors. */
static void
raise_descriptors(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &r) < 0)
            log_warn("setrlimit");
    }
}

static void
write_lists(const struct options *o)
{
    if (o->list_path != NULL &&
        lists_write_seeds(&o->web, o->list_path) != ERR_OK)
        fatal("%s", o->list_path);
    if (o->expect_path != NULL &&
        lists_write_expected(&o->web, o->expect_path) != ERR_OK)
        fatal("%s", o->expect_path);
}

static void
program_listen(struct program *p, const struct options *o)
{
    for (size_t i = 0; i < o->listens; i++) {
        enum err e = server_listen(&p->server, o->listen[i]);

        if (e == ERR_IO)
            fatal("--listen %s", o->listen[i]);
        if (e != ERR_OK)
            fatal_exit(EXIT_USAGE,
                       "--listen %s: want 127.0.0.1:PORT or "
                       "lo:PORT",
                       o->listen[i]);
    }
    if (o->dns.where != NULL) {
        enum err e = dns_open(&p->loop, p->server.web, &o->dns, &p->dns);

        if (e == ERR_IO)
            fatal("--dns %s", o->dns.where);
        if (e != ERR_OK)
            fatal_exit(EXIT_USAGE, "--dns %s: want 127.0.0.1:PORT",
                       o->dns.where);
    }
}

/* Written beside and renamed: who sees the file sees all of it. */
static void
write_port_file(const struct program *p, const char *path)
{
    size_t room = strlen(path) + 5;
    char *beside = xmalloc(room);
    FILE *f;

    snprintf(beside, room, "%s.tmp", path);
    f = fopen(beside, "we");
    if (f == NULL)
        fatal("%s", beside);
    for (size_t i = 0; i < p->server.listening; i++)
        fprintf(f, "%u\n", p->server.listeners[i].port);
    if (ferror(f) != 0 || fclose(f) != 0 || rename(beside, path) < 0)
        fatal("%s", path);
    free(beside);
}

static void
announce(const struct program *p, const struct options *o)
{
    for (size_t i = 0; i < p->server.listening; i++)
        printf("listening %s\n", p->server.listeners[i].name);
    if (p->dns != NULL)
        printf("dns 127.0.0.1:%u\n", dns_port(p->dns));
    fflush(stdout);
    if (o->port_file != NULL)
        write_port_file(p, o->port_file);
}

static void
on_signal(struct source *s, uint32_t events)
{
    struct program *p = (struct program *)s;

    (void)events;
    loop_stop(&p->loop);
}

static void
on_flush(struct timer *t)
{
    struct program *p =
        (struct program *)((char *)t - offsetof(struct program, flush));

    access_log_flush(&p->log);
    loop_timer_set(&p->loop, t, p->loop.now_us + FLUSH_US);
}

static void
take_signals(struct program *p)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    p->signals.ready = on_signal;
    p->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (p->signal_fd < 0)
        fatal("signalfd");
    loop_add(&p->loop, p->signal_fd, EPOLLIN, &p->signals);
}

static void
program_run(struct options *o)
{
    struct program *p = xcalloc(1, sizeof(*p));

    loop_init(&p->loop);
    take_signals(p);
    if (access_log_open(&p->log, o->log_path) != ERR_OK)
        fatal("%s", o->log_path);
    server_init(&p->server, &p->loop, &o->web, &p->log);
    p->server.requests_per_conn = o->requests_per_conn;
    p->server.bears = o->bears;
    program_listen(p, o);
    announce(p, o);
    if (o->log_path != NULL) {
        p->flush.fire = on_flush;
        loop_timer_set(&p->loop, &p->flush, p->loop.now_us + FLUSH_US);
    }
    loop_run(&p->loop);
    log_info("%" PRIu64 " requests on %" PRIu64 " connections, %" PRIu64
             " DNS queries",
             p->server.requests, p->server.connections,
             p->dns != NULL ? dns_questions(p->dns) : 0);
    server_fini(&p->server);
    dns_close(p->dns);
    access_log_close(&p->log);
    close(p->signal_fd);
    loop_fini(&p->loop);
    free(p);
}

int
main(int argc, char **argv)
{
    struct options o;

    log_init("testweb", LOG_INFO);
    options_parse(&o, argc, argv);
    raise_descriptors();
    if (o.site_path != NULL && sites_load(o.site_path, &o.web.sites) != ERR_OK)
        return EXIT_ERROR;
    web_init(&o.web);
    write_lists(&o);
    if (!o.list_only)
        program_run(&o);
    web_fini(&o.web);
    return EXIT_FINISHED;
}
