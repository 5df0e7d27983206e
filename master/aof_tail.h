/*
 * aof_tail - cuts the torn end off Redis's append-only file.
 *
 * A crash or a power cut leaves half a command at the end of the file, or
 * half a transaction: MULTI without its EXEC.  Redis 7.0 cuts off the half
 * command alone; what it writes next then stands inside the transaction, and
 * at its start after that the two are mixed up: counts go wrong.  So the
 * file is cut behind the last whole command outside of a transaction, before
 * redis-server sees it.  What is cut off, Redis has forgotten; PROTOCOL.md's
 * order of links and acks makes that harmless.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_AOF_TAIL_H
#define MASTER_AOF_TAIL_H

#include <stdint.h>

#include "common/err.h"

enum { AOF_TAIL_WHY_BYTES = 512 };

/*
 * dir is redis-server's folder, with no server running in it.  Looks at the
 * file that it appends to (Redis 7: by the manifest in appendonlydir; of
 * Redis 6.2 there is one, which is left alone when it begins in RDB form).
 * *cut: bytes that were cut off, 0: nothing was wrong, or nothing is there.
 * ERR_INVALID: it is broken further up; ERR_IO: errno.  why has one line.
 */
enum err aof_tail_mend(const char *dir, uint64_t *cut,
                       char why[AOF_TAIL_WHY_BYTES]) MUST_USE;

/*
 * Up to where the file open at fd (of size bytes, read from its beginning) is
 * good: *good.  ERR_INVALID: behind that stands no torn end but something
 * else.  ERR_IO.
 */
enum err aof_tail_find(int fd, uint64_t size, uint64_t *good) MUST_USE;

#endif
