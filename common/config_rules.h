/*
 * config_rules - a hash of what decides which links a page has for us.
 *
 * A page that was fetched under other rules may have links that were left out
 * then; one that was asked for with other header lines may have been another.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CONFIG_RULES_H
#define COMMON_CONFIG_RULES_H

#include "common/config.h"

/* Never 0. */
uint64_t config_rules(const struct config *c);

#endif
