/* SPDX-License-Identifier: MIT */
#include "tests/web/lists.h"

#include <stdio.h>

#include "tests/web/pages.h"
#include "tests/web/put.h"

enum { LISTS_BUF_MAX = 1 << 20, LISTS_FULL = 1 << 16 };

static FILE *
list_open(const char *path)
{
    if (str_equal(str_from(path), STR("-")))
        return stdout;
    return fopen(path, "we");
}

static void
list_flush(struct buf *b, FILE *out)
{
    if (b->n > 0)
        fwrite(b->p, 1, b->n, out); /* ferror() tells at the end */
    buf_reset(b);
}

static enum err
list_close(struct buf *b, FILE *out)
{
    bool is_bad;

    list_flush(b, out);
    buf_fini(b);
    is_bad = fflush(out) != 0 || ferror(out) != 0;
    if (out != stdout && fclose(out) != 0)
        is_bad = true;
    return is_bad ? ERR_IO : ERR_OK;
}

enum err
lists_write_seeds(const struct web *w, const char *path)
{
    FILE *out = list_open(path);
    struct buf b;

    if (out == NULL)
        return ERR_IO;
    buf_init(&b, LISTS_BUF_MAX);
    for (uint32_t host = 1; host <= w->hosts; host++) {
        put_u64(&b, host);
        PUT(&b, ",");
        pages_put_host(&b, w, host);
        put_str(&b, str_from(w->port));
        PUT(&b, "\n");
        if (b.n > LISTS_FULL)
            list_flush(&b, out);
    }
    return list_close(&b, out);
}

/* The page after n in the order of the digits: 1 10 100 101 11 2; 0: none. */
static uint64_t
page_after(uint64_t n, uint64_t pages)
{
    if (n * 10 <= pages)
        return n * 10;
    while (n > 0 && (n % 10 == 9 || n + 1 > pages))
        n /= 10;
    return n > 0 ? n + 1 : 0;
}

static void
put_expected_host(struct buf *b, const struct web *w, uint32_t host, FILE *out)
{
    pages_put_origin(b, w, host);
    PUT(b, "/\n");
    for (uint64_t page = w->pages > 0 ? 1 : 0; page > 0;
         page = page_after(page, w->pages)) {
        pages_put_origin(b, w, host);
        PUT(b, "/p");
        put_u64(b, page);
        PUT(b, "\n");
        if (b->n > LISTS_FULL)
            list_flush(b, out);
    }
    if (w->robots != WEB_ROBOTS_MIXED)
        return;
    /* Page i links to /private/x(i mod 4). */
    for (unsigned n = 0; n < PAGES_PRIVATE && n <= w->pages; n++) {
        if (!pages_private_allowed(w, host, n))
            continue;
        pages_put_origin(b, w, host);
        PUTF(b, "/private/x%u\n", n);
    }
}

enum err
lists_write_expected(const struct web *w, const char *path)
{
    FILE *out = list_open(path);
    struct buf b;

    if (out == NULL)
        return ERR_IO;
    buf_init(&b, LISTS_BUF_MAX);
    for (uint32_t host = 1; host <= w->hosts; host++) {
        put_expected_host(&b, w, host, out);
        if (b.n > LISTS_FULL)
            list_flush(&b, out);
    }
    return list_close(&b, out);
}
