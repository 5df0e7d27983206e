/*
 * site - the unit of politeness that a host belongs to.
 *
 * By default the registrable domain by the public suffix list: example.co.uk
 * for www.example.co.uk.  An address, a public suffix itself and a name
 * without a dot are their own site.  The list is read once, before threads;
 * afterwards every call only reads.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_SITE_H
#define COMMON_SITE_H

#include "common/str.h"

enum site_by { SITE_BY_DOMAIN, SITE_BY_HOST };

void site_init(enum site_by by); /* loads the public suffix list */
void site_fini(void);

/* The site of a canonical host (struct url's); borrowed from host's bytes. */
struct str site_of_host(struct str host);

#endif
