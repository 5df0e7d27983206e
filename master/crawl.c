/* SPDX-License-Identifier: MIT */
#include "master/crawl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "common/config_rules.h"
#include "common/frontier_cache.h"
#include "common/log.h"
#include "common/mem.h"
#include "master/live_words.h"

enum {
    CRAWL_REQUEST_BYTES = 1 << 24, /* settings: bounded by the command line */
    CRAWL_VALUE_SHOWN = 60
};

struct crawl_work {
    struct redis *redis;
    struct frontier *frontier;
    const struct crawl_options *options;
    struct config *config;
    struct buf b;       /* requests that are being formed ... */
    size_t requests;    /* ... how many */
    redisReply *stored; /* HGETALL crawl:NAME */
    bool wants_cache;   /* --cache is given now, not only stored */
    char *why;
    struct live live; /* what was changed while it ran before */
};

/* --- talking --- */

static enum err
crawl_refused(struct crawl_work *w, const char *text)
{
    snprintf(w->why, CRAWL_WHY_BYTES, "%.400s", LOG_ESC(str_from(text)));
    return ERR_REDIS;
}

/* Send what was formed; the last reply goes to *last, if that is asked for. */
static enum err
crawl_flush(struct crawl_work *w, redisReply **last)
{
    redisReply *reply = NULL;
    enum err e = redis_send(w->redis, buf_str(&w->b));

    for (size_t i = 0; i < w->requests && e == ERR_OK; i++) {
        if (reply)
            freeReplyObject(reply);
        e = redis_receive(w->redis, &reply);
        if (e == ERR_OK && reply->type == REDIS_REPLY_ERROR) {
            e = crawl_refused(w, reply->str);
            goto out;
        }
    }
    if (e != ERR_OK)
        e = crawl_refused(w, redis_error(w->redis));
    else if (last) {
        *last = reply;
        reply = NULL;
    }
out:
    if (reply)
        freeReplyObject(reply);
    buf_reset(&w->b);
    w->requests = 0;
    return e;
}

static void
crawl_put(struct crawl_work *w, const char *field, struct str value)
{
    frontier_form_crawl_set(w->frontier, &w->b, str_from(field), value);
    w->requests++;
}

static enum err
crawl_get_counts(struct crawl_work *w, struct frontier_counts *out)
{
    redisReply *reply = NULL;
    enum err e;

    frontier_form_counts(w->frontier, &w->b);
    w->requests = 1;
    e = crawl_flush(w, &reply);
    if (e == ERR_OK && frontier_read_counts(reply, out) != ERR_OK) {
        *out = (struct frontier_counts){.state = FRONTIER_RUNNING};
        if (!w->options->is_restart) /* which is what helps */
            e = crawl_refused(w, "Redis's counts of this crawl make no sense; "
                                 "--restart drops it and begins anew");
    }
    if (reply)
        freeReplyObject(reply);
    return e;
}

static struct str
crawl_field(const redisReply *r, const char *name)
{
    for (size_t i = 0; i + 1 < r->elements; i += 2) {
        const redisReply *f = r->element[i], *v = r->element[i + 1];

        if (f->type == REDIS_REPLY_STRING && v->type == REDIS_REPLY_STRING &&
            str_equal((struct str){f->str, f->len}, str_from(name)))
            return (struct str){v->str, v->len};
    }
    return STR_NONE;
}

/* --- what the lists are called, for the next time --- */

static void
crawl_lists_text(const struct crawl_options *o, struct buf *out)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < o->count && e == ERR_OK; i++) {
        char *path = realpath(o->lists[i], NULL);

        e = buf_addf(out, "%s%s", i ? "\n" : "", path ? path : o->lists[i]);
        free(path);
    }
    if (e != ERR_OK)
        fatalx("the names of the lists are too long");
}

/* --- settings --- */

static enum err
crawl_take_settings(struct crawl_work *w)
{
    char why[CONFIG_WHY_BYTES];

    for (size_t i = 0; i + 1 < w->stored->elements; i += 2) {
        const redisReply *f = w->stored->element[i];
        const redisReply *v = w->stored->element[i + 1];
        enum err e;

        if (f->type != REDIS_REPLY_STRING || v->type != REDIS_REPLY_STRING)
            continue;
        e = config_take_setting(w->config, (struct str){f->str, f->len},
                                (struct str){v->str, v->len}, why);
        if (e == ERR_INVALID) {
            snprintf(w->why, CRAWL_WHY_BYTES,
                     "the crawl's stored settings are broken: %.300s",
                     LOG_ESC(str_from(why)));
            return ERR_INVALID;
        }
    }
    return ERR_OK;
}

/* --- what "master change" changed --- */

static void
crawl_take_live(struct crawl_work *w)
{
    const redisReply *r = w->stored;

    live_init(&w->live);
    for (size_t i = 0; i + 1 < r->elements; i += 2)
        if (r->element[i]->type == REDIS_REPLY_STRING &&
            r->element[i + 1]->type == REDIS_REPLY_STRING)
            live_take(
                &w->live,
                (struct str){r->element[i]->str, (size_t)r->element[i]->len},
                (struct str){r->element[i + 1]->str,
                             (size_t)r->element[i + 1]->len});
}

/* What the command says anew takes the place of what was changed before. */
static void
crawl_forget_live(struct crawl_work *w, const char *name)
{
    char field[64];

    if (strcmp(name, "delay") == 0)
        w->live.v[LIVE_DELAY] = LIVE_UNSET;
    else if (strcmp(name, "limit_rate") == 0)
        w->live.v[LIVE_LIMIT_RATE] = LIVE_UNSET;
    else
        return;
    snprintf(field, sizeof(field), "live_%s", name);
    crawl_put(w, field, STR(""));
}

static void
crawl_say_live(const struct crawl_work *w)
{
    char words[LIVE_WORDS_BYTES];

    if (live_is_changed(&w->live))
        log_info("as changed before: %s (\"master change reset\" takes that "
                 "back)",
                 live_words(&w->live, words));
}

/* Write the settings that differ from what is stored (all, for a new one). */
static void
crawl_put_settings(struct crawl_work *w, bool is_new)
{
    const char *name;
    bool is_default;
    struct buf value;

    buf_init(&value, CRAWL_REQUEST_BYTES);
    for (size_t i = 0;
         config_crawl_setting(w->config, i, &name, &value, &is_default); i++) {
        struct str old = is_new ? STR_NONE : crawl_field(w->stored, name);
        struct str new = buf_str(&value);

        if (old.p != NULL && str_equal(old, new))
            continue;
        crawl_put(w, name, new);
        if (old.p == NULL)
            continue;
        crawl_forget_live(w, name);
        if (config_is_secret(name))
            log_info("%s is another one now", name);
        else
            log_info("%s is now \"%.*s\" (was \"%.*s\")", name,
                     CRAWL_VALUE_SHOWN, LOG_ESC(new), CRAWL_VALUE_SHOWN,
                     LOG_ESC(old));
    }
    buf_fini(&value);
    /* The command itself stays out of Redis; that there is one is told, so
     * that no worker takes pages without it. */
    crawl_put(w, "has_exec", w->config->exec ? STR("yes") : STR("no"));
}

/* Entries carry their site: what a site is cannot change under them. */
static bool
crawl_has_same_sites(struct crawl_work *w)
{
    struct str old = crawl_field(w->stored, "polite_by");

    if (old.n == 0 || str_equal(old, str_from(w->config->polite_by)))
        return true;
    snprintf(w->why, CRAWL_WHY_BYTES,
             "crawl %s has its sites by %.*s: --polite-by cannot change on "
             "the way (--restart begins anew)",
             w->options->name, CRAWL_VALUE_SHOWN, LOG_ESC(old));
    return false;
}

/* --- the three beginnings --- */

static void
crawl_new_run(char out[CRAWL_RUN_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char bytes[(CRAWL_RUN_BYTES - 1) / 2];

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        fatal("no random bytes");
    for (size_t i = 0; i < sizeof(bytes); i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
    out[CRAWL_RUN_BYTES - 1] = '\0';
}

static void
crawl_put_int(struct crawl_work *w, const char *field, int64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%" PRId64, value);

    crawl_put(w, field, (struct str){text, (size_t)n});
}

/* Not time(), whose clock is that of the last tick: 4 ms behind, and so at
 * times a second behind what the log lines say. */
static time_t
crawl_second(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

/* The state comes last: without it there is no crawl for anybody. */
static enum err
crawl_create(struct crawl_work *w, struct str lists, struct crawl *out)
{
    if (w->options->count == 0) {
        snprintf(w->why, CRAWL_WHY_BYTES,
                 "there is no crawl %s to resume: name a list of seeds",
                 w->options->name);
        return ERR_INVALID;
    }
    out->start = CRAWL_NEW;
    out->is_seeding = true;
    crawl_new_run(out->run);
    crawl_put_settings(w, true);
    crawl_put_int(w, "layout", FRONTIER_LAYOUT);
    crawl_put(w, "run", str_from(out->run));
    crawl_put(w, "lists", lists);
    crawl_put(w, "seeded", STR("no"));
    crawl_put_int(w, "seed_row", 0);
    out->started = (uint64_t)crawl_second();
    crawl_put_int(w, "started", (int64_t)out->started);
    if (out->recrawl.generation > 0) {
        crawl_put_int(w, "generation", (int64_t)out->recrawl.generation);
        crawl_put_int(w, "links_from", (int64_t)out->recrawl.links_from);
        crawl_put_int(w, "links_upto", (int64_t)out->recrawl.links_upto);
    }
    frontier_form_state_set(w->frontier, &w->b, FRONTIER_SEEDING);
    w->requests++;
    return crawl_flush(w, NULL);
}

/* Where seeding goes on: the same lists behind the row that was reached. */
static void
crawl_resume_seeding(struct crawl_work *w, struct str lists, struct crawl *out)
{
    bool is_same = str_equal(lists, crawl_field(w->stored, "lists"));
    bool is_seeded = str_equal(crawl_field(w->stored, "seeded"), STR("yes"));

    out->is_seeding = w->options->count > 0 && !(is_same && is_seeded);
    out->seed_row = 0;
    /* With --max-seeds rows are counted from the first; known ones are not
     * added twice. */
    if (is_same && w->config->max_seeds == 0)
        out->seed_row = out->counts.seed_row;
    if (!is_same && out->is_seeding) {
        crawl_put(w, "lists", lists);
        crawl_put(w, "seeded", STR("no"));
        crawl_put_int(w, "seed_row", 0);
        log_info("these are not the lists that it began with: they are added");
    }
}

/* Also a finished crawl may have some: "master add", or LPUSH. */
static bool
crawl_has_work(const struct frontier_counts *c)
{
    return c->queued + c->waiting + c->flight + c->retry + c->quarantined > 0;
}

/*
 * "started" is in whole seconds, and what tells the old crawl's logs from the
 * new one's: it must not lie before the last line of the old one.
 */
static void
crawl_wait_for_second(void)
{
    struct timespec next = {.tv_sec = crawl_second() + 1};

    /* A signal's crawl begins a moment later too. */
    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &next, NULL) == EINTR)
        ;
}

/* --- with --cache: what the crawl builds on --- */

/*
 * With --no-span-hosts the lists decide too which links are followed; what is
 * in them may change under the same name.
 */
static uint64_t
crawl_rules(const struct crawl_work *w)
{
    uint64_t rules = config_rules(w->config);
    struct stat st;

    for (size_t i = 0; !w->config->span_hosts && i < w->options->count; i++)
        if (stat(w->options->lists[i], &st) == 0)
            rules =
                rules * 31 + (uint64_t)st.st_size * 7 + (uint64_t)st.st_mtime;
    return rules;
}

static enum err
crawl_recrawl(struct crawl_work *w, struct crawl *out)
{
    struct recrawl_setup setup = {.frontier = w->frontier,
                                  .name = w->options->name,
                                  .folder = w->options->folder,
                                  .rules = crawl_rules(w)};
    bool is_old = out->counts.state != FRONTIER_NONE;
    char why[RECRAWL_WHY_BYTES];
    enum err e;

    setup.is_finished = out->counts.state == FRONTIER_FINISHED;
    if (is_old && !str_to_u64(crawl_field(w->stored, "generation"), UINT16_MAX,
                              &setup.old_generation))
        setup.old_generation = 0;
    e = recrawl_begin(w->redis, &setup, &out->recrawl, why);
    if (e != ERR_OK)
        return crawl_refused(w, why);
    if (out->recrawl.is_kept)
        frontier_keep_cache(w->frontier);
    return ERR_OK;
}

/* Begun without --cache, it goes on with it: as far as it goes. */
static enum err
crawl_recrawl_on(struct crawl_work *w, struct crawl *out)
{
    struct recrawl_setup setup = {.frontier = w->frontier,
                                  .name = w->options->name,
                                  .folder = w->options->folder,
                                  .rules = crawl_rules(w)};
    struct recrawl *r = &out->recrawl;
    uint64_t from, upto;
    char why[RECRAWL_WHY_BYTES];

    if (!w->config->cache ||
        !str_to_u64(crawl_field(w->stored, "generation"), UINT16_MAX,
                    &r->generation) ||
        !str_to_u64(crawl_field(w->stored, "links_from"), UINT16_MAX, &from) ||
        !str_to_u64(crawl_field(w->stored, "links_upto"), UINT16_MAX, &upto))
        return ERR_OK;
    r->links_from = from;
    r->links_upto = upto;
    if (recrawl_resume(w->redis, &setup, r, why) != ERR_OK)
        return crawl_refused(w, why);
    if (r->links_from != from)
        crawl_put_int(w, "links_from", (int64_t)r->links_from);
    return ERR_OK;
}

static enum err
crawl_resume(struct crawl_work *w, struct str lists, struct crawl *out)
{
    struct str run = crawl_field(w->stored, "run");
    bool is_seeded = str_equal(crawl_field(w->stored, "seeded"), STR("yes"));
    enum err e = crawl_take_settings(w);

    if (e != ERR_OK)
        return e;
    if (!crawl_has_same_sites(w))
        return ERR_INVALID;
    if (run.n == 0 || run.n >= CRAWL_RUN_BYTES)
        return crawl_refused(w, "the crawl in this Redis has no run id");
    memcpy(out->run, run.p, run.n);
    out->run[run.n] = '\0';
    if (out->counts.state == FRONTIER_FINISHED &&
        !crawl_has_work(&out->counts)) {
        out->start = CRAWL_WAS_FINISHED;
        return ERR_OK;
    }
    if (w->options->count == 0 && !is_seeded) {
        snprintf(w->why, CRAWL_WHY_BYTES,
                 "the seeds of crawl %s are not all read: name its lists again",
                 w->options->name);
        return ERR_INVALID;
    }
    out->start = CRAWL_RESUMED;
    log_info("resuming crawl %s: %" PRIu64 " of %" PRIu64
             " known URLs finished, %" PRIu64 " rows of seeds read%s",
             w->options->name, out->counts.finished, out->counts.known,
             out->counts.seed_row, is_seeded ? ", which is all" : "");
    e = crawl_recrawl_on(w, out);
    if (e != ERR_OK)
        return e;
    crawl_resume_seeding(w, lists, out);
    crawl_take_live(w);
    crawl_put_settings(w, false);
    crawl_say_live(w);
    frontier_form_state_set(w->frontier, &w->b,
                            out->is_seeding ? FRONTIER_SEEDING
                                            : FRONTIER_RUNNING);
    w->requests++;
    return crawl_flush(w, NULL);
}

/* Every key of the crawl, in steps of a thousand or so. */
static enum err
crawl_drop(struct crawl_work *w, const struct crawl *c)
{
    char cursor[32] = "0";
    enum err e;

    if (w->options->is_restart)
        log_warnx("--restart drops crawl %s: %" PRIu64 " known URLs, %" PRIu64
                  " of them finished; what it wrote (log/, warc/, files/, "
                  "extract/, records/, links/) stays%s",
                  w->options->name, c->counts.known, c->counts.finished,
                  w->config->cache ? ", and so does what --cache remembers"
                                   : "");
    else
        log_info("crawl %s is finished (%" PRIu64 " URLs): --cache, so once "
                 "more for what changed",
                 w->options->name, c->counts.finished);
    do {
        redisReply *reply = NULL;
        size_t count = 0;

        frontier_form_scan(w->frontier, &w->b, cursor);
        w->requests = 1;
        e = crawl_flush(w, &reply);
        if (e == ERR_OK && frontier_read_scan(w->frontier, reply, cursor, &w->b,
                                              &count) != ERR_OK)
            e = crawl_refused(w, "Redis answered SCAN with something else");
        if (reply)
            freeReplyObject(reply);
        w->requests = count;
        if (e == ERR_OK && count > 0)
            e = crawl_flush(w, NULL);
        if (e == ERR_OK && w->options->turn &&
            w->options->turn(w->options->arg))
            return ERR_NOT_FOUND;
    } while (e == ERR_OK && strcmp(cursor, "0") != 0);
    return e;
}

/*
 * A finished crawl is begun once more when --cache is given now: the same
 * command again, as often as one likes.
 */
static bool
crawl_begins_again(const struct crawl_work *w, const struct crawl *c)
{
    return w->wants_cache && w->options->count > 0 &&
           c->counts.state == FRONTIER_FINISHED && !crawl_has_work(&c->counts);
}

static enum err
crawl_check_layout(struct crawl_work *w)
{
    struct str layout = crawl_field(w->stored, "layout");
    uint64_t version = 0;

    if (str_to_u64(layout, 1000000, &version) && version == FRONTIER_LAYOUT)
        return ERR_OK;
    snprintf(w->why, CRAWL_WHY_BYTES,
             "crawl %s was begun by another version of weft (key layout %.*s, "
             "this one has %d): finish it with that one, or --restart",
             w->options->name, 20, layout.n ? LOG_ESC(layout) : "unknown",
             FRONTIER_LAYOUT);
    return ERR_INVALID;
}

static enum err
crawl_look(struct crawl_work *w, struct crawl *out)
{
    enum err e;

    w->requests = frontier_form_load(&w->b);
    e = crawl_flush(w, NULL);
    if (e != ERR_OK)
        return e;
    frontier_form_crawl_get(w->frontier, &w->b);
    w->requests = 1;
    e = crawl_flush(w, &w->stored);
    if (e == ERR_OK && w->stored->type != REDIS_REPLY_ARRAY)
        e = crawl_refused(w, "crawl:NAME is no hash of ours");
    if (e == ERR_OK && !str_to_u64(crawl_field(w->stored, "started"),
                                   INT64_MAX / 1000, &out->started))
        out->started = 0; /* there is none, or it is an old one */
    return e == ERR_OK ? crawl_get_counts(w, &out->counts) : e;
}

enum err
crawl_begin(struct redis *r, struct config *config,
            const struct crawl_options *options, struct crawl *out,
            char why[CRAWL_WHY_BYTES])
{
    struct crawl_work w = {
        .redis = r, .options = options, .config = config, .why = why};
    struct buf lists;
    bool is_there, is_new;
    enum err e;

    *out = (struct crawl){0};
    w.wants_cache = config->cache;
    buf_init(&lists, CRAWL_REQUEST_BYTES);
    buf_init(&w.b, CRAWL_REQUEST_BYTES);
    if (frontier_new(options->name, "", &out->frontier) != ERR_OK) {
        snprintf(why, CRAWL_WHY_BYTES,
                 "a crawl's name has 1 to 64 bytes of A-Za-z0-9._-");
        e = ERR_INVALID;
        goto out;
    }
    w.frontier = out->frontier;
    crawl_lists_text(options, &lists);
    e = crawl_look(&w, out);
    if (e != ERR_OK)
        goto out;
    is_there = out->counts.state != FRONTIER_NONE;
    is_new = !is_there || options->is_restart;
    if (!is_new)
        e = crawl_check_layout(&w);
    if (e == ERR_OK && !is_new && crawl_begins_again(&w, out)) {
        is_new = true;
        e = crawl_take_settings(&w);
    }
    if (e == ERR_OK && is_new && config->cache)
        e = crawl_recrawl(&w, out);
    if (e == ERR_OK && is_there && is_new) {
        e = crawl_drop(&w, out);
        crawl_wait_for_second();
        is_there = false;
        out->counts = (struct frontier_counts){0};
    }
    if (e == ERR_OK)
        e = is_there ? crawl_resume(&w, buf_str(&lists), out)
                     : crawl_create(&w, buf_str(&lists), out);
out:
    if (w.stored)
        freeReplyObject(w.stored);
    buf_fini(&w.b);
    buf_fini(&lists);
    if (e != ERR_OK)
        crawl_fini(out);
    return e;
}

void
crawl_fini(struct crawl *c)
{
    frontier_free(c->frontier);
    c->frontier = NULL;
    recrawl_fini(&c->recrawl);
}

bool
crawl_is_same(const redisReply *reply, const char *run, uint64_t *seed_row,
              bool *is_seeded)
{
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY ||
        !str_equal(crawl_field(reply, "run"), str_from(run)))
        return false;
    if (!str_to_u64(crawl_field(reply, "seed_row"), UINT64_MAX, seed_row))
        *seed_row = 0;
    *is_seeded = str_equal(crawl_field(reply, "seeded"), STR("yes"));
    return true;
}
