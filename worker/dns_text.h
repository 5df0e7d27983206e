/*
 * dns_text - a name server's answer as text: zone format (RFC 1035, section 5).
 *
 * Whatever bytes the message has, they are bounded and checked, and the text
 * is ASCII of whole lines.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_DNS_TEXT_H
#define WORKER_DNS_TEXT_H

#include "common/buf.h"
#include "common/err.h"

/*
 * Append a line for each record of the answer section of the message of n
 * bytes: NAME, TTL in seconds, class, type and data, with tabs between; types
 * that are neither addresses nor other names as RFC 3597 has it.  ERR_INVALID
 * when it is no proper message, or an error of out's: out is as it was.
 */
enum err dns_text_put(const unsigned char *bytes, size_t n,
                      struct buf *out) MUST_USE;

#endif
