/*
 * Any bytes as a config file, and as settings in Redis.  What is refused is
 * said in one harmless line; a setting that was taken is shown as a text that
 * means the same again.
 *
 *   "f": the rest is a file of a master's; "g": of a worker's
 *   else: NAME NUL VALUE, a setting
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/config.h"

#include <assert.h>

#include "common/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_why(const char *why)
{
    size_t n = strlen(why);

    assert(n > 0 && n < CONFIG_WHY_BYTES && utf8_is_valid(why, n));
    for (size_t i = 0; i < n; i++)
        assert((unsigned char)why[i] >= 0x20 && why[i] != 0x7f);
}

static enum err
take_file(struct config *c, enum config_who who, struct str text)
{
    char why[CONFIG_WHY_BYTES] = "";
    enum err e = config_load_text(c, who, text, "test.conf", why);

    assert(e == ERR_OK || e == ERR_INVALID);
    if (e != ERR_OK)
        check_why(why);
    return e;
}

/* Each setting, given to a second config, comes out of that the same. */
static void
check_travel(const struct config *c)
{
    struct config other;
    struct buf value, again;
    char why[CONFIG_WHY_BYTES] = "";
    const char *name;
    bool is_default;
    enum err e;

    config_init(&other);
    buf_init(&value, 1 << 20);
    buf_init(&again, 1 << 20);
    for (size_t i = 0; config_crawl_setting(c, i, &name, &value, &is_default);
         i++) {
        e = config_take_setting(&other, str_from(name), buf_str(&value), why);
        assert(e == ERR_OK);
        config_crawl_setting(&other, i, &name, &again, &is_default);
        assert(str_equal(buf_str(&value), buf_str(&again)));
    }
    buf_fini(&again);
    buf_fini(&value);
    config_fini(&other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size}, name;
    struct config c;
    char why[CONFIG_WHY_BYTES] = "";
    enum err e;

    if (size == 0)
        return 0;
    config_init(&c);
    if (data[0] == 'f' || data[0] == 'g') {
        e = take_file(&c, data[0] == 'f' ? CONFIG_MASTER : CONFIG_WORKER,
                      (struct str){text.p + 1, size - 1});
    } else {
        name = str_cut(&text, '\0');
        e = config_take_setting(&c, name, text, why);
        assert(e == ERR_OK || e == ERR_INVALID || e == ERR_NOT_FOUND);
        if (e == ERR_INVALID)
            check_why(why);
    }
    if (e == ERR_OK)
        check_travel(&c);
    config_fini(&c);
    return 0;
}
