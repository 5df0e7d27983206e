/*
 * Replies of a Redis that is not ours: the first byte chooses who reads, the
 * rest are reply trees as tests/fuzz/reply.h writes them.  What is taken keeps
 * what the headers promise, and a text is never longer than its reply.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/reply.h"

#include <assert.h>

#include "common/entry.h"
#include "common/frontier.h"
#include "common/frontier_audit.h"
#include "common/frontier_look.h"
#include "common/frontier_top.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct frontier *frontier;
static unsigned char seen_bytes; /* every byte of a text was readable */

static void
touch(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        seen_bytes ^= (unsigned char)s.p[i];
}

static void
read_claim(const redisReply *r)
{
    struct frontier_claim claim;
    struct entry e;

    if (frontier_read_claim(r, &claim) != ERR_OK)
        return;
    assert(claim.state <= FRONTIER_FINISHED && claim.wait_ms >= 0);
    assert(claim.count <= FRONTIER_VISITS_MAX);
    assert(claim.raw_count <= FRONTIER_VISITS_MAX);
    for (size_t i = 0; i < claim.raw_count; i++)
        touch(claim.raw[i]);
    for (size_t i = 0; i < claim.count; i++) {
        const struct frontier_visit *v = &claim.visits[i];

        touch(v->site);
        assert(v->count > 0 && v->spacing_ms >= 0 && v->slow_ms >= 0);
        for (size_t j = 0; j < v->count; j++) {
            touch(v->entries[j]);
            if (entry_parse(v->entries[j], &e) == ERR_OK)
                touch(e.url);
        }
    }
    frontier_claim_fini(&claim);
}

static void
read_counts(const redisReply *r)
{
    struct frontier_counts counts;
    struct frontier_beat beat;
    struct frontier_trial trial;
    struct frontier_slot slot;
    enum frontier_state before, after;
    uint64_t count;

    if (frontier_read_counts(r, &counts) == ERR_OK) {
        assert(strlen(counts.long_site) < sizeof(counts.long_site));
        frontier_is_done(&counts);
    }
    if (frontier_read_beat(r, &beat) == ERR_OK) {
        assert(beat.now_ms >= 0);
        for (enum live_id i = 0; i < LIVE_COUNT; i++)
            assert(beat.live.v[i] == LIVE_UNSET ||
                   live_is_in_range(i, beat.live.v[i]));
    }
    if (frontier_read_trial(r, &trial) == ERR_OK)
        touch(trial.entry);
    if (frontier_read_slot(r, &slot) == ERR_OK)
        assert(slot.wait_ms >= 0);
    if (frontier_read_steer(r, &before, &after) == ERR_OK)
        touch(str_from(frontier_state_name(after)));
    if (frontier_read_add(r, &count) != ERR_OK ||
        frontier_read_count(r, &count) != ERR_OK)
        assert(count == 0);
}

/* What is read row by row: to the end, or to the first that is none. */
static void
read_rows(const redisReply *r)
{
    struct frontier_worker worker;
    struct frontier_site_order order;
    struct str site;
    int64_t ms;
    uint64_t failures;

    for (size_t i = 0; frontier_read_worker(r, i, &worker) == ERR_OK; i++) {
        touch(worker.name);
        assert(worker.silent_ms >= 0);
    }
    for (size_t i = 0; frontier_read_due(r, i, &site, &ms) == ERR_OK; i++) {
        touch(site);
        assert(ms >= 0);
    }
    for (size_t i = 0; frontier_read_pace(r, i, &ms, &failures) == ERR_OK; i++)
        assert(ms >= 0);
    for (size_t i = 0; frontier_read_order(r, i, &order) == ERR_OK; i++) {
        touch(order.site);
        assert(order.slow_ms >= 0);
    }
}

static void
on_name(void *arg, struct str name)
{
    struct frontier *f;
    char text[65];
    enum err e;

    (void)arg;
    assert(name.n < sizeof(text));
    memcpy(text, name.p, name.n);
    text[name.n] = '\0';
    e = frontier_new(text, "", &f);
    assert(e == ERR_OK);
    frontier_free(f);
}

static void
read_scans(const redisReply *r)
{
    char cursor[FRONTIER_CURSOR_BYTES] = "0";
    const redisReply *elements;
    struct buf request;
    uint64_t fingerprint;
    size_t count;

    buf_init(&request, FRONTIER_REQUEST_MAX);
    if (frontier_read_scan(frontier, r, cursor, &request, &count) == ERR_OK) {
        assert(count == (request.n > 0));
        assert(strlen(cursor) < sizeof(cursor));
    }
    buf_fini(&request);
    if (frontier_read_names(r, cursor, on_name, NULL) == ERR_OK)
        assert(strlen(cursor) < sizeof(cursor));
    if (frontier_read_piece(r, cursor, &elements) != ERR_OK)
        return;
    for (size_t i = 0; i < elements->elements; i++) {
        struct str s = {elements->element[i]->str, elements->element[i]->len};

        touch(s);
        frontier_key_family(frontier, s);
        if (frontier_read_fingerprint(s, 1, &fingerprint))
            assert((fingerprint & 0xffff) == 1);
    }
}

static void
read_site(struct str text)
{
    redisReply *replies[FRONTIER_SITE_REQUESTS];
    struct frontier_site site;

    for (size_t i = 0; i < FRONTIER_SITE_REQUESTS; i++)
        replies[i] = reply_make(&text);
    if (frontier_read_site(replies, &site) == ERR_OK) {
        assert(site.now_ms >= 0 && site.due_ms >= -1 && site.spacing_ms >= 0);
        assert(strlen(site.order) < sizeof(site.order));
    }
    for (size_t i = 0; i < FRONTIER_SITE_REQUESTS; i++)
        reply_free(replies[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(const redisReply *r) = {
        read_claim, read_counts, read_rows, read_scans};
    struct str text;
    redisReply *r;
    size_t who;

    if (size == 0 || data[0] < 'a')
        return 0;
    if (frontier == NULL && frontier_new("c1", "h-1-a-0", &frontier) != ERR_OK)
        return 0;
    text = (struct str){(const char *)data + 1, size - 1};
    who = (size_t)(data[0] - 'a');
    if (who >= sizeof(readers) / sizeof(readers[0])) {
        read_site(text);
        return 0;
    }
    r = reply_make(&text);
    readers[who](r);
    reply_free(r);
    return 0;
}
