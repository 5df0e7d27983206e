/*
 * identity - what this process is called among those of all machines.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_IDENTITY_H
#define COMMON_IDENTITY_H

enum { IDENTITY_HOST_BYTES = 65, IDENTITY_BYTES = 128 };

/* This machine's name; other bytes than [A-Za-z0-9.] made '_'. */
void identity_host(char out[IDENTITY_HOST_BYTES]);
/* "HOST-PID-RANDOM": another one at each call. */
void identity_new(char out[IDENTITY_BYTES]);

#endif
