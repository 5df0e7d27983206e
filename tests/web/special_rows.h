/*
 * special_rows - the handlers of special.c's table, by the file they are in.
 *
 * Each fills a->r; what it does stands in its row of the table.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_SPECIAL_ROWS_H
#define TESTS_WEB_SPECIAL_ROWS_H

#include "tests/web/special.h"

/* special_status.c: redirects and statuses */
void special_leaf(struct ask *a);
void special_redirect(struct ask *a);
void special_redirect_loop(struct ask *a);
void special_redirect_self(struct ask *a);
void special_redirect_other(struct ask *a);
void special_redirect_to(struct ask *a);
void special_status(struct ask *a);
void special_429(struct ask *a);
void special_503(struct ask *a);
void special_204(struct ask *a);

/* special_wire.c: how the bytes come, right and wrong */
void special_slow(struct ask *a);
void special_drip(struct ask *a);
void special_drip_head(struct ask *a);
void special_endless(struct ask *a);
void special_endless_headers(struct ask *a);
void special_early_hints(struct ask *a);
void special_reset(struct ask *a);
void special_close_early(struct ask *a);
void special_length_lie(struct ask *a);
void special_chunked(struct ask *a);
void special_chunked_broken(struct ask *a);
void special_nolength(struct ask *a);
void special_big(struct ask *a);
void special_empty(struct ask *a);
void special_bad_header(struct ask *a);

/* special_raw.c: the bytes themselves */
void special_raw(struct ask *a);
void special_headers(struct ask *a);
void special_drop_reused(struct ask *a);

/* special_coding.c: content codings */
void special_gzip(struct ask *a);
void special_gzip_bomb(struct ask *a);
void special_gzip_broken(struct ask *a);
void special_gzip_twice(struct ask *a);
void special_br(struct ask *a);

/* special_html.c: what stands in the pages */
void special_image(struct ask *a);
void special_charset(struct ask *a);
void special_trap(struct ask *a);
void special_links(struct ask *a);
void special_deep(struct ask *a);
void special_meta_refresh(struct ask *a);
void special_base(struct ask *a);
void special_canonical(struct ask *a);
void special_nofollow(struct ask *a);
void special_rel_nofollow(struct ask *a);
void special_noindex(struct ask *a);
void special_hostile_title(struct ask *a);
void special_hostile_links(struct ask *a);

/* special_maze.c: traps, one rule each */
void special_maze(struct ask *a);
/* special_hostile.c: what is hard on whoever parses or unpacks it */
void special_one(struct ask *a);
void special_random(struct ask *a);
void special_zstd_bomb(struct ask *a);
void special_entities(struct ask *a);

#endif
