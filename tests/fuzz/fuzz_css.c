/*
 * Any bytes as a CSS selector: what comes of it is XPath that libxml2
 * compiles, or an error at a place within.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>

#include "common/css.h"
#include "common/utf8.h"
#include "common/xpath_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str selector = {(const char *)data, size};
    struct css_problem problem = {0};
    char why[XPATH_WHY_BYTES];
    struct buf xpath;
    size_t at;
    enum err e;

    /* extract_rules.c lets no control byte through, and argv no NUL */
    for (size_t i = 0; i < size; i++)
        if (data[i] < 0x20 && data[i] != '\t')
            return 0;
    if (size > 2000 || !utf8_is_valid(selector.p, size))
        return 0;
    buf_init(&xpath, 1 << 16);
    e = css_to_xpath(selector, &xpath, &problem);
    if (e == ERR_OK) {
        e = buf_add_char(&xpath, '\0');
        if (e == ERR_OK)
            e = xpath_check(xpath.p, &at, why);
        assert(e != ERR_INVALID);
    } else {
        assert(xpath.n == 0 && problem.why != NULL && problem.at <= size);
    }
    buf_fini(&xpath);
    return 0;
}
