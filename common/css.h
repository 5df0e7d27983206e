/*
 * css - a CSS selector as an XPath 1.0 expression.
 *
 * Selectors Level 3, and of Level 4 what people use: type, class, id,
 * attributes with all operators (and "!=", and the flag i), the combinators
 * " " > + ~, groups, :first-child :last-child :only-child :nth-child() and
 * their -last- and -of-type, :not() :is() :where() :has() :empty :root
 * :checked :disabled, besides :contains("text").  ::text and ::attr(NAME) at
 * the end take text nodes or an attribute instead of the element.
 *
 * The expression reads a selector from its right end, as browsers do: one
 * walk over the descendants, ancestors and siblings in predicates.  So each
 * node is found once, in document order, and the work is counted evenly.
 * Names are lower case, as libxml2's HTML parser has them.
 *
 * Pure.  SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CSS_H
#define COMMON_CSS_H

#include "common/buf.h"

struct css_problem {
    size_t at;       /* offset in the selector */
    const char *why; /* static */
};

/*
 * Append to xpath what finds the elements that match, at the context node and
 * below it.  ERR_INVALID: problem says what is wrong and where; ERR_TOO_BIG:
 * xpath is full.  xpath is as it was then.
 */
enum err css_to_xpath(struct str selector, struct buf *xpath,
                      struct css_problem *problem) MUST_USE;

#endif
