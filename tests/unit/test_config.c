/*
 * config: the option table, its layers, and that checked-in copies are current.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "tests/unit/config_rig.h"

static char why[CONFIG_WHY_BYTES];

static enum err
set_from(enum config_source from, const char *name, const char *value)
{
    return config_set(&config, CONFIG_MASTER, from, str_from(name),
                      str_from(value), why);
}

static char *loaded[16]; /* argv of the last load(), permuted */

static enum err
load(enum config_who who, int argc, const char *const *argv, int *first)
{
    for (int i = 0; i <= argc; i++)
        loaded[i] = (char *)(uintptr_t)argv[i];
    return config_load(&config, who, argc, loaded, first, why);
}

static void
test_defaults_are_those_of_the_table(void **state)
{
    (void)state;
    assert_int_equal(config.delay, 1000);
    assert_int_equal(config.threads, 5);
    assert_int_equal(config.connections, 64);
    assert_int_equal(config.max_filesize, 5 << 20);
    assert_true(config.robots);
    assert_int_equal(config.proxy.n, 0);
    assert_int_equal(config.header.n, 0);
}

static void
test_times_and_sizes_have_units(void **state)
{
    static const struct {
        const char *value;
        int64_t want;
    } times[] = {{"2", 2000},    {"0.25", 250},   {"500ms", 500},
                 {"2m", 120000}, {"1h", 3600000}, {"1.5s", 1500}};
    static const struct {
        const char *value;
        int64_t want;
    } sizes[] = {
        {"2000", 2000}, {"64k", 65536}, {"1M", 1 << 20}, {"1g", 1 << 30}};

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        assert_int_equal(set_from(CONFIG_FROM_FLAG, "delay", times[i].value),
                         ERR_OK);
        assert_int_equal(config.delay, times[i].want);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(
            set_from(CONFIG_FROM_FLAG, "max_filesize", sizes[i].value), ERR_OK);
        assert_int_equal(config.max_filesize, sizes[i].want);
    }
}

static void
test_values_out_of_range_are_refused(void **state)
{
    static const struct {
        const char *name, *value;
    } rows[] = {
        {"delay", "-1"},     {"delay", "1x"},        {"delay", ""},
        {"delay", "nan"},    {"delay", "inf"},       {"delay", "0x10"},
        {"threads", "0"},    {"threads", "2.5"},     {"threads", "5000"},
        {"threads", "5k5"},  {"robots", "perhaps"},  {"max_filesize", "1e99"},
        {"polite_by", "ip"}, {"seed_scheme", "ftp"}, {"delay", "1 2"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(
            set_from(CONFIG_FROM_FLAG, rows[i].name, rows[i].value),
            ERR_INVALID);
        assert_non_null(strstr(why, rows[i].name));
    }
}

static void
test_higher_layers_win(void **state)
{
    (void)state;
    assert_int_equal(set_from(CONFIG_FROM_FLAG, "threads", "7"), ERR_OK);
    assert_int_equal(set_from(CONFIG_FROM_FILE, "threads", "9"), ERR_OK);
    assert_int_equal(config.threads, 7);
    assert_int_equal(set_from(CONFIG_FROM_FILE, "procs", "3"), ERR_OK);
    assert_int_equal(set_from(CONFIG_FROM_ENV, "procs", "4"), ERR_OK);
    assert_int_equal(config.procs, 4);
}

static void
test_a_list_of_a_higher_layer_replaces_the_lower(void **state)
{
    (void)state;
    assert_int_equal(set_from(CONFIG_FROM_FILE, "header", "A: 1"), ERR_OK);
    assert_int_equal(set_from(CONFIG_FROM_FLAG, "header", "B: 2"), ERR_OK);
    assert_int_equal(set_from(CONFIG_FROM_FLAG, "header", "C: 3"), ERR_OK);
    assert_int_equal(config.header.n, 2);
    assert_string_equal(config.header.v[0], "B: 2");
}

/* --save and --no-warc tell of one thing, in layers and in order. */
static void
test_what_is_saved_is_said_by_two_options(void **state)
{
    static const struct {
        const char *settings; /* layer, name, value; a blank between */
        const char *want;
    } rows[] = {{"", "warc"},
                {"4warc=no", "none"},
                {"4save=none", "none"},
                {"4save=files", "files"},
                {"4save=files,warc", "both"},
                {"4save=both 4warc=no", "files"},
                {"4warc=no 4save=both", "both"},
                {"4warc=no 4save=files", "files"},
                {"4save=files 4warc=yes", "both"},
                /* flags are read first, then environment and file */
                {"4warc=no 2save=both", "files"},
                {"4save=both 2warc=no", "both"},
                {"4save=none 3warc=yes 2save=both", "none"},
                /* what a resumed crawl had */
                {"1save=both 1warc=yes 4warc=no", "files"},
                {"1warc=no", "none"},
                {"4save=files 1save=warc 1warc=yes", "files"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str rest = str_from(rows[i].settings);

        config_fini(&config);
        config_init(&config);
        while (rest.n > 0) {
            struct str value = str_cut(&rest, ' ');
            enum config_source from = (enum config_source)(value.p[0] - '0');
            struct str name = str_cut(&value, '=');

            name.p++;
            name.n--;
            assert_int_equal(
                config_set(&config, CONFIG_CRAWL, from, name, value, why),
                ERR_OK);
        }
        assert_string_equal(config.save, rows[i].want);
        assert_int_equal(config.warc, strcmp(rows[i].want, "warc") == 0 ||
                                          strcmp(rows[i].want, "both") == 0);
    }
    assert_int_equal(config_set(&config, CONFIG_CRAWL, CONFIG_FROM_FLAG,
                                STR("save"), STR("all"), why),
                     ERR_INVALID);
}

static void
test_flags_letters_no_forms_and_aliases(void **state)
{
    const char *argv[] = {"master", "-w",      "2",  "list.csv", "--no-robots",
                          "--wait", "3",       "-H", "X: y",     "--max-urls=5",
                          "-k",     "--level", "2",  NULL};
    int first;

    (void)state;
    assert_int_equal(load(CONFIG_MASTER, 13, argv, &first), ERR_OK);
    assert_int_equal(config.delay, 3000);
    assert_false(config.robots);
    assert_false(config.check_certificate);
    assert_int_equal(config.max_seeds, 5);
    assert_int_equal(config.level, 2);
    assert_int_equal(config.header.n, 1);
    assert_int_equal(first, 12);
    assert_string_equal(loaded[first], "list.csv");
}

static void
test_unknown_flags_and_missing_values_are_named(void **state)
{
    const char *unknown[] = {"master", "--bogus", NULL};
    const char *missing[] = {"master", "--delay", NULL};
    const char *others[] = {"worker", "--procs", "3", NULL};
    int first;

    (void)state;
    assert_int_equal(load(CONFIG_MASTER, 2, unknown, &first), ERR_INVALID);
    assert_non_null(strstr(why, "--bogus"));
    assert_int_equal(load(CONFIG_MASTER, 2, missing, &first), ERR_INVALID);
    assert_non_null(strstr(why, "--delay"));
    assert_int_equal(load(CONFIG_WORKER, 3, others, &first), ERR_INVALID);
}

static void
load_file(const char *text, enum err want)
{
    char path[] = "/tmp/weft-test-XXXXXX";
    int fd = mkstemp(path), first;
    const char *argv[] = {"master", "--config", path, NULL};

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    config_fini(&config);
    config_init(&config);
    assert_int_equal(load(CONFIG_MASTER, 3, argv, &first), want);
    unlink(path);
}

static void
test_file_lines_are_set_and_wrong_ones_numbered(void **state)
{
    (void)state;
    load_file("# a comment\n[any section]\ndelay = 2.5\nmax-pages=7\n"
              "heartbeat_limit = 5\n",
              ERR_OK);
    assert_int_equal(config.delay, 2500);
    assert_int_equal(config.max_pages, 7);
    load_file("delay = 1\n\ndealy = 2\n", ERR_INVALID);
    assert_non_null(strstr(why, ":3:"));
    assert_non_null(strstr(why, "dealy"));
    load_file("threads = 0\n", ERR_INVALID);
    assert_non_null(strstr(why, ":1:"));
    load_file("nonsense\n", ERR_INVALID);
}

/* inih alone goes on with the rest of a long line as if it were another. */
static void
test_file_lines_stand_for_themselves(void **state)
{
    char line[400];

    (void)state;
    snprintf(line, sizeof(line), "delay = 1\ncontact = %0200d\n", 1);
    load_file(line, ERR_INVALID);
    assert_non_null(strstr(why, ":2: "));
    assert_non_null(strstr(why, "198 bytes"));
    snprintf(line, sizeof(line), "contact = %0180d threads = 7\n", 1);
    load_file(line, ERR_INVALID);
    snprintf(line, sizeof(line), "# %0300d\ndelay = 3\n", 1);
    load_file(line, ERR_OK);
    assert_int_equal(config.delay, 3000);
    load_file("contact = me\n  threads = 7\n\tdelay = 2\n", ERR_OK);
    assert_string_equal(config.contact, "me");
    assert_int_equal(config.threads, 7);
    assert_int_equal(config.delay, 2000);
    assert_int_equal(config_load_text(&config, CONFIG_MASTER,
                                      STR("delay = 1\ncontact = a\0b\n"), "x",
                                      why),
                     ERR_INVALID);
    assert_non_null(strstr(why, "x:2: "));
}

static void
test_what_is_refused_is_shown_harmlessly(void **state)
{
    (void)state;
    assert_int_equal(
        config_take_setting(&config, STR("max_pages"), STR("7\0junk"), why),
        ERR_INVALID);
    assert_int_equal(
        config_take_setting(&config, STR("header"), STR("\0A\nd"), why),
        ERR_INVALID);
    load_file("max-pages = \033[2J\n", ERR_INVALID);
    assert_null(strchr(why, '\033'));
    assert_non_null(strstr(why, "\\x1b[2J"));
    load_file("\033c = 1\n", ERR_INVALID);
    assert_null(strchr(why, '\033'));
    assert_int_equal(
        config_take_setting(&config, STR("polite_by"), STR("\r\xff\033"), why),
        ERR_INVALID);
    assert_non_null(strstr(why, "\"\\x0d\\xff\\x1b\" is not domain or host"));
}

static void
test_environment_sets_and_names_itself(void **state)
{
    const char *argv[] = {"master", NULL};
    int first;

    (void)state;
    setenv("WEFT_MAX_PAGES", "12", 1);
    setenv("REDIS_URL", "redis://h/", 1);
    assert_int_equal(load(CONFIG_MASTER, 1, argv, &first), ERR_OK);
    assert_int_equal(config.max_pages, 12);
    assert_string_equal(config.redis, "redis://h/");
    setenv("WEFT_MAX_PAGES", "many", 1);
    assert_int_equal(load(CONFIG_MASTER, 1, argv, &first), ERR_INVALID);
    assert_non_null(strstr(why, "WEFT_MAX_PAGES"));
    unsetenv("WEFT_MAX_PAGES");
    unsetenv("REDIS_URL");
}

static void
test_settings_travel_and_arrive(void **state)
{
    struct config other;
    struct buf value;
    const char *name;
    bool is_default;

    (void)state;
    assert_int_equal(set_from(CONFIG_FROM_FLAG, "delay", "0.25"), ERR_OK);
    assert_int_equal(set_from(CONFIG_FROM_FLAG, "header", "A: 1"), ERR_OK);
    assert_int_equal(set_from(CONFIG_FROM_FLAG, "header", "B: 2"), ERR_OK);
    assert_int_equal(set_from(CONFIG_FROM_FLAG, "robots", "no"), ERR_OK);
    assert_int_equal(set_from(CONFIG_FROM_FLAG, "max_filesize", "3k"), ERR_OK);
    config_init(&other);
    buf_init(&value, 4096);
    for (size_t i = 0;
         config_crawl_setting(&config, i, &name, &value, &is_default); i++)
        assert_int_equal(
            config_take_setting(&other, str_from(name), buf_str(&value), why),
            ERR_OK);
    assert_int_equal(other.delay, 250);
    assert_int_equal(other.header.n, 2);
    assert_string_equal(other.header.v[1], "B: 2");
    assert_false(other.robots);
    assert_int_equal(other.max_filesize, 3072);
    buf_fini(&value);
    config_fini(&other);
}

/* All of a checked-in file, with a NUL behind. */
static char *
read_whole(const char *path)
{
    FILE *in = fopen(path, "r");
    char *text;
    long size;

    assert_non_null(in);
    fseek(in, 0, SEEK_END);
    size = ftell(in);
    rewind(in);
    text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, in), size);
    fclose(in);
    return text;
}

/* config/weft.conf is made from the table: make conf */
static void
test_checked_in_configuration_file_is_current(void **state)
{
    char *made, *kept = read_whole("config/weft.conf");
    size_t n = 0;
    FILE *out = open_memstream(&made, &n);

    (void)state;
    config_print_conf(out);
    fclose(out);
    assert_string_equal(made, kept);
    free(made);
    free(kept);
}

/* The manuals' lists of options are made from the table: make man */
static void
test_option_sections_of_the_manuals_are_current(void **state)
{
    static const struct {
        const char *path;
        enum config_who who;
    } pages[] = {{"docs/master.8", CONFIG_MASTER},
                 {"docs/worker.8", CONFIG_WORKER}};
    static const char head[] = "\n.\\\" options: made by make man\n";
    static const char tail[] = ".\\\" end of options\n";

    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        char *made, *kept = read_whole(pages[i].path);
        char *from = strstr(kept, head), *to = strstr(kept, tail);
        size_t n = 0;
        FILE *out = open_memstream(&made, &n);

        config_print_man(pages[i].who, out);
        fclose(out);
        assert_non_null(from);
        assert_non_null(to);
        from += strlen(head);
        assert_true(from < to);
        *to = '\0';
        assert_string_equal(made, from);
        free(made);
        free(kept);
    }
}

/* A stranger finds wget's and curl's names beside ours, on a terminal of 80
 * columns. */
static void
test_help_fits_a_terminal_and_shows_other_names(void **state)
{
    static const char *const want[] = {"-w, --delay, --wait SECONDS",
                                       "-k, --no-check-certificate, --insecure",
                                       "--max-seeds, --max-urls N",
                                       "-P, --output, --directory-prefix DIR",
                                       "--no-robots",
                                       "-h, --help"};
    char *made;
    size_t n = 0, column = 0;
    FILE *out = open_memstream(&made, &n);

    (void)state;
    config_print_all(CONFIG_MASTER, out);
    fclose(out);
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        assert_non_null(strstr(made, want[i]));
    for (size_t i = 0; i < n; i++) {
        column = made[i] == '\n' ? 0 : column + 1;
        assert_true(column < 80);
    }
    free(made);
}

/* The first screen scrolls nothing away: 24 lines, one is the prompt's. */
static void
test_first_screen_fits_and_leads_on(void **state)
{
    static const struct {
        enum config_who who;
        const char *word, *want; /* NULL: there is nothing about it */
    } rows[] = {{CONFIG_MASTER, "politeness", "-w, --delay, --wait SECONDS"},
                {CONFIG_MASTER, "polite", "--no-robots"},
                {CONFIG_MASTER, "limits", "--max-pages-per-site N"},
                {CONFIG_MASTER, "all", "Exit codes:"},
                {CONFIG_MASTER, "delay", "From 0 to 86400 seconds."},
                {CONFIG_MASTER, "--wait", "WEFT_DELAY"},
                {CONFIG_MASTER, "-w", "delay = 1"},
                {CONFIG_MASTER, "no-robots", "It is on without this"},
                {CONFIG_MASTER, "--insecure", "--check-certificate is the"},
                {CONFIG_MASTER, "parser", "One of: sieve full."},
                {CONFIG_MASTER, "redis", "--redis-conf"},
                {CONFIG_MASTER, "--redis", "WEFT_REDIS"},
                {CONFIG_WORKER, "seeds", NULL},
                {CONFIG_WORKER, "max-time", NULL},
                {CONFIG_MASTER, "no-delay", NULL},
                {CONFIG_MASTER, "p", NULL},
                {CONFIG_MASTER, "", NULL}};
    size_t n = 0, column = 0, lines = 0;
    char *made;
    FILE *out = open_memstream(&made, &n);

    (void)state;
    config_print_help(CONFIG_MASTER, out);
    fclose(out);
    for (size_t i = 0; i < n; i++) {
        column = made[i] == '\n' ? 0 : column + 1;
        lines += made[i] == '\n';
        assert_true(column < 80);
    }
    assert_true(lines > 15 && lines < 24);
    free(made);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool is_good;

        out = open_memstream(&made, &n);
        is_good = config_print_about(rows[i].who, rows[i].word, out);
        fclose(out);
        assert_int_equal(is_good, rows[i].want != NULL);
        if (rows[i].want)
            assert_non_null(strstr(made, rows[i].want));
        free(made);
    }
}

/* --- numbers that may be lists --- */

static void
test_a_list_of_numbers_is_kept_and_its_first_is_the_value(void **state)
{
    static const struct {
        const char *value;
        size_t count; /* 0: refused */
        int64_t first, last;
    } cases[] = {{"5", 1, 5, 5},    {"1,5,10", 3, 1, 10}, {" 2 , 3", 2, 2, 3},
                 {"", 0, 0, 0},     {",", 0, 0, 0},       {"1,", 0, 0, 0},
                 {",1", 0, 0, 0},   {"1,,2", 0, 0, 0},    {"1,x", 0, 0, 0},
                 {"1,0", 0, 0, 0},  {"1,1025", 0, 0, 0},  {"1.5", 0, 0, 0},
                 {"1;2", 0, 0, 0},  {"auto", 1, 0, 0},    {"2,AUTO", 2, 2, 0},
                 {"autos", 0, 0, 0}};
    int64_t numbers[CONFIG_NUMBERS];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum err e = set_from(CONFIG_FROM_FLAG, "threads", cases[i].value);

        assert_int_equal(e, cases[i].count ? ERR_OK : ERR_INVALID);
        if (e != ERR_OK)
            continue;
        assert_int_equal(config_numbers(&config, "threads", numbers),
                         cases[i].count);
        assert_int_equal(config.threads, cases[i].first);
        assert_int_equal(numbers[0], cases[i].first);
        assert_int_equal(numbers[cases[i].count - 1], cases[i].last);
    }
    assert_int_equal(config_numbers(&config, "delay", numbers), 0);
    assert_int_equal(config_numbers(&config, "procs", numbers), 1);
}

static const struct config_command *
list_command(size_t i)
{
    static const struct config_command commands[] = {
        {"all", "", "", "", "delay procs"}, {"one", "", "", "", "delay"}};

    return i < 2 ? &commands[i] : NULL;
}

static void
test_only_a_command_that_says_so_takes_a_list(void **state)
{
    static const struct {
        const char *word, *value;
        enum err want;
    } cases[] = {{"all", "1,2", ERR_OK},
                 {"one", "1,2", ERR_INVALID},
                 {"list.csv", "1,2", ERR_INVALID},
                 {"list.csv", "2", ERR_OK}};
    int first;

    (void)state;
    config_commands(list_command, "", "");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *argv[] = {"master", cases[i].word, "--procs",
                              cases[i].value, NULL};

        assert_int_equal(load(CONFIG_MASTER, 4, argv, &first), cases[i].want);
        if (cases[i].want == ERR_INVALID)
            assert_non_null(strstr(why, "procs: \"1,2\" is a list"));
    }
    config_commands(NULL, "", "");
}

static void
test_what_flags_set_is_told_again(void **state)
{
    static const char *const argv[] = {"master", "--no-robots", "--header=a: b",
                                       "-H",     "c: d",        "--delay",
                                       "2",      "list.csv",    NULL};
    struct config_given given;
    struct buf value;
    size_t count = 0;
    int first;

    (void)state;
    buf_init(&value, 1 << 16);
    assert_int_equal(set_from(CONFIG_FROM_FILE, "user_agent", "not a flag"),
                     ERR_OK);
    assert_int_equal(load(CONFIG_MASTER, 8, argv, &first), ERR_OK);
    for (; config_next_given(&config, count, &given, &value); count++) {
        if (strcmp(given.name, "robots") == 0) {
            assert_true(given.is_switch);
            assert_true(str_equal(buf_str(&value), STR("no")));
        } else if (strcmp(given.name, "header") == 0) {
            assert_true(given.is_list);
            assert_true(str_equal(buf_str(&value), STR("a: b\nc: d")));
        } else {
            assert_string_equal(given.name, "delay");
            assert_true(str_equal(buf_str(&value), STR("2000ms")));
        }
    }
    assert_int_equal(count, 3);
    assert_true(config_is_given(&config, "user_agent"));
    assert_false(config_is_given(&config, "threads"));
    buf_fini(&value);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_defaults_are_those_of_the_table),
        TEST(test_times_and_sizes_have_units),
        TEST(test_values_out_of_range_are_refused),
        TEST(test_higher_layers_win),
        TEST(test_a_list_of_a_higher_layer_replaces_the_lower),
        TEST(test_what_is_saved_is_said_by_two_options),
        TEST(test_flags_letters_no_forms_and_aliases),
        TEST(test_unknown_flags_and_missing_values_are_named),
        TEST(test_file_lines_are_set_and_wrong_ones_numbered),
        TEST(test_file_lines_stand_for_themselves),
        TEST(test_what_is_refused_is_shown_harmlessly),
        TEST(test_environment_sets_and_names_itself),
        TEST(test_settings_travel_and_arrive),
        TEST(test_checked_in_configuration_file_is_current),
        TEST(test_option_sections_of_the_manuals_are_current),
        TEST(test_help_fits_a_terminal_and_shows_other_names),
        TEST(test_first_screen_fits_and_leads_on),
        TEST(test_a_list_of_numbers_is_kept_and_its_first_is_the_value),
        TEST(test_only_a_command_that_says_so_takes_a_list),
        TEST(test_what_flags_set_is_told_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
