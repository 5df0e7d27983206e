/* SPDX-License-Identifier: MIT */
#include "master/top_sites.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <uthash.h>

#include "common/mem.h"

enum {
    TOP_REPORT_BYTES = 8192, /* a worker's has 2048 at most */
    TOP_SITES_MAX = 8192,
    TOP_WORKERS_MAX = 10000, /* what the verb workers tells */
    TOP_SMOOTH_MS = 4000,    /* rates settle within three times that */
    TOP_SLOW_MS = 30000,     /* a slow answer is remembered so long */
    TOP_FORGET_MS = 60000    /* and a failure */
};

#define TOP_RATE_NONE 0.005 /* pages/s: less is nothing */
#define TOP_NUMBER_MAX ((json_int_t)1 << 53)

/* --- reading a report --- */

static uint64_t
top_report_number(const json_t *value)
{
    json_int_t n = json_integer_value(value); /* 0 for what is none */

    return n < 0 ? 0 : (uint64_t)(n < TOP_NUMBER_MAX ? n : TOP_NUMBER_MAX);
}

static bool
top_report_text(const json_t *value, size_t room, char *out)
{
    size_t n = json_string_length(value);

    if (!json_is_string(value) || n == 0 || n >= room ||
        strlen(json_string_value(value)) != n)
        return false;
    memcpy(out, json_string_value(value), n + 1);
    return true;
}

static void
top_report_sites(const json_t *list, struct top_report *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (out->sites_count == TOP_REPORT_SITES ||
            !top_report_text(json_array_get(item, 0), TOP_NAME_BYTES,
                             out->sites[out->sites_count].name))
            continue;
        out->sites[out->sites_count].pages =
            top_report_number(json_array_get(item, 1));
        out->sites[out->sites_count].slowest_ms =
            (int64_t)top_report_number(json_array_get(item, 2));
        out->sites[out->sites_count].failures =
            top_report_number(json_array_get(item, 3));
        out->sites_count++;
    }
}

bool
top_report_read(struct str text, struct top_report *out)
{
    json_t *root = NULL;

    memset(out, 0, sizeof(*out));
    if (text.n > 0 && text.n <= TOP_REPORT_BYTES)
        root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root) || !top_report_text(json_object_get(root, "why"),
                                                  TOP_WHY_BYTES, out->why)) {
        json_decref(root);
        return false;
    }
    out->beat = top_report_number(json_object_get(root, "beat"));
    out->visits = top_report_number(json_object_get(root, "visits"));
    out->busy = top_report_number(json_object_get(root, "busy"));
    out->waiting = top_report_number(json_object_get(root, "waiting"));
    out->connections = top_report_number(json_object_get(root, "connections"));
    out->is_auto = json_is_true(json_object_get(root, "auto"));
    out->pages = top_report_number(json_object_get(root, "pages"));
    out->span_ms = top_report_number(json_object_get(root, "span_ms"));
    top_report_sites(json_object_get(root, "sites"), out);
    json_decref(root);
    return true;
}

/* --- what is kept --- */

struct top_known_site {
    char name[TOP_NAME_BYTES]; /* the key */
    double rate, rate_now;     /* pages/s, smoothed and of this look */
    int64_t slowest_ms, slow_at_ms;
    uint64_t failures;
    int64_t failed_at_ms;
    UT_hash_handle hh;
};

/* A thread. */
struct top_known_worker {
    char name[TOP_NAME_BYTES]; /* the key */
    int64_t silent_ms;
    uint64_t look; /* when it was last there */
    bool has_report;
    struct top_report report;
    UT_hash_handle hh;
};

struct top_sites {
    struct top_known_site *sites;
    struct top_known_worker *workers;
    uint64_t look; /* their count */
    int64_t now_ms, before_ms;
    uint64_t seen, reported; /* workers of this look */
};

struct top_sites *
top_sites_new(void)
{
    return xcalloc(1, sizeof(struct top_sites));
}

static void
top_sites_drop_site(struct top_sites *t, struct top_known_site *s)
{
    HASH_DEL(t->sites, s);
    free(s);
}

static void
top_sites_drop_worker(struct top_sites *t, struct top_known_worker *w)
{
    HASH_DEL(t->workers, w);
    free(w);
}

void
top_sites_free(struct top_sites *t)
{
    struct top_known_site *s, *s_next;
    struct top_known_worker *w, *w_next;

    if (t == NULL)
        return;
    HASH_ITER(hh, t->sites, s, s_next)
    top_sites_drop_site(t, s);
    HASH_ITER(hh, t->workers, w, w_next)
    top_sites_drop_worker(t, w);
    free(t);
}

void
top_sites_begin(struct top_sites *t, int64_t now_ms)
{
    t->look++;
    t->before_ms = t->look == 1 ? now_ms : t->now_ms;
    t->now_ms = now_ms;
    t->seen = 0;
    t->reported = 0;
}

/* --- a report goes into the tables --- */

static struct top_known_site *
top_sites_site(struct top_sites *t, const char *name)
{
    struct top_known_site *s;

    HASH_FIND_STR(t->sites, name, s);
    if (s || HASH_COUNT(t->sites) >= TOP_SITES_MAX)
        return s;
    s = xcalloc(1, sizeof(*s));
    memcpy(s->name, name, strlen(name) + 1);
    HASH_ADD_STR(t->sites, name, s);
    return s;
}

/* is_new: the first time that this beat is seen, so that its events count. */
static void
top_sites_take(struct top_sites *t, const struct top_report *r, bool is_new)
{
    for (size_t i = 0; i < r->sites_count; i++) {
        struct top_known_site *s = top_sites_site(t, r->sites[i].name);

        if (s == NULL)
            continue;
        if (r->span_ms > 0)
            s->rate_now +=
                (double)r->sites[i].pages * 1000 / (double)r->span_ms;
        if (!is_new)
            continue;
        if (r->sites[i].slowest_ms >= s->slowest_ms) {
            s->slowest_ms = r->sites[i].slowest_ms;
            s->slow_at_ms = t->now_ms;
        }
        s->failures += r->sites[i].failures;
        if (r->sites[i].failures > 0)
            s->failed_at_ms = t->now_ms;
    }
}

void
top_sites_worker(struct top_sites *t, struct str name, int64_t silent_ms,
                 const struct top_report *r)
{
    struct top_known_worker *w;

    if (name.n == 0 || name.n >= TOP_NAME_BYTES || memchr(name.p, '\0', name.n))
        return;
    HASH_FIND(hh, t->workers, name.p, name.n, w);
    if (w == NULL && HASH_COUNT(t->workers) >= TOP_WORKERS_MAX)
        return;
    if (w == NULL) {
        w = xcalloc(1, sizeof(*w));
        memcpy(w->name, name.p, name.n);
        HASH_ADD_KEYPTR(hh, t->workers, w->name, name.n, w);
    }
    if (w->look != t->look)
        t->seen++;
    w->look = t->look;
    w->silent_ms = silent_ms;
    if (r == NULL)
        return;
    t->reported++;
    top_sites_take(t, r, !w->has_report || r->beat != w->report.beat);
    w->report = *r;
    w->has_report = true;
}

void
top_sites_end(struct top_sites *t)
{
    struct top_known_site *s, *s_next;
    struct top_known_worker *w, *w_next;
    double passed = (double)(t->now_ms - t->before_ms);
    double keep = passed > 0 ? exp(-passed / TOP_SMOOTH_MS) : 0;
    /* a part of the workers stands for all of them */
    double scale = t->reported > 0 ? (double)t->seen / (double)t->reported : 1;

    HASH_ITER(hh, t->workers, w, w_next)
    if (w->look != t->look)
        top_sites_drop_worker(t, w);
    HASH_ITER(hh, t->sites, s, s_next)
    {
        s->rate = keep * s->rate + (1 - keep) * s->rate_now * scale;
        s->rate_now = 0;
        if (t->now_ms - s->slow_at_ms > TOP_SLOW_MS)
            s->slowest_ms = 0;
        if (t->now_ms - s->failed_at_ms > TOP_FORGET_MS)
            s->failures = 0;
        if (s->rate < TOP_RATE_NONE && s->slowest_ms == 0 && s->failures == 0)
            top_sites_drop_site(t, s);
    }
}

/* --- machines --- */

/* "HOST-PID-RANDOM-T" without what stands behind the host. */
static struct str
top_host_of(const char *worker)
{
    struct str host = str_from(worker);
    size_t n = host.n;

    for (int dashes = 0; n > 0 && dashes < 3; n--)
        dashes += host.p[n - 1] == '-';
    return n > 0 ? (struct str){host.p, n} : host;
}

/* With more machines than there is room for, the last row is all others. */
static struct top_host *
top_host_find(struct top_view *v, struct str name)
{
    struct top_host *h;

    for (size_t i = 0; i < v->hosts_count; i++)
        if (str_equal(str_from(v->hosts[i].name), name))
            return &v->hosts[i];
    if (v->hosts_count == TOP_ROWS_MAX)
        return &v->hosts[TOP_ROWS_MAX - 1];
    if (v->hosts_count == TOP_ROWS_MAX - 1)
        name = STR("(other machines)");
    h = &v->hosts[v->hosts_count++];
    memset(h, 0, sizeof(*h));
    memcpy(h->name, name.p, name.n);
    return h;
}

static void
top_host_why(struct top_host *h, const char *why)
{
    size_t i = 0;

    while (i < h->whys_count && strcmp(h->whys[i].text, why) != 0)
        i++;
    if (i == h->whys_count) {
        if (i == TOP_WHYS_MAX)
            return;
        memcpy(h->whys[i].text, why, strlen(why) + 1);
        h->whys_count++;
    }
    h->whys[i].threads++;
    for (; i > 0 && h->whys[i].threads > h->whys[i - 1].threads; i--) {
        char text[TOP_WHY_BYTES];
        uint64_t threads = h->whys[i].threads;

        memcpy(text, h->whys[i].text, sizeof(text));
        h->whys[i] = h->whys[i - 1];
        memcpy(h->whys[i - 1].text, text, sizeof(text));
        h->whys[i - 1].threads = threads;
    }
}

static void
top_host_add(struct top_host *h, const struct top_known_worker *w)
{
    const struct top_report *r = &w->report;

    h->threads++;
    if (w->silent_ms > h->beat_ms)
        h->beat_ms = w->silent_ms;
    if (w->silent_ms > TOP_SILENT_MS) {
        h->silent++;
        return; /* what it last said is old */
    }
    if (!w->has_report)
        return;
    h->known++;
    h->visits += r->visits;
    h->busy += r->busy;
    h->waiting += r->waiting;
    h->connections += r->connections;
    if (r->span_ms > 0)
        h->pages_per_s += (double)r->pages * 1000 / (double)r->span_ms;
    top_host_why(h, r->why);
}

static int
top_host_compare(const void *a, const void *b)
{
    const struct top_host *x = a, *y = b;

    if ((x->silent > 0) != (y->silent > 0))
        return x->silent > 0 ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* --- sites --- */

typedef double top_value_fn(const struct top_known_site *s);

static double
top_value_rate(const struct top_known_site *s)
{
    return floor(s->rate * 10 + 0.5); /* as shown: less to and fro */
}

static double
top_value_slow(const struct top_known_site *s)
{
    return (double)s->slowest_ms;
}

static void
top_site_take(const struct top_known_site *s, struct top_site *out)
{
    memset(out, 0, sizeof(*out));
    memcpy(out->name, s->name, strlen(s->name) + 1);
    out->pages_per_s = s->rate;
    out->slowest_ms = s->slowest_ms;
    out->failures = s->failures;
    out->rest_ms = -1;
}

struct top_ranked {
    double value;
    const struct top_known_site *site;
};

static int
top_ranked_compare(const void *a, const void *b)
{
    const struct top_ranked *x = a, *y = b;

    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return strcmp(x->site->name, y->site->name);
}

static void
top_sites_rank(const struct top_sites *t, top_value_fn *value,
               struct top_sites_list *out)
{
    struct top_ranked *all = xcalloc(HASH_COUNT(t->sites) + 1, sizeof(*all));
    size_t n = 0;

    for (const struct top_known_site *s = t->sites; s; s = s->hh.next)
        if (value(s) > 0)
            all[n++] = (struct top_ranked){value(s), s};
    qsort(all, n, sizeof(*all), top_ranked_compare);
    out->total = n;
    out->count = n < TOP_ROWS_MAX ? n : TOP_ROWS_MAX;
    for (size_t i = 0; i < out->count; i++)
        top_site_take(all[i].site, &out->rows[i]);
    free(all);
}

void
top_sites_view(const struct top_sites *t, struct top_view *v)
{
    v->hosts_count = 0;
    v->threads = 0;
    v->silent = 0;
    v->connections = 0;
    v->is_auto = false;
    for (const struct top_known_worker *w = t->workers; w; w = w->hh.next) {
        v->threads++;
        v->silent += w->silent_ms > TOP_SILENT_MS;
        if (w->has_report && w->silent_ms <= TOP_SILENT_MS) {
            v->connections += w->report.connections;
            v->is_auto = v->is_auto || w->report.is_auto;
        }
        top_host_add(top_host_find(v, top_host_of(w->name)), w);
    }
    qsort(v->hosts, v->hosts_count, sizeof(v->hosts[0]), top_host_compare);
    top_sites_rank(t, top_value_rate, &v->sites[TOP_BUSIEST]);
    top_sites_rank(t, top_value_slow, &v->sites[TOP_SLOWEST]);
}

bool
top_sites_find(const struct top_sites *t, struct str name, struct top_site *out)
{
    struct top_known_site *s;

    HASH_FIND(hh, t->sites, name.p, name.n, s);
    if (s)
        top_site_take(s, out);
    return s != NULL;
}
