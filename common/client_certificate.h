/*
 * client_certificate - are --certificate and --private-key of any use?
 *
 * Looked at before a crawl begins, by what libcurl would do with them at the
 * first handshake; never asks for a pass phrase.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CLIENT_CERTIFICATE_H
#define COMMON_CLIENT_CERTIFICATE_H

#include "common/config.h"

/* ERR_INVALID: why says what is wrong with them. */
enum err client_certificate_check(const struct config *c,
                                  char why[CONFIG_WHY_BYTES]) MUST_USE;

#endif
