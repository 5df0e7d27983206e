/*
 * rel - what the words of a rel attribute make of a link.
 *
 * Of <link rel> and of Link header lines; on a and area only "nofollow"
 * matters.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_REL_H
#define WORKER_REL_H

#include "common/str.h"

enum rel_class {
    REL_OTHER,    /* names no page: preconnect, pingback, what nobody knows */
    REL_LINK,     /* a page: canonical, next, alternate, contents ... */
    REL_REQUISITE /* part of this page: style sheet, icon, preload ... */
};

enum rel_class rel_class(struct str rel);

/* Whether rel, words between white space, holds word; case is ignored. */
bool rel_has(struct str rel, struct str word);

#endif
