/*
 * fetch - one HTTP request by libcurl, bounded on every side.
 *
 * A struct fetcher belongs to a thread: its curl multi handle on the thread's
 * loop (socket action) and a pool of easy handles.  A fetch follows no
 * redirect, decodes nothing, keeps no cookie (but see jar.h), sends what the
 * user gave to log in to its own origin only, and connects only to addresses
 * that it was given, each of them checked once more when the socket is made
 * (private ones are refused).  Never waits; done is called once, from the
 * loop, never from inside fetch_start().
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_FETCH_H
#define WORKER_FETCH_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/buf.h"
#include "common/config.h"
#include "common/outcome.h"
#include "common/stats.h"
#include "common/url.h"
#include "worker/bodies.h"
#include "worker/jar.h"
#include "worker/proxies.h"
#include "worker/rate.h"
#include "worker/resolve.h"

enum {
    FETCH_HEADERS_MAX = 64 * 1024, /* bytes of one answer's header */
    FETCH_HEADER_LINES_MAX = 200
};

struct fetcher;
struct fetch;
typedef void fetch_done_fn(void *arg, struct fetch *f);

/* What came of it; valid from done until fetch_end(). */
struct fetch_answer {
    enum outcome outcome; /* OK for any complete answer, also a 404 */
    int status;           /* of HTTP; 0: none came */
    struct buf headers;   /* as received, status line first, empty line last */
    struct buf body;      /* as received, transfer coding removed */
    bool is_cut;          /* the body is only the beginning */
    bool is_sent;         /* the request was on the wire */
    bool is_withheld;     /* it was not: the gate was shut, or we had no file */
    bool is_http2;
    bool is_new_connection;
    char address[64];   /* the peer's, without port; "" when none, or the
                           peer was a proxy */
    const char *proxy;  /* HOST[:PORT] of the one it went through, or NULL */
    int64_t started_us; /* wall clock */
    int64_t sent_ms;    /* monotonic: when the request went out, the
                           connection made; what a delay is counted from */
    int64_t took_ms;
    int os_error; /* errno of the connection that failed; 0: not known */
    bool is_by_proxy;
    char error[256]; /* libcurl's words, "" when fine */
};

enum err fetcher_new(uv_loop_t *loop, const struct config *c,
                     const char *user_agent, struct resolve *resolve,
                     struct stats *stats, struct fetcher **out,
                     char why[CONFIG_WHY_BYTES]) MUST_USE;
/*
 * Asked when a connection is there, just before each request goes out: false
 * withholds it.  A thread that slept may no longer be the one who may ask.
 */
typedef bool fetch_gate_fn(void *arg);
void fetcher_set_gate(struct fetcher *f, fetch_gate_fn *gate, void *arg);
/*
 * What all transfers of the process have in common: memory for bodies, and
 * open files, of which sockets are this thread's (0: no bound of its own).
 * Before the first fetch_start().
 */
void fetcher_set_bounds(struct fetcher *f, struct bodies *bodies,
                        size_t sockets);
/* The same of so many transfers at a time, at any time. */
void fetcher_set_sockets(struct fetcher *f, size_t connections, size_t sockets);
/* Those of the process, or NULL.  Before the first fetch_start(). */
void fetcher_set_proxies(struct fetcher *f, struct proxies *proxies);
/* The process's --limit-rate.  Before the first fetch_start(). */
void fetcher_set_rate(struct fetcher *f, struct rate *rate);
/* It was changed, by rate_set(). */
void fetcher_note_rate(struct fetcher *f);
/*
 * For people who look on: each line of what libcurl says of a connection, of
 * the request as it goes out, and of the answer's header.  The bytes are the
 * web's.  Before the first fetch_start().
 */
enum fetch_trace { FETCH_TRACE_TEXT, FETCH_TRACE_SENT, FETCH_TRACE_HEADER };
typedef void fetch_trace_fn(void *arg, enum fetch_trace what, struct str line);
void fetcher_set_trace(struct fetcher *f, fetch_trace_fn *trace, void *arg);
/*
 * Whether one more should be started: there is memory for its body, and it is
 * not just now that no file could be opened.
 */
bool fetcher_has_room(const struct fetcher *f);
bool fetcher_has_memory(const struct fetcher *f); /* the first of these */
/* All fetches must be ended; handles close with the loop. */
void fetcher_close(struct fetcher *f);

/*
 * Look up, connect, ask for url (copied), take at most max_body bytes.
 * address: connect to this one and no other; empty: look it up.
 */
struct fetch *fetch_start(struct fetcher *f, const struct url *url,
                          struct str address, size_t max_body,
                          fetch_done_fn *done, void *arg);
/*
 * The same, but only if it changed: what was said of the body that is known,
 * sent back byte for byte (RFC 9110 section 13.1).  Both are copied; empty:
 * none.  A line of --header with the same name comes instead.
 */
struct fetch_condition {
    struct str etag, modified;
};
struct fetch *fetch_start_if(struct fetcher *f, const struct url *url,
                             struct str address, size_t max_body,
                             const struct fetch_condition *condition,
                             fetch_done_fn *done, void *arg);
/* Right after fetch_start(): no body of a type that --accept-types has not. */
void fetch_limit_types(struct fetch *f);
/* Right after fetch_start(): its server is asked again at once. */
void fetch_is_first(struct fetch *f);
/*
 * Right after fetch_start(): its server is not asked again soon, as far as one
 * knows, so that others' connections are kept rather than this one.
 */
void fetch_is_last(struct fetch *f);
/* Right after fetch_start(): these cookies, of its URL's site. */
void fetch_lend_jar(struct fetch *f, const struct jar *jar);
/* Behind done: what the answer made of them. */
struct jar_news fetch_take_jar(struct fetch *f, struct jar *jar);
const struct fetch_answer *fetch_answer(const struct fetch *f);
/* Gives it back to the pool; before done it is cancelled, done not called. */
void fetch_end(struct fetch *f);

/* A decoded body of that many bytes is there too, until fetch_end(). */
void fetch_note_decoded(struct fetch *f, size_t bytes);

/* From its start on, in microseconds, each from the one before; 0: had none. */
struct fetch_times {
    int64_t connect_us;
    int64_t tls_us;
    int64_t first_byte_us; /* of the answer, from when we could send */
    int64_t rest_us;
};
void fetch_times(const struct fetch *f, struct fetch_times *out);

/* The value of the last header line of that name; p is NULL without one. */
struct str fetch_header(const struct fetch_answer *a, struct str name);
/* Whether --header has a line of the same name as line: it replaces ours. */
bool fetch_header_is_given(const struct config *c, const char *line);
/*
 * The request as it was sent, for the archive: appended to out.  Without what
 * is secret in it, log-in and cookies.
 */
enum err fetch_write_request(const struct fetch *f, struct buf *out) MUST_USE;

#endif
