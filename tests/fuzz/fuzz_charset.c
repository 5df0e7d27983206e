/*
 * Any bytes as a page whose charset is to be found and left: three bytes say
 * how, up to the first NUL goes the Content-Type, the rest is the body.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>

#include "common/utf8.h"
#include "worker/page.h"
#include "worker/recode.h"

enum {
    GROWTH_MAX = 6 /* bytes of UTF-8 that a byte may become: Big5-HKSCS has
                      two characters in two bytes, 125x one and its accent */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
charset_of(unsigned char choice, struct str header, struct str body)
{
    static const char *const labels[] = {
        "utf-8",          "latin1",       "shift_jis",    "gbk",
        "big5",           "euc-kr",       "euc-jp",       "utf-16",
        "utf-16be",       "koi8-r",       "iso-2022-jp",  "gb18030",
        "windows-874",    "windows-1258", "windows-1255", "macintosh",
        "x-mac-cyrillic", "iso-8859-8-i", "ibm866",       "iso-8859-16",
        "x-user-defined"};
    enum page_charset_how how;
    const char *found = page_charset(header, body, header, &how);
    const char *sure = page_charset_sure(header, body, NULL);
    size_t count = sizeof(labels) / sizeof(labels[0]);

    assert(found != NULL && (sure == NULL || sure == found));
    assert(how <= PAGE_CHARSET_FALLBACK);
    assert(how < PAGE_CHARSET_GUESS || found == PAGE_UTF8 ||
           !utf8_is_valid(body.p, body.n));
    if (choice % (count + 1) == count)
        return found;
    found = page_charset_label(str_from(labels[choice % (count + 1)]));
    assert(found != NULL);
    return found;
}

/* A query in any charset is ASCII, whatever it was; bare of what ends it. */
static void
check_query(struct recode *r, const char *charset, struct str text)
{
    struct buf out;

    if (text.n > 1000)
        text.n = 1000;
    buf_init(&out, 1 << 20);
    assert(recode_query(r, charset, text, &out) == ERR_OK);
    for (size_t i = 0; charset != PAGE_UTF8 && i < out.n; i++)
        assert((unsigned char)out.p[i] < 0x80 || charset == PAGE_UTF16LE ||
               charset == PAGE_UTF16BE);
    buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct recode recode;
    static bool is_ready;
    struct str body = {(const char *)data + 1, size - 1}, header;
    const char *charset;
    struct buf out;
    enum err e;

    if (size == 0)
        return 0;
    if (!is_ready)
        recode_init(&recode);
    is_ready = true;
    header = str_cut(&body, '\0');
    page_kind(header, body);
    page_charset_label(header);
    page_charset_meta_content(body);
    charset = charset_of(data[0], header, body);
    buf_init(&out, 1 << 20);
    e = recode_to_utf8(&recode, charset, body, &out);
    assert(e == ERR_OK);
    assert(!recode_is_missing(&recode, charset)); /* iconv has all of ours */
    assert(utf8_is_valid(out.p, out.n));
    assert(out.n <= GROWTH_MAX * body.n + 8);
    check_query(&recode, charset, buf_str(&out));
    buf_fini(&out);
    return 0;
}
