/*
 * --max-pages-per-site: which entries of a visit may be asked.
 *
 * A claim grants its first entries, as many as the site has room for.  One
 * that is not asked after all (robots.txt, an order) leaves its grant to a
 * later entry of the visit, and what is left goes back with the release.  So
 * the site's count in Redis is what was asked or may be, at any moment, and
 * the whole fleet asks no more than allowed.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/visit_parts.h"

/* Whether the current entry was granted by the claim. */
static bool
visit_is_granted(const struct visit *v)
{
    return (int64_t)v->at < v->grants;
}

bool
visit_take_grant(struct visit *v)
{
    v->has_grant = false;
    if (v->grants < 0)
        return true;
    if (!visit_is_granted(v)) {
        if (v->spare == 0)
            return false;
        v->spare--;
    }
    v->has_grant = true;
    return true;
}

void
visit_end_grant(struct visit *v, bool will_retry)
{
    bool was_asked = v->fetch != NULL;

    if (!v->has_grant)
        return;
    v->has_grant = false;
    /* the retry takes back what the claim granted, not what was spare */
    if (will_retry ? !visit_is_granted(v) : !was_asked)
        v->spare++;
}

uint64_t
visit_unused_grants(const struct visit *v)
{
    uint64_t unused = v->spare;

    if (v->grants < 0)
        return 0;
    if (visit_is_granted(v))
        unused += (uint64_t)v->grants - v->at;
    else if (v->has_grant) /* a spare one, of the entry that goes back */
        unused++;
    return unused;
}
