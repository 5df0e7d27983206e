/*
 * Any bytes as a name server's answer: what comes of it is ASCII, of whole
 * lines of five columns.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/dns_text.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out;
    enum err e;

    buf_init(&out, 256 * 1024);
    e = dns_text_put(data, size, &out);
    if (e == ERR_OK) {
        size_t tabs = 0;

        for (size_t i = 0; i < out.n; i++) {
            char c = out.p[i];

            tabs += c == '\t';
            assert(c == '\t' || c == '\n' || (c >= ' ' && c < 0x7f));
            assert(c != '\n' || tabs == 4);
            if (c == '\n')
                tabs = 0;
        }
        assert(out.n == 0 || out.p[out.n - 1] == '\n');
    } else {
        assert(out.n == 0);
    }
    buf_fini(&out);
    return 0;
}
