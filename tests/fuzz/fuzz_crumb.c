/*
 * A crumb's file with any bytes: the input lies over a good one, in which the
 * sum of the URL is put right so that more than its own check is tried.
 *
 *   two bytes: where the rest goes in the file; two: how long the file is
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/crumb.h"

#include <assert.h>
#include <stdlib.h>

#include "common/entry.h"
#include "common/fingerprint.h"

enum { /* the layout that crumb.c writes */
       CRUMB_AT_NAME = 8,
       CRUMB_AT_RUN = CRUMB_AT_NAME + CRUMB_NAME_MAX + 8,
       CRUMB_AT_N = CRUMB_AT_RUN + CRUMB_RUN_MAX + 8,
       CRUMB_AT_SUM = CRUMB_AT_N + 8,
       CRUMB_AT_URL = CRUMB_AT_SUM + 8,
       CRUMB_BYTES = CRUMB_AT_URL + ENTRY_MAX_BYTES
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct str file)
{
    struct crumb_text text;
    enum crumb_kind kind = crumb_read(file, &text);

    if (kind != CRUMB_PAGE)
        return;
    assert(file.n == CRUMB_BYTES);
    assert(text.name.n > 0 && text.name.n <= CRUMB_NAME_MAX);
    assert(text.run.n > 0 && text.run.n <= CRUMB_RUN_MAX);
    assert(text.url.n > 0 && text.url.n <= ENTRY_MAX_BYTES);
    assert(text.url.p + text.url.n <= file.p + file.n);
    for (size_t i = 0; i < text.url.n; i++)
        assert((unsigned char)text.url.p[i] > 0x20 && text.url.p[i] != 0x7f);
}

static void
mend_sum(char *file)
{
    uint64_t sum;
    uint32_t n;

    memcpy(&n, file + CRUMB_AT_N, sizeof(n));
    if (n > ENTRY_MAX_BYTES)
        return;
    sum = fingerprint((struct str){file + CRUMB_AT_URL, n});
    memcpy(file + CRUMB_AT_SUM, &sum, sizeof(sum));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char url[] = "http://a.test/";
    static char whole[CRUMB_BYTES];
    uint32_t n = sizeof(url) - 1;
    size_t at, length;
    char *file;

    check((struct str){(const char *)data, size});
    if (size < 4)
        return 0;
    at = (data[0] * 256u + data[1]) % CRUMB_BYTES;
    length = (data[2] * 256u + data[3]) % (CRUMB_BYTES + 2);
    size = size - 4 < CRUMB_BYTES - at ? size - 4 : CRUMB_BYTES - at;
    memset(whole, 0, sizeof(whole));
    memcpy(whole, "weftcrm1", 8);
    memcpy(whole + CRUMB_AT_NAME, "default", 7);
    memcpy(whole + CRUMB_AT_RUN, "r1", 2);
    memcpy(whole + CRUMB_AT_N, &n, sizeof(n));
    memcpy(whole + CRUMB_AT_URL, url, n);
    memcpy(whole + at, data + 4, size);
    mend_sum(whole);
    if (length == 0 || length > CRUMB_BYTES)
        length = CRUMB_BYTES;
    /* memory as large as the file, so that a step behind it is seen */
    file = malloc(length);
    assert(file != NULL);
    memcpy(file, whole, length);
    check((struct str){file, length});
    free(file);
    return 0;
}
