/* SPDX-License-Identifier: MIT */
#include "master/top_read.h"

#include <stdlib.h>
#include <string.h>

#include "common/frontier_top.h"

/* --- crawl and counters --- */

/* The i-th name and value of an HGETALL. */
static bool
top_read_pair(const redisReply *r, size_t i, struct str *name,
              struct str *value)
{
    const redisReply *n = r->element[2 * i], *v = r->element[2 * i + 1];

    if (n->type != REDIS_REPLY_STRING || v->type != REDIS_REPLY_STRING)
        return false;
    *name = (struct str){n->str, n->len};
    *value = (struct str){v->str, v->len};
    return true;
}

void
top_read_crawl(const redisReply *r, struct top_crawl *out)
{
    struct str name, value;
    uint64_t started;

    *out = (struct top_crawl){0};
    live_init(&out->live);
    for (size_t i = 0; r->type == REDIS_REPLY_ARRAY && i < r->elements / 2;
         i++) {
        if (!top_read_pair(r, i, &name, &value))
            continue;
        if (str_equal(name, STR("started")) &&
            str_to_u64(value, 1ull << 40, &started))
            out->started_s = (int64_t)started;
        else if (str_equal(name, STR("run")) && value.n < TOP_RUN_BYTES)
            memcpy(out->run, value.p, value.n);
        else
            live_take(&out->live, name, value);
    }
}

void
top_read_stats(const redisReply *r, int64_t stats[STAT_COUNT])
{
    struct str name, value;

    memset(stats, 0, STAT_COUNT * sizeof(stats[0]));
    for (size_t i = 0; r->type == REDIS_REPLY_ARRAY && i < r->elements / 2;
         i++) {
        enum stats_id which;
        long long n;

        if (!top_read_pair(r, i, &name, &value))
            continue;
        which = stats_by_name(name.p, name.n);
        n = strtoll(value.p, NULL, 10);
        if (which < STAT_COUNT && n > 0)
            stats[which] = n;
    }
}

int64_t
top_read_time(const redisReply *r)
{
    int64_t s, us;

    if (r->type != REDIS_REPLY_ARRAY || r->elements != 2 ||
        r->element[0]->type != REDIS_REPLY_STRING ||
        r->element[1]->type != REDIS_REPLY_STRING)
        return 0;
    s = strtoll(r->element[0]->str, NULL, 10);
    us = strtoll(r->element[1]->str, NULL, 10);
    if (s <= 0 || s > 1ll << 40 || us < 0 || us >= 1000000)
        return 0;
    return s * 1000 + us / 1000;
}

/* "name:123" of INFO; a number below zero or none is 0. */
static double
top_info_number(struct str value)
{
    char text[32];
    double n;

    if (value.n >= sizeof(text))
        return 0;
    memcpy(text, value.p, value.n);
    text[value.n] = '\0';
    n = strtod(text, NULL);
    return n > 0 && n < 9e15 ? n : 0; /* false for NaN too */
}

void
top_read_server(const redisReply *r, struct top_server *out, int64_t *cpu_us)
{
    struct str rest = STR_NONE;
    double cpu_s = 0;

    *out = (struct top_server){.cpu_share = -1, .cpu_ms_per_page = -1};
    *cpu_us = 0;
    if (r->type == REDIS_REPLY_STRING)
        rest = (struct str){r->str, r->len};
    while (rest.n > 0) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        struct str name = str_cut(&line, ':');
        double n = top_info_number(line);

        if (str_equal(name, STR("used_memory")))
            out->memory = (uint64_t)n;
        else if (str_equal(name, STR("maxmemory")))
            out->memory_max = (uint64_t)n;
        else if (str_equal(name, STR("instantaneous_ops_per_sec")))
            out->ops = (uint64_t)n;
        else if (str_equal(name, STR("connected_clients")))
            out->clients = (uint64_t)n;
        else if (str_equal(name, STR("used_cpu_sys")) ||
                 str_equal(name, STR("used_cpu_user")))
            cpu_s += n;
    }
    out->is_known = out->memory > 0;
    *cpu_us = (int64_t)(cpu_s * 1e6);
}

/* --- sites --- */

/* A new row; NULL: the list is full, or nobody is called so. */
static struct top_site *
top_row(struct top_sites_list *list, struct str name)
{
    struct top_site *s;

    if (list->count == TOP_ROWS_MAX || name.n == 0 ||
        name.n >= TOP_NAME_BYTES || memchr(name.p, '\0', name.n))
        return NULL;
    s = &list->rows[list->count++];
    memset(s, 0, sizeof(*s));
    memcpy(s->name, name.p, name.n);
    s->rest_ms = -1;
    return s;
}

void
top_read_due(const redisReply *r, int64_t now_ms, int64_t from_ms,
             struct top_sites_list *out)
{
    struct str name;
    int64_t at_ms;

    out->count = 0;
    for (size_t i = 0; frontier_read_due(r, i, &name, &at_ms) == ERR_OK; i++) {
        struct top_site *s =
            at_ms - now_ms > from_ms ? top_row(out, name) : NULL;

        if (s)
            s->rest_ms = at_ms - now_ms;
    }
    out->total = out->count;
}

void
top_read_pace(const redisReply *r, struct top_sites_list *list, size_t count)
{
    for (size_t i = 0; i < count && i < list->count; i++)
        if (frontier_read_pace(r, i, &list->rows[i].spacing_ms,
                               &list->rows[i].in_a_row) != ERR_OK)
            return;
}

void
top_keep_blocked(struct top_sites_list *list, int64_t usual_ms)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        if (list->rows[i].in_a_row > 0 || list->rows[i].rest_ms > usual_ms)
            list->rows[kept++] = list->rows[i];
    list->count = kept;
    list->total = kept;
}

static int
top_site_compare(const void *a, const void *b)
{
    return strcmp(((const struct top_site *)a)->name,
                  ((const struct top_site *)b)->name);
}

void
top_read_orders(const redisReply *r, struct top_sites_list *out)
{
    struct frontier_site_order order;

    out->count = 0;
    for (size_t i = 0; frontier_read_order(r, i, &order) == ERR_OK; i++) {
        struct top_site *s = top_row(out, order.site);

        if (s == NULL)
            continue;
        s->is_dropped = order.is_dropped;
        s->slow_ms = order.slow_ms;
    }
    qsort(out->rows, out->count, sizeof(out->rows[0]), top_site_compare);
}

static void
top_join_list(const struct top_sites *sites, const struct top_view *v,
              struct top_sites_list *list, bool is_measured)
{
    const struct top_sites_list *orders = &v->sites[TOP_ORDERED];
    struct top_site known;

    for (size_t i = 0; i < list->count; i++) {
        struct top_site *s = &list->rows[i];
        const struct top_site *o =
            bsearch(s, orders->rows, orders->count, sizeof(orders->rows[0]),
                    top_site_compare);

        if (o) {
            s->is_dropped = o->is_dropped;
            s->slow_ms = o->slow_ms;
        }
        if (is_measured && top_sites_find(sites, str_from(s->name), &known)) {
            s->pages_per_s = known.pages_per_s;
            s->slowest_ms = known.slowest_ms;
            s->failures = known.failures;
        }
    }
}

void
top_join(const struct top_sites *sites, struct top_view *v)
{
    for (int i = TOP_BUSIEST; i < TOP_LISTS; i++)
        top_join_list(sites, v, &v->sites[i],
                      i == TOP_BLOCKED || i == TOP_ORDERED);
}
