/*
 * What an answer to a request for robots.txt means, and for how long: RFC
 * 9309, 2.3 and 2.4.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/robots_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include <cmocka.h>

#include "common/robots_stored.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { FAILURE_MS = 5000, HOUR_MS = 3600 * 1000 };

static bool is_elsewhere; /* of the answers that follow */

static struct str
judge(const struct robots_cache *c, struct decoder *d, enum outcome outcome,
      int status, const char *headers, struct str body, struct buf *stored,
      int64_t *ttl_ms)
{
    struct fetch_answer a = {.outcome = outcome, .status = status};

    buf_init(&a.headers, 4096);
    buf_init(&a.body, ROBOTS_MAX_BYTES + 1);
    assert_int_equal(
        buf_addf(&a.headers, "HTTP/1.1 %d x\r\n%s\r\n", status, headers),
        ERR_OK);
    assert_int_equal(buf_add_str(&a.body, body), ERR_OK);
    assert_int_equal(robots_cache_judge(c, &a, is_elsewhere, d, stored, ttl_ms),
                     ERR_OK);
    buf_fini(&a.headers);
    buf_fini(&a.body);
    return buf_str(stored);
}

#define RULES "user-agent: *\ndisallow: /no\n"
#define GZ "content-encoding: gzip\r\n"

static void
test_answers(void **state)
{
    enum { ALL, SOME, NONE }; /* of "/yes", "/no", what is allowed */
    static const struct {
        enum outcome outcome;
        int status;
        const char *headers, *body;
        int want;
        enum outcome failure;
    } rows[] = {
        /* 2.3.1.1 successful access, whatever kind of success */
        {OUTCOME_OK, 200, "", RULES, SOME, OUTCOME_OK},
        {OUTCOME_OK, 200, "", "", ALL, OUTCOME_OK},
        {OUTCOME_OK, 203, "", RULES, SOME, OUTCOME_OK},
        {OUTCOME_OK, 204, "", "", ALL, OUTCOME_OK},
        {OUTCOME_OK, 206, "", RULES, SOME, OUTCOME_OK},
        {OUTCOME_OK, 200, "content-type: image/png\r\n", RULES, SOME,
         OUTCOME_OK},
        {OUTCOME_OK, 200, "content-type: text/html\r\n",
         "<html>\n" RULES "</html>", SOME, OUTCOME_OK},      /* 2.3.1.5 */
        {OUTCOME_TOO_BIG, 200, "", RULES, SOME, OUTCOME_OK}, /* 2.5 */
        /* a coding that is none: the text as it came */
        {OUTCOME_OK, 200, GZ, RULES, SOME, OUTCOME_OK},
        {OUTCOME_OK, 200, "content-encoding: x-odd\r\n", RULES, SOME,
         OUTCOME_OK},
        /* 2.3.1.2 a redirect that led nowhere, 2.3.1.3 unavailable */
        {OUTCOME_OK, 301, "location: /x\r\n", RULES, ALL, OUTCOME_OK},
        {OUTCOME_OK, 304, "", "", ALL, OUTCOME_OK},
        {OUTCOME_OK, 400, "", RULES, ALL, OUTCOME_OK},
        {OUTCOME_OK, 401, "", RULES, ALL, OUTCOME_OK},
        {OUTCOME_OK, 403, "", RULES, ALL, OUTCOME_OK},
        {OUTCOME_OK, 404, "", RULES, ALL, OUTCOME_OK},
        {OUTCOME_OK, 410, "", RULES, ALL, OUTCOME_OK},
        {OUTCOME_OK, 451, "", "", ALL, OUTCOME_OK},
        {OUTCOME_TOO_BIG, 404, "", RULES, ALL, OUTCOME_OK},
        /* 2.3.1.4 unreachable */
        {OUTCOME_OK, 429, "", RULES, NONE, OUTCOME_ROBOTS_ERROR},
        {OUTCOME_OK, 500, "", RULES, NONE, OUTCOME_ROBOTS_ERROR},
        {OUTCOME_OK, 503, "", "", NONE, OUTCOME_ROBOTS_ERROR},
        {OUTCOME_OK, 599, "", RULES, NONE, OUTCOME_ROBOTS_ERROR},
        {OUTCOME_NO_DNS, 0, "", "", NONE, OUTCOME_NO_DNS},
        {OUTCOME_NO_CONNECT, 0, "", "", NONE, OUTCOME_NO_CONNECT},
        {OUTCOME_TIMEOUT, 0, "", "", NONE, OUTCOME_TIMEOUT},
        {OUTCOME_TIMEOUT, 200, "", RULES, NONE, OUTCOME_TIMEOUT},
        {OUTCOME_BROKEN, 200, "", RULES, NONE, OUTCOME_BROKEN},
        {OUTCOME_TLS, 0, "", "", NONE, OUTCOME_TLS},
    };
    struct robots_cache *c = robots_cache_new(STR("weft"), FAILURE_MS);
    struct decoder *d = decoder_new();
    struct buf stored;

    (void)state;
    buf_init(&stored, 2 * ROBOTS_MAX_BYTES);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str text, origin = STR("http://a.test");
        struct robots_answer known;
        int64_t ttl_ms;

        text = judge(c, d, rows[i].outcome, rows[i].status, rows[i].headers,
                     str_from(rows[i].body), &stored, &ttl_ms);
        robots_cache_take(c, origin, text, false, 0);
        assert_true(robots_cache_find(c, origin, 0, &known));
        assert_int_equal(known.failure, rows[i].failure);
        assert_int_equal(ttl_ms,
                         rows[i].want == NONE ? FAILURE_MS : ROBOTS_CACHE_MS);
        if (rows[i].want == NONE)
            continue;
        if (!robots_allows(known.rules, STR("/yes"), NULL) ||
            robots_allows(known.rules, STR("/no"), NULL) !=
                (rows[i].want == ALL))
            fail_msg("row %zu, status %d", i, rows[i].status);
    }
    buf_fini(&stored);
    decoder_free(d);
    robots_cache_free(c);
}

static size_t
gzip(struct str text, char *out, size_t room)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)text.p,
                  .avail_in = (uInt)text.n,
                  .next_out = (Bytef *)out,
                  .avail_out = (uInt)room};

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

/* Compressed, whole and cut off: what can be read counts. */
static void
test_compressed(void **state)
{
    struct robots_cache *c = robots_cache_new(STR("weft"), FAILURE_MS);
    struct decoder *d = decoder_new();
    struct str origin = STR("http://a.test");
    struct robots_answer known;
    struct buf stored, bomb;
    int64_t ttl_ms;
    char out[8192];
    size_t n;

    (void)state;
    buf_init(&stored, 2 * ROBOTS_MAX_BYTES);
    buf_init(&bomb, 4 * ROBOTS_MAX_BYTES);
    assert_int_equal(buf_add_str(&bomb, STR(RULES)), ERR_OK);
    while (bomb.n < 3 * ROBOTS_MAX_BYTES)
        assert_int_equal(buf_add_str(&bomb, STR("#\n")), ERR_OK);
    assert_int_equal(buf_add_str(&bomb, STR("disallow: /yes\n")), ERR_OK);
    n = gzip(buf_str(&bomb), out, sizeof(out));
    judge(c, d, OUTCOME_OK, 200, GZ, (struct str){out, n}, &stored, &ttl_ms);
    robots_cache_take(c, origin, buf_str(&stored), false, 0);
    assert_true(robots_cache_find(c, origin, 0, &known));
    assert_false(robots_allows(known.rules, STR("/no"), NULL));
    assert_true(robots_allows(known.rules, STR("/yes"), NULL));
    buf_fini(&bomb);
    buf_fini(&stored);
    decoder_free(d);
    robots_cache_free(c);
}

/* 2.3.1.2: behind a redirect, all that is not to be had may be tomorrow. */
static void
test_failures_elsewhere_are_not_final(void **state)
{
    static const struct {
        enum outcome outcome;
        int status;
        const char *want;
    } rows[] = {
        {OUTCOME_NO_DNS, 0, "error ROBOTS_ERROR\n"},
        {OUTCOME_TLS, 0, "error ROBOTS_ERROR\n"},
        {OUTCOME_TIMEOUT, 0, "error ROBOTS_ERROR\n"},
        {OUTCOME_OK, 500, "error ROBOTS_ERROR\n"},
        {OUTCOME_OK, 404, "ok\n"},
    };
    struct robots_cache *c = robots_cache_new(STR("weft"), FAILURE_MS);
    struct decoder *d = decoder_new();
    struct buf stored;
    int64_t ttl_ms;

    (void)state;
    buf_init(&stored, 4096);
    is_elsewhere = true;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(str_equal(judge(c, d, rows[i].outcome, rows[i].status, "",
                                    STR(""), &stored, &ttl_ms),
                              str_from(rows[i].want)));
    is_elsewhere = false;
    buf_fini(&stored);
    decoder_free(d);
    robots_cache_free(c);
}

/* 2.4: not longer than a day in all, a failure for a moment. */
static void
test_how_long_it_holds(void **state)
{
    static const struct {
        const char *text;
        bool is_heard;
        int64_t holds_ms;
    } rows[] = {
        {"ok\n" RULES, false, ROBOTS_CACHE_THREAD_MS},
        {"ok\n" RULES, true, ROBOTS_CACHE_THREAD_MS},
        {"ok\n", true, ROBOTS_CACHE_THREAD_MS},
        {"error ROBOTS_ERROR\n", false, FAILURE_MS},
        {"error TIMEOUT\n", true, ROBOTS_CACHE_HEARD_MS},
    };
    struct str origin = STR("https://a.test:8443");
    struct robots_answer known;

    (void)state;
    assert_true(ROBOTS_CACHE_MS + ROBOTS_CACHE_THREAD_MS <= 24 * HOUR_MS);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct robots_cache *c = robots_cache_new(STR("weft"), FAILURE_MS);

        robots_cache_take(c, origin, str_from(rows[i].text), rows[i].is_heard,
                          1000);
        assert_true(
            robots_cache_find(c, origin, 999 + rows[i].holds_ms, &known));
        assert_false(
            robots_cache_find(c, origin, 1000 + rows[i].holds_ms, &known));
        /* it is gone for good, and may be known anew */
        assert_false(robots_cache_find(c, origin, 1000, &known));
        robots_cache_take(c, origin, STR("ok\n"), false, 1000);
        assert_true(robots_cache_find(c, origin, 1000, &known));
        robots_cache_free(c);
    }
}

/* 2.3: rules are an origin's: scheme, host and port. */
static void
test_origins_are_apart(void **state)
{
    static const char *const origins[] = {"http://a.test", "https://a.test",
                                          "http://a.test:8080",
                                          "http://127.0.0.1", "http://[::1]:8"};
    struct robots_cache *c = robots_cache_new(STR("weft"), FAILURE_MS);
    struct robots_answer known;

    (void)state;
    for (size_t i = 0; i < COUNT(origins); i++) {
        char text[100];

        snprintf(text, sizeof(text), "ok\nuser-agent: *\ndisallow: /%zu\n", i);
        assert_false(robots_cache_find(c, str_from(origins[i]), 0, &known));
        robots_cache_take(c, str_from(origins[i]), str_from(text), true, 0);
    }
    for (size_t i = 0; i < COUNT(origins); i++) {
        char target[3] = {'/', (char)('0' + i), 0};

        assert_true(robots_cache_find(c, str_from(origins[i]), 0, &known));
        assert_false(robots_allows(known.rules, str_from(target), NULL));
        assert_true(robots_allows(known.rules, STR("/9"), NULL));
    }
    robots_cache_free(c);
}

/* What nobody of ours wrote in Redis is as nothing: it is fetched. */
static void
test_foreign_texts(void **state)
{
    static const char *const texts[] = {"",        "OK\n",         "okay\n",
                                        "error\n", "error NOPE\n", "error OK\n",
                                        "<html>",  "user-agent: *"};
    struct robots_cache *c = robots_cache_new(STR("weft"), FAILURE_MS);
    struct robots_answer known;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        robots_cache_take(c, STR("http://a.test"), str_from(texts[i]), true, 0);
        if (robots_cache_find(c, STR("http://a.test"), 0, &known))
            fail_msg("text %zu was taken", i);
    }
    robots_cache_free(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_compressed),
        cmocka_unit_test(test_failures_elsewhere_are_not_final),
        cmocka_unit_test(test_how_long_it_holds),
        cmocka_unit_test(test_origins_are_apart),
        cmocka_unit_test(test_foreign_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
