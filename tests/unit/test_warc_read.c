/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "common/warc_read.h"
#include "master/cdxj.h"

#define RECORD(type, fields, length, block)                                \
    "WARC/1.1\r\nWARC-Type: " type "\r\n" fields "Content-Length: " length \
    "\r\n\r\n" block "\r\n\r\n"
#define ABOUT                                    \
    "WARC-Target-URI: http://example.com/x\r\n"  \
    "WARC-Date: 2026-11-21T10:15:00.250000Z\r\n" \
    "WARC-Payload-Digest: sha1:ABC\r\nContent-Type: application/http\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=x\r\n\r\nhi"

static const char info[] = RECORD("warcinfo", "", "5", "a: b\n");
static const char page[] = RECORD("response", ABOUT, "57", ANSWER);

static char path[64];

static int
make_path(void **state)
{
    int fd;

    (void)state;
    snprintf(path, sizeof(path), "/tmp/weft-read-XXXXXX");
    fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int
remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

/* Each of the texts as a member of its own, or as it is. */
static void
write_file(bool is_packed, const char *const *texts, size_t count)
{
    FILE *plain = fopen(path, "we");

    assert_non_null(plain);
    for (size_t i = 0; i < count; i++) {
        if (!is_packed) {
            fputs(texts[i], plain);
            continue;
        }
        assert_int_equal(fclose(plain), 0);
        gzFile packed = gzopen(path, i == 0 ? "wb" : "ab");
        assert_non_null(packed);
        gzputs(packed, texts[i]);
        assert_int_equal(gzclose(packed), Z_OK);
        plain = fopen(path, "ae");
        assert_non_null(plain);
    }
    assert_int_equal(fclose(plain), 0);
}

static enum err
read_all(size_t *records, size_t *block_bytes)
{
    struct warc_read *r = warc_read_open(path);
    struct warc_record record;
    struct str piece;
    enum err e;

    assert_non_null(r);
    *records = *block_bytes = 0;
    while ((e = warc_read_next(r, &record)) == ERR_OK) {
        while ((piece = warc_read_block(r)).n > 0)
            *block_bytes += piece.n;
        ++*records;
    }
    assert_int_equal(warc_read_next(r, &record), e); /* it sticks */
    warc_read_close(r);
    return e;
}

static void
test_whole(void **state)
{
    const char *const texts[] = {info, page, info};
    size_t records, bytes;

    (void)state;
    for (int is_packed = 0; is_packed < 2; is_packed++) {
        write_file(is_packed, texts, 3);
        assert_int_equal(read_all(&records, &bytes), ERR_NOT_FOUND);
        assert_int_equal(records, 3);
        assert_int_equal(bytes, 5 + 57 + 5);
    }
    write_file(false, texts, 0);
    assert_int_equal(read_all(&records, &bytes), ERR_NOT_FOUND);
    assert_int_equal(records, 0);
}

/* A file that ends anywhere but behind a record is broken there. */
static void
test_cut(void **state)
{
    const char *const texts[] = {info, page};

    (void)state;
    for (int is_packed = 0; is_packed < 2; is_packed++) {
        long whole, first;
        FILE *f;

        write_file(is_packed, texts, 1);
        f = fopen(path, "re");
        fseek(f, 0, SEEK_END);
        first = ftell(f);
        fclose(f);
        write_file(is_packed, texts, 2);
        f = fopen(path, "re");
        fseek(f, 0, SEEK_END);
        whole = ftell(f);
        fclose(f);
        for (long n = whole - 1; n > first; n--) {
            size_t records, bytes;

            assert_int_equal(truncate(path, n), 0);
            assert_int_equal(read_all(&records, &bytes), ERR_INVALID);
        }
    }
}

static void
test_broken(void **state)
{
    static const char *const texts[] = {
        "HTTP/1.1 200 OK\r\n\r\n",
        "WARC/0.9\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
        "WARC/1.1\r\nWARC-Type: info\r\n\r\n\r\n\r\n",
        "WARC/1.1\r\nContent-Length: -1\r\n\r\n\r\n\r\n",
        "WARC/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n\r\n\r\n",
        "WARC/1.1\r\nContent-Length: 2\r\n\r\nabc\r\n\r\n",
        "\x1f\x8b\x08 no gzip",
    };
    size_t records, bytes;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_file(false, texts + i, 1);
        assert_int_equal(read_all(&records, &bytes), ERR_INVALID);
        assert_int_equal(records, i == 5);
    }
}

static void
test_index(void **state)
{
    const char *const texts[] = {
        info,
        page,
        RECORD("request", ABOUT, "4", "GET "),
        RECORD("revisit", ABOUT, "57", ANSWER),
        RECORD("resource",
               "WARC-Target-URI: gopher://example.com/x\r\n"
               "WARC-Date: 2026-11-21T10:15:00Z\r\n",
               "0", ""),
    };
    struct cdxj_counts counts;
    char why[CDXJ_WHY_BYTES], *lines = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&lines, &n);

    (void)state;
    write_file(false, texts, 5);
    assert_int_equal(cdxj_write(path, "a.warc", out, &counts, why), ERR_OK);
    fclose(out);
    assert_int_equal(counts.records, 5);
    assert_int_equal(counts.lines, 2);
    assert_int_equal(counts.odd, 1); /* gopher */
    assert_non_null(strstr(lines, "com,example)/x 20261121101500 "
                                  "{\"url\":\"http://example.com/x\",\"mime\":"
                                  "\"text/html\",\"status\":\"200\",\"digest\":"
                                  "\"ABC\","));
    assert_non_null(strstr(lines, "\"mime\":\"warc/revisit\""));
    free(lines);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_index),
    };

    return cmocka_run_group_tests(tests, make_path, remove_path);
}
