/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/reply.h"

#include <stdlib.h>

#include "common/mem.h"

enum { REPLY_DEPTH_MAX = 8, REPLY_ELEMENTS_MAX = 1024 };

static redisReply *
reply_of(int type)
{
    redisReply *r = xcalloc(1, sizeof(*r));

    r->type = type;
    return r;
}

static redisReply *
reply_text(int type, struct str *text, char end)
{
    redisReply *r = reply_of(type);
    struct str s = str_cut(text, end);

    r->str = xmemdup0(s.p, s.n);
    r->len = s.n;
    return r;
}

static redisReply *
reply_integer(struct str *text)
{
    redisReply *r = reply_of(REDIS_REPLY_INTEGER);
    struct str s = str_cut(text, ';');
    bool is_negative = s.n > 0 && s.p[0] == '-';
    uint64_t value = 0;

    if (is_negative) {
        s.p++;
        s.n--;
    }
    if (!str_to_u64(s, INT64_MAX, &value))
        value = 0;
    r->integer = is_negative ? -(long long)value : (long long)value;
    return r;
}

/* The tree's arrays that are open, the innermost last. */
struct reply_open {
    redisReply *at[REPLY_DEPTH_MAX];
    size_t n;
};

static void
reply_append(redisReply *parent, redisReply *child)
{
    parent->element = xreallocarray(parent->element, parent->elements + 1,
                                    sizeof(redisReply *));
    parent->element[parent->elements++] = child;
}

/* One value or bracket; NULL when c begins none. */
static redisReply *
reply_begin(char c, struct str *text)
{
    switch (c) {
    case '#':
        return reply_integer(text);
    case '"':
        return reply_text(REDIS_REPLY_STRING, text, c);
    case '!':
        return reply_text(REDIS_REPLY_ERROR, text, c);
    case '-':
        return reply_of(REDIS_REPLY_NIL);
    case '+':
        return reply_text(REDIS_REPLY_STATUS, text, c);
    case '(':
        return reply_of(REDIS_REPLY_ARRAY);
    default:
        return NULL;
    }
}

redisReply *
reply_make(struct str *text)
{
    struct reply_open open = {.n = 0};
    redisReply *root = NULL;

    while (text->n > 0 && (root == NULL || open.n > 0)) {
        char c = text->p[0];
        redisReply *r, *parent = open.n > 0 ? open.at[open.n - 1] : NULL;

        text->p++;
        text->n--;
        if (c == ')' && open.n > 0)
            open.n--;
        if (parent && parent->elements >= REPLY_ELEMENTS_MAX)
            continue;
        if (c == '(' && open.n == REPLY_DEPTH_MAX)
            continue;
        r = reply_begin(c, text);
        if (r == NULL)
            continue;
        if (parent)
            reply_append(parent, r);
        else
            root = r;
        if (c == '(')
            open.at[open.n++] = r;
    }
    return root;
}

void
reply_free(redisReply *r)
{
    /* REPLY_DEPTH_MAX bounds how deep this goes */
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->elements; i++)
        reply_free(r->element[i]);
    free(r->element);
    free(r->str);
    free(r);
}
