/*
 * report_parts - what the files that write report.html share.
 *
 * report_html.c has the frame, report_tables.c the sections of tables,
 * report_plots.c those of plots.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_REPORT_PARTS_H
#define MASTER_REPORT_PARTS_H

#include <stdint.h>
#include <stdio.h>

#include "master/progress.h"
#include "master/report_view.h"

enum { PAGE_TEXT_BYTES = PROGRESS_TEXT_BYTES, PAGE_HASH_BYTES = 64 };

/* From the doctype to <body>, titled "WHAT NAME"; from the script to the end.
 */
void page_open(const char *what, const char *name, FILE *out);
void page_close(FILE *out);

void page_count(FILE *out, uint64_t n);
void page_bytes(FILE *out, uint64_t n);
/* "120 ms", "12.5 s", "2:05"; "12 %", as HTML: into out, returns out. */
const char *page_ms(uint64_t ms, char out[PAGE_TEXT_BYTES]);
const char *page_share(uint64_t part, uint64_t all, char out[PAGE_TEXT_BYTES]);

/* Opens <section>, with a heading and a line about it, or NULL. */
void page_section(FILE *out, const char *id, const char *title,
                  const char *hint);

void page_time(const struct report_view *v, FILE *out);
void page_outcomes(const struct report_view *v, FILE *out);
void page_failures(const struct report_view *v, FILE *out);
void page_sites(const struct report_view *v, FILE *out);
void page_pages(const struct report_view *v, FILE *out);
void page_robots(const struct report_view *v, FILE *out);
void page_redirects(const struct report_view *v, FILE *out);
void page_machines(const struct report_view *v, FILE *out);

/* Types and charsets, for page_pages(). */
void page_types(const struct report_view *v, FILE *out);

#endif
