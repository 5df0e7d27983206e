/* SPDX-License-Identifier: MIT */
#include "master/sample.h"

#include <assert.h>
#include <stdlib.h>

#include "common/mem.h"

void
sample_init(struct sample *s, size_t want)
{
    assert(want > 0);
    *s = (struct sample){.want = want, .step = 1};
    s->kept = xcalloc(2 * want, sizeof(*s->kept));
}

/* Every second one of the kept goes. */
static void
sample_halve(struct sample *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (i % 2 == 0)
            s->kept[i / 2] = s->kept[i];
        else
            free(s->kept[i]);
    s->count = (s->count + 1) / 2;
    s->step *= 2;
}

void
sample_add(struct sample *s, struct str text)
{
    if (s->seen++ % s->step != 0)
        return;
    if (s->count == 2 * s->want) {
        sample_halve(s); /* count is even: this one is of the new step too */
    }
    s->kept[s->count++] = xmemdup0(text.p, text.n);
}

void
sample_draw(struct sample *s)
{
    size_t drawn = 0;

    if (s->count <= s->want)
        return;
    for (size_t i = 0; i < s->count; i++)
        if (drawn < s->want && i == drawn * s->count / s->want)
            s->kept[drawn++] = s->kept[i];
        else
            free(s->kept[i]);
    s->count = drawn;
}

void
sample_fini(struct sample *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->kept[i]);
    free(s->kept);
    *s = (struct sample){.want = 0};
}
