/* Addresses, requests, the waiting connection.  SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/redis.h"
#include "tests/unit/local_redis.h"

static struct local_redis server;

static void
test_an_address_is_read_and_shown(void **state)
{
    static const struct {
        const char *in, *host, *path, *user, *password, *shown;
        int port, db;
    } rows[] = {
        {"redis://a.test", "a.test", NULL, NULL, NULL, "redis://a.test:6379/0",
         6379, 0},
        {"redis://a.test/", "a.test", NULL, NULL, NULL, "redis://a.test:6379/0",
         6379, 0},
        {"REDIS://a.test:7000/3", "a.test", NULL, NULL, NULL,
         "redis://a.test:7000/3", 7000, 3},
        {"redis://:secret@a.test", "a.test", NULL, NULL, "secret",
         "redis://a.test:6379/0", 6379, 0},
        {"redis://bob:s%40c%3a%25@a.test:1/15", "a.test", NULL, "bob", "s@c:%",
         "redis://a.test:1/15", 1, 15},
        {"redis://bob:a@b:c@a.test", "a.test", NULL, "bob", "a@b:c",
         "redis://a.test:6379/0", 6379, 0},
        {"redis://[::1]:6380", "::1", NULL, NULL, NULL, "redis://[::1]:6380/0",
         6380, 0},
        {"redis://[::1]", "::1", NULL, NULL, NULL, "redis://[::1]:6379/0", 6379,
         0},
        {"redis://:p,w@a.test,b.test:7000,[::1]/3", "a.test", NULL, NULL, "p,w",
         "redis://a.test:6379,b.test:7000,[::1]:6379/3", 6379, 3},
        {"unix:///run/r.sock", NULL, "/run/r.sock", NULL, NULL,
         "unix:///run/r.sock", 0, 0},
        {"unix:///run/r.sock?db=4", NULL, "/run/r.sock", NULL, NULL,
         "unix:///run/r.sock?db=4", 0, 4},
        {"unix:///run/a%20b", NULL, "/run/a b", NULL, NULL, "unix:///run/a b",
         0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redis_url u;
        char why[128], shown[256];

        print_message("%s\n", rows[i].in);
        assert_int_equal(redis_url_parse(str_from(rows[i].in), &u, why),
                         ERR_OK);
        assert_string_equal(u.host ? u.host : "-",
                            rows[i].host ? rows[i].host : "-");
        assert_string_equal(u.path ? u.path : "-",
                            rows[i].path ? rows[i].path : "-");
        assert_string_equal(u.user ? u.user : "-",
                            rows[i].user ? rows[i].user : "-");
        assert_string_equal(u.password ? u.password : "-",
                            rows[i].password ? rows[i].password : "-");
        assert_int_equal(u.port, rows[i].port);
        assert_int_equal(u.db, rows[i].db);
        redis_url_show(&u, shown);
        assert_string_equal(shown, rows[i].shown);
        redis_url_fini(&u);
    }
}

static void
test_a_bad_address_says_why_without_the_password(void **state)
{
    static const struct {
        const char *in, *why;
    } rows[] = {
        {"", "redis://"},
        {"a.test:6379", "redis://"},
        {"http://a.test", "redis://"},
        {"rediss://:hunter2@a.test", "TLS"},
        {"redis://", "host"},
        {"redis://:hunter2@", "host"},
        {"redis://:hunter2@:6379", "host"},
        {"redis://bob@a.test", "password"},
        {"redis://:hunter2@a.test:0", "port"},
        {"redis://:hunter2@a.test:65536", "port"},
        {"redis://:hunter2@a.test:x", "port"},
        {"redis://:hunter2@a.test/x", "number"},
        {"redis://:hunter2@a.test/1/2", "number"},
        {"redis://:hunter2%4@a.test", "percent"},
        {"redis://:hunter2%zz@a.test", "percent"},
        {"redis://:hunter2%00@a.test", "percent"},
        {"redis://:hunter2@a.test,", "host"},
        {"redis://:hunter2@,a.test", "host"},
        {"redis://:hunter2@a.test,b.test:x", "port"},
        {"redis://:hunter2@a,b,c,d,e,f,g,h,i", "8 hosts"},
        {"redis://[::1", "]"},
        {"redis://[::1]6379", "port"},
        {"unix://run/r.sock", "root"},
        {"unix:///r?x=1", "db=N"},
        {"unix:///r?db=", "db=N"},
        {"unix:///r?db=-1", "number"},
        {"unix:///"
         "0123456789012345678901234567890123456789012345678901234567890123456"
         "0123456789012345678901234567890123456789012345678901234567890123456",
         "107"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redis_url u;
        char why[128];

        assert_int_equal(redis_url_parse(str_from(rows[i].in), &u, why),
                         ERR_INVALID);
        print_message("%s: %s\n", rows[i].in, why);
        assert_non_null(strstr(why, rows[i].why));
        assert_null(strstr(why, "hunter2"));
        assert_null(u.host);
        assert_null(u.password);
    }
}

/* RESP, "Arrays" and "Bulk strings": lengths, so any byte may stand inside. */
static void
test_a_request_carries_lengths(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    resp_begin(&b, 4);
    resp_arg(&b, STR("SET"));
    resp_arg(&b, STR("a\r\n\0b"));
    resp_arg(&b, STR_NONE);
    resp_int(&b, INT64_MIN);
    resp_int(&b, -0);
    resp_int(&b, INT64_MAX);
    assert_true(str_equal(buf_str(&b),
                          STR("*4\r\n$3\r\nSET\r\n$5\r\na\r\n\0b\r\n$0\r\n\r\n"
                              "$20\r\n-9223372036854775808\r\n$1\r\n0\r\n"
                              "$19\r\n9223372036854775807\r\n")));
    buf_fini(&b);
}

static void
test_bytes_come_back_as_they_went(void **state)
{
    struct redis *r;
    redisReply *reply[2];
    struct buf b;
    char why[256];

    (void)state;
    assert_int_equal(redis_open(&server.url, 2000, &r, why), ERR_OK);
    buf_init(&b, 1000);
    resp_begin(&b, 3);
    resp_arg(&b, STR("SET"));
    resp_arg(&b, STR("k"));
    resp_arg(&b, STR("\0 \r\n%s\xff"));
    resp_begin(&b, 2);
    resp_arg(&b, STR("GET"));
    resp_arg(&b, STR("k"));
    assert_int_equal(redis_call(r, buf_str(&b), 2, reply), ERR_OK);
    assert_int_equal(reply[0]->type, REDIS_REPLY_STATUS);
    assert_int_equal(reply[1]->len, 7);
    assert_memory_equal(reply[1]->str, "\0 \r\n%s\xff", 7);
    freeReplyObject(reply[0]);
    freeReplyObject(reply[1]);
    /* An error reply is a reply: the connection goes on. */
    reply[0] = redis_command(r, "NO-SUCH-COMMAND", NULL);
    assert_int_equal(reply[0]->type, REDIS_REPLY_ERROR);
    freeReplyObject(reply[0]);
    reply[0] = redis_command(r, "GET", "k", NULL);
    assert_int_equal(reply[0]->type, REDIS_REPLY_STRING);
    freeReplyObject(reply[0]);
    buf_fini(&b);
    redis_close(r);
}

/*
 * 200 requests of 256 KB whose replies are as long, sent before one is taken:
 * more than both sockets hold.
 */
static void
test_a_long_row_of_requests_does_not_lock_up(void **state)
{
    enum { COUNT = 200, BYTES = 256 * 1024 };
    struct redis *r;
    redisReply *replies[COUNT];
    char why[256], *big = calloc(1, BYTES);
    struct buf b;

    (void)state;
    assert_non_null(big);
    buf_init(&b, (size_t)COUNT * (BYTES + 100));
    for (int i = 0; i < COUNT; i++) {
        resp_begin(&b, 2);
        resp_arg(&b, STR("ECHO"));
        memset(big, 'a' + i % 26, BYTES);
        resp_arg(&b, (struct str){big, BYTES});
    }
    assert_int_equal(redis_open(&server.url, 2000, &r, why), ERR_OK);
    assert_int_equal(redis_call(r, buf_str(&b), COUNT, replies), ERR_OK);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(replies[i]->len, BYTES);
        assert_int_equal(replies[i]->str[BYTES - 1], 'a' + i % 26);
        freeReplyObject(replies[i]);
    }
    redis_close(r);
    buf_fini(&b);
    free(big);
}

static void
test_a_broken_connection_is_opened_anew_by_the_next_call(void **state)
{
    struct local_redis own;
    struct redis *r;
    redisReply *reply;
    char why[256];

    (void)state;
    assert_true(local_redis_start(&own, NULL));
    assert_int_equal(redis_open(&own.url, 500, &r, why), ERR_OK);
    local_redis_kill(&own);
    assert_null(redis_command(r, "PING", NULL));
    assert_non_null(strstr(redis_error(r), "broke"));
    assert_null(redis_command(r, "PING", NULL));
    assert_non_null(strstr(redis_error(r), "is Redis running?"));
    assert_int_equal(redis_receive(r, &reply), ERR_REDIS);
    local_redis_spawn(&own, NULL);
    assert_true(local_redis_wait(&own));
    reply = redis_command(r, "PING", NULL);
    assert_non_null(reply);
    freeReplyObject(reply);
    redis_close(r);
    local_redis_stop(&own);
}

static void
test_refusals_are_told_in_plain_words(void **state)
{
    static const char *const args[] = {"--requirepass", "sesame", "--databases",
                                       "2", NULL};
    struct local_redis own;
    char password[] = "sesame", wrong[] = "hunter2", user[] = "bob";
    char host[] = "127.0.0.1", nowhere[] = "/nonexistent/redis.sock";
    struct redis *r;
    char why[256];
    struct redis_url url;

    (void)state;
    assert_true(local_redis_start(&own, args));
    const struct {
        struct redis_url url;
        const char *why;
    } rows[] = {
        {{.path = own.sock}, "asks for a password"},
        {{.path = own.sock, .password = wrong}, "refuses the password"},
        {{.path = own.sock, .password = password, .user = user},
         "refuses the password or user"},
        {{.path = own.sock, .password = password, .db = 9}, "no database"},
        {{.path = server.sock, .password = wrong}, "no password set"},
        {{.path = nowhere}, "is Redis running?"},
        {{.host = host, .port = 1}, "nothing listens at redis://127.0.0.1:1/"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(redis_open(&rows[i].url, 500, &r, why), ERR_REDIS);
        print_message("%s\n", why);
        assert_non_null(strstr(why, rows[i].why));
        assert_null(strstr(why, "hunter2"));
        assert_null(strstr(why, "sesame"));
        assert_null(r);
    }
    url = own.url;
    url.password = password;
    url.db = 1;
    assert_int_equal(redis_open(&url, 500, &r, why), ERR_OK);
    redis_close(r);
    local_redis_stop(&own);
}

static void
test_a_server_that_loads_is_waited_for(void **state)
{
    /* each key takes 1 ms to load, told every 1 KB read */
    static const char *const slow[] = {"--key-load-delay", "1000",
                                       "--loading-process-events-interval-"
                                       "bytes",
                                       "1024", NULL};
    struct local_redis own;
    struct redis *r;
    redisReply *reply;
    char why[256], rdb[96];

    (void)state;
    assert_true(local_redis_start(&own, NULL));
    assert_int_equal(redis_open(&own.url, 500, &r, why), ERR_OK);
    reply = redis_command(r, "DEBUG", "POPULATE", "2000", "k", "1000", NULL);
    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_ERROR) { /* off by default since 7.0 */
        freeReplyObject(reply);
        reply = redis_command(r, "EVAL",
                              "for i = 1, 2000 do redis.call('SET', 'k' .. "
                              "i, ('x'):rep(1000)) end return 1",
                              "0", NULL);
        assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
    }
    freeReplyObject(reply);
    reply = redis_command(r, "SAVE", NULL);
    assert_int_equal(reply->type, REDIS_REPLY_STATUS);
    freeReplyObject(reply);
    redis_close(r);
    local_redis_kill(&own);
    local_redis_spawn(&own, slow);
    while (access(own.sock, F_OK) != 0)
        poll(NULL, 0, 5);
    assert_int_equal(redis_open(&own.url, 100, &r, why), ERR_REDIS);
    print_message("%s\n", why);
    assert_non_null(strstr(why, "loading"));
    assert_int_equal(redis_open(&own.url, 20000, &r, why), ERR_OK);
    reply = redis_command(r, "DBSIZE", NULL);
    assert_int_equal(reply->integer, 2000);
    freeReplyObject(reply);
    redis_close(r);
    snprintf(rdb, sizeof(rdb), "%s/dump.rdb", own.dir);
    unlink(rdb);
    local_redis_stop(&own);
}

static void
config_set(struct redis *r, const char *name, const char *value)
{
    redisReply *reply = redis_command(r, "CONFIG", "SET", name, value, NULL);

    assert_non_null(reply);
    assert_int_equal(reply->type, REDIS_REPLY_STATUS);
    freeReplyObject(reply);
}

static void
test_a_server_that_evicts_is_refused(void **state)
{
    char why[256], warn[256];
    struct redis *r;
    redisReply *reply;

    (void)state;
    assert_int_equal(redis_open(&server.url, 2000, &r, why), ERR_OK);
    config_set(r, "set-max-intset-entries", "512");
    assert_int_equal(redis_check_server(r, why, warn), ERR_OK);
    assert_string_equal(warn, "");
    reply = redis_command(r, "CONFIG", "GET", "set-max-intset-entries", NULL);
    assert_string_equal(reply->element[1]->str, "16384");
    freeReplyObject(reply);
    config_set(r, "maxmemory-policy", "allkeys-lru");
    assert_int_equal(redis_check_server(r, why, warn), ERR_INVALID);
    assert_non_null(strstr(why, "allkeys-lru"));
    config_set(r, "maxmemory-policy", "noeviction");
    redis_close(r);
}

/* A user without rights to CONFIG and INFO gets a warning, no refusal. */
static void
test_what_cannot_be_looked_at_is_a_warning(void **state)
{
    char why[256], warn[256], user[] = "crawl", password[] = "x";
    struct redis_url url = server.url;
    struct redis *r;
    redisReply *reply;

    (void)state;
    assert_int_equal(redis_open(&server.url, 2000, &r, why), ERR_OK);
    reply = redis_command(r, "ACL", "SETUSER", user, "on", ">x", "~*", "+ping",
                          NULL);
    assert_int_equal(reply->type, REDIS_REPLY_STATUS);
    freeReplyObject(reply);
    redis_close(r);
    url.user = user;
    url.password = password;
    assert_int_equal(redis_open(&url, 2000, &r, why), ERR_OK);
    assert_int_equal(redis_check_server(r, why, warn), ERR_OK);
    print_message("%s\n", warn);
    assert_string_not_equal(warn, "");
    redis_close(r);
}

static int
start(void **state)
{
    (void)state;
    return local_redis_start(&server, NULL) ? 0 : -1;
}

static int
stop(void **state)
{
    (void)state;
    local_redis_stop(&server);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_address_is_read_and_shown),
        cmocka_unit_test(test_a_bad_address_says_why_without_the_password),
        cmocka_unit_test(test_a_request_carries_lengths),
        cmocka_unit_test(test_bytes_come_back_as_they_went),
        cmocka_unit_test(test_a_long_row_of_requests_does_not_lock_up),
        cmocka_unit_test(
            test_a_broken_connection_is_opened_anew_by_the_next_call),
        cmocka_unit_test(test_refusals_are_told_in_plain_words),
        cmocka_unit_test(test_a_server_that_loads_is_waited_for),
        cmocka_unit_test(test_a_server_that_evicts_is_refused),
        cmocka_unit_test(test_what_cannot_be_looked_at_is_a_warning),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
