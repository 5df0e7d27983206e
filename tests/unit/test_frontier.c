/*
 * The frontier's verbs against a real Redis, one rule a test.  PROTOCOL.md
 * says what they promise.  SPDX-License-Identifier: MIT
 */
#include "tests/unit/frontier_rig.h"

/* --- names --- */

static void
test_a_crawl_name_is_plain(void **state)
{
    static const struct {
        const char *in;
        enum err want;
    } rows[] = {
        {"a", ERR_OK},
        {"My-crawl_2.0", ERR_OK},
        {"0123456789012345678901234567890123456789012345678901234567890123",
         ERR_OK},
        {"01234567890123456789012345678901234567890123456789012345678901234",
         ERR_INVALID},
        {"", ERR_INVALID},
        {"a:b", ERR_INVALID},
        {"a b", ERR_INVALID},
        {"a*", ERR_INVALID},
        {"a\n", ERR_INVALID},
        {"{a}", ERR_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct frontier *f;

        assert_int_equal(frontier_new(rows[i].in, "w", &f), rows[i].want);
        assert_true((f != NULL) == (rows[i].want == ERR_OK));
        frontier_free(f);
    }
}

/* --- add --- */

static void
test_an_entry_is_added_once(void **state)
{
    struct frontier_counts c;

    (void)state;
    assert_int_equal(
        RIG_ADD("0 a http://a/1", "0 a http://a/2", "1 a http://a/1"), 2);
    assert_int_equal(RIG_ADD("0 a http://a/1", "0 a http://a/2"), 0);
    assert_int_equal(RIG_ADD("3 a http://a/3"), 1);
    c = rig_counts();
    assert_int_equal(c.known, 3);
    assert_int_equal(c.queued, 3);
}

/* Links wait at the end, redirect targets are next, each in their order. */
static void
test_links_wait_and_redirects_are_next(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/", "0 b http://b/");
    RIG_ADD("0r1 c http://c/", "0 d http://d/", "0r1 e http://e/");
    assert_string_equal(rig_claim(0, 1, 1, 1),
                        "running 0 || c: 0r1 c http://c/,");
    assert_string_equal(rig_claim(0, 1, 1, 1),
                        "running 0 || e: 0r1 e http://e/,");
    assert_string_equal(rig_claim(0, 1, 1, 1),
                        "running 0 || a: 0 a http://a/,");
    assert_string_equal(rig_claim(0, 1, 1, 1),
                        "running 0 || b: 0 b http://b/,");
    assert_string_equal(rig_claim(0, 1, 1, 1),
                        "running 1000 || d: 0 d http://d/,");
}

static void
test_links_may_be_held_to_the_seeds_hosts(void **state)
{
    struct frontier_item items[4] = {
        rig_item("0 a http://a/"), rig_item("1 a http://a/x"),
        rig_item("1 b http://b/"), rig_item("1 c http://c/")};
    uint64_t added;
    redisReply *reply;

    (void)state;
    items[0].host = UINT64_C(0xfedcba9876543210);
    items[0].is_seed = true;
    items[1].host = items[0].host;
    items[2].host = UINT64_C(0x123456789abcdef0);
    /* items[3]: no host, not checked */
    for (int i = 0; i < 2; i++) {
        frontier_form_add(rig_master, &rig_buf, items, 4, 7);
        reply = rig_call();
        assert_int_equal(frontier_read_add(reply, &added), ERR_OK);
        assert_int_equal(added, i == 0 ? 3 : 0);
        freeReplyObject(reply);
    }
    assert_int_equal(rig_counts().seed_row, 7);
    assert_int_equal(rig_number("SCARD", "hosts:t:528"), 1); /* 0x210 */
    assert_string_equal(rig_claim(0, 4, 4, 1),
                        "running 0 || a: 0 a http://a/,");
}

/* Signed numbers, so that a bucket stays an intset: 8 bytes a URL. */
static void
test_the_seen_set_is_an_intset(void **state)
{
    struct frontier_item item = rig_item("0 a http://a/");
    redisReply *reply;

    (void)state;
    for (uint64_t i = 0; i < 600; i++) {
        item.fingerprint = UINT64_C(0xffffffff00001234) - (i << 40);
        frontier_form_add(rig_master, &rig_buf, &item, 1, 0);
        assert_int_equal(rig_count(), 1);
    }
    assert_int_equal(rig_number("SCARD", "seen:t:4660"), 600);
    reply = redis_command(rig_db, "OBJECT", "ENCODING", "seen:t:4660", NULL);
    assert_string_equal(reply->str, "intset");
    freeReplyObject(reply);
}

/* --- claim --- */

static void
test_a_site_in_play_collects_its_entries(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1", "0 b http://b/1");
    assert_string_equal(rig_claim(0, 1, 1, 1),
                        "running 0 || a: 0 a http://a/1,");
    RIG_ADD("1 a http://a/2", "1 a http://a/3", "1r1 a http://a/4");
    /* held by w0: its entries go behind, the redirect's to the head */
    assert_string_equal(rig_claim(1, 8, 8, 1),
                        "running 0 || b: 0 b http://b/1,");
    assert_string_equal(rig_claim(1, 8, 8, 1), "running 1000");
    assert_int_equal(rig_counts().waiting, 3);
    assert_int_equal(rig_release(0, "a", 250, 1, NULL), 1);
    /* it cools down, and a link found a moment later still waits */
    RIG_ADD("1 a http://a/5");
    assert_string_equal(rig_claim(1, 8, 8, 1), "running 250");
    rig_at(1000249);
    assert_string_equal(rig_claim(1, 8, 8, 1), "running 1");
    rig_at(1000250);
    assert_string_equal(rig_claim(1, 8, 3, 1),
                        "running 1000 || a: 1r1 a http://a/4, 1 a http://a/2, "
                        "1 a http://a/3,");
}

static void
test_a_site_with_nothing_left_leaves_play(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 1, 1, 1);
    rig_release(0, "a", 250, 1, NULL);
    assert_int_equal(rig_counts().sites_due, 1);
    assert_int_equal(rig_counts().next_due_ms, 250);
    rig_at(1000250);
    assert_string_equal(rig_claim(1, 1, 1, 1), "running 1000");
    assert_int_equal(rig_counts().sites_due, 0);
    assert_int_equal(rig_counts().next_due_ms, -1);
    RIG_ADD("0 a http://a/2");
    assert_string_equal(rig_claim(1, 1, 1, 1),
                        "running 1000 || a: 0 a http://a/2,");
    /* without a wait and entries it leaves at once */
    rig_release(1, "a", 0, 1, NULL);
    assert_int_equal(rig_counts().sites_due, 0);
}

static void
test_entries_of_one_site_join_one_visit(void **state)
{
    (void)state;
    for (int i = 1; i < RIG_WORKERS; i++)
        rig_do("ZREM", "workers:t", (const char[]){'w', (char)('0' + i), 0},
               NULL); /* one worker: no shares */
    RIG_ADD("0 a http://a/1", "0 b http://b/1", "0 a http://a/2",
            "0 a http://a/3", "0 c http://c/1");
    assert_string_equal(rig_claim(0, 8, 2, 1),
                        "running 1000 || a: 0 a http://a/1, 0 a http://a/2,"
                        "| b: 0 b http://b/1,| c: 0 c http://c/1,");
    assert_int_equal(rig_counts().waiting, 1);
    assert_int_equal(rig_number("HLEN", "flight:t:w0"), 4);
    assert_int_equal(rig_number("HLEN", "hold:t:w0"), 3);
}

/* What there is, divided by the workers there are. */
static void
test_a_claim_is_a_fair_share(void **state)
{
    char line[64];

    (void)state;
    for (int i = 0; i < 20; i++) {
        snprintf(line, sizeof(line), "0 s%d http://s%d/", i, i);
        RIG_ADD(line);
    }
    for (int i = 0; i < RIG_WORKERS; i++) {
        static const int want[] = {3, 3, 2, 2, 2, 1, 1, 1};

        rig_claim(i, 64, 64, 1);
        snprintf(line, sizeof(line), "hold:t:w%d", i);
        assert_int_equal(rig_number("HLEN", line), want[i]);
    }
}

static void
test_who_does_not_beat_is_given_nothing(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_do("DEL", "workers:t", NULL, NULL);
    assert_string_equal(rig_claim(0, 1, 1, 1), "running 100");
    rig_seq[0] = 0;
    rig_beat(0);
    assert_string_equal(rig_claim(0, 1, 1, 1),
                        "running 1000 || a: 0 a http://a/1,");
}

static void
test_only_a_running_crawl_gives(void **state)
{
    static const struct {
        enum frontier_state state;
        const char *want;
    } rows[] = {
        {FRONTIER_PAUSED, "paused 1000"},
        {FRONTIER_STOPPING, "stopping 1000"},
        {FRONTIER_FINISHED, "finished 1000"},
        {FRONTIER_SEEDING, "seeding 1000 || a: 0 a http://a/1,"},
    };
    (void)state;
    RIG_ADD("0 a http://a/1");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rig_state(rows[i].state);
        assert_string_equal(rig_claim(0, 1, 1, 1), rows[i].want);
    }
    rig_do("HSET", "crawl:t", "state", "dancing");
    assert_string_equal(rig_claim(0, 1, 1, 1), "none 1000");
}

/* Anybody may push: bare URLs are given as they are, junk cannot jam. */
static void
test_foreign_lines_are_given_raw_or_dropped(void **state)
{
    static const char *const raws[] = {"http://a/",
                                       "",
                                       "0",
                                       "0 a",
                                       "0 a ",
                                       "0  http://a/",
                                       "x a b",
                                       "\r\n",
                                       " 0 a b",
                                       "0x a b",
                                       "0123456789012345678901 a b"};
    char *big = malloc(ENTRY_MAX_BYTES + 2);
    char site[300], line[400];

    (void)state;
    assert_non_null(big);
    memset(big, '1', ENTRY_MAX_BYTES + 1);
    big[ENTRY_MAX_BYTES + 1] = '\0';
    for (size_t i = 0; i < sizeof(raws) / sizeof(raws[0]); i++) {
        char want[128];

        rig_do("LPUSH", "queue:t", raws[i], NULL);
        snprintf(want, sizeof(want), "running 1000 | %s", raws[i]);
        assert_string_equal(rig_claim(0, 8, 8, 1), want);
        assert_int_equal(rig_counts().flight, 1);
        assert_int_equal(rig_ack(0, raws[i], 0, true), 1);
        assert_int_equal(rig_ack(0, raws[i], 0, true), 0);
        assert_int_equal(rig_counts().flight, 0);
    }
    memset(site, 's', sizeof(site)); /* a site longer than any host */
    site[299] = '\0';
    snprintf(line, sizeof(line), "0 %s http://s/", site);
    rig_do("LPUSH", "queue:t", line, NULL);
    assert_non_null(strstr(rig_claim(0, 8, 8, 1), "1000 | 0 sss"));
    rig_ack(0, line, 0, true);
    rig_do("LPUSH", "queue:t", big, NULL);
    assert_string_equal(rig_claim(0, 8, 8, 1), "running 1000");
    big[ENTRY_MAX_BYTES] = '\0';
    rig_do("LPUSH", "queue:t", big, NULL);
    assert_true(strlen(rig_claim(0, 8, 8, 1)) > ENTRY_MAX_BYTES);
    rig_ack(0, big, 0, true);
    assert_int_equal(rig_counts().flight, 0);
    assert_int_equal(rig_counts().finished, 0);
    assert_int_equal(rig_counts().known, 0);
    redisReply *r =
        redis_command(rig_db, "HGET", "stats:t", "bad_entries", NULL);
    assert_string_equal(r->str, "1");
    freeReplyObject(r);
    free(big);
}

/* A reply holds at most 64 raw lines, also when a visit could take more. */
static void
test_many_foreign_lines_come_in_bounded_pieces(void **state)
{
    struct frontier_claim c;
    size_t got = 0;
    redisReply *reply;

    (void)state;
    rig_do("DEL", "workers:t", NULL, NULL);
    rig_seq[0] = 0;
    rig_beat(0);
    for (int i = 0; i < 300; i++) {
        char url[32];

        snprintf(url, sizeof(url), "http://a/%d", i);
        rig_do("LPUSH", "queue:t", url, NULL);
    }
    do {
        frontier_form_claim(rig_worker[0], &rig_buf, 64, 64, 1);
        reply = rig_call();
        assert_int_equal(frontier_read_claim(reply, &c), ERR_OK);
        got += c.raw_count;
        frontier_claim_fini(&c);
        freeReplyObject(reply);
    } while (c.wait_ms == 0);
    assert_int_equal(got, 300);
    assert_int_equal(rig_counts().flight, 300);
}

/* --max-pages: no more in hands than may still become pages. */
static void
test_max_pages_is_never_passed(void **state)
{
    char line[64];

    (void)state;
    rig_do("HSET", "crawl:t", "max_pages", "3");
    for (int i = 0; i < 10; i++) {
        snprintf(line, sizeof(line), "0 s%d http://s%d/", i, i);
        RIG_ADD(line);
    }
    assert_string_equal(rig_claim(0, 64, 64, 1),
                        "running 0 || s0: 0 s0 http://s0/,| s1: 0 s1 "
                        "http://s1/,");
    assert_string_equal(rig_claim(0, 64, 64, 1),
                        "running 250 || s2: 0 s2 http://s2/,");
    assert_string_equal(rig_claim(1, 64, 64, 1), "running 250");
    assert_int_equal(rig_counts().charged, 3);
    rig_ack(0, "0 s0 http://s0/", 1, false); /* a page stays charged */
    assert_string_equal(rig_claim(1, 64, 64, 1), "running 250");
    rig_ack(0, "0 s1 http://s1/", 0, false); /* no page: room for one */
    assert_string_equal(rig_claim(1, 64, 64, 1),
                        "running 250 || s3: 0 s3 http://s3/,");
    rig_retry(0, "0 s2 http://s2/", "0t1 s2 http://s2/", 5000);
    assert_string_equal(rig_claim(1, 64, 64, 1),
                        "running 250 || s4: 0 s4 http://s4/,");
    assert_int_equal(rig_counts().charged, 3);
}

/* --per-site 2: two holders, the entries spread over them, never three. */
static void
test_a_site_may_have_more_holders(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 1, 8, 2);
    RIG_ADD("0 a http://a/2");
    assert_string_equal(rig_claim(1, 1, 8, 2),
                        "running 1000 || a: 0 a http://a/2,");
    RIG_ADD("0 a http://a/3", "0 a http://a/4", "0 a http://a/5");
    assert_string_equal(rig_claim(2, 8, 8, 2), "running 1000");
    assert_int_equal(rig_counts().waiting, 3);
    rig_release(0, "a", 10, 2, NULL);
    rig_release(1, "a", 20, 2, NULL);
    assert_int_equal(rig_release(1, "a", 20, 2, NULL), 0);
    assert_int_equal(rig_counts().next_due_ms, 10);
    rig_at(1000010);
    assert_string_equal(rig_claim(2, 8, 8, 2),
                        "running 0 || a: 0 a http://a/3, 0 a http://a/4,");
    /* one thread may hold it twice */
    assert_string_equal(rig_claim(2, 8, 8, 2),
                        "running 1000 || a: 0 a http://a/5,");
    assert_int_equal(rig_counts().sites_held, 1);
    assert_int_equal(rig_release(2, "a", 0, 2, NULL), 1);
    assert_int_equal(rig_counts().sites_held, 1);
    assert_int_equal(rig_release(2, "a", 0, 2, NULL), 1);
    assert_int_equal(rig_counts().sites_held, 0);
}

/* Lowered between two runs: a site may then be due and held at once. */
static void
test_a_lowered_per_site_is_obeyed_at_once(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 1, 8, 2);
    RIG_ADD("0 a http://a/2");
    rig_claim(1, 1, 8, 2);
    RIG_ADD("0 a http://a/3", "0 a http://a/4");
    rig_claim(2, 8, 8, 2);
    rig_release(0, "a", 0, 2, NULL);
    assert_int_equal(rig_counts().sites_due, 1);
    assert_int_equal(rig_counts().sites_held, 1);
    assert_string_equal(rig_claim(2, 8, 8, 1), "running 1000");
    rig_release(1, "a", 0, 1, NULL);
    assert_string_equal(rig_claim(2, 8, 8, 1),
                        "running 1000 || a: 0 a http://a/3, 0 a http://a/4,");
}

/* --- release, ack, retry --- */

/* What was in doubt at release comes later, and brings its site back. */
static void
test_entries_may_come_back_after_their_site(void **state)
{
    static const char *const back[] = {"0 a http://a/1", NULL};

    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 1, 8, 1);
    rig_release(0, "a", 0, 1, NULL);
    assert_int_equal(rig_release(0, "a", 70, 1, back), 0);
    assert_int_equal(rig_counts().waiting, 1);
    assert_string_equal(rig_claim(1, 1, 8, 1), "running 70");
    rig_at(1000070);
    assert_string_equal(rig_claim(1, 1, 8, 1),
                        "running 1000 || a: 0 a http://a/1,");
}

static void
test_released_entries_come_first_again_in_their_order(void **state)
{
    static const char *const back[] = {"0 a http://a/2", "0 a http://a/3",
                                       NULL};
    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 1, 8, 1);
    RIG_ADD("0 a http://a/2", "0 a http://a/3", "0 a http://a/4");
    rig_claim(1, 8, 8, 1);
    rig_release(0, "a", 0, 1, NULL);
    rig_ack(0, "0 a http://a/1", 1, false);
    assert_string_equal(rig_claim(0, 1, 2, 1),
                        "running 1000 || a: 0 a http://a/2, 0 a http://a/3,");
    assert_int_equal(rig_release(0, "a", 0, 1, back), 1);
    assert_int_equal(rig_release(0, "a", 0, 1, back), 0); /* twice: nothing */
    assert_int_equal(rig_counts().waiting, 3);
    assert_string_equal(rig_claim(1, 1, 8, 1),
                        "running 1000 || a: 0 a http://a/2, 0 a http://a/3, "
                        "0 a http://a/4,");
    /* another's site cannot be released */
    assert_int_equal(rig_release(0, "a", 0, 1, back), 0);
    assert_int_equal(rig_counts().sites_held, 1);
    assert_int_equal(rig_counts().flight, 3);
}

/* The site goes back while its last ack is on its way. */
static void
test_an_ack_needs_no_hold(void **state)
{
    struct frontier_counts c;

    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 1, 8, 1);
    rig_release(0, "a", 0, 1, NULL);
    assert_int_equal(rig_ack(1, "0 a http://a/1", 1, false), 0); /* not its */
    assert_int_equal(rig_ack(0, "0 a http://a/1", 1, false), 1);
    assert_int_equal(rig_ack(0, "0 a http://a/1", 1, false), 0);
    c = rig_counts();
    assert_int_equal(c.finished, 1);
    assert_int_equal(c.flight, 0);
    assert_true(frontier_is_done(&c));
}

static void
test_a_retry_waits_and_comes_first(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1", "0 b http://b/1");
    rig_claim(0, 1, 8, 1);
    assert_int_equal(rig_retry(0, "0 a http://a/1", "0t1 a http://a/1", 3000),
                     1);
    assert_int_equal(rig_retry(0, "0 a http://a/1", "0t1 a http://a/1", 9000),
                     0);
    rig_release(0, "a", 500, 1, NULL);
    assert_int_equal(rig_counts().retry, 1);
    assert_int_equal(rig_counts().next_retry_ms, 3000);
    rig_at(1002999);
    assert_string_equal(rig_claim(0, 1, 8, 1),
                        "running 1 || b: 0 b http://b/1,");
    RIG_ADD("0 a http://a/2");
    rig_at(1003000);
    assert_string_equal(rig_claim(0, 1, 8, 1),
                        "running 0 || a: 0t1 a http://a/1,");
    assert_int_equal(rig_counts().retry, 0);
}

/* Its site is due with nothing else to do: it may not leave play now. */
static void
test_a_retry_and_its_site_come_due_together(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 1, 8, 1);
    rig_retry(0, "0 a http://a/1", "0t1 a http://a/1", 100);
    rig_release(0, "a", 50, 1, NULL);
    rig_at(1000100);
    assert_string_equal(rig_claim(1, 8, 8, 1),
                        "running 1000 || a: 0t1 a http://a/1,");
}

/* A retry of a site that somebody holds waits at the head of its queue. */
static void
test_a_retry_obeys_the_hold(void **state)
{
    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 1, 8, 1);
    rig_retry(0, "0 a http://a/1", "0t1 a http://a/1", 100);
    RIG_ADD("0 a http://a/2", "0 a http://a/3");
    rig_claim(1, 8, 8, 1);
    rig_claim(1, 8, 8, 1);
    rig_at(1000100);
    assert_string_equal(rig_claim(1, 8, 8, 1), "running 1000");
    rig_release(0, "a", 10, 1, NULL);
    rig_at(1000110);
    assert_string_equal(rig_claim(1, 8, 8, 1),
                        "running 1000 || a: 0t1 a http://a/1, 0 a http://a/2, "
                        "0 a http://a/3,");
}

/* A worker that ends gives back all it has in one call, however much. */
static void
test_a_release_of_thousands_is_one_call(void **state)
{
    enum { SITES = 9000 };
    static char name[SITES][16], line[SITES][48];
    static struct str entries[SITES];
    static struct frontier_release r[SITES];
    struct frontier_counts c;

    (void)state;
    for (int i = 0; i < SITES; i++) {
        snprintf(name[i], sizeof(name[i]), "s%d", i);
        snprintf(line[i], sizeof(line[i]), "0 s%d http://s%d/", i, i);
        entries[i] = str_from(line[i]);
        r[i] = (struct frontier_release){.site = str_from(name[i]),
                                         .wait_ms = 10,
                                         .entries = &entries[i],
                                         .count = 1,
                                         .spacing_ms = -1};
        resp_begin(&rig_buf, 4); /* as if they had been claimed */
        resp_arg(&rig_buf, STR("HSET"));
        resp_arg(&rig_buf, STR("flight:t:w0"));
        resp_arg(&rig_buf, entries[i]);
        resp_arg(&rig_buf, STR("0"));
        freeReplyObject(rig_call());
        rig_do("HSET", "hold:t:w0", name[i], "1");
        rig_do("HSET", "held:t", name[i], "1");
    }
    rig_do("HSET", "stats:t", "flight", "9000");
    rig_do("HSET", "stats:t", "charged", "9000");
    frontier_form_release(rig_worker[0], &rig_buf, r, SITES, 1);
    assert_int_equal(rig_count(), SITES);
    c = rig_counts();
    assert_int_equal(c.flight, 0);
    assert_int_equal(c.waiting, SITES);
    assert_int_equal(c.sites_held, 0);
    assert_int_equal(c.sites_due, SITES);
    assert_int_equal(rig_number("EXISTS", "hold:t:w0"), 0);
}

/* --- beat and reap --- */

static void
test_a_repeated_beat_counts_once(void **state)
{
    static const struct frontier_stat stats[] = {{"pages_fetched", 5},
                                                 {"bytes", -2}};
    static const struct {
        uint64_t seq;
        const char *want;
    } rows[] = {{2, "5"}, {2, "5"}, {3, "10"}, {2, "10"}, {4, "15"}};
    redisReply *reply;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        frontier_form_beat(rig_worker[0], &rig_buf, rows[i].seq, stats, 2,
                           STR(""));
        freeReplyObject(rig_call());
        reply = redis_command(rig_db, "HGET", "stats:t", "pages_fetched", NULL);
        assert_string_equal(reply->str, rows[i].want);
        freeReplyObject(reply);
    }
    assert_true(rig_number("TTL", "worker:t:w0") > 80000);
}

/* A change is in force with the next beat, and for the sites of the dead. */
static void
test_a_change_reaches_beats_and_reaps(void **state)
{
    static const struct {
        struct live change;
        int64_t want[LIVE_COUNT];
    } rows[] = {
        {{{500, -1, 9000, -1}}, {500, -1, 9000, 1000}},
        {{{-1, 32, 0, -1}}, {500, 32, 0, 1000}},
        {{{4000, -1, -2, -1}}, {4000, 32, -1, 4000}},
        {{{100, -2, -1, -1}}, {100, -1, -1, 4000}},
        {{{-2, -2, -2, -1}}, {-1, -1, -1, 4000}},
    };
    struct frontier_beat beat;
    enum frontier_state is;
    struct live now;
    redisReply *reply;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct frontier_change change = {
            .live = rows[i].change, .delay_ms = 1000, .max_pages = -1};

        frontier_form_change(rig_master, &rig_buf, &change);
        reply = rig_call();
        assert_int_equal(frontier_read_change(reply, &is, &now), ERR_OK);
        freeReplyObject(reply);
        assert_int_equal(is, FRONTIER_RUNNING);
        assert_memory_equal(now.v, rows[i].want, sizeof(now.v));
        beat = rig_beat(0);
        assert_memory_equal(beat.live.v, rows[i].want, sizeof(now.v));
        assert_false(beat.is_live_odd);
    }
    rig_do("HSET", "crawl:t", "live_connections", "all");
    beat = rig_beat(0);
    assert_true(beat.is_live_odd);
    assert_int_equal(beat.live.v[LIVE_CONNECTIONS], LIVE_UNSET);
    rig_add((const char *[]){"0 a http://a/1", NULL});
    rig_beat(1);
    assert_string_equal(rig_claim(1, 1, 8, 1),
                        "running 1000 || a: 0 a http://a/1,");
    assert_int_equal(rig_reap("w1", 300), 0);
    assert_string_equal(rig_claim(0, 1, 8, 1), "running 1000");
    rig_at(rig_now + 4000);
    assert_string_equal(rig_claim(0, 1, 8, 1),
                        "running 1000 || a: 0 a http://a/1,");
}

/* What is finished, or not there, stays as it is. */
static void
test_a_change_of_no_crawl_writes_nothing(void **state)
{
    struct frontier_change change = {
        .live = {{5, 5, 5, -1}}, .delay_ms = 1000, .max_pages = 7};
    enum frontier_state is;
    struct live now;
    redisReply *reply;

    (void)state;
    rig_do("HSET", "crawl:t", "state", "finished");
    frontier_form_change(rig_master, &rig_buf, &change);
    reply = rig_call();
    assert_int_equal(frontier_read_change(reply, &is, &now), ERR_OK);
    freeReplyObject(reply);
    assert_int_equal(is, FRONTIER_FINISHED);
    assert_false(live_is_changed(&now));
    reply = redis_command(rig_db, "HGET", "crawl:t", "max_pages", NULL);
    assert_int_equal(reply->type, REDIS_REPLY_NIL);
    freeReplyObject(reply);
    rig_number("DEL", "crawl:t");
    frontier_form_change(rig_master, &rig_buf, &change);
    reply = rig_call();
    assert_int_equal(frontier_read_change(reply, &is, &now), ERR_OK);
    freeReplyObject(reply);
    assert_int_equal(is, FRONTIER_NONE);
    assert_int_equal(rig_number("EXISTS", "crawl:t"), 0);
}

static void
test_silence_is_told_most_silent_first(void **state)
{
    struct frontier_worker w;
    redisReply *reply;

    (void)state;
    rig_at(1005000);
    for (int i = 0; i < RIG_WORKERS; i++)
        if (i != 3)
            rig_beat(i);
    rig_at(1006000);
    frontier_form_workers(rig_master, &rig_buf);
    reply = rig_call();
    assert_int_equal(frontier_read_worker(reply, 0, &w), ERR_OK);
    assert_true(str_equal(w.name, STR("w3")));
    assert_int_equal(w.silent_ms, 6000);
    assert_int_equal(frontier_read_worker(reply, 7, &w), ERR_OK);
    assert_int_equal(w.silent_ms, 1000);
    assert_int_equal(frontier_read_worker(reply, 8, &w), ERR_NOT_FOUND);
    freeReplyObject(reply);
}

static void
test_reaping_gives_everything_back(void **state)
{
    struct frontier_counts c;

    (void)state;
    RIG_ADD("0 a http://a/1", "0 b http://b/1");
    rig_claim(0, 1, 8, 1);
    rig_claim(0, 1, 8, 1);
    rig_do("LPUSH", "queue:t", "http://raw/", NULL);
    rig_claim(0, 1, 8, 1);
    rig_release(0, "b", 0, 1, NULL); /* b's entry is in flight without hold */
    assert_int_equal(rig_counts().flight, 3);
    assert_int_equal(rig_reap("w0", 300), 0);
    c = rig_counts();
    assert_int_equal(c.flight, 0);
    assert_int_equal(c.waiting, 2);
    assert_int_equal(c.queued, 1);
    assert_int_equal(c.sites_held, 0);
    assert_int_equal(c.sites_due, 2);
    assert_int_equal(c.workers, RIG_WORKERS - 1);
    assert_int_equal(c.charged, 0);
    assert_int_equal(rig_reap("w0", 300), 0); /* twice: nothing */
    assert_int_equal(rig_number("EXISTS", "worker:t:w0"), 0);
    /* what it still sends has no effect */
    assert_int_equal(rig_ack(0, "0 a http://a/1", 1, false), 0);
    assert_int_equal(rig_retry(0, "0 a http://a/1", "0t1 a http://a/1", 0), 0);
    assert_int_equal(rig_release(0, "a", 0, 1, NULL), 0);
    assert_string_equal(rig_claim(0, 8, 8, 1), "running 100");
    assert_true(rig_beat(0).is_reaped);
    assert_int_equal(rig_counts().workers, RIG_WORKERS - 1);
    /* its sites rest first */
    assert_string_equal(rig_claim(1, 1, 8, 1), "running 300 | http://raw/");
    rig_at(1000300);
    assert_string_equal(rig_claim(1, 1, 8, 1),
                        "running 0 || a: 0 a http://a/1,");
    assert_string_equal(rig_claim(1, 1, 8, 1),
                        "running 1000 || b: 0 b http://b/1,");
}

/* Bounded steps; in between the dead can claim nothing and is still listed. */
static void
test_a_big_reap_goes_in_steps(void **state)
{
    struct frontier_worker w;
    redisReply *reply;
    uint64_t left;

    (void)state;
    for (int i = 0; i < 1200; i++) {
        char line[32];

        snprintf(line, sizeof(line), "0 a http://a/%d", i);
        rig_do("HSET", "flight:t:w0", line, "0");
    }
    rig_do("HSET", "stats:t", "flight", "1200");
    rig_do("HSET", "stats:t", "charged", "1200");
    left = rig_reap("w0", 0);
    assert_int_equal(left, 700);
    frontier_form_workers(rig_master, &rig_buf);
    reply = rig_call();
    assert_int_equal(frontier_read_worker(reply, 0, &w), ERR_OK);
    assert_true(str_equal(w.name, STR("w0")));
    assert_int_equal(w.silent_ms, rig_now);
    freeReplyObject(reply);
    assert_string_equal(rig_claim(0, 8, 8, 1), "running 100");
    assert_true(rig_beat(0).is_reaped);
    assert_int_equal(rig_reap("w0", 0), 200);
    assert_int_equal(rig_reap("w0", 0), 0);
    assert_int_equal(rig_number("LLEN", "site:t:a"), 1200);
    assert_int_equal(rig_counts().waiting, 1200);
    assert_int_equal(rig_counts().flight, 0);
    assert_int_equal(rig_counts().workers, RIG_WORKERS - 1);
}

/* --- counts --- */

static void
test_done_means_seeded_and_empty_everywhere(void **state)
{
    static const struct {
        struct frontier_counts c;
        bool want;
    } rows[] = {
        {{.state = FRONTIER_RUNNING}, true},
        {{.state = FRONTIER_PAUSED}, true},
        {{.state = FRONTIER_NONE}, false},
        {{.state = FRONTIER_SEEDING}, false},
        {{.state = FRONTIER_RUNNING, .queued = 1}, false},
        {{.state = FRONTIER_RUNNING, .waiting = 1}, false},
        {{.state = FRONTIER_RUNNING, .flight = 1}, false},
        {{.state = FRONTIER_RUNNING, .retry = 1}, false},
        {{.state = FRONTIER_RUNNING, .sites_due = 1, .workers = 3}, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(frontier_is_done(&rows[i].c), rows[i].want);
}

static void
test_the_longest_site_is_known_and_corrected(void **state)
{
    struct frontier_counts c;

    (void)state;
    RIG_ADD("0 a http://a/1", "0 b http://b/1");
    rig_claim(0, 1, 1, 1);
    rig_claim(0, 1, 1, 1);
    RIG_ADD("0 a http://a/2", "0 a http://a/3", "0 b http://b/2",
            "0 a http://a/4");
    for (int i = 0; i < 4; i++)
        rig_claim(1, 8, 8, 1);
    rig_release(0, "b", 1000, 1, NULL);
    c = rig_counts();
    assert_string_equal(c.long_site, "b");
    assert_int_equal(c.long_ms, 1000);
    rig_release(0, "a", 1000, 1, NULL);
    c = rig_counts();
    assert_string_equal(c.long_site, "a");
    assert_int_equal(c.long_entries, 3);
    assert_int_equal(c.long_ms, 3000);
    rig_at(1001000);
    rig_claim(0, 1, 8, 1); /* one of them, then the other: shares of one */
    rig_claim(0, 1, 8, 1);
    rig_release(0, "b", 1000, 1, NULL);
    rig_release(0, "a", 1000, 1, NULL);
    c = rig_counts();
    assert_int_equal(c.long_entries, 0);
    assert_int_equal(c.long_ms, 0);
}

/* --- the server's moods --- */

/* A Redis that came back empty must not fill with what workers hold. */
static void
test_an_empty_redis_stays_empty(void **state)
{
    struct frontier_item item = rig_item("0 a http://a/");
    redisReply *reply;
    uint64_t added;

    (void)state;
    rig_empty(NULL);
    frontier_form_add(rig_master, &rig_buf, &item, 1, 5);
    reply = rig_send();
    assert_int_equal(frontier_read_add(reply, &added), ERR_NOT_FOUND);
    freeReplyObject(reply);
    assert_int_equal(rig_beat(0).state, FRONTIER_NONE);
    assert_string_equal(rig_claim(0, 1, 1, 1), "none 1000");
    assert_int_equal(
        rig_release(0, "a", 9, 1, (const char *const[]){"0 a http://a/", NULL}),
        0);
    assert_int_equal(rig_ack(0, "0 a http://a/", 1, false), 0);
    assert_int_equal(rig_retry(0, "0 a http://a/", "0t1 a http://a/", 1), 0);
    assert_int_equal(rig_reap("w0", 1), 0);
    assert_int_equal(rig_counts().state, FRONTIER_NONE);
    reply = redis_command(rig_db, "DBSIZE", NULL);
    assert_int_equal(reply->integer, 0);
    freeReplyObject(reply);
}

/* Only what grows the frontier is refused; the crawl can shrink it. */
static void
test_a_full_redis_still_takes_everything_but_add(void **state)
{
    static const struct frontier_stat stats[] = {{"pages_fetched", 1}};
    static const char *const back[] = {"0 c http://c/1", NULL};
    struct frontier_item item = rig_item("0 z http://z/");
    redisReply *reply;

    (void)state;
    RIG_ADD("0 a http://a/1", "0 b http://b/1", "0 c http://c/1",
            "0 d http://d/1", "0 e http://e/1");
    rig_do("CONFIG", "SET", "maxmemory", "1");
    frontier_form_add(rig_master, &rig_buf, &item, 1, 5);
    reply = rig_send();
    assert_int_equal(reply->type, REDIS_REPLY_ERROR);
    assert_non_null(strstr(reply->str, "OOM"));
    freeReplyObject(reply);
    for (int i = 0; i < 4; i++)
        rig_claim(0, 1, 1, 1);
    assert_int_equal(rig_counts().flight, 4);
    assert_int_equal(rig_ack(0, "0 a http://a/1", 1, false), 1);
    assert_int_equal(rig_retry(0, "0 b http://b/1", "0t1 b http://b/1", 100),
                     1);
    assert_int_equal(rig_release(0, "a", 100, 1, NULL), 1);
    assert_int_equal(rig_release(0, "b", 100, 1, NULL), 1);
    assert_int_equal(rig_release(0, "c", 100, 1, back), 1);
    frontier_form_beat(rig_worker[0], &rig_buf, 2, stats, 1, STR(""));
    freeReplyObject(rig_call());
    rig_seq[0] = 0;
    rig_do("DEL", "worker:t:w1", NULL, NULL);
    rig_seq[1] = 0;
    rig_beat(1); /* a first beat too */
    rig_at(1000100);
    rig_claim(1, 8, 8, 2);
    assert_int_equal(rig_reap("w0", 10), 0);
    rig_do("CONFIG", "SET", "maxmemory", "0");
    assert_int_equal(rig_counts().finished, 1);
    assert_int_equal(rig_counts().known, 5);
}

/* The scripts' own clock: nothing in a request says what time it is. */
static void
test_time_is_redis_own(void **state)
{
    struct frontier_counts c;

    (void)state;
    rig_at(0);
    rig_beat(0);
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 1, 1, 1);
    rig_release(0, "a", 60000, 1, NULL);
    c = rig_counts();
    assert_in_range(c.next_due_ms, 50000, 60000);
}

/* --- plain commands --- */

static void
test_robots_are_kept_for_their_time(void **state)
{
    redisReply *reply;

    (void)state;
    frontier_form_robots_set(rig_master, &rig_buf, STR("http://a:81"),
                             STR("a\0b"), 100000);
    freeReplyObject(rig_call());
    assert_in_range(rig_number("PTTL", "robots:t:http://a:81"), 90000, 100000);
    frontier_form_robots_get(rig_master, &rig_buf, STR("http://a:81"));
    reply = rig_call();
    assert_int_equal(reply->len, 3);
    assert_memory_equal(reply->str, "a\0b", 3);
    freeReplyObject(reply);
    frontier_form_robots_get(rig_master, &rig_buf, STR("http://b"));
    reply = rig_call();
    assert_int_equal(reply->type, REDIS_REPLY_NIL);
    freeReplyObject(reply);
    frontier_form_robots_set(rig_master, &rig_buf, STR("http://b"), STR("x"),
                             -5);
    freeReplyObject(rig_call());
}

static void
test_what_a_worker_holds_can_be_asked(void **state)
{
    redisReply *reply;

    (void)state;
    RIG_ADD("0 a http://a/1");
    rig_claim(0, 1, 1, 1);
    frontier_form_hold_get(rig_worker[0], &rig_buf);
    reply = rig_call();
    assert_int_equal(reply->elements, 2);
    assert_string_equal(reply->element[0]->str, "a");
    assert_string_equal(reply->element[1]->str, "1");
    freeReplyObject(reply);
    frontier_form_flight_get(rig_worker[0], &rig_buf);
    reply = rig_call();
    assert_int_equal(reply->elements, 2);
    assert_string_equal(reply->element[0]->str, "0 a http://a/1");
    assert_string_equal(reply->element[1]->str, "0");
    freeReplyObject(reply);
    frontier_form_crawl_set(rig_master, &rig_buf, STR("k"), STR("v"));
    assert_int_equal(rig_count(), 1);
    frontier_form_crawl_get(rig_master, &rig_buf);
    reply = rig_call();
    assert_int_equal(reply->elements, 4);
    freeReplyObject(reply);
    frontier_form_stats_get(rig_master, &rig_buf);
    reply = rig_call();
    assert_true(reply->elements >= 6);
    freeReplyObject(reply);
}

static void
test_a_crawl_is_taken_away_and_nothing_else(void **state)
{
    static const char *const others[] = {"queue:tt", "seen:tt:1", "mine",
                                         "other:t",  "crawl:t2",  "site:x:t"};
    char cursor[32] = "0";
    redisReply *reply;

    (void)state;
    RIG_ADD("0 a http://a/1", "0 b http://b/1", "0 a http://a/2");
    rig_claim(0, 1, 1, 1);
    rig_claim(1, 8, 8, 1);
    rig_do("RPUSH", "quarantine:t", "x", NULL);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        rig_do("SET", others[i], "1", NULL);
    do {
        size_t count;

        frontier_form_scan(rig_master, &rig_buf, cursor);
        reply = rig_call();
        assert_int_equal(
            frontier_read_scan(rig_master, reply, cursor, &rig_buf, &count),
            ERR_OK);
        freeReplyObject(reply);
        if (count > 0)
            freeReplyObject(rig_call());
    } while (strcmp(cursor, "0") != 0);
    reply = redis_command(rig_db, "DBSIZE", NULL);
    assert_int_equal(reply->integer, sizeof(others) / sizeof(others[0]));
    freeReplyObject(reply);
}

/* A reply of another shape is refused, whatever stands in it. */
static void
test_strange_replies_are_refused(void **state)
{
    static const char *const rows[] = {
        "return 'x'",
        "return {}",
        "return {1,2,3,4}",
        "return {'running',-1,{},{}}",
        "return {'running','1',{},{}}",
        "return {'running',1,{2},{}}",
        "return {'running',1,{},{{}}}",
        "return {'running',1,{},{{'a'}}}",
        "return {'running',1,{},{{'a','','b',1}}}",
        "return {'running',1,{},{{'a','',''}}}",
        "return {'running',1,{},'x'}",
        "return {'running',1,{}}",
        "local t = {} for i = 1, 65 do t[i] = 'x' end "
        "return {'running',1,t,{}}",
        "local t = {} for i = 1, 65 do t[i] = {'a','b'} end "
        "return {'running',1,{},t}",
        "return redis.error_reply('ERR no')",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        redisReply *r = redis_command(rig_db, "EVAL", rows[i], "0", NULL);
        struct frontier_claim claim;
        struct frontier_counts counts;
        struct frontier_beat beat;
        char cursor[32] = "7";
        uint64_t n;
        size_t count;

        assert_non_null(r);
        assert_int_equal(frontier_read_claim(r, &claim), ERR_REDIS);
        assert_int_equal(frontier_read_counts(r, &counts), ERR_REDIS);
        assert_int_equal(frontier_read_beat(r, &beat), ERR_REDIS);
        assert_int_equal(frontier_read_count(r, &n), ERR_REDIS);
        assert_int_equal(frontier_read_add(r, &n), ERR_REDIS);
        assert_int_equal(
            frontier_read_scan(rig_master, r, cursor, &rig_buf, &count),
            ERR_REDIS);
        assert_string_equal(cursor, "7");
        freeReplyObject(r);
    }
}

static void
test_strange_lists_of_workers_are_refused(void **state)
{
    static const char *const rows[] = {
        "return 'x'",   "return {'a'}",    "return {'a','1'}",
        "return {1,2}", "return {'a',-1}", "return {'a',{}}",
        "return 5",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        redisReply *r = redis_command(rig_db, "EVAL", rows[i], "0", NULL);
        struct frontier_worker w;

        assert_non_null(r);
        assert_int_equal(frontier_read_worker(r, 0, &w), ERR_REDIS);
        freeReplyObject(r);
    }
}

#define T(name) cmocka_unit_test_setup(name, rig_fresh)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_crawl_name_is_plain),
        T(test_an_entry_is_added_once),
        T(test_links_wait_and_redirects_are_next),
        T(test_links_may_be_held_to_the_seeds_hosts),
        T(test_the_seen_set_is_an_intset),
        T(test_a_site_in_play_collects_its_entries),
        T(test_a_site_with_nothing_left_leaves_play),
        T(test_entries_of_one_site_join_one_visit),
        T(test_a_claim_is_a_fair_share),
        T(test_who_does_not_beat_is_given_nothing),
        T(test_only_a_running_crawl_gives),
        T(test_foreign_lines_are_given_raw_or_dropped),
        T(test_many_foreign_lines_come_in_bounded_pieces),
        T(test_max_pages_is_never_passed),
        T(test_a_site_may_have_more_holders),
        T(test_a_lowered_per_site_is_obeyed_at_once),
        T(test_entries_may_come_back_after_their_site),
        T(test_released_entries_come_first_again_in_their_order),
        T(test_an_ack_needs_no_hold),
        T(test_a_retry_waits_and_comes_first),
        T(test_a_retry_and_its_site_come_due_together),
        T(test_a_retry_obeys_the_hold),
        T(test_a_release_of_thousands_is_one_call),
        T(test_a_repeated_beat_counts_once),
        T(test_a_change_reaches_beats_and_reaps),
        T(test_a_change_of_no_crawl_writes_nothing),
        T(test_silence_is_told_most_silent_first),
        T(test_reaping_gives_everything_back),
        T(test_a_big_reap_goes_in_steps),
        T(test_done_means_seeded_and_empty_everywhere),
        T(test_the_longest_site_is_known_and_corrected),
        T(test_an_empty_redis_stays_empty),
        T(test_a_full_redis_still_takes_everything_but_add),
        T(test_time_is_redis_own),
        T(test_robots_are_kept_for_their_time),
        T(test_what_a_worker_holds_can_be_asked),
        T(test_a_crawl_is_taken_away_and_nothing_else),
        T(test_strange_replies_are_refused),
        T(test_strange_lists_of_workers_are_refused),
    };
    return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
