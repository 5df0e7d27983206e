/*
 * save_name - under which name --save files keeps the body of a URL.
 *
 * HOST/PATH as wget has it, in a form that every file system takes and no
 * site can use to get out of its folder.  By the URL alone, so that each
 * fetch, by whichever worker, comes to the same name:
 *
 *   HOST           with +PORT where that is not the scheme's own
 *   segments       folders; the last one is the file, or --default-page
 *   ?QUERY         stands behind the file's name, the ? made an @
 *   %41 %7E %20    letters, digits, - . _ ~ and blanks are unescaped ...
 *   %3A %C3 %25    ... other escapes stay as they are, in capitals
 *   : * | / ...    what Windows or a path forbids, where the URL has it bare,
 *                  becomes %3a: small, so that it is not what %3A was
 *   x. CON.txt     a dot or blank at an end, the first letter of a device's
 *                  name, an empty segment: escaped likewise
 *   too long       cut, with ~ and 16 hexadecimal digits before the extension
 *
 * A name holds only ASCII, no control, and none of / \ : * ? " < > |.  Two
 * URLs that RFC 3986 takes for different ones share a name only as /x/ and
 * /x/index.html do, http and https, or what differs in an escape that need
 * not be one.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_SAVE_NAME_H
#define COMMON_SAVE_NAME_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/url.h"

enum {
    SAVE_NAME_MAX = 255,  /* bytes of a part; what most file systems take */
    SAVE_NAME_LEAST = 64, /* a file system with less gets its own errors */
    SAVE_PATH_MAX = 1000, /* of a whole name, so that a path is below 4,096 */
    SAVE_MARK_BYTES = 18  /* "~" and 16 digits, NUL */
};

struct save_name_rules {
    struct str default_page; /* --default-page */
    size_t name_max;         /* of a part, from LEAST to MAX */
};

/*
 * The name of url, appended to out; extension ("html") is put behind one that
 * has it not; empty: nothing is.  is_cut: it was too long.
 */
enum err save_name(const struct save_name_rules *rules, const struct url *url,
                   struct str extension, struct buf *out,
                   bool *is_cut) MUST_USE;

/* Whether a name may be that of a default page. */
bool save_name_is_page(struct str text);

/*
 * name, whose last part is a file, with mark before its extension.  Of what
 * save_name() made no other name is like it: those get a mark of their own.
 */
#define SAVE_MARK_ASIDE "~file" /* a folder has the name of a file */
enum err save_name_marked(struct str name, const char *mark,
                          struct buf *out) MUST_USE;
/* The mark of what shares its name with another URL: "~0123456789abcdef". */
void save_name_mark(struct str text, char out[SAVE_MARK_BYTES]);

#endif
