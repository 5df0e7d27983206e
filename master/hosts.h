/*
 * hosts - the machines of --hosts: a file of lines HOST [PROCS [THREADS]].
 *
 * HOST is what ssh takes: a name, an address or an alias of ssh_config(5),
 * with USER@ before and :PORT behind it if need be; an IPv6 address stands in
 * brackets.  A # begins a comment.  Only what cannot mislead a shell or ssh is
 * taken for a host, so that it needs no escaping anywhere.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_HOSTS_H
#define MASTER_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/str.h"

enum {
    HOSTS_WHY_BYTES = 256,
    HOSTS_MAX = 1024,
    HOSTS_PROCS_MAX = 1024,
    HOSTS_THREADS_MAX = 1024
};

struct hosts_row {
    char *name;       /* as it stands in the file, for messages */
    char *target;     /* ssh's destination: [user@]host, without brackets */
    unsigned port;    /* 0: ssh's own choice */
    unsigned procs;   /* 0: as many as it has CPUs */
    unsigned threads; /* 0: as --threads says */
};

struct hosts {
    struct hosts_row *v;
    size_t n;
};

/*
 * One line, without its end.  ERR_NOT_FOUND: nothing stands there.
 * ERR_INVALID: why says what is to be done.  On ERR_OK end out with
 * hosts_row_fini().
 */
enum err hosts_row_parse(struct str line, struct hosts_row *out,
                         char why[HOSTS_WHY_BYTES]) MUST_USE;
void hosts_row_fini(struct hosts_row *h);
/* Whether [user@]host can only be this machine: localhost, 127.x, ::1. */
bool hosts_is_here(const char *target);

/*
 * The whole file.  Every bad line is logged as file:line and what to do; then
 * ERR_INVALID.  On ERR_OK end out with hosts_fini().
 */
enum err hosts_read(const char *path, struct hosts *out) MUST_USE;
void hosts_fini(struct hosts *hosts);

#endif
