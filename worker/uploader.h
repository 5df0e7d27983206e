/*
 * uploader - a thread that brings finished WARC files into a bucket while the
 * crawl goes on, and those that an earlier run left (common/upload.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_UPLOADER_H
#define WORKER_UPLOADER_H

#include <stdbool.h>

#include "common/upload.h"

struct uploader;

/* dir: the folder of WARC files. */
enum err uploader_new(const struct config *c, const char *dir,
                      struct uploader **out, char why[S3_WHY_BYTES]) MUST_USE;
enum err uploader_start(struct uploader *u) MUST_USE; /* its thread */

/* No file comes any more: what is there is tried some more times, no longer. */
void uploader_finish(struct uploader *u);
/* It is done with that. */
bool uploader_is_over(struct uploader *u);
/* At once: what is under way is cut off, and stays here. */
void uploader_stop(struct uploader *u);
/* Waits for its thread, says what is left; NULL is fine. */
void uploader_free(struct uploader *u);

#endif
