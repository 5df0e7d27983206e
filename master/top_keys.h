/*
 * top_keys - bytes from a terminal into keys.
 *
 * Pure; a sequence may come in parts.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TOP_KEYS_H
#define MASTER_TOP_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum top_key {
    TOP_KEY_NONE = 0, /* 1 to 255: that byte */
    TOP_KEY_UP = 256,
    TOP_KEY_DOWN,
    TOP_KEY_PAGE_UP,
    TOP_KEY_PAGE_DOWN,
    TOP_KEY_HOME,
    TOP_KEY_END,
    TOP_KEY_BACK_TAB,
    TOP_KEY_ESCAPE, /* the key itself */
    TOP_KEY_OTHER   /* a sequence that means nothing here */
};

enum { TOP_KEYS_BYTES = 16 };

struct top_keys {
    char bytes[TOP_KEYS_BYTES]; /* the beginning of a sequence */
    size_t n;
};

/*
 * One more byte: the key that it completes, or TOP_KEY_NONE.  Call again with
 * the same keys for each byte.
 */
int top_keys_take(struct top_keys *k, char byte);
/* Nothing came for a moment: ESC was the key, a half sequence is dropped. */
int top_keys_timeout(struct top_keys *k);
bool top_keys_is_waiting(const struct top_keys *k);

/*
 * Seconds as typed, "5", "0.5": into ms; false: no number, or above a day.
 */
bool top_keys_seconds(const char *text, long *ms);

#endif
