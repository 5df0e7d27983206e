/*
 * master top - one live screen of a crawl, on all its machines.
 *
 * top_feed asks Redis, top_layout makes a screen of the numbers, top_grid
 * what the terminal must be sent; here are the keys, the signals and the
 * loop that they all turn on.
 *
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "common/color.h"
#include "common/log.h"
#include "master/command.h"
#include "master/commands.h"
#include "master/top_feed.h"
#include "master/top_keys.h"
#include "master/top_layout.h"
#include "master/top_tty.h"

enum {
    TOP_TICK_MS = 1000,
    TOP_ESCAPE_MS = 60,     /* a sequence's bytes come together */
    TOP_NOTE_MS = 4000,     /* how long an answer is shown */
    TOP_ONCE_ROUNDS = 2,    /* a rate needs two looks ... */
    TOP_ONCE_MS = 10000,    /* ... and that is patience enough */
    TOP_ONCE_COLUMNS = 100, /* of the snapshot, without COLUMNS */
    TOP_PAGE = 10,          /* rows */
    TOP_INPUT_BYTES = 16,
    TOP_SIGNALS = 6
};

/* What the next key answers. */
enum top_question { TOP_ASKS_NOTHING, TOP_ASKS_DROP, TOP_ASKS_DELAY };

struct top {
    const struct command_crawl *crawl;
    uv_loop_t loop;
    uv_timer_t tick, escape;
    uv_signal_t signals[TOP_SIGNALS];
    uv_poll_t input;
    struct top_feed *feed;
    bool is_once, is_color;
    bool is_over; /* the crawl has ended */
    uint64_t begin_ms;
    int exit_code; /* -1: goes on */

    struct top_keys keys;
    struct top_ui ui;
    uint64_t note_until_ms;
    enum top_question question;
    char site[TOP_NAME_BYTES]; /* what the question is about */
    char typed[TOP_INPUT_BYTES];
    char done[TOP_NAME_BYTES + 80]; /* said when Redis has the order */

    struct top_grid shown; /* cells NULL: nothing of ours is on the screen */
};

static void
top_end(struct top *t, int exit_code)
{
    if (t->exit_code < 0)
        t->exit_code = exit_code;
    uv_stop(&t->loop);
}

/* --- the screen --- */

static void
top_draw(struct top *t)
{
    struct top_grid grid;
    struct buf bytes;
    int columns, lines;
    bool is_known;

    top_tty_size(&columns, &lines);
    top_grid_init(&grid, columns, lines);
    top_layout(top_feed_view(t->feed), &t->ui, &grid);
    is_known = t->shown.cells && t->shown.columns == grid.columns &&
               t->shown.lines == grid.lines;
    buf_init(&bytes, TOP_DRAW_BYTES);
    if (top_grid_draw(is_known ? &t->shown : NULL, &grid, t->is_color,
                      &bytes) == ERR_OK &&
        !top_tty_write(buf_str(&bytes)))
        top_end(t, EXIT_ERROR); /* nobody looks any more */
    buf_fini(&bytes);
    top_grid_fini(&t->shown);
    t->shown = grid;
}

/* The next drawing begins with an empty screen. */
static void
top_forget_screen(struct top *t)
{
    top_grid_fini(&t->shown);
}

static void PRINTF_LIKE(3, 4)
    top_note(struct top *t, enum top_look look, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(t->ui.note, sizeof(t->ui.note), fmt, args);
    va_end(args);
    t->ui.note_look = look;
    t->note_until_ms = uv_now(&t->loop) + TOP_NOTE_MS;
}

/* All there is, as plain lines. */
static void
top_print(struct top *t)
{
    const char *wish = getenv("COLUMNS");
    int columns = wish ? (int)strtol(wish, NULL, 10) : 0;
    struct top_grid grid;
    struct buf text;

    top_grid_init(&grid, columns >= 40 ? columns : TOP_ONCE_COLUMNS,
                  TOP_LINES_MAX);
    t->ui.is_plain = true;
    top_layout(top_feed_view(t->feed), &t->ui, &grid);
    buf_init(&text, TOP_DRAW_BYTES);
    if (top_grid_print(&grid, &text) != ERR_OK ||
        fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout) != 0) {
        log_warn("cannot print the snapshot");
        top_end(t, EXIT_ERROR);
    }
    buf_fini(&text);
    top_grid_fini(&grid);
}

/* --- orders --- */

static void
top_on_steered(void *arg, const redisReply *reply)
{
    struct top *t = arg;
    enum frontier_state before, after;

    if (reply == NULL || frontier_read_steer(reply, &before, &after) != ERR_OK)
        top_note(t, TOP_BAD, "not done: Redis did not answer; try again");
    else if (before == after)
        top_note(t, TOP_WARN, "nothing to do: the crawl is %s",
                 frontier_state_name(after));
    else
        top_note(t, TOP_GOOD, "%s",
                 after == FRONTIER_PAUSED
                     ? "paused; what is on the wire still comes in"
                     : "the crawl goes on");
    top_feed_tick(t->feed);
}

static void
top_steer(struct top *t, enum frontier_order order)
{
    frontier_form_steer(t->crawl->frontier, top_feed_request(t->feed), order);
    if (!top_feed_send(t->feed, top_on_steered, t))
        top_note(t, TOP_BAD, "not done: Redis is away");
}

static void
top_on_ordered(void *arg, const redisReply *reply)
{
    struct top *t = arg;

    if (reply == NULL)
        top_note(t, TOP_BAD, "not done: Redis did not answer; try again");
    else if (t->question == TOP_ASKS_NOTHING)
        top_note(t, TOP_GOOD, "%s", t->done);
    top_feed_tick(t->feed);
}

/* done: what is said of the site when Redis has the order. */
static void
top_order(struct top *t, const char *order, const char *done)
{
    struct str site = str_from(t->site);
    struct buf *b = top_feed_request(t->feed);

    if (order)
        frontier_form_order_set(t->crawl->frontier, b, site, str_from(order));
    else
        frontier_form_order_del(t->crawl->frontier, b, site);
    snprintf(t->done, sizeof(t->done), "%s: %s", t->site, done);
    if (!top_feed_send(t->feed, top_on_ordered, t))
        top_note(t, TOP_BAD, "not done: Redis is away");
}

/* --- questions --- */

static void
top_ask(struct top *t)
{
    if (t->question == TOP_ASKS_DROP)
        top_note(t, TOP_WARN,
                 "Drop %.260s? What is left of it is not fetched.  y or n: ",
                 t->site);
    else
        top_note(t, TOP_WARN,
                 "%.260s: least seconds between requests (0: no order): %s_",
                 t->site, t->typed);
    t->note_until_ms = UINT64_MAX;
}

static void
top_begin_question(struct top *t, enum top_question question)
{
    struct str site = top_ui_site(&t->ui, top_feed_view(t->feed));

    if (site.n == 0 || site.n >= sizeof(t->site)) {
        top_note(t, TOP_WARN,
                 "no site is selected: tab and 2 to 5 switch to a "
                 "list of sites");
        return;
    }
    memcpy(t->site, site.p, site.n);
    t->site[site.n] = '\0';
    t->typed[0] = '\0';
    t->question = question;
    top_ask(t);
}

static void
top_end_question(struct top *t)
{
    t->question = TOP_ASKS_NOTHING;
    t->ui.note[0] = '\0';
}

static void
top_slow_down(struct top *t)
{
    char order[48], done[96];
    long ms;

    if (!top_keys_seconds(t->typed, &ms)) {
        top_note(t, TOP_BAD,
                 "not done: \"%s\" is no number of seconds up to a "
                 "day",
                 t->typed);
        return;
    }
    snprintf(order, sizeof(order), "delay %ld", ms);
    snprintf(done, sizeof(done), "one request in %.3f s from its next visit on",
             (double)ms / 1000);
    top_order(t, ms > 0 ? order : NULL, ms > 0 ? done : "no order any more");
}

static void
top_type(struct top *t, int key)
{
    size_t n = strlen(t->typed);

    if ((key == '\b' || key == 0x7f) && n > 0) {
        t->typed[n - 1] = '\0';
    } else if (((key >= '0' && key <= '9') || key == '.' || key == ',') &&
               n + 1 < sizeof(t->typed)) {
        t->typed[n] = (char)key;
        t->typed[n + 1] = '\0';
    }
    top_ask(t);
}

static void
top_answer(struct top *t, int key)
{
    bool is_drop = t->question == TOP_ASKS_DROP;

    if (key == TOP_KEY_ESCAPE || (is_drop && (key == 'n' || key == 'N'))) {
        top_end_question(t);
    } else if (is_drop && (key == 'y' || key == 'Y')) {
        top_end_question(t);
        top_order(t, "drop", "dropped (s and 0 takes that back)");
    } else if (!is_drop && (key == '\r' || key == '\n')) {
        top_end_question(t);
        if (t->typed[0])
            top_slow_down(t);
    } else if (!is_drop) {
        top_type(t, key);
    }
}

/* --- keys --- */

static void
top_move(struct top *t, long rows)
{
    top_ui_move(&t->ui, top_feed_view(t->feed), rows);
}

static void
top_command_key(struct top *t, int key)
{
    switch (key) {
    case 'q':
    case 'Q':
        top_end(t, EXIT_FINISHED);
        break;
    case '?':
    case 'h':
        t->ui.is_help = true;
        break;
    case 'p':
        top_steer(t, FRONTIER_PAUSE);
        break;
    case 'r':
        top_steer(t, FRONTIER_RESUME);
        break;
    case 's':
        top_begin_question(t, TOP_ASKS_DELAY);
        break;
    case 'd':
        top_begin_question(t, TOP_ASKS_DROP);
        break;
    case '\f': /* Ctrl-L */
        top_forget_screen(t);
        break;
    default:
        if (key >= '1' && key < '1' + TOP_LISTS)
            top_ui_switch(&t->ui, key - '1' - (int)t->ui.focus);
    }
}

static void
top_key(struct top *t, int key)
{
    if (key == TOP_KEY_NONE)
        return;
    if (t->question != TOP_ASKS_NOTHING) {
        top_answer(t, key);
        return;
    }
    t->ui.note[0] = '\0';
    if (t->ui.is_help && key != 'q') {
        t->ui.is_help = false;
        return;
    }
    switch (key) {
    case TOP_KEY_UP:
    case 'k':
        top_move(t, -1);
        break;
    case TOP_KEY_DOWN:
    case 'j':
        top_move(t, 1);
        break;
    case TOP_KEY_PAGE_UP:
        top_move(t, -TOP_PAGE);
        break;
    case TOP_KEY_PAGE_DOWN:
        top_move(t, TOP_PAGE);
        break;
    case TOP_KEY_HOME:
        top_move(t, -TOP_ROWS_MAX);
        break;
    case TOP_KEY_END:
        top_move(t, TOP_ROWS_MAX);
        break;
    case '\t':
        top_ui_switch(&t->ui, 1);
        break;
    case TOP_KEY_BACK_TAB:
        top_ui_switch(&t->ui, -1);
        break;
    default:
        top_command_key(t, key);
    }
}

static void
top_on_escape(uv_timer_t *timer)
{
    struct top *t = timer->data;

    top_key(t, top_keys_timeout(&t->keys));
    top_draw(t);
}

static void
top_on_input(uv_poll_t *input, int status, int events)
{
    struct top *t = input->data;
    char bytes[256];
    ssize_t n;

    (void)events;
    n = status < 0 ? 0 : read(STDIN_FILENO, bytes, sizeof(bytes));
    if (n <= 0) { /* the terminal is gone */
        top_end(t, EXIT_ERROR);
        return;
    }
    for (ssize_t i = 0; i < n && t->exit_code < 0; i++)
        top_key(t, top_keys_take(&t->keys, bytes[i]));
    if (t->exit_code >= 0)
        return;
    if (top_keys_is_waiting(&t->keys))
        uv_timer_start(&t->escape, top_on_escape, TOP_ESCAPE_MS, 0);
    else
        uv_timer_stop(&t->escape);
    top_draw(t);
}

/* --- the loop --- */

static void
top_on_view(void *arg)
{
    struct top *t = arg;

    if (!t->is_once) {
        top_draw(t);
        return;
    }
    if (top_feed_rounds(t->feed) >= TOP_ONCE_ROUNDS && t->exit_code < 0) {
        top_print(t);
        top_end(t, EXIT_FINISHED);
    }
}

/* The private Redis went, and there is no master that starts it again. */
static bool
top_is_over(const struct top *t)
{
    return !top_feed_is_up(t->feed) && top_feed_rounds(t->feed) > 0 &&
           t->crawl->folder && t->crawl->url.path &&
           folder_user(t->crawl->folder) != FOLDER_MASTER;
}

static void
top_on_tick(uv_timer_t *timer)
{
    struct top *t = timer->data;
    const struct top_view *v = top_feed_view(t->feed);

    if (t->question == TOP_ASKS_NOTHING && uv_now(&t->loop) >= t->note_until_ms)
        t->ui.note[0] = '\0';
    if (!t->is_once && top_is_over(t)) {
        t->is_over = true;
        top_end(t, EXIT_FINISHED);
        return;
    }
    if (t->is_once && uv_now(&t->loop) - t->begin_ms > TOP_ONCE_MS) {
        log_warnx("%s", v->trouble ? v->trouble : "Redis does not answer");
        top_end(t, EXIT_REDIS);
        return;
    }
    top_feed_tick(t->feed);
}

static void
top_resume(struct top *t)
{
    if (top_tty_open() != ERR_OK)
        top_end(t, EXIT_ERROR);
    top_forget_screen(t);
    top_draw(t);
}

static void
top_on_signal(uv_signal_t *handle, int number)
{
    struct top *t = handle->data;

    switch (number) {
    case SIGWINCH:
        top_draw(t);
        break;
    case SIGTSTP: /* Ctrl-Z: the shell gets its terminal as it was */
        top_tty_close();
        raise(SIGSTOP);
        break;
    case SIGCONT:
        top_tty_close(); /* also when it was SIGSTOP that stopped us */
        top_resume(t);
        break;
    case SIGINT:
        top_end(t, EXIT_SIGINT);
        break;
    default:
        top_end(t, EXIT_SIGTERM);
    }
}

static void
top_watch_signals(struct top *t)
{
    /* the last two only with a terminal of ours */
    static const int numbers[TOP_SIGNALS] = {SIGINT,   SIGTERM, SIGHUP,
                                             SIGWINCH, SIGTSTP, SIGCONT};
    int count = t->is_once ? 3 : TOP_SIGNALS;

    for (int i = 0; i < count; i++) {
        uv_signal_init(&t->loop, &t->signals[i]);
        t->signals[i].data = t;
        uv_signal_start(&t->signals[i], top_on_signal, numbers[i]);
    }
}

static struct top *top_on_terminal; /* for top_around() */

/* A message went over the screen: draw it anew, the message is in the log. */
static void
top_around(int is_after)
{
    if (is_after && top_on_terminal)
        top_forget_screen(top_on_terminal);
}

static void
top_close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static bool
top_open_terminal(struct top *t)
{
    if (top_tty_open() != ERR_OK) {
        log_warn("the terminal cannot be used; --once prints a snapshot");
        return false;
    }
    uv_poll_init(&t->loop, &t->input, STDIN_FILENO);
    t->input.data = t;
    uv_poll_start(&t->input, UV_READABLE, top_on_input);
    top_on_terminal = t;
    log_around(top_around);
    return true;
}

static void
top_loop(struct top *t, const struct top_feed_setup *setup)
{
    uv_timer_init(&t->loop, &t->tick);
    uv_timer_init(&t->loop, &t->escape);
    t->tick.data = t;
    t->escape.data = t;
    t->begin_ms = uv_now(&t->loop);
    top_watch_signals(t);
    if (!t->is_once && !top_open_terminal(t)) {
        t->exit_code = EXIT_ERROR;
    } else {
        t->feed = top_feed_open(setup);
        uv_timer_start(&t->tick, top_on_tick, t->is_once ? TOP_TICK_MS : 0,
                       TOP_TICK_MS);
        uv_run(&t->loop, UV_RUN_DEFAULT);
        top_feed_close(t->feed);
    }
    log_around(NULL);
    top_on_terminal = NULL;
    top_tty_close();
    uv_walk(&t->loop, top_close_handle, NULL);
    uv_run(&t->loop, UV_RUN_DEFAULT);
}

/* Whether Redis lets us ask INFO: an ACL may forbid it. */
static bool
top_has_info(struct command_crawl *crawl)
{
    redisReply *reply = redis_command(crawl->redis, "INFO", (char *)NULL);
    bool has_info = reply && reply->type == REDIS_REPLY_STRING;

    if (reply)
        freeReplyObject(reply);
    return has_info;
}

int
top_run(struct config *config, char **args, size_t count)
{
    struct top t = {.exit_code = -1};
    struct top_feed_setup setup;
    struct command_crawl crawl;
    int code = command_takes_none(count, "top");

    (void)args;
    if (code == EXIT_FINISHED)
        code = command_open(config, COMMAND_RUNNING, &crawl);
    if (code != EXIT_FINISHED)
        return code;
    if (uv_loop_init(&t.loop) != 0)
        fatalx("no event loop");
    t.crawl = &crawl;
    t.is_once = config->once || !top_tty_is_possible();
    t.is_color = color_is_wanted(config->color, STDOUT_FILENO);
    top_ui_init(&t.ui);
    setup =
        (struct top_feed_setup){.loop = &t.loop,
                                .url = &crawl.url,
                                .frontier = crawl.frontier,
                                .name = crawl.name,
                                .delay_ms = crawl.delay_ms,
                                .max_pages = (uint64_t)crawl.settings.max_pages,
                                .has_info = top_has_info(&crawl),
                                .on_view = top_on_view,
                                .arg = &t};
    top_loop(&t, &setup);
    uv_loop_close(&t.loop);
    top_grid_fini(&t.shown);
    if (t.is_over)
        printf("crawl %s has ended; %s/stats.json tells how\n", crawl.name,
               LOG_ESC(str_from(crawl.folder)));
    command_close(&crawl);
    return t.exit_code;
}
