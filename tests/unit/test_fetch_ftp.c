/*
 * Transfers by FTP from servers that keep to a script: what is asked of them
 * in which order, and what comes of each thing that they may do to us.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker/fetch.h"

enum { STEPS_MAX = 12, PATIENCE_MS = 10000 };

/*
 * want: what the client's next line must be; NULL: it is not waited for.
 * "%P" in a reply is the data port, "%p" the same as in a 227.
 */
struct step {
    const char *want;
    const char *reply; /* NULL: the connection is closed */
    const char *data;  /* sent over a data connection behind the reply */
    const char *after; /* a reply behind the data */
};

struct row {
    const char *target; /* of the URL */
    enum outcome outcome;
    int status;
    const char *body;
    const char *said; /* part of the error or of the head; NULL: any */
    struct step steps[STEPS_MAX];
};

/* One server for one transfer. */
struct server {
    int control, data; /* listening */
    unsigned control_port, data_port;
    const struct step *steps;
    char wrong[256]; /* the line that was not what was wanted */
    pthread_t thread;
};

static int
listen_on(unsigned *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static bool
is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, PATIENCE_MS) == 1;
}

static void
say(const struct server *s, int fd, const char *reply)
{
    char text[512];
    size_t n = 0;

    for (; *reply != '\0' && n < sizeof(text) - 20; reply++) {
        if (reply[0] == '%' && reply[1] == 'P')
            n += (size_t)snprintf(text + n, 20, "%u", s->data_port);
        else if (reply[0] == '%' && reply[1] == 'p')
            n += (size_t)snprintf(text + n, 20, "%u,%u", s->data_port / 256,
                                  s->data_port % 256);
        else {
            text[n++] = *reply;
            continue;
        }
        reply++;
    }
    text[n++] = '\r';
    text[n++] = '\n';
    (void)!send(fd, text, n, MSG_NOSIGNAL);
}

/* The client's next line without its end; false: it has gone. */
static bool
hear(int fd, char *line, size_t bytes)
{
    size_t n = 0;
    char c;

    while (is_readable(fd) && recv(fd, &c, 1, 0) == 1) {
        if (c == '\n') {
            line[n] = '\0';
            return true;
        }
        if (c != '\r' && n + 1 < bytes)
            line[n++] = c;
    }
    line[n] = '\0';
    return false;
}

static void
give(const struct server *s, const char *data)
{
    int fd = is_readable(s->data) ? accept(s->data, NULL, NULL) : -1;

    (void)!send(fd, data, strlen(data), MSG_NOSIGNAL);
    if (strstr(data, "HANG")) { /* until the client gives up */
        char c;

        if (is_readable(fd))
            (void)!recv(fd, &c, 1, 0);
    }
    close(fd);
}

static void *
serve(void *arg)
{
    struct server *s = arg;
    int fd = is_readable(s->control) ? accept(s->control, NULL, NULL) : -1;
    char line[300];

    for (size_t i = 0; fd >= 0 && i < STEPS_MAX; i++) {
        const struct step *step = &s->steps[i];

        if (step->want == NULL && step->reply == NULL)
            break;
        if (step->want &&
            (!hear(fd, line, sizeof(line)) || strcmp(line, step->want) != 0)) {
            snprintf(s->wrong, sizeof(s->wrong), "%.100s, not %.100s", line,
                     step->want);
            break;
        }
        if (step->reply == NULL)
            break;
        say(s, fd, step->reply);
        if (step->data)
            give(s, step->data);
        if (step->after)
            say(s, fd, step->after);
    }
    close(fd);
    return NULL;
}

/* --- the client --- */

struct client {
    uv_loop_t loop;
    struct config config;
    struct bodies bodies;
    struct rate rate;
    struct resolve *resolve;
    struct fetcher *fetcher;
    bool is_done;
};

/* Not on the stack: address sanitizer has no lines of 64 bytes there. */
static struct stats stats;

static void
client_open(struct client *c)
{
    char why[CONFIG_WHY_BYTES];

    memset(&stats, 0, sizeof(stats));
    uv_loop_init(&c->loop);
    assert_int_equal(
        resolve_new(&c->loop, &c->config, &stats, &c->resolve, why), ERR_OK);
    assert_int_equal(fetcher_new(&c->loop, &c->config, "test", c->resolve,
                                 &stats, &c->fetcher, why),
                     ERR_OK);
    bodies_init(&c->bodies, 1 << 20);
    fetcher_set_bounds(c->fetcher, &c->bodies, 0);
    rate_init(&c->rate, c->config.limit_rate);
    fetcher_set_rate(c->fetcher, &c->rate);
}

static void
client_close(struct client *c)
{
    fetcher_close(c->fetcher);
    resolve_close(c->resolve);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&c->loop), 0);
    config_fini(&c->config);
}

static void
on_done(void *arg, struct fetch *f)
{
    struct client *c = arg;

    (void)f;
    c->is_done = true;
}

static struct fetch *
client_fetch(struct client *c, unsigned port, const char *target, size_t max)
{
    char text[256];
    struct url url;
    struct fetch *f;

    snprintf(text, sizeof(text), "ftp://127.0.0.1:%u%s", port, target);
    assert_int_equal(url_split(str_from(text), &url), ERR_OK);
    c->is_done = false;
    f = fetch_start(c->fetcher, &url, STR_NONE, max, on_done, c);
    assert_false(c->is_done); /* never from inside */
    while (!c->is_done && uv_run(&c->loop, UV_RUN_ONCE) != 0)
        continue;
    assert_true(c->is_done);
    return f;
}

static void
config_for_tests(struct config *c)
{
    config_init(c);
    c->ftp = true;
    c->allow_private = true;
}

/* --- what comes of it --- */

static void
check_row(struct client *c, const struct row *row, size_t max)
{
    struct server s = {.steps = row->steps};
    const struct fetch_answer *a;
    struct fetch *f;

    s.control = listen_on(&s.control_port);
    s.data = listen_on(&s.data_port);
    assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
    f = client_fetch(c, s.control_port, row->target, max);
    a = fetch_answer(f);
    if (a->outcome != row->outcome || a->status != row->status ||
        !str_equal(buf_str(&a->body), str_from(row->body)))
        fail_msg("%s: %s %d \"%.*s\" %s; server: %s", row->target,
                 outcome_name(a->outcome), a->status,
                 STR_ARG(buf_str(&a->body)), a->error, s.wrong);
    if (row->said && strstr(a->error, row->said) == NULL &&
        str_find_nocase(buf_str(&a->headers), str_from(row->said)) ==
            a->headers.n)
        fail_msg("%s: %s %.*s", row->target, a->error,
                 STR_ARG(buf_str(&a->headers)));
    assert_int_equal(a->is_cut, a->outcome != OUTCOME_OK && a->status > 0);
    fetch_end(f);
    pthread_join(s.thread, NULL);
    assert_string_equal(s.wrong, "");
    close(s.control);
    close(s.data);
}

#define HELLO                                                              \
    {NULL, "220 hi", NULL, NULL}, {"USER anonymous", "331 ?", NULL, NULL}, \
    {                                                                      \
        "PASS weft@", "230 in", NULL, NULL                                 \
    }
#define SAYS(want, reply)       \
    {                           \
        want, reply, NULL, NULL \
    }
#define BINARY SAYS("TYPE I", "200 ok")
#define TEXT SAYS("TYPE A", "200 ok")
#define EPSV SAYS("EPSV", "229 x (|||%P|)")

static const struct row talks[] = {
    {"/a",
     OUTCOME_OK,
     200,
     "body",
     "Content-Type: text/plain",
     {HELLO,
      BINARY,
      EPSV,
      {"RETR a", "150 x", "body", "226 y"},
      SAYS("QUIT", "221 bye")}},
    /* the end may be told of before it is there, and nothing be there */
    {"/a",
     OUTCOME_OK,
     200,
     "late",
     NULL,
     {HELLO, BINARY, EPSV, {"RETR a", "150 x\r\n226 y", "late", NULL}}},
    {"/a",
     OUTCOME_OK,
     200,
     "",
     NULL,
     {HELLO, BINARY, EPSV, {"RETR a", "150 x", "", "226 y"}}},
    {"/a",
     OUTCOME_OK,
     200,
     "x",
     NULL,
     {HELLO, BINARY, EPSV, {"RETR a", "125 x", "x", "250-y\r\n250 z"}}},
    /* no password; a long welcome */
    {"/a",
     OUTCOME_OK,
     200,
     "b",
     NULL,
     {SAYS(NULL, "120 wait\r\n220-hi\r\n331 there\r\n220 hi"),
      SAYS("USER anonymous", "230 in"),
      BINARY,
      EPSV,
      {"RETR a", "150 x", "b", "226 y"}}},
    /* names are decoded; one is no option, and no command */
    {"/-l%20a/%23b%3bc/-d%20e",
     OUTCOME_OK,
     200,
     "b",
     NULL,
     {HELLO,
      BINARY,
      SAYS("CWD -l a", "250 ok"),
      SAYS("CWD #b;c", "250 ok"),
      EPSV,
      {"RETR -d e", "150 x", "b", "226 y"}}},
    {"/-l/",
     OUTCOME_OK,
     200,
     "total 0\n",
     "text/ftp-dir-listing",
     {HELLO,
      TEXT,
      SAYS("CWD -l", "250 ok"),
      EPSV,
      {"LIST", "150 x", "total 0\n", "226 y"}}},
    /* RFC 1738, 3.2.2 */
    {"/a;type=a",
     OUTCOME_OK,
     200,
     "b",
     NULL,
     {HELLO, TEXT, EPSV, {"RETR a", "150 x", "b", "226 y"}}},
    {"/a;type=d",
     OUTCOME_OK,
     200,
     "b",
     "text/ftp-dir-listing",
     {HELLO,
      TEXT,
      SAYS("CWD a", "250 ok"),
      EPSV,
      {"LIST", "150 x", "b", "226 y"}}},
    /* data comes from where the replies do, whatever a 227 says */
    {"/a",
     OUTCOME_OK,
     200,
     "b",
     NULL,
     {HELLO,
      BINARY,
      SAYS("EPSV", "500 what?"),
      SAYS("PASV", "227 x (198,51,100,7,%p)"),
      {"RETR a", "150 x", "b", "226 y"}}},
    /* a folder without its slash; neither folder nor file */
    {"/a/b",
     OUTCOME_OK,
     301,
     "",
     "Location: /a/b/",
     {HELLO, BINARY, SAYS("CWD a", "250 ok"), EPSV,
      SAYS("RETR b", "550 no file"), SAYS("CWD b", "250 ok")}},
    {"/a",
     OUTCOME_OK,
     404,
     "",
     "550 no file",
     {HELLO, BINARY, EPSV, SAYS("RETR a", "550 no file"),
      SAYS("CWD a", "550 no folder")}},
    {"/a;type=i",
     OUTCOME_OK,
     404,
     "",
     "550 no file",
     {HELLO, BINARY, EPSV, SAYS("RETR a", "550 no file"), SAYS("QUIT", NULL)}},
    {"/a/b",
     OUTCOME_OK,
     404,
     "",
     "550 no folder",
     {HELLO, BINARY, SAYS("CWD a", "550 no folder")}},
};

static void
test_talks(void **state)
{
    struct client c = {.is_done = false};

    (void)state;
    config_for_tests(&c.config);
    client_open(&c);
    for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++)
        check_row(&c, &talks[i], 1000);
    client_close(&c);
}

static const struct row breaks[] = {
    {"/a", OUTCOME_OK, 503, "", "421 full", {SAYS(NULL, "421 full")}},
    {"/a",
     OUTCOME_OK,
     401,
     "",
     "530 who?",
     {SAYS(NULL, "220 hi"), SAYS("USER anonymous", "530 who?")}},
    {"/a",
     OUTCOME_OK,
     401,
     "",
     "530 who?",
     {SAYS(NULL, "220 hi"), SAYS("USER anonymous", "331 ?"),
      SAYS("PASS weft@", "530 who?")}},
    {"/a",
     OUTCOME_OK,
     401,
     "",
     "332 account",
     {SAYS(NULL, "220 hi"), SAYS("USER anonymous", "332 account")}},
    {"/a",
     OUTCOME_OK,
     503,
     "",
     "450 busy",
     {HELLO, BINARY, EPSV, SAYS("RETR a", "450 busy")}},
    {"/a",
     OUTCOME_OK,
     503,
     "",
     "421 idle",
     {HELLO, BINARY, EPSV, SAYS("RETR a", "421 idle")}},
    /* a file that broke off; what there is of it stays */
    {"/a",
     OUTCOME_BROKEN,
     200,
     "half",
     "426 gone",
     {HELLO, BINARY, EPSV, {"RETR a", "150 x", "half", "426 gone"}}},
    {"/a",
     OUTCOME_BROKEN,
     200,
     "half",
     "closed",
     {HELLO, BINARY, EPSV, {"RETR a", "150 x", "half", NULL}}},
    {"/a",
     OUTCOME_TIMEOUT,
     200,
     "HANG",
     NULL,
     {HELLO, BINARY, EPSV, {"RETR a", "150 x", "HANG", NULL}}},
    {"/a",
     OUTCOME_TOO_BIG,
     200,
     "more than 10",
     NULL,
     {HELLO, BINARY, EPSV, {"RETR a", "150 x", "more than 10 HANG", NULL}}},
    /* no FTP, no reply, no port */
    {"/a", OUTCOME_BROKEN, 0, "", "no FTP", {SAYS(NULL, "SSH-2.0-x")}},
    {"/a", OUTCOME_BROKEN, 0, "", "closed", {SAYS(NULL, NULL)}},
    {"/a", OUTCOME_BROKEN, 0, "", "closed", {HELLO, SAYS("TYPE I", NULL)}},
    {"/a",
     OUTCOME_BROKEN,
     0,
     "",
     "port",
     {HELLO, BINARY, SAYS("EPSV", "229 x (|||25|)")}},
    {"/a",
     OUTCOME_BROKEN,
     0,
     "",
     "port",
     {HELLO, BINARY, SAYS("EPSV", "229 x")}},
    {"/a",
     OUTCOME_BROKEN,
     0,
     "",
     "no data connection",
     {HELLO, BINARY, SAYS("EPSV", "229 x (|||65535|)"), SAYS("QUIT", NULL)}},
    {"/a",
     OUTCOME_OK,
     501,
     "",
     "500 what?",
     {HELLO, BINARY, SAYS("EPSV", "500 what?"), SAYS("PASV", "500 what?")}},
};

static void
test_refusals_and_breaks(void **state)
{
    struct client c = {.is_done = false};

    (void)state;
    config_for_tests(&c.config);
    c.config.timeout = 700;
    client_open(&c);
    for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
        bool is_big = breaks[i].outcome == OUTCOME_TOO_BIG;

        check_row(&c, &breaks[i], is_big ? strlen(breaks[i].body) : 1000);
    }
    assert_int_equal(stats_get(&stats, STAT_timeouts_total), 1);
    client_close(&c);
}

/* No connection is made for what cannot be asked, or may not be. */
static void
test_what_is_not_asked(void **state)
{
    static const struct {
        const char *target;
        bool allow_private, has_ftp;
        enum outcome outcome;
    } rows[] = {
        {"/a%0d%0aDELE%20b", true, true, OUTCOME_BAD_URL},
        {"/a%00", true, true, OUTCOME_BAD_URL},
        {"/a", false, true, OUTCOME_PRIVATE},
        {"/a", true, false, OUTCOME_BAD_URL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct client c = {.is_done = false};
        struct fetch *f;
        unsigned port;
        int fd = listen_on(&port);
        struct pollfd p = {.fd = fd, .events = POLLIN};

        config_for_tests(&c.config);
        c.config.allow_private = rows[i].allow_private;
        c.config.ftp = rows[i].has_ftp;
        client_open(&c);
        f = client_fetch(&c, port, rows[i].target, 1000);
        assert_int_equal(fetch_answer(f)->outcome, rows[i].outcome);
        assert_false(fetch_answer(f)->is_sent);
        assert_int_equal(poll(&p, 1, 0), 0);
        fetch_end(f);
        client_close(&c);
        close(fd);
    }
}

static bool
gate_is_shut(void *arg)
{
    (void)arg;
    return false;
}

/* Whose lease is over sends not even a name. */
static void
test_a_shut_gate_withholds(void **state)
{
    static const struct step steps[STEPS_MAX] = {SAYS(NULL, "220 hi")};
    struct client c = {.is_done = false};
    struct server s = {.steps = steps};
    struct fetch *f;

    (void)state;
    config_for_tests(&c.config);
    client_open(&c);
    fetcher_set_gate(c.fetcher, gate_is_shut, NULL);
    s.control = listen_on(&s.control_port);
    assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
    f = client_fetch(&c, s.control_port, "/a", 1000);
    assert_true(fetch_answer(f)->is_withheld);
    assert_false(fetch_answer(f)->is_sent);
    fetch_end(f);
    pthread_join(s.thread, NULL);
    close(s.control);
    client_close(&c);
}

/* A transfer that its owner ends at any step leaves nothing behind. */
static void
test_ended_at_any_turn(void **state)
{
    static const struct step steps[STEPS_MAX] = {
        HELLO, BINARY, EPSV, {"RETR a", "150 x", "body", "226 y"}};
    struct client c = {.is_done = false};

    (void)state;
    config_for_tests(&c.config);
    client_open(&c);
    for (int turns = 0; turns < 12; turns++) {
        struct server s = {.steps = steps};
        struct fetch *f;
        struct url url;
        char text[64];

        s.control = listen_on(&s.control_port);
        s.data = listen_on(&s.data_port);
        assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
        snprintf(text, sizeof(text), "ftp://127.0.0.1:%u/a", s.control_port);
        assert_int_equal(url_split(str_from(text), &url), ERR_OK);
        c.is_done = false;
        f = fetch_start(c.fetcher, &url, STR_NONE, 1000, on_done, &c);
        for (int i = 0; i < turns && !c.is_done; i++)
            uv_run(&c.loop, UV_RUN_ONCE);
        fetch_end(f);
        uv_run(&c.loop, UV_RUN_NOWAIT);
        shutdown(s.data, SHUT_RDWR); /* nobody may come to it any more */
        shutdown(s.control, SHUT_RDWR);
        pthread_join(s.thread, NULL);
        close(s.control);
        close(s.data);
    }
    client_close(&c);
}

/* The user's own log-in, to its own host. */
static void
test_log_in(void **state)
{
    static const struct step steps[STEPS_MAX] = {
        SAYS(NULL, "220 hi"), SAYS("USER me", "331 ?"),
        SAYS("PASS very secret", "530 no"), SAYS("QUIT", NULL)};
    struct client c = {.is_done = false};
    struct server s = {.steps = steps};
    char host[32], *hosts[1] = {host};
    struct fetch *f;

    (void)state;
    s.control = listen_on(&s.control_port);
    snprintf(host, sizeof(host), "127.0.0.1:%u", s.control_port);
    config_for_tests(&c.config);
    c.config.user = (char *)"me";
    c.config.password = (char *)"very secret";
    c.config.auth_hosts = (struct config_list){hosts, 1};
    client_open(&c);
    assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
    f = client_fetch(&c, s.control_port, "/a", 1000);
    assert_int_equal(fetch_answer(f)->status, 401);
    assert_int_equal(stats_get(&stats, STAT_logins_sent), 1);
    fetch_end(f);
    pthread_join(s.thread, NULL);
    assert_string_equal(s.wrong, "");
    close(s.control);
    c.config.user = c.config.password = NULL; /* none of the config's own */
    c.config.auth_hosts = (struct config_list){NULL, 0};
    client_close(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_talks),
        cmocka_unit_test(test_refusals_and_breaks),
        cmocka_unit_test(test_what_is_not_asked),
        cmocka_unit_test(test_a_shut_gate_withholds),
        cmocka_unit_test(test_ended_at_any_turn),
        cmocka_unit_test(test_log_in),
    };

    int failed;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
