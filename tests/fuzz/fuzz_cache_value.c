/*
 * Any bytes as a value of cache:NAME:B, as a hostile Redis may hold them:
 * what is taken may go into a request, and packed again it is the same.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/cache_value.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    struct cache_value v;
    char digest[CACHE_DIGEST_BYTES];
    struct buf out;
    enum err packed;

    if (cache_value_unpack(bytes, &v) != ERR_OK)
        return 0;
    assert(size <= CACHE_VALUE_MAX && v.generation <= CACHE_GENERATION_MAX);
    for (size_t i = 0; i < v.etag.n; i++) /* nothing that ends a header line */
        assert((unsigned char)v.etag.p[i] >= 0x20);
    for (const char *p = v.modified; *p; p++)
        assert((unsigned char)*p >= 0x20);
    cache_digest_text(&v, digest);
    assert(strlen(digest) < CACHE_DIGEST_BYTES);
    buf_init(&out, CACHE_VALUE_MAX);
    packed = cache_value_pack(&v, &out);
    assert(packed == ERR_OK && str_equal(buf_str(&out), bytes));
    buf_fini(&out);
    return 0;
}
