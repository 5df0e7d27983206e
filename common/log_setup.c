/* SPDX-License-Identifier: MIT */
#include "common/log_setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/color.h"
#include "common/log.h"

void
log_early(int argc, char **argv)
{
    static const char flag[] = "--log-format";
    const char *form = getenv("WEFT_LOG_FORMAT");
    size_t n = sizeof(flag) - 1;

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], flag, n) != 0)
            continue;
        if (argv[i][n] == '=')
            form = argv[i] + n + 1;
        else if (argv[i][n] == '\0' && i + 1 < argc)
            form = argv[++i];
    }
    log_json(form && strcmp(form, "json") == 0);
}

void
log_setup(const char *program, const struct config *c)
{
    log_init(program, c->verbose ? LOG_DEBUG : c->quiet ? LOG_WARN : LOG_INFO);
    log_json(c->log_format && strcmp(c->log_format, "json") == 0);
    if (c->name)
        log_crawl(c->name);
    log_color(color_is_wanted(c->color, STDERR_FILENO));
    if (c->log_file && log_to_file(c->log_file) != ERR_OK)
        fatal_exit(EXIT_DISK, "--log-file %s: %s",
                   LOG_ESC(str_from(c->log_file)), strerror(errno));
}
