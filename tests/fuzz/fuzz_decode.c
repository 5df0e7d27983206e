/*
 * The first byte says encoding, cut and cap, the rest is a body: the bounds
 * hold, and what was decoded under a smaller cap is the head of the same.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/decode.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_bounds(enum decode_result result, size_t body_bytes,
             const struct buf *out)
{
    size_t fair = body_bytes * DECODE_RATIO;

    if (fair < DECODE_RATIO_FREE_BYTES)
        fair = DECODE_RATIO_FREE_BYTES;
    assert(result != DECODE_UNKNOWN);
    assert(out->n <= out->max && out->n <= fair);
    if (result == DECODE_TOO_BIG)
        assert(out->n == out->max);
    if (result == DECODE_BOMB)
        assert(out->n == fair);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"gzip", "deflate", "br", "zstd"};
    static struct decoder *decoder;
    struct buf out, less;
    struct str name, body;
    enum decode_result result;

    if (size == 0)
        return 0;
    if (decoder == NULL)
        decoder = decoder_new();
    name = str_from(names[data[0] & 3]);
    body = (struct str){(const char *)data + 1, size - 1};
    buf_init(&out, data[0] & 8 ? 1 << 22 : 1 << 16);
    buf_init(&less, 100);
    result = decode_body(decoder, name, body, data[0] & 4, &out);
    check_bounds(result, body.n, &out);
    result = decode_body(decoder, name, body, data[0] & 4, &less);
    check_bounds(result, body.n, &less);
    assert(str_starts(buf_str(&out), buf_str(&less)));
    buf_fini(&less);
    buf_fini(&out);
    return 0;
}
