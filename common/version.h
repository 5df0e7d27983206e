/*
 * version - the version as git describes it, for User-Agent, WARC and
 * --version.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_VERSION_H
#define COMMON_VERSION_H

const char *weft_version(void); /* "v0.1.0-12-gabcdef", never NULL */

#endif
