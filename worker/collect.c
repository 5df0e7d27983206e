/* SPDX-License-Identifier: MIT */
#include "worker/collect.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/frontier.h"
#include "common/log.h"

enum {
    COLLECT_REQUEST_BYTES = 1 << 20, /* all scripts, and an accusation */
    COLLECT_REPLIES = 64             /* scripts that there may be */
};

/* True: Redis has confirmed it. */
static bool
collect_tell(struct redis *redis, const struct frontier *f,
             const struct crumb_dead *d)
{
    redisReply *replies[COLLECT_REPLIES + 1];
    struct buf request;
    uint64_t times;
    bool is_told = false;
    size_t n;

    buf_init(&request, COLLECT_REQUEST_BYTES);
    n = frontier_form_load(&request); /* it may have been restarted */
    assert(n <= COLLECT_REPLIES);
    frontier_form_blame(f, &request, str_from(d->worker), str_from(d->url));
    n++;
    if (redis_call(redis, buf_str(&request), n, replies) == ERR_OK) {
        is_told = frontier_read_count(replies[n - 1], &times) == ERR_OK;
        for (size_t i = 0; i < n; i++)
            freeReplyObject(replies[i]);
    }
    buf_fini(&request);
    if (is_told)
        log_warnx("worker %s died over %s, which stands accused of %" PRIu64
                  " %s",
                  d->worker, LOG_ESC(str_from(d->url)), times,
                  times == 1 ? "death" : "deaths");
    else
        log_warnx("cannot tell Redis over what worker %s died: %s", d->worker,
                  redis_error(redis));
    return is_told;
}

void
collect_crumbs(struct redis *redis, const char *folder,
               struct crumb_crawl crawl)
{
    struct frontier *f;
    struct crumb_look look;
    bool is_told = true;
    size_t n;

    if (frontier_new(crawl.name, "", &f) != ERR_OK)
        return;
    do {
        crumb_find(folder, crawl, &look);
        for (n = 0; look.found; n++) {
            struct crumb_dead *next = look.found->next;

            is_told = is_told && collect_tell(redis, f, look.found);
            crumb_dead_end(look.found, is_told);
            look.found = next;
        }
    } while (is_told && n == CRUMB_FOUND_MAX);
    if (look.strange > 0)
        log_warnx("%s/crumb holds %zu files that are none of ours, %s for "
                  "one: left alone",
                  LOG_ESC(str_from(folder)), look.strange,
                  LOG_ESC(str_from(look.one)));
    frontier_free(f);
}
