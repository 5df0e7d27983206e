/* SPDX-License-Identifier: MIT */
#include "common/s3.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"

enum {
    S3_URL_BYTES = 2048,
    S3_CONNECT_S = 15,
    S3_STALL_S = 60,      /* without a byte, in either direction */
    S3_ANSWER_MAX = 4096, /* of an error's XML */
    S3_BUCKET_LEAST = 3,
    S3_BUCKET_MOST = 63,
    S3_PREFIX_MOST = 500 /* a key has 1,024 bytes at most */
};

static const char s3_scheme[] = "s3://";
/* SHA-256 of nothing: the digest of a request without a body. */
static const char s3_of_nothing[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct s3 {
    CURL *easy;
    const atomic_bool *stop;
    char base[S3_URL_BYTES];    /* the URL up to the name */
    char sign[128];             /* "aws:amz:REGION:s3" */
    struct curl_slist *session; /* the session token's header, or NULL */
    struct buf answer;
    int64_t size; /* what the answer's header says; -1: nothing */
    char sha256[S3_SHA256_BYTES];
    int fd; /* what is sent */
    int64_t at, end;
};

/* --- settings --- */

static bool
s3_is_of(struct str text, const char *others)
{
    for (size_t i = 0; i < text.n; i++)
        if (!str_is_alpha(text.p[i]) && !str_is_digit(text.p[i]) &&
            (text.p[i] == '\0' || strchr(others, text.p[i]) == NULL))
            return false;
    return true;
}

/* "s3://BUCKET/PREFIX" into both; the prefix has a slash behind or is empty. */
static bool
s3_split(const char *text, struct str *bucket, struct str *prefix)
{
    struct str rest = str_from(text);

    if (!str_starts(rest, str_from(s3_scheme)))
        return false;
    rest.p += sizeof(s3_scheme) - 1;
    rest.n -= sizeof(s3_scheme) - 1;
    *bucket = str_cut(&rest, '/');
    while (rest.n > 0 && rest.p[rest.n - 1] == '/')
        rest.n--;
    *prefix = rest;
    return bucket->n >= S3_BUCKET_LEAST && bucket->n <= S3_BUCKET_MOST &&
           s3_is_of(*bucket, ".-") && bucket->p[0] != '.' &&
           bucket->p[0] != '-' && rest.n <= S3_PREFIX_MOST &&
           s3_is_of(rest, "._-/") && !str_starts(rest, STR("/")) &&
           !memmem(rest.p, rest.n, "//", 2) && !memmem(rest.p, rest.n, "..", 2);
}

static bool
s3_is_endpoint(const char *text)
{
    struct str rest = str_from(text);

    if (str_starts(rest, STR("http://")))
        rest = str_from(text + 7);
    else if (str_starts(rest, STR("https://")))
        rest = str_from(text + 8);
    else
        return false;
    /* no user and password, no query */
    return rest.n > 0 && rest.n < S3_URL_BYTES / 2 && s3_is_of(rest, ".-:[]/_");
}

enum err
s3_check(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    struct str bucket, prefix;

    if (c->s3_endpoint && !s3_is_endpoint(c->s3_endpoint)) {
        snprintf(why, CONFIG_WHY_BYTES,
                 "s3-endpoint: not of the form https://HOST[:PORT]; "
                 "credentials come from the environment");
        return ERR_INVALID; /* the value may hold a password */
    }
    if (c->upload == NULL)
        return ERR_OK;
    if (!s3_split(c->upload, &bucket, &prefix))
        snprintf(why, CONFIG_WHY_BYTES,
                 "upload: \"%.100s\" is not of the form s3://BUCKET/PREFIX, "
                 "with letters, digits and ._- only",
                 LOG_ESC(str_from(c->upload)));
    else if (!c->warc)
        snprintf(why, CONFIG_WHY_BYTES,
                 "upload: WARC files go there, and --save has no warc");
    else if (c->warc_max_size > S3_FILE_MAX / 2)
        snprintf(why, CONFIG_WHY_BYTES,
                 "upload: --warc-max-size is 2g at most, since S3 takes 5 GB "
                 "at a time");
    else
        return ERR_OK;
    return ERR_INVALID;
}

static const char *
s3_environment(const char *name, const char *other)
{
    const char *value = getenv(name);

    if ((value == NULL || value[0] == '\0') && other)
        value = getenv(other);
    return value && value[0] != '\0' ? value : NULL;
}

enum err
s3_check_environment(char why[S3_WHY_BYTES])
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY"};
    const char *region = s3_environment("AWS_REGION", "AWS_DEFAULT_REGION");
    const char *endpoint =
        s3_environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (s3_environment(names[i], NULL) == NULL) {
            snprintf(why, S3_WHY_BYTES,
                     "--upload needs %s in the environment of this machine",
                     names[i]);
            return ERR_INVALID;
        }
    if (region && (strlen(region) > 60 || !s3_is_of(str_from(region), "-"))) {
        snprintf(why, S3_WHY_BYTES, "AWS_REGION is no name of a region");
        return ERR_INVALID;
    }
    if (endpoint && !s3_is_endpoint(endpoint)) {
        snprintf(why, S3_WHY_BYTES,
                 "AWS_ENDPOINT_URL is not of the form https://HOST[:PORT]");
        return ERR_INVALID;
    }
    return ERR_OK;
}

static void
s3_set_base(struct s3 *s, const struct config *c, const char *region)
{
    const char *endpoint =
        c->s3_endpoint
            ? c->s3_endpoint
            : s3_environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
    struct str bucket, prefix;
    size_t n;

    if (!s3_split(c->upload, &bucket, &prefix))
        return; /* s3_check() has said so */
    n = endpoint ? strlen(endpoint) : 0;
    while (n > 0 && endpoint[n - 1] == '/')
        n--;
    if (endpoint)
        snprintf(s->base, sizeof(s->base), "%.*s/%.*s/%.*s%s", (int)n, endpoint,
                 STR_ARG(bucket), STR_ARG(prefix), prefix.n ? "/" : "");
    else if (memchr(bucket.p, '.', bucket.n)) /* no certificate is for that */
        snprintf(s->base, sizeof(s->base),
                 "https://s3.%s.amazonaws.com/%.*s/%.*s%s", region,
                 STR_ARG(bucket), STR_ARG(prefix), prefix.n ? "/" : "");
    else
        snprintf(s->base, sizeof(s->base),
                 "https://%.*s.s3.%s.amazonaws.com/%.*s%s", STR_ARG(bucket),
                 region, STR_ARG(prefix), prefix.n ? "/" : "");
}

enum err
s3_open(const struct config *c, const atomic_bool *stop, struct s3 **out,
        char why[S3_WHY_BYTES])
{
    const char *region = s3_environment("AWS_REGION", "AWS_DEFAULT_REGION");
    const char *token = s3_environment("AWS_SESSION_TOKEN", NULL);
    enum err e = s3_check_environment(why);
    struct s3 *s;

    *out = NULL;
    if (e != ERR_OK)
        return e;
    s = xcalloc(1, sizeof(*s));
    s->stop = stop;
    s->fd = -1;
    buf_init(&s->answer, S3_ANSWER_MAX);
    region = region ? region : "us-east-1";
    s3_set_base(s, c, region);
    snprintf(s->sign, sizeof(s->sign), "aws:amz:%s:s3", region);
    if (token) {
        size_t n = strlen(token) + 32;
        char *line = xmalloc(n);

        snprintf(line, n, "x-amz-security-token: %s", token);
        s->session = curl_slist_append(NULL, line);
        free(line);
    }
    s->easy = curl_easy_init();
    if (s->easy == NULL)
        fatalx("out of memory: libcurl");
    *out = s;
    return ERR_OK;
}

void
s3_close(struct s3 *s)
{
    if (s == NULL)
        return;
    curl_easy_cleanup(s->easy);
    curl_slist_free_all(s->session);
    buf_fini(&s->answer);
    free(s);
}

/* --- libcurl's calls --- */

static size_t
s3_on_read(char *out, size_t size, size_t count, void *arg)
{
    struct s3 *s = arg;
    size_t room = size * count;
    ssize_t n;

    if ((int64_t)room > s->end - s->at)
        room = (size_t)(s->end - s->at);
    do
        n = pread(s->fd, out, room, (off_t)s->at);
    while (n < 0 && errno == EINTR);
    if (n < 0 || (n == 0 && room > 0))
        return CURL_READFUNC_ABORT;
    s->at += n;
    return (size_t)n;
}

static int
s3_on_seek(void *arg, curl_off_t offset, int origin)
{
    struct s3 *s = arg;

    if (origin != SEEK_SET || offset < 0 || offset > s->end)
        return CURL_SEEKFUNC_FAIL;
    s->at = offset;
    return CURL_SEEKFUNC_OK;
}

static size_t
s3_on_answer(char *bytes, size_t size, size_t count, void *arg)
{
    struct s3 *s = arg;
    size_t n = size * count, room = s->answer.max - s->answer.n;
    enum err e = buf_add(&s->answer, bytes, n < room ? n : room);

    return e == ERR_OK ? n : 0;
}

/* Of the last answer: a line that begins one forgets what came before it. */
static size_t
s3_on_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct s3 *s = arg;
    struct str rest = {bytes, size * count}, name, value;
    uint64_t number;

    if (str_starts_nocase(rest, STR("HTTP/"))) {
        s->size = -1;
        s->sha256[0] = '\0';
        return size * count;
    }
    name = str_cut(&rest, ':');
    value = str_trim(rest);
    if (str_equal_nocase(name, STR("content-length")) &&
        str_to_u64(value, INT64_MAX, &number))
        s->size = (int64_t)number;
    if (str_equal_nocase(name, STR("x-amz-meta-sha256")) &&
        value.n == S3_SHA256_BYTES - 1) {
        memcpy(s->sha256, value.p, value.n);
        s->sha256[value.n] = '\0';
    }
    return size * count;
}

static int
s3_on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c,
               curl_off_t d)
{
    const struct s3 *s = arg;

    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(s->stop);
}

/* --- a request --- */

/* "AccessDenied" out of <Error><Code>AccessDenied</Code>...; or empty. */
static struct str
s3_code(const struct s3 *s)
{
    struct str text = buf_str(&s->answer);
    size_t at = str_find_nocase(text, STR("<code>"));

    if (at == text.n)
        return STR_NONE;
    text.p += at + 6;
    text.n -= at + 6;
    return str_cut(&text, '<');
}

static enum err
s3_judge(const struct s3 *s, CURLcode code, const char *text,
         char why[S3_WHY_BYTES])
{
    struct str what = s3_code(s);
    long status = 0;

    if (code != CURLE_OK) {
        snprintf(why, S3_WHY_BYTES, "%s",
                 code == CURLE_ABORTED_BY_CALLBACK ? "stopped"
                 : text[0]                         ? LOG_ESC(str_from(text))
                                                   : curl_easy_strerror(code));
        return ERR_IO;
    }
    curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300)
        return ERR_OK;
    snprintf(why, S3_WHY_BYTES, "it answers %ld%s%s%s", status,
             what.n ? " " : "", what.n ? LOG_ESC(what) : "",
             status >= 300 && status < 400 ? " (another AWS_REGION?)" : "");
    return status == 404 && what.n == 0 ? ERR_NOT_FOUND : ERR_IO;
}

static struct curl_slist *
s3_headers(const struct s3 *s, const char *sha256, bool is_put)
{
    struct curl_slist *all = NULL;
    char line[128];

    snprintf(line, sizeof(line), "x-amz-content-sha256: %s", sha256);
    all = curl_slist_append(all, line);
    if (is_put) {
        all = curl_slist_append(all, "Content-Type: application/warc");
        snprintf(line, sizeof(line), "x-amz-meta-sha256: %s", sha256);
        all = curl_slist_append(all, line);
    }
    if (s->session)
        all = curl_slist_append(all, s->session->data);
    return all;
}

static void
s3_set(struct s3 *s, const char *name, char *error)
{
    const char *bundle = s3_environment("AWS_CA_BUNDLE", NULL);
    char url[S3_URL_BYTES + 256];

    curl_easy_reset(s->easy); /* connections stay */
    buf_reset(&s->answer);
    s->size = -1;
    s->sha256[0] = '\0';
    snprintf(url, sizeof(url), "%s%s", s->base, name);
    curl_easy_setopt(s->easy, CURLOPT_URL, url);
    /* one by one: OpenStack's access keys have a colon, "ACCOUNT:USER" */
    curl_easy_setopt(s->easy, CURLOPT_USERNAME, getenv("AWS_ACCESS_KEY_ID"));
    curl_easy_setopt(s->easy, CURLOPT_PASSWORD,
                     getenv("AWS_SECRET_ACCESS_KEY"));
    curl_easy_setopt(s->easy, CURLOPT_AWS_SIGV4, s->sign);
    curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(s->easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT, (long)S3_CONNECT_S);
    curl_easy_setopt(s->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(s->easy, CURLOPT_LOW_SPEED_TIME, (long)S3_STALL_S);
    curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, s3_on_answer);
    curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, s3_on_header);
    curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(s->easy, CURLOPT_XFERINFOFUNCTION, s3_on_progress);
    curl_easy_setopt(s->easy, CURLOPT_XFERINFODATA, s);
    curl_easy_setopt(s->easy, CURLOPT_NOPROGRESS, 0L);
    if (bundle)
        curl_easy_setopt(s->easy, CURLOPT_CAINFO, bundle);
}

enum err
s3_head(struct s3 *s, const char *name, struct s3_object *out,
        char why[S3_WHY_BYTES])
{
    struct curl_slist *headers = s3_headers(s, s3_of_nothing, false);
    char error[CURL_ERROR_SIZE] = "";
    CURLcode code;
    enum err e;

    s3_set(s, name, error);
    curl_easy_setopt(s->easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, headers);
    code = curl_easy_perform(s->easy);
    e = s3_judge(s, code, error, why);
    curl_slist_free_all(headers);
    out->size = s->size;
    memcpy(out->sha256, s->sha256, sizeof(out->sha256));
    return e;
}

enum err
s3_put(struct s3 *s, const char *name, int fd, int64_t size,
       const char sha256[S3_SHA256_BYTES], char why[S3_WHY_BYTES])
{
    struct curl_slist *headers = s3_headers(s, sha256, true);
    char error[CURL_ERROR_SIZE] = "";
    CURLcode code;
    enum err e;

    s->fd = fd;
    s->at = 0;
    s->end = size;
    s3_set(s, name, error);
    curl_easy_setopt(s->easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(s->easy, CURLOPT_READFUNCTION, s3_on_read);
    curl_easy_setopt(s->easy, CURLOPT_READDATA, s);
    curl_easy_setopt(s->easy, CURLOPT_SEEKFUNCTION, s3_on_seek);
    curl_easy_setopt(s->easy, CURLOPT_SEEKDATA, s);
    curl_easy_setopt(s->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, headers);
    code = curl_easy_perform(s->easy);
    e = s3_judge(s, code, error, why);
    curl_slist_free_all(headers);
    s->fd = -1;
    return e == ERR_NOT_FOUND ? ERR_IO : e; /* that is the bucket */
}
