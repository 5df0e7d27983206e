/*
 * Any bytes as a line of --hosts: what is taken can mislead neither a shell
 * nor ssh, and what is refused is said in one harmless line.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/hosts.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_row(const struct hosts_row *h)
{
    static const char fair[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-+@:%";
    const char *at = strrchr(h->target, '@');

    assert(h->target[0] != '\0' && h->target[0] != '-');
    assert(strspn(h->target, fair) == strlen(h->target));
    assert(strchr(h->target, '@') == at);
    assert(at == NULL || (at > h->target && at[1] != '\0' && at[1] != '-'));
    assert(strlen(h->name) >= strlen(h->target));
    assert(h->port <= 65535 && h->procs <= HOSTS_PROCS_MAX &&
           h->threads <= HOSTS_THREADS_MAX);
    hosts_is_here(h->target);
}

static void
check_why(const char *why)
{
    assert(strlen(why) > 0 && strlen(why) < HOSTS_WHY_BYTES);
    for (; *why != '\0'; why++)
        assert((unsigned char)*why >= 0x20 && *why != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str line = {(const char *)data, size};
    struct hosts_row h;
    char why[HOSTS_WHY_BYTES] = "";
    enum err e = hosts_row_parse(line, &h, why);

    assert(e == ERR_OK || e == ERR_INVALID || e == ERR_NOT_FOUND);
    if (e == ERR_OK)
        check_row(&h);
    if (e == ERR_INVALID)
        check_why(why);
    hosts_row_fini(&h);
    return 0;
}
