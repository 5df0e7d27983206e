/*
 * A library for LD_PRELOAD that makes libxml2's HTML parser do what a page
 * can do to it.  A text that holds "weft-poison" is handed on as a pointer to
 * nowhere, so that the SIGSEGV comes out of the depth of libxml2 as a real one
 * would; over one that holds "weft-slow" it broods for $WEFT_TEST_SLOW_MS.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dlfcn.h>
#include <libxml/HTMLparser.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool
holds(const char *text, int n, const char *marker)
{
    return n > 0 && memmem(text, (size_t)n, marker, strlen(marker)) != NULL;
}

static void
brood(void)
{
    const char *text = getenv("WEFT_TEST_SLOW_MS");
    long ms = text ? strtol(text, NULL, 10) : 0;
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&pause, NULL);
}

htmlDocPtr
htmlCtxtReadMemory(htmlParserCtxtPtr xml, const char *text, int n,
                   const char *url, const char *encoding, int options)
{
    htmlDocPtr (*real)(htmlParserCtxtPtr, const char *, int, const char *,
                       const char *, int) = NULL;
    void *found = dlsym(RTLD_NEXT, "htmlCtxtReadMemory");

    if (found == NULL)
        abort();
    memcpy(&real, &found, sizeof(real)); /* ISO C has no cast for it */
    if (holds(text, n, "weft-slow"))
        brood();
    if (holds(text, n, "weft-poison"))
        text = (const char *)16;
    return real(xml, text, n, url, encoding, options);
}
