/*
 * Orders to a crawl (steer), and what people ask of its frontier.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/unit/frontier_rig.h"

#include "common/frontier_look.h"

/* --- steer --- */

static void
set_field(const char *field, const char *value)
{
    rig_do("HSET", "crawl:t", field, value);
}

/* What each order makes of each state, twice the same. */
static void
test_an_order_changes_only_states_that_allow_it(void **state)
{
    enum {
        SEEDING = FRONTIER_SEEDING,
        RUNNING = FRONTIER_RUNNING,
        PAUSED = FRONTIER_PAUSED,
        STOPPING = FRONTIER_STOPPING,
        FINISHED = FRONTIER_FINISHED
    };
    static const struct {
        enum frontier_order order;
        const char *seeded;
        int before, after;
    } rows[] = {
        {FRONTIER_PAUSE, "no", SEEDING, PAUSED},
        {FRONTIER_PAUSE, "yes", RUNNING, PAUSED},
        {FRONTIER_PAUSE, "yes", PAUSED, PAUSED},
        {FRONTIER_PAUSE, "yes", STOPPING, STOPPING},
        {FRONTIER_PAUSE, "yes", FINISHED, FINISHED},
        {FRONTIER_RESUME, "no", PAUSED, SEEDING},
        {FRONTIER_RESUME, "yes", PAUSED, RUNNING},
        {FRONTIER_RESUME, "failed", PAUSED, RUNNING},
        {FRONTIER_RESUME, "no", SEEDING, SEEDING},
        {FRONTIER_RESUME, "yes", RUNNING, RUNNING},
        {FRONTIER_RESUME, "yes", STOPPING, STOPPING},
        {FRONTIER_RESUME, "yes", FINISHED, FINISHED},
        {FRONTIER_STOP, "no", SEEDING, STOPPING},
        {FRONTIER_STOP, "yes", RUNNING, STOPPING},
        {FRONTIER_STOP, "yes", PAUSED, STOPPING},
        {FRONTIER_STOP, "yes", STOPPING, STOPPING},
        {FRONTIER_STOP, "yes", FINISHED, FINISHED},
        {FRONTIER_SEEDED, "no", SEEDING, RUNNING},
        {FRONTIER_SEEDED, "no", PAUSED, PAUSED},
        {FRONTIER_SEEDED, "no", STOPPING, STOPPING},
        {FRONTIER_SEEDED_BADLY, "no", SEEDING, RUNNING},
        {FRONTIER_SEEDED_BADLY, "no", PAUSED, PAUSED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rig_empty(state);
        rig_state((enum frontier_state)rows[i].before);
        set_field("seeded", rows[i].seeded);
        for (int twice = 0; twice < 2; twice++) {
            enum frontier_state before, after;
            redisReply *reply;

            frontier_form_steer(rig_master, &rig_buf, rows[i].order);
            reply = rig_call();
            assert_int_equal(frontier_read_steer(reply, &before, &after),
                             ERR_OK);
            freeReplyObject(reply);
            assert_int_equal(before, twice ? rows[i].after : rows[i].before);
            assert_int_equal(after, rows[i].after);
            assert_int_equal(rig_counts().state, rows[i].after);
        }
    }
}

static void
test_a_pause_while_seeding_forgets_nothing(void **state)
{
    static const enum frontier_order orders[] = {
        FRONTIER_PAUSE, FRONTIER_SEEDED, FRONTIER_RESUME};

    rig_empty(state);
    rig_state(FRONTIER_SEEDING);
    set_field("seeded", "no");
    for (size_t i = 0; i < 3; i++) {
        frontier_form_steer(rig_master, &rig_buf, orders[i]);
        freeReplyObject(rig_call());
    }
    assert_int_equal(rig_counts().state, FRONTIER_RUNNING);
}

static void
test_no_order_makes_a_crawl_of_nothing(void **state)
{
    enum frontier_state before, after;
    redisReply *reply;

    rig_empty(state);
    frontier_form_steer(rig_master, &rig_buf, FRONTIER_SEEDED);
    reply = rig_call();
    assert_int_equal(frontier_read_steer(reply, &before, &after), ERR_OK);
    freeReplyObject(reply);
    assert_int_equal(after, FRONTIER_NONE);
    assert_int_equal(rig_number("EXISTS", "crawl:t"), 0);
}

static void
test_a_full_redis_takes_orders(void **state)
{
    redisReply *reply;
    enum frontier_state before, after;

    (void)state;
    rig_do("CONFIG", "SET", "maxmemory", "1");
    frontier_form_steer(rig_master, &rig_buf, FRONTIER_PAUSE);
    reply = rig_send();
    rig_do("CONFIG", "SET", "maxmemory", "0");
    assert_int_equal(frontier_read_steer(reply, &before, &after), ERR_OK);
    freeReplyObject(reply);
    assert_int_equal(after, FRONTIER_PAUSED);
}

/* --- names --- */

static size_t names;

static void
take_name(void *arg, struct str name)
{
    (void)arg;
    assert_true(str_equal(name, STR("t")) || str_equal(name, STR("two.x")));
    names++;
}

static void
test_crawls_are_found_among_other_keys(void **state)
{
    char cursor[32] = "0";

    (void)state;
    rig_do("HSET", "crawl:two.x", "state", "running");
    rig_do("HSET", "crawl:no name", "state", "running");
    rig_do("HSET", "crawl:", "state", "running");
    rig_do("HSET", "crawl:t:x", "state", "running");
    rig_do("HSET", "other:t2", "state", "running");
    names = 0;
    do {
        redisReply *reply;

        frontier_form_names(&rig_buf, cursor);
        reply = rig_call();
        assert_int_equal(frontier_read_names(reply, cursor, take_name, NULL),
                         ERR_OK);
        freeReplyObject(reply);
    } while (strcmp(cursor, "0") != 0);
    assert_int_equal(names, 2);
}

/* --- URLs and sites --- */

static void
test_only_what_was_added_is_seen(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1", "0 a http://a/");
    frontier_form_seen(rig_master, &rig_buf, STR("http://a/1"));
    assert_int_equal(rig_count(), 1);
    frontier_form_seen(rig_master, &rig_buf, STR("http://a/2"));
    assert_int_equal(rig_count(), 0);
    frontier_form_seen(rig_master, &rig_buf, STR("http://a/"));
    assert_int_equal(rig_count(), 1);
    frontier_form_seen_apart(rig_master, &rig_buf, STR("http://a/2"));
    assert_int_equal(rig_count(), 0);
}

static void
test_a_seeds_host_is_known(void **state)
{
    struct frontier_item item = rig_item("0 a http://a/1");

    (void)state;
    item.host = fingerprint(STR("a"));
    item.is_seed = true;
    frontier_form_add(rig_master, &rig_buf, &item, 1, 0);
    assert_int_equal(rig_count(), 1);
    frontier_form_seed_host(rig_master, &rig_buf, fingerprint(STR("a")));
    assert_int_equal(rig_count(), 1);
    frontier_form_seed_host(rig_master, &rig_buf, fingerprint(STR("b")));
    assert_int_equal(rig_count(), 0);
}

/* The reply to what was formed has this as its i-th element. */
static void
expect_element(size_t i, const char *want)
{
    redisReply *reply = rig_call();

    assert_int_equal(reply->type, REDIS_REPLY_ARRAY);
    assert_true(i < reply->elements);
    assert_string_equal(reply->element[i]->str, want);
    freeReplyObject(reply);
}

static void
test_queues_are_read_from_the_end_that_is_taken_from(void **state)
{
    redisReply *reply;

    (void)state;
    RIG_ADD("0 a http://a/1", "0 a http://a/2", "0 a http://a/3");
    frontier_form_queue_range(rig_master, &rig_buf, -1, -1);
    expect_element(0, "0 a http://a/1");
    rig_claim(0, 1, 1, 1); /* the others go to the back queue of a */
    RIG_ADD("0 b http://b/1");
    rig_claim(1, 1, 1, 1);
    frontier_form_back_range(rig_master, &rig_buf, STR("a"), 0, 0);
    expect_element(0, "0 a http://a/2");
    frontier_form_flight_of(rig_master, &rig_buf, STR("w0"));
    expect_element(0, "0 a http://a/1");
    frontier_form_holds(rig_master, &rig_buf, STR("w0"), STR("a"));
    reply = rig_call();
    assert_string_equal(reply->str, "1");
    freeReplyObject(reply);
    frontier_form_holds(rig_master, &rig_buf, STR("w1"), STR("a"));
    reply = rig_call();
    assert_int_equal(reply->type, REDIS_REPLY_NIL);
    freeReplyObject(reply);
    rig_retry(0, "0 a http://a/1", "0t1 a http://a/1", 5000);
    frontier_form_retry_range(rig_master, &rig_buf, 0, 9);
    expect_element(1, "1005000");
}

static struct frontier_site
look_at(const char *site)
{
    redisReply *replies[FRONTIER_SITE_REQUESTS];
    struct frontier_site out;

    frontier_form_site(rig_master, &rig_buf, str_from(site));
    assert_int_equal(
        redis_call(rig_db, buf_str(&rig_buf), FRONTIER_SITE_REQUESTS, replies),
        ERR_OK);
    buf_reset(&rig_buf);
    assert_int_equal(frontier_read_site(replies, &out), ERR_OK);
    for (size_t i = 0; i < FRONTIER_SITE_REQUESTS; i++)
        freeReplyObject(replies[i]);
    return out;
}

static void
test_a_site_is_seen_through_its_life(void **state)
{
    struct frontier_site s = look_at("a");

    (void)state;
    assert_int_equal(s.holders, 0);
    assert_int_equal(s.due_ms, -1);
    assert_true(s.now_ms > 1700000000000); /* Redis's clock, not the rig's */
    RIG_ADD("0 a http://a/1", "0 a http://a/2");
    rig_claim(0, 1, 1, 1);
    rig_claim(1, 1, 1, 1); /* gets nothing, but the other goes to its site */
    s = look_at("a");
    assert_int_equal(s.holders, 1);
    assert_int_equal(s.waiting, 1);
    assert_string_equal(s.order, "");
    rig_release(0, "a", 1000, 1, NULL);
    assert_int_equal(look_at("a").due_ms, 0); /* long ago by Redis's clock */
    frontier_form_pace_set(rig_master, &rig_buf, STR("a"), 4000, 3);
    freeReplyObject(rig_call());
    frontier_form_order_set(rig_master, &rig_buf, STR("a"), STR("drop"));
    freeReplyObject(rig_call());
    s = look_at("a");
    assert_int_equal(s.holders, 0);
    assert_int_equal(s.spacing_ms, 4000);
    assert_int_equal(s.failures, 3);
    assert_string_equal(s.order, "drop");
    assert_string_equal(s.order_all, "");
    frontier_form_order_set(rig_master, &rig_buf, STR("*"), STR("delay 7"));
    freeReplyObject(rig_call());
    assert_string_equal(look_at("a").order_all, "delay 7");
    assert_string_equal(look_at("b").order, "");
}

static void
test_broken_replies_are_refused(void **state)
{
    redisReply nil = {.type = REDIS_REPLY_NIL};
    redisReply *replies[FRONTIER_SITE_REQUESTS];
    enum frontier_state before, after;
    struct frontier_site site;
    char cursor[32] = "7";

    (void)state;
    for (size_t i = 0; i < FRONTIER_SITE_REQUESTS; i++)
        replies[i] = &nil;
    assert_int_equal(frontier_read_site(replies, &site), ERR_REDIS);
    assert_int_equal(frontier_read_names(&nil, cursor, take_name, NULL),
                     ERR_REDIS);
    assert_int_equal(frontier_read_names(NULL, cursor, take_name, NULL),
                     ERR_REDIS);
    assert_int_equal(frontier_read_steer(&nil, &before, &after), ERR_REDIS);
}

static redisReply
text_reply(const char *text)
{
    return (redisReply){.type = REDIS_REPLY_STRING,
                        .str = (char *)(uintptr_t)text,
                        .len = strlen(text)};
}

/* A Redis that is not ours: nothing overflows, nothing is below zero. */
static void
test_numbers_out_of_reach_are_cut(void **state)
{
    static const char *const most = "9223372036854775807";
    static const char *const least = "-9223372036854775808";
    const struct {
        const char *seconds, *us, *holders, *due, *pace;
    } rows[] = {
        {most, most, most, least, "9223372036854775807 99999999999"},
        {least, least, least, most, "-9223372036854775808 -1"},
        {most, "0", "-1", most, "x"},
        {"0", "0", "1", most, "1 18446744073709551615"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        redisReply seconds = text_reply(rows[i].seconds);
        redisReply us = text_reply(rows[i].us);
        redisReply *both[] = {&seconds, &us};
        redisReply time = {
            .type = REDIS_REPLY_ARRAY, .elements = 2, .element = both};
        redisReply count = {.type = REDIS_REPLY_INTEGER, .integer = 1};
        redisReply holders = text_reply(rows[i].holders);
        redisReply due = text_reply(rows[i].due);
        redisReply pace = text_reply(rows[i].pace);
        redisReply order = text_reply("drop");
        redisReply asked = text_reply("-7");
        redisReply *replies[FRONTIER_SITE_REQUESTS] = {
            &time, &count, &holders, &due, &pace, &order, &asked, &order};
        struct frontier_site site;

        assert_int_equal(frontier_read_site(replies, &site), ERR_OK);
        assert_true(site.now_ms >= 0 && site.now_ms < INT64_MAX / 2);
        assert_true(site.due_ms >= 0 && site.due_ms < INT64_MAX / 2);
        assert_true(site.spacing_ms >= 0 && site.spacing_ms < INT64_MAX / 2);
        assert_true(site.holders <= INT32_MAX && site.failures <= INT32_MAX);
        assert_int_equal(site.asked, 0);
    }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, rig_fresh)
    const struct CMUnitTest tests[] = {
        TEST(test_an_order_changes_only_states_that_allow_it),
        TEST(test_a_pause_while_seeding_forgets_nothing),
        TEST(test_no_order_makes_a_crawl_of_nothing),
        TEST(test_a_full_redis_takes_orders),
        TEST(test_crawls_are_found_among_other_keys),
        TEST(test_only_what_was_added_is_seen),
        TEST(test_a_seeds_host_is_known),
        TEST(test_queues_are_read_from_the_end_that_is_taken_from),
        TEST(test_a_site_is_seen_through_its_life),
        TEST(test_broken_replies_are_refused),
        TEST(test_numbers_out_of_reach_are_cut),
    };
#undef TEST

    return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
