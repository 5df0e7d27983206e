/*
 * resolve_cache - what is known of names without asking: /etc/hosts,
 * localhost, and what look-ups found lately.
 *
 * Part of resolve.c.  Bounded: its oldest names leave first.  Names may end
 * in the root's dot, which says no more here.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_RESOLVE_CACHE_H
#define WORKER_RESOLVE_CACHE_H

#include "worker/resolve.h"

struct resolve_cache;

/* family: only addresses of it, or AF_UNSPEC.  Reads /etc/hosts. */
struct resolve_cache *resolve_cache_new(int family);
void resolve_cache_free(struct resolve_cache *c); /* NULL is fine */
/* *out borrows until the cache is next changed. */
bool resolve_cache_find(struct resolve_cache *c, struct str host,
                        uint64_t now_ms, struct resolve_answer *out);
/* Takes copies; a->reason must live for ever. */
void resolve_cache_add(struct resolve_cache *c, struct str host,
                       const struct resolve_answer *a, uint64_t until_ms);
void resolve_cache_forget(struct resolve_cache *c, struct str host);
/* All with DNS_ERROR. */
void resolve_cache_forget_failures(struct resolve_cache *c);

#endif
