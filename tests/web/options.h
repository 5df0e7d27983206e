/*
 * options - the test web's command line.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_OPTIONS_H
#define TESTS_WEB_OPTIONS_H

#include "tests/web/dns.h"
#include "tests/web/server.h"
#include "tests/web/web.h"

/* All strings are argv's. */
struct options {
    const char *listen[SERVER_LISTENERS_MAX];
    size_t listens;
    const char *port_file;
    const char *log_path;
    const char *list_path;
    const char *expect_path;
    const char *site_path;
    bool list_only;
    uint32_t requests_per_conn;
    uint32_t bears;
    struct dns_options dns; /* where is NULL: no DNS */
    struct web web;         /* not yet web_init()ed */
};

/*
 * Fill o from the command line.  --help and --version print and exit; what
 * is wrong is printed and ends the program with EXIT_USAGE.
 */
void options_parse(struct options *o, int argc, char **argv);

#endif
