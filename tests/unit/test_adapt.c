/*
 * adapt: the limit of a thread on simulated networks.
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "worker/adapt.h"

enum { NET_FETCHES = 2 * ADAPT_MOST, NET_LIST = 8000 };

/* What happens to fetches beyond the capacity. */
enum net_kind {
    NET_WIDE,    /* nothing: it bears all that may be */
    NET_SLOW,    /* all share it: twice as many take twice as long */
    NET_REFUSES, /* they fail at once */
    NET_DROPS    /* they fail after the time-out */
};

struct net {
    enum net_kind kind;
    size_t capacity;    /* connections at a time */
    uint64_t answer_ms; /* of one alone */
    uint64_t timeout_ms;
    unsigned dead;      /* of 100 sites: those fail at any limit ... */
    uint64_t dead_ms;   /* ... after that time */
    double per_ms;      /* more the CPU cannot do; 0: it can */
    double work_per_ms; /* that there is; 0: without end */
    /* a list that comes to its end, if not 0: sites, each tried so often */
    size_t list;
    unsigned tries;
    uint64_t wait_ms; /* before the first retry; doubled */
};

struct net_site {
    uint64_t due_ms;
    unsigned tries;
    bool is_dead, is_busy, is_done;
};

struct net_fetch {
    uint64_t began_ms, end_ms;
    size_t load;
    bool is_failure;
    struct net_site *site;
    bool is_retry;
};

struct run {
    struct adapt adapt;
    struct net net;
    struct net_fetch fetches[NET_FETCHES];
    size_t in_flight, served; /* of them, by sites that answer */
    uint64_t now_ms, done, busy_ms, random;
    double cpu, work;
    struct net_site list[NET_LIST];
    size_t begun, left; /* of it */
    /* of the last stretch */
    uint64_t good, failed;
    double limits; /* the sum over its milliseconds */
    size_t least, most;
};

static struct run run;

static unsigned
run_random(unsigned below)
{
    run.random ^= run.random >> 12;
    run.random ^= run.random << 25;
    run.random ^= run.random >> 27;
    return (unsigned)((run.random * 0x2545f4914f6cdd1du >> 33) % below);
}

/* The next of the list: retries whose time has come are the first. */
static struct net_site *
run_next(void)
{
    struct net_site *s;

    for (size_t i = 0; i < run.begun; i++) {
        s = &run.list[i];
        if (!s->is_done && !s->is_busy && s->due_ms <= run.now_ms)
            return s;
    }
    if (run.begun == run.net.list)
        return NULL;
    s = &run.list[run.begun++];
    s->is_dead = run_random(100) < run.net.dead;
    return s;
}

static bool
run_is_dead(const struct net_site *s)
{
    return s ? s->is_dead : run_random(100) < run.net.dead;
}

static void
run_fetch(struct net_site *site)
{
    const struct net *n = &run.net;
    struct net_fetch f = {.began_ms = run.now_ms, .load = run.in_flight + 1};
    uint64_t ms = n->answer_ms * (80 + run_random(41)) / 100;

    f.site = site;
    if (site) {
        site->is_busy = true;
        f.is_retry = site->tries > 0;
    }
    if (run_is_dead(site)) {
        f.is_failure = true;
        ms = n->dead_ms;
    } else if (run.served >= n->capacity && n->kind == NET_SLOW) {
        ms = ms * f.load / n->capacity;
    } else if (run.served >= n->capacity && n->kind != NET_WIDE) {
        f.is_failure = true;
        ms = n->kind == NET_REFUSES ? 1 : n->timeout_ms;
    }
    run.served += !f.is_failure;
    f.end_ms = run.now_ms + (ms > 0 ? ms : 1);
    run.fetches[run.in_flight++] = f;
}

/* Whether it will be tried again. */
static bool
run_site_end(struct net_site *s, bool is_failure)
{
    s->is_busy = false;
    s->is_done = !is_failure || ++s->tries >= run.net.tries;
    s->due_ms =
        run.now_ms + (run.net.wait_ms << (s->tries > 0) * (s->tries - 1));
    run.left -= s->is_done;
    return !s->is_done;
}

static void
run_end(const struct net_fetch *f)
{
    bool is_again = f->site && run_site_end(f->site, f->is_failure);

    run.done++;
    run.served -= !f->is_failure;
    run.good += !f->is_failure;
    run.failed += f->is_failure;
    if (!f->is_failure)
        adapt_answer(&run.adapt, run.now_ms, run.now_ms - f->began_ms);
    adapt_note(&run.adapt, &(struct adapt_sample){.now_ms = run.now_ms,
                                                  .began_ms = f->began_ms,
                                                  .load = f->load,
                                                  .is_failure = f->is_failure,
                                                  .is_known = f->is_retry,
                                                  .is_retry = f->is_retry,
                                                  .is_last = !is_again});
}

/* What has come to its end, as far as the CPU gets. */
static void
run_answers(void)
{
    run.cpu += run.net.per_ms;
    for (size_t i = 0; i < run.in_flight;) {
        struct net_fetch f = run.fetches[i];

        if (f.end_ms > run.now_ms || (run.net.per_ms > 0 && run.cpu < 1)) {
            i++;
            continue;
        }
        run.cpu -= 1;
        run.fetches[i] = run.fetches[--run.in_flight];
        run_end(&f);
    }
    run.busy_ms += run.net.per_ms > 0 && run.cpu < 1;
    if (run.cpu > 1)
        run.cpu = 1;
}

/* So many seconds; what is counted begins anew. */
static void
run_for(unsigned seconds)
{
    uint64_t until = run.now_ms + seconds * 1000ull;

    run.good = run.failed = 0;
    run.limits = 0;
    run.least = run.most = run.adapt.limit;
    for (; run.now_ms < until; run.now_ms++) {
        bool is_held = false;

        run_answers();
        run.work += run.net.work_per_ms;
        while (run.in_flight < run.adapt.limit &&
               (run.net.work_per_ms <= 0 || run.work >= 1)) {
            struct net_site *site = run.net.list > 0 ? run_next() : NULL;

            if (run.net.list > 0 && site == NULL)
                break;
            run.work -= run.net.work_per_ms > 0;
            run_fetch(site);
        }
        is_held = run.in_flight >= run.adapt.limit;
        if (run.work > 1)
            run.work = 1; /* what nobody takes is not kept */
        if (run.now_ms % 5 == 0)
            adapt_look(&run.adapt, &(struct adapt_now){.now_ms = run.now_ms,
                                                       .done = run.done,
                                                       .busy_ms = run.busy_ms,
                                                       .is_held = is_held});
        run.limits += (double)run.adapt.limit;
        if (run.adapt.limit < run.least)
            run.least = run.adapt.limit;
        if (run.adapt.limit > run.most)
            run.most = run.adapt.limit;
    }
    run.limits /= seconds * 1000.0;
    if (getenv("VERBOSE"))
        printf("%5.0f s: limit %zu, mean %.0f (%zu to %zu), %.0f good/s, "
               "%.1f %% failed, %d decreases\n",
               (double)run.now_ms / 1000, run.adapt.limit, run.limits,
               run.least, run.most, (double)run.good / seconds,
               100.0 * (double)run.failed / (double)(run.good + run.failed + 1),
               (int)run.adapt.decreases);
}

static void
run_begin(const struct net *net, size_t first, size_t most)
{
    memset(&run, 0, sizeof(run));
    run.net = *net;
    run.left = net->list;
    run.random = 0x9e3779b97f4a7c15u;
    run.now_ms = 1000;
    adapt_init(&run.adapt, first, most, run.now_ms);
}

/* --- slow start --- */

static void
test_a_wide_network_is_used_within_seconds(void **state)
{
    (void)state;
    run_begin(&(struct net){NET_WIDE, .answer_ms = 100}, 64, 1024);
    run_for(2);
    assert_in_range(run.adapt.limit, 512, 1024);
    run_for(3);
    assert_int_equal(run.adapt.limit, 1024);
    assert_int_equal(run.adapt.decreases, 0);
}

/* With answers that take seconds too, later. */
static void
test_far_sites_get_as_many(void **state)
{
    (void)state;
    run_begin(&(struct net){NET_WIDE, .answer_ms = 2000}, 64, 1024);
    run_for(40);
    assert_int_equal(run.adapt.limit, 1024);
}

static void
test_bounds_are_kept(void **state)
{
    (void)state;
    run_begin(&(struct net){NET_WIDE, .answer_ms = 50}, 64, 100);
    run_for(5);
    assert_int_equal(run.adapt.limit, 100);
    adapt_set_most(&run.adapt, 30, run.now_ms);
    run_for(5);
    assert_int_equal(run.most, 30);
    assert_int_equal(run.least, 30);
    adapt_set_most(&run.adapt, 200, run.now_ms);
    run_for(60);
    assert_int_equal(run.adapt.limit, 200);
    run_begin(&(struct net){NET_REFUSES, .capacity = 0, .answer_ms = 50}, 64,
              5000);
    assert_int_equal(run.adapt.most, ADAPT_MOST);
    run_for(60);
    assert_true(run.adapt.limit >= 1);
}

/* --- what more connections do --- */

/* Throughput is what it is from the capacity on: there, or little above. */
static void
test_a_network_that_gets_slower_is_not_flooded(void **state)
{
    static const size_t capacities[] = {90, 130, 200, 300};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        size_t c = capacities[i];

        run_begin(&(struct net){NET_SLOW, .capacity = c, .answer_ms = 100}, 64,
                  1024);
        run_for(30);
        run_for(60);
        assert_true(run.limits <= 2.2 * (double)c);
        assert_true((double)run.good / 60 >= 0.9 * (double)c * 10);
    }
}

static void
test_a_busy_loop_gets_no_more(void **state)
{
    (void)state;
    run_begin(&(struct net){NET_WIDE, .answer_ms = 100, .per_ms = 1}, 64, 1024);
    run_for(10);
    assert_in_range(run.adapt.limit, 100, 256);
    run_for(60);
    assert_in_range(run.most, 100, 300);
    assert_true(run.good >= 57000); /* of 60,000 */
}

/* --- failures --- */

struct failing {
    enum net_kind kind;
    size_t capacity, first;
    uint64_t timeout_ms;
    unsigned dead;
};

static void
test_the_limit_stays_near_where_failures_rise(void **state)
{
    static const struct failing cases[] = {
        {NET_REFUSES, 100, 64, 0, 0},    {NET_REFUSES, 300, 64, 0, 20},
        {NET_REFUSES, 20, 64, 0, 0},     {NET_REFUSES, 5, 64, 0, 0},
        {NET_REFUSES, 100, 64, 0, 15},   {NET_DROPS, 100, 64, 2000, 0},
        {NET_DROPS, 300, 64, 2000, 20},  {NET_DROPS, 70, 64, 2000, 0},
        {NET_DROPS, 100, 64, 10000, 15},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct failing *c = &cases[i];
        struct net net = {c->kind,          .capacity = c->capacity,
                          .answer_ms = 100, .timeout_ms = c->timeout_ms,
                          .dead = c->dead,  .dead_ms = 300};
        /* dead ones have connections as well, for three times as long */
        double best =
            (double)c->capacity * (1 + 3.0 * c->dead / (100 - c->dead));

        if (getenv("VERBOSE"))
            printf("kind %d, capacity %zu, dead %u\n", c->kind, c->capacity,
                   c->dead);
        run_begin(&net, c->first, 1024);
        run_for(60);
        run_for(120);
        if (c->kind == NET_REFUSES) /* else time-outs have connections too */
            assert_in_range(run.limits, 0.7 * best, 1.25 * best);
        assert_true((double)run.good / 120 >= 0.6 * (double)c->capacity * 10);
        assert_true((double)run.failed <=
                    (0.1 + 0.01 * c->dead) * (double)(run.good + run.failed));
    }
}

/* A list of sites has dead ones, whose time-outs come after 10 s. */
static void
test_dead_sites_are_no_overload(void **state)
{
    static const struct {
        unsigned dead;
        uint64_t ms;
    } cases[] = {{10, 1}, {20, 1}, {20, 2000}, {20, 10000}, {35, 10000}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct net net = {NET_WIDE, .answer_ms = 100, .dead = cases[i].dead,
                          .dead_ms = cases[i].ms};

        if (getenv("VERBOSE"))
            printf("dead %u, %u ms\n", cases[i].dead, (unsigned)cases[i].ms);
        run_begin(&net, 64, 1024);
        run_for(60);
        run_for(60);
        assert_in_range(run.adapt.limit, 700, 1024);
        assert_true(run.limits >= 700);
    }
}

/* A part of the list with far more dead sites: what was cut comes back. */
static void
test_a_bad_part_of_the_list_is_found_not_to_be_us(void **state)
{
    (void)state;
    run_begin(
        &(struct net){NET_WIDE, .answer_ms = 100, .dead = 5, .dead_ms = 500},
        64, 256);
    run_for(30);
    assert_int_equal(run.adapt.limit, 256);
    run.net.dead = 60;
    run_for(60);
    assert_in_range(run.adapt.limit, 200, 256);
    assert_true(run.adapt.decreases <= 4);
}

/* What had failed before says nothing. */
static void
test_known_failures_do_not_count(void **state)
{
    struct adapt_sample s = {.load = 64, .is_failure = true, .is_known = true};
    struct adapt_now now = {.now_ms = 1, .is_held = true};

    (void)state;
    adapt_init(&run.adapt, 64, 1024, 0);
    for (unsigned i = 0; i < 1000; i++) {
        s.now_ms = now.now_ms = i * 10;
        now.done++;
        adapt_note(&run.adapt, &s);
        assert_int_not_equal(adapt_look(&run.adapt, &now), ADAPT_DECREASES);
    }
    assert_int_equal(run.adapt.decreases, 0);
    assert_true(run.adapt.limit >= 64);
}

/* --- the end of a list: retries only --- */

/* To its end, in steps of a second; how many of those. */
static unsigned
run_list(unsigned most_s)
{
    uint64_t good = 0, failed = 0;
    unsigned s = 0;

    for (; run.left > 0 && s < most_s; s++) {
        run_for(1);
        good += run.good;
        failed += run.failed;
    }
    run.good = good;
    run.failed = failed;
    return s;
}

/* All of a short list fails at once, before anything is known. */
static void
test_the_end_of_a_list_finds_what_the_network_bears(void **state)
{
    static const struct {
        size_t list;
        unsigned dead, tries, seconds; /* it may take */
    } cases[] = {{600, 0, 50, 20}, {3000, 0, 50, 20}, {600, 15, 7, 25}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t list = cases[i].list;
        unsigned dead = cases[i].dead, tries = cases[i].tries;

        if (getenv("VERBOSE"))
            printf("list %zu, dead %u\n", list, dead);
        run_begin(&(struct net){NET_REFUSES, .capacity = 20, .answer_ms = 60,
                                .dead = dead, .dead_ms = 1, .list = list,
                                .tries = tries, .wait_ms = 200},
                  64, 1024);
        assert_true(run_list(100) <= cases[i].seconds);
        assert_in_range(run.adapt.limit, 10, 40);
        assert_in_range(run.adapt.decreases, 1, 5);
        assert_true(run.good >= list * (100 - dead) / 100 * 95 / 100);
        assert_true(run.failed <= 5 * list + list * dead * tries / 100);
    }
}

/* Only dead sites are left, and fail again and again: nothing changes. */
static void
test_dead_sites_at_the_end_are_no_overload(void **state)
{
    static const struct {
        unsigned dead;
        uint64_t ms;
    } cases[] = {{5, 1}, {20, 1}, {20, 2000}, {20, 10000}, {35, 10000}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (getenv("VERBOSE"))
            printf("dead %u, %u ms\n", cases[i].dead, (unsigned)cases[i].ms);
        run_begin(&(struct net){NET_WIDE, .answer_ms = 100,
                                .dead = cases[i].dead, .dead_ms = cases[i].ms,
                                .list = NET_LIST, .tries = 4, .wait_ms = 2000},
                  64, 1024);
        assert_true(run_list(300) < 300);
        assert_int_equal(run.adapt.decreases, 0);
        assert_true(run.adapt.limit >= 256);
    }
}

/* --- changes --- */

static void
test_it_follows_a_capacity_that_changes(void **state)
{
    (void)state;
    run_begin(&(struct net){NET_REFUSES, .capacity = 200, .answer_ms = 100}, 64,
              1024);
    run_for(60);
    assert_in_range(run.adapt.limit, 100, 230);
    run.net.capacity = 40;
    run_for(10);
    assert_in_range(run.adapt.limit, 10, 50);
    run_for(60);
    assert_in_range(run.limits, 20, 48);
    run.net.capacity = 400;
    run_for(300);
    run_for(60);
    assert_in_range(run.limits, 200, 450);
}

/* --- nothing to do --- */

static void
test_an_unused_limit_is_not_raised(void **state)
{
    (void)state;
    run_begin(&(struct net){NET_WIDE, .answer_ms = 100, .work_per_ms = 0.1}, 64,
              1024);
    run_for(60);
    assert_int_equal(run.most, 64);
    assert_int_equal(run.least, 64);
    run.net.work_per_ms = 0;
    run_for(5);
    assert_int_equal(run.adapt.limit, 1024);
}

static void
test_silence_is_nothing(void **state)
{
    (void)state;
    adapt_init(&run.adapt, 64, 1024, 0);
    for (uint64_t ms = 1; ms < 200000; ms += 50)
        assert_int_equal(
            adapt_look(&run.adapt,
                       &(struct adapt_now){.now_ms = ms, .is_held = true}),
            ADAPT_STAYS);
    assert_int_equal(run.adapt.limit, 64);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_wide_network_is_used_within_seconds),
        cmocka_unit_test(test_far_sites_get_as_many),
        cmocka_unit_test(test_bounds_are_kept),
        cmocka_unit_test(test_a_network_that_gets_slower_is_not_flooded),
        cmocka_unit_test(test_a_busy_loop_gets_no_more),
        cmocka_unit_test(test_the_limit_stays_near_where_failures_rise),
        cmocka_unit_test(test_dead_sites_are_no_overload),
        cmocka_unit_test(test_a_bad_part_of_the_list_is_found_not_to_be_us),
        cmocka_unit_test(test_known_failures_do_not_count),
        cmocka_unit_test(test_the_end_of_a_list_finds_what_the_network_bears),
        cmocka_unit_test(test_dead_sites_at_the_end_are_no_overload),
        cmocka_unit_test(test_it_follows_a_capacity_that_changes),
        cmocka_unit_test(test_an_unused_limit_is_not_raised),
        cmocka_unit_test(test_silence_is_nothing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
