/*
 * What is said of stored bodies: in Redis, bounded, and in the process.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "common/frontier_twin.h"
#include "tests/unit/frontier_rig.h"
#include "worker/twins.h"

enum { MEMORY = 1 << 20 };

static struct frontier_twin
twin_of(unsigned n, const char *url)
{
    struct frontier_twin t = {.time_us = 1795264000123456 + (int64_t)n,
                              .url = str_from(url)};

    for (size_t i = 0; i < sizeof(t.digest); i++)
        t.digest[i] = (unsigned char)((n >> (8 * (i % 4))) + i * 7);
    return t;
}

static uint64_t
note(const struct frontier_twin *twins, size_t count)
{
    uint64_t added;
    redisReply *reply;

    frontier_form_notetwin(rig_master, &rig_buf, MEMORY, twins, count);
    reply = rig_call();
    assert_int_equal(frontier_read_count(reply, &added), ERR_OK);
    freeReplyObject(reply);
    return added;
}

static bool
is_found(const struct frontier_twin *want, struct frontier_twin *got,
         redisReply **reply)
{
    unsigned char digests[2][TWIN_DIGEST_BYTES] = {{0}};

    memcpy(digests[1], want->digest, TWIN_DIGEST_BYTES);
    frontier_form_findtwin(rig_master, &rig_buf, MEMORY,
                           (const unsigned char(*)[TWIN_DIGEST_BYTES])digests,
                           2);
    *reply = rig_call();
    assert_false(frontier_read_twin(*reply, 0, got)); /* nobody noted zeros */
    assert_false(frontier_read_twin(*reply, 2, got));
    return frontier_read_twin(*reply, 1, got);
}

static void
test_the_first_record_of_a_body_is_found(void **state)
{
    struct frontier_twin twins[] = {twin_of(1, "http://a.test/"),
                                    twin_of(2, "https://b.test/x?y=%20")};
    struct frontier_twin later = twin_of(1, "http://c.test/"), got;
    redisReply *reply;

    (void)state;
    assert_false(is_found(&twins[0], &got, &reply));
    freeReplyObject(reply);
    assert_int_equal(note(twins, 2), 2);
    assert_int_equal(note(twins, 2), 0); /* a second time */
    later.time_us++;
    assert_int_equal(note(&later, 1), 0); /* the first one stays */
    for (size_t i = 0; i < 2; i++) {
        assert_true(is_found(&twins[i], &got, &reply));
        assert_true(str_equal(got.url, twins[i].url));
        assert_int_equal(got.time_us, twins[i].time_us);
        freeReplyObject(reply);
    }
}

/* The last byte of a digest counts as much as the first. */
static void
test_a_body_nearly_the_same_is_another(void **state)
{
    struct frontier_twin here = twin_of(5, "http://a.test/"), near = here, got;
    redisReply *reply;

    (void)state;
    near.digest[TWIN_DIGEST_BYTES - 1] ^= 1;
    assert_int_equal(note(&here, 1), 1);
    assert_false(is_found(&near, &got, &reply));
    freeReplyObject(reply);
    assert_int_equal(note(&near, 1), 1);
}

/* However many come: the bound holds, the newest are there. */
static void
test_memory_is_bounded(void **state)
{
    enum { COUNT = 40000, EACH = 50 };
    struct frontier_twin twins[EACH], got;
    long long bytes = 0;
    char url[] = "http://example.test/a/path/of/some/length/as/they/are.html";
    redisReply *reply, *keys;

    (void)state;
    for (unsigned n = 0; n < COUNT; n += EACH) {
        for (unsigned i = 0; i < EACH; i++)
            twins[i] = twin_of((n + i) * 2654435761u, url);
        note(twins, EACH);
    }
    assert_true(is_found(&twins[EACH - 1], &got, &reply));
    freeReplyObject(reply);
    keys = redis_command(rig_db, "KEYS", "twins:*", NULL);
    assert_true(keys->elements > 16);
    for (size_t i = 0; i < keys->elements; i++) {
        reply = redis_command(rig_db, "MEMORY", "USAGE", keys->element[i]->str,
                              NULL);
        bytes += reply->integer;
        freeReplyObject(reply);
    }
    freeReplyObject(keys);
    print_message("%lld bytes for --dedup-memory %d\n", bytes, MEMORY);
    assert_true(bytes > MEMORY / 2 && bytes < MEMORY + MEMORY / 8);
}

/* Whatever stands in Redis: no line break gets into a record's fields. */
static void
test_odd_values_are_none(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        bool is_good;
    } rows[] = {
        {"\1\0\0\0\0\0\0http://a.test/", 21, true},
        {"\0\0\0\0\0\0\0http://a.test/", 21, false},
        {"\1\0\0\0\0\0\0", 7, false},
        {"\1", 1, false},
        {"", 0, false},
        {"\1\0\0\0\0\0\0http://a.test/\r\nX: y", 27, false},
        {"\1\0\0\0\0\0\0http://a.test/a b", 24, false},
        {"\1\0\0\0\0\0\0ftp://a.test/", 20, false},
        {"\1\0\0\0\0\0\0http://a.test/\xc3\xa9", 23, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[64];
        redisReply value = {
            .type = REDIS_REPLY_STRING, .str = text, .len = rows[i].n};
        redisReply *one[] = {&value};
        redisReply all = {
            .type = REDIS_REPLY_ARRAY, .elements = 1, .element = one};
        struct frontier_twin got;

        memcpy(text, rows[i].bytes, rows[i].n);
        assert_int_equal(frontier_read_twin(&all, 0, &got), rows[i].is_good);
        value.type = REDIS_REPLY_INTEGER;
        assert_false(frontier_read_twin(&all, 0, &got));
        assert_false(frontier_read_twin(&value, 0, &got));
    }
}

static void
test_a_process_knows_its_own(void **state)
{
    struct frontier_twin a = twin_of(1, "http://a.test/"), b = a, got;
    struct twins *t = twins_new();
    struct buf url;

    (void)state;
    buf_init(&url, TWIN_URL_MAX);
    b.digest[0] ^= 1; /* the same place in the table */
    b.url = STR("http://b.test/longer");
    assert_false(twins_find(t, a.digest, &url, &got));
    twins_put(t, &a);
    assert_true(twins_find(t, a.digest, &url, &got));
    assert_true(str_equal(got.url, a.url));
    assert_int_equal(got.time_us, a.time_us);
    assert_false(twins_find(t, b.digest, &url, &got));
    twins_put(t, &b);
    assert_true(twins_find(t, b.digest, &url, &got));
    assert_true(str_equal(got.url, b.url));
    assert_false(twins_find(t, a.digest, &url, &got));
    buf_fini(&url);
    twins_free(t);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, rig_fresh)
    const struct CMUnitTest tests[] = {
        TEST(test_the_first_record_of_a_body_is_found),
        TEST(test_a_body_nearly_the_same_is_another),
        TEST(test_memory_is_bounded),
        TEST(test_odd_values_are_none),
        TEST(test_a_process_knows_its_own),
    };
#undef TEST

    return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
