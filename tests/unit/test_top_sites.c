/*
 * Workers' reports into machines and sites, and replies into numbers.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "master/top_read.h"
#include "worker/report.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct top_view *view;

static int
set_up(void **state)
{
    (void)state;
    view = calloc(1, sizeof(*view));
    return view == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    free(view);
    return 0;
}

/* --- reports --- */

/* what a worker writes is what top reads */
static void
test_a_workers_report_is_read(void **state)
{
    struct report_state s = {.beat = 7,
                             .host = STR("h"),
                             .pid = 1,
                             .threads = 2,
                             .visits = 9,
                             .waiting = 6};
    struct report *r = calloc(1, sizeof(*r));
    struct top_report got;
    struct buf b;

    (void)state;
    assert_non_null(r);
    report_init(r, 1000);
    report_note(r, STR("a.test"), 120, true, false);
    report_note(r, STR("a.test"), 80, false, true);
    buf_init(&b, 2 * REPORT_BYTES);
    assert_int_equal(report_write(r, &s, 3000, &b), ERR_OK);
    assert_true(top_report_read(buf_str(&b), &got));
    assert_int_equal(got.beat, 7);
    assert_int_equal(got.visits, 9);
    assert_int_equal(got.busy, 3);
    assert_int_equal(got.waiting, 6);
    assert_int_equal(got.pages, 1);
    assert_int_equal(got.span_ms, 2000);
    assert_string_equal(got.why, "fetching");
    assert_int_equal(got.sites_count, 1);
    assert_string_equal(got.sites[0].name, "a.test");
    assert_int_equal(got.sites[0].pages, 1);
    assert_int_equal(got.sites[0].slowest_ms, 120);
    assert_int_equal(got.sites[0].failures, 1);
    buf_fini(&b);
    free(r);
}

static void
test_what_is_no_report_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "null",
        "[]",
        "{",
        "{\"why\":1}",
        "{}",
        "1",
        "{\"why\":\"\"}",
        "{\"why\":\"a\"}{",
        "{\"why\":\"longer than the longest of the reasons there are\"}"};
    struct top_report got;
    char *big = calloc(1, 20001);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_false(top_report_read(str_from(rows[i]), &got));
        assert_int_equal(got.sites_count, 0);
    }
    assert_non_null(big);
    memset(big, '[', 20000);
    assert_false(top_report_read(str_from(big), &got));
    free(big);
    assert_false(top_report_read(STR_NONE, &got));
}

static void
test_odd_parts_of_a_report_are_left_out(void **state)
{
    struct top_report got;

    (void)state;
    assert_true(top_report_read(
        STR("{\"why\":\"x\",\"pages\":-5,\"busy\":\"3\",\"visits\":1e9,"
            "\"span_ms\":9223372036854775807,\"sites\":[1,[],[7],[\"\"],"
            "[\"a.test\"],[\"b.test\",-1,-2,-3],\"c\"]}"),
        &got));
    assert_int_equal(got.pages, 0);
    assert_int_equal(got.busy, 0);
    assert_int_equal(got.visits, 0);
    assert_true(got.span_ms <= 1ull << 53);
    assert_int_equal(got.sites_count, 2);
    assert_string_equal(got.sites[0].name, "a.test");
    assert_int_equal(got.sites[1].slowest_ms, 0);
}

/* --- machines --- */

static void
note_worker(struct top_sites *t, const char *name, int64_t silent_ms,
            const char *json)
{
    struct top_report r;

    top_sites_worker(t, str_from(name), silent_ms, NULL);
    if (json && top_report_read(str_from(json), &r))
        top_sites_worker(t, str_from(name), silent_ms, &r);
}

static void
test_threads_are_summed_by_machine(void **state)
{
    struct top_sites *t = top_sites_new();

    (void)state;
    top_sites_begin(t, 1000);
    note_worker(t, "b-host-12-ab-0", 300,
                "{\"why\":\"fetching\",\"pages\":10,\"span_ms\":500,"
                "\"visits\":5,\"busy\":2,\"waiting\":3}");
    note_worker(t, "b-host-12-ab-1.2", 700, "{\"why\":\"paused\"}");
    note_worker(t, "b-host-99-cd-0", 100, "{\"why\":\"paused\"}");
    note_worker(t, "a-host-12-ab-0", 100, NULL);
    note_worker(t, "z-host-1-ab-0", 9000,
                "{\"why\":\"fetching\",\"pages\":9,\"span_ms\":1000}");
    note_worker(t, "odd", 100, NULL);
    top_sites_end(t);
    top_sites_view(t, view);
    assert_int_equal(view->hosts_count, 4);
    assert_int_equal(view->threads, 6);
    assert_int_equal(view->silent, 1);
    /* the silent one first; what it last said does not count */
    assert_string_equal(view->hosts[0].name, "z-host");
    assert_int_equal(view->hosts[0].silent, 1);
    assert_int_equal(view->hosts[0].beat_ms, 9000);
    assert_true(view->hosts[0].pages_per_s == 0);
    assert_string_equal(view->hosts[1].name, "a-host");
    assert_int_equal(view->hosts[1].known, 0);
    assert_string_equal(view->hosts[2].name, "b-host");
    assert_int_equal(view->hosts[2].threads, 3);
    assert_int_equal(view->hosts[2].beat_ms, 700);
    assert_int_equal(view->hosts[2].busy, 2);
    assert_true(view->hosts[2].pages_per_s == 20);
    assert_int_equal(view->hosts[2].whys_count, 2);
    assert_string_equal(view->hosts[2].whys[0].text, "paused");
    assert_int_equal(view->hosts[2].whys[0].threads, 2);
    assert_string_equal(view->hosts[3].name, "odd");

    /* who is not there any more is forgotten */
    top_sites_begin(t, 2000);
    note_worker(t, "odd", 100, NULL);
    top_sites_end(t);
    top_sites_view(t, view);
    assert_int_equal(view->hosts_count, 1);
    assert_int_equal(view->threads, 1);
    top_sites_free(t);
}

static void
test_more_machines_than_rows_share_the_last(void **state)
{
    struct top_sites *t = top_sites_new();
    char name[64];

    (void)state;
    top_sites_begin(t, 1000);
    for (unsigned i = 0; i < 3 * TOP_ROWS_MAX; i++) {
        snprintf(name, sizeof(name), "h%03u-1-2-3", i);
        note_worker(t, name, 10, NULL);
    }
    top_sites_end(t);
    top_sites_view(t, view);
    assert_int_equal(view->hosts_count, TOP_ROWS_MAX);
    assert_int_equal(view->threads, 3 * TOP_ROWS_MAX);
    assert_string_equal(view->hosts[0].name, "(other machines)");
    assert_int_equal(view->hosts[0].threads, 2 * TOP_ROWS_MAX + 1);
    top_sites_free(t);
}

/* --- sites --- */

static void
look(struct top_sites *t, int64_t now_ms, const char *json)
{
    top_sites_begin(t, now_ms);
    note_worker(t, "h-1-2-0", 10, json);
    top_sites_end(t);
    top_sites_view(t, view);
}

static void
test_rates_settle_and_fade(void **state)
{
    struct top_sites *t = top_sites_new();
    char json[256];
    int64_t now = 0;

    (void)state;
    for (int i = 0; i < 30; i++, now += 1000) {
        snprintf(json, sizeof(json),
                 "{\"why\":\"x\",\"beat\":%d,\"span_ms\":1000,"
                 "\"sites\":[[\"a.test\",2,50,0],[\"b.test\",%d,10,0]]}",
                 i, i % 2);
        look(t, now, json);
    }
    assert_int_equal(view->sites[TOP_BUSIEST].count, 2);
    assert_string_equal(view->sites[TOP_BUSIEST].rows[0].name, "a.test");
    assert_in_range(
        (int64_t)(view->sites[TOP_BUSIEST].rows[0].pages_per_s * 100), 199,
        201);
    assert_in_range(
        (int64_t)(view->sites[TOP_BUSIEST].rows[1].pages_per_s * 100), 40, 60);
    for (int i = 0; i < 60; i++, now += 1000)
        look(t, now, "{\"why\":\"x\",\"beat\":99}");
    assert_int_equal(view->sites[TOP_BUSIEST].count, 0);
    assert_int_equal(view->sites[TOP_SLOWEST].count, 0);
    top_sites_free(t);
}

/* looking twice between two beats must not double what happened */
static void
test_a_beat_counts_once(void **state)
{
    static const char json[] = "{\"why\":\"x\",\"beat\":5,\"span_ms\":1000,"
                               "\"sites\":[[\"a.test\",1,700,3]]}";
    struct top_sites *t = top_sites_new();
    struct top_site s;

    (void)state;
    look(t, 1000, json);
    look(t, 1500, json);
    look(t, 2000, json);
    assert_true(top_sites_find(t, STR("a.test"), &s));
    assert_int_equal(s.failures, 3);
    assert_int_equal(s.slowest_ms, 700);
    assert_false(top_sites_find(t, STR("b.test"), &s));
    look(t, 3000,
         "{\"why\":\"x\",\"beat\":6,\"span_ms\":1000,"
         "\"sites\":[[\"a.test\",1,900,1]]}");
    assert_true(top_sites_find(t, STR("a.test"), &s));
    assert_int_equal(s.failures, 4);
    assert_int_equal(s.slowest_ms, 900);
    top_sites_free(t);
}

static void
test_the_table_is_bounded(void **state)
{
    struct top_sites *t = top_sites_new();
    char json[512];

    (void)state;
    top_sites_begin(t, 1000);
    for (unsigned i = 0; i < 10000; i++) {
        struct top_report r;
        char name[32];

        snprintf(name, sizeof(name), "h-1-2-%u", i);
        snprintf(json, sizeof(json),
                 "{\"why\":\"x\",\"beat\":1,\"span_ms\":1000,\"sites\":"
                 "[[\"s%u.test\",1,1,0]]}",
                 i);
        assert_true(top_report_read(str_from(json), &r));
        top_sites_worker(t, str_from(name), 10, &r);
    }
    top_sites_end(t);
    top_sites_view(t, view);
    assert_int_equal(view->sites[TOP_BUSIEST].count, TOP_ROWS_MAX);
    assert_int_equal(view->sites[TOP_BUSIEST].total, 8192);
    top_sites_free(t);
}

/* --- replies --- */

/* The reply to these bytes, by hiredis; the caller ends it. */
static redisReply *
reply_of(const char *resp)
{
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;

    assert_int_equal(redisReaderFeed(reader, resp, strlen(resp)), REDIS_OK);
    assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
    assert_non_null(reply);
    redisReaderFree(reader);
    return reply;
}

static void
test_info_is_read(void **state)
{
    static const char text[] = "# Memory\r\nused_memory:1048576\r\n"
                               "maxmemory:0\r\nconnected_clients:9\r\n"
                               "instantaneous_ops_per_sec:321\r\n"
                               "used_cpu_sys:1.250000\r\n"
                               "used_cpu_user:0.750001\r\nodd\r\n:\r\n";
    char resp[512];
    redisReply *r;
    struct top_server s;
    int64_t cpu_us;

    (void)state;
    snprintf(resp, sizeof(resp), "$%zu\r\n%s\r\n", strlen(text), text);
    r = reply_of(resp);
    top_read_server(r, &s, &cpu_us);
    freeReplyObject(r);
    assert_true(s.is_known);
    assert_int_equal(s.memory, 1048576);
    assert_int_equal(s.clients, 9);
    assert_int_equal(s.ops, 321);
    assert_int_equal(cpu_us, 2000001);
    r = reply_of("$45\r\nused_memory:-1\r\nmaxmemory:nan\r\nused_cpu_sys:x\r\n"
                 "\r\n\r\n");
    top_read_server(r, &s, &cpu_us);
    freeReplyObject(r);
    assert_false(s.is_known);
    assert_int_equal(s.memory_max, 0);
    assert_int_equal(cpu_us, 0);
}

static void
test_only_those_who_make_us_wait_are_blocked(void **state)
{
    struct top_sites_list *list = &view->sites[TOP_BLOCKED];
    redisReply *due = reply_of(
        "*10\r\n$6\r\nb.test\r\n$6\r\n400000\r\n$6\r\na.test\r\n$6\r\n109000"
        "\r\n$6\r\nc.test\r\n$6\r\n108000\r\n$6\r\nd.test\r\n$6\r\n103000\r\n"
        "$6\r\ne.test\r\n$6\r\n100900\r\n");
    redisReply *pace = reply_of("*4\r\n$4\r\n0 12\r\n$-1\r\n$6\r\n8000 0\r\n"
                                "$6\r\n0 junk\r\n");

    (void)state;
    /* the clock stands at 100 s, the delay is 1 s: e.test is as usual */
    top_read_due(due, 100000, 1000, list);
    assert_int_equal(list->count, 4);
    top_read_pace(pace, list, list->count);
    top_keep_blocked(list, 5000);
    assert_int_equal(list->count, 3);
    assert_string_equal(list->rows[0].name, "b.test");
    assert_int_equal(list->rows[0].rest_ms, 300000);
    assert_int_equal(list->rows[0].in_a_row, 12);
    assert_string_equal(list->rows[1].name, "a.test");
    assert_int_equal(list->rows[1].in_a_row, 0);
    assert_int_equal(list->rows[2].spacing_ms, 8000);
    freeReplyObject(due);
    freeReplyObject(pace);
}

static void
test_orders_are_joined_to_all_lists(void **state)
{
    redisReply *r = reply_of(
        "*2\r\n$1\r\n0\r\n*6\r\n$6\r\nb.test\r\n$4\r\ndrop\r\n$6\r\na.test\r\n"
        "$10\r\ndelay 2500\r\n$6\r\nc.test\r\n$4\r\njunk\r\n");
    struct top_sites *t = top_sites_new();

    (void)state;
    look(t, 1000,
         "{\"why\":\"x\",\"beat\":1,\"span_ms\":1000,\"sites\":"
         "[[\"b.test\",4,70,2]]}");
    top_read_orders(r, &view->sites[TOP_ORDERED]);
    top_join(t, view);
    assert_int_equal(view->sites[TOP_ORDERED].count, 3);
    assert_string_equal(view->sites[TOP_ORDERED].rows[0].name, "a.test");
    assert_int_equal(view->sites[TOP_ORDERED].rows[0].slow_ms, 2500);
    assert_true(view->sites[TOP_ORDERED].rows[1].is_dropped);
    assert_true(view->sites[TOP_ORDERED].rows[1].pages_per_s > 3);
    assert_int_equal(view->sites[TOP_ORDERED].rows[1].failures, 2);
    assert_false(view->sites[TOP_ORDERED].rows[2].is_dropped);
    assert_true(view->sites[TOP_BUSIEST].rows[0].is_dropped);
    freeReplyObject(r);
    top_sites_free(t);
}

/* whatever a Redis answers, nothing is read that is not there */
static void
test_replies_of_other_forms_are_empty(void **state)
{
    static const char *const rows[] = {
        "+OK\r\n",
        ":7\r\n",
        "$-1\r\n",
        "*0\r\n",
        "*1\r\n$1\r\nx\r\n",
        "*2\r\n$1\r\nx\r\n:1\r\n",
        "*2\r\n:1\r\n$1\r\nx\r\n",
        "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nx\r\n",
        "*2\r\n$1\r\n0\r\n*2\r\n:1\r\n:2\r\n",
        "*2\r\n$0\r\n\r\n$3\r\nnan\r\n",
    };
    struct top_crawl crawl;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        redisReply *r = reply_of(rows[i]);
        int64_t cpu_us;

        top_read_crawl(r, &crawl);
        assert_int_equal(crawl.started_s, 0);
        top_read_stats(r, view->stats);
        assert_int_equal(view->stats[STAT_pages], 0);
        assert_int_equal(top_read_time(r), 0);
        top_read_server(r, &view->server, &cpu_us);
        assert_false(view->server.is_known);
        top_read_due(r, 0, 0, &view->sites[TOP_BLOCKED]);
        assert_int_equal(view->sites[TOP_BLOCKED].count, 0);
        top_read_orders(r, &view->sites[TOP_ORDERED]);
        assert_int_equal(view->sites[TOP_ORDERED].count, 0);
        view->sites[TOP_BLOCKED].count = 2;
        top_read_pace(r, &view->sites[TOP_BLOCKED], 2);
        assert_int_equal(view->sites[TOP_BLOCKED].rows[0].in_a_row, 0);
        freeReplyObject(r);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(test_a_workers_report_is_read),
        TEST(test_what_is_no_report_is_refused),
        TEST(test_odd_parts_of_a_report_are_left_out),
        TEST(test_threads_are_summed_by_machine),
        TEST(test_more_machines_than_rows_share_the_last),
        TEST(test_rates_settle_and_fade),
        TEST(test_a_beat_counts_once),
        TEST(test_the_table_is_bounded),
        TEST(test_info_is_read),
        TEST(test_only_those_who_make_us_wait_are_blocked),
        TEST(test_orders_are_joined_to_all_lists),
        TEST(test_replies_of_other_forms_are_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
