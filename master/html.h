/*
 * html - writing HTML with bytes from the web in it.
 *
 * What html_text() writes is text wherever it stands, between tags and in an
 * attribute's double quotes: whatever comes, it opens no tag, ends no quotes
 * and turns no line round.  What nobody would see (controls, bidirectional
 * controls, invisible characters) is shown as \u{202e}; a byte that is not
 * UTF-8 as U+FFFD.  Errors stick to the FILE.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_HTML_H
#define MASTER_HTML_H

#include <stdio.h>

#include "common/err.h"
#include "common/str.h"

/* Of ours, as it is. */
void html_raw(FILE *out, const char *html);
void html_rawf(FILE *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

void html_text(FILE *out, struct str text);

/*
 * From the web: isolated, so that its direction is its own affair, and cut at
 * HTML_WEB_BYTES.
 */
enum { HTML_WEB_BYTES = 400 };
void html_web(FILE *out, struct str text);

#endif
