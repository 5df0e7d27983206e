/*
 * media_types - which types of content a crawl takes (--accept-types).
 *
 * A list has media ranges as in RFC 9110 section 12.5.1, without parameters:
 * a type and a subtype, a type and a star, or two stars; commas between, in
 * any case.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_MEDIA_TYPES_H
#define COMMON_MEDIA_TYPES_H

#include "common/config.h"

/* Whether each of the lists has that form; why names what has not. */
enum err media_types_check(const struct config_list *lists,
                           char why[CONFIG_WHY_BYTES]) MUST_USE;
/*
 * Whether a Content-Type is in one of the lists; its parameters do not count.
 * Without lists everything is, and an empty type always: nobody can tell.
 */
bool media_types_take(const struct config_list *lists, struct str content_type);

#endif
