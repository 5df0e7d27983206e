/* SPDX-License-Identifier: MIT */
#include "worker/exec_answer.h"

#include "common/json_line.h"
#include "common/json_scan.h"

struct exec_link {
    struct str url; /* the text of a string */
    int64_t depth;
};

static bool
exec_read_depth(const struct json_value *value, int64_t *out)
{
    uint64_t depth;

    if (value->kind != JSON_KIND_NUMBER ||
        !str_to_u64(value->text, EXEC_ANSWER_DEPTH_MAX, &depth))
        return false;
    *out = (int64_t)depth;
    return true;
}

static const char *
exec_read_link(const struct json_value *value, struct exec_link *out)
{
    struct str rest = value->text, name;
    struct json_value member;

    *out = (struct exec_link){value->text, -1};
    if (value->kind == JSON_KIND_STRING)
        return NULL;
    if (value->kind != JSON_KIND_OBJECT)
        return "a link is neither a string nor an object";
    out->url = STR_NONE;
    while (json_scan_next(&rest, &name, &member))
        if (json_scan_is(name, STR("url"))) {
            if (member.kind != JSON_KIND_STRING)
                return "a link's url is no string";
            out->url = member.text;
        } else if (json_scan_is(name, STR("depth"))) {
            if (!exec_read_depth(&member, &out->depth))
                return "a link's depth is no whole number from 0 to 1000000";
        }
    return out->url.p ? NULL : "a link has no url";
}

/* Judges the links of an array, or gives them out when there is a sink. */
static const char *
exec_each_link(const struct json_value *links,
               const struct exec_answer_sink *sink, struct buf *scratch,
               enum err *e)
{
    struct str rest = links->text, name;
    struct json_value member;
    const char *why;

    if (links->kind != JSON_KIND_ARRAY)
        return "links is no array";
    while (*e == ERR_OK && json_scan_next(&rest, &name, &member)) {
        struct exec_link link;

        why = exec_read_link(&member, &link);
        if (why)
            return why;
        if (sink == NULL)
            continue;
        buf_reset(scratch);
        *e = json_scan_unquote(link.url, scratch);
        if (*e == ERR_OK)
            sink->on_link(sink->arg, buf_str(scratch), link.depth);
    }
    return NULL;
}

static const char *
exec_each_record(const struct json_value *records,
                 const struct exec_answer_sink *sink)
{
    struct str rest = records->text, name;
    struct json_value member;

    if (records->kind != JSON_KIND_ARRAY)
        return "records is no array";
    while (json_scan_next(&rest, &name, &member)) {
        if (member.kind != JSON_KIND_OBJECT)
            return "one of records is no object";
        if (sink)
            sink->on_record(sink->arg, member.text);
    }
    return NULL;
}

/* One member of the answer; what is not of the protocol goes to others. */
static const char *
exec_read_member(struct str name, const struct json_value *value,
                 const struct exec_answer_sink *sink, struct buf *scratch,
                 enum err *e, bool *is_other)
{
    *is_other = false;
    if (json_scan_is(name, STR("links")))
        return exec_each_link(value, sink, scratch, e);
    if (json_scan_is(name, STR("records")))
        return exec_each_record(value, sink);
    if (json_scan_is(name, STR("record"))) {
        if (value->kind != JSON_KIND_OBJECT)
            return "record is no object";
        if (sink)
            sink->on_record(sink->arg, value->text);
        return NULL;
    }
    *is_other = true;
    return NULL;
}

/* The members that are a record by themselves, as an object in scratch. */
static enum err
exec_gather_others(struct str object, struct buf *scratch)
{
    struct str rest = object, name;
    struct json_value member;
    enum err e = ERR_OK;

    buf_reset(scratch);
    while (e == ERR_OK && json_scan_next(&rest, &name, &member)) {
        if (json_scan_is(name, STR("links")) ||
            json_scan_is(name, STR("record")) ||
            json_scan_is(name, STR("records")))
            continue;
        e = buf_add_char(scratch, scratch->n == 0 ? '{' : ',');
        if (e == ERR_OK)
            e = buf_add_str(scratch, name);
        if (e == ERR_OK)
            e = buf_add_char(scratch, ':');
        if (e == ERR_OK)
            e = buf_add_str(scratch, member.text);
    }
    return e == ERR_OK ? buf_add_char(scratch, '}') : e;
}

enum err
exec_answer_read(struct str line, const struct exec_answer_sink *sink,
                 struct buf *scratch, const char **why)
{
    struct json_value answer, member;
    struct str name;
    size_t members = 0, others = 0;
    enum err e = ERR_OK;

    line = str_trim(line);
    *why = NULL;
    if (line.n == 0)
        return ERR_OK;
    if (!json_scan(line, &answer))
        *why = "it is no JSON";
    else if (answer.kind != JSON_KIND_OBJECT)
        *why = "it is no JSON object";
    /* twice: nothing is given out of a line that turns out to be wrong */
    for (int turn = 0; turn < 2 && *why == NULL; turn++) {
        struct str rest = answer.text;

        members = others = 0;
        while (*why == NULL && e == ERR_OK &&
               json_scan_next(&rest, &name, &member)) {
            bool is_other;

            *why = exec_read_member(name, &member, turn ? sink : NULL, scratch,
                                    &e, &is_other);
            members++;
            others += is_other;
        }
    }
    if (*why)
        return ERR_INVALID;
    if (e != ERR_OK || others == 0)
        return e;
    if (others == members) {
        sink->on_record(sink->arg, answer.text);
        return ERR_OK;
    }
    e = exec_gather_others(answer.text, scratch);
    if (e == ERR_OK)
        sink->on_record(sink->arg, buf_str(scratch));
    return e;
}

static bool
exec_has_url(struct str object)
{
    struct str rest = object, name;
    struct json_value member;

    while (json_scan_next(&rest, &name, &member))
        if (json_scan_is(name, STR("url")))
            return true;
    return false;
}

enum err
exec_answer_write_record(struct str object, struct str url, struct buf *out)
{
    struct str members = str_trim((struct str){object.p + 1, object.n - 2});
    struct json_line line;
    enum err e;
    size_t at = out->n;

    if (exec_has_url(object)) {
        e = buf_add_str(out, object);
        if (e == ERR_OK)
            e = buf_add_char(out, '\n');
        goto out;
    }
    json_line_begin(&line, out);
    json_line_str(&line, "url", url);
    e = json_line_end(&line);
    if (e != ERR_OK || members.n == 0)
        goto out;
    out->n -= 2; /* the bracket and the line's end */
    e = buf_add_char(out, ',');
    if (e == ERR_OK)
        e = buf_add_str(out, members);
    if (e == ERR_OK)
        e = buf_add(out, "}\n", 2);
out:
    if (e != ERR_OK)
        out->n = at;
    return e;
}
