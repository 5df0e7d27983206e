/*
 * exec: pages through real commands: order, deaths, who is given up, who is
 * dropped, and the end.  A command without any answer takes longer to be given
 * up than a unit test may: tests/e2e/j_exec.sh.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/log.h"
#include "worker/exec.h"

enum { JOBS = 40, WAIT_MS = 30000 };

struct rig {
    uv_loop_t loop;
    struct exec *exec;
    struct stats stats;
    struct exec_job jobs[JOBS];
    char answers[JOBS][40]; /* "" none yet; "-" given up; "+" too long */
    size_t done, wanted;
    bool is_hopeless;
    unsigned refused; /* bit of the job whose line cannot be made */
    uv_timer_t guard;
};

static size_t
index_of(const struct rig *r, const struct exec_job *job)
{
    return (size_t)(job - r->jobs);
}

static enum err
rig_write(void *arg, struct exec_job *job, struct buf *out)
{
    const struct rig *r = arg;

    if (r->refused && r->refused == index_of(r, job))
        return ERR_TOO_BIG;
    return buf_addf(out, "%zu\n", index_of(r, job));
}

static void
rig_done(void *arg, struct exec_job *job, enum exec_result result,
         struct str line)
{
    struct rig *r = arg;
    char *answer = r->answers[index_of(r, job)];

    assert_string_equal(answer, "");
    snprintf(answer, sizeof(r->answers[0]), "%.*s", STR_ARG(line));
    if (result == EXEC_GIVEN_UP)
        memcpy(answer, "-", 2);
    else if (result == EXEC_TOO_LONG)
        memcpy(answer, "+", 2);
    if (++r->done == r->wanted)
        uv_stop(&r->loop);
}

static const char *
rig_name(const struct exec_job *job)
{
    (void)job;
    return "a page";
}

static void
rig_on_hopeless(void *arg)
{
    struct rig *r = arg;

    r->is_hopeless = true;
    uv_stop(&r->loop);
}

static void
rig_on_guard(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("it takes too long");
}

static struct rig *
rig_new(const char *command, uint64_t timeout_ms)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct rig *r = calloc(1, sizeof(*r));
    struct exec_setup setup = {.loop = &r->loop,
                               .command = command,
                               .timeout_ms = timeout_ms,
                               .line_max = 100,
                               .stats = &r->stats,
                               .write = rig_write,
                               .done = rig_done,
                               .name = rig_name,
                               .on_hopeless = rig_on_hopeless,
                               .arg = r};

    assert_non_null(r);
    sigaction(SIGPIPE, &ignore, NULL); /* as main() does it */
    log_init("test", LOG_WARN + 1);
    uv_loop_init(&r->loop);
    uv_timer_init(&r->loop, &r->guard);
    uv_timer_start(&r->guard, rig_on_guard, WAIT_MS, 0);
    r->exec = exec_new(&setup);
    return r;
}

static void
rig_free(struct rig *r)
{
    exec_close(r->exec);
    uv_close((uv_handle_t *)&r->guard, NULL);
    uv_run(&r->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&r->loop), 0);
    exec_free(r->exec);
    free(r);
}

static void
rig_ask(struct rig *r, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        exec_ask(r->exec, &r->jobs[i]);
}

/* Until so many have an answer, in all. */
static void
rig_run(struct rig *r, size_t wanted)
{
    r->wanted = wanted;
    if (r->done < wanted)
        uv_run(&r->loop, UV_RUN_DEFAULT);
}

static int64_t
count(const struct rig *r, enum stats_id id)
{
    return stats_get(&r->stats, id);
}

static void
test_answers_come_to_their_pages(void **state)
{
    struct rig *r = rig_new("while read -r n; do echo \"<$n>\"; done", 20000);

    (void)state;
    rig_ask(r, 0, JOBS);
    assert_true(exec_is_full(r->exec));
    rig_run(r, JOBS);
    assert_false(exec_is_full(r->exec));
    for (size_t i = 0; i < JOBS; i++) {
        char want[40];

        snprintf(want, sizeof(want), "<%zu>", i);
        assert_string_equal(r->answers[i], want);
    }
    assert_int_equal(count(r, STAT_exec_deaths), 0);
    rig_free(r);
}

/* 3 kills it each time, whoever else was sent with it. */
static void
test_the_page_that_kills_is_given_up_alone(void **state)
{
    struct rig *r = rig_new(
        "while read -r n; do [ $n -ne 3 ] || exit 9; echo $n; done", 20000);

    (void)state;
    rig_ask(r, 0, 8);
    rig_run(r, 8);
    assert_string_equal(r->answers[3], "-");
    assert_string_equal(r->answers[2], "2");
    assert_string_equal(r->answers[4], "4");
    assert_string_equal(r->answers[7], "7");
    assert_int_equal(count(r, STAT_exec_given_up), 1);
    assert_int_equal(count(r, STAT_exec_deaths), 2);
    rig_free(r);
}

/* It dies by itself now and then: nobody is given up. */
static void
test_a_command_that_ends_is_started_again(void **state)
{
    struct rig *r = rig_new(
        "i=0; while [ $i -lt 7 ] && read -r n; do echo $n; i=$((i + 1)); done",
        20000);

    (void)state;
    rig_ask(r, 0, 30);
    rig_run(r, 30);
    assert_string_equal(r->answers[29], "29");
    assert_int_equal(count(r, STAT_exec_given_up), 0);
    assert_in_range(count(r, STAT_exec_deaths), 4, 5);
    rig_free(r);
}

static void
test_a_command_that_hangs_is_killed(void **state)
{
    struct rig *r = rig_new("trap '' TERM; while read -r n; do "
                            "[ $n -ne 1 ] || sleep 100; echo $n; done",
                            400);

    (void)state;
    rig_ask(r, 0, 3);
    rig_run(r, 3);
    assert_string_equal(r->answers[0], "0");
    assert_string_equal(r->answers[1], "-");
    assert_string_equal(r->answers[2], "2");
    assert_true(count(r, STAT_exec_timeouts) >= 2);
    rig_free(r);
}

/* The last page of all is one that kills: it must not wait for ever. */
static void
test_the_last_page_is_given_up_too(void **state)
{
    struct rig *r =
        rig_new("while read -r n; do [ $n -eq 0 ] || exit; echo; done", 20000);

    (void)state;
    rig_ask(r, 0, 2);
    rig_run(r, 2);
    assert_string_equal(r->answers[1], "-");
    rig_free(r);
}

/* 17 MB; then lines that nobody asked for. */
static void
test_long_and_stray_lines_are_passed_over(void **state)
{
    struct rig *r = rig_new("while read -r n; do case $n in "
                            "1) head -c 17000000 /dev/zero | tr '\\0' x; echo;;"
                            "3) printf 'c\\r\\n'; sleep 0.3; echo 1; echo 2;; "
                            "*) echo $n;; esac; done",
                            20000);

    (void)state;
    rig_ask(r, 0, 3);
    rig_run(r, 3);
    assert_string_equal(r->answers[0], "0");
    assert_string_equal(r->answers[1], "+");
    assert_string_equal(r->answers[2], "2");
    rig_ask(r, 3, 1);
    rig_run(r, 4);
    while (count(r, STAT_exec_stray) < 2)
        uv_run(&r->loop, UV_RUN_ONCE);
    assert_string_equal(r->answers[3], "c\r");
    assert_int_equal(count(r, STAT_exec_deaths), 0);
    rig_free(r);
}

/* It would fill our log and our time: as good as dead. */
static void
test_a_command_that_only_talks_is_killed(void **state)
{
    struct rig *r = rig_new("while read -r n; do echo $n; [ $n -ne 0 ] || yes; "
                            "done",
                            20000);

    (void)state;
    rig_ask(r, 0, 1);
    rig_run(r, 1);
    while (count(r, STAT_exec_stray) < 1000)
        uv_run(&r->loop, UV_RUN_ONCE);
    rig_ask(r, 1, 1);
    rig_run(r, 2);
    assert_string_equal(r->answers[1], "1");
    assert_int_equal(count(r, STAT_exec_stray), 1000);
    rig_free(r);
}

static void
test_a_dropped_page_leaves_the_others_theirs(void **state)
{
    struct rig *r = rig_new("while read -r n; do echo $n; done", 20000);

    (void)state;
    rig_ask(r, 0, 12); /* 8 are sent, 4 wait */
    exec_drop(r->exec, &r->jobs[1]);
    exec_drop(r->exec, &r->jobs[10]);
    exec_drop(r->exec, &r->jobs[20]); /* it was never here */
    rig_run(r, 10);
    assert_string_equal(r->answers[0], "0");
    assert_string_equal(r->answers[1], "");
    assert_string_equal(r->answers[2], "2");
    assert_string_equal(r->answers[10], "");
    assert_string_equal(r->answers[11], "11");
    rig_free(r);
}

static void
test_a_line_that_cannot_be_made_gives_its_page_up(void **state)
{
    struct rig *r = rig_new("while read -r n; do echo $n; done", 20000);

    (void)state;
    r->refused = 2;
    rig_ask(r, 0, 4);
    rig_run(r, 4);
    assert_string_equal(r->answers[2], "-");
    assert_string_equal(r->answers[3], "3");
    rig_free(r);
}

/* It sees its input end, and may take a moment. */
static void
test_the_end_is_waited_for(void **state)
{
    char path[] = "/tmp/weft-test-XXXXXX", command[200];
    struct rig *r;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    snprintf(command, sizeof(command),
             "while read -r n; do echo $n; done; sleep 0.2; echo $$ >%s", path);
    r = rig_new(command, 20000);
    rig_ask(r, 0, 1);
    rig_run(r, 1);
    assert_int_equal(access(path, F_OK), 0);
    while (!exec_finish(r->exec))
        uv_run(&r->loop, UV_RUN_ONCE);
    rig_free(r);
    fd = open(path, O_RDONLY);
    assert_true(read(fd, command, 1) == 1);
    close(fd);
    unlink(path);
}

/* --- before anything begins --- */

static void
test_a_command_is_tried(void **state)
{
    static const struct {
        const char *command, *want; /* NULL: it is fine */
    } rows[] = {
        {"cat", NULL},
        {"while read -r n; do exit 1; done", NULL},
        {"echo a line too many; exit 0", NULL},
        {"head -c 1000000 /dev/zero >&2", NULL},
        {"[ \"$WEFT_NAME/$WEFT_X$REDIS_URL\" = n/ ]", NULL},
        {"exit 3",
         "--exec \"exit 3\": without input it ended with exit code 3"},
        {"echo a >&2; printf 'b\\033\\n\\n' >&2; exit 3",
         "--exec \"echo a >&2; printf 'b\\033\\n\\n' >&2; exit 3\": without "
         "input it ended with exit code 3: b\\x1b"},
        {"sleep 10", "--exec \"sleep 10\": without input it must end by "
                     "itself, and did not"}};
    const struct exec_names names = {.crawl = "n"};
    char why[EXEC_WHY_BYTES];

    (void)state;
    setenv("WEFT_X", "x", 1);
    setenv("REDIS_URL", "x", 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t timeout = strcmp(rows[i].command, "sleep 10") ? 20000 : 300;
        enum err e = exec_command_try(rows[i].command, &names, timeout, why);

        if (rows[i].want == NULL && e != ERR_OK)
            fail_msg("%s", why);
        if (rows[i].want)
            assert_string_equal(why, rows[i].want);
    }
    assert_int_equal(exec_command_try("no-such-command", &names, 20000, why),
                     ERR_INVALID);
    assert_non_null(strstr(why, "exit code 127: "));
    assert_non_null(strstr(why, "not found"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_come_to_their_pages),
        cmocka_unit_test(test_the_page_that_kills_is_given_up_alone),
        cmocka_unit_test(test_a_command_that_ends_is_started_again),
        cmocka_unit_test(test_a_command_that_hangs_is_killed),
        cmocka_unit_test(test_the_last_page_is_given_up_too),
        cmocka_unit_test(test_long_and_stray_lines_are_passed_over),
        cmocka_unit_test(test_a_command_that_only_talks_is_killed),
        cmocka_unit_test(test_a_dropped_page_leaves_the_others_theirs),
        cmocka_unit_test(test_a_line_that_cannot_be_made_gives_its_page_up),
        cmocka_unit_test(test_the_end_is_waited_for),
        cmocka_unit_test(test_a_command_is_tried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
