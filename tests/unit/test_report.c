/*
 * What a thread reports: its table of sites, why it idles, the JSON of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "worker/report.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct report report;
static const struct report_state state_plain = {.beat = 12,
                                                .connections = 96,
                                                .is_auto = true,
                                                .host = {"h-1", 3},
                                                .pid = 7,
                                                .threads = 5,
                                                .visits = 9,
                                                .waiting = 6};

/* The report as a reader of JSON sees it; the caller ends it. */
static json_t *
written(const struct report_state *s, uint64_t now_ms)
{
    struct buf b;
    json_t *root;

    buf_init(&b, 2 * REPORT_BYTES);
    assert_int_equal(report_write(&report, s, now_ms, &b), ERR_OK);
    assert_true(b.n <= REPORT_BYTES);
    assert_null(memchr(b.p, '\n', b.n));
    root = json_loadb(b.p, b.n, 0, NULL);
    assert_non_null(root);
    buf_fini(&b);
    return root;
}

static json_int_t
number(const json_t *root, const char *key)
{
    assert_true(json_is_integer(json_object_get(root, key)));
    return json_integer_value(json_object_get(root, key));
}

/* The site's numbers, or NULL when it was not told. */
static const json_t *
told(const json_t *root, const char *site)
{
    const json_t *sites = json_object_get(root, "sites");

    for (size_t i = 0; i < json_array_size(sites); i++) {
        const json_t *s = json_array_get(sites, i);

        if (strcmp(json_string_value(json_array_get(s, 0)), site) == 0)
            return s;
    }
    return NULL;
}

static json_int_t
told_number(const json_t *site, size_t which)
{
    return json_integer_value(json_array_get(site, which));
}

static void
note_n(const char *name, size_t times, int64_t ms, bool is_page,
       bool is_failure)
{
    for (size_t i = 0; i < times; i++)
        report_note(&report, str_from(name), ms, is_page, is_failure);
}

static void
test_a_report_says_what_was_noted(void **state)
{
    json_t *root;
    const json_t *s;

    (void)state;
    report_init(&report, 1000);
    note_n("a.test", 3, 20, true, false);
    note_n("a.test", 1, 900, false, true);
    note_n("b.test", 1, 5, true, false);
    root = written(&state_plain, 2250);
    assert_string_equal(json_string_value(json_object_get(root, "host")),
                        "h-1");
    assert_string_equal(json_string_value(json_object_get(root, "why")),
                        "fetching");
    assert_int_equal(number(root, "beat"), 12);
    assert_int_equal(number(root, "pid"), 7);
    assert_int_equal(number(root, "threads"), 5);
    assert_int_equal(number(root, "visits"), 9);
    assert_int_equal(number(root, "busy"), 3);
    assert_int_equal(number(root, "waiting"), 6);
    assert_int_equal(number(root, "connections"), 96);
    assert_true(json_is_true(json_object_get(root, "auto")));
    assert_int_equal(number(root, "span_ms"), 1250);
    assert_int_equal(number(root, "pages"), 4);
    assert_int_equal(number(root, "failures"), 1);
    s = told(root, "a.test");
    assert_non_null(s);
    assert_int_equal(told_number(s, 1), 3);
    assert_int_equal(told_number(s, 2), 900);
    assert_int_equal(told_number(s, 3), 1);
    assert_non_null(told(root, "b.test"));
    json_decref(root);
}

static void
test_each_report_begins_anew(void **state)
{
    json_t *root;

    (void)state;
    report_init(&report, 0);
    note_n("a.test", 3, 20, true, false);
    json_decref(written(&state_plain, 1000));
    root = written(&state_plain, 1500);
    assert_int_equal(number(root, "pages"), 0);
    assert_int_equal(number(root, "span_ms"), 500);
    assert_int_equal(json_array_size(json_object_get(root, "sites")), 0);
    json_decref(root);
}

/* thousands of sites asked once do not push out those that matter */
static void
test_the_busy_slow_and_failing_stay(void **state)
{
    char name[32];
    json_t *root;
    const json_t *s;
    uint64_t pages = 0;

    (void)state;
    report_init(&report, 0);
    note_n("fails.test", 20, 0, false, true);
    note_n("slow.test", 10, 25000, true, false);
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(name, sizeof(name), "s%u.test", i);
        note_n(name, 1, 10, true, false);
        if (i % 10 == 0)
            note_n("busy.test", 1, 30, true, false);
    }
    root = written(&state_plain, 1000);
    assert_int_equal(number(root, "pages"), 2210);
    assert_int_equal(json_array_size(json_object_get(root, "sites")),
                     REPORT_SITES);
    s = told(root, "busy.test");
    assert_non_null(s);
    assert_in_range(told_number(s, 1), 150, 200);
    s = told(root, "slow.test");
    assert_non_null(s);
    assert_int_equal(told_number(s, 2), 25000);
    s = told(root, "fails.test");
    assert_non_null(s);
    assert_int_equal(told_number(s, 3), 20);
    /* never more than there was */
    for (size_t i = 0; i < REPORT_SITES; i++)
        pages += (uint64_t)told_number(
            json_array_get(json_object_get(root, "sites"), i), 1);
    assert_true(pages <= 2210);
    json_decref(root);
}

/* a site that comes back to a slot it lost is not told with others' pages */
static void
test_inherited_weight_is_not_told(void **state)
{
    char name[32];
    json_t *root;
    const json_t *sites;

    (void)state;
    report_init(&report, 0);
    for (unsigned i = 0; i < 4 * REPORT_SLOTS; i++) {
        snprintf(name, sizeof(name), "s%u.test", i);
        note_n(name, 1, 1, true, false);
    }
    root = written(&state_plain, 1000);
    sites = json_object_get(root, "sites");
    assert_int_equal(json_array_size(sites), REPORT_SITES);
    for (size_t i = 0; i < REPORT_SITES; i++)
        assert_int_equal(told_number(json_array_get(sites, i), 1), 1);
    json_decref(root);
}

/* of many that are alike the same are told each time */
static void
test_equals_are_told_steadily(void **state)
{
    char name[32];
    json_t *first = NULL;

    (void)state;
    report_init(&report, 0);
    for (unsigned beat = 1; beat < 6; beat++) {
        json_t *root;

        for (unsigned i = 0; i < 30; i++) {
            snprintf(name, sizeof(name), "%u.test", (i + 7 * beat) % 30);
            note_n(name, 1, 10, true, false);
        }
        snprintf(name, sizeof(name), "new-%u.test", beat);
        note_n(name, 1, 10, true, false);
        root = written(&state_plain, 1000 * beat);
        if (first == NULL) {
            first = root;
            continue;
        }
        assert_true(json_equal(json_object_get(first, "sites"),
                               json_object_get(root, "sites")));
        json_decref(root);
    }
    json_decref(first);
}

static void
test_the_first_reason_is_told(void **state)
{
    static const struct {
        struct report_state in;
        const char *want;
    } rows[] = {
        {{.visits = 0}, "nothing to claim"},
        {{.visits = 2, .waiting = 2}, "waiting for delays"},
        {{.visits = 2, .waiting = 1}, "fetching"},
        {{.is_page_limit = true}, "page limit"},
        {{.visits = 2, .waiting = 2, .is_page_limit = true}, "page limit"},
        {{.visits = 2, .is_page_limit = true}, "fetching"},
        {{.visits = 2, .is_redis_slow = true}, "Redis is slow"},
        {{.visits = 2, .is_paused = true, .is_redis_slow = true}, "paused"},
        {{.is_paused = true, .is_memory_full = true}, "memory is full"},
        {{.is_memory_full = true, .is_redis_away = true}, "Redis is away"},
        {{.is_redis_away = true, .is_stopping = true}, "stopping"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(report_why(&rows[i].in), rows[i].want);
}

/* the longest names, each byte of which is written as six */
static void
test_a_report_is_bounded(void **state)
{
    char name[REPORT_SITE_BYTES + 1];
    struct buf b;
    json_t *root;

    (void)state;
    report_init(&report, 0);
    memset(name, 1, sizeof(name));
    for (unsigned i = 0; i < REPORT_SITES; i++) {
        name[0] = (char)('a' + i);
        report_note(&report, (struct str){name, REPORT_SITE_BYTES}, INT64_MAX,
                    true, true);
    }
    report_note(&report, STR("short.test"), 1, false, false);
    /* no site has such a name, or none */
    report_note(&report, (struct str){name, sizeof(name)}, 1, true, false);
    report_note(&report, STR_NONE, 1, true, false);
    root = written(&state_plain, 1000);
    assert_int_equal(number(root, "pages"), REPORT_SITES + 2);
    assert_true(json_array_size(json_object_get(root, "sites")) >= 1);
    json_decref(root);

    buf_init(&b, 64);
    assert_int_equal(buf_add(&b, "kept", 4), ERR_OK);
    assert_int_equal(report_write(&report, &state_plain, 2000, &b),
                     ERR_TOO_BIG);
    assert_int_equal(b.n, 4);
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_report_says_what_was_noted),
        cmocka_unit_test(test_each_report_begins_anew),
        cmocka_unit_test(test_the_busy_slow_and_failing_stay),
        cmocka_unit_test(test_inherited_weight_is_not_told),
        cmocka_unit_test(test_equals_are_told_steadily),
        cmocka_unit_test(test_the_first_reason_is_told),
        cmocka_unit_test(test_a_report_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
