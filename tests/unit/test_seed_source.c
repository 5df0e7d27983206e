/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>
#include <microhttpd.h>

#include "common/buf.h"
#include "master/seed_http.h"
#include "master/seed_source.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct seed_trust trust;
static char folder[] = "/tmp/weft-test-source-XXXXXX";

static const char *
path_of(const char *name)
{
    static char path[100];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void
write_file(const char *name, const void *bytes, size_t n)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    close(fd);
}

/* A list of some 2 MB: many blocks, whatever packs it. */
static void
make_list(struct buf *list)
{
    buf_init(list, 1 << 23);
    for (int i = 1; i <= 100000; i++)
        assert_int_equal(buf_addf(list, "%d,site-%d.test\n", i, i * 7919),
                         ERR_OK);
}

struct member {
    const char *name;
    mode_t type;
    const char *p;
    size_t n;
};

/* Packs members into the file name: a zip, or one member raw by a filter. */
static void
pack(const char *name, int (*filter)(struct archive *),
     const struct member *members, size_t count)
{
    struct archive *a = archive_write_new();

    if (filter != NULL) {
        assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
        assert_int_equal(filter(a), ARCHIVE_OK);
    } else {
        assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
    }
    assert_int_equal(archive_write_open_filename(a, path_of(name)), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *e = archive_entry_new();

        archive_entry_set_pathname(e, members[i].name);
        archive_entry_set_filetype(e, members[i].type);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, (la_int64_t)members[i].n);
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        if (members[i].n > 0)
            assert_int_equal(archive_write_data(a, members[i].p, members[i].n),
                             (la_ssize_t)members[i].n);
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

/*
 * All of spec: "NAME{bytes}" for each member of a zip, bytes alone otherwise;
 * at a failure its words go to why, which is empty without one.
 */
static void
slurp(const char *spec, struct buf *out, char why[SEED_SOURCE_WHY_BYTES])
{
    struct seed_source *s;
    const char *name;
    char block[1000];
    size_t got;
    enum err e;

    why[0] = '\0';
    if (seed_source_open(spec, &trust, &s, why) != ERR_OK) {
        assert_null(s);
        assert_true(why[0] != '\0');
        return;
    }
    while ((e = seed_source_next(s, &name)) == ERR_OK) {
        if (name != NULL)
            assert_int_equal(buf_addf(out, "%s{", name), ERR_OK);
        while ((e = seed_source_read(s, block, sizeof(block), &got)) ==
                   ERR_OK &&
               got > 0)
            assert_int_equal(buf_add(out, block, got), ERR_OK);
        if (e != ERR_OK)
            break;
        if (name != NULL)
            assert_int_equal(buf_addf(out, "}"), ERR_OK);
    }
    if (e != ERR_NOT_FOUND) {
        assert_true(seed_source_why(s)[0] != '\0');
        snprintf(why, SEED_SOURCE_WHY_BYTES, "%s", seed_source_why(s));
    }
    seed_source_close(s);
}

static void
expect_list(const char *spec, const struct buf *list)
{
    char why[SEED_SOURCE_WHY_BYTES];
    struct buf got;

    buf_init(&got, 1 << 23);
    slurp(spec, &got, why);
    assert_string_equal(why, "");
    assert_int_equal(got.n, list->n);
    assert_memory_equal(got.p, list->p, list->n);
    buf_fini(&got);
}

static void
expect_why(const char *spec, const char *want)
{
    char why[SEED_SOURCE_WHY_BYTES];
    struct buf got;

    buf_init(&got, 1 << 23);
    slurp(spec, &got, why);
    if (strstr(why, want) == NULL)
        fail_msg("%s: \"%s\" is not in \"%s\"", spec, want, why);
    buf_fini(&got);
}

/* ---- files ---- */

static void
test_plain_file_comes_as_it_is(void **state)
{
    struct buf list;

    (void)state;
    make_list(&list);
    write_file("list", list.p, list.n);
    expect_list(path_of("list"), &list);
    assert_int_equal(seed_source_file_size(path_of("list")), list.n);
    assert_false(seed_source_is_slow(path_of("list")));
    write_file("small", "a\n", 2); /* shorter than any magic number */
    list.n = 2;
    memcpy(list.p, "a\n", 2);
    expect_list(path_of("small"), &list);
    buf_fini(&list);
}

static const struct {
    const char *name; /* says nothing: the bytes decide */
    int (*filter)(struct archive *);
} filters[] = {
    {"packed-1", archive_write_add_filter_gzip},
    {"packed-2", archive_write_add_filter_zstd},
    {"packed-3", archive_write_add_filter_xz},
    {"packed-4", archive_write_add_filter_bzip2},
};

static void
test_packed_file_is_known_by_its_bytes(void **state)
{
    struct buf list;

    (void)state;
    make_list(&list);
    for (size_t i = 0; i < COUNT(filters); i++) {
        struct member m = {"list", AE_IFREG, list.p, list.n};

        pack(filters[i].name, filters[i].filter, &m, 1);
        assert_true(seed_source_file_size(path_of(filters[i].name)) < list.n);
        expect_list(path_of(filters[i].name), &list);
    }
    buf_fini(&list);
}

/* RFC 1952 section 2.2: a gzip file is a row of members. */
static void
test_gzip_members_follow_one_another(void **state)
{
    struct member m = {"x", AE_IFREG, "1,a.test\n", 9};
    char bytes[200];
    char text[] = "1,a.test\n1,a.test\n";
    struct buf want = {text, 18, 18, 18};
    ssize_t n;
    int fd;

    (void)state;
    pack("one.gz", archive_write_add_filter_gzip, &m, 1);
    fd = open(path_of("one.gz"), O_RDONLY);
    n = read(fd, bytes, 100);
    close(fd);
    assert_in_range(n, 20, 99);
    memcpy(bytes + n, bytes, (size_t)n);
    write_file("two.gz", bytes, 2 * (size_t)n);
    expect_list(path_of("two.gz"), &want);
}

static void
test_zip_gives_each_regular_file_in_turn(void **state)
{
    static const struct member members[] = {
        {"top/", AE_IFDIR, NULL, 0},
        {"top/a.csv", AE_IFREG, "1,a.test\n", 9},
        {"__MACOSX/top/a.csv", AE_IFREG, "junk", 4},
        {"top/.hidden", AE_IFREG, "junk", 4},
        {"empty", AE_IFREG, NULL, 0},
        {"b.txt", AE_IFREG, "b.test", 6},
    };
    char why[SEED_SOURCE_WHY_BYTES];
    struct buf got;

    (void)state;
    buf_init(&got, 1 << 16);
    pack("list.zip", NULL, members, COUNT(members));
    slurp(path_of("list.zip"), &got, why);
    assert_string_equal(why, "");
    assert_int_equal(buf_add_char(&got, '\0'), ERR_OK);
    assert_string_equal(got.p, "top/a.csv{1,a.test\n}empty{}b.txt{b.test}");
    buf_fini(&got);
}

static void
test_big_zip_streams(void **state)
{
    struct member m = {"list.csv", AE_IFREG, NULL, 0};
    char why[SEED_SOURCE_WHY_BYTES];
    struct buf list, got;

    (void)state;
    make_list(&list);
    buf_init(&got, 1 << 23);
    m.p = list.p;
    m.n = list.n;
    pack("big.zip", NULL, &m, 1);
    slurp(path_of("big.zip"), &got, why);
    assert_string_equal(why, "");
    assert_int_equal(got.n, list.n + 10);
    assert_memory_equal(got.p + 9, list.p, list.n);
    buf_fini(&list);
    buf_fini(&got);
}

static void
test_nothing_to_read_is_said(void **state)
{
    static const struct member none[] = {{"x/", AE_IFDIR, NULL, 0}};
    static const struct member empty[] = {{"x", AE_IFREG, NULL, 0}};

    (void)state;
    expect_why(path_of("missing"), "No such file");
    expect_why(folder, "is a folder, not a list");
    write_file("empty", "", 0);
    expect_why(path_of("empty"), "empty");
    pack("none.zip", NULL, none, 1);
    expect_why(path_of("none.zip"), "empty: the archive holds no list");
    pack("empty.zip", NULL, empty, 1);
    expect_why(path_of("empty.zip"), "empty: the archive holds no list");
    pack("empty.gz", archive_write_add_filter_gzip, empty, 1);
    expect_why(path_of("empty.gz"), "empty: the archive holds no list");
    pack("nothing.zip", NULL, NULL, 0);
    expect_why(path_of("nothing.zip"), "empty: the archive holds no list");
}

/* Root may read everything, so the test steps down for one open(2). */
static void
test_unreadable_file_is_said(void **state)
{
    uid_t was = geteuid();

    (void)state;
    write_file("secret", "a.test\n", 7);
    assert_int_equal(chmod(path_of("secret"), 0), 0);
    if (was == 0)
        assert_int_equal(chmod(folder, 0755), 0);
    if (was == 0)
        assert_int_equal(seteuid(65534), 0);
    expect_why(path_of("secret"), "Permission denied");
    assert_int_equal(seteuid(was), 0);
}

/* Cut anywhere, or with bytes changed, an archive never passes for whole. */
static void
test_cut_archive_is_said(void **state)
{
    static const char *const names[] = {"packed-1", "packed-2", "packed-3",
                                        "packed-4", "big.zip"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char *bytes = malloc(1 << 22);
        ssize_t n;
        int fd = open(path_of(names[i]), O_RDONLY);

        assert_true(fd >= 0 && bytes != NULL);
        n = read(fd, bytes, 1 << 22);
        close(fd);
        for (ssize_t cut = 7; cut < n - 200; cut += n / 5) {
            write_file("cut", bytes, (size_t)cut);
            expect_why(path_of("cut"), "broken archive: ");
        }
        memset(bytes + 10, 'x', (size_t)n - 10);
        write_file("cut", bytes, (size_t)n);
        expect_why(path_of("cut"), "broken archive: ");
        free(bytes);
    }
}

/* zip and zstd, xz, bzip2 carry check sums of what was packed. */
static void
test_changed_byte_is_said(void **state)
{
    static const struct member m = {"a", AE_IFREG, "1,a.test\n", 9};
    char bytes[500], *at;
    ssize_t n;
    int fd;

    (void)state;
    pack("sum.xz", archive_write_add_filter_xz, &m, 1);
    fd = open(path_of("sum.xz"), O_RDONLY);
    n = read(fd, bytes, sizeof(bytes));
    close(fd);
    at = memmem(bytes, (size_t)n, "a.test", 6);
    assert_non_null(at); /* stored, so short it is */
    *at = 'b';
    write_file("sum.xz", bytes, (size_t)n);
    expect_why(path_of("sum.xz"), "broken archive: ");
}

static void
test_magic_without_archive_is_said(void **state)
{
    static const struct {
        const char *p;
        size_t n;
    } cases[] = {
        {"\x1f\x8b junk junk junk junk", 21},
        {"PK\x03\x04 junk junk junk junk", 23},
        {"\xfd"
         "7zXZ\0 junk junk",
         16},
        {"BZh9 junk junk junk", 19},
        {"\x28\xb5\x2f\xfd junk junk junk", 19},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        write_file("junk", cases[i].p, cases[i].n);
        expect_why(path_of("junk"), "broken archive: ");
    }
}

/* libarchive would know it for uuencode: a plain list is never guessed at. */
static void
test_other_formats_are_plain_text(void **state)
{
    char text[] = "begin 644 x\n#86)C\n`\nend\n";
    struct buf want = {text, sizeof(text) - 1, 0, 0};

    (void)state;
    write_file("uu", text, want.n);
    expect_list(path_of("uu"), &want);
}

static void
test_encrypted_zip_is_said(void **state)
{
    char bytes[300];
    ssize_t n;
    int fd;
    static const struct member m = {"a", AE_IFREG, "1,a.test\n", 9};

    (void)state;
    pack("lock.zip", NULL, &m, 1);
    fd = open(path_of("lock.zip"), O_RDONLY);
    n = read(fd, bytes, sizeof(bytes));
    close(fd);
    bytes[6] |= 1; /* APPNOTE 4.4.4: general purpose bit 0 */
    write_file("lock.zip", bytes, (size_t)n);
    expect_why(path_of("lock.zip"), "the archive is encrypted");
}

/* Standard input, here a pipe, may be packed too. */
static void
test_standard_input_is_read(void **state)
{
    char text[] = "1,a.test\n";
    struct buf want = {text, 9, 9, 9};
    int kept = dup(STDIN_FILENO), ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], want.p, want.n), 9);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    assert_true(seed_source_is_slow("-"));
    assert_int_equal(seed_source_file_size("-"), 0);
    expect_list("-", &want);
    close(STDIN_FILENO);
    assert_int_equal(open(path_of("one.gz"), O_RDONLY), STDIN_FILENO);
    assert_false(seed_source_is_slow("-"));
    expect_list("-", &want);
    dup2(kept, STDIN_FILENO);
    close(kept);
    close(ends[0]);
}

/* A worker that is started while a list is read must not inherit it. */
static void
test_descriptors_are_closed_on_exec(void **state)
{
    char why[SEED_SOURCE_WHY_BYTES];
    struct seed_source *s;
    int next = dup(STDIN_FILENO);

    (void)state;
    close(next);
    assert_int_equal(seed_source_open(path_of("list"), &trust, &s, why),
                     ERR_OK);
    assert_int_equal(fcntl(next, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    seed_source_close(s);
    assert_int_equal(fcntl(next, F_GETFD), -1);
}

static void
test_progress_counts_packed_bytes(void **state)
{
    char why[SEED_SOURCE_WHY_BYTES], block[1 << 16];
    uint64_t done, total, size = seed_source_file_size(path_of("packed-1"));
    struct seed_source *s;
    const char *name;
    size_t got;

    (void)state;
    assert_int_equal(seed_source_open(path_of("packed-1"), &trust, &s, why),
                     ERR_OK);
    assert_int_equal(seed_source_next(s, &name), ERR_OK);
    seed_source_progress(s, &done, &total);
    assert_int_equal(total, size);
    assert_true(done < size);
    do
        assert_int_equal(seed_source_read(s, block, sizeof(block), &got),
                         ERR_OK);
    while (got > 0);
    seed_source_progress(s, &done, &total);
    assert_int_equal(done, size);
    seed_source_close(s);
}

/* ---- http, from a server of this test ---- */

struct web {
    struct MHD_Daemon *daemon;
    char base[40];
    int hits;
};

static struct web web;

static ssize_t
web_piece(void *arg, uint64_t at, char *into, size_t room)
{
    uintptr_t kind = (uintptr_t)arg;

    if (kind == 's' && at > 0) {
        usleep(100 * 1000);
        return 0; /* says nothing for as long as anybody waits */
    }
    if (at >= 1000) /* announced are 2000: the connection breaks */
        return MHD_CONTENT_READER_END_WITH_ERROR;
    room = room < 1000 - at ? room : (size_t)(1000 - at);
    memset(into, 'x', room);
    return (ssize_t)room;
}

static struct MHD_Response *
web_file(const char *name)
{
    int fd = open(path_of(name), O_RDONLY);
    struct stat st;

    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    return MHD_create_response_from_fd((size_t)st.st_size, fd);
}

static enum MHD_Result
web_answer(void *cls, struct MHD_Connection *c, const char *url,
           const char *method, const char *version, const char *upload,
           size_t *upload_n, void **con)
{
    struct MHD_Response *r;
    const char *to = NULL;
    unsigned status = 200;
    enum MHD_Result result;

    (void)cls, (void)method, (void)version, (void)upload, (void)upload_n;
    (void)con;
    web.hits++;
    if (strcmp(url, "/to-list") == 0)
        to = "/list";
    else if (strcmp(url, "/loop") == 0)
        to = "/loop";
    else if (strcmp(url, "/to-file") == 0)
        to = "file:///etc/passwd";
    else if (strcmp(url, "/to-ftp") == 0)
        to = "ftp://127.0.0.1/list";
    if (to != NULL) {
        r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        MHD_add_response_header(r, "Location", to);
        status = 302;
    } else if (strcmp(url, "/cut") == 0 || strcmp(url, "/slow") == 0) {
        r = MHD_create_response_from_callback(2000, 100, web_piece,
                                              (void *)(uintptr_t)url[1], NULL);
    } else if (strcmp(url, "/500") == 0 || strcmp(url, "/404") == 0) {
        static char text[] = "1,not-a-seed.test\n";

        r = MHD_create_response_from_buffer(sizeof(text) - 1, text,
                                            MHD_RESPMEM_PERSISTENT);
        status = (unsigned)(url[1] - '0') * 100 + (unsigned)(url[3] - '0');
    } else {
        r = web_file(url + 1);
    }
    result = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return result;
}

static const char *
web_url(const char *name)
{
    static char url[100];

    snprintf(url, sizeof(url), "%s/%s", web.base, name);
    return url;
}

static void
test_url_is_streamed(void **state)
{
    struct buf list;

    (void)state;
    make_list(&list);
    expect_list(web_url("list"), &list);
    expect_list(web_url("to-list"), &list);
    for (size_t i = 0; i < COUNT(filters); i++)
        expect_list(web_url(filters[i].name), &list);
    assert_true(seed_source_is_slow(web_url("list")));
    buf_fini(&list);
}

/* A reader that stops for a while stops the server, and loses nothing. */
static void
test_slow_reader_pauses_the_transfer(void **state)
{
    char why[SEED_SOURCE_WHY_BYTES];
    struct seed_http *h;
    struct buf list, got;
    char block[4000];
    size_t n;
    int turn = 0;

    (void)state;
    make_list(&list);
    buf_init(&got, 1 << 23);
    assert_int_equal(
        seed_http_open(web_url("list"), &trust, 2, &h, why, sizeof(why)),
        ERR_OK);
    assert_int_equal(seed_http_size(h), list.n);
    do {
        assert_int_equal(
            seed_http_read(h, block, sizeof(block), &n, why, sizeof(why)),
            ERR_OK);
        assert_int_equal(buf_add(&got, block, n), ERR_OK);
        if (turn++ % 200 == 0)
            usleep(10 * 1000);
    } while (n > 0);
    seed_http_close(h);
    assert_int_equal(got.n, list.n);
    assert_memory_equal(got.p, list.p, list.n);
    buf_fini(&list);
    buf_fini(&got);
}

static void
test_url_of_a_zip_is_unpacked(void **state)
{
    char why[SEED_SOURCE_WHY_BYTES];
    struct buf got;

    (void)state;
    buf_init(&got, 1 << 23);
    slurp(web_url("list.zip"), &got, why);
    assert_string_equal(why, "");
    assert_int_equal(buf_add_char(&got, '\0'), ERR_OK);
    assert_string_equal(got.p, "top/a.csv{1,a.test\n}empty{}b.txt{b.test}");
    buf_fini(&got);
}

static void
test_failed_url_is_said(void **state)
{
    (void)state;
    expect_why(web_url("404"), "the server answered 404");
    expect_why(web_url("500"), "the server answered 500");
    expect_why(web_url("to-file"), "redirected to neither http nor https");
    expect_why(web_url("to-ftp"), "redirected to neither http nor https");
    expect_why(web_url("empty"), "empty");
    expect_why(web_url("cut"), "the connection ended before the file did");
    expect_why("http://[::1", "not a valid URL");
    expect_why("http://127.0.0.1:1/", "connect");
    web.hits = 0;
    expect_why(web_url("loop"), "more than 10 redirects");
    assert_int_equal(web.hits, 11);
}

/* A server that stops in the middle is given up after a time. */
static void
test_silent_server_is_given_up(void **state)
{
    char why[SEED_SOURCE_WHY_BYTES] = "", block[4000];
    struct seed_http *h;
    enum err e;
    size_t n;

    (void)state;
    e = seed_http_open(web_url("slow"), &trust, 1, &h, why, sizeof(why));
    while (e == ERR_OK)
        e = seed_http_read(h, block, sizeof(block), &n, why, sizeof(why));
    assert_int_equal(e, ERR_IO);
    assert_non_null(strstr(why, "too slow"));
    seed_http_close(h);
}

/* ---- */

static int
set_up(void **state)
{
    struct sockaddr_in on = {.sin_family = AF_INET};
    const union MHD_DaemonInfo *info;

    (void)state;
    on.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (mkdtemp(folder) == NULL)
        return -1;
    unsetenv("http_proxy"); /* libcurl heeds them */
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    web.daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0,
        NULL, NULL, web_answer, NULL, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&on, MHD_OPTION_END);
    if (web.daemon == NULL)
        return -1;
    info = MHD_get_daemon_info(web.daemon, MHD_DAEMON_INFO_BIND_PORT);
    snprintf(web.base, sizeof(web.base), "http://127.0.0.1:%d",
             (int)info->port);
    return 0;
}

static int
tear_down(void **state)
{
    static const char *const names[] = {
        "list",     "small",    "packed-1",  "packed-2", "packed-3",
        "packed-4", "one.gz",   "two.gz",    "list.zip", "big.zip",
        "empty",    "none.zip", "empty.zip", "empty.gz", "nothing.zip",
        "secret",   "cut",      "sum.xz",    "junk",     "uu",
        "lock.zip"};

    (void)state;
    MHD_stop_daemon(web.daemon);
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(path_of(names[i]));
    return rmdir(folder);
}

int
main(void)
{
    /* in this order: later tests use files of earlier ones */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_file_comes_as_it_is),
        cmocka_unit_test(test_packed_file_is_known_by_its_bytes),
        cmocka_unit_test(test_gzip_members_follow_one_another),
        cmocka_unit_test(test_zip_gives_each_regular_file_in_turn),
        cmocka_unit_test(test_big_zip_streams),
        cmocka_unit_test(test_nothing_to_read_is_said),
        cmocka_unit_test(test_unreadable_file_is_said),
        cmocka_unit_test(test_cut_archive_is_said),
        cmocka_unit_test(test_changed_byte_is_said),
        cmocka_unit_test(test_magic_without_archive_is_said),
        cmocka_unit_test(test_other_formats_are_plain_text),
        cmocka_unit_test(test_encrypted_zip_is_said),
        cmocka_unit_test(test_standard_input_is_read),
        cmocka_unit_test(test_descriptors_are_closed_on_exec),
        cmocka_unit_test(test_progress_counts_packed_bytes),
        cmocka_unit_test(test_url_is_streamed),
        cmocka_unit_test(test_slow_reader_pauses_the_transfer),
        cmocka_unit_test(test_url_of_a_zip_is_unpacked),
        cmocka_unit_test(test_failed_url_is_said),
        cmocka_unit_test(test_silent_server_is_given_up),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
