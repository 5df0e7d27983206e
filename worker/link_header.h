/*
 * link_header - the links of a Link header line (RFC 8288).
 *
 * Reads what stands in the field's value by Appendix B, several links and
 * odd ones too.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_LINK_HEADER_H
#define WORKER_LINK_HEADER_H

#include "common/str.h"

struct link_header {
    struct str target; /* between '<' and '>', not resolved */
    struct str rel;    /* the first rel's words; p is NULL without one */
    bool has_anchor;   /* it is a link of something else than this page */
};

/* The next link, cut off *rest; false when there is no more. */
bool link_header_next(struct str *rest, struct link_header *out);

#endif
