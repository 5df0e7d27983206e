/*
 * fetch_ftp_parts - what fetch_ftp.c has of a transfer, and its sockets.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_FETCH_FTP_PARTS_H
#define WORKER_FETCH_FTP_PARTS_H

#include <uv.h>

#include "common/media_types.h"
#include "worker/fetch_parts.h"
#include "worker/ftp_path.h"
#include "worker/ftp_reply.h"

enum {
    FTP_TYPE_BYTES = 1445, /* by which text is told (MIME Sniffing 5.2) */
    FTP_PEER_BYTES = 64
};

/* What is being waited for: the reply to that. */
enum ftp_step {
    FTP_CONNECT,
    FTP_GREETING,
    FTP_USER,
    FTP_PASS,
    FTP_TYPE,
    FTP_CWD,
    FTP_EPSV,
    FTP_PASV,
    FTP_OPEN, /* the data connection; no reply is due */
    FTP_GET,
    FTP_FOLDER_TOO /* CWD to what was no file */
};

struct ftp_socket;
typedef void ftp_open_fn(void *arg, struct ftp_socket *s, int error);
/* n: bytes, or UV_EOF or another error, then bytes is NULL. */
typedef void ftp_read_fn(void *arg, struct ftp_socket *s, ssize_t n,
                         const char *bytes);

struct fetch_ftp {
    struct fetch *fetch;
    enum ftp_step step;
    uv_timer_t clock;
    struct ftp_socket *control, *data; /* or NULL */
    struct ftp_reply_reader replies;
    struct ftp_path path;
    size_t at, changed;      /* in path: where we are, so many folders deep */
    const char *type;        /* of TYPE */
    const char *password;    /* of PASS; not ours */
    struct buf address_text; /* all addresses ... */
    struct str addresses;    /* ... that were not tried yet */
    unsigned port;
    struct sockaddr_storage peer;
    char peer_text[FTP_PEER_BYTES];
    bool is_late; /* an address did not answer */
    int code;     /* that ended the transfer; 0: not yet */
    char last[FTP_REPLY_LINE_MAX];
    bool is_begun; /* the server said that data comes */
    bool is_data_over, is_paused, is_type_known;
    struct buf line; /* a command */
    int64_t begun_us, tried_us, asked_us;
    int64_t window_us; /* since when bytes are counted, for --speed-limit */
    size_t window_bytes;
    struct fetch_times times;
};

/* --- fetch_ftp.c --- */
void ftp_say(struct fetch_ftp *ftp, enum fetch_trace what, struct str line);
void ftp_finish(struct fetch_ftp *ftp, enum outcome outcome, int status);
void ftp_break(struct fetch_ftp *ftp, const char *why);

/* --- fetch_ftp_io.c --- */
struct fetch_ftp *ftp_new(struct fetch *f);
void ftp_free(struct fetch_ftp *ftp); /* its sockets are dropped already */
/*
 * 0: done is called, from the loop, unless it is dropped before.  UV_EACCES:
 * we may not connect to that; else what the system says.
 */
int ftp_socket_open(struct fetch_ftp *ftp, const struct sockaddr *to,
                    ftp_open_fn *done, struct ftp_socket **out);
/* is_data: no larger pieces than --limit-rate wants.  False: it cannot. */
bool ftp_socket_read(struct ftp_socket *s, bool is_data, ftp_read_fn *fn);
void ftp_socket_stop(struct ftp_socket *s);
/* All of it at once, or false: commands are short. */
bool ftp_socket_send(struct ftp_socket *s, struct str bytes);
void ftp_socket_drop(struct ftp_socket **s); /* of NULL too */

/* "10.0.0.1" or "[::1]"; false: no address.  text: without brackets. */
bool ftp_address(struct str host, unsigned port, struct sockaddr_storage *out,
                 char text[FTP_PEER_BYTES]);
/* The Content-Type that FTP does not tell. */
const char *ftp_body_type(struct str body, bool is_listing);

#endif
