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
#include "common/stats.h"
#include "common/url.h"

struct scope;
struct scope_match;

/* ERR_INVALID: a pattern; why names it and what PCRE2 says of it. */
enum err scope_new(const struct config *c, struct scope **out,
                   char why[CONFIG_WHY_BYTES]) MUST_USE;
void scope_free(struct scope *s);
struct scope_match *scope_match_new(const struct scope *s);
void scope_match_free(struct scope_match *m);

/* The rules in their order, each with what counts its refusals. */
/* clang-format off */
#define SCOPE_TABLE(X)                  \
    X(IN,           links_sent)         \
    X(TOO_DEEP,     links_out_of_scope) \
    X(OTHER_DOMAIN, links_out_of_scope) \
    X(REJECTED,     links_out_of_scope) \
    X(NOT_ACCEPTED, links_out_of_scope) \
    X(SEGMENTS,     links_segments)     \
    X(REPEATS,      links_repeats)      \
    X(SAME_PARAM,   links_same_param)   \
    X(CALENDAR,     links_calendar)     \
    X(CHAIN,        links_chain)
/* clang-format on */

enum scope_answer {
#define SCOPE_ENUM(name, counter) SCOPE_##name,
    SCOPE_TABLE(SCOPE_ENUM)
#undef SCOPE_ENUM
};

/* depth is the link's own.  Span-hosts is the frontier's to judge. */
enum scope_answer scope_judge(const struct scope *s, struct scope_match *m,
                              const struct url *url, unsigned depth);
/* As scope_judge(), of a link on the page at from: --max-chain too. */
enum scope_answer scope_judge_link(const struct scope *s, struct scope_match *m,
                                   const struct url *url, unsigned depth,
                                   struct str from);
/* What counts refusals for this reason. */
enum stats_id scope_counter(enum scope_answer a);

enum { SCOPE_WHY_BYTES = 512 };
/*
 * As scope_judge(), with the rule and its value in words for people, harmless
 * for a terminal: "it matches --reject-regex \\.pdf$".
 */
enum scope_answer scope_explain(const struct scope *s, struct scope_match *m,
                                const struct url *url, unsigned depth,
                                char why[SCOPE_WHY_BYTES]);
/* As scope_judge_link(), likewise; from may be empty. */
enum scope_answer scope_explain_link(const struct scope *s,
                                     struct scope_match *m,
                                     const struct url *url, unsigned depth,
                                     struct str from,
                                     char why[SCOPE_WHY_BYTES]);

#endif
