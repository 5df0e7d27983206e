/*
 * srcset - the URLs of a srcset attribute.
 *
 * HTML 4.8.4.2.2 "Parsing a srcset attribute", with its rules of which
 * descriptors make a candidate worthless.  Linear; pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_SRCSET_H
#define WORKER_SRCSET_H

#include "common/str.h"

/*
 * The next image candidate's URL, cut off *rest together with its
 * descriptors; false when there is no more.
 */
bool srcset_next(struct str *rest, struct str *url);

#endif
