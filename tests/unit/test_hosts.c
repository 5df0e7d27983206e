/*
 * Workers on other machines: the file of hosts, what goes through the shell
 * there, what comes back.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/log.h"
#include "master/fleet_command.h"
#include "master/fleet_words.h"
#include "master/hosts.h"
#include "master/reaper.h"

/* --- the file --- */

static void
test_a_line_names_a_host(void **state)
{
    static const struct {
        const char *line, *target;
        unsigned port, procs, threads;
    } rows[] = {{"a", "a", 0, 0, 0},
                {"a.example.org 8 5", "a.example.org", 0, 8, 5},
                {"\t me@a:2222  1024\t1024 # the big one\r\n", "me@a", 2222,
                 1024, 1024},
                {"a - 3", "a", 0, 0, 3},
                {"a 3 -", "a", 0, 3, 0},
                {"10.0.0.1:22", "10.0.0.1", 22, 0, 0},
                {"[2001:db8::1]", "2001:db8::1", 0, 0, 0},
                {"first.last+x@[::1]:65535 1", "first.last+x@::1", 65535, 1, 0},
                {"[fe80::1%eth0]:2", "fe80::1%eth0", 2, 0, 0},
                {"my_alias-1#comment", "my_alias-1", 0, 0, 0}};
    char why[HOSTS_WHY_BYTES];
    struct hosts_row row;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(hosts_row_parse(str_from(rows[i].line), &row, why),
                         ERR_OK);
        assert_string_equal(row.target, rows[i].target);
        assert_int_equal(row.port, rows[i].port);
        assert_int_equal(row.procs, rows[i].procs);
        assert_int_equal(row.threads, rows[i].threads);
        hosts_row_fini(&row);
    }
}

static void
test_a_line_may_say_nothing(void **state)
{
    static const char *const rows[] = {"", " ", "\t\r\n", "# a 1", "  #"};
    char why[HOSTS_WHY_BYTES];
    struct hosts_row row;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(hosts_row_parse(str_from(rows[i]), &row, why),
                         ERR_NOT_FOUND);
}

static void
test_a_bad_line_says_what_to_do(void **state)
{
    static const struct {
        const char *line, *why;
    } rows[] = {{"-oProxyCommand=x", "write [USER@]HOST[:PORT]"},
                {"me@-x", "write [USER@]HOST[:PORT]"},
                {"a;reboot", "write [USER@]HOST[:PORT]"},
                {"$(reboot)", "write [USER@]HOST[:PORT]"},
                {"a/b", "write [USER@]HOST[:PORT]"},
                {"ssh://a", "port"},
                {"\x1b[2J", "\\x1b[2J"},
                {"h\xc3\xb6st", "write [USER@]HOST[:PORT]"},
                {"@a", "write USER@HOST"},
                {"a b@c", "PROCS"},
                {"me;x@a", "write USER@HOST"},
                {"me@you@a", "write [USER@]HOST[:PORT]"},
                {"::1", "brackets: [::1]"},
                {"2001:db8::1", "brackets"},
                {"[::1", "[IPV6]"},
                {"[::1]x", "[IPV6]"},
                {"[10.0.0.1]", "[IPV6]"},
                {"[::1%]", "[IPV6]"},
                {"[::1%-x]", "[IPV6]"},
                {"[", "[IPV6]"},
                {"a:", "port"},
                {"a:0", "port"},
                {"a:65536", "port"},
                {"a:22:22", "port"},
                {"[::1]:", "port"},
                {"a 0", "PROCS"},
                {"a 1025", "PROCS"},
                {"a -1", "PROCS"},
                {"a 1 0", "THREADS"},
                {"a 1 x", "THREADS"},
                {"a 99999999999999999999", "PROCS"},
                {"a 1 1 1", "too many words"}};
    char why[HOSTS_WHY_BYTES];
    struct hosts_row row;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(hosts_row_parse(str_from(rows[i].line), &row, why),
                         ERR_INVALID);
        if (strstr(why, rows[i].why) == NULL)
            fail_msg("%s: %s", rows[i].line, why);
        hosts_row_fini(&row);
    }
    assert_int_equal(hosts_row_parse((struct str){"a\0b", 3}, &row, why),
                     ERR_INVALID);
}

/* A file with these bytes, read; how many hosts it has, or -1. */
static long
hosts_of(const char *bytes, size_t len)
{
    char path[] = "/tmp/weft-hosts.XXXXXX";
    int fd = mkstemp(path);
    struct hosts hosts;
    long n = -1;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
    if (hosts_read(path, &hosts) == ERR_OK) {
        n = (long)hosts.n;
        hosts_fini(&hosts);
    }
    unlink(path);
    return n;
}

static void
test_a_file_is_taken_whole_or_not_at_all(void **state)
{
    static const struct {
        struct str file;
        long want;
    } rows[] = {{{"a\nb 2\n", 6}, 2},
                {{"a", 1}, 1}, /* without an end of line */
                {{"", 0}, -1},
                {{"# nothing\n\n", 11}, -1},
                {{"a\nb 0\nc\n", 8}, -1},
                {{"a\na 2\n", 6}, -1}, /* twice */
                {{"a\na:22\n", 7}, 2}, /* perhaps another one */
                {{"me@a\nyou@a\n", 11}, 2},
                {{"a\0b\nc\n", 6}, -1}};
    char *big = malloc(1 << 16);
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(hosts_of(rows[i].file.p, rows[i].file.n),
                         rows[i].want);
    memset(big, 'a', 1 << 16); /* no list at all */
    assert_int_equal(hosts_of(big, 1 << 16), -1);
    for (size_t i = 0; i <= HOSTS_MAX; i++)
        n += (size_t)snprintf(big + n, 16, "h%zu\n", i);
    assert_int_equal(hosts_of(big, n), -1);
    n -= strlen("h1024\n");
    assert_int_equal(hosts_of(big, n), HOSTS_MAX);
    free(big);
}

static void
test_here_is_known_by_its_address(void **state)
{
    static const struct {
        const char *target;
        bool want;
    } rows[] = {{"localhost", true},    {"me@localhost", true},
                {"127.0.0.1", true},    {"127.9.9.9", true},
                {"::1", true},          {"10.0.0.1", false},
                {"localhost.a", false}, {"1127.0.0.1", false}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(hosts_is_here(rows[i].target), rows[i].want);
}

/* --- through the shell --- */

static const char *const odd_words[] = {
    "",         "a",         "a b",       "it's",        "''",
    "\\",       "\\\\",      "a\\'b",     "\"x\"",       "$HOME",
    "`id`",     "$(id)",     "!!",        "*",           "~",
    "a;b&c|d",  "<>(){}[]#", "tab\there", "-n",          "ends with '",
    "' begins", "\\ begins", "100%s %d",  "h\xc3\xb6st", "a=b^c"};

static void
test_a_quoted_word_is_as_written(void **state)
{
    static const struct {
        const char *word, *want;
    } rows[] = {{"", "''"},
                {"a", "'a'"},
                {"a b", "'a b'"},
                {"it's", "'it'\\''s'"},
                {"'", "\\'"},
                {"\\", "\\\\"},
                {"a\\'b", "'a'\\\\\\''b'"},
                {"$x `y` z!", "'$x `y` z'\\!"}};
    struct buf out;

    (void)state;
    buf_init(&out, 256);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        buf_reset(&out);
        assert_int_equal(fleet_command_quote(rows[i].word, &out), ERR_OK);
        assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
        assert_string_equal(out.p, rows[i].want);
    }
    buf_fini(&out);
}

/* What a shell makes of printf %s and the quoted word. */
static void
shell_gives(const char *shell, const char *word)
{
    char path[] = "/tmp/weft-quote.XXXXXX", got[256];
    int fd = mkstemp(path);
    struct buf line;
    FILE *f;
    size_t n;

    assert_true(fd >= 0);
    close(fd);
    buf_init(&line, 1024);
    assert_int_equal(buf_addf(&line, "printf %%s "), ERR_OK);
    assert_int_equal(fleet_command_quote(word, &line), ERR_OK);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "%.*s\n", STR_ARG(buf_str(&line)));
    fclose(f);
    buf_reset(&line);
    assert_int_equal(buf_addf(&line, "%s %s", shell, path), ERR_OK);
    assert_int_equal(buf_add_char(&line, '\0'), ERR_OK);
    f = popen(line.p, "r");
    assert_non_null(f);
    n = fread(got, 1, sizeof(got) - 1, f);
    got[n] = '\0';
    assert_int_equal(pclose(f), 0);
    assert_string_equal(got, word);
    buf_fini(&line);
    unlink(path);
}

static void
test_shells_read_it_back(void **state)
{
    static const struct {
        const char *file, *run;
    } shells[] = {{"/bin/sh", "/bin/sh"},
                  {"/bin/bash", "/bin/bash"},
                  {"/bin/csh", "/bin/csh -f"},
                  {"/usr/bin/zsh", "/usr/bin/zsh -f"},
                  {"/usr/bin/fish", "/usr/bin/fish -N"}};

    (void)state;
    for (size_t s = 0; s < sizeof(shells) / sizeof(shells[0]); s++)
        for (size_t i = 0; i < sizeof(odd_words) / sizeof(odd_words[0]); i++)
            if (access(shells[s].file, X_OK) == 0)
                shell_gives(shells[s].run, odd_words[i]);
}

static void
test_a_command_is_split_as_by_a_shell(void **state)
{
    static const struct {
        const char *text, *want; /* words, each in < > */
    } rows[] = {{"ssh", "<ssh>"},
                {"  ssh  -p 2222\t-i key ", "<ssh><-p><2222><-i><key>"},
                {"ssh -i 'my key'", "<ssh><-i><my key>"},
                {"ssh -o \"A=b c\"d", "<ssh><-o><A=b cd>"},
                {"ssh -i my\\ key", "<ssh><-i><my key>"},
                {"'a\\b' \"c\\\"d\" '' \"it's\"", "<a\\b><c\"d><><it's>"},
                {"$HOME `id` *", "<$HOME><`id`><*>"},
                {"end\\", "<end\\>"},
                {"", ""},
                {" \t", ""},
                {"ssh 'x", NULL},
                {"ssh \"x", NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char got[256] = "", **words;
        enum err e = fleet_command_split(rows[i].text, &words);
        size_t n = 0;

        assert_int_equal(e, rows[i].want ? ERR_OK : ERR_INVALID);
        for (size_t w = 0; words && words[w]; w++)
            n += (size_t)snprintf(got + n, sizeof(got) - n, "<%s>", words[w]);
        if (rows[i].want)
            assert_string_equal(got, rows[i].want);
        fleet_command_free_words(words);
    }
}

/* The whole command: nothing secret in it, the address in its input. */
static void
test_no_password_is_an_argument(void **state)
{
    struct config c = {.threads = 5,
                       .connections = 64,
                       .ssh = (char[]){"ssh -i 'my key'"},
                       .remote_worker = (char[]){"/opt/it's/worker"},
                       .remote_output = (char[]){"a b"}};
    struct fleet_command_options options = {&c, "t", "/out",
                                            "redis://:s3cret@a:6379/0"};
    struct hosts_row row = {(char[]){"me@a:2"}, (char[]){"me@a"}, 2, 1, 3};
    struct fleet_command command;
    size_t n = 0;

    (void)state;
    setenv("WEFT_REDIS", "redis://:s3cret@a", 1);
    setenv("REDIS_URL", "redis://:s3cret@a", 1);
    fleet_command_there(&options, &row, &command);
    assert_string_equal(command.args[0], "ssh");
    assert_string_equal(command.args[2], "my key");
    for (; command.args[n]; n++)
        assert_null(strstr(command.args[n], "s3cret"));
    for (size_t i = 0; command.env[i]; i++)
        assert_null(strstr(command.env[i], "s3cret"));
    assert_string_equal(command.input, "redis://:s3cret@a:6379/0\n");
    assert_string_equal(command.args[n - 2], "me@a");
    assert_string_equal(command.args[n - 3], "--");
    assert_string_equal(command.args[n - 4], "2");
    assert_string_equal(
        command.args[n - 1],
        "exec 'sh' '-c' 'IFS= read -r WEFT_REDIS || exit; export WEFT_REDIS; "
        "\"$@\"; exit $?' 'weft' '/opt/it'\\''s/worker' '--name' 't' "
        "'--output' 'a b' '--threads' '3' '--connections' '64' '--config' "
        "'/dev/null' '--until-eof'");
    fleet_command_fini(&command);
    unsetenv("WEFT_REDIS");
    unsetenv("REDIS_URL");
}

static void
test_what_cannot_work_is_said(void **state)
{
    static const struct {
        const char *redis, *socket, *ssh, *worker, *output, *why;
    } rows[] = {
        {"a", NULL, "true -x", "worker", NULL, NULL},
        {"a", NULL, "true", "a b/worker", "it's", NULL},
        {NULL, NULL, "true", "worker", NULL, "private Redis"},
        {NULL, "/run/redis", "true", "worker", NULL, "unix socket"},
        {"a", NULL, NULL, "worker", NULL, "--ssh"},
        {"a", NULL, "'true", "worker", NULL, "quote"},
        {"a", NULL, " ", "worker", NULL, "no program"},
        {"a", NULL, "no-such-ssh", "worker", NULL, "openssh-client"},
        {"a", NULL, "/", "worker", NULL, "openssh-client"},
        {"a", NULL, "true", "~/worker", NULL, "--remote-worker: ~"},
        {"a", NULL, "true", "worker", "~me/x", "--remote-output: ~"},
        {"a", NULL, "true", "worker", "-x", "--remote-output: it would"},
        {"a", NULL, "true", "worker\n", NULL, "control characters"}};
    char why[FLEET_WHY_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct config c = {.ssh = (char *)(uintptr_t)rows[i].ssh,
                           .remote_worker = (char *)(uintptr_t)rows[i].worker,
                           .remote_output = (char *)(uintptr_t)rows[i].output};
        struct redis_url url = {.host = (char *)(uintptr_t)rows[i].redis,
                                .path = (char *)(uintptr_t)rows[i].socket};

        assert_int_equal(fleet_command_check(&c, &url, why),
                         rows[i].why ? ERR_INVALID : ERR_OK);
        if (rows[i].why && strstr(why, rows[i].why) == NULL)
            fail_msg("%zu: %s", i, why);
    }
}

/* --- what comes back --- */

static void
test_a_worker_says_who_it_is(void **state)
{
    static const struct {
        const char *line, *identity;
        unsigned cpus;
    } rows[] = {{"weft-worker vm-123-0badcafe 8", "vm-123-0badcafe", 8},
                {"weft-worker a.b-c_d-1-2 1\r", "a.b-c_d-1-2", 1},
                {"weft-worker vm-1-2 99999", "vm-1-2", 1024},
                {"weft-worker vm-1-2", NULL, 0},
                {"weft-worker vm-1-2 0", NULL, 0},
                {"weft-worker vm-1-2 x", NULL, 0},
                {"weft-worker vm-1 2", NULL, 0},
                {"weft-worker  2", NULL, 0},
                {"weft-worker v*m-1-2 2", NULL, 0},
                {"Welcome to vm", NULL, 0},
                {"", NULL, 0}};
    char identity[FLEET_IDENTITY_BYTES], line[512];
    unsigned cpus;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(
            fleet_words_identity(str_from(rows[i].line), identity, &cpus),
            rows[i].identity != NULL);
        if (rows[i].identity == NULL)
            continue;
        assert_string_equal(identity, rows[i].identity);
        assert_int_equal(cpus, rows[i].cpus);
    }
    snprintf(line, sizeof(line), "weft-worker vm-1-%0200d 2", 1);
    assert_false(fleet_words_identity(str_from(line), identity, &cpus));
}

static void
words_note(void *arg, struct str line)
{
    struct buf *b = arg;

    assert_int_equal(buf_addf(b, "<%.*s>", STR_ARG(line)), ERR_OK);
}

static void
test_words_come_line_by_line(void **state)
{
    static struct fleet_words w;
    static const char *const parts[] = {"one\nt", "wo\n\nthr", "ee"};
    struct buf got;
    size_t room;

    (void)state;
    buf_init(&got, 1 << 16);
    fleet_words_begin(&w);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        memcpy(fleet_words_room(&w, &room), parts[i], strlen(parts[i]));
        fleet_words_take(&w, strlen(parts[i]), false, words_note, &got);
    }
    fleet_words_take(&w, 0, true, words_note, &got);
    assert_int_equal(buf_add_char(&got, '\0'), ERR_OK);
    assert_string_equal(got.p, "<one><two><><three>");

    buf_reset(&got); /* a line without end is cut, and reading goes on */
    memset(fleet_words_room(&w, &room), 'x', FLEET_LINE_BYTES);
    assert_int_equal(room, FLEET_LINE_BYTES);
    fleet_words_take(&w, room, false, words_note, &got);
    assert_int_equal(got.n, FLEET_LINE_BYTES + 2);
    fleet_words_room(&w, &room);
    assert_int_equal(room, FLEET_LINE_BYTES);
    buf_fini(&got);
}

static void
test_the_last_words_are_kept(void **state)
{
    static struct fleet_words w;
    static const char *const lines[] = {
        "first", "ssh: connect to host a port 22: Connection refused\r", "",
        "2026-11-21T09:45:49.313Z warn worker[12]: disk full", "\x1b[31mred"};
    char all[512];

    (void)state;
    fleet_words_begin(&w);
    assert_string_equal(fleet_words_last(&w, all, sizeof(all)), "");
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        fleet_words_keep(&w, str_from(lines[i]));
    assert_string_equal(fleet_words_last(&w, all, sizeof(all)),
                        "ssh: connect to host a port 22: Connection refused / "
                        "disk full / \\x1b[31mred");
    fleet_words_forget(&w);
    assert_string_equal(fleet_words_last(&w, all, sizeof(all)), "");
}

static void
test_threads_belong_to_their_process(void **state)
{
    static const struct {
        const char *name, *identity;
        bool want;
    } rows[] = {{"vm-1-0badcafe-4", "vm-1-0badcafe", true},
                {"vm-1-0badcafe-4.2", "vm-1-0badcafe", true},
                {"vm-1-0badcafe", "vm-1-0badcafe", false},
                {"vm-1-0badcafe1-4", "vm-1-0badcafe", false},
                {"vm-12-0badcafe-4", "vm-1", false},
                {"vm-1-0badcafe-4", "", false}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(reaper_is_of(str_from(rows[i].name), rows[i].identity),
                         rows[i].want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_names_a_host),
        cmocka_unit_test(test_a_line_may_say_nothing),
        cmocka_unit_test(test_a_bad_line_says_what_to_do),
        cmocka_unit_test(test_a_file_is_taken_whole_or_not_at_all),
        cmocka_unit_test(test_here_is_known_by_its_address),
        cmocka_unit_test(test_a_quoted_word_is_as_written),
        cmocka_unit_test(test_shells_read_it_back),
        cmocka_unit_test(test_a_command_is_split_as_by_a_shell),
        cmocka_unit_test(test_no_password_is_an_argument),
        cmocka_unit_test(test_what_cannot_work_is_said),
        cmocka_unit_test(test_a_worker_says_who_it_is),
        cmocka_unit_test(test_words_come_line_by_line),
        cmocka_unit_test(test_the_last_words_are_kept),
        cmocka_unit_test(test_threads_belong_to_their_process)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
