/*
 * service - what systemd is told: it is up, it still turns, it ends.
 *
 * The protocol of sd_notify(3): datagrams to the socket that NOTIFY_SOCKET
 * names.  Our own lines instead of libsystemd, which would bring four
 * compressors and a crypto library into every process for one sendto().
 *
 * Nothing waits, and nobody hears of it when nobody listens.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_SERVICE_H
#define COMMON_SERVICE_H

/*
 * Once, in main, before there are threads, children or fewer rights.  Takes
 * NOTIFY_SOCKET out of the environment: children are not the service.
 */
void service_begin(void);
/* "WATCHDOG=1"; the first one says "READY=1" too. */
void service_turns(void);
void service_stops(void); /* again: fine */

#endif
