/*
 * config_words - options whose value is one of a few words.
 *
 * For the check of what is given, and for whoever offers the words: shells
 * that complete them, "did you mean".
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CONFIG_WORDS_H
#define COMMON_CONFIG_WORDS_H

#include "common/config.h"

/* The words with blanks between, or NULL when it may be anything. */
const char *config_words(const char *name);

/*
 * Whether the option of that name may be this; if not, why has what it may
 * be, and the word that was meant if there is one.
 */
bool config_words_check(const char *name, struct str value,
                        char why[CONFIG_WHY_BYTES]);

#endif
