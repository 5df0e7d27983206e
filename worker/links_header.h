/*
 * links_header - the links of an answer that stand in its header lines.
 *
 * Link (RFC 8288), Refresh, and what X-Robots-Tag allows.  They count for
 * every type of body.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_LINKS_HEADER_H
#define WORKER_LINKS_HEADER_H

#include "worker/links.h"

struct links_header {
    struct str lines; /* borrowed: the header as received */
    struct robots_tag robots;
    bool has_links;
};

/* What the lines say to the robot called agent. */
struct links_header links_header_read(struct str lines, struct str agent);

/*
 * Give each link to fn(arg, ...), at most max of them; returns how many.  A
 * Link with an anchor is one of something else (HTML 4.2.4.4): not given.
 */
size_t links_header_find(const struct links_header *h, bool has_requisites,
                         size_t max, links_fn *fn, void *arg);

#endif
