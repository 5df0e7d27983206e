/* SPDX-License-Identifier: MIT */
#include "worker/files.h"

enum {
    /* a new WARC file beside the old, a copy for a sync, what libraries read */
    FILES_SPARE = 6,
    /*
     * Of each thread: its loop (epoll, eventfd, a pipe for signals), libcurl's
     * pair to wake it, Redis, three name servers, a file that is read (CA
     * certificates, /etc/hosts).
     */
    FILES_PER_THREAD = 11,
    FILES_PER_TRANSFER = 2 /* a connection may try two addresses at once */
};

uint64_t
files_wanted(uint64_t open, uint64_t threads, uint64_t connections)
{
    return open + FILES_SPARE +
           threads * (FILES_PER_THREAD + connections * (FILES_KEPT + 1));
}

uint64_t
files_least(uint64_t open, uint64_t threads)
{
    return open + FILES_SPARE +
           threads * (FILES_PER_THREAD + FILES_PER_TRANSFER);
}

bool
files_fit(uint64_t limit, uint64_t open, uint64_t threads, uint64_t connections,
          struct files_plan *out)
{
    uint64_t room;

    *out = (struct files_plan){connections, 0};
    if (limit >= files_wanted(open, threads, connections))
        return true;
    if (limit < files_least(open, threads))
        return false;
    room = (limit - open - FILES_SPARE) / threads - FILES_PER_THREAD;
    if (out->connections > room / FILES_PER_TRANSFER)
        out->connections = room / FILES_PER_TRANSFER;
    out->sockets = room - out->connections; /* the rest tries addresses */
    return true;
}
