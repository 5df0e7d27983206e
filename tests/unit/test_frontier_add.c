/*
 * add: what is new, where the seen-set has it, in which order it waits.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/unit/frontier_rig.h"

#include "common/frontier_look.h"

enum { PAGES = 6000, LINE_BYTES = 64 };

static char lines[PAGES][LINE_BYTES];

static struct str
page_url(size_t i)
{
    return str_from(strstr(lines[i], "http"));
}

/* The pages from first on, up to FRONTIER_ADD_MAX of them, in one add. */
static uint64_t
add_pages(size_t first, size_t count)
{
    static struct frontier_item items[FRONTIER_ADD_MAX];

    for (size_t i = 0; i < count; i++)
        items[i] = rig_item(lines[first + i]);
    frontier_form_add(rig_master, &rig_buf, items, count, 0);
    return rig_count();
}

static void
make_pages(void)
{
    for (size_t i = 0; i < PAGES; i++)
        snprintf(lines[i], LINE_BYTES, "1 a.test http://a.test:8080/%zu", i);
}

static char *
host_bucket(void)
{
    static char key[32];

    snprintf(key, sizeof(key), "seen:t:h%u",
             (unsigned)(fingerprint(STR("a.test:8080")) & 0xffff));
    return key;
}

/* So that a claim is not held to a share. */
static void
only_one_worker(void)
{
    for (int i = 1; i < RIG_WORKERS; i++)
        rig_do("ZREM", "workers:t", (const char[]){'w', (char)('0' + i), 0},
               NULL);
}

/* Also those with the highest bit, whose number has a sign. */
static void
test_a_hosts_bucket_runs_over_into_the_pages_own(void **state)
{
    uint64_t inside = 0, apart = 0, added = 0;
    redisReply *reply;

    (void)state;
    make_pages();
    for (size_t i = 0; i < PAGES; i += FRONTIER_ADD_MAX)
        added += add_pages(i, FRONTIER_ADD_MAX);
    assert_int_equal(added, PAGES);
    for (size_t i = 0; i < PAGES; i++) {
        frontier_form_seen(rig_master, &rig_buf, page_url(i));
        inside += rig_count();
        frontier_form_seen_apart(rig_master, &rig_buf, page_url(i));
        apart += rig_count();
    }
    assert_int_equal(inside, 5 * FRONTIER_ADD_MAX); /* the first above 4,096 */
    assert_int_equal(apart, PAGES - inside);
    assert_int_equal(rig_number("SCARD", host_bucket()), inside);
    reply = redis_command(rig_db, "OBJECT", "ENCODING", host_bucket(), NULL);
    assert_string_equal(reply->str, "intset");
    freeReplyObject(reply);
    for (size_t i = 0; i < PAGES; i += FRONTIER_ADD_MAX)
        assert_int_equal(add_pages(i, FRONTIER_ADD_MAX), 0);
    assert_int_equal(rig_counts().queued, PAGES);
    assert_int_equal(rig_counts().known, PAGES);
}

static void
test_a_home_page_has_a_bucket_of_its_own(void **state)
{
    char key[32];

    (void)state;
    RIG_ADD("0 a.test http://a.test:8080/");
    assert_int_equal(rig_number("EXISTS", host_bucket()), 0);
    snprintf(key, sizeof(key), "seen:t:%u",
             (unsigned)(fingerprint(STR("http://a.test:8080/")) & 0xffff));
    assert_int_equal(rig_number("SCARD", key), 1);
    RIG_ADD("0 a.test http://a.test:8080/?"); /* that is another page */
    assert_int_equal(rig_number("SCARD", host_bucket()), 1);
}

static void
test_what_is_twice_in_one_request_is_new_once(void **state)
{
    (void)state;
    assert_int_equal(RIG_ADD("1 a http://a/1", "1 a http://a/2",
                             "2 a http://a/1", "1 b http://b/",
                             "2 b http://b/"),
                     3);
    assert_int_equal(RIG_ADD("1 a http://a/2", "1 a http://a/3",
                             "1 a http://a/3", "1 a http://a/1"),
                     1);
    only_one_worker();
    assert_string_equal(rig_claim(0, 8, 8, 1),
                        "running 1000 || a: 1 a http://a/1, 1 a http://a/2, "
                        "1 a http://a/3,| b: 1 b http://b/,");
}

/* As they stand, but what one host has stands together. */
static void
test_the_order_of_one_request(void **state)
{
    (void)state;
    RIG_ADD("1 a http://a/1", "1 b http://b/", "1 c http://c/1",
            "1 a http://a/2", "1r1 a http://a/3", "1r1 a http://a/4");
    only_one_worker();
    assert_string_equal(rig_claim(0, 8, 8, 1),
                        "running 1000 || a: 1r1 a http://a/3, "
                        "1r1 a http://a/4, 1 a http://a/1, 1 a http://a/2,| b: "
                        "1 b http://b/,| c: 1 c http://c/1,");
}

/* The seeds note theirs; pages of one host are asked for together. */
static void
test_pages_are_held_to_the_seeds_hosts(void **state)
{
    struct frontier_item items[5] = {
        rig_item("0 a http://a/x"), rig_item("0 a http://a/y"),
        rig_item("1 a http://a/1"), rig_item("1 b http://b/1"),
        rig_item("1 b http://b/2")};

    (void)state;
    for (int i = 0; i < 5; i++)
        items[i].host = fingerprint(i < 3 ? STR("a") : STR("b"));
    items[0].is_seed = items[1].is_seed = true;
    frontier_form_add(rig_master, &rig_buf, items, 2, 7);
    assert_int_equal(rig_count(), 2);
    frontier_form_add(rig_master, &rig_buf, items + 1, 4, 0);
    assert_int_equal(rig_count(), 1);
    assert_int_equal(rig_counts().seed_row, 7);
    assert_int_equal(rig_counts().queued, 3);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, rig_fresh)
    const struct CMUnitTest tests[] = {
        TEST(test_a_hosts_bucket_runs_over_into_the_pages_own),
        TEST(test_a_home_page_has_a_bucket_of_its_own),
        TEST(test_what_is_twice_in_one_request_is_new_once),
        TEST(test_the_order_of_one_request),
        TEST(test_pages_are_held_to_the_seeds_hosts),
    };
#undef TEST

    return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
