/* SPDX-License-Identifier: MIT */
#include "master/recent.h"

#include <pthread.h>
#include <string.h>

#include "common/log.h"

static pthread_mutex_t recent_mutex = PTHREAD_MUTEX_INITIALIZER;
/* shared, guarded by it */
static char recent_lines[RECENT_LINES][RECENT_LINE_BYTES];
static size_t recent_count; /* ever; the next goes to this modulo LINES */

void
recent_begin(void)
{
    recent_count = 0;
    log_tap(recent_add);
}

void
recent_end(void)
{
    log_tap(NULL);
}

void
recent_hold(bool is_held)
{
    log_tap(is_held ? NULL : recent_add);
}

static void
recent_add_line(const char *line, size_t n)
{
    char *to = recent_lines[recent_count++ % RECENT_LINES];

    if (n > RECENT_LINE_BYTES - 1) {
        n = RECENT_LINE_BYTES - 1;
        while (n > 0 && ((unsigned char)line[n] & 0xc0) == 0x80)
            n--; /* not within a character */
    }
    memcpy(to, line, n);
    to[n] = '\0';
}

void
recent_add(const char *bytes, size_t len)
{
    pthread_mutex_lock(&recent_mutex);
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t n = end ? (size_t)(end - bytes) : len;

        if (n > 0)
            recent_add_line(bytes, n);
        n += end != NULL;
        bytes += n;
        len -= n;
    }
    pthread_mutex_unlock(&recent_mutex);
}

bool
recent_get(size_t i, char out[RECENT_LINE_BYTES])
{
    size_t count, first;

    pthread_mutex_lock(&recent_mutex);
    count = recent_count < RECENT_LINES ? recent_count : RECENT_LINES;
    first = recent_count - count;
    if (i < count)
        memcpy(out, recent_lines[(first + i) % RECENT_LINES],
               RECENT_LINE_BYTES);
    pthread_mutex_unlock(&recent_mutex);
    return i < count;
}
