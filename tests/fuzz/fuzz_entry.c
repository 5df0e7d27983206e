/*
 * Any bytes as a queued entry, as a hostile Redis may hold them: what is taken
 * has its bounds, and written again it is the same line.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/entry.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        assert((unsigned char)s.p[i] > 0x20 && s.p[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str line = {(const char *)data, size};
    struct entry e;
    struct buf out;
    enum err written;

    if (entry_parse(line, &e) != ERR_OK)
        return 0;
    assert(e.depth <= ENTRY_DEPTH_MAX && size <= ENTRY_MAX_BYTES);
    assert(e.site.n > 0 && e.url.n > 0);
    check_word(e.site);
    check_word(e.url);
    check_word(e.referrer);
    buf_init(&out, ENTRY_MAX_BYTES);
    written = entry_write(&e, &out);
    assert(written == ERR_OK && str_equal(buf_str(&out), line));
    buf_fini(&out);
    return 0;
}
