/*
 * Traps with one rule each, so that a test can count what met it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>

#include "common/fingerprint.h"
#include "tests/web/put.h"
#include "tests/web/special_rows.h"

static uint64_t
maze_number(struct str *rest, uint64_t max)
{
    uint64_t n;

    return str_to_u64(str_cut(rest, '/'), max, &n) ? n : 1;
}

static size_t
maze_count(struct str s, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == c;
    return n;
}

static void
maze_put_link(struct ask *a, struct str kind, struct str rest)
{
    struct buf *b = &a->r->body;

    if (str_equal(kind, STR("cal"))) {
        uint64_t year = maze_number(&rest, 9998);
        uint64_t month = maze_number(&rest, 12);

        PUTF(b, "<a href=\"/x/maze/cal/%" PRIu64 "/%" PRIu64 "\">next</a>\n",
             month == 12 ? year + 1 : year, month % 12 + 1);
    } else if (str_equal(kind, STR("deep"))) {
        PUTF(b, "<a href=\"%zu/\">down</a>\n", maze_count(rest, '/') + 1);
    } else if (str_equal(kind, STR("same"))) {
        PUT(b, "<a href=\"same/\">more</a>\n");
    } else if (str_equal(kind, STR("grow"))) {
        PUT(b, "<a href=\"?");
        put_str(b, a->req->query);
        PUTF(b, "&amp;p=%zu\">more</a>\n", maze_count(a->req->query, '&') + 2);
    } else if (str_equal(kind, STR("sid"))) {
        uint64_t id = fingerprint(a->req->target);

        PUTF(b, "<a href=\"?PHPSESSID=%016" PRIx64 "\">me</a>\n", id);
        PUTF(b, "<a href=\"sid;jsessionid=%016" PRIX64 "\">me</a>\n", id);
    } else {
        PUTF(b, "<a href=\"/x/maze/chain/%" PRIu64 "\">next</a>\n",
             maze_number(&rest, UINT32_MAX) + 1);
    }
}

void
special_maze(struct ask *a)
{
    struct str rest = a->rest, kind = str_cut(&rest, '/');

    reply_begin(a->r, 200, REPLY_HTML);
    special_put_top(a, "maze");
    maze_put_link(a, kind, rest);
    special_put_end(a);
    reply_end(a->r, a->req);
}
