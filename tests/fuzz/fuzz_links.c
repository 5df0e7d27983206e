/*
 * fuzz_links - any bytes as a page: no crash, and what links.h promises.
 *
 * The first two bytes choose charset, parser, filter and requisites, so that
 * one corpus reaches them all; the rest is the page.  For libFuzzer, or any
 * main() that calls LLVMFuzzerTestOneInput() for each file of a corpus.
 *
 * SPDX-License-Identifier: MIT
 */
#include <libxml/parser.h>
#include <stdlib.h>

#include "common/utf8.h"
#include "worker/anchor.h"
#include "worker/links.h"
#include "worker/page.h"

enum { FUZZ_LINKS_MAX = 50 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t n_links;

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static void
on_link(void *arg, const struct link *link)
{
    const struct links_options *opt = arg;

    n_links++;
    require(link->href.p != NULL);
    require(utf8_is_valid(link->href.p, link->href.n));
    require(link->href.n == 0 ||
            (!str_is_space(link->href.p[0]) &&
             !str_is_space(link->href.p[link->href.n - 1])));
    require(opt->is_known == NULL || (link->tag_hash & 1) == 0 ||
            link->kind == LINK_REFRESH);
    require(opt->has_requisites || link->kind <= LINK_REFRESH);
    require(opt->has_texts || link->text.n == 0);
    require(utf8_is_valid(link->text.p, link->text.n));
    require(link->text.n <= ANCHOR_MAX &&
            (link->text.n == 0 || (link->text.p[0] != ' ' &&
                                   link->text.p[link->text.n - 1] != ' ')));
    require(!link->is_of_header);
}

/* Takes every second tag away. */
static bool
is_known(void *arg, uint64_t tag_hash)
{
    (void)arg;
    return tag_hash & 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const labels[] = {
        "",        "utf-8",    "latin1", "shift_jis",   "gbk",    "big5",
        "euc-kr",  "euc-jp",   "utf-16", "utf-16be",    "koi8-r", "iso-2022-jp",
        "gb18030", "us-ascii", "x",      "windows-1258"};
    static struct links *links;
    struct links_options opt = {.page_url = STR("http://a.test/b/c?d"),
                                .agent_token = STR("weft"),
                                .max_links = FUZZ_LINKS_MAX};
    struct links_page page;
    struct str html;
    enum err e;

    if (links == NULL) {
        xmlInitParser();
        links = links_new();
    }
    if (size < 2)
        return 0;
    html = (struct str){(const char *)data + 2, size - 2};
    opt.charset = page_charset_label(str_from(labels[data[0] % 16]));
    if (opt.charset == NULL)
        opt.charset = page_charset_sure(STR("text/html"), html, NULL);
    opt.is_full = data[1] & 1;
    opt.is_known = data[1] & 2 ? is_known : NULL;
    opt.has_requisites = data[1] & 4;
    opt.has_texts = data[1] & 8;
    n_links = 0;
    e = links_find(links, html, &opt, on_link, &opt, &page);
    require(e == ERR_OK); /* too little memory is not to be had here */
    require(n_links == page.count && n_links <= FUZZ_LINKS_MAX);
    require(page_charset(html, html, html, NULL) != NULL);
    page_kind(html, html);
    return 0;
}
