/* SPDX-License-Identifier: MIT */
#include "master/blame.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/identity.h"
#include "common/log.h"
#include "common/mem.h"
#include "master/reaper.h"

/* Workers that die at once are found at once, and told before the loop hears
 * of each death: of as many as a master may start, nearly. */
enum { BLAME_TOLD = 256 };

struct blame_item {
    struct blame *blame;
    struct blame_item *next;
    struct crumb_dead *dead;
    bool is_sent;
};

struct blame {
    const struct frontier *frontier;
    const char *folder;
    struct crumb_crawl crawl;
    char host[IDENTITY_HOST_BYTES];
    struct blame_item *items;
    long told[BLAME_TOLD]; /* pids of those told lately, a ring */
    size_t told_next;
    bool has_warned; /* of files that are no crumbs */
    struct buf request;
};

struct blame *
blame_new(const struct frontier *f, const char *folder,
          struct crumb_crawl crawl)
{
    struct blame *b = xcalloc(1, sizeof(*b));

    b->frontier = f;
    b->folder = folder;
    b->crawl = crawl;
    identity_host(b->host);
    buf_init(&b->request, 1 << 16);
    return b;
}

/* Takes the item off the list; its crumb goes when it is told. */
static void
blame_end(struct blame_item *item, bool is_told)
{
    struct blame_item **p = &item->blame->items;

    while (*p != item)
        p = &(*p)->next;
    *p = item->next;
    crumb_dead_end(item->dead, is_told);
    free(item);
}

void
blame_free(struct blame *b)
{
    if (b == NULL)
        return;
    while (b->items)
        blame_end(b->items, false);
    buf_fini(&b->request);
    free(b);
}

void
blame_look(struct blame *b)
{
    struct crumb_look look;

    crumb_find(b->folder, b->crawl, &look);
    while (look.found) {
        struct blame_item *item = xcalloc(1, sizeof(*item));

        item->blame = b;
        item->dead = look.found;
        item->next = b->items;
        b->items = item;
        look.found = look.found->next;
    }
    if (look.strange > 0 && !b->has_warned) {
        b->has_warned = true;
        log_warnx("%s/crumb holds %zu files that are none of ours, %s for "
                  "one: left alone",
                  LOG_ESC(str_from(b->folder)), look.strange,
                  LOG_ESC(str_from(look.one)));
    }
}

static void
blame_on_told(void *arg, const redisReply *reply)
{
    struct blame_item *item = arg;
    struct blame *b = item->blame;
    uint64_t times;

    if (reply == NULL) { /* the connection broke: once more later */
        item->is_sent = false;
        return;
    }
    if (frontier_read_count(reply, &times) == ERR_OK)
        log_warnx("worker %s died over %s, which stands accused of %" PRIu64
                  " %s",
                  item->dead->worker, LOG_ESC(str_from(item->dead->url)), times,
                  times == 1 ? "death" : "deaths");
    b->told[b->told_next++ % BLAME_TOLD] =
        reaper_pid_of(str_from(item->dead->worker), b->host);
    blame_end(item, true);
}

void
blame_turn(struct blame *b, struct conn *conn)
{
    for (struct blame_item *i = b->items; i && conn_is_up(conn); i = i->next) {
        if (i->is_sent)
            continue;
        i->is_sent = true;
        frontier_form_blame(b->frontier, &b->request, str_from(i->dead->worker),
                            str_from(i->dead->url));
        conn_send(conn, buf_str(&b->request), blame_on_told, i);
        buf_reset(&b->request);
    }
}

bool
blame_has(const struct blame *b, long pid)
{
    for (const struct blame_item *i = b->items; i; i = i->next)
        if (reaper_pid_of(str_from(i->dead->worker), b->host) == pid)
            return true;
    for (size_t i = 0; i < BLAME_TOLD; i++)
        if (b->told[i] == pid)
            return true;
    return false;
}

bool
blame_is_idle(const struct blame *b)
{
    return b->items == NULL;
}
