/*
 * Any bytes as a seed list: nothing may crash, and what comes out as a seed
 * must be a canonical URL that its own parser takes again, on one line, with a
 * public host.  Packed bytes go through libarchive, as a user's would.
 *
 *   clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/fuzz_seed.c
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/address.h"
#include "common/url.h"
#include "master/seed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
on_report(void *arg, const char *text)
{
    (void)arg;
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            abort();
}

static void
check_seed(const struct seed *seed)
{
    struct buf again;
    struct url u;

    buf_init(&again, URL_MAX_DEFAULT);
    if (url_parse(seed->url, NULL, &again, &u) != ERR_OK ||
        !str_equal(u.text, seed->url) || !str_equal(u.host, seed->host))
        abort();
    for (size_t i = 0; i < seed->url.n; i++)
        if (seed->url.p[i] < 0x21 || seed->url.p[i] > 0x7e)
            abort();
    if (!address_host_is_public(seed->host))
        abort();
    buf_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[40];
    char *lists[] = {path};
    struct seed_options options = {
        .lists = lists, .count = 1, .scheme = "http", .report = on_report};
    struct seed_counts counts;
    struct seed seed;
    struct seeds *s;
    enum seed_next next;
    uint64_t row = 0;

    if (fd < 0) {
        fd = memfd_create("seeds", MFD_CLOEXEC);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 ||
        pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    s = seeds_open(&options);
    while ((next = seeds_next(s, &seed)) != SEED_NEXT_END)
        if (next == SEED_NEXT_SEED) {
            check_seed(&seed);
            if (seed.row <= row)
                abort();
            row = seed.row;
        }
    seeds_counts(s, &counts);
    if (counts.rows != counts.good + counts.bad)
        abort();
    seeds_close(s);
    return 0;
}
