/* SPDX-License-Identifier: MIT */
#include "tests/unit/frontier_rig.h"

#include "common/frontier_audit.h"
#include "master/verify_frontier.h"
#include "master/verify_set.h"

static struct verify_frontier
reader(void)
{
    return (struct verify_frontier){.redis = rig_db, .frontier = rig_master};
}

/* How often each place was met, and each URL. */
struct met {
    uint64_t places[VERIFY_PLACES];
    struct verify_set urls;
};

static void
on_entry(void *arg, enum verify_place place, const struct entry *entry)
{
    struct met *m = arg;

    m->places[place]++;
    ++*verify_set_put(&m->urls, fingerprint(entry->url));
}

static void
on_seen(void *arg, uint64_t value)
{
    ++*verify_set_put(arg, value);
}

/* Entries of sites s0.test and up, of n_of each, from number first on. */
static void
add_many(int sites, int first, int n_of)
{
    for (int s = 0; s < sites; s++)
        for (int from = first; from < first + n_of; from += 50) {
            static char text[50][64];
            const char *lines[51] = {NULL};

            for (int i = 0; i < 50; i++) {
                snprintf(text[i], sizeof(text[i]),
                         "1 s%d.test http://s%d.test/%d", s, s, from + i);
                lines[i] = text[i];
            }
            assert_int_equal(rig_add(lines), 50);
        }
}

static void
expect_each_once(struct met *m, size_t count)
{
    uint64_t value;
    uint8_t *times;
    size_t at = 0;

    assert_int_equal(m->urls.count, count);
    while ((times = verify_set_next(&m->urls, &at, &value)) != NULL)
        assert_int_equal(*times, 1);
}

/* Longer than a request for it, in every place; nobody moves anything. */
static void
test_every_entry_is_met(void **state)
{
    struct verify_frontier v = reader();
    struct met m = {.places = {0}};
    uint64_t raw, awake;

    (void)state;
    add_many(3, 0, 2500);
    rig_claim(1, 3, 1, 1); /* the rest of those popped go to back queues */
    for (int i = 0; i < 40; i++)
        rig_claim(2, 64, 64, 1);
    add_many(1, 10000, 5000);
    rig_do("LPUSH", "queue:t", "http://raw.test/", NULL);
    rig_do("ZADD", "retry:t", "5", "0t1 r.test http://r.test/");
    rig_do("RPUSH", "quarantine:t", "0 q.test http://q.test/", NULL);
    /* keys that look alike */
    rig_do("RPUSH", "site:tt:a.test", "0 x.test http://x.test/1", NULL);
    rig_do("RPUSH", "site:t", "0 x.test http://x.test/2", NULL);
    rig_do("RPUSH", "queue:t:a", "0 x.test http://x.test/3", NULL);

    verify_set_init(&m.urls, 0);
    assert_int_equal(verify_frontier_waiting(&v, on_entry, &m, &raw), ERR_OK);
    assert_int_equal(raw, 1);
    expect_each_once(&m, 12502);
    assert_int_equal(m.places[VERIFY_IN_RETRY], 1);
    assert_int_equal(m.places[VERIFY_IN_QUARANTINE], 1);
    assert_int_equal(m.places[VERIFY_IN_FLIGHT], rig_counts().flight);
    assert_int_equal(m.places[VERIFY_IN_SITE], rig_counts().waiting);
    assert_true(m.places[VERIFY_IN_FLIGHT] > 0);
    assert_true(m.places[VERIFY_IN_SITE] > 6000); /* lists above 2,000 */
    assert_true(m.places[VERIFY_IN_QUEUE] > 4000);
    verify_set_fini(&m.urls);
    assert_int_equal(verify_frontier_awake(&v, &awake), ERR_OK);
    assert_int_equal(awake, RIG_WORKERS);
    rig_at(1000000 + 6000);
    rig_beat(3);
    assert_int_equal(verify_frontier_awake(&v, &awake), ERR_OK);
    assert_int_equal(awake, 1);
}

static void
test_the_seen_set(void **state)
{
    struct verify_frontier v = reader();
    struct verify_set seen;
    uint64_t junk;
    char text[32];

    (void)state;
    add_many(2, 0, 500);
    /* a bucket too large to come at once: 3,000 of them, no intset */
    rig_do("CONFIG", "SET", "set-max-intset-entries", "100");
    for (uint64_t i = 1; i <= 3000; i++) {
        snprintf(text, sizeof(text), "%lld",
                 (long long)(i << 48 | i << 32 | 0xffff));
        rig_do("SADD", "seen:t:65535", text, NULL);
    }
    rig_do("SADD", "seen:t:3", "3", NULL);
    rig_do("SADD", "seen:t:4", "3", NULL); /* not of this bucket */
    rig_do("SADD", "seen:t:4", "junk", NULL);
    rig_do("SADD", "seen:t:0", "0", NULL);
    rig_do("SADD", "seen:t:1", "99999999999999999999", NULL);
    verify_set_init(&seen, 0);
    assert_int_equal(verify_frontier_seen(&v, on_seen, &seen, &junk), ERR_OK);
    assert_int_equal(seen.count, 4001);
    assert_int_equal(junk, 4);
    verify_set_fini(&seen);
}

/* A signed number of its bucket, never 0. */
static void
test_fingerprints(void **state)
{
    const struct {
        const char *text;
        unsigned bucket;
        uint64_t want; /* 0: none */
    } cases[] = {
        {"1", 1, 1},
        {"65537", 1, 65537},
        {"-1", 65535, UINT64_MAX},
        {"-9223372036854775808", 0, UINT64_C(1) << 63},
        {"9223372036854775807", 65535, INT64_MAX},
        {"9223372036854775808", 0, 0},
        {"-9223372036854775809", 65535, 0},
        {"0", 0, 0},
        {"-0", 0, 0},
        {"", 0, 0},
        {"-", 0, 0},
        {"+1", 1, 0},
        {"1 ", 1, 0},
        {"1", 2, 0},
        {"1", 65536 + 2, 1}, /* of a host: any */
        {"x", 65536 + 2, 0},
    };
    uint64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool is_one = frontier_read_fingerprint(str_from(cases[i].text),
                                                cases[i].bucket, &value);

        if (is_one != (cases[i].want != 0) ||
            (is_one && value != cases[i].want))
            fail_msg("\"%s\" in %u", cases[i].text, cases[i].bucket);
    }
}

/* Somebody else's keys under our names are an error, not a crash. */
static void
test_keys_of_another_type(void **state)
{
    static const char *const keys[] = {"queue:t", "retry:t", "site:t:a",
                                       "flight:t:w", "quarantine:t"};
    struct verify_frontier v = reader();
    struct met m = {.places = {0}};
    uint64_t raw;

    (void)state;
    verify_set_init(&m.urls, 0);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        rig_do("SET", keys[i], "x", NULL);
        assert_int_equal(verify_frontier_waiting(&v, on_entry, &m, &raw),
                         ERR_REDIS);
        assert_non_null(strstr(v.why, "WRONGTYPE"));
        rig_do("DEL", keys[i], NULL, NULL);
        assert_int_equal(verify_frontier_waiting(&v, on_entry, &m, &raw),
                         ERR_OK);
    }
    rig_do("SET", "seen:t:7", "x", NULL);
    assert_int_equal(verify_frontier_seen(&v, on_seen, &m.urls, &raw),
                     ERR_REDIS);
    verify_set_fini(&m.urls);
}

int
main(void)
{
#define FRONTIER_TEST(f) cmocka_unit_test_setup(f, rig_fresh)
    const struct CMUnitTest tests[] = {
        FRONTIER_TEST(test_every_entry_is_met),
        FRONTIER_TEST(test_the_seen_set),
        cmocka_unit_test(test_fingerprints),
        FRONTIER_TEST(test_keys_of_another_type),
    };

    return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
