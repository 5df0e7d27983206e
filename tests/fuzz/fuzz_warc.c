/*
 * The reader of a broken file's tail: any bytes, in pieces of any size.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "worker/warc_tail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feeds size bytes in pieces; returns the end found, *records with it. */
static uint64_t
fuzz_end(const uint8_t *data, size_t size, size_t piece, uint64_t *records)
{
    struct warc_tail *t = warc_tail_new();
    struct str rest = {(const char *)data, size};
    uint64_t end;

    while (rest.n > 0) {
        struct str s = {rest.p, rest.n < piece ? rest.n : piece};

        if (!warc_tail_feed(t, s))
            break;
        rest.p += s.n;
        rest.n -= s.n;
    }
    end = warc_tail_end(t);
    *records = warc_tail_records(t);
    warc_tail_free(t);
    return end;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t records, again;
    uint64_t end = fuzz_end(data, size, SIZE_MAX, &records);

    if (end > size || (end == 0) != (records == 0))
        abort();
    /* how the bytes come does not matter */
    if (fuzz_end(data, size, 1 + size % 7, &again) != end || again != records)
        abort();
    /* what is kept would be kept again: repairing twice changes nothing */
    if (fuzz_end(data, (size_t)end, SIZE_MAX, &again) != end ||
        again != records)
        abort();
    return 0;
}
