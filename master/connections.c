/* SPDX-License-Identifier: MIT */
#include "master/connections.h"

#include <stdlib.h>

#include "common/mem.h"
#include "master/top_sites.h"

struct connections {
    const struct frontier *frontier;
    struct conn *conn; /* of the look under way */
    struct buf request;
    size_t pending; /* replies under way */
    size_t threads; /* that beat */
    uint64_t told;  /* of them, with a limit that adapts */
    uint64_t sum, now, most;
};

struct connections *
connections_new(const struct frontier *f)
{
    struct connections *c = xcalloc(1, sizeof(*c));

    c->frontier = f;
    buf_init(&c->request, FRONTIER_REQUEST_MAX);
    return c;
}

void
connections_free(struct connections *c)
{
    if (c == NULL)
        return;
    buf_fini(&c->request);
    free(c);
}

static void
connections_done(struct connections *c)
{
    size_t asked =
        c->threads < CONNECTIONS_REPORTS ? c->threads : CONNECTIONS_REPORTS;

    if (--c->pending > 0 || c->told == 0)
        return;
    c->now = c->sum * c->threads / asked;
    if (c->now > c->most)
        c->most = c->now;
}

static void
connections_on_report(void *arg, const redisReply *r)
{
    struct connections *c = arg;
    struct top_report report;

    if (r && r->type == REDIS_REPLY_STRING &&
        top_report_read((struct str){r->str, r->len}, &report) &&
        report.is_auto) {
        c->sum += report.connections;
        c->told++;
    }
    connections_done(c);
}

static void
connections_on_workers(void *arg, const redisReply *r)
{
    struct connections *c = arg;
    struct frontier_worker w;

    c->threads = 0;
    c->told = c->sum = 0;
    for (size_t i = 0; r && frontier_read_worker(r, i, &w) == ERR_OK; i++) {
        if (w.silent_ms > TOP_SILENT_MS)
            continue;
        if (c->threads++ >= CONNECTIONS_REPORTS)
            continue;
        frontier_form_worker_info(c->frontier, &c->request, w.name);
        c->pending++;
        conn_send(c->conn, buf_str(&c->request), connections_on_report, c);
        buf_reset(&c->request);
    }
    connections_done(c);
}

void
connections_look(struct connections *c, struct conn *conn)
{
    if (c->pending > 0)
        return;
    c->pending = 1;
    c->conn = conn;
    frontier_form_workers(c->frontier, &c->request);
    conn_send(conn, buf_str(&c->request), connections_on_workers, c);
    buf_reset(&c->request);
}

uint64_t
connections_now(const struct connections *c)
{
    return c->now;
}

uint64_t
connections_most(const struct connections *c)
{
    return c->most;
}
