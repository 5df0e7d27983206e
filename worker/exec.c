/*
 * The pages: who waits, who was sent, who is to be given up.  The process
 * with its pipes is in exec_child.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/exec.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "worker/exec_child.h"

enum {
    EXEC_AHEAD = 8,             /* pages sent, the one that is due included */
    EXEC_AHEAD_BYTES = 1 << 20, /* of these, as long as it is two or more */
    EXEC_PAUSE_FIRST_MS = 100,
    EXEC_PAUSE_MAX_MS = 5000,
    EXEC_DEATHS_OF_A_PAGE = 2,
    EXEC_DEATHS_IN_A_ROW = 8, /* over 11 s */
    EXEC_STANDS_MS = 2000,    /* without a page to blame it did not die */
    EXEC_STRAY_MAX = 1000,    /* lines without a page, of one command */
    EXEC_LOG_MS = 10000       /* between two lines about the same thing */
};

struct exec_list {
    struct exec_job *first, **last;
    size_t n;
};

/* A line that was sent; its job is NULL when that was dropped. */
struct exec_sent {
    struct exec_job *job;
    size_t bytes;
};

struct exec {
    struct exec_setup setup;
    struct exec_child *child; /* NULL: it is not running */
    struct exec_child *ending;
    struct exec_list waiting;
    struct exec_list doomed;
    struct exec_sent sent[EXEC_AHEAD]; /* in order of their answers */
    size_t sent_count, sent_bytes;
    size_t alone; /* so many more are asked one at a time */
    struct buf line;
    uv_timer_t timer;
    uint64_t due_ms;     /* the first answer's time is over */
    uint64_t started_ms; /* the child was */
    uint64_t start_at_ms;
    uint64_t pause_ms;
    unsigned deaths; /* in a row: no answer since */
    unsigned strays; /* of the child */
    bool is_finishing;
    bool is_hopeless;
    bool is_in_turn;   /* exec_turn() is at work: it looks again by itself */
    uint64_t stray_ms; /* when a line without a page was told of */
    uint64_t loss_ms;  /* when a lost command was */
    unsigned losses;   /* not told of since */
};

static uint64_t
exec_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* --- lists --- */

static void
exec_list_init(struct exec_list *list)
{
    *list = (struct exec_list){NULL, &list->first, 0};
}

static void
exec_list_push(struct exec_list *list, struct exec_job *job)
{
    job->next = NULL;
    *list->last = job;
    list->last = &job->next;
    list->n++;
}

static void
exec_list_push_front(struct exec_list *list, struct exec_job *job)
{
    job->next = list->first;
    list->first = job;
    if (job->next == NULL)
        list->last = &job->next;
    list->n++;
}

static struct exec_job *
exec_list_pop(struct exec_list *list)
{
    struct exec_job *job = list->first;

    if (job == NULL)
        return NULL;
    list->first = job->next;
    if (list->first == NULL)
        list->last = &list->first;
    list->n--;
    return job;
}

static void
exec_list_remove(struct exec_list *list, struct exec_job *job)
{
    for (struct exec_job **p = &list->first; *p; p = &(*p)->next)
        if (*p == job) {
            *p = job->next;
            if (*p == NULL)
                list->last = p;
            list->n--;
            return;
        }
}

/* --- results --- */

static void
exec_done(struct exec *x, struct exec_job *job, enum exec_result result,
          struct str line)
{
    job->is_here = false;
    job->is_sent = false;
    job->deaths = 0;
    x->setup.done(x->setup.arg, job, result, line);
}

/* It answers, or lives without a page: the pages were to blame. */
static void
exec_give_up_doomed(struct exec *x)
{
    struct exec_job *job;

    while ((job = exec_list_pop(&x->doomed))) {
        stats_add(x->setup.stats, STAT_exec_given_up, 1);
        exec_done(x, job, EXEC_GIVEN_UP, STR_NONE);
    }
}

static void exec_turn(struct exec *x);

static void exec_lose(struct exec *x, const char *how);

/* --- what the child tells --- */

/* Behind the last answer: what comes without a page has nobody. */
static bool
exec_is_stray(struct exec *x, struct str line)
{
    uint64_t now = exec_now_ms();

    if (x->sent_count > 0)
        return false;
    stats_add(x->setup.stats, STAT_exec_stray, 1);
    if (now >= x->stray_ms + EXEC_LOG_MS) {
        log_warnx("--exec: a line that no page waits for, passed over (one "
                  "line a page): %s",
                  LOG_ESC(line));
        x->stray_ms = now;
    }
    if (++x->strays == EXEC_STRAY_MAX) {
        exec_lose(x, "printed 1000 lines that no page waited for");
        exec_turn(x);
    }
    return true;
}

static void
exec_on_line(void *arg, struct str line, bool is_too_long)
{
    struct exec *x = arg;
    struct exec_sent answered = x->sent[0];

    if (exec_is_stray(x, line))
        return;
    x->sent_count--;
    x->sent_bytes -= answered.bytes;
    memmove(x->sent, x->sent + 1, x->sent_count * sizeof(x->sent[0]));
    if (x->alone > 0)
        x->alone--;
    x->deaths = 0;
    x->pause_ms = 0;
    x->due_ms = exec_now_ms() + x->setup.timeout_ms;
    if (answered.job)
        exec_done(x, answered.job, is_too_long ? EXEC_TOO_LONG : EXEC_ANSWERED,
                  line);
    exec_give_up_doomed(x);
    exec_turn(x);
}

/* How often is bounded: a command may end after each page. */
static void
exec_say_lost(struct exec *x, const struct exec_job *due, const char *how)
{
    uint64_t now = exec_now_ms();
    char more[40] = "";

    if (x->deaths < 2 && now < x->loss_ms + EXEC_LOG_MS) {
        x->losses++;
        return;
    }
    if (x->losses > 0)
        snprintf(more, sizeof(more), " (lost %u times more before)", x->losses);
    log_warnx("--exec: the command %s%s%s%s; another in %.1f s", how,
              due ? " at " : "",
              due ? LOG_ESC(str_from(x->setup.name(due))) : "", more,
              (double)x->pause_ms / 1000);
    x->losses = 0;
    x->loss_ms = now;
}

/* Who was sent waits again, in the same order; the due one is accused. */
static void
exec_take_back(struct exec *x)
{
    struct exec_job *due = x->sent_count > 0 ? x->sent[0].job : NULL;
    size_t again = 0;

    if (due)
        due->deaths++;
    for (size_t i = x->sent_count; i-- > 0;) {
        struct exec_job *job = x->sent[i].job;

        if (job == NULL)
            continue;
        job->is_sent = false;
        if (job->deaths >= EXEC_DEATHS_OF_A_PAGE) {
            exec_list_push(&x->doomed, job);
        } else {
            exec_list_push_front(&x->waiting, job);
            again++;
        }
    }
    if (again > x->alone)
        x->alone = again;
    x->sent_count = x->sent_bytes = 0;
}

/* The child is no more, or must be no more. */
static void
exec_lose(struct exec *x, const char *how)
{
    const struct exec_job *due = x->sent_count > 0 ? x->sent[0].job : NULL;

    exec_take_back(x);
    x->deaths++;
    x->pause_ms = x->pause_ms == 0 ? EXEC_PAUSE_FIRST_MS : x->pause_ms * 2;
    if (x->pause_ms > EXEC_PAUSE_MAX_MS)
        x->pause_ms = EXEC_PAUSE_MAX_MS;
    x->start_at_ms = exec_now_ms() + x->pause_ms;
    exec_say_lost(x, due, how);
    exec_child_end(x->child);
    x->ending = x->child;
    x->child = NULL;
    if (x->deaths < EXEC_DEATHS_IN_A_ROW || x->is_hopeless)
        return;
    x->is_hopeless = true;
    log_warnx("--exec: the command failed %u times in a row without any "
              "answer; stopping, nothing is lost",
              x->deaths);
    x->setup.on_hopeless(x->setup.arg);
}

static void
exec_on_end(void *arg, const char *how)
{
    struct exec *x = arg;

    if (x->is_finishing) { /* so it shall; exec_finish() asks */
        exec_turn(x);
        return;
    }
    stats_add(x->setup.stats, STAT_exec_deaths, 1);
    exec_lose(x, how);
    exec_turn(x);
}

/* --- turns --- */

static void
exec_start(struct exec *x)
{
    const struct exec_child_setup setup = {.loop = x->setup.loop,
                                           .command = x->setup.command,
                                           .names = &x->setup.names,
                                           .line_max = EXEC_LINE_MAX,
                                           .on_line = exec_on_line,
                                           .on_end = exec_on_end,
                                           .arg = x};

    x->child = exec_child_new(&setup);
    x->strays = 0;
    x->started_ms = exec_now_ms();
    if (x->child)
        return;
    x->pause_ms = EXEC_PAUSE_MAX_MS;
    x->start_at_ms = x->started_ms + x->pause_ms;
    log_warn("--exec: cannot start the command; again in %d s",
             EXEC_PAUSE_MAX_MS / 1000);
}

static bool
exec_may_send(const struct exec *x)
{
    return x->waiting.n > 0 && (x->sent_count == 0 ||
                                (x->alone == 0 && x->sent_count < EXEC_AHEAD &&
                                 x->sent_bytes < EXEC_AHEAD_BYTES));
}

static void
exec_send(struct exec *x)
{
    struct exec_job *job = exec_list_pop(&x->waiting);

    buf_init(&x->line, x->setup.line_max);
    if (x->setup.write(x->setup.arg, job, &x->line) != ERR_OK) {
        buf_fini(&x->line);
        exec_list_push(&x->doomed, job);
        return;
    }
    if (x->sent_count == 0)
        x->due_ms = exec_now_ms() + x->setup.timeout_ms;
    job->is_sent = true;
    x->sent[x->sent_count++] = (struct exec_sent){job, x->line.n};
    x->sent_bytes += x->line.n;
    exec_child_write(x->child, &x->line);
}

static void
exec_look_at_time(struct exec *x)
{
    uint64_t now = exec_now_ms();
    char how[64];

    if (x->ending && exec_child_is_over(x->ending)) {
        exec_child_free(x->ending);
        x->ending = NULL;
    }
    if (x->child && x->sent_count > 0 && now >= x->due_ms) {
        stats_add(x->setup.stats, STAT_exec_timeouts, 1);
        snprintf(how, sizeof(how), "gave no answer within %.6g s",
                 (double)x->setup.timeout_ms / 1000);
        exec_lose(x, how);
    }
    if (x->child && x->doomed.n > 0 && x->sent_count == 0 &&
        x->waiting.n == 0 && now >= x->started_ms + EXEC_STANDS_MS)
        exec_give_up_doomed(x);
}

static void
exec_on_timer(uv_timer_t *timer)
{
    exec_turn(timer->data);
}

/* The next moment at which there is something to do without being told. */
static void
exec_set_timer(struct exec *x)
{
    uint64_t now = exec_now_ms(), at = UINT64_MAX;
    bool has_work = x->waiting.n > 0 || x->doomed.n > 0;

    if (x->ending || (x->child && x->is_finishing))
        at = now + 20;
    else if (x->child && x->sent_count > 0)
        at = x->due_ms;
    else if (x->child && x->doomed.n > 0)
        at = x->started_ms + EXEC_STANDS_MS;
    else if (x->child == NULL && has_work && !x->is_hopeless)
        at = x->start_at_ms;
    if (at == UINT64_MAX)
        uv_timer_stop(&x->timer);
    else
        uv_timer_start(&x->timer, exec_on_timer, at > now ? at - now : 1, 0);
}

/* Start it when it is wanted, and give it what it may have. */
static void
exec_go(struct exec *x)
{
    if (x->child == NULL && x->ending == NULL && !x->is_finishing &&
        !x->is_hopeless && x->waiting.n + x->doomed.n > 0 &&
        exec_now_ms() >= x->start_at_ms)
        exec_start(x);
    while (x->child && !x->is_finishing && exec_may_send(x))
        exec_send(x);
    exec_set_timer(x);
}

static void
exec_turn(struct exec *x)
{
    if (x->is_in_turn)
        return;
    x->is_in_turn = true;
    exec_look_at_time(x);
    x->is_in_turn = false;
    exec_go(x);
}

/* --- for visits --- */

void
exec_ask(struct exec *x, struct exec_job *job)
{
    assert(!job->is_here);
    job->is_here = true;
    job->is_sent = false;
    exec_list_push(&x->waiting, job);
    if (x->waiting.n == 1) /* nobody else's line is made inside the caller */
        exec_go(x);
}

void
exec_drop(struct exec *x, struct exec_job *job)
{
    if (!job->is_here)
        return;
    job->is_here = false;
    if (!job->is_sent) {
        exec_list_remove(&x->waiting, job);
        exec_list_remove(&x->doomed, job);
        return;
    }
    for (size_t i = 0; i < x->sent_count; i++)
        if (x->sent[i].job == job)
            x->sent[i].job = NULL;
}

bool
exec_is_full(const struct exec *x)
{
    return x->waiting.n >= EXEC_WAITING_MAX;
}

bool
exec_is_hopeless(const struct exec *x)
{
    return x->is_hopeless;
}

/* --- birth and end --- */

struct exec *
exec_new(const struct exec_setup *setup)
{
    struct exec *x = xcalloc(1, sizeof(*x));

    x->setup = *setup;
    exec_list_init(&x->waiting);
    exec_list_init(&x->doomed);
    uv_timer_init(setup->loop, &x->timer);
    x->timer.data = x;
    return x;
}

bool
exec_finish(struct exec *x)
{
    if (!x->is_finishing) {
        x->is_finishing = true;
        if (x->child)
            exec_child_hang_up(x->child);
    }
    exec_turn(x);
    return (x->child == NULL || exec_child_is_over(x->child)) &&
           x->ending == NULL;
}

void
exec_close(struct exec *x)
{
    if (x == NULL)
        return;
    if (x->child)
        exec_child_close(x->child);
    if (x->ending)
        exec_child_close(x->ending);
    uv_close((uv_handle_t *)&x->timer, NULL);
}

void
exec_free(struct exec *x)
{
    if (x == NULL)
        return;
    exec_child_free(x->child);
    exec_child_free(x->ending);
    buf_fini(&x->line);
    free(x);
}
