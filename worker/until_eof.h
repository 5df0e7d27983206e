/*
 * until_eof - standard input as a way to stop: --until-eof.
 *
 * ssh carries no signals, but it carries the end of what it reads.  So each
 * line on standard input, and its end, is a SIGTERM: the first one drains, the
 * second one ends at once.  Whoever starts a worker through ssh sends a line
 * to stop it; when the connection, or that one itself, is gone, the end comes
 * by itself.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_UNTIL_EOF_H
#define WORKER_UNTIL_EOF_H

/* Call once, when signals are blocked and main is about to wait for them. */
void until_eof_start(void);
/*
 * "weft-worker IDENTITY CPUS" on standard output, so that who started this
 * worker knows that it runs, and whose remains to take back.
 */
void until_eof_say(const char *identity);

#endif
