/*
 * robots_tag - what a meta robots or an X-Robots-Tag header line asks for.
 *
 * No standard has it; it is read as search engines document it: directives
 * between commas or blanks, case ignored, all that apply add up.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_ROBOTS_TAG_H
#define WORKER_ROBOTS_TAG_H

#include "common/str.h"

struct robots_tag {
    bool nofollow; /* nofollow or none */
    bool noindex;  /* noindex or none */
};

/* Add what the content of a meta says. */
void robots_tag_meta(struct robots_tag *tag, struct str content);

/*
 * Add what a header line says to the robot called agent.  "name:" in front of
 * directives makes them that robot's, up to the next name; "*:" and those
 * without a name are everybody's.  "unavailable_after: DATE" and the like are
 * no names.
 */
void robots_tag_header(struct robots_tag *tag, struct str value,
                       struct str agent);

#endif
