/*
 * special - what every host has under /x/: the hostile and the odd.
 *
 * One table row a name; GET /x/ lists them.  They are linked from no page,
 * unless --traps makes some home pages link to all of them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_SPECIAL_H
#define TESTS_WEB_SPECIAL_H

#include "tests/web/web.h"

/* One request to a special path, as the handlers take it. */
struct ask {
    struct web *w;
    uint32_t host; /* its number, for what a host remembers */
    const struct request *req;
    struct str rest; /* of the path, behind "/x/name/" */
    struct reply *r;
};

bool special_is(struct str path); /* begins with /x/ */
uint64_t special_delay_ms(const struct request *req);
void special_answer(struct web *w, uint32_t host, const struct request *req,
                    struct reply *r);
void special_put_links(struct buf *b); /* list items, one a row */

/* The head of a page with the page's id, and its end; for the handlers. */
void special_put_top(struct ask *a, const char *title);
void special_put_end(struct ask *a);
/* A whole page of 200 with these bytes in its body. */
void special_page(struct ask *a, const char *title, struct str html);

#endif
