/*
 * Any bytes as a line of the crawl log.  What is taken is what jansson, which
 * knows all of JSON, finds there too; its strings lie in the line or in space.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/verify_line.h"

#include <assert.h>
#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_place(struct str s, struct str line, const struct buf *space)
{
    assert(s.n == 0 || (s.p >= line.p && s.p + s.n <= line.p + line.n) ||
           (s.p >= space->p && s.p + s.n <= space->p + space->n));
}

static void
check_text(struct str got, const json_t *root, const char *name)
{
    const json_t *want = json_object_get(root, name);

    if (want == NULL) {
        assert(got.p == NULL);
        return;
    }
    assert(json_is_string(want));
    assert(got.n == json_string_length(want));
    assert(got.n == 0 || memcmp(got.p, json_string_value(want), got.n) == 0);
}

static void
check_number(int64_t got, const json_t *root, const char *name)
{
    const json_t *want = json_object_get(root, name);

    assert(want == NULL
               ? got == -1
               : json_is_integer(want) && json_integer_value(want) == got);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str line = {(const char *)data, size};
    struct verify_line v;
    struct buf space;
    json_error_t error;
    json_t *root;
    enum err e;

    if (size == 0)
        return 0;
    buf_init(&space, size);
    e = verify_line_parse(line, &space, &v);
    assert(e == ERR_OK || e == ERR_INVALID);
    check_place(v.url, line, &space);
    check_place(v.site, line, &space);
    check_place(v.worker, line, &space);
    check_place(v.outcome, line, &space);
    check_place(v.referrer, line, &space);
    check_place(v.redirect, line, &space);
    check_place(v.warc, line, &space);
    check_place(v.type, line, &space);
    check_place(v.error, line, &space);
    check_place(v.robots_rule, line, &space);
    /* jansson is stricter (UTF-8, what stands in arrays, huge numbers) */
    root = e == ERR_OK
               ? json_loadb(line.p, line.n,
                            JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error)
               : NULL;
    if (root != NULL) {
        assert(json_is_object(root));
        check_text(v.url, root, "url");
        check_text(v.outcome, root, "outcome");
        check_text(v.site, root, "site");
        check_text(v.worker, root, "worker");
        check_text(v.referrer, root, "referrer");
        check_text(v.redirect, root, "redirect");
        check_text(v.warc, root, "warc");
        check_text(v.digest, root, "digest");
        check_text(v.error, root, "error");
        check_text(v.robots_rule, root, "robots_rule");
        if (!json_is_null(json_object_get(root, "type")))
            check_text(v.type, root, "type");
        check_number(v.ms, root, "ms");
        check_number(v.bytes, root, "bytes");
        check_number(v.tries, root, "tries");
        check_number(v.offset, root, "offset");
        check_number(v.sent_ms, root, "sent_ms");
        check_number(v.spacing_ms, root, "spacing_ms");
        assert(v.will_retry == json_is_true(json_object_get(root, "retry")));
        json_decref(root);
    }
    buf_fini(&space);
    return 0;
}
