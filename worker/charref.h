/*
 * charref - character references, as HTML5 reads them.
 *
 * libxml2 2.9 knows HTML 4's: 253 names, always with a semicolon, numbers as
 * they stand.  Browsers, and so the web, go by the WHATWG HTML standard:
 * 2,125 names, 106 of them also bare, numbers remapped.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_CHARREF_H
#define WORKER_CHARREF_H

#include "common/str.h"

/*
 * Read the reference of an attribute's value that s begins with; s.p[0] is
 * '&'.  Returns how many
 * bytes it takes and what it stands for in rune[0], and in rune[1] when it
 * stands for two (else rune[1] is 0); returns 0 when the '&' is just an '&'.
 */
size_t charref_read(struct str s, uint32_t rune[2]);

/* The same in text, where "&notit" is a reference with "it" behind it. */
size_t charref_read_text(struct str s, uint32_t rune[2]);

#endif
