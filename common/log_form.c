/* SPDX-License-Identifier: MIT */
#include "common/log_form.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/json_line.h"

/* names, syslog(3)'s priorities, and colours by how much it matters. */
static const struct {
    const char *word;
    int priority;
    const char *color;
} log_levels[] = {[LOG_DEBUG] = {"debug", 7, "\033[2m"},
                  [LOG_INFO] = {"info", 6, ""},
                  [LOG_WARN] = {"warn", 4, "\033[33m"},
                  [LOG_ERROR] = {"error", 3, "\033[1;31m"}};
enum { LEVELS = sizeof(log_levels) / sizeof(log_levels[0]) };

int
log_level_priority(enum log_level level)
{
    return log_levels[level].priority;
}

enum log_level
log_level_of(struct str word)
{
    for (int i = 0; i < LEVELS; i++)
        if (str_equal(word, str_from(log_levels[i].word)))
            return (enum log_level)i;
    return LOG_INFO;
}

/* Returns how much of room it took; the message is cut where that ends. */
static size_t
log_form_text(const struct log_record *r, bool is_colored, bool is_journal,
              char *out, size_t room)
{
    const char *color = is_colored ? log_levels[r->level].color : "";
    char when[JSON_TIME_BYTES];
    size_t n;

    json_time_text(r->time_us, when);
    if (is_journal)
        n = (size_t)snprintf(out, room, "<%d>", log_levels[r->level].priority);
    else
        n = (size_t)snprintf(
            out, room, "%s%s%s %s%s%s ", is_colored ? "\033[2m" : "", when,
            is_colored ? "\033[0m" : "", color, log_levels[r->level].word,
            color[0] ? "\033[0m" : "");
    if (n < room && !(is_journal && r->is_service))
        n += (size_t)snprintf(out + n, room - n, "%s[%ld]: ", r->program,
                              r->pid);
    if (n > room)
        n = room;
    if (r->message.n < room - n)
        room = n + r->message.n;
    memcpy(out + n, r->message.p, room - n);
    return room;
}

static enum err
log_form_object(const struct log_record *r, struct str message, struct buf *out)
{
    struct json_line l;

    buf_reset(out);
    json_line_begin(&l, out);
    json_line_time(&l, "time", r->time_us);
    json_line_str(&l, "level", str_from(log_levels[r->level].word));
    json_line_str(&l, "name", str_from(r->program));
    json_line_int(&l, "pid", r->pid);
    if (r->host)
        json_line_str(&l, "host", str_from(r->host));
    if (r->crawl)
        json_line_str(&l, "crawl", str_from(r->crawl));
    json_line_str(&l, "message", message);
    if (message.n < r->message.n)
        json_line_bool(&l, "cut", true);
    if (r->error)
        json_line_str(&l, "error", str_from(r->error));
    for (size_t i = 0; i < r->count; i++)
        if (r->fields[i].text)
            json_line_str(&l, r->fields[i].key, str_from(r->fields[i].text));
        else
            json_line_int(&l, r->fields[i].key, r->fields[i].number);
    return json_line_end(&l);
}

/* An escaped byte takes six: a long message is cut until it fits. */
static size_t
log_form_json(const struct log_record *r, char *out, size_t room)
{
    struct str message = r->message;
    struct buf line;
    size_t n = 0;

    buf_init(&line, 16 * LOG_LINE_BYTES);
    while (log_form_object(r, message, &line) == ERR_OK) {
        n = line.n - 1; /* without its end */
        if (n <= room || message.n == 0)
            break;
        message.n = message.n * 3 / 4;
    }
    if (n > room)
        n = 0;
    if (n > 0)
        memcpy(out, line.p, n);
    buf_fini(&line);
    return n;
}

size_t
log_form_line(const struct log_record *r, enum log_form form, bool is_journal,
              char out[LOG_LINE_BYTES])
{
    size_t n = 0, room = LOG_LINE_BYTES - 1;

    if (form == LOG_FORM_JSON) {
        if (is_journal)
            n = (size_t)snprintf(out, room, "<%d>",
                                 log_levels[r->level].priority);
        n += log_form_json(r, out + n, room - n);
    } else {
        n = log_form_text(r, form == LOG_FORM_COLOR && !is_journal, is_journal,
                          out, room);
    }
    out[n++] = '\n';
    return n;
}

bool
log_form_is_journal(const char *text, int fd)
{
    struct str rest = str_from(text), device = str_cut(&rest, ':');
    uint64_t dev, ino;
    struct stat st;

    return text && str_to_u64(device, UINT64_MAX, &dev) &&
           str_to_u64(rest, UINT64_MAX, &ino) && fstat(fd, &st) == 0 &&
           st.st_dev == dev && st.st_ino == ino;
}

bool
log_form_is_service(const char *text, long pid)
{
    uint64_t told;

    return text && str_to_u64(str_from(text), UINT64_MAX, &told) &&
           told == (uint64_t)pid;
}
