/*
 * live_words - settings that were changed while the crawl runs, for people.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_LIVE_WORDS_H
#define MASTER_LIVE_WORDS_H

#include "common/live.h"

enum { LIVE_WORDS_BYTES = 128 };

/*
 * "delay 0.5 s, 32 connections in a thread, at most 1.0 MB/s in a process";
 * "" when nothing is changed.
 */
const char *live_words(const struct live *l, char out[LIVE_WORDS_BYTES]);

#endif
