/*
 * conn - one client's connection: reads requests, sends replies.
 *
 * Life of a connection:
 *
 *     READING -> (DELAYED ->) answer -> (SENDING | DRIPPING ->) READING ...
 *
 * Requests that come while one is being answered wait in the socket and in
 * the connection's buffer (RFC 9112 section 9.3.2, pipelining).  An idle
 * connection holds nothing but its struct and a head's worth of buffer.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_CONN_H
#define TESTS_WEB_CONN_H

#include "tests/web/server.h"

/* Takes the descriptor; the connection frees itself when it ends. */
void conn_open(struct server *server, int fd);
/* Ends every connection there is. */
void conn_close_all(struct server *server);

#endif
