/*
 * fuzz_sitemap - any bytes as a sitemap or feed: no crash, and what sitemap.h
 * promises.
 *
 * The first byte chooses what is known beforehand; the rest is the document.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "worker/sitemap.h"

enum { FUZZ_SITEMAP_MAX = 20, FUZZ_SITEMAP_BYTES = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t n_links;

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static void
on_link(void *arg, const struct sitemap_link *link)
{
    const struct sitemap_said *said = arg;

    n_links++;
    require(link->href.n > 0 && link->base != NULL && link->base->text.n > 0);
    require(!str_is_space(link->href.p[0]) &&
            !str_is_space(link->href.p[link->href.n - 1]));
    require(link->is_sitemap ? said->kind == SITEMAP_INDEX
                             : said->kind != SITEMAP_NONE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sitemap *s;
    static struct decoder *d;
    static struct buf text;
    static struct url url;
    struct sitemap_options opt = {.url = &url, .max_links = FUZZ_SITEMAP_MAX};
    struct sitemap_said said;
    struct str body;

    if (s == NULL) {
        s = sitemap_new(FUZZ_SITEMAP_BYTES);
        d = decoder_new();
        buf_init(&text, 100);
        require(url_parse(STR("http://a.test/b/c.xml"), NULL, &text, &url) ==
                ERR_OK);
    }
    if (size < 1)
        return 0;
    body = (struct str){(const char *)data + 1, size - 1};
    opt.is_named = data[0] & 1;
    opt.is_cut = data[0] & 2;
    if (data[0] & 4)
        opt.content_type = STR("text/xml; charset=windows-1252");
    n_links = 0;
    sitemap_read(s, d, body, &opt, on_link, &said, &said);
    require(n_links == said.count && n_links <= FUZZ_SITEMAP_MAX);
    require(said.kind != SITEMAP_NONE || n_links == 0);
    require(said.kind != SITEMAP_TEXT || opt.is_named);
    require(!opt.is_cut || said.is_cut);
    require(sitemap_kind_name(said.kind) != NULL);
    sitemap_is_likely(opt.content_type, url.target, body);
    return 0;
}
