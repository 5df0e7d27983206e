/*
 * idna - international domain names as ASCII (UTS 46).
 *
 * ToASCII as the WHATWG URL standard asks for it (section 3.3): CheckBidi and
 * CheckJoiners on, CheckHyphens, UseSTD3ASCIIRules, VerifyDnsLength and
 * transitional processing off.  libidn2 does the work; what it judges by IDNA
 * 2008 or by older Unicode tables is put right here.  Not put right: right to
 * left labels with hyphens side by side or at an end, or with symbols, are
 * refused.  Pure: no I/O, no locks; any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_IDNA_H
#define COMMON_IDNA_H

#include <stddef.h>

#include "common/err.h"

enum {
    IDNA_MAX = 254,      /* bytes: 253 of a name and its final dot */
    IDNA_LABEL_MAX = 63, /* bytes between two dots */
};

/*
 * Write name, valid UTF-8 with a NUL behind that is not all ASCII, to out in
 * ASCII and its length to *len.  The bytes of name are overwritten.  Of the
 * ASCII in it nothing but the case is looked at: the caller asks whether it
 * may stand in a host.  ERR_INVALID for no name or one longer than DNS bears,
 * ERR_NOMEM.
 */
enum err idna_to_ascii(char *name, char out[IDNA_MAX], size_t *len) MUST_USE;

#endif
