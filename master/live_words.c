/* SPDX-License-Identifier: MIT */
#include "master/live_words.h"

#include <inttypes.h>
#include <stdio.h>

#include "master/progress.h"

const char *
live_words(const struct live *l, char out[LIVE_WORDS_BYTES])
{
    const int64_t *v = l->v;
    char bytes[PROGRESS_TEXT_BYTES];
    size_t n = 0;

    out[0] = '\0';
    if (v[LIVE_DELAY] >= 0)
        n += (size_t)snprintf(out, LIVE_WORDS_BYTES, "delay %.10g s",
                              (double)v[LIVE_DELAY] / 1000);
    if (v[LIVE_CONNECTIONS] >= 0)
        n += (size_t)snprintf(out + n, LIVE_WORDS_BYTES - n,
                              "%s%" PRId64 " connection%s in a thread",
                              n > 0 ? ", " : "", v[LIVE_CONNECTIONS],
                              v[LIVE_CONNECTIONS] == 1 ? "" : "s");
    if (v[LIVE_LIMIT_RATE] == 0)
        snprintf(out + n, LIVE_WORDS_BYTES - n, "%sno limit of the rate",
                 n > 0 ? ", " : "");
    else if (v[LIVE_LIMIT_RATE] > 0)
        snprintf(out + n, LIVE_WORDS_BYTES - n, "%sat most %s/s in a process",
                 n > 0 ? ", " : "",
                 progress_bytes((double)v[LIVE_LIMIT_RATE], bytes));
    return out;
}
