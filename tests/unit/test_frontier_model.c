/*
 * Eight workers do random things to a frontier, and after each of them the
 * whole of Redis is read and compared with what must hold (PROTOCOL.md,
 * "Invariants").  The dice have fixed seeds and the clock is the test's own.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/unit/frontier_rig.h"

enum {
    SITES = 12,
    URLS = 400,
    STEPS = 2500,
    HANDS_MAX = 4096,
    LINE_BYTES = 96
};

struct hand { /* an entry or a bare line in a worker's hands */
    char line[LINE_BYTES];
    int site; /* -1: a bare line */
};

static struct {
    uint64_t dice;
    unsigned per_site, workers;
    bool is_added[URLS], is_finished[URLS];
    int holders[SITES];
    int64_t not_before[SITES]; /* when it may be visited again */
    int holds[RIG_WORKERS][SITES];
    struct hand hands[RIG_WORKERS][HANDS_MAX];
    size_t count[RIG_WORKERS]; /* of hands */
    size_t raw_pushed, raw_acked, pages;
    int64_t pace[SITES];  /* what the last release said of its spacing */
    unsigned blame[URLS]; /* deaths; 3 keeps it from workers */
    bool is_last[URLS], is_dead[URLS]; /* it has, it had its last try */
    size_t accusers;
} m;

static unsigned
roll(unsigned sides)
{
    m.dice ^= m.dice << 13;
    m.dice ^= m.dice >> 7;
    m.dice ^= m.dice << 17;
    return (unsigned)(m.dice >> 33) % sides;
}

static int
site_number(struct str site)
{
    uint64_t n;

    assert_true(site.n >= 2 && site.p[0] == 's');
    site.p++;
    site.n--;
    assert_true(str_to_u64(site, SITES - 1, &n));
    return (int)n;
}

/* The number of its URL, "http://sS/N", whatever stands before it. */
static unsigned
url_number(struct str line)
{
    struct entry e;
    uint64_t n;

    assert_int_equal(entry_parse(line, &e), ERR_OK);
    str_cut(&e.url, '/');
    str_cut(&e.url, '/');
    str_cut(&e.url, '/');
    assert_true(str_to_u64(e.url, URLS - 1, &n));
    return (unsigned)n;
}

/* --- what must hold --- */

static struct {
    unsigned places[URLS]; /* lists an added URL was found in */
    size_t queue, back, retry, flight, raw, aside;
    int held[SITES], holds[SITES];
    bool is_due[SITES], has_back[SITES];
} seen;

static size_t
see_lines(const redisReply *r, size_t stride)
{
    size_t entries = 0;

    assert_int_equal(r->type, REDIS_REPLY_ARRAY);
    for (size_t i = 0; i < r->elements; i += stride) {
        struct str line = {r->element[i]->str, (size_t)r->element[i]->len};

        if (str_starts(line, STR("raw"))) {
            seen.raw++;
        } else {
            seen.places[url_number(line)]++;
            entries++;
        }
    }
    return entries;
}

static void
see_counts(const redisReply *r, int *counts)
{
    for (size_t i = 0; i < r->elements; i += 2) {
        int n = (int)strtol(r->element[i + 1]->str, NULL, 10);

        assert_true(n > 0);
        counts[site_number(
            (struct str){r->element[i]->str, (size_t)r->element[i]->len})] += n;
    }
}

static void
ask(struct buf *b, const char *command, const char *key, bool is_range)
{
    resp_begin(b, is_range ? 4 : 2);
    resp_arg(b, str_from(command));
    resp_arg(b, str_from(key));
    if (is_range) {
        resp_int(b, 0);
        resp_int(b, -1);
    }
}

/* Reads all of Redis in one go. */
static void
see(void)
{
    enum { FIXED = 5, ASKED = FIXED + SITES + 2 * RIG_WORKERS };
    redisReply *r[ASKED];
    char key[32];
    size_t n = 0;

    ask(&rig_buf, "LRANGE", "queue:t", true);
    ask(&rig_buf, "ZRANGE", "retry:t", true);
    ask(&rig_buf, "LRANGE", "quarantine:t", true);
    ask(&rig_buf, "ZRANGE", "due:t", true);
    ask(&rig_buf, "HGETALL", "held:t", false);
    for (int i = 0; i < SITES; i++) {
        snprintf(key, sizeof(key), "site:t:s%d", i);
        ask(&rig_buf, "LRANGE", key, true);
    }
    for (int i = 0; i < RIG_WORKERS; i++) {
        snprintf(key, sizeof(key), "flight:t:w%d", i);
        ask(&rig_buf, "HGETALL", key, false);
        snprintf(key, sizeof(key), "hold:t:w%d", i);
        ask(&rig_buf, "HGETALL", key, false);
    }
    assert_int_equal(redis_call(rig_db, buf_str(&rig_buf), ASKED, r), ERR_OK);
    buf_reset(&rig_buf);
    memset(&seen, 0, sizeof(seen));
    seen.queue = see_lines(r[n++], 1);
    seen.retry = see_lines(r[n++], 1);
    seen.aside = see_lines(r[n++], 1);
    for (size_t i = 0; i < r[n]->elements; i++)
        seen.is_due[site_number((struct str){
            r[n]->element[i]->str, (size_t)r[n]->element[i]->len})] = true;
    see_counts(r[++n], seen.held);
    for (int i = 0; i < SITES; i++) {
        size_t lines = see_lines(r[++n], 1);

        seen.back += lines;
        seen.has_back[i] = lines > 0;
    }
    for (int i = 0; i < RIG_WORKERS; i++) {
        seen.flight += see_lines(r[++n], 2);
        see_counts(r[++n], seen.holds);
    }
    for (size_t i = 0; i < ASKED; i++)
        freeReplyObject(r[i]);
}

static void
check_counters(void)
{
    struct frontier_counts c = rig_counts();
    size_t added = 0, finished = 0, raw_flight = c.flight - seen.flight;

    for (size_t i = 0; i < URLS; i++) {
        added += m.is_added[i];
        finished += m.is_finished[i];
    }
    assert_int_equal(c.known, added);
    assert_int_equal(c.finished, finished);
    assert_int_equal(c.waiting, seen.back);
    assert_int_equal(c.retry, seen.retry);
    assert_int_equal(c.quarantined, seen.aside);
    assert_int_equal(c.charged, seen.flight + m.pages);
    assert_int_equal(seen.raw, m.raw_pushed - m.raw_acked);
    assert_int_equal(c.queued + raw_flight, seen.queue + seen.raw);
    assert_int_equal(frontier_is_done(&c),
                     added == finished + seen.aside && seen.raw == 0);
}

static void
check(void)
{
    see();
    for (size_t i = 0; i < URLS; i++) {
        /* every added entry is in exactly one place */
        assert_int_equal(seen.places[i] + m.is_finished[i], m.is_added[i]);
    }
    for (int s = 0; s < SITES; s++) {
        assert_int_equal(seen.held[s], m.holders[s]);
        assert_int_equal(seen.holds[s], m.holders[s]);
        assert_true(m.holders[s] <= (int)m.per_site);
        if (m.per_site == 1) /* in due or held, never in both */
            assert_false(seen.is_due[s] && seen.held[s] > 0);
        if (seen.has_back[s]) /* it will come up again */
            assert_true(seen.is_due[s] || seen.held[s] > 0);
    }
    check_counters();
}

/* --- what workers do --- */

/* Send the request; a second time now and then, when its effect must be 0. */
static uint64_t
call_maybe_twice(void)
{
    struct buf copy;
    uint64_t count;

    buf_init(&copy, FRONTIER_REQUEST_MAX);
    assert_int_equal(buf_add_str(&copy, buf_str(&rig_buf)), ERR_OK);
    count = rig_count();
    if (roll(4) == 0) {
        assert_int_equal(buf_add_str(&rig_buf, buf_str(&copy)), ERR_OK);
        assert_int_equal(rig_count(), 0);
    }
    buf_fini(&copy);
    return count;
}

static void
do_add(void)
{
    static char lines[16][LINE_BYTES];
    struct frontier_item items[16];
    size_t n = 1 + roll(16);
    uint64_t fresh = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned url = roll(URLS);

        snprintf(lines[i], LINE_BYTES, "%u%s s%u http://s%u/%u", roll(9),
                 roll(8) == 0 ? "r1" : "", url % SITES, url % SITES, url);
        items[i] = rig_item(lines[i]);
        fresh += !m.is_added[url];
        m.is_added[url] = true;
    }
    frontier_form_add(rig_master, &rig_buf, items, n, 0);
    assert_int_equal(call_maybe_twice(), fresh);
}

static void
do_raw(void)
{
    char line[LINE_BYTES];

    snprintf(line, sizeof(line), "raw%zu", m.raw_pushed++);
    rig_do("LPUSH", "queue:t", line, NULL);
}

static void
take(int w, struct str line, int site)
{
    struct hand *h = &m.hands[w][m.count[w]++];

    assert_true(m.count[w] <= HANDS_MAX && line.n < LINE_BYTES);
    memcpy(h->line, line.p, line.n);
    h->line[line.n] = '\0';
    h->site = site;
}

static void
do_claim(int w)
{
    struct frontier_claim c;
    redisReply *reply;
    unsigned visits = 1 + roll(6), entries = 1 + roll(5);

    frontier_form_claim(rig_worker[w], &rig_buf, visits, entries, m.per_site);
    reply = rig_call();
    assert_int_equal(frontier_read_claim(reply, &c), ERR_OK);
    assert_true(c.count <= visits);
    for (size_t i = 0; i < c.count; i++) {
        int s = site_number(c.visits[i].site);

        assert_true(m.holders[s] < (int)m.per_site);
        if (m.per_site == 1)
            assert_true(rig_now >= m.not_before[s]);
        assert_in_range(c.visits[i].count, 1, entries);
        assert_int_equal(c.visits[i].spacing_ms, m.pace[s]);
        m.holders[s]++;
        m.holds[w][s]++;
        for (size_t j = 0; j < c.visits[i].count; j++) {
            unsigned url = url_number(c.visits[i].entries[j]);

            assert_int_equal(url % SITES, s);
            assert_true(m.blame[url] < 3 ||
                        (m.is_last[url] && !m.is_dead[url]));
            take(w, c.visits[i].entries[j], s);
        }
    }
    for (size_t i = 0; i < c.raw_count; i++)
        take(w, c.raw[i], -1);
    frontier_claim_fini(&c);
    freeReplyObject(reply);
}

/* Take hand i away, the others keep their order. */
static struct hand
drop(int w, size_t i)
{
    struct hand h = m.hands[w][i];

    memmove(&m.hands[w][i], &m.hands[w][i + 1],
            (m.count[w] - i - 1) * sizeof(h));
    m.count[w]--;
    return h;
}

/* Up to three sites from s on in one call, each with some of its entries. */
static void
do_release(int w, int s, int64_t wait_ms)
{
    enum { SITES_MAX = 3, ENTRIES_MAX = 64 };
    static struct hand back[SITES_MAX][ENTRIES_MAX];
    static struct str entries[SITES_MAX][ENTRIES_MAX];
    static char name[SITES_MAX][16];
    struct frontier_release r[SITES_MAX];
    size_t n = 0, most = 1 + roll(SITES_MAX);

    for (; s < SITES && n < most; s++) {
        size_t count = 0;

        if (m.holds[w][s] == 0)
            continue;
        for (size_t i = 0; i < m.count[w] && count < ENTRIES_MAX;) {
            if (m.hands[w][i].site == s && roll(2) == 0) {
                back[n][count] = drop(w, i);
                entries[n][count] = str_from(back[n][count].line);
                count++;
            } else {
                i++;
            }
        }
        snprintf(name[n], sizeof(name[n]), "s%d", s);
        r[n] = (struct frontier_release){.site = str_from(name[n]),
                                         .wait_ms = wait_ms,
                                         .entries = entries[n],
                                         .count = count,
                                         .spacing_ms = -1};
        if (roll(2) == 0)
            r[n].spacing_ms = m.pace[s] = roll(4) == 0 ? 0 : roll(900);
        n++;
        m.holds[w][s]--;
        m.holders[s]--;
        m.not_before[s] = rig_now + wait_ms;
    }
    if (n == 0)
        return;
    frontier_form_release(rig_worker[w], &rig_buf, r, n, m.per_site);
    /* With more holders the second would release the second hold. */
    assert_int_equal(m.per_site == 1 ? call_maybe_twice() : rig_count(), n);
}

static void
do_ack(int w, size_t most)
{
    static struct hand done[64];
    struct str entries[64];
    size_t n = 0, pages;
    bool is_raw = roll(4) == 0;

    for (size_t i = 0; i < m.count[w] && n < most;) {
        if ((m.hands[w][i].site < 0) == is_raw && roll(2) == 0) {
            done[n] = drop(w, i);
            entries[n] = str_from(done[n].line);
            n++;
        } else {
            i++;
        }
    }
    if (n == 0)
        return;
    pages = is_raw ? 0 : roll((unsigned)n + 1);
    frontier_form_ack(rig_worker[w], &rig_buf, entries, n, pages, is_raw);
    assert_int_equal(call_maybe_twice(), n);
    m.pages += pages;
    for (size_t i = 0; i < n; i++) {
        if (is_raw)
            m.raw_acked++;
        else
            m.is_finished[url_number(entries[i])] = true;
    }
}

static void
do_retry(int w)
{
    struct frontier_retry r = {.wait_ms = roll(2000)};
    struct hand h;
    struct entry e;
    struct buf b;

    if (m.count[w] == 0)
        return;
    h = drop(w, roll((unsigned)m.count[w]));
    if (h.site < 0) { /* a bare line has no tries */
        take(w, str_from(h.line), -1);
        return;
    }
    assert_int_equal(entry_parse(str_from(h.line), &e), ERR_OK);
    e.tries++;
    buf_init(&b, ENTRY_MAX_BYTES);
    assert_int_equal(entry_write(&e, &b), ERR_OK);
    r.old = str_from(h.line);
    r.new = buf_str(&b);
    frontier_form_retry(rig_worker[w], &rig_buf, &r, 1);
    assert_int_equal(call_maybe_twice(), 1);
    buf_fini(&b);
}

/* The worker dies: what it held comes back, what it still sends is void. */
static void
do_reap(int w)
{
    char name[16];
    int64_t wait_ms = roll(500);

    snprintf(name, sizeof(name), "w%d", w);
    while (rig_reap(name, wait_ms) > 0)
        ;
    for (int s = 0; s < SITES; s++) {
        int64_t rest = wait_ms > m.pace[s] ? wait_ms : m.pace[s];

        if (m.holds[w][s] > 0 && m.not_before[s] < rig_now + rest)
            m.not_before[s] = rig_now + rest;
        m.holders[s] -= m.holds[w][s];
        m.holds[w][s] = 0;
    }
    check();
    for (size_t i = 0; i < m.count[w] && i < 3; i++) {
        assert_int_equal(rig_ack(w, m.hands[w][i].line, 1, false), 0);
        assert_int_equal(rig_retry(w, m.hands[w][i].line, "0 s0 x", 0), 0);
    }
    assert_int_equal(rig_release(w, "s0", 5, m.per_site, NULL), 0);
    assert_string_equal(rig_claim(w, 8, 8, m.per_site), "running 100");
    assert_true(rig_beat(w).is_reaped);
    m.count[w] = 0;
    rig_seq[w] = 0; /* stands for a new identity */
    assert_false(rig_beat(w).is_reaped);
}

static struct str
url_of(unsigned url, char text[LINE_BYTES])
{
    snprintf(text, LINE_BYTES, "http://s%u/%u", url % SITES, url);
    return str_from(text);
}

/* Somebody died over one of the pages in w's hands; the blame comes twice. */
static void
do_blame(int w, unsigned url)
{
    char worker[32], text[LINE_BYTES];
    uint64_t want;

    if (m.is_last[url])
        m.is_dead[url] = true;
    else
        m.blame[url]++;
    want = m.is_dead[url] ? 4 : m.blame[url];
    snprintf(worker, sizeof(worker), "w%d-%zu", w, m.accusers++);
    for (int i = 0; i < 2; i++) {
        frontier_form_blame(rig_master, &rig_buf, str_from(worker),
                            url_of(url, text));
        assert_int_equal(rig_count(), want);
    }
}

/* All others are done: some of those set aside kill again. */
static void
do_trial(void)
{
    struct frontier_trial trial;
    redisReply *reply;
    unsigned url;

    frontier_form_trial(rig_master, &rig_buf);
    reply = rig_call();
    assert_int_equal(frontier_read_trial(reply, &trial), ERR_OK);
    assert_true(trial.entry.n > 0);
    url = url_number(trial.entry);
    assert_int_equal(trial.is_dead, m.is_dead[url]);
    if (trial.is_dead) {
        frontier_form_bury(rig_master, &rig_buf, trial.entry);
        assert_int_equal(call_maybe_twice(), 1);
        m.is_finished[url] = true;
    } else {
        m.is_last[url] = true;
        if (roll(2) == 0)
            do_blame(0, url);
    }
    freeReplyObject(reply);
    check();
}

static void
do_something(void)
{
    int w = (int)roll(m.workers);

    switch (roll(20)) {
    case 0:
    case 1:
        do_add();
        break;
    case 2:
        do_raw();
        break;
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
        do_claim(w);
        break;
    case 8:
    case 9:
    case 10:
    case 11:
        do_release(w, (int)roll(SITES), roll(3) == 0 ? 0 : roll(600));
        break;
    case 12:
    case 13:
    case 14:
        do_ack(w, 1 + roll(8));
        break;
    case 15:
        do_retry(w);
        break;
    case 16:
        if (roll(8) == 0)
            do_reap(w);
        break;
    case 17:
        rig_beat(w);
        if (m.count[w] > 0 && m.hands[w][0].site >= 0)
            do_blame(w, url_number(str_from(m.hands[w][0].line)));
        break;
    default:
        rig_at(rig_now + roll(200));
        break;
    }
}

/* Everybody works until nothing is left. */
static void
drain(void)
{
    struct frontier_counts c;
    int rounds = 0;

    for (c = rig_counts(); !frontier_is_done(&c) || c.quarantined > 0;
         c = rig_counts()) {
        assert_true(++rounds < 2000);
        if (frontier_is_done(&c))
            do_trial();
        rig_at(rig_now + 1000);
        for (int w = 0; w < (int)m.workers; w++) {
            do_claim(w);
            do_ack(w, 64);
            for (int s = 0; s < SITES; s++)
                do_release(w, s, 100);
        }
    }
    check();
    for (size_t i = 0; i < URLS; i++)
        assert_int_equal(m.is_finished[i], m.is_added[i]);
    assert_int_equal(rig_number("EXISTS", "queue:t"), 0);
    assert_int_equal(rig_number("EXISTS", "retry:t"), 0);
}

/* Fewer workers take bigger shares: other paths of claim. */
static void
play(uint64_t dice, unsigned per_site, unsigned workers)
{
    print_message("dice %d, %u a site, %u workers\n", (int)dice, per_site,
                  workers);
    rig_fresh(NULL);
    for (int w = (int)workers; w < RIG_WORKERS; w++)
        rig_do("ZREM", "workers:t", (const char[]){'w', (char)('0' + w), 0},
               NULL);
    memset(&m, 0, sizeof(m));
    m.dice = dice * UINT64_C(0x9e3779b97f4a7c15);
    m.per_site = per_site;
    m.workers = workers;
    for (int i = 0; i < STEPS; i++) {
        do_something();
        check();
    }
    drain();
}

static void
test_one_holder_a_site(void **state)
{
    (void)state;
    play(1, 1, 8);
    play(2, 1, 8);
    play(3, 1, 2);
    play(4, 1, 1);
}

static void
test_three_holders_a_site(void **state)
{
    (void)state;
    play(5, 3, 8);
    play(6, 3, 2);
}

/* --- what it costs --- */

static double
usec_of_evals(uint64_t *calls)
{
    redisReply *r = redis_command(rig_db, "INFO", "commandstats", NULL);
    const char *at = strstr(r->str, "cmdstat_evalsha:calls=");
    double usec = 0;

    *calls = 0;
    if (at != NULL) {
        *calls = strtoull(at + strlen("cmdstat_evalsha:calls="), NULL, 10);
        usec = strtod(strstr(at, "usec=") + 5, NULL);
    }
    freeReplyObject(r);
    r = redis_command(rig_db, "CONFIG", "RESETSTAT", NULL);
    freeReplyObject(r);
    return usec;
}

struct cost {
    double usec;
    uint64_t calls;
};

static void
cost_take(struct cost *c)
{
    uint64_t calls;

    c->usec += usec_of_evals(&calls);
    c->calls += calls;
}

/* Tells a verb's cost; most is about ten times what it takes undisturbed. */
static void
cost_tell(const char *what, const struct cost *c, size_t units, double most)
{
    print_message("%-18s %6.2f us each, %4d calls of %7.1f us\n", what,
                  c->usec / (double)units, (int)c->calls,
                  c->usec / (double)(c->calls ? c->calls : 1));
    assert_true(c->usec / (double)units < most);
}

static void
cost_add(size_t urls, size_t sites, size_t batch)
{
    static struct frontier_item items[FRONTIER_ADD_MAX];
    static char lines[FRONTIER_ADD_MAX][LINE_BYTES];

    for (size_t i = 0; i < urls; i += batch) {
        for (size_t j = 0; j < batch; j++) {
            size_t site = (i + j) % sites;

            snprintf(lines[j], LINE_BYTES,
                     "2 site-%zu.test http://www.site-%zu.test/page/%zu.html",
                     site, site, i + j);
            items[j].entry = str_from(lines[j]);
            items[j].fingerprint = fingerprint(items[j].entry);
        }
        frontier_form_add(rig_master, &rig_buf, items, batch, i + 1);
        assert_int_equal(rig_count(), batch);
    }
}

enum { COST_COUNT = 100000, COST_SITES = 10000, COST_CLAIMS = 8192 };
static struct {
    redisReply *reply[COST_CLAIMS];
    struct frontier_claim claim[COST_CLAIMS];
    size_t n, entries, visits;
} round_of;

/* Everybody claims until nothing more is to be had. */
static void
cost_claim_all(void)
{
    size_t idle = 0;

    memset(&round_of, 0, sizeof(round_of));
    while (idle < RIG_WORKERS) {
        size_t n = round_of.n++;
        struct frontier_claim *c = &round_of.claim[n];

        assert_true(n < COST_CLAIMS);
        frontier_form_claim(rig_worker[n % RIG_WORKERS], &rig_buf, 64, 16, 1);
        round_of.reply[n] = rig_call();
        assert_int_equal(frontier_read_claim(round_of.reply[n], c), ERR_OK);
        idle = c->wait_ms > 0 && c->count == 0 ? idle + 1 : 0;
        round_of.visits += c->count;
        for (size_t i = 0; i < c->count; i++)
            round_of.entries += c->visits[i].count;
    }
}

static void
cost_release_all(void)
{
    for (size_t n = 0; n < round_of.n; n++) {
        const struct frontier_claim *c = &round_of.claim[n];
        struct frontier_release r[FRONTIER_VISITS_MAX];

        for (size_t i = 0; i < c->count; i++)
            r[i] = (struct frontier_release){
                .site = c->visits[i].site, .wait_ms = 1, .spacing_ms = -1};
        if (c->count == 0)
            continue;
        frontier_form_release(rig_worker[n % RIG_WORKERS], &rig_buf, r,
                              c->count, 1);
        assert_int_equal(rig_count(), c->count);
    }
}

static void
cost_ack_all(void)
{
    for (size_t n = 0; n < round_of.n; n++) {
        struct frontier_claim *c = &round_of.claim[n];
        size_t count = 0;

        for (size_t i = 0; i < c->count; i++)
            count += c->visits[i].count;
        if (count > 0) {
            frontier_form_ack(rig_worker[n % RIG_WORKERS], &rig_buf, c->space,
                              count, count, false);
            assert_int_equal(rig_count(), count);
        }
        frontier_claim_fini(c);
        freeReplyObject(round_of.reply[n]);
    }
}

/* The time is wall time: the bounds leave room for a busy machine. */
static void
test_100000_entries_cost_microseconds(void **state)
{
    struct cost add = {0, 0}, claim = add, release = add, ack = add;
    size_t entries = 0, visits = 0;

    (void)state;
    rig_fresh(NULL);
    usec_of_evals(&add.calls);
    add.calls = 0;
    cost_add(COST_COUNT, COST_SITES, 1000);
    cost_take(&add);
    while (entries < COST_COUNT) {
        cost_claim_all();
        assert_true(round_of.entries > 0);
        entries += round_of.entries;
        visits += round_of.visits;
        cost_take(&claim);
        cost_release_all();
        cost_take(&release);
        cost_ack_all();
        cost_take(&ack);
        rig_at(rig_now + 1);
    }
    assert_int_equal(entries, COST_COUNT);
    assert_int_equal(rig_counts().finished, COST_COUNT);
    print_message("%zu visits, %zu entries\n", visits, entries);
    cost_tell("add, an entry", &add, COST_COUNT, 60);
    cost_tell("claim, an entry", &claim, entries, 200);
    cost_tell("release, a visit", &release, visits, 80);
    cost_tell("ack, an entry", &ack, entries, 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_holder_a_site),
        cmocka_unit_test(test_three_holders_a_site),
        cmocka_unit_test(test_100000_entries_cost_microseconds),
    };
    return cmocka_run_group_tests(tests, rig_start, rig_stop);
}
