/*
 * identity - what this process is called among those of all machines.
 *
 * A host's name alone does not say whose pids are meant: containers may have
 * their host's name (or each other's) and count their processes from 1.  So
 * HOST has a mark of this boot and this PID namespace: who finds his own HOST
 * in an identity may ask the kernel for the pid that stands behind it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_IDENTITY_H
#define COMMON_IDENTITY_H

enum { IDENTITY_HOST_BYTES = 65, IDENTITY_BYTES = 128 };

/* "NAME.MARK"; bytes of the name other than [A-Za-z0-9.] are made '_'. */
void identity_host(char out[IDENTITY_HOST_BYTES]);
/* "HOST-PID-RANDOM": another one at each call. */
void identity_new(char out[IDENTITY_BYTES]);

#endif
