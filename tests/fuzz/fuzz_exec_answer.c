/*
 * A line of --exec's command: whatever it is, it is refused whole, or what it
 * brings is text and JSON, and jansson, which is another reader, agrees.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/exec_answer.h"

#include <assert.h>
#include <jansson.h>

#include "common/json_scan.h"
#include "common/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    size_t links, records;
};

static void
on_link(void *arg, struct str reference, int64_t depth)
{
    struct seen *seen = arg;

    assert(utf8_is_valid(reference.p, reference.n));
    assert(depth >= -1 && depth <= EXEC_ANSWER_DEPTH_MAX);
    seen->links++;
}

/* One line, JSON, an object with a url in it. */
static void
on_record(void *arg, struct str object)
{
    struct seen *seen = arg;
    struct json_value value;
    struct buf out;

    buf_init(&out, 1 << 20);
    if (exec_answer_write_record(object, STR("http://a.example/"), &out) ==
        ERR_OK) {
        assert(out.n > 0 && out.p[out.n - 1] == '\n');
        assert(json_scan(buf_str(&out), &value));
        assert(value.kind == JSON_KIND_OBJECT);
    }
    buf_fini(&out);
    seen->records++;
}

/* How deep it is at most. */
static size_t
brackets(struct str line)
{
    size_t n = 0;

    for (size_t i = 0; i < line.n; i++)
        n += line.p[i] == '[' || line.p[i] == '{';
    return n;
}

/* jansson refuses a few things more: numbers too large, half surrogates. */
static void
compare(struct str line, enum err e)
{
    json_error_t error;
    json_t *root;
    struct json_value value;

    if (memchr(line.p, 0, line.n))
        return; /* jansson takes one behind a number for nothing */
    root = json_loadb(line.p, line.n, JSON_ALLOW_NUL, &error);

    if (root && brackets(line) <= JSON_SCAN_DEPTH)
        assert(json_scan(line, &value));
    if (root && !json_is_object(root))
        assert(e == ERR_INVALID);
    json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str line = {(const char *)data, size};
    struct seen seen = {0};
    const struct exec_answer_sink sink = {on_link, on_record, &seen};
    struct buf scratch;
    const char *why;
    enum err e;

    if (size == 0 || memchr(data, '\n', size) || size > 4096)
        return 0;
    buf_init(&scratch, 2 * size);
    e = exec_answer_read(line, &sink, &scratch, &why);
    assert((e == ERR_INVALID) == (why != NULL));
    if (why)
        assert(seen.links == 0 && seen.records == 0);
    else
        assert(e == ERR_OK);
    compare(line, e);
    buf_fini(&scratch);
    return 0;
}
