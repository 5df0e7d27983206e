/*
 * What the frontier knows of sites and addresses, and of pages that kill.
 * test_frontier_model.c plays the quarantine at random; here are the words.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/unit/frontier_rig.h"

static struct frontier_claim claim;
static redisReply *claim_reply;

static const struct frontier_visit *
claim_one(int worker)
{
    frontier_form_claim(rig_worker[worker], &rig_buf, 1, 8, 1);
    claim_reply = rig_call();
    assert_int_equal(frontier_read_claim(claim_reply, &claim), ERR_OK);
    assert_int_equal(claim.count, 1);
    return &claim.visits[0];
}

static void
claim_done(void)
{
    frontier_claim_fini(&claim);
    freeReplyObject(claim_reply);
}

static void
release(int worker, const char *site, int64_t spacing_ms, unsigned failures)
{
    struct frontier_release r = {
        .site = str_from(site), .spacing_ms = spacing_ms, .failures = failures};

    frontier_form_release(rig_worker[worker], &rig_buf, &r, 1, 1);
    assert_int_equal(rig_count(), 1);
}

/* The next holder hears what the last one found; 0 and 0 is forgotten. */
static void
test_pace_goes_from_holder_to_holder(void **state)
{
    static const struct {
        int64_t spacing_ms;
        unsigned failures;
        int64_t want_spacing;
        unsigned want_failures;
        int64_t stored;
    } rows[] = {
        {30000, 0, 30000, 0, 1}, {-1, 9, 30000, 0, 1}, {0, 3, 0, 3, 1},
        {5000, 4, 5000, 4, 1},   {0, 0, 0, 0, 0},
    };
    char line[64];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct frontier_visit *v;

        snprintf(line, sizeof(line), "0 a http://a/%zu", i);
        RIG_ADD(line);
        claim_one(0);
        claim_done();
        release(0, "a", rows[i].spacing_ms, rows[i].failures);
        rig_ack(0, line, 1, false);
        assert_int_equal(rig_number("HLEN", "pace:t"), rows[i].stored);
        snprintf(line, sizeof(line), "0 a http://a/next%zu", i);
        RIG_ADD(line);
        v = claim_one(1);
        assert_int_equal(v->spacing_ms, rows[i].want_spacing);
        assert_int_equal(v->failures, rows[i].want_failures);
        claim_done();
        release(1, "a", -1, 0);
        rig_ack(1, line, 1, false);
    }
}

/* A dead worker's sites rest as long as each of them needs. */
static void
test_a_reap_keeps_each_sites_spacing(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1", "0 b http://b/1");
    rig_claim(0, 8, 8, 1);
    rig_claim(0, 8, 8, 1);
    frontier_form_pace_set(rig_master, &rig_buf, STR("a"), 30000, 0);
    freeReplyObject(rig_call());
    assert_int_equal(rig_reap("w0", 1000), 0);
    rig_at(rig_now + 1000);
    rig_beat(1);
    assert_string_equal(rig_claim(1, 8, 8, 1),
                        "running 1000 || b: 0 b http://b/1,");
    rig_at(rig_now + 28999);
    assert_string_equal(rig_claim(1, 8, 8, 1), "running 1");
    rig_at(rig_now + 1);
    assert_string_equal(rig_claim(1, 8, 8, 1),
                        "running 1000 || a: 0 a http://a/1,");
}

static void
test_a_dead_worker_is_noted_with_what_it_held(void **state)
{
    redisReply *reply;

    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 8, 8, 1);
    assert_int_equal(rig_reap("w0", 0), 0);
    assert_int_equal(rig_reap("w1", 0), 0); /* it held nothing */
    frontier_form_break_note(rig_master, &rig_buf, 1234567);
    freeReplyObject(rig_call());
    frontier_form_deaths_get(rig_master, &rig_buf);
    reply = rig_call();
    assert_int_equal(reply->elements, 4);
    for (size_t i = 0; i < 4; i += 2) {
        if (strcmp(reply->element[i]->str, "w0") != 0)
            assert_string_equal(reply->element[i]->str, "redis-1234");
        assert_string_equal(reply->element[i + 1]->str, "1");
    }
    freeReplyObject(reply);
}

/* NULL takes it back. */
static void
set_order(const char *site, const char *order)
{
    if (order)
        frontier_form_order_set(rig_master, &rig_buf, str_from(site),
                                str_from(order));
    else
        frontier_form_order_del(rig_master, &rig_buf, str_from(site));
    freeReplyObject(rig_call());
}

static void
test_orders_reach_the_holder(void **state)
{
    static const struct {
        const char *order, *all; /* of the site, of all sites */
        bool is_dropped;
        int64_t slow_ms;
    } rows[] = {
        {"drop", NULL, true, 0},
        {"delay 5000", NULL, false, 5000},
        {"delay", NULL, false, 0},
        {"delay -1", NULL, false, 0},
        {"delay 9999999999999", NULL, false, 0},
        {"dance", NULL, false, 0},
        {"delay 5000", "delay 7000", false, 5000},
        {NULL, "delay 7000", false, 7000},
        {NULL, NULL, false, 0},
    };
    char line[64];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct frontier_visit *v;

        set_order("a", rows[i].order);
        set_order("*", rows[i].all);
        snprintf(line, sizeof(line), "0 a http://a/%zu", i);
        RIG_ADD(line);
        v = claim_one(0);
        assert_int_equal(v->is_dropped, rows[i].is_dropped);
        assert_int_equal(v->slow_ms, rows[i].slow_ms);
        claim_done();
        release(0, "a", -1, 0);
        rig_ack(0, line, 1, false);
    }
}

static void
blame(const char *worker, uint64_t want)
{
    frontier_form_blame(rig_master, &rig_buf, str_from(worker),
                        STR("http://a/1"));
    assert_int_equal(rig_count(), want);
}

/* Three deaths set a page aside, its last try has nothing beside it. */
static void
test_a_page_that_kills_is_set_aside_and_tried_once_more(void **state)
{
    struct frontier_trial trial;
    redisReply *reply;

    (void)state;
    RIG_ADD("0 a http://a/1 http://from/", "0 a http://a/2");
    blame("x", 1);
    blame("x", 1);
    blame("y", 2);
    blame("z", 3);
    assert_string_equal(rig_claim(0, 8, 8, 1),
                        "running 1000 || a: 0 a http://a/2,");
    assert_int_equal(rig_counts().quarantined, 1);
    assert_false(rig_counts().queued > 0);
    release(0, "a", -1, 0);
    rig_ack(0, "0 a http://a/2", 1, false);
    for (int dead = 0; dead < 2; dead++) {
        frontier_form_trial(rig_master, &rig_buf);
        reply = rig_call();
        assert_int_equal(frontier_read_trial(reply, &trial), ERR_OK);
        assert_true(str_equal(trial.entry, STR("0 a http://a/1 http://from/")));
        assert_int_equal(trial.is_dead, dead);
        freeReplyObject(reply);
        assert_int_equal(rig_counts().quarantined, dead);
        assert_string_equal(rig_claim(1, 8, 8, 1),
                            dead ? "running 1000"
                                 : "running 1000 || a: 0 a http://a/1 "
                                   "http://from/,");
        if (dead)
            break;
        blame("w1", 4); /* it killed again */
        assert_int_equal(rig_reap("w1", 0), 0);
        rig_seq[1] = 0;
        rig_beat(1);
        rig_at(rig_now + 10);
        /* all that was due is set aside: the site may have more */
        assert_string_equal(rig_claim(2, 8, 8, 1), "running 0");
        assert_string_equal(rig_claim(2, 8, 8, 1), "running 1000");
    }
    frontier_form_bury(rig_master, &rig_buf,
                       STR("0 a http://a/1 http://from/"));
    assert_int_equal(rig_count(), 1);
    frontier_form_bury(rig_master, &rig_buf,
                       STR("0 a http://a/1 http://from/"));
    assert_int_equal(rig_count(), 0);
    assert_int_equal(rig_counts().finished, 2);
    reply = redis_command(rig_db, "HGET", "stats:t", "outcome_CRASH", NULL);
    assert_non_null(reply->str);
    assert_string_equal(reply->str, "1"); /* once, whoever asks again */
    freeReplyObject(reply);
    frontier_form_trial(rig_master, &rig_buf);
    reply = rig_call();
    assert_int_equal(frontier_read_trial(reply, &trial), ERR_OK);
    assert_int_equal(trial.entry.n, 0);
    freeReplyObject(reply);
}

static struct frontier_slot
slot(int worker, const char *address, int64_t most_ms)
{
    struct frontier_slot s;
    redisReply *reply;

    frontier_form_slot(rig_worker[worker], &rig_buf, str_from(address), 1000,
                       most_ms);
    reply = rig_call();
    assert_int_equal(frontier_read_slot(reply, &s), ERR_OK);
    freeReplyObject(reply);
    return s;
}

/* --ip-delay: one after the other, whoever asks; far ones are no promise. */
static void
test_slots_of_an_address_follow_each_other(void **state)
{
    struct frontier_slot s;

    (void)state;
    for (int i = 0; i < 6; i++) {
        s = slot(i % RIG_WORKERS, "192.0.2.1", 5000);
        assert_int_equal(s.wait_ms, 1000 * i);
        assert_true(s.is_promised);
    }
    s = slot(0, "192.0.2.1", 5000);
    assert_int_equal(s.wait_ms, 6000);
    assert_false(s.is_promised);
    assert_int_equal(slot(0, "192.0.2.2", 5000).wait_ms, 0);
    rig_at(rig_now + 1500);
    s = slot(0, "192.0.2.1", 5000);
    assert_int_equal(s.wait_ms, 4500);
    assert_true(s.is_promised);
    rig_at(rig_now + 60000); /* what has passed takes no memory */
    assert_int_equal(slot(0, "192.0.2.3", 5000).wait_ms, 0);
    assert_int_equal(rig_number("ZCARD", "ip:t"), 1);
}

/* A renamed frontier speaks for somebody else. */
static void
test_a_new_name_holds_nothing_of_the_old(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 8, 8, 1);
    frontier_rename(rig_worker[0], "w0.1");
    frontier_set_now(rig_worker[0], rig_now);
    assert_int_equal(rig_ack(0, "0 a http://a/1", 1, false), 0);
    rig_seq[0] = 0;
    assert_false(rig_beat(0).is_reaped);
    assert_int_equal(rig_beat(0).now_ms, rig_now);
    frontier_rename(rig_worker[0], "w0");
    frontier_set_now(rig_worker[0], rig_now);
    assert_int_equal(rig_ack(0, "0 a http://a/1", 1, false), 1);
}

/* --- --max-pages-per-site --- */

static void
expect_asked(const char *site, const char *want)
{
    redisReply *reply = redis_command(rig_db, "HGET", "asked:t", site, NULL);

    assert_non_null(reply);
    assert_string_equal(reply->type == REDIS_REPLY_STRING ? reply->str : "",
                        want);
    freeReplyObject(reply);
}

static void
limit_pages(const char *pages)
{
    rig_do("HSET", "crawl:t", "max_pages_per_site", pages);
}

/* Nobody else is there to be left a share. */
static void
be_alone(int worker)
{
    char name[] = "w0";

    name[1] = (char)('0' + worker);
    rig_do("DEL", "workers:t", NULL, NULL);
    rig_do("ZADD", "workers:t", "1", name);
}

/* How many of the visit's entries may be asked; -1: all; -2: no visit. */
static int
claim_grants(int worker, const char *site)
{
    int grants = -2;

    be_alone(worker);
    frontier_form_claim(rig_worker[worker], &rig_buf, 8, 8, 1);
    claim_reply = rig_call();
    assert_int_equal(frontier_read_claim(claim_reply, &claim), ERR_OK);
    for (size_t i = 0; i < claim.count; i++)
        if (str_equal(claim.visits[i].site, str_from(site)))
            grants = (int)claim.visits[i].grants;
    claim_done();
    return grants;
}

static void
release_unused(int worker, const char *site, uint64_t unused)
{
    struct frontier_release r = {
        .site = str_from(site), .spacing_ms = -1, .unused = unused};

    frontier_form_release(rig_worker[worker], &rig_buf, &r, 1, 1);
    rig_count();
}

static void
test_without_a_limit_all_is_granted(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1");
    assert_int_equal(claim_grants(0, "a"), -1);
    assert_int_equal(rig_number("EXISTS", "asked:t"), 0);
}

static void
test_a_site_is_granted_so_many_and_no_more(void **state)
{
    (void)state;
    limit_pages("3");
    RIG_ADD("0 a http://a/1", "0 a http://a/2", "0 b http://b/1");
    assert_int_equal(claim_grants(0, "a"), 2);
    expect_asked("a", "2");
    expect_asked("b", "1");
    RIG_ADD("0 a http://a/3", "0 a http://a/4");
    assert_int_equal(claim_grants(1, "a"), -2);
    release_unused(0, "a", 0);
    rig_at(rig_now + 1);
    assert_int_equal(claim_grants(1, "a"), 1);
    expect_asked("a", "3");
    release_unused(1, "a", 0);
    RIG_ADD("0 a http://a/5");
    rig_at(rig_now + 1);
    assert_int_equal(claim_grants(2, "a"), 0); /* given out all the same */
    expect_asked("a", "3");
}

/* What no entry could use goes back, once. */
static void
test_unused_grants_go_back_with_the_release(void **state)
{
    (void)state;
    limit_pages("3");
    RIG_ADD("0 a http://a/1", "0 a http://a/2");
    assert_int_equal(claim_grants(0, "a"), 2);
    release_unused(0, "a", 1);
    expect_asked("a", "1");
    release_unused(0, "a", 1);
    expect_asked("a", "1");
}

static void
test_a_retry_takes_its_grant_back(void **state)
{
    struct frontier_retry again = {.old = STR("0 a http://a/1"),
                                   .new = STR("0t1 a http://a/1")};

    (void)state;
    limit_pages("1");
    RIG_ADD("0 a http://a/1", "0 a http://a/2");
    assert_int_equal(claim_grants(0, "a"), 1);
    for (int i = 0; i < 2; i++) {
        frontier_form_retry(rig_worker[0], &rig_buf, &again, 1);
        assert_int_equal(rig_count(), 1 - i);
        expect_asked("a", "0");
    }
    again.old = STR("0 a http://a/2"); /* it had none */
    again.new = STR("0t1 a http://a/2");
    frontier_form_retry(rig_worker[0], &rig_buf, &again, 1);
    assert_int_equal(rig_count(), 1);
    expect_asked("a", "0");
}

static void
test_a_dead_worker_leaves_its_grants(void **state)
{
    (void)state;
    limit_pages("2");
    RIG_ADD("0 a http://a/1", "0 a http://a/2", "0 a http://a/3");
    assert_int_equal(claim_grants(0, "a"), 2);
    rig_ack(0, "0 a http://a/1", 1, false);
    assert_int_equal(rig_reap("w0", 0), 0);
    expect_asked("a", "1");
    rig_at(rig_now + 1);
    assert_int_equal(claim_grants(1, "a"), 1);
    expect_asked("a", "2");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, rig_fresh)
    const struct CMUnitTest tests[] = {
        TEST(test_pace_goes_from_holder_to_holder),
        TEST(test_a_reap_keeps_each_sites_spacing),
        TEST(test_a_dead_worker_is_noted_with_what_it_held),
        TEST(test_orders_reach_the_holder),
        TEST(test_a_page_that_kills_is_set_aside_and_tried_once_more),
        TEST(test_slots_of_an_address_follow_each_other),
        TEST(test_a_new_name_holds_nothing_of_the_old),
        TEST(test_without_a_limit_all_is_granted),
        TEST(test_a_site_is_granted_so_many_and_no_more),
        TEST(test_unused_grants_go_back_with_the_release),
        TEST(test_a_retry_takes_its_grant_back),
        TEST(test_a_dead_worker_leaves_its_grants),
    };
#undef TEST

    return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
