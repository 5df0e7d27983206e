/*
 * tune - "master tune": what processes, threads and connections bring.
 *
 * A cell is one crawl of the sample with one setting; the grid is all of them,
 * the serial one (1 x 1 x 1) first, then by rising number of transfers at a
 * time.  tune_grid.c thinks (pure), tune_run.c runs a cell, tune_text.c and
 * tune_html.c write, tune.c is the command.
 *
 * Speed-up is by pages a second, not by seconds, so that a cell that was cut
 * at --max-time counts for what it was: the serial crawl of 500 real sites
 * takes 40 minutes, which nobody waits for.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TUNE_H
#define MASTER_TUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/buf.h"
#include "common/config.h"
#include "common/err.h"

enum { TUNE_CELLS_MAX = 512, TUNE_WHY_BYTES = 256, TUNE_NAME_BYTES = 48 };

/* What failed, by class; the last takes what no other has. */
#define TUNE_CLASSES_TABLE(X)        \
    X(DNS, "dns", "names")           \
    X(CONNECT, "connect", "connect") \
    X(TIMEOUT, "timeout", "timeout") \
    X(TLS, "tls", "tls")             \
    X(BUSY, "busy", "429/503")       \
    X(HTTP_4XX, "http_4xx", "4xx")   \
    X(HTTP_5XX, "http_5xx", "5xx")   \
    X(OTHER, "other", "other")

enum tune_class {
#define TUNE_CLASS_ENUM(name, key, words) TUNE_##name,
    TUNE_CLASSES_TABLE(TUNE_CLASS_ENUM)
#undef TUNE_CLASS_ENUM
        TUNE_CLASSES
};
const char *tune_class_key(enum tune_class c);   /* in the CSV */
const char *tune_class_words(enum tune_class c); /* a column's head */

enum tune_state {
    TUNE_WAITS,
    TUNE_DONE,
    TUNE_CUT,   /* at --max-time: its rates count, its seconds are the bound */
    TUNE_FAILED /* the crawl did not work: why says how */
};
const char *tune_state_word(enum tune_state s);

struct tune_cell {
    int64_t procs, threads, connections;
    enum tune_state state;
    char why[TUNE_WHY_BYTES];
    /* From the first request to the last answer, as the log says: what is
     * measured; and with the start of Redis and workers, and the end. */
    uint64_t crawl_ms, elapsed_ms;
    uint64_t answer_ms; /* of one answer, the median */
    uint64_t pages, finished, errors;
    uint64_t classes[TUNE_CLASSES];
    uint64_t cpu_us;       /* of master, workers and Redis, user and system */
    uint64_t memory_bytes; /* of all of them, at the most */
};

struct tune_grid {
    struct tune_cell cells[TUNE_CELLS_MAX];
    size_t count;
};

/*
 * All combinations, each once, in the order of running; the serial cell is
 * added when it is not one of them.  ERR_TOO_BIG: more than TUNE_CELLS_MAX.
 */
struct tune_numbers {
    int64_t v[CONFIG_NUMBERS];
    size_t n;
};
enum err tune_grid_make(struct tune_grid *g, const struct tune_numbers *procs,
                        const struct tune_numbers *threads,
                        const struct tune_numbers *connections) MUST_USE;

/* Transfers at a time. */
uint64_t tune_transfers(const struct tune_cell *c);
bool tune_is_measured(const struct tune_cell *c);
bool tune_is_serial(const struct tune_cell *c);
double tune_pages_per_s(const struct tune_cell *c); /* 0: not measured */
double tune_error_share(const struct tune_cell *c); /* of what was finished */
double tune_cpu_ms_per_page(const struct tune_cell *c);
/* Over the serial cell; 0: that, or this, has no pages. */
double tune_speed_up(const struct tune_grid *g, const struct tune_cell *c);
/* What the cell would take for all of sites; its own time if it was not cut. */
uint64_t tune_whole_ms(const struct tune_cell *c, uint64_t sites);

/* What the measured cells tell; indices of cells, or g->count for none. */
struct tune_verdict {
    size_t fastest;
    /* Within 5 % of the fastest without more errors, the one with the fewest
     * transfers: the best setting. */
    size_t best;
    /* Beyond it nothing is a tenth faster. */
    size_t knee;
    /* From here on more fails than with fewer transfers, by more than chance;
     * only where something fails. */
    size_t errors_from;
};
void tune_judge(const struct tune_grid *g, struct tune_verdict *out);

/*
 * How long the cells that still wait will take, at most about: each as long as
 * the measured one that is nearest by transfers, in proportion if that has
 * more of them, but not beyond max_ms; and the rests between them.
 */
uint64_t tune_eta_ms(const struct tune_grid *g, uint64_t max_ms,
                     uint64_t rest_ms);

/* "4 x 5 x 8", and "p4-t5-c8" for files. */
const char *tune_name(const struct tune_cell *c, char out[TUNE_NAME_BYTES]);
const char *tune_file(const struct tune_cell *c, char out[TUNE_NAME_BYTES]);

/* --- running a cell --- */

struct tune_runner {
    const struct config *config; /* what is given goes through to the crawl */
    const char *folder;          /* for what is kept: a stats.json a cell */
    const char *list;            /* the sample */
    uint64_t max_ms;
    /* Called a few times a second with the time since the crawl began. */
    void (*tick)(void *arg, uint64_t elapsed_ms);
    void *arg;
    int stop_signal; /* SIGINT or the like came: 0 or its number */
};

/* The signals that stop are blocked from here on, and taken by tune_pause(). */
void tune_open_signals(void);
/*
 * Wait for about so long, or until a signal that stops comes: then it is in
 * r->stop_signal.
 */
void tune_pause(struct tune_runner *r, uint64_t ms);
/*
 * Run the crawl and fill the cell's figures in; its state stays TUNE_WAITS
 * when a signal stopped it.
 */
void tune_run_cell(struct tune_runner *r, struct tune_cell *c);

/* --- what is written --- */

struct tune_view {
    const struct tune_grid *grid;
    struct tune_verdict verdict;
    const char *name; /* of the list */
    const char *user_agent;
    uint64_t sites, sites_all; /* of the sample; of the list */
    uint64_t max_ms, rest_ms;
    int64_t now_ms; /* since 1970 */
    bool is_whole;  /* all cells are measured */
};

enum { TUNE_TEXT_BYTES = 1 << 16 };
void tune_text_head(struct buf *out);
int tune_decimals(uint64_t ms); /* of its seconds */
void tune_text_row(const struct tune_view *v, const struct tune_cell *c,
                   struct buf *out);
/* The best setting and the like, in sentences, a line each. */
void tune_text_verdict(const struct tune_view *v, struct buf *out);
void tune_csv(const struct tune_view *v, FILE *out);
void tune_html(const struct tune_view *v, FILE *out);

#endif
