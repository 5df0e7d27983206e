/*
 * refresh - the URL in <meta http-equiv=refresh> or in a Refresh header line.
 *
 * HTML 4.2.5.3 "Refresh state", the shared declarative refresh steps.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_REFRESH_H
#define WORKER_REFRESH_H

#include "common/str.h"

/*
 * The part of content, as "5; url='x'", that is the URL; p is NULL when it
 * names none: it is no refresh, or one to the page itself.
 */
struct str refresh_url(struct str content);

#endif
