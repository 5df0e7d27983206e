/* SPDX-License-Identifier: MIT */
#include "tests/web/coding.h"
#include "tests/web/put.h"
#include "tests/web/special_rows.h"

static void
put_gzip_page(struct ask *a, struct buf *out)
{
    special_put_top(a, "gzip");
    for (unsigned i = 1; i <= 100; i++)
        PUTF(&a->r->body, "<p><a href=\"/x/page/%u\">%u</a></p>\n", i, i);
    special_put_end(a);
    coding_gzip(buf_str(&a->r->body), out);
}

static void
answer_coded(struct ask *a, const char *coding, struct str bytes)
{
    buf_reset(&a->r->body);
    put_str(&a->r->body, bytes);
    reply_begin(a->r, 200, REPLY_HTML);
    PUTF(&a->r->head, "Content-Encoding: %s\r\n", coding);
    reply_end(a->r, a->req);
}

void
special_gzip(struct ask *a)
{
    struct buf packed;

    buf_init(&packed, 1 << 20);
    put_gzip_page(a, &packed);
    answer_coded(a, "gzip", buf_str(&packed));
    buf_fini(&packed);
}

/* Cut off in the middle, but with a length that says it is all. */
void
special_gzip_broken(struct ask *a)
{
    struct buf packed;

    buf_init(&packed, 1 << 20);
    put_gzip_page(a, &packed);
    packed.n /= 2;
    answer_coded(a, "gzip", buf_str(&packed));
    buf_fini(&packed);
}

void
special_gzip_twice(struct ask *a)
{
    struct buf once, twice;

    buf_init(&once, 1 << 20);
    buf_init(&twice, 1 << 20);
    put_gzip_page(a, &once);
    coding_gzip(buf_str(&once), &twice);
    answer_coded(a, "gzip, gzip", buf_str(&twice));
    buf_fini(&once);
    buf_fini(&twice);
}

void
special_br(struct ask *a)
{
    struct buf packed;

    buf_init(&packed, 1 << 20);
    special_put_top(a, "brotli");
    PUT(&a->r->body, "<p><a href=\"/x/page/br\">a page</a></p>\n");
    special_put_end(a);
    coding_brotli_stored(buf_str(&a->r->body), &packed);
    answer_coded(a, "br", buf_str(&packed));
    buf_fini(&packed);
}

/* One gzip member of mb MiB of zeros: a head, the bomb mb times, a tail. */
void
special_gzip_bomb(struct ask *a)
{
    static const char head[] = {0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    uint64_t want = request_number(a->req, "mb", 10000, 1000), mb = 1;
    unsigned size = 0;

    for (; mb < want && size + 1 < CODING_BOMBS; mb *= 10)
        size++;
    put_bytes(&a->r->body, head, sizeof(head));
    a->r->pattern = coding_bomb();
    a->r->pattern_bytes = a->r->pattern.n * mb;
    a->r->tail = coding_bomb_tail(size);
    reply_begin(a->r, 200, REPLY_HTML);
    reply_line(a->r, STR("Content-Encoding: gzip"));
    reply_end(a->r, a->req);
}
