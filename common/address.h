/*
 * address - which addresses belong to the public Internet.
 *
 * A page must not be able to send a crawler into its own machine or network
 * (server-side request forgery).  A seed's host is asked here when it is
 * written as an address, and the worker asks again with the address that it
 * is about to connect to: names may resolve to anything, at any hop.  Pure:
 * no I/O, no look-up, no state; any thread may call it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_ADDRESS_H
#define COMMON_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "common/str.h"

/*
 * Whether a is an IPv4 or IPv6 address that the public Internet routes.
 * IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4) is judged as that IPv4
 * address.  Every other family is not public.  a must be as long as its
 * family says.
 */
bool address_is_public(const struct sockaddr *a);

/*
 * Whether host, a canonical one as in struct url, may be public: false for
 * localhost, names below it, and for addresses that address_is_public()
 * refuses; true for every other name, for nothing is looked up.  A host that
 * ends in a number but is no dotted IPv4 address is refused too, for some
 * resolvers take it for one.
 */
bool address_host_is_public(struct str host);

#endif
