/*
 * Any bytes as an FTP server's replies (r), as the path of a URL (p), or as a
 * folder's listing (l), by the first byte.  No entry leads out of its folder,
 * and no name has a line end.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>

#include "common/url.h"
#include "worker/ftp_listing.h"
#include "worker/ftp_path.h"
#include "worker/ftp_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_replies(struct str bytes)
{
    struct ftp_reply_reader reader = {.n = 0};
    struct ftp_reply reply;
    enum err e;

    while ((e = ftp_reply_next(&reader, &bytes, &reply)) == ERR_OK) {
        int status = ftp_reply_status(reply.code);

        assert(reply.code >= 100 && reply.code <= 599);
        assert(reply.line.n >= 3 && reply.line.n <= FTP_REPLY_LINE_MAX);
        assert(status == 0 || (status >= 200 && status <= 599));
        assert(ftp_reply_port(&reply) == 0 || reply.code == 227 ||
               reply.code == 229);
    }
    assert(e != ERR_NOT_FOUND || bytes.n == 0);
}

static void
fuzz_path(struct str target)
{
    struct ftp_path p;
    size_t at = 0, names = 0;
    struct str name;

    ftp_path_init(&p);
    if (ftp_path_read(target, &p) == ERR_OK) {
        while ((name = ftp_path_next(&p, &at)).n > 0) {
            names++;
            for (size_t i = 0; i < name.n; i++)
                assert((unsigned char)name.p[i] >= 0x20 && name.p[i] != 0x7f);
        }
        assert(names == p.folders + p.has_file);
    }
    ftp_path_fini(&p);
}

/* Behind its folder the URL has one name, and perhaps a slash. */
static void
fuzz_link(void *arg, const struct link *link)
{
    const struct url *folder = arg;
    struct ftp_path p;
    struct buf text;
    struct url url;
    enum err e;

    buf_init(&text, 64 * 1024);
    e = url_parse(link->href, folder, &text, &url);
    assert(e == ERR_OK);
    assert(str_starts(url.text, folder->text) && url.query.p == NULL);
    ftp_path_init(&p);
    e = ftp_path_read(url.target, &p);
    assert(e == ERR_OK && p.folders + p.has_file == 2 && !p.is_typed);
    ftp_path_fini(&p);
    buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    struct ftp_listing_said said;
    struct url folder;
    enum err e;

    if (size == 0)
        return 0;
    bytes.p++;
    bytes.n--;
    switch (data[0]) {
    case 'r':
        fuzz_replies(bytes);
        break;
    case 'p':
        fuzz_path(bytes);
        break;
    default:
        e = url_split(STR("ftp://a.test/x/"), &folder);
        assert(e == ERR_OK);
        ftp_listing_links(bytes, 100, fuzz_link, &folder, &said);
        assert(said.count <= 100);
        break;
    }
    return 0;
}
