/*
 * machine - where a process runs, as workers write it in their identities.
 *
 * A host's name alone does not say whose pids are meant: containers may have
 * their host's name (or each other's) and count their processes from 1.  So
 * the name is "HOST.MARK", where the mark is of this boot and this PID
 * namespace: who finds his own name in an identity may ask the kernel for the
 * pid that stands behind it.  Reads two files of /proc, keeps nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_MACHINE_H
#define COMMON_MACHINE_H

enum { MACHINE_NAME_BYTES = 65 };

/* [A-Za-z0-9._] only; the same for all processes of one PID namespace. */
void machine_name(char out[MACHINE_NAME_BYTES]);

#endif
