/*
 * upload - "master upload": what is left of WARC files goes into a bucket.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/upload.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "common/log.h"
#include "master/commands.h"

enum { UPLOAD_TRIES = 6 }; /* turns with failures; half a minute of waiting */

static atomic_bool upload_is_stopped;

static void
upload_on_signal(int number)
{
    (void)number;
    atomic_store(&upload_is_stopped, true);
}

/* As "DIR/warc" where that is; false: no such folder. */
static bool
upload_folder(const char *dir, char *out, size_t size)
{
    struct stat st;

    snprintf(out, size, "%s/warc", dir);
    if (stat(out, &st) != 0 || !S_ISDIR(st.st_mode))
        snprintf(out, size, "%s", dir);
    return stat(out, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Whether all of the folder is up. */
static bool
upload_all(const struct config *c, const char *dir)
{
    struct upload_counts counts;
    char path[4096], why[S3_WHY_BYTES];
    struct upload *u;
    size_t left = 0;

    if (!upload_folder(dir, path, sizeof(path))) {
        log_warnx("%s: no such folder", LOG_ESC(str_from(dir)));
        return false;
    }
    if (upload_open(c, path, &upload_is_stopped, &u, why) != ERR_OK) {
        log_warnx("%s", why);
        return false;
    }
    for (int i = 0; i < UPLOAD_TRIES && !atomic_load(&upload_is_stopped); i++) {
        struct timespec wait = {.tv_sec = (time_t)1 << i};

        left = upload_turn(u);
        if (left == 0 || i + 1 == UPLOAD_TRIES)
            break;
        nanosleep(&wait, NULL); /* a signal ends it */
    }
    counts = upload_counts(u);
    left += counts.too_large;
    printf("%s: %" PRIu64 " uploaded now (%" PRIu64 " bytes), %" PRIu64
           " were there, %zu left\n",
           LOG_ESC(str_from(path)), counts.sent, counts.bytes,
           counts.up - counts.sent, left);
    upload_say_left(u);
    upload_close(u);
    return left == 0;
}

int
upload_run(struct config *config, char **args, size_t count)
{
    struct sigaction action = {.sa_handler = upload_on_signal};
    char why[CONFIG_WHY_BYTES], dot[] = ".";
    char *here[] = {config->output ? config->output : dot};
    int code = EXIT_FINISHED;

    if (config->upload == NULL) {
        log_warnx("where to? --upload s3://BUCKET/PREFIX");
        return EXIT_USAGE;
    }
    if (s3_check(config, why) != ERR_OK ||
        s3_check_environment(why) != ERR_OK) {
        log_warnx("%s", why);
        return EXIT_USAGE;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    for (size_t i = 0; i < (count > 0 ? count : 1); i++)
        if (!upload_all(config, count > 0 ? args[i] : here[0]))
            code = EXIT_ERROR;
    curl_global_cleanup();
    if (fflush(stdout) != 0)
        return EXIT_DISK;
    return atomic_load(&upload_is_stopped) ? EXIT_SIGTERM : code;
}
