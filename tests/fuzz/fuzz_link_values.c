/*
 * fuzz_link_values - any bytes as srcset, rel, Refresh, Link and X-Robots-Tag:
 * what is found lies in what was given, in order, and all of it is consumed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "worker/link_header.h"
#include "worker/links_header.h"
#include "worker/refresh.h"
#include "worker/rel.h"
#include "worker/srcset.h"

enum { FUZZ_LINKS_MAX = 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str all;

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static void
require_inside(struct str s)
{
    require(s.n == 0 || (s.p >= all.p && s.p + s.n <= all.p + all.n));
}

static void
on_link(void *arg, const struct link *link)
{
    size_t *count = arg;

    ++*count;
    require(link->is_of_header && link->href.p != NULL);
    require_inside(link->href);
    require_inside(link->rel);
}

static void
read_srcset(void)
{
    struct str rest = all, url;
    const char *last = all.p;

    while (srcset_next(&rest, &url)) {
        require(url.n > 0 && url.p >= last && url.p[0] != ',');
        require_inside(url);
        for (size_t i = 0; i < url.n; i++)
            require(!str_is_space(url.p[i]));
        require(url.p[url.n - 1] != ',');
        last = url.p + url.n;
    }
    require(rest.n == 0);
}

static void
read_link(void)
{
    struct str rest = all;
    struct link_header link;
    size_t left = all.n + 1;

    while (link_header_next(&rest, &link)) {
        require(rest.n < left);
        left = rest.n;
        require_inside(link.target);
        require_inside(link.rel);
        rel_class(link.rel);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct robots_tag tag = {false, false};
    struct links_header h;
    size_t count = 0;

    all = (struct str){(const char *)data, size};
    read_srcset();
    read_link();
    require_inside(refresh_url(all));
    robots_tag_meta(&tag, all);
    robots_tag_header(&tag, all, STR("weft"));
    h = links_header_read(all, STR("weft"));
    require(links_header_find(&h, true, FUZZ_LINKS_MAX, on_link, &count) ==
            count);
    require(count <= FUZZ_LINKS_MAX);
    return 0;
}
