/*
 * Any bytes as a page that is extracted from: libxml2 finds well-formed UTF-8
 * in what is written for it, the text has no gaps at its ends, and each line
 * is a line.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <libxml/parser.h>

#include "common/utf8.h"
#include "worker/extract.h"
#include "worker/extract_html.h"

enum { BODY_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct extract *extract;

static void
set_up(void)
{
    static const char *const fields[] = {"a[]=css:p > a:not(.x)::attr(href)",
                                         "u[]=url://a/@href",
                                         "h=html:/",
                                         "t[]=text:css:table, pre",
                                         "n=count(//*)",
                                         "r=raw:string(/)"};
    static struct extract_rules *rules;
    static struct config c;
    char why[CONFIG_WHY_BYTES];

    config_init(&c);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        assert(config_set(&c, CONFIG_MASTER, CONFIG_FROM_FLAG, STR("extract"),
                          str_from(fields[i]), why) == ERR_OK);
    assert(config_set(&c, CONFIG_MASTER, CONFIG_FROM_FLAG, STR("text"),
                      STR("yes"), why) == ERR_OK);
    xmlInitParser();
    assert(extract_rules_new(&c, &rules, why) == ERR_OK);
    extract = extract_new(rules, BODY_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = {(const char *)data, size};
    struct extract_page page = {.content_type = {"text/html", 9}, .body = body};
    struct extract_said said;
    struct buf html, text, out;
    struct url url;

    if (size > BODY_MAX)
        return 0;
    if (extract == NULL)
        set_up();
    buf_init(&html, (size_t)EXTRACT_HTML_GROWTH * (size + 16));
    buf_init(&text, 4096);
    buf_init(&out, 64 << 20);
    if (utf8_is_valid(body.p, size)) {
        assert(extract_html_write(body, &html) == ERR_OK);
        assert(utf8_is_valid(html.p, html.n));
        assert(html.n == 0 || memchr(html.p, '\0', html.n) == NULL);
    }
    assert(url_parse(STR("http://a.test/b/"), NULL, &text, &url) == ERR_OK);
    page.url = &url;
    assert(extract_page(extract, &page, &out, &said) == ERR_OK);
    assert(said.lines <= 1 && (said.lines == 0) == (out.n == 0));
    assert(out.n == 0 || (memchr(out.p, '\n', out.n) == out.p + out.n - 1 &&
                          utf8_is_valid(out.p, out.n)));
    buf_fini(&html);
    buf_fini(&text);
    buf_fini(&out);
    return 0;
}
