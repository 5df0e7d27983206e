/*
 * lists - what a crawl of the generated web starts from and must end with.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_LISTS_H
#define TESTS_WEB_LISTS_H

#include "tests/web/web.h"

/* "rank,domain" a line, as in the top-1m lists.  "-" is standard output. */
enum err lists_write_seeds(const struct web *w, const char *path) MUST_USE;

/*
 * Every URL that a complete and polite crawl from the home pages fetches
 * with 200, one a line, canonical, sorted by bytes: all pages, and those
 * under /private/ that robots.txt allows.  Not robots.txt, not /x/.
 */
enum err lists_write_expected(const struct web *w, const char *path) MUST_USE;

#endif
