/*
 * command - how "master COMMAND" finds the crawl it is about.
 *
 * With --redis that Redis has it.  Else it is in the private Redis of a
 * folder: --output, or ./NAME with --name, or the current folder, or the only
 * crawl's folder in it.  A private Redis that runs is used as it is, without
 * its master's lock; one that does not run is started for the command, under
 * that lock, and stopped behind it.  Without --name the crawl is the only one
 * that is there.
 *
 * One thread, no loop of its own: everything here waits.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_COMMAND_H
#define MASTER_COMMAND_H

#include "common/config.h"
#include "common/frontier.h"
#include "common/frontier_look.h"
#include "common/redis.h"
#include "master/folder.h"

/* What a command says when the crawl's private Redis does not run. */
enum command_need {
    COMMAND_RUNNING, /* "is not running": nothing to be done */
    COMMAND_STARTS   /* nothing: it is started for as long as it takes */
};

struct command_server; /* opaque: the private Redis that was started */

struct command_crawl {
    char name[FOLDER_NAME_MAX + 1];
    char *folder; /* absolute; with --redis it may be NULL, or elsewhere's */
    struct redis_url url; /* for a connection of one's own */
    struct redis *redis;  /* scripts are loaded */
    struct frontier *frontier;
    /* the crawl's as Redis has them, and as "master change" changed them */
    struct config settings;
    struct live live;   /* what it changed */
    int64_t delay_ms;   /* --delay without that */
    redisReply *stored; /* HGETALL crawl:NAME, see command_field() */
    struct buf request; /* for command_ask() */
    struct command_server *server;
};

/* For commands without arguments: EXIT_USAGE after having said so. */
int command_takes_none(size_t count, const char *command) MUST_USE;

/*
 * Find the crawl and connect.  EXIT_FINISHED, or an exit code after having
 * said why: EXIT_REDIS: Redis is not there; EXIT_ERROR: no such crawl.  Only
 * on EXIT_FINISHED call command_close(), which also ends what was started.
 */
int command_open(const struct config *config, enum command_need need,
                 struct command_crawl *out) MUST_USE;
void command_close(struct command_crawl *c);

/* A field of crawl:NAME as it was at command_open(); STR_NONE without it. */
struct str command_field(const struct command_crawl *c, const char *name);

/* site_init() as the crawl has its sites; end it with site_fini(). */
void command_open_sites(const struct command_crawl *c);

/*
 * Send the one request that was formed in c->request and empty that; the
 * reply is the caller's to end with freeReplyObject().  ERR_REDIS when the
 * connection broke or Redis refused, which is said then.
 */
enum err command_ask(struct command_crawl *c, redisReply **reply) MUST_USE;

/*
 * The same for count requests that were formed one behind the other; an error
 * reply is a reply here.
 */
enum err command_ask_all(struct command_crawl *c, redisReply **replies,
                         size_t count) MUST_USE;

/* The exit code for what a reader made of a reply: an odd one is said. */
int command_read(enum err e);
/* What the frontier knows of a site; an exit code, having said why. */
int command_ask_site(struct command_crawl *c, struct str site,
                     struct frontier_site *out);

/*
 * SIGINT, SIGTERM or SIGHUP came while a Redis that this command started must
 * still be stopped: to be asked in loops that may take long.  Where nothing
 * was started signals end the process as ever.
 */
bool command_is_stopped(void);
/* EXIT_SIGINT or EXIT_SIGTERM once that is so, else code. */
int command_exit_code(int code);

#endif
