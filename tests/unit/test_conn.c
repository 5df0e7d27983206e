/*
 * The async connection against real servers, and what is said of it.
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "common/conn.h"
#include "common/lua_scripts.h"
#include "common/secret.h"
#include "tests/unit/local_redis.h"

static struct local_redis server, replica;
static struct redis *db;
static int port, replica_port;
static uv_loop_t loop;
static uv_timer_t tick;
static struct conn *conn;
static int ups, downs, rooms, answers, nothings;
static char last_why[256];

/* --- the rig --- */

static void
on_up(void *arg)
{
    (void)arg;
    ups++;
}

static void
on_down(void *arg, const char *why)
{
    (void)arg;
    downs++;
    snprintf(last_why, sizeof(last_why), "%s", why);
}

static void
on_room(void *arg)
{
    (void)arg;
    rooms++;
}

static void
on_answer(void *arg, const redisReply *reply)
{
    (void)arg;
    if (reply)
        answers++;
    else
        nothings++;
}

static void
on_tick(uv_timer_t *timer)
{
    (void)timer; /* it only lets a turn end */
}

/* Turn the loop until the condition holds, twenty seconds at most. */
#define RUN_UNTIL(condition)                        \
    do {                                            \
        uint64_t end_ = uv_hrtime() + 20000000000u; \
        while (!(condition) && uv_hrtime() < end_)  \
            uv_run(&loop, UV_RUN_ONCE);             \
        assert_true(condition);                     \
    } while (0)

static void
begin(const struct redis_url *url)
{
    struct conn_events events = {
        .on_up = on_up, .on_down = on_down, .on_room = on_room};

    ups = downs = rooms = answers = nothings = 0;
    conn = conn_open(&loop, url, &events);
}

static void
finish(void)
{
    conn_close(conn);
    for (int i = 0; i < 10; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static void
command(const char *a, const char *b, const char *c, const char *d)
{
    redisReply *reply = redis_command(db, a, b, c, d, NULL);

    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_ERROR)
        fail_msg("%s: %s", a, reply->str);
    freeReplyObject(reply);
}

/* A request of up to four words, not yet sent. */
static struct str
words(struct buf *b, const char *first, const char *second, const char *third,
      const char *fourth)
{
    const char *all[] = {first, second, third, fourth};
    size_t n = 0;

    while (n < 4 && all[n])
        n++;
    buf_init(b, 1 << 16);
    resp_begin(b, n);
    for (size_t i = 0; i < n; i++)
        resp_arg(b, str_from(all[i]));
    return buf_str(b);
}

static void
send_words(const char *first, const char *second, const char *third,
           const char *fourth)
{
    struct buf b;

    conn_send(conn, words(&b, first, second, third, fourth), on_answer, NULL);
    buf_fini(&b);
}

static void
offer_words(const char *first, const char *second, const char *third)
{
    struct buf b;

    conn_offer(conn, words(&b, first, second, third, NULL), on_answer, NULL);
    buf_fini(&b);
}

/* --- places --- */

/* A port of loopback that takes no connection: its backlog is full. */
static int
hung_port(int fds[4])
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);

    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fds[0], (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fds[0], 0), 0);
    assert_int_equal(getsockname(fds[0], (struct sockaddr *)&at, &len), 0);
    for (int i = 1; i < 4; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fds[i], (struct sockaddr *)&at, sizeof(at));
    }
    return ntohs(at.sin_port);
}

static void
parse(struct redis_url *url, const char *format, int a, int b, int c)
{
    char text[200], why[128];

    snprintf(text, sizeof(text), "redis://");
    for (size_t n = strlen(text); *format; format++) {
        if (*format == '#') {
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%d", a);
            a = b;
            b = c;
        } else {
            text[n++] = *format;
            text[n] = '\0';
        }
    }
    print_message("%s\n", text);
    assert_int_equal(redis_url_parse(str_from(text), url, why), ERR_OK);
}

static void
test_the_primary_is_found_among_several(void **state)
{
    static const char *const rows[] = {"127.0.0.1:#,127.0.0.1:1,127.0.0.1:#",
                                       "localhost:1,localhost:#",
                                       "no-such-host.invalid,localhost:#"};
    struct redis_url url;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        parse(&url, rows[i], i == 0 ? replica_port : port, port, 0);
        begin(&url);
        RUN_UNTIL(ups == 1);
        assert_int_equal(downs, 0); /* a place passed over is no trouble */
        send_words("INCR", "writes", NULL, NULL);
        RUN_UNTIL(answers == 1);
        finish();
        redis_url_fini(&url);
    }
}

static void
test_a_replica_alone_is_not_used(void **state)
{
    struct redis_url url;
    const char *why;

    (void)state;
    parse(&url, "127.0.0.1:#", replica_port, 0, 0);
    begin(&url);
    RUN_UNTIL(downs == 1);
    assert_int_equal(conn_trouble(conn, &why), REDIS_REPLICA);
    assert_non_null(strstr(why, "is a replica"));
    assert_int_equal(ups, 0);
    finish();
    redis_url_fini(&url);
}

/* SYNs without an answer: 5 s, then the next place. */
static void
test_a_place_that_hangs_is_given_up(void **state)
{
    struct redis_url url;
    int fds[4];

    (void)state;
    parse(&url, "127.0.0.1:#,127.0.0.1:#", hung_port(fds), port, 0);
    begin(&url);
    RUN_UNTIL(ups == 1);
    finish();
    redis_url_fini(&url);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
}

/* --- breaks --- */

static void
test_flushed_scripts_are_loaded_again(void **state)
{
    char sha[41] = "";
    redisReply *reply;

    (void)state;
    begin(&server.url);
    RUN_UNTIL(ups == 1);
    reply = redis_command(db, "SCRIPT", "LOAD", lua_scripts[0].src, NULL);
    snprintf(sha, sizeof(sha), "%s", reply->str);
    freeReplyObject(reply);
    command("SCRIPT", "FLUSH", NULL, NULL);
    send_words("EVALSHA", sha, "0", NULL);
    send_words("PING", NULL, NULL, NULL);
    RUN_UNTIL(downs == 1 && ups == 2);
    assert_non_null(strstr(last_why, "flushed of its scripts"));
    assert_int_equal(nothings, 2); /* the PING was under way in vain */
    reply = redis_command(db, "SCRIPT", "EXISTS", sha, NULL);
    assert_int_equal(reply->element[0]->integer, 1);
    freeReplyObject(reply);
    finish();
}

static void
test_a_refused_offer_is_no_break(void **state)
{
    (void)state;
    begin(&server.url);
    RUN_UNTIL(ups == 1);
    command("CONFIG", "SET", "maxmemory", "1");
    offer_words("SET", "a", "1");
    send_words("PING", NULL, NULL, NULL);
    RUN_UNTIL(rooms == 1);
    assert_int_equal(answers, 1);
    assert_int_equal(nothings, 1);
    assert_false(conn_has_room(conn));
    assert_int_equal(conn_trouble(conn, NULL), REDIS_FULL);
    offer_words("SET", "a", "1");
    RUN_UNTIL(rooms == 2);
    command("CONFIG", "SET", "maxmemory", "0");
    offer_words("SET", "a", "1");
    RUN_UNTIL(answers == 2);
    assert_true(conn_has_room(conn));
    RUN_UNTIL(conn_trouble(conn, NULL) == REDIS_FINE);
    assert_int_equal(downs, 0);
    /* what must not be refused is a break */
    command("CONFIG", "SET", "maxmemory", "1");
    send_words("SET", "a", "1", NULL);
    RUN_UNTIL(downs == 1);
    command("CONFIG", "SET", "maxmemory", "0");
    RUN_UNTIL(ups == 2);
    finish();
}

static void
write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void
test_the_password_file_is_read_again(void **state)
{
    struct redis_url url;
    char path[128], why[256];

    (void)state;
    snprintf(path, sizeof(path), "%s/pw", server.dir);
    write_file(path, "wrong\n");
    redis_url_copy(&server.url, &url);
    assert_int_equal(secret_read_file(path, &url, why), ERR_OK);
    command("CONFIG", "SET", "requirepass", "right");
    begin(&url);
    RUN_UNTIL(downs == 1);
    assert_int_equal(conn_trouble(conn, NULL), REDIS_PASSWORD);
    assert_null(strstr(last_why, "wrong"));
    write_file(path, "right\n");
    RUN_UNTIL(ups == 1);
    command("CONFIG", "SET", "requirepass", "");
    finish();
    redis_url_fini(&url);
    unlink(path);
}

/* Whatever it is doing just then; sanitizers watch. */
static void
test_it_may_be_closed_at_any_time(void **state)
{
    struct redis_url url;

    (void)state;
    parse(&url, "localhost:#,127.0.0.1:1", port, 0, 0);
    for (int turns = 0; turns < 40; turns++) {
        begin(&url);
        for (int i = 0; i < turns; i++)
            uv_run(&loop, UV_RUN_NOWAIT);
        finish();
    }
    redis_url_fini(&url);
}

/* --- what is said --- */

static void
test_trouble_is_said_once_for_all_connections(void **state)
{
    /* bad 1: of a connection that was well; 2: of one in trouble; 0: good */
    static const struct {
        uint64_t at_s;
        int bad;
        enum redis_trouble trouble;
        const char *line;
    } rows[] = {
        {1, 1, REDIS_GONE, "Redis is gone (x); waiting for it"},
        {1, 1, REDIS_GONE, NULL},
        {2, 2, REDIS_LOADING, "x; trying again"},
        {2, 2, REDIS_LOADING, NULL},
        {3, 2, REDIS_GONE, NULL}, /* to and fro is no news */
        {31, 2, REDIS_GONE, NULL},
        {33, 2, REDIS_LOADING, "still waiting, for 32 s: x"},
        {33, 2, REDIS_GONE, NULL},
        {64, 2, REDIS_GONE, "still waiting, for 63 s: x"},
        {65, 0, REDIS_FINE, NULL}, /* the other one is not yet */
        {66, 0, REDIS_FINE, "Redis is back after 65.0 s"},
        {70, 1, REDIS_FLUSHED, "x: loading them again"},
        {70, 0, REDIS_FINE, NULL},
        {80, 1, REDIS_FULL, "x: new links wait until it has room"},
        {81, 2, REDIS_FULL, NULL},
        {82, 0, REDIS_FINE, "Redis has room again after 2.0 s"},
        {90, 1, REDIS_PASSWORD, "x; trying again"},
        {91, 0, REDIS_FINE, "Redis is back after 1.0 s"},
    };
    struct conn_talk *t = conn_talk_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[CONN_TALK_BYTES] = "";
        uint64_t now = rows[i].at_s * 1000;
        bool is_said = rows[i].bad
                           ? conn_talk_bad_line(t, rows[i].bad == 1,
                                                rows[i].trouble, "x", now, line)
                           : conn_talk_good_line(t, now, line);

        print_message("%d: %s\n", (int)rows[i].at_s, line);
        assert_int_equal(is_said, rows[i].line != NULL);
        if (is_said)
            assert_string_equal(line, rows[i].line);
    }
    conn_talk_free(t);
}

/* --- all of it --- */

static bool
start_with_port(struct local_redis *s, int *out)
{
    char text[16];
    const char *const more[] = {"--port", text, NULL};

    for (int i = 0; i < 10; i++) {
        *out = 20000 + (int)((uv_hrtime() / 1000 + (unsigned)getpid()) % 10000);
        snprintf(text, sizeof(text), "%d", *out);
        if (local_redis_start(s, more))
            return true;
        local_redis_stop(s);
    }
    return false;
}

static int
set_up(void **state)
{
    char why[256], text[16];
    redisReply *reply;
    struct redis *r;

    (void)state;
    assert_true(start_with_port(&server, &port));
    assert_true(start_with_port(&replica, &replica_port));
    assert_int_equal(redis_open(&server.url, 5000, &db, why), ERR_OK);
    assert_int_equal(redis_open(&replica.url, 5000, &r, why), ERR_OK);
    snprintf(text, sizeof(text), "%d", port);
    reply = redis_command(r, "REPLICAOF", "127.0.0.1", text, NULL);
    assert_int_equal(reply->type, REDIS_REPLY_STATUS);
    freeReplyObject(reply);
    redis_close(r);
    uv_loop_init(&loop);
    uv_timer_init(&loop, &tick);
    uv_timer_start(&tick, on_tick, 20, 20);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    redis_close(db);
    local_redis_stop(&replica);
    local_redis_stop(&server);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_primary_is_found_among_several),
        cmocka_unit_test(test_a_replica_alone_is_not_used),
        cmocka_unit_test(test_a_place_that_hangs_is_given_up),
        cmocka_unit_test(test_flushed_scripts_are_loaded_again),
        cmocka_unit_test(test_a_refused_offer_is_no_break),
        cmocka_unit_test(test_the_password_file_is_read_again),
        cmocka_unit_test(test_it_may_be_closed_at_any_time),
        cmocka_unit_test(test_trouble_is_said_once_for_all_connections),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
