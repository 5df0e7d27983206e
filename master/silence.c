/* SPDX-License-Identifier: MIT */
#include "master/silence.h"

#include <stdlib.h>

#include "common/fingerprint.h"
#include "common/mem.h"

enum {
    SILENCE_APART_MS = 2000, /* two beats, and then some of a busy machine */
    SILENCE_PROMPT_MS = 1000
};

/* A worker that was found silent, first at since_ms. */
struct silence_suspect {
    uint64_t name; /* fingerprint */
    uint64_t since_ms;
    bool is_seen; /* in the answer being looked through */
};

struct silence {
    int64_t limit_ms;
    uint64_t asked_ms;
    bool is_prompt; /* the answer being looked through */
    struct silence_suspect *suspects;
    size_t count, room;
};

struct silence *
silence_new(int64_t limit_ms)
{
    struct silence *s = xcalloc(1, sizeof(*s));

    s->limit_ms = limit_ms;
    return s;
}

void
silence_free(struct silence *s)
{
    if (s == NULL)
        return;
    free(s->suspects);
    free(s);
}

void
silence_asked(struct silence *s, uint64_t now_ms)
{
    s->asked_ms = now_ms;
}

void
silence_answered(struct silence *s, uint64_t now_ms)
{
    s->is_prompt = now_ms - s->asked_ms < SILENCE_PROMPT_MS;
    if (!s->is_prompt)
        s->count = 0;
}

void
silence_broken(struct silence *s)
{
    s->is_prompt = false;
    s->count = 0;
}

bool
silence_is_death(struct silence *s, struct str name, int64_t silent_ms,
                 uint64_t now_ms)
{
    uint64_t mark = fingerprint(name);

    if (!s->is_prompt || silent_ms <= s->limit_ms)
        return false; /* not noted as seen: silence_end() forgets it */
    for (size_t i = 0; i < s->count; i++)
        if (s->suspects[i].name == mark) {
            s->suspects[i].is_seen = true;
            return now_ms - s->suspects[i].since_ms >= SILENCE_APART_MS;
        }
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 64;
        s->suspects = xreallocarray(s->suspects, s->room, sizeof(*s->suspects));
    }
    s->suspects[s->count++] = (struct silence_suspect){mark, now_ms, true};
    return false;
}

void
silence_end(struct silence *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++)
        if (s->suspects[i].is_seen) {
            s->suspects[kept] = s->suspects[i];
            s->suspects[kept++].is_seen = false;
        }
    s->count = kept;
}
