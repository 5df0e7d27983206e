/*
 * What a crawl with --cache remembers in Redis, what the next one may build
 * on, and the URLs that it takes from the logs.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/unit/frontier_rig.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/frontier_cache.h"
#include "master/recrawl.h"
#include "master/recrawl_log.h"

static char place[] = "/tmp/weft-recrawl-XXXXXX";

/* --- values --- */

static void
remember(uint64_t fingerprint, struct str value)
{
    frontier_form_remember(rig_master, &rig_buf,
                           &(struct frontier_memory){fingerprint, value}, 1);
    assert_int_equal(rig_count(), 1);
}

static void
test_what_is_remembered_is_recalled_in_order(void **state)
{
    static const uint64_t prints[] = {0x1122334455667788, 0, 1,
                                      0xffffffffffff7788};
    redisReply *reply;

    (void)state;
    remember(prints[0], (struct str){"a\0b", 3});
    remember(prints[3], STR("z"));
    assert_int_equal(rig_number("HLEN", "cache:t:30600"), 2); /* 0x7788 */
    frontier_form_recall(rig_master, &rig_buf, prints, 4);
    reply = rig_call();
    assert_true(
        str_equal(frontier_read_recalled(reply, 0), (struct str){"a\0b", 3}));
    assert_int_equal(frontier_read_recalled(reply, 1).n, 0);
    assert_int_equal(frontier_read_recalled(reply, 2).n, 0);
    assert_true(str_equal(frontier_read_recalled(reply, 3), STR("z")));
    assert_int_equal(frontier_read_recalled(reply, 4).n, 0);
    freeReplyObject(reply);
    remember(prints[0], STR_NONE);
    remember(prints[3], STR_NONE);
    assert_int_equal(rig_number("EXISTS", "cache:t:30600"), 0);
}

/* --- generations --- */

/* One crawl, as the master begins it; logs: the workers that wrote some. */
struct step {
    uint64_t rules;
    uint64_t old;     /* generation of the crawl before, in Redis */
    bool is_finished; /* that one */
    const char *worker;
    bool is_here; /* its log */
    uint64_t want, from, upto;
};

static void
write_log(const char *worker, const char *text)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/log/t-%s.jsonl", place, worker);
    f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void
note_worker(const char *worker, uint64_t generation)
{
    char text[24];

    snprintf(text, sizeof(text), "%d", (int)generation);
    frontier_form_cached_set(rig_master, &rig_buf, str_from(worker),
                             str_from(text));
    freeReplyObject(rig_call());
}

static void
test_a_crawl_builds_on_those_that_were_finished(void **state)
{
    static const struct step steps[] = {
        {7, 0, false, "w1", true, 1, 1, 0},
        {7, 1, true, "w2", true, 2, 1, 1},
        /* not finished: its pages have links that nobody asked for */
        {7, 2, false, "w3", true, 3, 1, 1},
        {7, 3, true, "w4", true, 4, 3, 3},
        /* dropped before it was looked at */
        {7, 0, false, "w5", true, 5, 3, 3},
        /* other rules: nothing is known of any link */
        {8, 5, true, "w6", true, 6, 6, 0},
        {8, 6, true, "w7", false, 7, 6, 6},
        /* a log is away */
        {8, 7, true, "w8", true, 8, 6, 0},
        /* and back again: the next one has them all */
        {8, 8, true, "w9", true, 9, 6, 8},
        /* a crawl of other rules that was not finished breaks the row too */
        {9, 9, true, "wa", true, 10, 10, 0},
        {8, 10, false, "wb", true, 11, 11, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const struct step *s = &steps[i];
        struct recrawl_setup setup = {.frontier = rig_master,
                                      .name = "t",
                                      .folder = place,
                                      .rules = s->rules,
                                      .old_generation = s->old,
                                      .is_finished = s->is_finished};
        char why[RECRAWL_WHY_BYTES];
        struct recrawl r;

        print_message("step %zu\n", i);
        assert_int_equal(recrawl_begin(rig_db, &setup, &r, why), ERR_OK);
        assert_int_equal(r.generation, s->want);
        assert_int_equal(r.links_from, s->from);
        assert_int_equal(r.links_upto, s->upto);
        assert_int_equal(r.count, s->upto > 0);
        assert_true(r.is_kept);
        recrawl_fini(&r);
        note_worker(s->worker, s->want);
        if (s->is_here)
            write_log(s->worker, "");
    }
}

static void
test_a_resumed_crawl_has_its_logs_again(void **state)
{
    struct recrawl_setup setup = {
        .frontier = rig_master, .name = "t", .folder = place, .rules = 7};
    struct recrawl r;
    char why[RECRAWL_WHY_BYTES];

    (void)state;
    write_log("w1", "");
    note_worker("w1", 1);
    note_worker("../w1", 1); /* no name of a log */
    note_worker(":rules", 7);
    r = (struct recrawl){.generation = 2, .links_from = 1, .links_upto = 1};
    assert_int_equal(recrawl_resume(rig_db, &setup, &r, why), ERR_OK);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.links_from, 1);
    recrawl_fini(&r);
    setup.rules = 8; /* changed on the way: for this crawl and the next */
    r = (struct recrawl){.generation = 2, .links_from = 1, .links_upto = 1};
    assert_int_equal(recrawl_resume(rig_db, &setup, &r, why), ERR_OK);
    assert_true(r.links_from > 1000);
    recrawl_fini(&r);
    note_worker(":generation", 2);
    setup.rules = 7;
    assert_int_equal(recrawl_begin(rig_db, &setup, &r, why), ERR_OK);
    assert_int_equal(r.links_from, 3);
    recrawl_fini(&r);
}

/* --- logs --- */

#define LINE(url, rest)                                            \
    "{\"url\":\"" url "\",\"outcome\":\"OK\",\"site\":\"a.test\"," \
    "\"worker\":\"w\"" rest "}\n"

static void
test_urls_that_were_finished_come_out_of_the_logs(void **state)
{
    static const struct {
        const char *url, *referrer;
        unsigned depth, hops;
        uint64_t row;
    } want[] = {
        {"http://a.test/", "", 0, 0, 1},
        {"http://a.test/x", "http://a.test/", 2, 1, 3},
        {"http://a.test/404", "", 0, 0, 6},
        {"http://a.test/last", "", 0, 0, 10},
    };
    char first[128], second[128], missing[128];
    char *paths[] = {first, missing, second};
    struct config c;
    struct scope *scope;
    char why[CONFIG_WHY_BYTES];
    struct recrawl_log *log;
    struct recrawl_url u;

    (void)state;
    write_log("a", LINE("http://a.test/", "") LINE("http://a.test/again",
                                                   ",\"retry\":true")
                       LINE("http://a.test/x", ",\"depth\":2,\"hops\":1,"
                                               "\"referrer\":"
                                               "\"http://a.test/\"")
                           LINE("http://a.test/gone", ",\"status\":410")
                               LINE("http://a.test/deep", ",\"depth\":4")
                                   LINE("http://a.test/404", ",\"status\":404")
                                       LINE("ftp://a.test/", "") "no line\n");
    write_log("b", "{\"url\":\"http://a.test/torn\n" LINE(
                       "http://a.test/last", "") "{\"url\":\"http://a.tes");
    snprintf(first, sizeof(first), "%s/log/t-a.jsonl", place);
    snprintf(second, sizeof(second), "%s/log/t-b.jsonl", place);
    snprintf(missing, sizeof(missing), "%s/log/t-c.jsonl", place);
    config_init(&c);
    c.level = 3;
    assert_int_equal(scope_new(&c, &scope, why), ERR_OK);
    log = recrawl_log_new(paths, 3, scope, false);
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        enum recrawl_next next = recrawl_log_next(log, &u);

        if (next == RECRAWL_NEXT_ERROR) { /* once, between the two */
            assert_int_equal(i, 3);
            next = recrawl_log_next(log, &u);
        }
        assert_int_equal(next, RECRAWL_NEXT_URL);
        assert_true(str_equal(u.url.text, str_from(want[i].url)));
        assert_true(str_equal(u.referrer, str_from(want[i].referrer)));
        assert_int_equal(u.depth, want[i].depth);
        assert_int_equal(u.hops, want[i].hops);
        assert_int_equal(u.row, want[i].row);
    }
    assert_int_equal(recrawl_log_next(log, &u), RECRAWL_NEXT_END);
    recrawl_log_free(log);
    scope_free(scope);
    config_fini(&c);
}

static int
start(void **state)
{
    char path[64];

    if (mkdtemp(place) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/log", place);
    return mkdir(path, 0755) == 0 ? rig_start(state) : -1;
}

static int
stop(void **state)
{
    char command[64];

    snprintf(command, sizeof(command), "rm -rf %s", place);
    return system(command) == 0 ? rig_stop(state) : -1;
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, rig_fresh)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_remembered_is_recalled_in_order),
        TEST(test_a_crawl_builds_on_those_that_were_finished),
        TEST(test_a_resumed_crawl_has_its_logs_again),
        TEST(test_urls_that_were_finished_come_out_of_the_logs),
    };
#undef TEST

    return cmocka_run_group_tests(tests, start, stop);
}
