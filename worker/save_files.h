/*
 * save_files - the bodies of pages as files, by --save files.
 *
 * Names are those of common/save_name.h, below one folder.  A file is written
 * under another name, in the folder .part/IDENTITY/ there, and renamed when
 * it is whole; what a dead process left in .part/ is removed by the next one.
 * No folder is entered through a symbolic link, and none is written through.
 *
 * One name that is wanted as a folder and as a file is the folder's: the file
 * stands beside it as NAME~file, and is moved there when it came first, so
 * that the end is the same in whatever order they come.  Each file has its URL
 * as attribute user.xdg.origin.url, as wget --xattr and curl do it; a second
 * URL that comes to the same name (http and https, /x/ and /x/index.html)
 * finds it there and gets a name with a mark.  Where the file system keeps no
 * attributes the later one replaces the earlier.
 *
 * A struct save_files is the process's, read-only after it was opened; a
 * struct saver is a thread's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_SAVE_FILES_H
#define WORKER_SAVE_FILES_H

#include <stdbool.h>
#include <time.h>

#include "common/config.h"
#include "common/err.h"
#include "common/url.h"

#define SAVE_FOLDER "files" /* in the output folder */
enum { SAVE_FDS_PER_THREAD = 3 };

struct save_files;
struct saver;

/*
 * dir: OUTPUT/files, which must be there; identity: the process's, no other
 * has it.  ERR_IO, ERR_NO_SPACE with errno.
 */
enum err save_files_open(const char *dir, const char *identity,
                         const struct config *c,
                         struct save_files **out) MUST_USE;
/*
 * Wait until the disk has all that was saved before the call.  Takes as long
 * as the disk does: not for an event loop.
 */
enum err save_files_sync(struct save_files *f) MUST_USE;
void save_files_close(struct save_files *f); /* NULL is fine */

/* index: the thread's. */
struct saver *saver_new(const struct save_files *f, unsigned index);
void saver_free(struct saver *s); /* NULL is fine */

struct save_page {
    struct str url; /* canonical */
    struct str content_type;
    struct str modified; /* Last-Modified's value; or empty */
    struct str body;     /* without any coding */
};

/* What it came to. */
struct save_place {
    struct str path; /* below the output folder; until the saver's next call */
    bool is_cut;     /* its name was too long */
    bool is_aside;   /* a folder has its name */
    bool is_shared;  /* another URL's file has it */
};

/*
 * After ERR_OK the file survives the process.  ERR_NO_SPACE and ERR_IO, with
 * errno, leave nothing new under any name of a page.
 */
enum err saver_write(struct saver *s, const struct save_page *page,
                     struct save_place *place) MUST_USE;
/* Whether a file of url is there. */
bool saver_has(struct saver *s, struct str url);

#endif
