/*
 * fetch_parts - what the files of fetch know of each other.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_FETCH_PARTS_H
#define WORKER_FETCH_PARTS_H

#include <curl/curl.h>

#include "common/credentials.h"
#include "worker/fetch.h"
#include "worker/fetch_curl.h"

enum { FETCH_MAGIC = 0x66746368 };

/* curl's sockets, in an epoll set that the loop watches. */
struct fetch_loop {
    uv_poll_t poll;   /* of the set */
    uv_timer_t timer; /* curl's */
    int epoll;
    int waited_for; /* sockets that curl wants to hear of */
    size_t count;
    struct fetch_socket *sockets; /* by file number */
};

struct fetcher {
    uv_loop_t *loop;
    const struct config *config;
    struct resolve *resolve;
    struct stats *stats;
    CURLM *multi;
    struct fetch_loop curl;
    uv_timer_t defer; /* for those that are done before they began */
    struct fetch *deferred;
    struct curl_slist *headers;
    struct curl_slist *own_headers; /* the same, and those with secrets */
    struct credentials *credentials;
    struct curl_slist *connect_to;
    struct buf request_head; /* what follows Host in each request */
    struct fetch *pool;
    struct bodies_share bodies;
    struct proxies *proxies;    /* or NULL */
    uint64_t no_proxy_until_ms; /* none answered: transfers wait */
    uint64_t starved_ms;        /* the pause; 0: the last socket was opened */
    uint64_t starved_until_ms;
    struct rate *rate;    /* or NULL: no limit ever */
    struct fetch *paused; /* for it, or for memory */
    uv_timer_t pace;      /* until the first of them goes on */
    fetch_gate_fn *gate;  /* or NULL: always open */
    void *gate_arg;
    struct fetch_tracer tracer;
    size_t sockets; /* open: of transfers, and of kept connections */
    size_t keep_last, keep_any; /* with more of them none is kept */
    size_t keep_most;           /* that curl itself knows of */
    size_t keep_tls;            /* with more that idle, none with TLS */
    size_t tls_sockets;         /* of those: with TLS */
    size_t tls_under_way;       /* of those: of transfers, not yet kept */
    unsigned handles;           /* that the loop has not closed yet */
    bool is_closed;
};

enum fetch_state {
    FETCH_LOOK_UP,  /* the resolver will call back */
    FETCH_RUNNING,  /* curl has it */
    FETCH_DEFERRED, /* the timer will finish it */
    FETCH_DONE      /* its owner has it, or the pool */
};

struct fetch_ftp;

struct fetch {
    unsigned magic;
    enum fetch_state state;
    struct fetcher *fetcher;
    CURL *easy;
    struct curl_slist *condition; /* its lines, then the fetcher's; or NULL */
    struct curl_slist *resolve;   /* in use by the running transfer */
    char pinned[300];             /* "host:port" put into curl's DNS cache */
    struct buf url;
    size_t header_lines;
    size_t max_body;
    size_t held;          /* bytes of the budget that count as this one's */
    bool has_login;       /* a user's name and password go with it */
    bool has_secrets;     /* the handle carries something for its URL alone */
    bool has_set_cookie;  /* the answer has */
    bool is_refused;      /* a private address */
    bool wants_types;     /* and the body of no other */
    bool is_header_whole; /* its empty line came */
    bool is_first;        /* another one follows at once */
    bool is_last;         /* no other will follow soon */
    bool is_closing;      /* its connection is not kept */
    bool is_tls_counted;  /* among those under way */
    bool is_ended; /* by its owner, before somebody who still knows of it */
    struct url parts;
    struct fetch_ftp *ftp; /* by that, not by curl; or NULL */
    struct proxy *proxy;   /* the one it goes through, or NULL */
    int64_t tried_ms;      /* when it was given to that one */
    bool is_proxy_failed;  /* and there was no other */
    int64_t paused_until_us;
    bool waits_for_memory;        /* paused for that */
    bool is_slowed;               /* by --limit-rate, once at least */
    struct fetch *after_paused;   /* among the paused */
    struct fetch **before_paused; /* NULL: it is none of them */
    int64_t started_ms;
    int64_t waits_since_ms; /* curl only waits for an answer; 0: not yet */
    fetch_done_fn *done;
    void *arg;
    struct fetch_answer answer;
    struct fetch *next; /* in the pool or among the deferred */
};

/* --- fetch_loop.c: f->curl --- */
/* f->multi is there.  ERR_IO: errno says why. */
enum err fetch_loop_open(struct fetcher *f) MUST_USE;
/* f->multi is gone; two handles of the loop are yet to be closed. */
void fetch_loop_close(struct fetcher *f, uv_close_cb on_closed);
/* A socket was opened for curl; it is about to be closed.  f->sockets counts
 * them, f->tls_sockets those for https. */
void fetch_loop_add(struct fetcher *f, int fd, bool is_tls);
void fetch_loop_drop(struct fetcher *f, int fd);

/* --- fetch_easy.c: f->easy --- */
/* One with the settings that are the same for every transfer, if none is. */
void fetch_easy_make(struct fetch *f);
/* Its transfer is over: ready for another one, or gone. */
void fetch_easy_unmake(struct fetch *f);
bool fetch_uses_http2(const struct config *c);
/* f->parts is there: what differs from URL to URL. */
void fetch_easy_aim(struct fetch *f);
/* The same transfer once more. */
void fetch_easy_renew(struct fetch *f);
/* The lines that ask only for what changed, before those of all requests. */
void fetch_condition_set(struct fetch *f, const struct fetch_condition *c);
void fetch_condition_end(struct fetch *f);
enum err fetch_condition_write(const struct fetch *f, struct buf *out) MUST_USE;
/* The header lines of all requests, and what --connect-to makes of them. */
enum err fetch_headers_make(struct fetcher *f, const char *user_agent) MUST_USE;

/*
 * A piece of the body: false when it is one too many, the answer's outcome
 * says so then.
 */
bool fetch_take_body(struct fetch *f, const char *bytes, size_t n);
/* Whether an address may be connected to; else f knows that it was refused. */
bool fetch_may_connect(struct fetch *f, const struct sockaddr *address);

/* --- fetch.c --- */
/* Its owner is told. */
void fetch_finish(struct fetch *f);
/* The same from the next turn of the loop on. */
void fetch_defer(struct fetch *f, enum outcome outcome, const char *error);
/* No file was to be had. */
void fetch_starve(struct fetch *f);

/* --- fetch_ftp.c: f->parts is an ftp URL, f->proxy NULL --- */
/* addresses: of its host, as the resolver has them. */
void fetch_ftp_launch(struct fetch *f, struct str addresses, unsigned port);
/* --limit-rate. */
void fetch_ftp_pause(struct fetch *f, bool is_paused);
void fetch_ftp_times(const struct fetch *f, struct fetch_times *out);
/* Breaks it off if it still runs. */
void fetch_ftp_end(struct fetch *f);

/* --- fetch_keep.c --- */
/* That many connections may be open. */
void fetch_keep_set(struct fetcher *f, size_t sockets);
/* It is given to curl; curl is done with it. */
void fetch_keep_begin(struct fetch *f);
void fetch_keep_end(struct fetch *f);
/* Its answer's header is there: whether to keep its connection behind it. */
void fetch_keep_judge(struct fetch *f);
/* For the next transfer of its handle. */
void fetch_keep_reset(struct fetch *f);

/* --- fetch_secrets.c --- */
/* Behind fetch_headers_make(). */
enum err fetch_secrets_make(struct fetcher *f,
                            char why[CONFIG_WHY_BYTES]) MUST_USE;
/* What the transfer carries for f->parts alone, when anything is given. */
void fetch_secrets_set(struct fetch *f);
/* Those that curl is done with go on to their owners. */
void fetch_collect(struct fetcher *fetcher);

/* --- fetch_rate.c --- */
bool fetch_rate_has_room(const struct fetcher *f);
/* A buffer for libcurl at that rate, at most usual; and a socket's. */
size_t fetch_rate_buffer(int64_t rate, size_t usual);
void fetch_rate_socket(int64_t rate, int fd);
/* 0: no limit. */
int64_t fetch_rate_bytes_s(const struct fetcher *f);
/* Bytes a second below which a transfer drips: --speed-limit, as a rule. */
long fetch_rate_least(const struct fetcher *f);
/* So many bytes came, and there is a limit. */
void fetch_rate_take(struct fetch *f, size_t bytes);

/* --- fetch_pause.c: f->paused_until_us --- */
int64_t fetch_now_us(void);
void fetch_pause_until(struct fetch *f, int64_t until_us);
/* Nobody of them waits for longer. */
void fetch_pause_hasten(struct fetcher *fetcher, int64_t until_us);
/* Whether f has to wait for memory for its next n bytes: then it is as if its
 * transfer had been told to pause. */
bool fetch_pause_for_memory(struct fetch *f, size_t n);
/* Some is free. */
void fetch_pause_memory_freed(struct fetcher *fetcher);
/* f is done. */
void fetch_pause_forget(struct fetch *f);

/* --- fetch_proxy.c: f->parts is there, f->started_ms too --- */
void fetch_proxy_begin(struct fetch *f);
/* addresses that f->proxy may connect to; false: none of them. */
bool fetch_proxy_filter(const struct fetch *f, struct str addresses,
                        struct buf *out);
/* curl is done with f, which has a proxy: whether another one is to try. */
bool fetch_proxy_again(struct fetch *f, CURLcode code);
/* Then, of one that has not come to OUTCOME_OK by itself. */
enum outcome fetch_proxy_outcome(const struct fetch *f, CURLcode code);

#endif
