/*
 * Members come back as what went in, read by other libraries than wrote them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "worker/warc_pack.h"

enum { MOST = 3 * 1000 * 1000 };

static char *record, *back;

/* Bytes that do not shrink; the same ones each time. */
static void
fill_noise(size_t n)
{
    uint64_t x = 88172645463325252U; /* xorshift64 */

    for (size_t i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        record[i] = (char)(x >> 32);
    }
}

static void
fill_text(size_t n)
{
    static const char words[] =
        "<li><a href=\"/page\">a page of many</a></li>\n";

    for (size_t i = 0; i < n; i++)
        record[i] = i % 977 ? words[i % (sizeof(words) - 1)] : (char)i;
}

/* By zlib: one member, all of it, and nothing behind. */
static void
assert_member_is(struct str member, size_t n)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)member.p,
                  .avail_in = (uInt)member.n,
                  .next_out = (Bytef *)back,
                  .avail_out = MOST};

    assert_int_equal(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    assert_int_equal(z.total_out, n);
    assert_memory_equal(back, record, n);
    inflateEnd(&z);
}

static void
test_gzip_members_come_back(void **state)
{
    static const size_t sizes[] = {0,     1,     100,    32768,  65535, 65536,
                                   65537, 70000, 131070, 200000, MOST};
    struct warc_packer *p = warc_packer_new(WARC_GZIP);

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (int kind = 0; kind < 4; kind++) {
            size_t n = sizes[i];
            bool is_noise = kind & 1, is_packed = kind & 2;
            struct buf out;

            buf_init(&out, 2 * MOST);
            if (is_noise)
                fill_noise(n);
            else
                fill_text(n);
            assert_int_equal(buf_addf(&out, "before"), ERR_OK);
            assert_int_equal(
                warc_packer_add(p, (struct str){record, n}, is_packed, &out),
                ERR_OK);
            assert_memory_equal(out.p, "before", 6);
            assert_member_is((struct str){out.p + 6, out.n - 6}, n);
            if (is_noise || is_packed)
                assert_true(out.n - 6 < n + n / 1000 + 64);
            else if (n > 100)
                assert_true(out.n < n / 10);
            buf_fini(&out);
        }
    }
    warc_packer_free(p);
}

static int
set_up(void **state)
{
    (void)state;
    record = malloc(MOST);
    back = malloc(MOST);
    return record && back ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    free(record);
    free(back);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gzip_members_come_back),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
