/*
 * ftp_listing - names in the listing of an FTP folder.
 *
 * LIST says how a folder looks, not in which form (RFC 959 4.1.3): read are
 * those of ls (and of servers that write so, NetWare's too), of MS-DOS, and
 * EPLF.  Pure; any bytes.  VMS's are not read: their lines count as odd.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_FTP_LISTING_H
#define WORKER_FTP_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"
#include "worker/links.h"

#define FTP_LISTING_TYPE "text/ftp-dir-listing"

enum ftp_kind { FTP_FILE, FTP_FOLDER, FTP_LINK /* to either */ };

/* name: not empty, never "." or "..", without "/" and controls; borrowed. */
struct ftp_entry {
    struct str name;
    enum ftp_kind kind;
};

/*
 * The next entry off *rest; false at the end.  Lines that are none of what is
 * known are added to *odd; "total 4", devices, sockets and links to a folder
 * above are passed over.
 */
bool ftp_listing_next(struct str *rest, struct ftp_entry *out, size_t *odd);

/*
 * Appended to out: the entry as a reference on its folder's URL, which ends
 * with a slash.  Whatever its name is, it is one segment of the path.
 */
enum err ftp_entry_write(const struct ftp_entry *entry,
                         struct buf *out) MUST_USE;

/*
 * All of a listing's entries as links of its page, at most max of them; what
 * was odd or too much is told in *said.
 */
struct ftp_listing_said {
    size_t count, odd;
    bool is_cut;
};
void ftp_listing_links(struct str body, size_t max, links_fn *fn, void *arg,
                       struct ftp_listing_said *said);

/* Whether a Content-Type is the one of listings. */
bool ftp_listing_is_type(struct str content_type);

#endif
