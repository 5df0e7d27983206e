/*
 * scope - which links may be queued.
 *
 * Compiled once from the settings, read-only afterwards; a thread brings its
 * own struct scope_match for PCRE2's working memory.  Patterns see the whole
 * canonical URL; a match limit bounds what a hostile URL can cost.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_SCOPE_H
#define COMMON_SCOPE_H

#include "common/config.h"
#include "common/err.h"
#include "common/url.h"

struct scope;
struct scope_match;

/* ERR_INVALID: a pattern; why names it and what PCRE2 says of it. */
enum err scope_new(const struct config *c, struct scope **out,
                   char why[CONFIG_WHY_BYTES]) MUST_USE;
void scope_free(struct scope *s);
struct scope_match *scope_match_new(const struct scope *s);
void scope_match_free(struct scope_match *m);

enum scope_answer {
    SCOPE_IN,
    SCOPE_TOO_DEEP,     /* --level */
    SCOPE_OTHER_DOMAIN, /* --domains, --exclude-domains */
    SCOPE_REJECTED,     /* --reject-regex */
    SCOPE_NOT_ACCEPTED  /* --accept-regex */
};

/* depth is the link's own.  Span-hosts is the frontier's to judge. */
enum scope_answer scope_judge(const struct scope *s, struct scope_match *m,
                              const struct url *url, unsigned depth);
const char *scope_words(enum scope_answer a);

enum { SCOPE_WHY_BYTES = 512 };
/*
 * As scope_judge(), with the rule and its value in words for people, harmless
 * for a terminal: "it matches --reject-regex \\.pdf$".
 */
enum scope_answer scope_explain(const struct scope *s, struct scope_match *m,
                                const struct url *url, unsigned depth,
                                char why[SCOPE_WHY_BYTES]);

#endif
