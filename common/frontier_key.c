/*
 * SPDX-License-Identifier: MIT
 *
 * All that is the same in every request is formed here, once: a request is
 * then a few copies, at the rate of one claim, add and ack for some pages.
 */
#include "common/frontier_key.h"

#include <assert.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/lua_scripts.h"
#include "common/mem.h"
#include "common/redis.h"

enum {
    FRONTIER_KEY_MAX = 4096,
    FRONTIER_HEAD_MAX = 65536,
    FRONTIER_SHA_HEX = 2 * SHA_DIGEST_LENGTH
};

static const struct {
    const char *before; /* before the crawl's name */
    char behind;        /* ':' for a family, '\0' for one key */
    bool has_worker;    /* then the worker's name */
} frontier_keys[KEY_COUNT] = {
    [KEY_CRAWL] = {"crawl:", '\0', false},
    [KEY_STATS] = {"stats:", '\0', false},
    [KEY_QUEUE] = {"queue:", '\0', false},
    [KEY_DUE] = {"due:", '\0', false},
    [KEY_RETRY] = {"retry:", '\0', false},
    [KEY_HELD] = {"held:", '\0', false},
    [KEY_WORKERS] = {"workers:", '\0', false},
    [KEY_PACE] = {"pace:", '\0', false},
    [KEY_ORDERS] = {"orders:", '\0', false},
    [KEY_SUSPECTS] = {"suspects:", '\0', false},
    [KEY_QUARANTINE] = {"quarantine:", '\0', false},
    [KEY_DEATHS] = {"deaths:", '\0', false},
    [KEY_ASKED] = {"asked:", '\0', false},
    [KEY_IP] = {"ip:", '\0', false},
    [KEY_CACHED] = {"cache:", '\0', false},
    [KEY_SITE] = {"site:", ':', false},
    [KEY_SEEN] = {"seen:", ':', false},
    [KEY_HOSTS] = {"hosts:", ':', false},
    [KEY_ROBOTS] = {"robots:", ':', false},
    [KEY_CACHE] = {"cache:", ':', false},
    [KEY_COOKIES] = {"cookies:", ':', false},
    [KEY_TWINS] = {"twins:", ':', false},
    [KEY_HOLD] = {"hold:", ':', true},
    [KEY_FLIGHT] = {"flight:", ':', true},
    [KEY_WORKER] = {"worker:", ':', true},
};

/* The KEYS of each script in their order; the count is in its file's name. */
static const struct {
    const char *name;
    enum frontier_key keys[15];
} frontier_verbs[VERB_COUNT] = {
    [VERB_ACK] = {"ack", {KEY_STATS, KEY_FLIGHT}},
    [VERB_ADD] = {"add",
                  {KEY_CRAWL, KEY_STATS, KEY_QUEUE, KEY_SEEN, KEY_HOSTS}},
    [VERB_BEAT] = {"beat", {KEY_CRAWL, KEY_STATS, KEY_WORKERS, KEY_WORKER}},
    [VERB_BLAME] = {"blame", {KEY_SUSPECTS}},
    [VERB_BURY] = {"bury", {KEY_STATS, KEY_QUARANTINE}},
    [VERB_CHANGE] = {"change", {KEY_CRAWL}},
    [VERB_CLAIM] = {"claim",
                    {KEY_CRAWL, KEY_STATS, KEY_QUEUE, KEY_DUE, KEY_RETRY,
                     KEY_HELD, KEY_WORKERS, KEY_HOLD, KEY_FLIGHT, KEY_SITE,
                     KEY_PACE, KEY_ORDERS, KEY_SUSPECTS, KEY_QUARANTINE,
                     KEY_ASKED}},
    [VERB_COUNTS] = {"counts",
                     {KEY_CRAWL, KEY_STATS, KEY_QUEUE, KEY_DUE, KEY_RETRY,
                      KEY_HELD, KEY_WORKERS, KEY_QUARANTINE}},
    [VERB_FINDTWIN] = {"findtwin", {KEY_TWINS}},
    [VERB_NOTETWIN] = {"notetwin", {KEY_TWINS}},
    [VERB_PACE] = {"pace", {KEY_CRAWL, KEY_PACE}},
    [VERB_REAP] = {"reap",
                   {KEY_STATS, KEY_QUEUE, KEY_DUE, KEY_HELD, KEY_WORKERS,
                    KEY_HOLD, KEY_FLIGHT, KEY_WORKER, KEY_SITE, KEY_PACE,
                    KEY_DEATHS, KEY_ASKED, KEY_CRAWL}},
    [VERB_RECALL] = {"recall", {KEY_CACHE}},
    [VERB_RELEASE] = {"release",
                      {KEY_CRAWL, KEY_STATS, KEY_DUE, KEY_HELD, KEY_HOLD,
                       KEY_FLIGHT, KEY_SITE, KEY_PACE, KEY_ASKED}},
    [VERB_REMEMBER] = {"remember", {KEY_CACHE}},
    [VERB_RETRY] = {"retry", {KEY_STATS, KEY_RETRY, KEY_FLIGHT, KEY_ASKED}},
    [VERB_SLOT] = {"slot", {KEY_IP}},
    [VERB_STEER] = {"steer", {KEY_CRAWL}},
    [VERB_TRIAL] = {"trial", {KEY_QUEUE, KEY_SUSPECTS, KEY_QUARANTINE}},
    [VERB_WORKERS] = {"workers", {KEY_WORKERS}},
};

static struct {
    const struct lua_script *script;
    char sha[FRONTIER_SHA_HEX];
} frontier_scripts[VERB_COUNT];
static pthread_once_t frontier_once = PTHREAD_ONCE_INIT;

/* --- names --- */

static void
frontier_hash(const struct lua_script *s, char hex[FRONTIER_SHA_HEX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char sha[SHA_DIGEST_LENGTH];

    SHA1((const unsigned char *)s->src, s->len, sha);
    for (size_t i = 0; i < sizeof(sha); i++) {
        hex[2 * i] = digits[sha[i] >> 4];
        hex[2 * i + 1] = digits[sha[i] & 15];
    }
}

static void
frontier_find_scripts(void)
{
    for (size_t v = 0; v < VERB_COUNT; v++) {
        const struct lua_script *found = NULL;

        for (size_t i = 0; i < lua_scripts_count; i++)
            if (strcmp(lua_scripts[i].name, frontier_verbs[v].name) == 0)
                found = &lua_scripts[i];
        assert(found != NULL);
        frontier_scripts[v].script = found;
        frontier_hash(found, frontier_scripts[v].sha);
    }
}

void
frontier_put(struct buf *b, struct str s)
{
    if (buf_add_str(b, s) != ERR_OK)
        fatalx("no memory for the crawl's key names");
}

void
frontier_begin(const struct frontier *f, struct buf *b, enum frontier_verb v,
               size_t args)
{
    resp_begin(b, f->head_args[v] + 1 + args);
    frontier_put(b, buf_str(&f->heads[v]));
    if (f->now_ms != 0)
        resp_int(b, f->now_ms);
    else
        resp_arg(b, STR(""));
}

static void
frontier_name_keys(struct frontier *f)
{
    for (size_t k = 0; k < KEY_COUNT; k++) {
        struct buf *b = &f->keys[k];
        char behind = frontier_keys[k].behind;

        buf_init(b, FRONTIER_KEY_MAX + f->worker.n);
        frontier_put(b, str_from(frontier_keys[k].before));
        frontier_put(b, str_from(f->name));
        frontier_put(b, (struct str){&behind, behind ? 1 : 0});
        if (frontier_keys[k].has_worker)
            frontier_put(b, f->worker);
    }
}

static void
frontier_form_head(struct frontier *f, enum frontier_verb v)
{
    const struct lua_script *s = frontier_scripts[v].script;
    struct buf *b = &f->heads[v];

    buf_init(b, FRONTIER_HEAD_MAX + 10 * f->worker.n);
    resp_arg(b, STR("EVALSHA"));
    resp_arg(b, (struct str){frontier_scripts[v].sha, FRONTIER_SHA_HEX});
    resp_int(b, s->nkeys);
    for (int i = 0; i < s->nkeys; i++)
        resp_arg(b, buf_str(&f->keys[frontier_verbs[v].keys[i]]));
    f->head_args[v] = 3 + (size_t)s->nkeys;
}

static void
frontier_name_worker(struct frontier *f, struct str worker)
{
    f->worker = (struct str){xmemdup0(worker.p, worker.n), worker.n};
    frontier_name_keys(f);
    for (size_t v = 0; v < VERB_COUNT; v++)
        frontier_form_head(f, (enum frontier_verb)v);
}

static void
frontier_forget_worker(struct frontier *f)
{
    for (size_t k = 0; k < KEY_COUNT; k++)
        buf_fini(&f->keys[k]);
    for (size_t v = 0; v < VERB_COUNT; v++)
        buf_fini(&f->heads[v]);
    free((char *)(uintptr_t)f->worker.p);
}

struct frontier *
frontier_make(const char *name, struct str worker)
{
    struct frontier *f = xcalloc(1, sizeof(*f));

    pthread_once(&frontier_once, frontier_find_scripts);
    f->name = xstrdup(name);
    frontier_name_worker(f, worker);
    return f;
}

void
frontier_rename(struct frontier *f, const char *worker)
{
    frontier_forget_worker(f);
    frontier_name_worker(f, str_from(worker));
}

bool
frontier_is_name(struct str name)
{
    if (name.n == 0 || name.n > FRONTIER_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!str_is_alpha(name.p[i]) && !str_is_digit(name.p[i]) &&
            memchr("._-", name.p[i], 3) == NULL)
            return false;
    return true;
}

enum err
frontier_new(const char *name, const char *worker, struct frontier **out)
{
    *out = NULL;
    if (!frontier_is_name(str_from(name)))
        return ERR_INVALID;
    *out = frontier_make(name, str_from(worker));
    return ERR_OK;
}

void
frontier_free(struct frontier *f)
{
    if (f == NULL)
        return;
    frontier_forget_worker(f);
    free(f->name);
    free(f);
}

void
frontier_set_now(struct frontier *f, int64_t now_ms)
{
    f->now_ms = now_ms;
}

bool
frontier_owns(const struct frontier *f, struct str key)
{
    struct str name = str_from(f->name), kind = str_cut(&key, ':');
    bool is_ours = false;

    for (size_t k = 0; k < KEY_COUNT && !is_ours; k++) {
        struct str before = str_from(frontier_keys[k].before);

        before.n--; /* its colon */
        is_ours = str_equal(kind, before) &&
                  !(f->keeps_cache &&
                    (k == KEY_CACHE || k == KEY_CACHED || k == KEY_TWINS));
    }
    return is_ours && str_starts(key, name) &&
           (key.n == name.n || key.p[name.n] == ':');
}

size_t
frontier_form_load(struct buf *b)
{
    pthread_once(&frontier_once, frontier_find_scripts);
    for (size_t v = 0; v < VERB_COUNT; v++) {
        const struct lua_script *s = frontier_scripts[v].script;

        resp_begin(b, 3);
        resp_arg(b, STR("SCRIPT"));
        resp_arg(b, STR("LOAD"));
        resp_arg(b, (struct str){s->src, s->len});
    }
    return VERB_COUNT;
}
