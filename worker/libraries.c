/*
 * Memory that is refused ends the process, whoever asked for it: what it held
 * goes to others, and no page is stored or followed by half.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/libraries.h"

#include <ares.h>
#include <curl/curl.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/site.h"

static void *
libraries_calloc(size_t count, size_t size)
{
    return xcalloc(count ? count : 1, size ? size : 1);
}

static void *
libraries_malloc(size_t size)
{
    return xmalloc(size ? size : 1);
}

static void *
libraries_realloc(void *old, size_t size)
{
    return xreallocarray(old, 1, size ? size : 1);
}

void
libraries_init(const struct config *c)
{
    curl_global_init_mem(CURL_GLOBAL_DEFAULT, libraries_malloc, free,
                         libraries_realloc, xstrdup, libraries_calloc);
    ares_library_init_mem(ARES_LIB_INIT_ALL, libraries_malloc, free,
                          libraries_realloc);
    xmlMemSetup(free, libraries_malloc, libraries_realloc, xstrdup);
    xmlInitParser();
    site_init(strcmp(c->polite_by, "host") == 0 ? SITE_BY_HOST
                                                : SITE_BY_DOMAIN);
}

void
libraries_fini(void)
{
    site_fini();
    ares_library_cleanup();
    curl_global_cleanup();
    xmlCleanupParser();
}
