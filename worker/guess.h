/*
 * guess - the charset of a page that names none.
 *
 * UTF-8 where all of it is valid; else what libuchardet says of its words,
 * weighed with what its language and its top-level domain lead one to expect:
 * a few words are too little for statistics alone.  Teachers: HTML 13.2.3.2,
 * steps 7 to 9, and what browsers do there.  Keeps nothing, any thread may
 * call it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_GUESS_H
#define WORKER_GUESS_H

#include <stdbool.h>

#include "common/str.h"

/*
 * A name of page.h's, never NULL: windows-1252 when nothing speaks for
 * another, and then *is_default is true.  url is where the page is from; it
 * may be empty.
 */
const char *guess_charset(struct str body, struct str url, bool *is_default);

#endif
