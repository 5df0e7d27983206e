/*
 * proxies - the proxies of a worker process: which one has which site.
 *
 * A site keeps to one proxy as long as that answers, on every machine the
 * same, so that the site sees one address.  One that does not answer rests,
 * longer each time, and its sites go to the next ones meanwhile.  Shared by
 * all threads: fixed at birth but for a few atomics.  Does no I/O but one log
 * line when a proxy fails and one when it is back.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_PROXIES_H
#define WORKER_PROXIES_H

#include "common/config.h"
#include "common/url.h"

struct proxies;
struct proxy;

/*
 * Those of --proxy, else of the environment as curl has it (http_proxy in
 * lower case only, https_proxy, all_proxy and no_proxy in either); NULL when
 * there is none.  The settings have passed proxy_check() and stay.
 */
enum err proxies_new(const struct config *c, struct proxies **out,
                     char why[CONFIG_WHY_BYTES]) MUST_USE;
void proxies_free(struct proxies *p); /* NULL is fine */

/* Whether url is fetched through one; p may be NULL. */
bool proxies_apply(const struct proxies *p, const struct url *url);
/*
 * The proxy for url, which one applies to: its site's, or the next that does
 * not rest.  When all rest: the one that will do so for the shortest time,
 * or NULL with is_again, for who has tried one.
 */
struct proxy *proxies_pick(struct proxies *p, const struct url *url,
                           int64_t now_ms, bool is_again);

const char *proxy_url(const struct proxy *x);   /* with its credentials */
const char *proxy_shown(const struct proxy *x); /* HOST[:PORT] */
bool proxy_looks_up(const struct proxy *x); /* names, for it gets no address */
bool proxy_is_tls(const struct proxy *x);
bool proxy_is_socks(const struct proxy *x);

/* It did not serve a transfer that began at began_ms: it rests. */
void proxy_fails(struct proxy *x, int64_t began_ms, int64_t now_ms,
                 const char *why);
/*
 * It took what it was given and nothing came: it, or the site.  After some in
 * a row it is the proxy: true, and it rests.
 */
bool proxy_is_silent(struct proxy *x, int64_t began_ms, int64_t now_ms);
void proxy_serves(struct proxy *x); /* an answer came through it */

#endif
