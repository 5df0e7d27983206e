/*
 * sites - the hosts and answers that a site file gives.
 *
 * The line whose path is the whole target wins, then the one whose path is
 * the target without its query, both for the host itself before the host
 * "*"; then, in the file's order, lines whose path ends in "*" and begins
 * like the target.  Lines with times=N are used up: then the next line of
 * the same host and path answers.  See tests/web/README.md for the keys.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_SITES_H
#define TESTS_WEB_SITES_H

#include "tests/web/reply.h"
#include "tests/web/request.h"

struct sites;
struct entry; /* one line */

/* The caller owns *out and ends it with sites_free(); errors are printed. */
enum err sites_load(const char *path, struct sites **out) MUST_USE;
void sites_free(struct sites *s); /* NULL is fine */

/* The line that answers req; NULL when there is none. */
struct entry *sites_find(struct sites *s, const struct request *req);
uint64_t sites_delay_ms(const struct entry *e);
/* Fills r and counts a use of the line. */
void sites_answer(struct entry *e, const struct request *req, struct reply *r);

/* How many hosts the file names, and the number of one, from 1; 0: none. */
uint32_t sites_hosts(const struct sites *s);
uint32_t sites_host_number(const struct sites *s, struct str host);

#endif
