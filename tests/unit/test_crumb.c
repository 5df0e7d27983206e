/*
 * What a dead thread leaves, and who may take it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/crumb.h"
#include "common/entry.h"

enum { FILE_BYTES = 8312, AT_N = 104, AT_SUM = 112, AT_URL = 120 };

static const struct crumb_crawl ours = {"top-1m", "0123456789abcdef"};
static char place[64], path[160];

/* --- a folder, and processes that die in it --- */

static int
place_make(void **state)
{
    (void)state;
    snprintf(place, sizeof(place), "/tmp/weft-crumb-XXXXXX");
    return mkdtemp(place) ? 0 : -1;
}

static int
place_remove(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", place);
    return system(command);
}

static const char *
file_of(const char *worker)
{
    snprintf(path, sizeof(path), "%s/crumb/%s", place, worker);
    return path;
}

static bool
is_there(const char *worker)
{
    struct stat st;

    return lstat(file_of(worker), &st) == 0;
}

/* The bytes of a worker's file; returns how many. */
static size_t
bytes_of(const char *worker, char out[FILE_BYTES + 1])
{
    int fd = open(file_of(worker), O_RDONLY);
    ssize_t n;

    assert_true(fd >= 0);
    n = read(fd, out, FILE_BYTES + 1);
    close(fd);
    assert_true(n >= 0);
    return (size_t)n;
}

static void
put_file(const char *worker, const void *bytes, size_t n)
{
    int fd = open(file_of(worker), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

/* A worker that is killed while it works on url (NULL: on nothing). */
static void
die_over(struct crumb_crawl crawl, const char *worker, const char *url)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        struct crumb *c;

        if (crumb_open(place, crawl, worker, &c) != ERR_OK)
            _exit(1);
        crumb_set(c, STR("http://before.test/"));
        if (url)
            crumb_set(c, str_from(url));
        else
            crumb_clear(c);
        raise(SIGKILL);
    }
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status));
}

static size_t
end_all(struct crumb_look *look, bool is_told)
{
    size_t n = 0;

    while (look->found) {
        struct crumb_dead *next = look->found->next;

        crumb_dead_end(look->found, is_told);
        look->found = next;
        n++;
    }
    return n;
}

/* --- who is found --- */

static void
test_crumb_of_a_dead_worker_is_found_until_told(void **state)
{
    struct crumb_look look;

    (void)state;
    die_over(ours, "h-1-0badcafe-0", "http://a.test/poison");
    for (int round = 0; round < 3; round++) {
        crumb_find(place, ours, &look);
        assert_non_null(look.found);
        assert_string_equal(look.found->worker, "h-1-0badcafe-0");
        assert_string_equal(look.found->url, "http://a.test/poison");
        assert_null(look.found->next);
        assert_int_equal(look.strange, 0);
        end_all(&look, round == 1); /* refused, told, */
        if (round == 1)
            break;
        assert_true(is_there("h-1-0badcafe-0"));
    }
    assert_false(is_there("h-1-0badcafe-0"));
    crumb_find(place, ours, &look); /* and gone */
    assert_null(look.found);
}

static void
test_one_collector_at_a_time(void **state)
{
    struct crumb_look first, second;

    (void)state;
    die_over(ours, "h-1-0badcafe-0", "http://a.test/");
    die_over(ours, "h-1-0badcafe-1", "http://b.test/");
    crumb_find(place, ours, &first);
    crumb_find(place, ours, &second);
    assert_null(second.found);
    assert_int_equal(end_all(&first, false), 2);
    crumb_find(place, ours, &second);
    assert_int_equal(end_all(&second, true), 2);
}

static void
test_the_living_are_left_alone(void **state)
{
    struct crumb_look look;
    struct crumb *c;

    (void)state;
    assert_int_equal(crumb_open(place, ours, "h-1-0badcafe-0", &c), ERR_OK);
    crumb_set(c, STR("http://a.test/"));
    crumb_find(place, ours, &look);
    assert_null(look.found);
    crumb_clear(c);
    crumb_find(place, ours, &look);
    assert_true(is_there("h-1-0badcafe-0"));
    crumb_close(c);
    assert_false(is_there("h-1-0badcafe-0"));
}

static void
test_one_who_worked_on_nothing_leaves_nothing(void **state)
{
    struct crumb_look look;

    (void)state;
    die_over(ours, "h-1-0badcafe-0", NULL);
    assert_true(is_there("h-1-0badcafe-0"));
    crumb_find(place, ours, &look);
    assert_null(look.found);
    assert_int_equal(look.strange, 0);
    assert_false(is_there("h-1-0badcafe-0"));
}

static void
test_other_crawls_are_not_blamed(void **state)
{
    static const struct {
        struct crumb_crawl crawl;
        bool stays;
    } rows[] = {{{"top-1", "0123456789abcdef"}, true},
                {{"top-1m.", "0123456789abcdef"}, true},
                {{"x", "f"}, true},
                /* dropped by --restart: nobody will ever ask */
                {{"top-1m", "fedcba9876543210"}, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct crumb_look look;

        die_over(rows[i].crawl, "h-1-0badcafe-0", "http://a.test/");
        crumb_find(place, ours, &look);
        assert_null(look.found);
        assert_int_equal(look.strange, 0);
        assert_int_equal(is_there("h-1-0badcafe-0"), rows[i].stays);
        unlink(file_of("h-1-0badcafe-0"));
    }
}

static void
test_a_look_takes_a_bounded_number(void **state)
{
    struct crumb_look look;
    size_t total = 0, n;
    char worker[32];

    (void)state;
    for (int i = 0; i < CRUMB_FOUND_MAX + 7; i++) {
        snprintf(worker, sizeof(worker), "h-1-0badcafe-%d", i);
        die_over(ours, worker, "http://a.test/");
    }
    crumb_find(place, ours, &look);
    n = end_all(&look, true);
    assert_int_equal(n, CRUMB_FOUND_MAX);
    for (total = n; n > 0; total += n) {
        crumb_find(place, ours, &look);
        n = end_all(&look, true);
    }
    assert_int_equal(total, CRUMB_FOUND_MAX + 7);
}

/* --- a death at any moment --- */

enum { STEPS_MAX = 2000000 };

/* Sets one URL, stops, then sets another and stops again. */
static void
set_two(const char *one, const char *two)
{
    struct crumb *c;

    if (crumb_open(place, ours, "h-1-0badcafe-0", &c) != ERR_OK ||
        ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(1);
    crumb_set(c, str_from(one));
    raise(SIGSTOP);
    crumb_set(c, str_from(two));
    raise(SIGSTOP);
    _exit(0);
}

/*
 * A process is stepped through crumb_set(), instruction by instruction; after
 * each its file must say the old URL, then nothing, then the new one.
 */
static void
test_file_is_whole_after_each_instruction(void **state)
{
    static const char one[] = "http://a.test/the/first/of/them/is/longer?q=1";
    static const char two[] = "http://b.test/second";
    static char now[FILE_BYTES + 1], before[FILE_BYTES + 1];
    size_t n, changes = 0, steps = 0;
    int status, stage = 0;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0)
        set_two(one, two);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSTOPPED(status))
        skip(); /* no ptrace here */
    do {
        struct crumb_text text;
        enum crumb_kind kind;

        n = bytes_of("h-1-0badcafe-0", now);
        if (steps == 0 || memcmp(now, before, n) != 0) {
            changes++;
            memcpy(before, now, n);
            kind = crumb_read((struct str){now, n}, &text);
            assert_int_not_equal(kind, CRUMB_STRANGE);
            if (stage == 0 && kind == CRUMB_EMPTY)
                stage = 1;
            if (stage == 1 && kind == CRUMB_PAGE)
                stage = 2;
            assert_int_equal(kind, stage == 1 ? CRUMB_EMPTY : CRUMB_PAGE);
            if (kind == CRUMB_PAGE)
                assert_true(str_equal(text.url, str_from(stage ? two : one)));
        }
        assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSTOPPED(status));
    } while (WSTOPSIG(status) != SIGSTOP && ++steps < STEPS_MAX);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    assert_int_equal(stage, 2);
    /* length away, URL, sum, length: at least so many halves were seen */
    assert_true(changes >= 4);
    assert_true(steps > 10);
}

/* --- what else may stand there --- */

static void
test_half_written_states(void **state)
{
    static const struct {
        const char *what;
        size_t at, len; /* these bytes are changed to c */
        char c;
        size_t n; /* the file's length; 0: whole */
        enum crumb_kind want;
    } rows[] = {
        {"nothing changed", 0, 0, 0, 0, CRUMB_PAGE},
        {"no length yet", AT_N, 4, 0, 0, CRUMB_EMPTY},
        {"an older sum", AT_SUM, 8, 7, 0, CRUMB_EMPTY},
        {"an older URL", AT_URL + 7, 1, 'b', 0, CRUMB_EMPTY},
        {"a length for more", AT_N, 1, 90, 0, CRUMB_EMPTY},
        {"a length beyond the file", AT_N, 4, 0x7f, 0, CRUMB_STRANGE},
        {"a length of all ones", AT_N, 4, (char)0xff, 0, CRUMB_STRANGE},
        {"another layout", 7, 1, '2', 0, CRUMB_STRANGE},
        {"no magic", 0, 8, 0, 0, CRUMB_STRANGE},
        {"a name without end", 8, 72, 'a', 0, CRUMB_STRANGE},
        {"no name", 8, 72, 0, 0, CRUMB_STRANGE},
        {"a run without end", 80, 24, 'a', 0, CRUMB_STRANGE},
        {"no run", 80, 24, 0, 0, CRUMB_STRANGE},
        {"killed in its first write", 0, 0, 0, 4096, CRUMB_EMPTY},
        {"one byte short", 0, 0, 0, FILE_BYTES - 1, CRUMB_EMPTY},
        {"one byte long", 0, 0, 0, FILE_BYTES + 1, CRUMB_STRANGE},
        {"one byte", 0, 0, 0, 1, CRUMB_STRANGE},
        {"the head but one byte", 0, 0, 0, AT_N - 1, CRUMB_STRANGE},
        {"the head", 0, 0, 0, AT_N, CRUMB_EMPTY},
    };
    static char good[FILE_BYTES + 1], bytes[FILE_BYTES + 1];
    struct crumb_text text;

    (void)state;
    die_over(ours, "h-1-0badcafe-0", "http://a.test/x");
    assert_int_equal(bytes_of("h-1-0badcafe-0", good), FILE_BYTES);
    assert_int_equal(crumb_read(STR(""), &text), CRUMB_EMPTY);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = rows[i].n ? rows[i].n : FILE_BYTES;
        char *exact = malloc(n); /* for the sanitizer: not a byte more */

        memcpy(bytes, good, sizeof(bytes));
        memset(bytes + rows[i].at, rows[i].c, rows[i].len);
        assert_non_null(exact);
        memcpy(exact, bytes, n);
        if (crumb_read((struct str){exact, n}, &text) != rows[i].want)
            fail_msg("%s", rows[i].what);
        if (rows[i].want == CRUMB_PAGE)
            assert_true(str_equal(text.url, STR("http://a.test/x")));
        free(exact);
    }
}

/* A URL that no entry can hold must not reach Redis or a log. */
static void
test_url_of_blanks_and_controls_is_no_url(void **state)
{
    static const char *const urls[] = {"http://a.test/ x", "http://a.test/\n",
                                       "http://a.test/\x1b[2J", "\x7f"};
    struct crumb_look look;

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        die_over(ours, "h-1-0badcafe-0", urls[i]);
        crumb_find(place, ours, &look);
        assert_null(look.found);
        assert_int_equal(look.strange, 1);
        unlink(file_of("h-1-0badcafe-0"));
    }
}

static void
test_longest_url_fits_and_a_longer_one_is_left_out(void **state)
{
    static char url[ENTRY_MAX_BYTES + 2];
    struct crumb_look look;

    (void)state;
    memset(url, 'x', ENTRY_MAX_BYTES);
    die_over(ours, "h-1-0badcafe-0", url);
    crumb_find(place, ours, &look);
    assert_non_null(look.found);
    assert_string_equal(look.found->url, url);
    end_all(&look, true);
    url[ENTRY_MAX_BYTES] = 'x';
    die_over(ours, "h-1-0badcafe-0", url);
    crumb_find(place, ours, &look);
    assert_null(look.found);
    assert_false(is_there("h-1-0badcafe-0"));
}

static void
test_hostile_files_are_left_alone(void **state)
{
    static char junk[3 * FILE_BYTES];
    char target[128], odd[] = "h-1\033[2J";
    struct crumb_look look;
    int fd;

    (void)state;
    die_over(ours, "victim", "http://a.test/");
    memset(junk, 'j', sizeof(junk));
    put_file("junk", junk, FILE_BYTES);
    put_file("short", junk, 17);
    put_file("huge", junk, sizeof(junk));
    put_file(odd, junk, 1);
    assert_int_equal(mkfifo(file_of("fifo"), 0600), 0);
    assert_int_equal(mkdir(file_of("folder"), 0700), 0);
    snprintf(target, sizeof(target), "%s/elsewhere", place);
    assert_int_equal(rename(file_of("victim"), target), 0);
    assert_int_equal(symlink(target, file_of("link")), 0);
    assert_int_equal(symlink("/nowhere", file_of("dangling")), 0);
    /* sparse: a file of a terabyte costs nothing to make or to refuse */
    put_file("sparse", junk, 1);
    assert_int_equal(truncate(file_of("sparse"), (off_t)1 << 40), 0);

    crumb_find(place, ours, &look);
    assert_null(look.found);
    assert_int_equal(look.strange, 9);
    assert_true(look.one[0] != '\0');
    assert_true(is_there("junk") && is_there("short") && is_there("huge") &&
                is_there("fifo") && is_there("link") && is_there("folder") &&
                is_there("dangling") && is_there("sparse") && is_there(odd));
    fd = open(target, O_RDWR); /* nobody has touched or locked it */
    assert_true(fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0);
    close(fd);
}

static void
test_owner_takes_no_file_that_is_there(void **state)
{
    char target[128];
    struct crumb *c;

    (void)state;
    assert_int_equal(crumb_open(place, ours, "first", &c), ERR_OK);
    crumb_close(c);
    put_file("h-1-0badcafe-0", "x", 1);
    assert_int_equal(crumb_open(place, ours, "h-1-0badcafe-0", &c), ERR_IO);
    assert_int_equal(errno, EEXIST);
    assert_null(c);
    snprintf(target, sizeof(target), "%s/elsewhere", place);
    assert_int_equal(symlink(target, file_of("h-1-0badcafe-1")), 0);
    assert_int_equal(crumb_open(place, ours, "h-1-0badcafe-1", &c), ERR_IO);
    assert_int_equal(access(target, F_OK), -1);
}

static void
test_without_a_folder_nothing_is_kept_or_found(void **state)
{
    struct crumb_look look;
    struct crumb *c;
    char *end;
    int fd;

    (void)state;
    crumb_find(place, ours, &look); /* not made yet */
    assert_null(look.found);
    end = place + strlen(place);
    memcpy(end, "/x", 3);
    assert_int_equal(crumb_open(place, ours, "h-1-0badcafe-0", &c), ERR_IO);
    assert_int_equal(errno, ENOENT);
    *end = '\0';
    crumb_set(c, STR("http://a.test/")); /* NULL: all of it is nothing */
    crumb_clear(c);
    crumb_close(c);
    memcpy(end, "/crumb", 7); /* a file where the folder belongs */
    fd = open(place, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    *end = '\0';
    assert_int_equal(crumb_open(place, ours, "h-1-0badcafe-0", &c), ERR_IO);
    assert_int_equal(errno, ENOTDIR);
    crumb_find(place, ours, &look);
    assert_null(look.found);
}

#define IN_PLACE(test) \
    cmocka_unit_test_setup_teardown(test, place_make, place_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_crumb_of_a_dead_worker_is_found_until_told),
        IN_PLACE(test_one_collector_at_a_time),
        IN_PLACE(test_the_living_are_left_alone),
        IN_PLACE(test_one_who_worked_on_nothing_leaves_nothing),
        IN_PLACE(test_other_crawls_are_not_blamed),
        IN_PLACE(test_a_look_takes_a_bounded_number),
        IN_PLACE(test_file_is_whole_after_each_instruction),
        IN_PLACE(test_half_written_states),
        IN_PLACE(test_url_of_blanks_and_controls_is_no_url),
        IN_PLACE(test_longest_url_fits_and_a_longer_one_is_left_out),
        IN_PLACE(test_hostile_files_are_left_alone),
        IN_PLACE(test_owner_takes_no_file_that_is_there),
        IN_PLACE(test_without_a_folder_nothing_is_kept_or_found)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
