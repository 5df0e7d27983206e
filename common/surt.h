/*
 * surt - the key that archives look a URL up by: "com,example)/path?a=1".
 *
 * SURT, the Sort-friendly URI Reordering Transform, after the Internet
 * Archive's canonicalisation, so that the tools of the field (pywb,
 * OpenWayback) find with their key what we wrote under ours.  It is looser
 * than our canonical form, on purpose: http and https, www. and none, letter
 * cases, the order of parameters and session ids make no difference.
 *
 * Pure: no I/O, no locks.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_SURT_H
#define COMMON_SURT_H

#include "common/buf.h"
#include "common/err.h"
#include "common/url.h"

/*
 * Append the key of a canonical URL to out.  It holds no blank and no control.
 * ERR_TOO_BIG or ERR_NOMEM when out does not take it; out is as it was then.
 */
enum err surt_key(const struct url *url, struct buf *out) MUST_USE;

#endif
