/*
 * outbox: what a thread tells the frontier, against a real Redis over the
 * async connection.  SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <uv.h>

#include "common/fingerprint.h"
#include "tests/unit/local_redis.h"
#include "worker/outbox.h"

static struct local_redis server;
static struct redis *db;
static uv_loop_t loop;
static uv_timer_t tick;
static struct conn *conn;
static struct frontier *frontier;
static struct seen *seen;
static struct outbox *outbox;
static struct stats stats;
static struct line_file *files[LINE_KINDS];
static struct syncer *syncer; /* turned by the test; NULL: none */
static bool is_power;
static int ups, disk_errors;
static atomic_int syncs; /* counted in the thread that syncs */
static char log_path[128];

static int sync_error;        /* what the disk answers */
static void (*in_sync)(void); /* what happens while it is waited for */

/* --- the rig --- */

/* In libc's stead, for all of this program. */
int
fdatasync(int fd)
{
    if (in_sync)
        in_sync();
    if (sync_error == 0)
        return (int)syscall(SYS_fdatasync, fd);
    errno = sync_error;
    return -1;
}

static void
on_up(void *arg)
{
    (void)arg;
    ups++;
    if (outbox)
        outbox_up(outbox);
}

static void
on_down(void *arg, const char *why)
{
    (void)arg;
    (void)why;
    if (outbox)
        outbox_down(outbox);
}

static void
on_new(void *arg, uint64_t count)
{
    (void)arg;
    (void)count;
}

static void
on_disk(void *arg, int error)
{
    (void)arg;
    (void)error;
    disk_errors++;
}

static void
on_tick(uv_timer_t *timer)
{
    (void)timer; /* it only lets a turn end */
}

/* Turn the loop until the condition holds, ten seconds at most. */
#define RUN_UNTIL(condition)                        \
    do {                                            \
        uint64_t end_ = uv_hrtime() + 10000000000u; \
        while (!(condition) && uv_hrtime() < end_)  \
            uv_run(&loop, UV_RUN_ONCE);             \
        assert_true(condition);                     \
    } while (0)

static int64_t
number(const char *a, const char *b, const char *c)
{
    redisReply *reply = redis_command(db, a, b, c, NULL);
    int64_t n = reply->integer;

    assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
    freeReplyObject(reply);
    return n;
}

static void
command(const char *a, const char *b, const char *c, const char *d)
{
    redisReply *reply = redis_command(db, a, b, c, d, NULL);

    assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
    freeReplyObject(reply);
}

static void
on_synced(void *arg)
{
    (void)arg;
    syncs++;
}

static void
on_sync_failed(void *arg, const char *what, int error)
{
    (void)arg;
    (void)what;
    (void)error;
    disk_errors++;
}

static int
set_up(void **state)
{
    struct conn_events events = {
        .on_up = on_up, .on_down = on_down, .on_room = on_up};
    struct outbox_setup setup = {.on_new = on_new, .on_disk = on_disk};
    struct syncer_setup sync = {.on_done = on_synced,
                                .on_failed = on_sync_failed};
    char why[256];

    (void)state;
    assert_true(local_redis_start(&server, NULL));
    assert_int_equal(redis_open(&server.url, 5000, &db, why), ERR_OK);
    command("HSET", "crawl:t", "state", "running");
    uv_loop_init(&loop);
    uv_timer_init(&loop, &tick);
    uv_timer_start(&tick, on_tick, 10, 10);
    ups = disk_errors = 0;
    syncs = 0;
    outbox = NULL;
    conn = conn_open(&loop, &server.url, &events);
    RUN_UNTIL(conn_is_up(conn));
    assert_int_equal(frontier_new("t", "w", &frontier), ERR_OK);
    seen = seen_new(1024);
    snprintf(log_path, sizeof(log_path), "%s/test-0.log", server.dir);
    assert_int_equal(line_file_open(&(struct line_file_setup){.dir = server.dir,
                                                              .name = "test",
                                                              .process = "0",
                                                              .suffix = "log"},
                                    &files[LINE_LOG]),
                     ERR_OK);
    setup.frontier = frontier;
    setup.conn = conn;
    setup.seen = seen;
    setup.stats = &stats;
    setup.files = files;
    sync.files = files;
    syncer = is_power ? syncer_new(&sync) : NULL;
    setup.syncer = syncer;
    setup.per_site = 1;
    outbox = outbox_new(&setup);
    return 0;
}

/* With --durability power; the test says itself when there is a sync. */
static int
set_up_power(void **state)
{
    is_power = true;
    return set_up(state);
}

static int
tear_down(void **state)
{
    (void)state;
    conn_close(conn);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    outbox_free(outbox);
    seen_free(seen);
    frontier_free(frontier);
    redis_close(db);
    syncer_free(syncer);
    line_file_close(files[LINE_LOG]);
    is_power = false;
    unlink(log_path);
    local_redis_stop(&server);
    return 0;
}

/* An entry is in flight, and then its page is done. */
static void
page(const char *entry)
{
    command("HSET", "flight:t:w", entry, "0");
    outbox_ack(outbox, str_from(entry), true);
}

static void
link_to(const char *entry)
{
    outbox_link(outbox, str_from(entry), fingerprint(str_from(entry)), 0,
                FRONTIER_LAST);
}

static void
log_line(const char *text)
{
    assert_int_equal(
        buf_add_str(outbox_lines(outbox, LINE_LOG), str_from(text)), ERR_OK);
}

static off_t
log_size(void)
{
    struct stat st;

    assert_int_equal(stat(log_path, &st), 0);
    return st.st_size;
}

/* Turns of the loop, enough for a reply that comes to have come. */
static void
some_turns(void)
{
    uint64_t end = uv_hrtime() + 100000000;

    while (uv_hrtime() < end)
        uv_run(&loop, UV_RUN_ONCE);
}

static void
sync_now(void)
{
    int before = syncs;

    assert_int_equal(syncer_turn(syncer), ERR_OK);
    assert_int_equal(syncs, before + 1);
    outbox_look_at_disk(outbox);
}

static void
count_text(void *arg, struct str text)
{
    (void)text;
    ++*(int *)arg;
}

static int
texts_on_their_way(void)
{
    int n = 0;

    outbox_each(outbox, count_text, &n);
    return n;
}

/* Redis ends our connection; the waiting one of the test stays. */
static void
break_connection(void)
{
    int before = ups;

    command("CLIENT", "KILL", "SKIPME", "yes");
    RUN_UNTIL(ups > before);
}

/* --- the rules --- */

static void
test_links_and_acks_reach_the_frontier(void **state)
{
    (void)state;
    page("0 a.test http://a.test/");
    link_to("1 a.test http://a.test/1");
    link_to("1 a.test http://a.test/2");
    log_line("{}\n");
    assert_true(outbox_has_news(outbox));
    outbox_flush(outbox);
    assert_false(outbox_has_news(outbox));
    RUN_UNTIL(outbox_pending(outbox) == 0);
    assert_int_equal(number("LLEN", "queue:t", NULL), 2);
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 0);
    assert_int_equal(log_size(), 3);
}

/*
 * A batch with links needs two round trips, one without only one: the later
 * is confirmed first.  Each must leave the list itself, and nobody else.
 */
static void
test_a_batch_without_links_is_confirmed_first(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        page("0 a.test http://a.test/");
        link_to("1 a.test http://a.test/1");
        outbox_flush(outbox);
        page("0 b.test http://b.test/");
        outbox_flush(outbox);
        page("0 c.test http://c.test/");
        link_to("1 c.test http://c.test/1");
        outbox_flush(outbox);
        assert_int_equal(texts_on_their_way(), 3);
        RUN_UNTIL(outbox_pending(outbox) == 0);
        assert_int_equal(texts_on_their_way(), 0);
        page("0 d.test http://d.test/");
        assert_int_equal(texts_on_their_way(), 1);
        outbox_flush(outbox);
        RUN_UNTIL(outbox_pending(outbox) == 0);
        assert_int_equal(number("HLEN", "flight:t:w", NULL), 0);
    }
}

/* Nothing to ack: such a batch is done when its links are. */
static void
test_batches_of_links_alone_are_done_too(void **state)
{
    (void)state;
    link_to("1 a.test http://a.test/1");
    outbox_flush(outbox);
    page("0 a.test http://a.test/");
    outbox_flush(outbox);
    link_to("1 a.test http://a.test/2");
    outbox_flush(outbox);
    link_to("1 a.test http://a.test/3");
    outbox_flush(outbox);
    page("0 b.test http://b.test/");
    outbox_flush(outbox);
    RUN_UNTIL(outbox_pending(outbox) == 0);
    assert_int_equal(number("LLEN", "queue:t", NULL), 3);
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 0);
}

/* The later one was confirmed; the earlier one is sent again after a break. */
static void
test_what_was_not_confirmed_is_sent_again(void **state)
{
    (void)state;
    page("0 a.test http://a.test/");
    link_to("1 a.test http://a.test/1");
    outbox_flush(outbox);
    page("0 b.test http://b.test/");
    outbox_flush(outbox);
    break_connection();
    assert_false(
        outbox_knows(outbox, fingerprint(STR("1 a.test http://a.test/1"))));
    RUN_UNTIL(outbox_pending(outbox) == 0);
    assert_int_equal(number("LLEN", "queue:t", NULL), 1);
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 0);
    assert_int_equal(texts_on_their_way(), 0);
}

/* An add that Redis refuses (here: there is no crawl) holds back its acks. */
static void
test_no_ack_before_the_links_are_confirmed(void **state)
{
    int before = ups;

    (void)state;
    command("RENAME", "crawl:t", "elsewhere", NULL);
    page("0 a.test http://a.test/");
    link_to("1 a.test http://a.test/1");
    outbox_flush(outbox);
    RUN_UNTIL(ups > before + 1); /* tried twice */
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 1);
    assert_int_equal(number("EXISTS", "queue:t", NULL), 0);
    assert_false(seen_has(seen, fingerprint(STR("1 a.test http://a.test/1"))));
    command("RENAME", "elsewhere", "crawl:t", NULL);
    RUN_UNTIL(outbox_pending(outbox) == 0);
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 0);
    assert_int_equal(number("LLEN", "queue:t", NULL), 1);
    assert_true(seen_has(seen, fingerprint(STR("1 a.test http://a.test/1"))));
}

/* What the frontier may refuse from this page may be wanted from another. */
static void
test_a_link_that_may_be_refused_is_not_remembered(void **state)
{
    uint64_t mark = fingerprint(STR("1 b.test http://b.test/"));

    (void)state;
    outbox_link(outbox, STR("1 b.test http://b.test/"), mark,
                fingerprint(STR("b.test")), FRONTIER_LAST);
    assert_false(outbox_knows(outbox, mark));
    outbox_flush(outbox);
    RUN_UNTIL(outbox_pending(outbox) == 0);
    assert_int_equal(number("EXISTS", "queue:t", NULL), 0);
    assert_false(seen_has(seen, mark));
}

/*
 * A full disk in the middle of a line: nothing of the batch stays in the log,
 * nothing of it is acked, and nothing goes out behind it.
 */
static void
test_a_log_that_is_full_keeps_whole_lines_and_acks_nothing(void **state)
{
    struct rlimit old, small;

    (void)state;
    page("0 z.test http://z.test/");
    log_line("{}\n");
    outbox_flush(outbox);
    RUN_UNTIL(outbox_pending(outbox) == 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 10;
    page("0 a.test http://a.test/");
    log_line("0123456789abcdef\n");
    setrlimit(RLIMIT_FSIZE, &small);
    outbox_flush(outbox);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(disk_errors, 1);
    assert_int_equal(log_size(), 3);
    page("0 b.test http://b.test/");
    assert_false(outbox_has_news(outbox));
    outbox_flush(outbox);
    some_turns();
    assert_int_equal(outbox_pending(outbox), 0);
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 2);
    assert_int_equal(texts_on_their_way(), 2); /* a mend leaves them alone */
    assert_int_equal(log_size(), 3);
    assert_int_equal(disk_errors, 1);
}

/* --- with --durability power --- */

static void
test_links_go_out_and_acks_wait_for_the_disk(void **state)
{
    (void)state;
    page("0 a.test http://a.test/");
    link_to("1 a.test http://a.test/1");
    log_line("{}\n");
    outbox_flush(outbox);
    RUN_UNTIL(number("LLEN", "queue:t", NULL) == 1);
    RUN_UNTIL(outbox_unconfirmed(outbox) == 0);
    some_turns();
    outbox_look_at_disk(outbox);
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 1);
    assert_int_equal(outbox_pending(outbox), 1);
    assert_int_equal(texts_on_their_way(), 1);
    sync_now();
    RUN_UNTIL(outbox_pending(outbox) == 0);
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 0);
}

static void
test_retries_wait_for_the_disk(void **state)
{
    (void)state;
    command("HSET", "flight:t:w", "0 a.test http://a.test/", "0");
    outbox_retry(outbox, STR("0 a.test http://a.test/"),
                 STR("0t1 a.test http://a.test/"), 1000);
    outbox_flush(outbox);
    some_turns();
    assert_int_equal(number("ZCARD", "retry:t", NULL), 0);
    sync_now();
    RUN_UNTIL(outbox_pending(outbox) == 0);
    assert_int_equal(number("ZCARD", "retry:t", NULL), 1);
}

static void
write_another(void)
{
    page("0 b.test http://b.test/");
    outbox_flush(outbox);
}

/* What is written while a sync runs waits for the next one. */
static void
test_a_sync_covers_what_was_written_before_it_began(void **state)
{
    uint64_t before = syncer_done(syncer);

    (void)state;
    page("0 a.test http://a.test/");
    outbox_flush(outbox);
    in_sync = write_another;
    sync_now();
    in_sync = NULL;
    RUN_UNTIL(number("HLEN", "flight:t:w", NULL) == 1);
    some_turns();
    outbox_look_at_disk(outbox);
    assert_int_equal(number("HEXISTS", "flight:t:w", "0 b.test http://b.test/"),
                     1);
    assert_int_equal(outbox_pending(outbox), 1);
    sync_now();
    RUN_UNTIL(outbox_pending(outbox) == 0);
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 0);
    assert_int_equal(syncer_done(syncer), before + 2);
    assert_int_equal(syncer_turn(syncer), ERR_OK); /* nobody waits: none */
    assert_int_equal(syncer_done(syncer), before + 2);
}

/* Many wait for the disk: that is no reason to claim less. */
static void
test_batches_that_wait_for_the_disk_are_acked_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        char text[64];

        snprintf(text, sizeof(text), "0 a.test http://a.test/%d", i);
        page(text);
        if (i % 3 == 0)
            link_to("1 a.test http://a.test/1");
        outbox_flush(outbox);
        if (i % 7 == 0) { /* a batch of links alone */
            link_to("1 a.test http://a.test/2");
            outbox_flush(outbox);
        }
        if (i == 100)
            sync_now();
    }
    RUN_UNTIL(outbox_unconfirmed(outbox) == 0);
    assert_true(outbox_pending(outbox) >= 99);
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 99);
    sync_now();
    RUN_UNTIL(outbox_pending(outbox) == 0);
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 0);
}

/* The links may be forgotten by then: they go once more before the acks. */
static void
test_a_break_while_the_disk_is_waited_for(void **state)
{
    char bucket[32];

    (void)state;
    page("0 a.test http://a.test/");
    link_to("1 a.test http://a.test/1");
    outbox_flush(outbox);
    RUN_UNTIL(outbox_unconfirmed(outbox) == 0);
    snprintf(bucket, sizeof(bucket), "seen:t:h%u",
             (unsigned)fingerprint(STR("a.test")) & 0xffff);
    assert_int_equal(number("DEL", "queue:t", bucket), 2);
    break_connection();
    RUN_UNTIL(number("LLEN", "queue:t", NULL) == 1);
    some_turns();
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 1);
    sync_now();
    RUN_UNTIL(outbox_pending(outbox) == 0);
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 0);
}

static void
test_nothing_is_acked_behind_a_sync_that_failed(void **state)
{
    (void)state;
    page("0 a.test http://a.test/");
    link_to("1 a.test http://a.test/1");
    outbox_flush(outbox);
    RUN_UNTIL(outbox_unconfirmed(outbox) == 0);
    sync_error = EIO;
    assert_int_equal(syncer_turn(syncer), ERR_IO);
    sync_error = 0;
    assert_int_equal(disk_errors, 1);
    assert_true(syncer_has_failed(syncer));
    page("0 b.test http://b.test/");
    outbox_flush(outbox);
    RUN_UNTIL(outbox_pending(outbox) == 0); /* there is nothing to wait for */
    outbox_look_at_disk(outbox);
    some_turns();
    assert_int_equal(number("HLEN", "flight:t:w", NULL), 2);
}

/* Its thread does by itself what the tests above do, and does it again. */
static void
test_the_syncer_has_a_thread(void **state)
{
    (void)state;
    assert_int_equal(syncer_start(syncer), ERR_OK);
#define IS_ACKED (outbox_look_at_disk(outbox), outbox_pending(outbox) == 0)
    for (int i = 0; i < 3; i++) {
        page("0 a.test http://a.test/");
        outbox_flush(outbox);
        RUN_UNTIL(IS_ACKED);
        assert_int_equal(number("HLEN", "flight:t:w", NULL), 0);
        outbox_hurry(outbox); /* the first waits a second at most */
    }
#undef IS_ACKED
    RUN_UNTIL(syncs >= 3); /* the last is told just behind its generation */
}

int
main(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define POWER(name) \
    cmocka_unit_test_setup_teardown(name, set_up_power, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_links_and_acks_reach_the_frontier),
        TEST(test_a_batch_without_links_is_confirmed_first),
        TEST(test_batches_of_links_alone_are_done_too),
        TEST(test_what_was_not_confirmed_is_sent_again),
        TEST(test_no_ack_before_the_links_are_confirmed),
        TEST(test_a_link_that_may_be_refused_is_not_remembered),
        TEST(test_a_log_that_is_full_keeps_whole_lines_and_acks_nothing),
        POWER(test_links_go_out_and_acks_wait_for_the_disk),
        POWER(test_retries_wait_for_the_disk),
        POWER(test_a_sync_covers_what_was_written_before_it_began),
        POWER(test_batches_that_wait_for_the_disk_are_acked_in_order),
        POWER(test_a_break_while_the_disk_is_waited_for),
        POWER(test_nothing_is_acked_behind_a_sync_that_failed),
        POWER(test_the_syncer_has_a_thread),
    };

    sigaction(SIGXFSZ, &ignore, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
