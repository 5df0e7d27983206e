/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "common/log.h"
#include "worker/warc_file.c" /* for warc_own() */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX = 1 << 22, BIG_FILE = 1 << 28 };

static const struct warc_info info = {.software = {"weft/test", 9},
                                      .robots = {"obey", 4}};
static char dir[64]; /* of the running test */

/* In memory if there is such a place: the tests wait for the disk often. */
static int
make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/dev/shm/weft-warc-XXXXXX");
    if (mkdtemp(dir) != NULL)
        return 0;
    snprintf(dir, sizeof(dir), "/tmp/weft-warc-XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

/* Calls each for every file of dir; returns how many there are. */
static size_t
for_each_file(void (*each)(const char *path, const char *name))
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    size_t count = 0;

    assert_non_null(d);
    while ((entry = readdir(d)) != NULL) {
        char path[512];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        each(path, entry->d_name);
        count++;
    }
    closedir(d);
    return count;
}

static void
do_remove(const char *path, const char *name)
{
    (void)name;
    assert_int_equal(unlink(path), 0);
}

static void
do_nothing(const char *path, const char *name)
{
    (void)path;
    (void)name;
}

static char found[512]; /* the path do_find saw last */
static void
do_find(const char *path, const char *name)
{
    (void)name;
    snprintf(found, sizeof(found), "%s", path);
}

static int
remove_dir(void **state)
{
    (void)state;
    for_each_file(do_remove);
    return rmdir(dir);
}

/* The bytes of dir/name; buf_fini() ends them. */
static struct buf
read_file(const char *path)
{
    struct buf b;
    FILE *file = fopen(path, "rb");
    size_t n;

    buf_init(&b, MAX);
    assert_non_null(file);
    do {
        assert_int_equal(buf_reserve(&b, 65536), ERR_OK);
        n = fread(b.p + b.n, 1, 65536, file);
        b.n += n;
    } while (n > 0);
    fclose(file);
    return b;
}

static void
write_file(const char *name, struct str bytes)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
    assert_int_equal(fclose(file), 0);
}

/* Whether all of bytes are whole records; how many in *records. */
static bool
is_whole(struct str bytes, uint64_t *records)
{
    struct warc_tail *t = warc_tail_new();
    bool is = warc_tail_feed(t, bytes) && warc_tail_end(t) == bytes.n;

    *records = warc_tail_records(t);
    warc_tail_free(t);
    return is;
}

/* Append one response record for url of n bytes of body to out. */
static void
add_record(struct warc_builder *b, const char *url, size_t n, struct buf *out)
{
    static char body[300000];
    const struct warc_exchange in = {
        .url = str_from(url),
        .head = STR("HTTP/1.1 200 OK\r\n\r\n"),
        .body = {body, n},
        .is_packed = true,
    };
    size_t at;

    assert_true(n <= sizeof(body));
    assert_int_equal(warc_build_exchange(b, &in, out, &at), ERR_OK);
}

/* A file of three records; their ends in ends[1] to ends[3]. */
static struct buf
three_records(size_t ends[4], enum warc_compress how)
{
    struct warc_builder *b = warc_builder_new(MAX, how, WARC_SHA1);
    struct buf out;

    buf_init(&out, MAX);
    ends[0] = 0;
    assert_int_equal(warc_build_info(b, &info, STR("x.warc.gz"), 0, &out),
                     ERR_OK);
    ends[1] = out.n;
    add_record(b, "http://a.test/", 30, &out);
    ends[2] = out.n;
    add_record(b, "http://a.test/b", 100, &out);
    ends[3] = out.n;
    warc_builder_free(b);
    return out;
}

/* The tail reader */

static void
test_the_tail_is_found_at_every_cut(void **state)
{
    (void)state;
    for (enum warc_compress how = WARC_GZIP; how <= WARC_PLAIN; how++) {
        size_t ends[4], best = 0;
        struct buf b = three_records(ends, how);

        for (size_t n = 0; n <= b.n; n++) {
            struct warc_tail *t = warc_tail_new();

            while (best < 3 && ends[best + 1] <= n)
                best++;
            assert_true(warc_tail_feed(t, (struct str){b.p, n}));
            assert_int_equal(warc_tail_end(t), ends[best]);
            assert_int_equal(warc_tail_records(t), best);
            warc_tail_free(t);
            /* the same, byte by byte */
            t = warc_tail_new();
            for (size_t i = 0; i < n; i++)
                assert_true(warc_tail_feed(t, (struct str){b.p + i, 1}));
            assert_int_equal(warc_tail_end(t), ends[best]);
            warc_tail_free(t);
        }
        buf_fini(&b);
    }
}

/* A page that is a WARC file, stored as it is: its records are not ours. */
static void
test_records_within_a_page_do_not_count(void **state)
{
    (void)state;
    for (enum warc_compress how = WARC_GZIP; how <= WARC_PLAIN; how++) {
        size_t ends[4], start;
        struct warc_builder *b = warc_builder_new(MAX, how, WARC_SHA1);
        struct buf page = three_records(ends, how), file;
        struct warc_exchange in = {
            .url = STR("http://a.test/x.warc.gz"),
            .head = STR("HTTP/1.1 200 OK\r\n\r\n"),
            .body = buf_str(&page),
            .is_packed = true,
        };
        size_t at;

        buf_init(&file, MAX);
        add_record(b, "http://a.test/", 5, &file);
        start = file.n;
        assert_int_equal(warc_build_exchange(b, &in, &file, &at), ERR_OK);
        for (size_t n = start; n <= file.n; n++) {
            struct warc_tail *t = warc_tail_new();

            assert_true(warc_tail_feed(t, (struct str){file.p, n}));
            assert_int_equal(warc_tail_end(t), n < file.n ? start : n);
            warc_tail_free(t);
        }
        buf_fini(&page);
        buf_fini(&file);
        warc_builder_free(b);
    }
}

/* Any changed bit ends the walk there, but for those that say nothing. */
static void
test_a_flipped_bit_is_noticed(void **state)
{
    size_t ends[4], record = 0, harmless = 0;
    struct buf b = three_records(ends, WARC_GZIP);

    (void)state;
    for (size_t at = 0; at < b.n; at++) {
        struct warc_tail *t = warc_tail_new();
        uint64_t end;

        if (at >= ends[record + 1])
            record++;
        b.p[at] ^= 0x10;
        warc_tail_feed(t, buf_str(&b));
        end = warc_tail_end(t);
        /* RFC 1952 section 2.3: bytes 4 to 9 are time, level and system */
        if (at - ends[record] >= 4 && at - ends[record] <= 9) {
            assert_int_equal(end, b.n);
            harmless++;
        } else if (end != ends[record]) {
            /* a padding bit of a deflate block, never a content one */
            assert_int_equal(end, b.n);
            harmless++;
        }
        b.p[at] ^= 0x10;
        warc_tail_free(t);
    }
    assert_true(harmless < 30);
    buf_fini(&b);
}

/* gzip of text, for members that are no records */
static void
add_member(struct buf *out, struct str text)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)text.p,
                  .avail_in = (uInt)text.n};

    assert_int_equal(
        deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
        Z_OK);
    assert_int_equal(buf_reserve(out, deflateBound(&z, text.n)), ERR_OK);
    z.next_out = (Bytef *)out->p + out->n;
    z.avail_out = (uInt)(out->cap - out->n);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n += z.total_out;
    deflateEnd(&z);
}

/* WARC/1.1 section 4: version, fields, blank line, block, two line ends */
static void
test_only_whole_records_count(void **state)
{
    const struct {
        struct str in;
        uint64_t want;
    } cases[] = {
        {STR("WARC/1.1\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n"), 1},
        {STR("WARC/1.0\r\ncontent-length:3\r\n\r\nabc\r\n\r\n"), 1},
        {STR("WARC/1.1\r\nA: Content-Length: 9\r\nContent-Length: 0\r\n\r\n"
             "\r\n\r\n"),
         1},
        {STR("WARC/1.1\r\nContent-Length: 4\r\n\r\nabc\r\n\r\n"), 0},
        {STR("WARC/1.1\r\nContent-Length: 2\r\n\r\nabc\r\n\r\n"), 0},
        {STR("WARC/1.1\r\nContent-Length: -3\r\n\r\nabc\r\n\r\n"), 0},
        {STR("WARC/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n"
             "abc\r\n\r\n"),
         0},
        {STR("WARC/1.1\r\nContent-Length: 3\r\nabc\r\n\r\n"), 0},
        {STR("WARC/1.1\r\nA: b\r\n\r\nabc\r\n\r\n"), 0},
        {STR("WARC/1.1\r\n\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n"), 0},
        {STR("HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n"), 0},
        {STR(""), 0},
        {STR("\r\n\r\n"), 0},
    };
    struct buf b;

    (void)state;
    buf_init(&b, MAX);
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t records;

        buf_reset(&b);
        add_member(&b, cases[i].in);
        assert_int_equal(is_whole(buf_str(&b), &records), cases[i].want == 1);
        assert_int_equal(records, cases[i].want);
        (void)is_whole(cases[i].in, &records); /* as a plain file */
        assert_int_equal(records, cases[i].want);
    }
    buf_fini(&b);
}

static void
test_fields_and_blocks_of_any_length(void **state)
{
    static char text[WARC_HEADER_MAX + 1000];
    struct warc_builder *builder = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct buf b;
    uint64_t records;

    (void)state;
    buf_init(&b, MAX);
    add_record(builder, "http://a.test/", 300000, &b); /* many outputs */
    add_record(builder, "http://a.test/", 65536, &b);
    assert_true(is_whole(buf_str(&b), &records));
    assert_int_equal(records, 2);
    buf_reset(&b);
    memset(text, 'a', sizeof(text)); /* named fields without an end */
    memcpy(text, "WARC/1.1\r\n", 10);
    add_member(&b, (struct str){text, sizeof(text)});
    assert_false(is_whole(buf_str(&b), &records));
    buf_fini(&b);
    warc_builder_free(builder);
}

/* Writing */

static void
test_names_are_safe(void **state)
{
    static const struct {
        const char *in;
        enum err want;
    } cases[] = {
        {"crawl", ERR_OK},         {"a.b_c-1", ERR_OK},  {"", ERR_INVALID},
        {"../x", ERR_INVALID},     {"a/b", ERR_INVALID}, {".x", ERR_INVALID},
        {"-rf", ERR_INVALID},      {"a b", ERR_INVALID}, {"a\n", ERR_INVALID},
        {"\xc3\xa9", ERR_INVALID},
    };
    char longest[WARC_PREFIX_MAX + 2] = {0};
    struct warc_file *f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(warc_file_open(dir, cases[i].in, BIG_FILE, &info, &f),
                         cases[i].want);
        assert_true((f != NULL) == (cases[i].want == ERR_OK));
        assert_int_equal(warc_file_close(f), ERR_OK);
    }
    memset(longest, 'a', WARC_PREFIX_MAX);
    assert_int_equal(warc_file_open(dir, longest, BIG_FILE, &info, &f), ERR_OK);
    assert_int_equal(warc_file_close(f), ERR_OK);
    longest[WARC_PREFIX_MAX] = 'a';
    assert_int_equal(warc_file_open(dir, longest, BIG_FILE, &info, &f),
                     ERR_INVALID);
    assert_int_equal(warc_file_open("/nonexistent", "a", BIG_FILE, &info, &f),
                     ERR_IO);
    assert_null(f);
    /* nothing was written into them: none is left */
    assert_int_equal(for_each_file(do_nothing), 0);
}

static void
test_a_file_is_open_until_closed(void **state)
{
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct warc_place place, second;
    struct warc_file *f;
    char path[512], host[65] = {0};
    struct buf out, got;
    uint64_t records;
    int fd;

    (void)state;
    buf_init(&out, MAX);
    add_record(b, "http://a.test/", 10, &out);
    assert_int_equal(warc_file_open(dir, "crawl", BIG_FILE, &info, &f), ERR_OK);
    assert_int_equal(warc_file_write(f, buf_str(&out), &place), ERR_OK);
    assert_int_equal(warc_file_write(f, buf_str(&out), &second), ERR_OK);
    assert_int_equal(warc_file_sync(f), ERR_OK);
    /* PREFIX-YYYYMMDDHHMMSS-SERIAL-HOST-PID.warc.gz */
    gethostname(host, sizeof(host) - 1);
    assert_memory_equal(place.file, "crawl-20", 8);
    snprintf(path, sizeof(path), "-00000-%s-%ld.warc.gz", host, (long)getpid());
    assert_string_equal(place.file + 20, path);
    assert_string_equal(second.file, place.file);
    assert_int_equal(second.offset, place.offset + out.n);
    assert_int_equal(for_each_file(do_find), 1);
    snprintf(path, sizeof(path), "%s/%s.open", dir, place.file);
    assert_string_equal(found, path);
    fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_not_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(warc_repair_dir(dir), 0); /* it is somebody's */
    close(fd);
    assert_int_equal(warc_file_close(f), ERR_OK);
    assert_int_equal(for_each_file(do_find), 1);
    snprintf(path, sizeof(path), "%s/%s", dir, place.file);
    assert_string_equal(found, path);
    got = read_file(path);
    assert_int_equal(got.n, place.offset + 2 * out.n);
    assert_memory_equal(got.p + place.offset, out.p, out.n);
    assert_true(is_whole(buf_str(&got), &records));
    assert_int_equal(records, 3);
    buf_fini(&got);
    buf_fini(&out);
    warc_builder_free(b);
}

static void
test_other_files_are_never_overwritten(void **state)
{
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct warc_place place;
    struct warc_file *f;
    struct buf out, got;

    (void)state;
    buf_init(&out, MAX);
    add_record(b, "http://a.test/", 10, &out);
    assert_int_equal(warc_file_open(dir, "crawl", BIG_FILE, &info, &f), ERR_OK);
    assert_int_equal(warc_file_write(f, buf_str(&out), &place), ERR_OK);
    write_file(place.file, STR("another's"));
    assert_int_equal(warc_file_close(f), ERR_IO);
    snprintf(found, sizeof(found), "%s/%s", dir, place.file);
    got = read_file(found);
    assert_true(str_equal(buf_str(&got), STR("another's")));
    assert_int_equal(for_each_file(do_nothing), 2); /* the record is kept */
    buf_fini(&got);
    buf_fini(&out);
    warc_builder_free(b);
}

/* Threads: each writes records of its own and remembers where they went. */
enum { THREADS = 4, WRITES = 150, ROTATE = 40000 };

struct writer {
    struct warc_file *f;
    int number;
    struct warc_place places[WRITES];
    pthread_t thread;
};

static void *
write_records(void *arg)
{
    struct writer *w = arg;
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct buf out;
    char url[64];

    buf_init(&out, MAX);
    for (int i = 0; i < WRITES; i++) {
        buf_reset(&out);
        snprintf(url, sizeof(url), "http://a.test/%d/%d", w->number, i);
        add_record(b, url, (size_t)(i * 7), &out);
        if (warc_file_write(w->f, buf_str(&out), &w->places[i]) != ERR_OK ||
            (i % 50 == 0 && w->number == 0 && warc_file_sync(w->f) != ERR_OK))
            abort();
    }
    buf_fini(&out);
    warc_builder_free(b);
    return NULL;
}

/* The first bytes of the member at place, decompressed, as a string. */
static void
read_member(const struct warc_place *place, char *text, size_t size)
{
    char path[512];
    int fd;
    gzFile z;
    int n;

    snprintf(path, sizeof(path), "%s/%s", dir, place->file);
    fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_true(lseek(fd, (off_t)place->offset, SEEK_SET) >= 0);
    z = gzdopen(fd, "rb");
    n = gzread(z, text, (unsigned)size - 1);
    assert_true(n > 0);
    text[n] = '\0';
    gzclose(z);
}

/* Adds path's pages: its records without the warcinfo. */
static uint64_t total_pages;
static void
do_count_pages(const char *path, const char *name)
{
    struct buf b = read_file(path);
    uint64_t records;

    assert_true(str_ends(str_from(name), STR(".warc.gz")));
    assert_true(is_whole(buf_str(&b), &records));
    assert_true(records >= 1);
    total_pages += records - 1;
    buf_fini(&b);
}

static void
do_check_file(const char *path, const char *name)
{
    struct warc_place place = {.offset = 0};
    char text[2000], want[512];
    struct stat st;

    do_count_pages(path, name);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size <= ROTATE);
    snprintf(place.file, sizeof(place.file), "%s", name);
    read_member(&place, text, sizeof(text));
    snprintf(want, sizeof(want), "\r\nWARC-Filename: %s\r\n", name);
    assert_non_null(strstr(text, want));
}

static void
test_threads_write_whole_records(void **state)
{
    static struct writer writers[THREADS];
    struct warc_file *f;
    size_t files;

    (void)state;
    assert_int_equal(warc_file_open(dir, "crawl", ROTATE, &info, &f), ERR_OK);
    for (int i = 0; i < THREADS; i++) {
        writers[i].f = f;
        writers[i].number = i;
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_records,
                                        &writers[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
    assert_int_equal(warc_file_sync(f), ERR_OK);
    assert_int_equal(warc_file_close(f), ERR_OK);
    total_pages = 0;
    files = for_each_file(do_check_file);
    assert_true(files > 10);
    assert_int_equal(total_pages, THREADS * WRITES);
    for (int i = 0; i < THREADS * WRITES; i++) {
        char text[2000], want[128];

        read_member(&writers[i / WRITES].places[i % WRITES], text,
                    sizeof(text));
        snprintf(want, sizeof(want),
                 "\r\nWARC-Target-URI: http://a.test/%d/%d\r\n", i / WRITES,
                 i % WRITES);
        assert_non_null(strstr(text, want));
    }
}

/* A record larger than a file gets a file of its own. */
static void
test_files_turn_over_between_records(void **state)
{
    static const size_t bodies[] = {100, 200000, 100, 30000, 30000};
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct warc_place places[COUNT(bodies)];
    struct warc_file *f;
    struct buf out;

    (void)state;
    buf_init(&out, MAX);
    assert_int_equal(warc_file_open(dir, "crawl", 50000, &info, &f), ERR_OK);
    for (size_t i = 0; i < COUNT(bodies); i++) {
        buf_reset(&out);
        add_record(b, "http://a.test/", bodies[i], &out);
        assert_int_equal(warc_file_write(f, buf_str(&out), &places[i]), ERR_OK);
    }
    assert_int_equal(warc_file_close(f), ERR_OK);
    assert_string_not_equal(places[0].file, places[1].file);
    assert_string_not_equal(places[1].file, places[2].file);
    assert_string_equal(places[2].file, places[3].file);
    assert_string_not_equal(places[3].file, places[4].file);
    assert_int_equal(for_each_file(do_nothing), 4);
    buf_fini(&out);
    warc_builder_free(b);
}

/* Failing writes */

static void
limit_file_size(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* However much still fits, a failed write leaves whole records. */
static void
test_no_space_leaves_whole_records(void **state)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct warc_place place, again;
    struct buf out, got;
    uint64_t records;
    struct warc_file *f;
    char path[512];

    (void)state;
    assert_int_equal(sigaction(SIGXFSZ, &ignore, &before), 0);
    buf_init(&out, MAX);
    add_record(b, "http://a.test/", 2000, &out);
    assert_int_equal(warc_file_open(dir, "crawl", BIG_FILE, &info, &f), ERR_OK);
    assert_int_equal(warc_file_write(f, buf_str(&out), &place), ERR_OK);
    for (size_t room = 0; room < out.n; room += 101) {
        struct stat st;

        limit_file_size(place.offset + out.n + room);
        assert_int_equal(warc_file_write(f, buf_str(&out), &again),
                         ERR_NO_SPACE);
        assert_int_equal(errno, EFBIG);
        limit_file_size(RLIM_INFINITY);
        snprintf(path, sizeof(path), "%s/%s.open", dir, place.file);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_size, place.offset + out.n);
    }
    /* space is back: on it goes, where it stopped */
    assert_int_equal(warc_file_write(f, buf_str(&out), &again), ERR_OK);
    assert_string_equal(again.file, place.file);
    assert_int_equal(again.offset, place.offset + out.n);
    assert_int_equal(warc_file_close(f), ERR_OK);
    snprintf(path, sizeof(path), "%s/%s", dir, place.file);
    got = read_file(path);
    assert_true(is_whole(buf_str(&got), &records));
    assert_int_equal(records, 3);
    assert_int_equal(sigaction(SIGXFSZ, &before, NULL), 0);
    buf_fini(&got);
    buf_fini(&out);
    warc_builder_free(b);
}

/* The next file cannot be begun: nothing is left of it, later it can. */
static void
test_no_space_at_a_turn_over(void **state)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct warc_place place;
    struct warc_file *f;
    struct buf out;

    (void)state;
    assert_int_equal(sigaction(SIGXFSZ, &ignore, &before), 0);
    buf_init(&out, MAX);
    add_record(b, "http://a.test/", 2000, &out);
    assert_int_equal(warc_file_open(dir, "crawl", 3000, &info, &f), ERR_OK);
    assert_int_equal(warc_file_write(f, buf_str(&out), &place), ERR_OK);
    limit_file_size(20);
    for (int i = 0; i < 3; i++)
        assert_int_equal(warc_file_write(f, buf_str(&out), &place),
                         ERR_NO_SPACE);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(for_each_file(do_find), 1); /* the first, finished */
    assert_true(str_ends(str_from(found), STR(".warc.gz")));
    assert_int_equal(warc_file_sync(f), ERR_OK);
    assert_int_equal(warc_file_write(f, buf_str(&out), &place), ERR_OK);
    assert_int_equal(warc_file_close(f), ERR_OK);
    assert_int_equal(for_each_file(do_nothing), 2);
    assert_int_equal(sigaction(SIGXFSZ, &before, NULL), 0);
    buf_fini(&out);
    warc_builder_free(b);
}

/* Repair */

/* A worker killed at any byte: what is whole stays, the rest goes. */
static void
test_repair_cuts_at_every_byte(void **state)
{
    size_t ends[4], best = 0;
    struct buf b = three_records(ends, WARC_GZIP);
    char path[512];

    (void)state;
    snprintf(path, sizeof(path), "%s/x.warc.gz", dir);
    for (size_t n = 0; n <= b.n; n++) {
        while (best < 3 && ends[best + 1] <= n)
            best++;
        write_file("x.warc.gz.open", (struct str){b.p, n});
        assert_int_equal(warc_repair_dir(dir), 1);
        if (best == 0) {
            assert_int_equal(for_each_file(do_nothing), 0);
        } else {
            struct buf got = read_file(path);

            assert_int_equal(for_each_file(do_nothing), 1);
            assert_int_equal(got.n, ends[best]);
            assert_memory_equal(got.p, b.p, got.n);
            buf_fini(&got);
            assert_int_equal(unlink(path), 0);
        }
    }
    buf_fini(&b);
}

/* The moments between open and flock, in which a file may go or change. */
static void
test_a_lock_counts_only_while_the_name_leads_there(void **state)
{
    char path[512];
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY), fd, other;

    (void)state;
    snprintf(path, sizeof(path), "%s/x", dir);
    fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(warc_own(dir_fd, "x", fd), 1);
    other = open(path, O_RDWR);
    assert_int_equal(warc_own(dir_fd, "x", other), 0); /* locked */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(warc_own(dir_fd, "x", fd), 0); /* removed */
    close(other);
    other = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_int_equal(warc_own(dir_fd, "x", fd), 0); /* replaced */
    assert_int_equal(warc_own(dir_fd, "x", other), 1);
    assert_int_equal(warc_own(dir_fd, "x", -1), -1);
    assert_int_equal(warc_own(-1, "x", other), -1);
    close(fd);
    close(other);
    close(dir_fd);
}

/* Only what is ours to repair is touched. */
static void
test_repair_leaves_the_rest_alone(void **state)
{
    size_t ends[4];
    struct buf b = three_records(ends, WARC_GZIP);
    const struct str cut = {b.p, b.n - 1};
    char path[512], other[512];

    (void)state;
    write_file("done.warc.gz", cut);
    write_file("notes.open", cut);
    write_file("x.warc.gz.open.bak", cut);
    snprintf(other, sizeof(other), "%s/done.warc.gz", dir);
    snprintf(path, sizeof(path), "%s/link.warc.gz.open", dir);
    assert_int_equal(symlink(other, path), 0);
    snprintf(path, sizeof(path), "%s/fifo.warc.gz.open", dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    write_file("taken.warc.gz", STR("kept"));
    write_file("taken.warc.gz.open", cut);
    assert_int_equal(warc_repair_dir(dir), 0);
    assert_int_equal(for_each_file(do_nothing), 7);
    snprintf(path, sizeof(path), "%s/taken.warc.gz", dir);
    for (int i = 0; i < 2; i++) {
        struct buf got = read_file(i ? path : other);

        assert_true(str_equal(buf_str(&got), i ? STR("kept") : cut));
        buf_fini(&got);
    }
    assert_int_equal(warc_repair_dir("/nonexistent"), 0);
    buf_fini(&b);
}

static pid_t
start_child(void (*work)(void))
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        work();
        _exit(0);
    }
    return child;
}

static void
assert_child_ends_well(pid_t child)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int told[2]; /* a pipe: one byte for each record written */

static void
write_for_ever(void)
{
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct warc_place place;
    struct warc_file *f;
    struct buf out;

    buf_init(&out, MAX);
    if (warc_file_open(dir, "killed", 200000, &info, &f) != ERR_OK)
        _exit(1);
    for (;;) {
        buf_reset(&out);
        add_record(b, "http://a.test/", 20000, &out);
        if (warc_file_write(f, buf_str(&out), &place) != ERR_OK ||
            write(told[1], "x", 1) != 1)
            _exit(1);
    }
}

/* kill -9: every record whose write returned is there, none is broken. */
static void
test_a_killed_writer_loses_nothing(void **state)
{
    (void)state;
    for (int round = 1; round <= 20; round++) {
        uint64_t written = 0;
        pid_t child;
        ssize_t n;
        char c[64];

        assert_int_equal(pipe(told), 0);
        child = start_child(write_for_ever);
        close(told[1]);
        while (written < (uint64_t)round && (n = read(told[0], c, 1)) > 0)
            written++;
        assert_int_equal(written, round);
        assert_int_equal(kill(child, SIGKILL), 0);
        while ((n = read(told[0], c, sizeof(c))) > 0)
            written += (uint64_t)n;
        assert_int_equal(waitpid(child, NULL, 0), child);
        close(told[0]);
        warc_repair_dir(dir);
        total_pages = 0;
        for_each_file(do_count_pages);
        /* one more may be there that nobody was told of */
        assert_true(total_pages == written || total_pages == written + 1);
        for_each_file(do_remove);
    }
}

static void
repair_and_tell(void)
{
    _exit((int)warc_repair_dir(dir));
}

/* Several workers start at once: each dead file is put in order once. */
static void
test_repairs_at_once_share_the_work(void **state)
{
    enum { DEAD = 30, AT_ONCE = 4 };
    size_t ends[4], repaired = 0;
    struct buf b = three_records(ends, WARC_GZIP);
    pid_t children[AT_ONCE];

    (void)state;
    for (int i = 0; i < DEAD; i++) {
        char name[64];

        snprintf(name, sizeof(name), "dead%d.warc.gz.open", i);
        write_file(name, (struct str){b.p, b.n - (size_t)i - 1});
    }
    for (int i = 0; i < AT_ONCE; i++)
        children[i] = start_child(repair_and_tell);
    for (int i = 0; i < AT_ONCE; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        repaired += (size_t)WEXITSTATUS(status);
    }
    assert_int_equal(repaired, DEAD);
    total_pages = 0;
    assert_int_equal(for_each_file(do_count_pages), DEAD);
    buf_fini(&b);
}

static void
repair_often(void)
{
    for (int i = 0; i < 3000; i++)
        warc_repair_dir(dir);
}

static void
open_and_write_often(void)
{
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct warc_place place;
    struct warc_file *f;
    struct buf out;

    buf_init(&out, MAX);
    add_record(b, "http://a.test/", 10, &out);
    for (int i = 0; i < 300; i++)
        if (warc_file_open(dir, "x", BIG_FILE, &info, &f) != ERR_OK ||
            warc_file_write(f, buf_str(&out), &place) != ERR_OK ||
            warc_file_close(f) != ERR_OK)
            _exit(1);
}

/* A file between its creation and its lock looks dead, and is not. */
static void
test_repair_never_takes_a_new_file(void **state)
{
    pid_t repairer[2], writer[2];

    (void)state;
    for (int i = 0; i < 2; i++)
        repairer[i] = start_child(repair_often);
    for (int i = 0; i < 2; i++)
        writer[i] = start_child(open_and_write_often);
    for (int i = 0; i < 2; i++)
        assert_child_ends_well(writer[i]);
    for (int i = 0; i < 2; i++)
        assert_child_ends_well(repairer[i]);
    total_pages = 0;
    assert_int_equal(for_each_file(do_check_file), 600);
    assert_int_equal(total_pages, 600);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

/* A killed process's file of each kind is cut to its last whole record. */
static void
test_files_of_each_kind_are_repaired(void **state)
{
    static const char *const names[] = {"a.warc.gz", "b.warc.zst", "c.warc"};

    (void)state;
    for (enum warc_compress how = WARC_GZIP; how <= WARC_PLAIN; how++) {
        size_t ends[4];
        struct buf b = three_records(ends, how);
        char open_name[64], path[512];
        struct stat st;

        snprintf(open_name, sizeof(open_name), "%s.open", names[how]);
        snprintf(path, sizeof(path), "%s/%s", dir, names[how]);
        write_file(open_name, (struct str){b.p, ends[3] - 1});
        assert_int_equal(warc_repair_dir(dir), 1);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_size, ends[2]);
        buf_fini(&b);
    }
    write_file("d.txt.open", STR("WARC/1.1")); /* nobody's of ours */
    assert_int_equal(warc_repair_dir(dir), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_files_of_each_kind_are_repaired),
        cmocka_unit_test(test_the_tail_is_found_at_every_cut),
        cmocka_unit_test(test_records_within_a_page_do_not_count),
        cmocka_unit_test(test_a_flipped_bit_is_noticed),
        cmocka_unit_test(test_only_whole_records_count),
        cmocka_unit_test(test_fields_and_blocks_of_any_length),
        TEST(test_names_are_safe),
        TEST(test_a_file_is_open_until_closed),
        TEST(test_other_files_are_never_overwritten),
        TEST(test_threads_write_whole_records),
        TEST(test_files_turn_over_between_records),
        TEST(test_no_space_leaves_whole_records),
        TEST(test_no_space_at_a_turn_over),
        TEST(test_repair_cuts_at_every_byte),
        TEST(test_a_lock_counts_only_while_the_name_leads_there),
        TEST(test_repair_leaves_the_rest_alone),
        TEST(test_a_killed_writer_loses_nothing),
        TEST(test_repairs_at_once_share_the_work),
        TEST(test_repair_never_takes_a_new_file),
    };

    /* what repair says of each file would bury the rest */
    if (log_to_file("/dev/null") != ERR_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
