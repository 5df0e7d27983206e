/*
 * libFuzzer: the canonical form is a fixed point, whatever the URL.
 *
 * The first byte chooses the options, the rest is a reference, also resolved
 * at a fixed base.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdlib.h>

#include "common/canon.h"
#include "common/traps.h"

enum { FUZZ_KINDS = 24, FUZZ_URL_MAX = 500 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct canon *
fuzz_options(unsigned kind)
{
    static const char *const slashes[] = {"keep", "strip", "add"};
    static char usual[] = "default", odd[] = "a*,*b,c";
    static char pages[] = "index.html,a";
    char slash[8], why[CONFIG_WHY_BYTES];
    struct config c = {0};
    struct canon *canon;
    enum err e;

    snprintf(slash, sizeof(slash), "%s", slashes[kind % 3]);
    c.trailing_slash = slash;
    c.strip_params = kind / 3 % 2 == 0 ? usual : odd;
    c.sort_params = kind / 6 % 2 == 1;
    c.index_pages = kind / 12 % 2 == 1 ? pages : NULL;
    e = canon_new(&c, &canon, why);
    assert(e == ERR_OK);
    return canon;
}

static void
fuzz_same(const struct url *u, const struct url *v)
{
    assert(str_equal(u->text, v->text) && str_equal(u->origin, v->origin));
    assert(str_equal(u->host, v->host) && str_equal(u->path, v->path));
    assert(str_equal(u->query, v->query) && str_equal(u->target, v->target));
    assert((u->query.p == NULL) == (v->query.p == NULL));
    assert(u->port == v->port && u->scheme == v->scheme);
}

/* Parsed again, split, and made canonical again it stays. */
static void
fuzz_check_stays(const struct canon *canon, const struct url *u)
{
    struct buf again;
    struct url v;
    unsigned rules;
    enum err e;

    buf_init(&again, u->text.n);
    e = url_split(u->text, &v);
    assert(e == ERR_OK);
    fuzz_same(u, &v);
    e = url_parse(u->text, NULL, &again, &v);
    assert(e == ERR_OK);
    fuzz_same(u, &v);
    e = canon_parse(canon, u->text, NULL, &again, &v, &rules);
    assert(e == ERR_OK && rules == 0);
    fuzz_same(u, &v);
    buf_fini(&again);
}

/* A target that is taken as it stands is not canonical: it cannot go on. */
static void
fuzz_redirect(const struct canon *canon, struct str ref, const struct url *from)
{
    struct buf out, again;
    struct url u, v;
    unsigned rules;
    enum err e;

    buf_init(&out, FUZZ_URL_MAX);
    buf_init(&again, FUZZ_URL_MAX);
    e = canon_parse_redirect(canon, ref, from, &out, &u, NULL);
    assert(e == ERR_OK || out.n == 0);
    if (e == ERR_OK &&
        canon_parse(canon, u.text, NULL, &again, &v, &rules) == ERR_OK &&
        rules != 0) {
        assert(str_equal(v.text, from->text));
        if (canon_parse_redirect(canon, ref, &u, &again, &v, NULL) == ERR_OK)
            fuzz_check_stays(canon, &v);
    }
    buf_fini(&out);
    buf_fini(&again);
}

static void
fuzz_traps(const struct url *u)
{
    struct str name;

    assert(traps_segments(u->path) <= u->path.n);
    assert(traps_repeats(u->path, 3) <= 4);
    assert(traps_same_param(u->query, 2, &name) <= TRAPS_PARAMS_LOOKED);
    assert(traps_same_parts(u->query, 2) <= 3);
    assert(traps_year(u, 2030, 100) <= 9999);
    assert(!traps_is_chain(u->text, u->text));
}

static void
fuzz_one(const struct canon *canon, struct str ref, const struct url *base)
{
    struct buf out;
    struct url u;

    buf_init(&out, FUZZ_URL_MAX);
    if (canon_parse(canon, ref, base, &out, &u, NULL) == ERR_OK) {
        assert(u.text.p == out.p && u.text.n == out.n);
        fuzz_check_stays(canon, &u);
        fuzz_redirect(canon, ref, &u);
        fuzz_traps(&u);
    } else {
        assert(out.n == 0);
    }
    buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct canon *canons[FUZZ_KINDS];
    static struct buf text;
    static struct url base;
    struct str ref;
    unsigned kind;

    if (size == 0)
        return 0;
    if (text.n == 0) {
        enum err e;

        buf_init(&text, FUZZ_URL_MAX);
        e = url_parse(STR("http://b.test/x/y?a=1&z"), NULL, &text, &base);
        assert(e == ERR_OK);
    }
    kind = data[0] % FUZZ_KINDS;
    ref = (struct str){(const char *)data + 1, size - 1};
    if (canons[kind] == NULL)
        canons[kind] = fuzz_options(kind);
    fuzz_one(canons[kind], ref, NULL);
    fuzz_one(canons[kind], ref, &base);
    return 0;
}
