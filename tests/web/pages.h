/*
 * pages - the generated hosts: home pages, inner pages, robots.txt.
 *
 * Host n of N is s0001.test and so on.  Its page 0 is "/", page i "/pi".
 * The pages of a host are a tree (page i's children are i*f+1 ... i*f+f, f
 * half of --links), so all are reached from the home page; the rest of the
 * links goes to pages chosen by hash.  With --robots mixed every page links
 * to one of /private/x0 ... x3 too.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_PAGES_H
#define TESTS_WEB_PAGES_H

#include "tests/web/web.h"

enum { PAGES_PRIVATE = 4 }; /* pages under /private/ */

void pages_init(struct web *w);

/* 0 when host is no generated one. */
uint32_t pages_host_number(const struct web *w, struct str host);
/* "s0001.test" */
void pages_put_host(struct buf *b, const struct web *w, uint32_t host);
/* "http://s0001.test:8080": the port only if the links are to carry it. */
void pages_put_origin(struct buf *b, const struct web *w, uint32_t host);

/* Whether robots.txt of the host lets a crawler fetch /private/xN. */
bool pages_private_allowed(const struct web *w, uint32_t host, unsigned n);

/* False when the path is no page of the host. */
bool pages_answer(const struct web *w, uint32_t host, const struct request *req,
                  struct reply *r);

#endif
