/*
 * The table at the end, and stats.json.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "master/summary.h"

static struct summary
usual_summary(void)
{
    struct summary s = {.name = "t",
                        .result = "finished",
                        .folder = "/out/\033[1mt",
                        .elapsed_ms = 10000,
                        .pages_before = 1000,
                        .has_log_here = true,
                        .has_warc_here = true,
                        .has_warc = true,
                        .has_counts = true,
                        .seed_rows = 500,
                        .seed_bad = 2,
                        .counts = {.known = 2500, .finished = 2500}};

    s.stats[STAT_pages] = 2000;
    s.stats[STAT_status_2xx] = 2000;
    s.stats[STAT_bytes_received] = 57000000;
    s.stats[STAT_OUTCOMES + OUTCOME_OK] = 2000;
    s.stats[STAT_OUTCOMES + OUTCOME_TIMEOUT] = 7;
    return s;
}

static void
expect_row(const struct summary *s, const char *want, bool is_there)
{
    struct buf out;

    buf_init(&out, 1 << 16);
    summary_render(s, &out);
    assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
    if ((strstr(out.p, want) != NULL) != is_there)
        print_error("%s\n%s: %s\n", out.p, is_there ? "lacks" : "has", want);
    assert_int_equal(strstr(out.p, want) != NULL, is_there);
    buf_fini(&out);
}

static void
test_table_has_a_row_for_what_happened(void **state)
{
    struct summary s = usual_summary();

    (void)state;
    expect_row(&s, "weft t: finished in 0:10\n", true);
    /* pages a second are of this run, the sum is of all */
    expect_row(&s, "  pages                    2,000 (100.0 a second)\n", true);
    expect_row(&s, "    time-out               7\n", true);
    expect_row(&s, "  seed rows                500, 2 bad\n", true);
    expect_row(&s, "TLS failure", false);
    expect_row(&s, "still to do", false);
    expect_row(&s, "workers that died", false);
    expect_row(&s, "connections", false);
    s.connections = 512;
    s.connections_most = 1024;
    expect_row(&s, "  connections (auto)       512 at the end, 1,024 at most\n",
               true);
    expect_row(&s, "set aside", false);
    s.counts.waiting = 5;
    s.counts.quarantined = 2;
    s.stats[STAT_OUTCOMES + OUTCOME_CRASH] = 3;
    s.worker_deaths = 1;
    expect_row(&s, "  set aside                2, whose pages killed", true);
    expect_row(&s, "    its page crashed the worker 3\n", true);
    expect_row(&s, "  still to do              5\n", true);
    expect_row(&s, "  workers that died        1\n", true);
}

static void
test_paths_are_harmless_on_a_terminal(void **state)
{
    struct summary s = usual_summary();

    (void)state;
    expect_row(&s, "/out/\\x1b[1mt/warc\n", true);
    expect_row(&s, "\033", false);
    s.has_warc = false;
    expect_row(&s, "/warc", false);
}

static void
test_what_was_made_has_its_folder(void **state)
{
    struct summary s = usual_summary();

    (void)state;
    expect_row(&s, "/extract", false);
    s.stats[STAT_links_written] = 7000;
    s.stats[STAT_extract_lines] = 12;
    s.stats[STAT_exec_records] = 1;
    expect_row(&s, "mt/links, 7,000 lines\n", true);
    expect_row(&s,
               "  extracted                /out/\\x1b[1mt/extract, 12 lines",
               true);
    expect_row(&s, "mt/records, 1 lines\n", true);
    s.has_log_here = false; /* it is on other machines */
    expect_row(&s, "/extract", false);
}

static const struct fleet_host_view two_hosts[] = {
    {"me@a:2222", 9, 2, 0, false}, {"b", 1, 0, 3, true}};

static void
test_machines_have_rows_and_their_folders(void **state)
{
    struct summary s = usual_summary();

    (void)state;
    s.hosts = two_hosts;
    s.hosts_count = 2;
    s.remote_output = "/data/t\033";
    s.has_log_here = s.has_warc_here = false;
    expect_row(&s, "  host                     me@a:2222: 9 started, 2 died\n",
               true);
    expect_row(&s, "    its log and WARC       me@a:2222:/data/t\\x1b\n", true);
    expect_row(&s, "b: 1 started, 0 died, unreachable 3 times, still so\n",
               true);
    expect_row(&s, "  log  ", false);
    expect_row(&s, "/warc\n", false);
    s.has_log_here = s.has_warc_here = true;
    expect_row(&s, "/warc\n", true);
}

static void
test_json_has_every_counter(void **state)
{
    struct summary s = usual_summary();
    char path[] = "/tmp/weft-summary-XXXXXX";
    int fd = mkstemp(path);
    json_error_t error;
    json_t *whole, *o, *hosts;

    (void)state;
    s.counts.quarantined = 4;
    s.started = 1795277958;
    s.hosts = two_hosts;
    s.hosts_count = 2;
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(summary_write_json(&s, path), ERR_OK);
    o = whole = json_load_file(path, 0, &error);
    assert_non_null(o);
    for (enum stats_id i = 0; i < STAT_COUNT; i++) {
        json_t *v = json_object_get(o, stats_name(i));

        assert_true(json_is_integer(v));
        assert_int_equal(json_integer_value(v), s.stats[i]);
    }
    assert_int_equal(json_integer_value(json_object_get(o, "known")), 2500);
    assert_int_equal(json_integer_value(json_object_get(o, "started")),
                     1795277958);
    assert_int_equal(json_integer_value(json_object_get(o, "quarantined")), 4);
    assert_string_equal(json_string_value(json_object_get(o, "result")),
                        "finished");
    hosts = json_object_get(o, "hosts");
    assert_int_equal(json_array_size(hosts), 2);
    o = json_array_get(hosts, 1);
    assert_string_equal(json_string_value(json_object_get(o, "host")), "b");
    assert_int_equal(json_integer_value(json_object_get(o, "unreachable")), 3);
    json_decref(whole);
    unlink(path);
    assert_int_equal(summary_write_json(&s, "/nowhere/stats.json"), ERR_IO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_has_a_row_for_what_happened),
        cmocka_unit_test(test_paths_are_harmless_on_a_terminal),
        cmocka_unit_test(test_what_was_made_has_its_folder),
        cmocka_unit_test(test_machines_have_rows_and_their_folders),
        cmocka_unit_test(test_json_has_every_counter)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
