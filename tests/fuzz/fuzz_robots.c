/*
 * Bytes up to the first NUL are a target, the rest is a robots.txt: what
 * robots_write() makes of it answers as the file does, and writes itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/robots.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct robots *
parse(struct str txt, struct str agent)
{
    struct robots *r;
    enum err e = robots_parse(txt, agent, &r);

    assert(e == ERR_OK);
    return r;
}

static void
compare(const struct robots *r, const struct robots *again, struct str target)
{
    struct robots_match why, why_again;
    bool allows = robots_allows(r, target, &why);

    assert(allows == robots_allows(again, target, &why_again));
    assert(str_equal(why.pattern, why_again.pattern));
    assert(why.pattern.n > 0 ? why.is_allow == allows : allows);
    assert(robots_crawl_delay_ms(r) == robots_crawl_delay_ms(again));
    assert(robots_sitemap_count(r) == robots_sitemap_count(again));
    for (size_t i = 0; i < robots_sitemap_count(r); i++)
        assert(str_equal(robots_sitemap(r, i), robots_sitemap(again, i)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str txt = {(const char *)data, size}, target;
    struct robots *r, *again;
    struct buf out, twice;

    if (size == 0)
        return 0;
    target = str_cut(&txt, '\0');
    r = parse(txt, STR("weft"));
    buf_init(&out, ROBOTS_MAX_BYTES);
    buf_init(&twice, ROBOTS_MAX_BYTES);
    if (robots_write(r, &out) == ERR_OK) {
        again = parse(buf_str(&out), STR("other"));
        compare(r, again, target);
        assert(robots_write(again, &twice) == ERR_OK);
        assert(str_equal(buf_str(&out), buf_str(&twice)));
        robots_free(again);
    }
    buf_fini(&twice);
    buf_fini(&out);
    robots_free(r);
    return 0;
}
