/*
 * One file or folder by FTP: RFC 959 and 2428, as a transfer of HTTP's shape.
 *
 * Not by libcurl: within its multi interface libcurl 7.88 waits for the reply
 * behind a transfer, and for that to QUIT, with the whole loop.  It is less
 * here, too: no active mode (a server never connects to us), and data comes
 * from the address that the replies come from, whatever a 227 says.
 *
 * A connection serves one transfer.  What of the path is no folder and no
 * file is asked for once more as a folder: "/pub" is redirected to "/pub/".
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/fetch_parts.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "worker/fetch_ftp_parts.h"

enum {
    FTP_TICK_MS = 100,
    /* No server gives data on one of those: they belong to other services. */
    FTP_DATA_PORT_MIN = 1024
};

static int64_t
ftp_now_us(void)
{
    return (int64_t)(uv_hrtime() / 1000);
}

/* --- its end --- */

void
ftp_say(struct fetch_ftp *ftp, enum fetch_trace what, struct str line)
{
    const struct fetch_tracer *tracer = &ftp->fetch->fetcher->tracer;

    if (tracer->trace)
        tracer->trace(tracer->arg, what, line);
}

/* What came as an answer: its status, and a head of our making. */
static void
ftp_answer(struct fetch_ftp *ftp, int status)
{
    struct fetch_answer *a = &ftp->fetch->answer;
    const char *type = ftp_body_type(buf_str(&a->body), !ftp->path.has_file);
    enum err e;

    a->status = status;
    e = buf_addf(&a->headers, "FTP %d\r\n", ftp->code);
    if (e == ERR_OK && status == 200)
        e = buf_addf(&a->headers, "Content-Type: %s\r\n", type);
    if (e == ERR_OK && status == 301)
        e = buf_addf(&a->headers, "Location: %.*s/\r\n",
                     STR_ARG(ftp->fetch->parts.target));
    if (e == ERR_OK)
        e = buf_addf(&a->headers, "\r\n");
    if (e != ERR_OK) /* it has 64 KB */
        buf_reset(&a->headers);
    if (status > 0)
        snprintf(a->address, sizeof(a->address), "%s", ftp->peer_text);
}

/* The transfer is over: nothing of ftp may be touched behind it. */
void
ftp_finish(struct fetch_ftp *ftp, enum outcome outcome, int status)
{
    struct fetch *f = ftp->fetch;
    struct fetch_answer *a = &f->answer;
    char error[sizeof(a->error)];

    if (ftp->control && ftp->step > FTP_GREETING)
        ftp_socket_send(ftp->control, STR("QUIT\r\n"));
    ftp_socket_drop(&ftp->control);
    ftp_socket_drop(&ftp->data);
    uv_timer_stop(&ftp->clock);
    fetch_pause_forget(f);
    if (a->outcome == OUTCOME_OK) /* else the body said it */
        a->outcome = outcome;
    if (a->outcome != OUTCOME_OK && a->body.n > 0) {
        a->is_cut = true;
        status = 200;
    }
    ftp_answer(ftp, status);
    if (a->outcome == OUTCOME_OK)
        f->fetcher->starved_ms = 0;
    if (status == 200)
        a->error[0] = a->outcome == OUTCOME_OK ? '\0' : a->error[0];
    a->is_new_connection = true;
    ftp->times.rest_us = ftp_now_us() - ftp->begun_us - ftp->times.connect_us -
                         ftp->times.first_byte_us;
    if (f->max_body == f->fetcher->bodies.largest && status > 0)
        bodies_learn(&f->fetcher->bodies, a->body.n * 2);
    stats_add(f->fetcher->stats, STAT_bytes_received, (int64_t)a->body.n);
    if (f->state == FETCH_RUNNING) {
        fetch_finish(f);
        return;
    }
    snprintf(error, sizeof(error), "%s", a->error);
    fetch_defer(f, a->outcome, error);
}

/* It broke; why in words. */
void
ftp_break(struct fetch_ftp *ftp, const char *why)
{
    snprintf(ftp->fetch->answer.error, sizeof(ftp->fetch->answer.error), "%s",
             why);
    ftp_finish(ftp, OUTCOME_BROKEN, 0);
}

static void
ftp_remember(struct fetch_ftp *ftp, const struct ftp_reply *reply)
{
    ftp->code = reply->code;
    snprintf(ftp->last, sizeof(ftp->last), "%.*s", STR_ARG(reply->line));
}

/* The reply ends it, for good or ill. */
static void
ftp_end_by(struct fetch_ftp *ftp, const struct ftp_reply *reply)
{
    struct fetch_answer *a = &ftp->fetch->answer;
    int status = ftp_reply_status(reply->code);

    ftp->code = reply->code;
    snprintf(a->error, sizeof(a->error), "%.*s",
             (int)(reply->line.n < 200 ? reply->line.n : 200), reply->line.p);
    if (status == 0 || (status != 200 && a->body.n > 0))
        ftp_finish(ftp, OUTCOME_BROKEN, 0);
    else
        ftp_finish(ftp, OUTCOME_OK, status);
}

/* --- commands --- */

/* "RETR name": whatever name is, it is one command. */
static void
ftp_command(struct fetch_ftp *ftp, enum ftp_step step, const char *verb,
            struct str argument)
{
    struct buf *line = &ftp->line;
    bool is_secret = step == FTP_PASS;
    enum err e;

    buf_reset(line);
    for (size_t i = 0; i < argument.n; i++)
        if (argument.p[i] == '\r' || argument.p[i] == '\n' ||
            argument.p[i] == '\0') {
            ftp_break(ftp, "a line end in a command");
            return;
        }
    e = buf_addf(line, argument.n > 0 ? "%s %.*s" : "%s", verb,
                 STR_ARG(argument));
    ftp_say(ftp, FETCH_TRACE_SENT,
            is_secret ? STR("PASS (hidden)") : buf_str(line));
    if (e == ERR_OK)
        e = buf_add(line, "\r\n", 2);
    ftp->step = step;
    if (e != ERR_OK || !ftp_socket_send(ftp->control, buf_str(line)))
        ftp_break(ftp, "no command could be sent");
}

/* Just before the request: whether it may still be sent. */
static bool
ftp_is_let(struct fetch_ftp *ftp)
{
    const struct fetcher *fetcher = ftp->fetch->fetcher;

    if (fetcher->gate == NULL || fetcher->gate(fetcher->gate_arg))
        return true;
    ftp->fetch->answer.is_withheld = true;
    ftp_finish(ftp, OUTCOME_BROKEN, 0);
    return false;
}

static void
ftp_log_in(struct fetch_ftp *ftp)
{
    struct fetch *f = ftp->fetch;
    struct credential mine = {0};

    if (!ftp_is_let(ftp))
        return;
    if (credentials_are_given(f->fetcher->credentials))
        mine = credentials_find(f->fetcher->credentials, &f->parts);
    f->has_login = mine.user != NULL;
    ftp->password = mine.user ? mine.password : "weft@"; /* RFC 1635, 3 */
    f->answer.is_sent = true;
    f->answer.sent_ms = ftp_now_us() / 1000;
    if (f->has_login)
        stats_add(f->fetcher->stats, STAT_logins_sent, 1);
    ftp_command(ftp, FTP_USER, "USER",
                str_from(mine.user ? mine.user : "anonymous"));
}

/* Into the next folder of the path, or on to what is to be had there. */
static void
ftp_go_on(struct fetch_ftp *ftp)
{
    if (ftp->changed < ftp->path.folders) {
        ftp->changed++;
        ftp_command(ftp, FTP_CWD, "CWD", ftp_path_next(&ftp->path, &ftp->at));
        return;
    }
    ftp_command(ftp, FTP_EPSV, "EPSV", STR_NONE);
}

static void
ftp_ask(struct fetch_ftp *ftp)
{
    size_t at = ftp->at;

    if (!ftp_is_let(ftp))
        return;
    ftp->asked_us = ftp_now_us();
    ftp->fetch->answer.sent_ms = ftp->asked_us / 1000;
    ftp->window_us = ftp->asked_us;
    if (ftp->path.has_file) /* without a name: "-l" would be an option */
        ftp_command(ftp, FTP_GET, "RETR", ftp_path_next(&ftp->path, &at));
    else
        ftp_command(ftp, FTP_GET, "LIST", STR_NONE);
}

/* --- data --- */

static void
ftp_try_end(struct fetch_ftp *ftp)
{
    struct ftp_reply reply = {ftp->code, str_from(ftp->last)};

    if (ftp->step != FTP_GET || !ftp->is_data_over)
        return;
    if (ftp->code != 0)
        ftp_end_by(ftp, &reply);
    else if (ftp->control == NULL)
        ftp_break(ftp, "the server closed the connection");
}

/* With --accept-types, as soon as the first bytes tell what it is. */
static bool
ftp_is_wanted(struct fetch_ftp *ftp, bool is_whole)
{
    struct fetch *f = ftp->fetch;
    struct fetch_answer *a = &f->answer;

    if (!f->wants_types || ftp->is_type_known || !ftp->path.has_file ||
        (!is_whole && a->body.n < FTP_TYPE_BYTES))
        return true;
    ftp->is_type_known = true;
    if (media_types_take(&f->fetcher->config->accept_types,
                         str_from(ftp_body_type(buf_str(&a->body), false))))
        return true;
    a->outcome = OUTCOME_BAD_TYPE;
    return false;
}

static void
ftp_on_data(void *arg, struct ftp_socket *s, ssize_t n, const char *bytes)
{
    struct fetch_ftp *ftp = arg;
    struct fetch *f = ftp->fetch;

    (void)s;
    if (ftp->times.first_byte_us == 0)
        ftp->times.first_byte_us = ftp_now_us() - ftp->asked_us;
    if (n > 0) {
        ftp->window_bytes += (size_t)n;
        if (!fetch_take_body(f, bytes, (size_t)n) || !ftp_is_wanted(ftp, false))
            ftp_finish(ftp, f->answer.outcome, 200);
        return;
    }
    ftp_socket_drop(&ftp->data);
    ftp->is_data_over = true;
    if (n != UV_EOF) {
        f->answer.os_error = (int)-n;
        ftp_break(ftp, uv_strerror((int)n));
    } else if (!ftp_is_wanted(ftp, true)) {
        ftp_finish(ftp, f->answer.outcome, 200);
    } else {
        ftp_try_end(ftp);
    }
}

static void
ftp_on_data_open(void *arg, struct ftp_socket *s, int error)
{
    struct fetch_ftp *ftp = arg;
    char why[128];

    if (error == 0) {
        if (ftp_socket_read(s, true, ftp_on_data))
            ftp_ask(ftp);
        else
            ftp_break(ftp, "no data could be read");
        return;
    }
    snprintf(why, sizeof(why), "no data connection: %s", uv_strerror(error));
    ftp->fetch->answer.os_error = -error;
    ftp_break(ftp, why);
}

static void
ftp_open_data(struct fetch_ftp *ftp, uint16_t port)
{
    struct sockaddr_storage to = ftp->peer;
    struct fetch *f = ftp->fetch;

    if (port < FTP_DATA_PORT_MIN) {
        ftp_break(ftp, "no usable port for data in the reply");
        return;
    }
    if (to.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&to)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)&to)->sin_port = htons(port);
    ftp->step = FTP_OPEN;
    switch (ftp_socket_open(ftp, (struct sockaddr *)&to, ftp_on_data_open,
                            &ftp->data)) {
    case 0:
        break;
    case UV_EACCES:
        snprintf(f->answer.error, sizeof(f->answer.error), "%s",
                 outcome_words(OUTCOME_PRIVATE));
        ftp_finish(ftp, OUTCOME_PRIVATE, 0);
        break;
    case UV_EMFILE:
    case UV_ENFILE:
        fetch_starve(f);
        ftp_break(ftp, "no file for data");
        break;
    default:
        ftp_break(ftp, "no data connection");
    }
}

/* --- replies --- */

/*
 * Not the file that was asked for: a folder of that name is, by a redirect,
 * another page.  Of a URL with a type, or a query, it was no guess.
 */
static bool
ftp_may_be_folder(const struct fetch_ftp *ftp, int code)
{
    return ftp->path.has_file && !ftp->path.is_typed && code >= 500 &&
           code != 530 && ftp->fetch->parts.query.p == NULL &&
           ftp->fetch->answer.body.n == 0;
}

static void
ftp_on_get_reply(struct fetch_ftp *ftp, const struct ftp_reply *reply)
{
    size_t at = ftp->at;

    ftp_remember(ftp, reply);
    if (!ftp->is_begun && ftp_may_be_folder(ftp, reply->code)) {
        ftp_socket_drop(&ftp->data);
        ftp_command(ftp, FTP_FOLDER_TOO, "CWD", ftp_path_next(&ftp->path, &at));
        return;
    }
    if (reply->code >= 400 && !ftp->is_begun) /* no data will come */
        ftp_end_by(ftp, reply);
    else
        ftp_try_end(ftp);
}

/* A folder it is: "Location". */
static void
ftp_on_folder_reply(struct fetch_ftp *ftp, const struct ftp_reply *reply)
{
    struct ftp_reply first = {ftp->code, str_from(ftp->last)};

    if (reply->code < 200 || reply->code > 299) {
        ftp_end_by(ftp, &first);
        return;
    }
    ftp->code = reply->code;
    ftp_finish(ftp, OUTCOME_OK, 301);
}

static void
ftp_on_passive_reply(struct fetch_ftp *ftp, const struct ftp_reply *reply)
{
    bool is_v4 = ftp->peer.ss_family == AF_INET;

    if (reply->code == (ftp->step == FTP_EPSV ? 229 : 227))
        ftp_open_data(ftp, ftp_reply_port(reply));
    else if (ftp->step == FTP_EPSV && reply->code >= 500 && is_v4)
        ftp_command(ftp, FTP_PASV, "PASV", STR_NONE);
    else
        ftp_end_by(ftp, reply);
}

static void
ftp_on_reply(struct fetch_ftp *ftp, const struct ftp_reply *reply)
{
    bool is_good = reply->code >= 200 && reply->code <= 299;

    ftp_say(ftp, FETCH_TRACE_HEADER, reply->line);
    if (reply->code <= 199) { /* more is to come */
        ftp->is_begun = ftp->step == FTP_GET;
        return;
    }
    if (reply->code == 421 && !ftp->is_begun) {
        ftp_end_by(ftp, reply);
        return;
    }
    switch (ftp->step) {
    case FTP_GREETING:
        is_good ? ftp_log_in(ftp) : ftp_end_by(ftp, reply);
        break;
    case FTP_USER:
        if (reply->code == 331)
            ftp_command(ftp, FTP_PASS, "PASS", str_from(ftp->password));
        else if (is_good)
            ftp_command(ftp, FTP_TYPE, "TYPE", str_from(ftp->type));
        else
            ftp_end_by(ftp, reply);
        break;
    case FTP_PASS:
        if (is_good)
            ftp_command(ftp, FTP_TYPE, "TYPE", str_from(ftp->type));
        else
            ftp_end_by(ftp, reply);
        break;
    case FTP_TYPE:
    case FTP_CWD:
        is_good ? ftp_go_on(ftp) : ftp_end_by(ftp, reply);
        break;
    case FTP_EPSV:
    case FTP_PASV:
        ftp_on_passive_reply(ftp, reply);
        break;
    case FTP_OPEN:
        ftp_end_by(ftp, reply);
        break;
    case FTP_GET:
        ftp_on_get_reply(ftp, reply);
        break;
    case FTP_FOLDER_TOO:
        ftp_on_folder_reply(ftp, reply);
        break;
    default:
        ftp_break(ftp, "a reply that nobody asked for");
    }
}

static void
ftp_on_control(void *arg, struct ftp_socket *s, ssize_t n, const char *bytes)
{
    struct fetch_ftp *ftp = arg;
    struct str rest = {bytes, n > 0 ? (size_t)n : 0};
    struct ftp_reply reply;
    enum err e = ERR_NOT_FOUND;

    if (n < 0 && ftp->is_begun && ftp->data) { /* which may hold bytes yet */
        ftp_socket_drop(&ftp->control);
        return;
    }
    if (n < 0) {
        ftp->fetch->answer.os_error = n == UV_EOF ? 0 : (int)-n;
        ftp_break(ftp, n == UV_EOF ? "the server closed the connection"
                                   : uv_strerror((int)n));
        return;
    }
    /* a reply may end the transfer, and its socket with it */
    while (ftp->control == s &&
           (e = ftp_reply_next(&ftp->replies, &rest, &reply)) == ERR_OK)
        ftp_on_reply(ftp, &reply);
    if (ftp->control == s && e == ERR_INVALID)
        ftp_break(ftp, "no FTP: a reply without a code");
    else if (ftp->control == s && e == ERR_TOO_BIG)
        ftp_finish(ftp, OUTCOME_HEADERS_BIG, 0);
}

/* --- the connection --- */

static void ftp_on_open(void *arg, struct ftp_socket *s, int error);

/* The next of the addresses; when there is none left, that is the end. */
static void
ftp_connect(struct fetch_ftp *ftp)
{
    struct fetch *f = ftp->fetch;
    int error = 0;

    ftp_socket_drop(&ftp->control);
    while (ftp->addresses.n > 0) {
        struct str one = str_cut(&ftp->addresses, ',');

        if (!ftp_address(one, ftp->port, &ftp->peer, ftp->peer_text))
            continue;
        ftp->tried_us = ftp_now_us();
        error = ftp_socket_open(ftp, (struct sockaddr *)&ftp->peer, ftp_on_open,
                                &ftp->control);
        if (error == 0)
            return;
        if (error == UV_EMFILE || error == UV_ENFILE) {
            fetch_starve(f);
            break;
        }
        if (error == UV_EACCES) /* by our own rules */
            error = 0;
        else
            f->answer.os_error = -error;
    }
    if (f->answer.error[0] == '\0')
        snprintf(f->answer.error, sizeof(f->answer.error), "%s",
                 f->is_refused ? outcome_words(OUTCOME_PRIVATE)
                 : error != 0  ? uv_strerror(error)
                               : "no address to connect to");
    ftp_finish(ftp,
               ftp->is_late                               ? OUTCOME_TIMEOUT
               : f->is_refused && f->answer.os_error == 0 ? OUTCOME_PRIVATE
                                                          : OUTCOME_NO_CONNECT,
               0);
}

static void
ftp_on_open(void *arg, struct ftp_socket *s, int error)
{
    struct fetch_ftp *ftp = arg;
    struct fetch_answer *a = &ftp->fetch->answer;
    char line[128];

    if (error != 0) {
        a->os_error = -error;
        snprintf(a->error, sizeof(a->error),
                 "Failed to connect to %s port "
                 "%u: %s",
                 ftp->peer_text, ftp->port, uv_strerror(error));
        ftp_connect(ftp);
        return;
    }
    a->os_error = 0;
    a->error[0] = '\0';
    ftp->times.connect_us = ftp_now_us() - ftp->begun_us;
    stats_add(ftp->fetch->fetcher->stats, STAT_connections_made, 1);
    snprintf(line, sizeof(line), "Connected to %s port %u", ftp->peer_text,
             ftp->port);
    ftp_say(ftp, FETCH_TRACE_TEXT, str_from(line));
    ftp->step = FTP_GREETING;
    if (!ftp_socket_read(s, false, ftp_on_control))
        ftp_break(ftp, "nothing could be read");
}

/* --- time --- */

static void
ftp_late(struct fetch_ftp *ftp, enum stats_id which, const char *why)
{
    struct fetch *f = ftp->fetch;

    stats_add(f->fetcher->stats, which, 1);
    snprintf(f->answer.error, sizeof(f->answer.error), "%s", why);
    ftp_finish(ftp, OUTCOME_TIMEOUT, 0);
}

/* As libcurl has it: what our own limit slows down is no drip. */
static bool
ftp_is_slow(struct fetch_ftp *ftp, int64_t now_us)
{
    const struct config *c = ftp->fetch->fetcher->config;
    int64_t passed_us = now_us - ftp->window_us;
    int64_t least = fetch_rate_least(ftp->fetch->fetcher);
    bool is_slow;

    if (c->speed_limit == 0 || ftp->step != FTP_GET || ftp->is_paused ||
        passed_us < c->speed_time * 1000)
        return false;
    is_slow =
        (double)ftp->window_bytes * 1e6 / (double)passed_us < (double)least;
    ftp->window_us = now_us;
    ftp->window_bytes = 0;
    return is_slow;
}

static void
ftp_on_clock(uv_timer_t *clock)
{
    struct fetch_ftp *ftp = clock->data;
    const struct config *c = ftp->fetch->fetcher->config;
    int64_t now_us = ftp_now_us();

    if (now_us - ftp->begun_us >= c->timeout * 1000) {
        ftp_late(ftp,
                 ftp->step == FTP_CONNECT ? STAT_timeouts_connect
                                          : STAT_timeouts_total,
                 "Operation timed out");
    } else if (ftp->step == FTP_CONNECT &&
               now_us - ftp->tried_us >= c->connect_timeout * 1000) {
        ftp->is_late = true;
        snprintf(ftp->fetch->answer.error, sizeof(ftp->fetch->answer.error),
                 "Connection timed out");
        if (ftp->addresses.n == 0)
            stats_add(ftp->fetch->fetcher->stats, STAT_timeouts_connect, 1);
        ftp_connect(ftp);
    } else if (ftp_is_slow(ftp, now_us)) {
        ftp_late(ftp, STAT_timeouts_slow, "Operation too slow");
    }
}

void
fetch_ftp_pause(struct fetch *f, bool is_paused)
{
    struct fetch_ftp *ftp = f->ftp;

    ftp->is_paused = is_paused;
    ftp->window_us = ftp_now_us();
    ftp->window_bytes = 0;
    if (ftp->data == NULL)
        return;
    if (is_paused)
        ftp_socket_stop(ftp->data);
    else if (!ftp_socket_read(ftp->data, true, ftp_on_data))
        ftp_break(ftp, "no data could be read");
}

void
fetch_ftp_times(const struct fetch *f, struct fetch_times *out)
{
    *out = f->ftp->times;
}

/* --- birth and end --- */

void
fetch_ftp_launch(struct fetch *f, struct str addresses, unsigned port)
{
    struct fetch_ftp *ftp = ftp_new(f);

    f->ftp = ftp;
    ftp->begun_us = ftp_now_us();
    ftp->port = port;
    if (ftp_path_read(f->parts.target, &ftp->path) != ERR_OK) {
        fetch_defer(f, OUTCOME_BAD_URL, "a control byte in an ftp URL");
        return;
    }
    ftp->type = ftp->path.is_ascii || !ftp->path.has_file ? "A" : "I";
    if (buf_add_str(&ftp->address_text, addresses) != ERR_OK)
        fatalx("out of memory: addresses");
    ftp->addresses = buf_str(&ftp->address_text);
    uv_timer_start(&ftp->clock, ftp_on_clock, FTP_TICK_MS, FTP_TICK_MS);
    ftp_connect(ftp);
    if (f->state != FETCH_DEFERRED)
        f->state = FETCH_RUNNING;
}

void
fetch_ftp_end(struct fetch *f)
{
    if (f->ftp == NULL)
        return;
    ftp_socket_drop(&f->ftp->control);
    ftp_socket_drop(&f->ftp->data);
    ftp_free(f->ftp);
    f->ftp = NULL;
}
