/*
 * libFuzzer: whatever the bytes, url_parse() writes canonical URLs only.
 *
 * The input is a base, a NUL, and a reference; without a NUL it is a
 * reference alone, also tried at a fixed base.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdlib.h>

#include "common/host.h"
#include "common/site.h"
#include "common/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_check_parts(const struct url *u, const struct buf *out)
{
    struct str t = u->text;
    struct str site;

    assert(t.p == out->p && t.n == out->n && t.n <= out->max);
    for (size_t i = 0; i < t.n; i++)
        assert(t.p[i] > 0x20 && t.p[i] < 0x7f && t.p[i] != '#');
    assert(u->origin.p == t.p && u->origin.n + u->target.n == t.n);
    assert(u->path.n > 0 && u->path.p[0] == '/');
    assert(u->path.p == u->target.p && memchr(u->path.p, '\\', u->path.n) == 0);
    assert(memchr(u->origin.p, '@', u->origin.n) == NULL);
    assert(memchr(u->path.p, '?', u->path.n) == NULL);
    assert(u->query.p == NULL ? u->target.n == u->path.n
                              : u->target.n == u->path.n + 1 + u->query.n);
    assert(u->host.n > 0 && u->host.n <= HOST_MAX);
    assert(host_looks_canonical(u->host));
    site = site_of_host(u->host);
    assert(site.n > 0 && site.p >= u->host.p &&
           site.p + site.n <= u->host.p + u->host.n);
}

/* Canonical means: parsing again, or with any base, changes nothing. */
static void
fuzz_check_stays(const struct url *u, const struct url *base)
{
    static const struct str same_refs[] = {
        {"", 0}, {"#x", 2}, {" \n", 2}, {"#\xff/../?", 7}};
    struct buf again;
    struct url v;
    enum err e;

    buf_init(&again, u->text.n);
    e = url_parse_ftp(u->text, base, &again, &v);
    assert(e == ERR_OK && str_equal(v.text, u->text));
    e = url_parse_ftp(u->text, NULL, &again, &v);
    assert(e == ERR_OK && str_equal(v.text, u->text));
    assert(str_equal(v.host, u->host) && v.port == u->port);
    for (size_t i = 0; i < sizeof(same_refs) / sizeof(same_refs[0]); i++) {
        e = url_parse_ftp(same_refs[i], u, &again, &v);
        assert(e == ERR_OK && str_equal(v.text, u->text));
    }
    e = url_parse_ftp(u->target, u, &again, &v);
    /* "//x" would be read as an authority */
    assert(u->target.n > 1 && u->target.p[1] == '/'
               ? true
               : e == ERR_OK && str_equal(v.text, u->text));
    e = url_split(u->text, &v);
    assert(e == ERR_OK && v.text.p == u->text.p && v.host.p == u->host.p &&
           v.host.n == u->host.n && v.origin.n == u->origin.n &&
           v.path.p == u->path.p && v.path.n == u->path.n &&
           v.query.p == u->query.p && v.query.n == u->query.n &&
           v.target.p == u->target.p && v.port == u->port &&
           v.scheme == u->scheme);
    buf_fini(&again);
}

/* Splitting any bytes is safe, and what it takes is made of the right bytes. */
static void
fuzz_split(struct str bytes)
{
    struct url u;

    if (url_split(bytes, &u) != ERR_OK)
        return;
    for (size_t i = 0; i < bytes.n; i++)
        assert(bytes.p[i] > 0x20 && bytes.p[i] < 0x7f);
    assert(u.host.n > 0 && u.path.n > 0);
}

static void
fuzz_parse(struct str ref, const struct url *base)
{
    struct buf out;
    struct url u;
    enum err e;

    buf_init(&out, URL_MAX_DEFAULT);
    e = url_parse_ftp(ref, base, &out, &u);
    if (e == ERR_OK) {
        fuzz_check_parts(&u, &out);
        fuzz_check_stays(&u, base);
    } else {
        assert(out.n == 0);
        assert(e == ERR_INVALID || e == ERR_TOO_BIG);
    }
    buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_ready;
    const char *nul = size > 0 ? memchr(data, '\0', size) : NULL;
    struct str all = {(const char *)data, size}, head = all;
    struct buf base_buf;
    struct url base;

    if (!is_ready)
        site_init(SITE_BY_DOMAIN);
    is_ready = true;
    fuzz_split(all);
    fuzz_parse(all, NULL);
    if (nul != NULL)
        head.n = (size_t)(nul - head.p);
    else
        head = STR("http://b.test/x/y?z");
    buf_init(&base_buf, URL_MAX_DEFAULT);
    if (url_parse_ftp(head, NULL, &base_buf, &base) == ERR_OK)
        fuzz_parse(nul == NULL ? all : (struct str){nul + 1, size - head.n - 1},
                   &base);
    buf_fini(&base_buf);
    return 0;
}
