/* SPDX-License-Identifier: MIT */
#include "master/fleet_words.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"

enum { FLEET_CPUS_MAX = 1024 };

void
fleet_words_begin(struct fleet_words *w)
{
    w->n = 0;
    fleet_words_forget(w);
}

void
fleet_words_forget(struct fleet_words *w)
{
    memset(w->last, 0, sizeof(w->last));
}

char *
fleet_words_room(struct fleet_words *w, size_t *room)
{
    *room = sizeof(w->bytes) - w->n;
    return w->bytes + w->n;
}

void
fleet_words_take(struct fleet_words *w, size_t n, bool is_end,
                 fleet_words_fn *fn, void *arg)
{
    struct str rest;

    w->n += n;
    rest = (struct str){w->bytes, w->n};
    while (memchr(rest.p, '\n', rest.n) != NULL)
        fn(arg, str_cut(&rest, '\n'));
    if (rest.n > 0 && (is_end || rest.n == sizeof(w->bytes))) {
        fn(arg, rest);
        rest.n = 0;
    }
    memmove(w->bytes, rest.p, rest.n);
    w->n = rest.n;
}

/* "TIME LEVEL worker[PID]: TEXT" -> TEXT */
static struct str
fleet_words_cut_head(struct str line)
{
    struct str rest = line, first = str_cut(&rest, ' ');

    if (first.n != sizeof("2026-11-21T09:00:00.000Z") - 1 ||
        first.p[first.n - 1] != 'Z')
        return line;
    for (size_t i = 0; i + 3 <= rest.n; i++)
        if (memcmp(rest.p + i, "]: ", 3) == 0)
            return (struct str){rest.p + i + 3, rest.n - i - 3};
    return line;
}

/* The message of a line in JSON; NULL when it is none. */
static json_t *
fleet_words_message(struct str line)
{
    json_t *o = line.n > 0 && line.p[0] == '{'
                    ? json_loadb(line.p, line.n, 0, NULL)
                    : NULL;
    json_t *message = json_incref(json_object_get(o, "message"));

    json_decref(o);
    return message;
}

void
fleet_words_keep(struct fleet_words *w, struct str line)
{
    json_t *message = fleet_words_message(line);
    struct str text = json_is_string(message)
                          ? (struct str){json_string_value(message),
                                         json_string_length(message)}
                          : str_trim(fleet_words_cut_head(line));

    if (text.n > 0) {
        memmove(w->last[1], w->last[0], sizeof(w->last) - sizeof(w->last[0]));
        snprintf(w->last[0], sizeof(w->last[0]), "%s", LOG_ESC(text));
    }
    json_decref(message);
}

const char *
fleet_words_last(const struct fleet_words *w, char *out, size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = FLEET_LAST_LINES; i-- > 0 && n < size;)
        if (w->last[i][0] != '\0')
            n += (size_t)snprintf(out + n, size - n, "%s%s", n ? " / " : "",
                                  w->last[i]);
    return out;
}

bool
fleet_words_identity(struct str line, char out[FLEET_IDENTITY_BYTES],
                     unsigned *cpus)
{
    struct str rest = str_trim(line), name;
    uint64_t value;
    size_t dashes = 0;

    if (!str_equal(str_cut(&rest, ' '), STR("weft-worker")))
        return false;
    name = str_cut(&rest, ' ');
    if (name.n == 0 || name.n >= FLEET_IDENTITY_BYTES ||
        !str_to_u64(rest, UINT32_MAX, &value) || value == 0)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        dashes += name.p[i] == '-';
        if (!str_is_alpha(name.p[i]) && !str_is_digit(name.p[i]) &&
            (name.p[i] == '\0' || strchr("._-", name.p[i]) == NULL))
            return false;
    }
    if (dashes < 2)
        return false;
    memcpy(out, name.p, name.n);
    out[name.n] = '\0';
    *cpus = value < FLEET_CPUS_MAX ? (unsigned)value : FLEET_CPUS_MAX;
    return true;
}
