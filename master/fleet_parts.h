/*
 * fleet_parts - what fleet.c and fleet_host.c share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_FLEET_PARTS_H
#define MASTER_FLEET_PARTS_H

#include "master/fleet.h"
#include "master/fleet_command.h"
#include "master/fleet_words.h"

enum { FLEET_TEXT_BYTES = 768 };

/* Another machine, and how its workers fare. */
struct fleet_host {
    const struct hosts_row *row;
    struct fleet_command command;
    bool is_sized;     /* as many places as it shall have */
    unsigned starting; /* places whose worker has not said who it is */
    uint64_t start_at_ms, pause_ms, failed_ms; /* of failed starts */
    char trouble[FLEET_TEXT_BYTES];            /* "", or what was said last */
    struct fleet_host_view view;
};

/*
 * A place in the fleet: a worker that runs, or the pause before the next.  It
 * is busy from the start of its process until that has ended and all that it
 * said has been read.
 */
struct fleet_place {
    struct fleet *fleet;
    struct fleet_host *host; /* NULL: on this machine */
    uv_process_t process;
    uv_pipe_t in, out, err; /* of ssh; err also of a worker on_words is for */
    unsigned handles;       /* of these four, the open ones */
    bool is_busy;
    bool is_up; /* it is a worker that runs; ssh only when it said so */
    long pid;   /* 0: the process has ended, or none was started */
    long ended_pid;
    int64_t status; /* how it ended */
    int signal_number;
    unsigned stops; /* how often it was told to end */
    uint64_t spawned_ms, up_ms, ended_ms, start_at_ms, pause_ms;
    char identity[FLEET_IDENTITY_BYTES]; /* of a worker behind ssh */
    struct fleet_words words, answer;    /* from its err and its out */
};

struct fleet {
    uv_loop_t *loop;
    struct fleet_options options;
    struct fleet_command here;
    struct fleet_place **places;
    size_t places_count;
    struct fleet_host *hosts;
    size_t hosts_count;
    bool is_stopping;
    bool is_disk;
    bool is_refused; /* one does not take its options: no other will */
    unsigned quick;  /* quick deaths in a row, of all */
    size_t deaths;
    size_t handles; /* open ones, that must close before the memory goes */
    bool is_freed;
    uint64_t alive_ms; /* when a worker was last seen to run; 0: never yet */
    char last_words[128];
};

/* --- fleet.c --- */
void fleet_add_place(struct fleet *f, struct fleet_host *host);
/* The pause before its next start; is_page: a page is to blame. */
void fleet_plan_next(struct fleet_place *p, uint64_t ran_ms, bool is_page);

/* --- fleet_host.c --- */
void fleet_host_open(struct fleet *f,
                     const struct fleet_command_options *start);
/* Whether one more worker may be tried there now. */
bool fleet_host_may_start(const struct fleet_host *h, uint64_t now_ms);
/* A line of its stdout: its worker has said who it is, or nothing of ours. */
void fleet_host_answer(void *place, struct str line);
/* A line of its stderr. */
void fleet_host_words(void *place, struct str line);
/* Its ssh has ended, everything is read: say how, plan the next. */
void fleet_host_over(struct fleet_place *p);

#endif
