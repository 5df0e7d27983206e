/*
 * health - says that a program still turns: by a file's age (--health-file),
 * and to systemd, when that started it (common/service.h).
 *
 * For what looks at us from outside.  It says nothing of Redis: who
 * waits for Redis is well, and starting it again would not help.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_HEALTH_H
#define COMMON_HEALTH_H

enum {
    HEALTH_TOUCH_MS = 1000,
    /* A loop that does not turn for so long is stuck. */
    HEALTH_STUCK_MS = 20000
};

/* Tell systemd; make path, or its time now.  NULL is fine.  Warns once when it
 * cannot. */
void health_touch(const char *path);

#endif
