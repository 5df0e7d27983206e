/*
 * Whose fault silence is: the sites' own, in doubt, ours.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "worker/outage.h"

enum { WAIT_MS = 60000 };

/* Site number i falls silent; its fetch began a second before. */
static enum outage_verdict
silent(struct outage *o, enum outage_kind kind, int i, bool is_local,
       uint64_t ended, uint64_t now)
{
    char site[32], origin[48];

    snprintf(site, sizeof(site), "s%d.test", i);
    snprintf(origin, sizeof(origin), "http://s%d.test", i);
    return outage_judge(o,
                        &(struct outage_silence){.kind = kind,
                                                 .site = str_from(site),
                                                 .origin = str_from(origin),
                                                 .is_local = is_local,
                                                 .began_ms = ended - 1000,
                                                 .ended_ms = ended},
                        now);
}

/* Five of them, at once; the last one's verdict. */
static enum outage_verdict
five_silent(struct outage *o, enum outage_kind kind, bool is_local,
            uint64_t now)
{
    for (int i = 0; i < OUTAGE_SITES - 1; i++)
        assert_int_equal(silent(o, kind, i, is_local, now, now), OUTAGE_THEIRS);
    return silent(o, kind, OUTAGE_SITES - 1, is_local, now, now);
}

/* One that answers all, at 10 s. */
static struct outage *
answered(void)
{
    struct outage *o = outage_new(WAIT_MS);

    outage_answer(o, OUTAGE_NET, 10000);
    outage_answer(o, OUTAGE_DNS, 10000);
    outage_witness(o, STR("http://good.test"), true, 10000);
    return o;
}

static struct outage_news
try_one(struct outage *o, const char *origin, bool is_answered, uint64_t now)
{
    struct outage_trial trial;

    assert_true(outage_wants_trial(o, now, &trial));
    if (origin)
        assert_string_equal(trial.origin, origin);
    assert_false(outage_wants_trial(o, now, &trial)); /* one at a time */
    return outage_tried(o, trial.kind, is_answered, now);
}

static void
test_one_dead_site_is_never_an_outage(void **state)
{
    struct outage *o = answered();
    struct outage_trial trial;

    (void)state;
    for (uint64_t now = 20000; now < 900000; now += 1000)
        assert_int_equal(silent(o, OUTAGE_NET, 1, false, now, now),
                         OUTAGE_THEIRS);
    assert_false(outage_wants_trial(o, 900000, &trial));
    assert_false(outage_is_on(o));
    outage_free(o);
}

static void
test_dead_sites_among_living_ones_are_to_blame(void **state)
{
    struct outage *o = answered();
    struct outage_trial trial;

    (void)state;
    for (uint64_t now = 20000; now < 60000; now += 100) {
        int i = (int)(now / 100 % 100);

        if (i % 4 == 0)
            outage_answer(o, OUTAGE_NET, now);
        assert_int_equal(silent(o, OUTAGE_NET, i, false, now + 1, now + 1),
                         OUTAGE_THEIRS);
    }
    outage_answer(o, OUTAGE_NET, 69000);
    /* five in a row: in doubt, until the next answer */
    assert_int_equal(five_silent(o, OUTAGE_NET, false, 70000), OUTAGE_UNSURE);
    assert_false(outage_wants_trial(o, 71999, &trial));
    outage_answer(o, OUTAGE_NET, 71999);
    assert_int_equal(silent(o, OUTAGE_NET, 4, false, 70000, 72000),
                     OUTAGE_THEIRS);
    assert_false(outage_wants_trial(o, 75000, &trial));
    outage_free(o);
}

static void
test_what_answered_before_clears_the_end_of_a_crawl(void **state)
{
    struct outage *o = answered();
    struct outage_trial trial;
    struct outage_news news;

    (void)state;
    assert_int_equal(five_silent(o, OUTAGE_NET, false, 20000), OUTAGE_UNSURE);
    news = try_one(o, "http://good.test", true, 22000);
    assert_int_equal(news.event, OUTAGE_NOTHING);
    assert_int_equal(silent(o, OUTAGE_NET, 4, false, 20000, 22000),
                     OUTAGE_THEIRS);
    /* and is not asked again soon */
    assert_int_equal(five_silent(o, OUTAGE_NET, false, 23000), OUTAGE_THEIRS);
    assert_false(outage_wants_trial(o, 31000, &trial));
    assert_int_equal(five_silent(o, OUTAGE_NET, false, 33000), OUTAGE_UNSURE);
    assert_true(outage_wants_trial(o, 35000, &trial));
    outage_free(o);
}

static void
test_an_outage_begins_lasts_and_ends(void **state)
{
    struct outage *o = answered();
    struct outage_trial trial;
    struct outage_news news;

    (void)state;
    assert_int_equal(five_silent(o, OUTAGE_NET, false, 20000), OUTAGE_UNSURE);
    assert_int_equal(try_one(o, NULL, false, 22000).event, OUTAGE_NOTHING);
    assert_int_equal(silent(o, OUTAGE_NET, 4, false, 20000, 22000),
                     OUTAGE_UNSURE);
    news = try_one(o, NULL, false, 23000);
    assert_int_equal(news.event, OUTAGE_BEGAN);
    assert_int_equal(news.duration_ms, 3000);
    assert_true(outage_is_on(o));
    assert_int_equal(silent(o, OUTAGE_NET, 4, false, 20000, 23000),
                     OUTAGE_OURS);
    assert_int_equal(silent(o, OUTAGE_NET, 9, false, 24000, 24000),
                     OUTAGE_OURS);
    assert_true(outage_covers(o, 23500, 24000));
    /* calmly, and by all in turn */
    assert_false(outage_wants_trial(o, 24000, &trial));
    assert_int_equal(try_one(o, NULL, false, 25000).event, OUTAGE_NOTHING);
    assert_false(outage_wants_trial(o, 26000, &trial));
    /* the other kind, and news from before, do not end it */
    assert_int_equal(outage_answer(o, OUTAGE_DNS, 26000).event, OUTAGE_NOTHING);
    assert_int_equal(outage_answer(o, OUTAGE_NET, 19000).event, OUTAGE_NOTHING);
    news = try_one(o, NULL, true, 30000);
    assert_int_equal(news.event, OUTAGE_ENDED);
    assert_int_equal(news.duration_ms, 10000);
    assert_false(news.is_given_up);
    assert_false(outage_is_on(o));
    assert_int_equal(outage_count(o), 1);
    /* what began in it is not held against its site; what came later is */
    assert_int_equal(silent(o, OUTAGE_NET, 9, false, 30500, 30500),
                     OUTAGE_OURS);
    assert_int_equal(silent(o, OUTAGE_NET, 9, false, 33000, 33000),
                     OUTAGE_THEIRS);
    assert_false(outage_covers(o, 5000, 19000));
    outage_free(o);
}

static void
test_name_servers_are_judged_by_names(void **state)
{
    struct outage *o = answered();
    struct outage_trial trial;

    (void)state;
    outage_witness(o, STR("http://192.0.2.1"), false, 15000);
    assert_int_equal(five_silent(o, OUTAGE_DNS, false, 20000), OUTAGE_UNSURE);
    outage_answer(o, OUTAGE_NET, 21000); /* of names that are known */
    for (int i = 0; i < 2; i++) {
        assert_true(outage_wants_trial(o, 22000, &trial));
        assert_int_equal(trial.kind, OUTAGE_DNS);
        assert_string_equal(trial.origin, "http://good.test");
        outage_tried(o, OUTAGE_DNS, false, 22000);
    }
    assert_true(outage_is_on(o));
    assert_int_equal(outage_answer(o, OUTAGE_NET, 23000).event, OUTAGE_NOTHING);
    assert_int_equal(outage_answer(o, OUTAGE_DNS, 24000).event, OUTAGE_ENDED);
    outage_free(o);
}

/* Of six that answered five are dead: the sixth is asked, and first. */
/* One site is enough, when the machine lost its route to it. */
static void
test_a_lost_route_is_an_outage_for_one_site(void **state)
{
    struct outage *o = answered();

    (void)state;
    outage_witness(o, STR("http://s1.test"), true, 15000);
    assert_int_equal(silent(o, OUTAGE_NET, 2, true, 20000, 20000),
                     OUTAGE_THEIRS); /* there never was one to that */
    assert_int_equal(silent(o, OUTAGE_NET, 1, true, 20500, 20500),
                     OUTAGE_UNSURE);
    try_one(o, "http://good.test", false, 22500);
    try_one(o, NULL, false, 22600);
    assert_true(outage_is_on(o));
    assert_int_equal(silent(o, OUTAGE_NET, 1, true, 20500, 22700), OUTAGE_OURS);
    outage_free(o);
}

static void
test_those_that_fell_silent_are_no_witnesses(void **state)
{
    struct outage *o = answered();
    struct outage_trial trial;
    char origin[48];

    (void)state;
    for (int i = 0; i < OUTAGE_SITES; i++) {
        snprintf(origin, sizeof(origin), "http://s%d.test", i);
        outage_witness(o, str_from(origin), true, 11000);
    }
    assert_int_equal(five_silent(o, OUTAGE_NET, false, 20000), OUTAGE_UNSURE);
    try_one(o, "http://good.test", true, 22000);
    assert_false(outage_is_on(o));
    outage_free(o);
    /* nobody else ever answered */
    o = outage_new(WAIT_MS);
    for (int i = 0; i < OUTAGE_SITES; i++) {
        snprintf(origin, sizeof(origin), "http://s%d.test", i);
        outage_witness(o, str_from(origin), true, 11000);
    }
    assert_int_equal(five_silent(o, OUTAGE_NET, false, 20000), OUTAGE_UNSURE);
    try_one(o, "http://s0.test", false, 22000);
    try_one(o, "http://s1.test", false, 22500);
    assert_true(outage_is_on(o));
    try_one(o, NULL, true, 25000);
    assert_false(outage_is_on(o));
    /* one that was none after all comes to an end all the same */
    assert_int_equal(five_silent(o, OUTAGE_NET, false, 28000), OUTAGE_THEIRS);
    assert_false(outage_wants_trial(o, 34000, &trial));
    outage_free(o);
}

static void
test_where_nothing_ever_answered_the_kernel_must_say_so(void **state)
{
    struct outage *o = outage_new(WAIT_MS);
    struct outage_trial trial;

    (void)state;
    assert_int_equal(five_silent(o, OUTAGE_NET, false, 20000), OUTAGE_UNSURE);
    assert_false(outage_wants_trial(o, 22000, &trial));
    assert_int_equal(silent(o, OUTAGE_NET, 4, false, 20000, 22000),
                     OUTAGE_THEIRS);
    outage_free(o);
    o = outage_new(WAIT_MS);
    assert_int_equal(five_silent(o, OUTAGE_NET, true, 20000), OUTAGE_UNSURE);
    assert_int_equal(try_one(o, "http://s0.test", false, 22000).event,
                     OUTAGE_BEGAN);
    assert_int_equal(try_one(o, NULL, true, 25000).event, OUTAGE_ENDED);
    outage_free(o);
}

static void
test_it_lasts_no_longer_than_it_may(void **state)
{
    struct outage *o = answered();
    struct outage_news news = {OUTAGE_NOTHING, OUTAGE_NET, false, 0};
    uint64_t now;

    (void)state;
    five_silent(o, OUTAGE_NET, false, 20000);
    try_one(o, NULL, false, 22000);
    try_one(o, NULL, false, 23000);
    assert_true(outage_is_on(o));
    for (now = 40000; news.event == OUTAGE_NOTHING && now < 200000;
         now += 15000)
        news = try_one(o, NULL, false, now);
    assert_int_equal(news.event, OUTAGE_ENDED);
    assert_true(news.is_given_up);
    assert_in_range(news.duration_ms, WAIT_MS, WAIT_MS + 15000);
    now += 5000;
    assert_int_equal(five_silent(o, OUTAGE_NET, false, now), OUTAGE_THEIRS);
    outage_free(o);
    /* 0: there is none */
    o = outage_new(0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(silent(o, OUTAGE_NET, i, true, 20000, 20000),
                         OUTAGE_THEIRS);
    assert_false(outage_wants_witness(o, 20000));
    outage_free(o);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_dead_site_is_never_an_outage),
        cmocka_unit_test(test_dead_sites_among_living_ones_are_to_blame),
        cmocka_unit_test(test_what_answered_before_clears_the_end_of_a_crawl),
        cmocka_unit_test(test_an_outage_begins_lasts_and_ends),
        cmocka_unit_test(test_name_servers_are_judged_by_names),
        cmocka_unit_test(test_a_lost_route_is_an_outage_for_one_site),
        cmocka_unit_test(test_those_that_fell_silent_are_no_witnesses),
        cmocka_unit_test(
            test_where_nothing_ever_answered_the_kernel_must_say_so),
        cmocka_unit_test(test_it_lasts_no_longer_than_it_may)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
