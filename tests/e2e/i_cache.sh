#!/bin/sh
# --cache: the same command again asks only for what changed, finds what is
# new and what is gone, and reaches what hangs behind pages that stayed.
# Servers that lie about all that do no harm.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"

date='Wed, 13 Mar 2024 12:57:23 GMT'
long=$(printf 'x%.0s' $(seq 200))

# The site says the same in each crawl, but for what $1 and $2 are.
lines() {
    rm -f sites.txt
    site a.test '/robots.txt 200 text/plain etag="\"r\"" ""' \
        '/ 200 text/html etag="\"v1\"" "<a href=/same><a href=/changed><a href=/odd>"' \
        '/same 200 text/html etag="W/\"x-gzip\"" "<a href=/deep><a href=/gone>"' \
        "/deep 200 text/html modified=\"$date\" \"<a href=/leaf><a href=/moved>\"" \
        "/leaf 200 text/html etag=bare modified=\"$date\" \"leaf\"" \
        '/moved 301 - header="Location: /leaf" ""' \
        '/odd 200 text/html etag="\"o\"" "<a href=/plain><a href=/refused><a href=/long><a href=/binary><a href=/always><a href=/ahead>"' \
        '/plain 200 text/html "the same, and no validator"' \
        '/refused 200 text/html etag="\"r\"" refused=1 "412 to a condition"' \
        "/long 200 text/html header=\"ETag: $long\" \"long\"" \
        '/binary 200 text/html header="ETag: \"\x01\x02\"" "binary"' \
        '/always 304 - ""' \
        '/ahead 200 text/html header="Last-Modified: Fri, 01 Jan 2100 00:00:00 GMT" "ahead"' \
        "$@"
}

# Of the answers to a path, since the web began.
statuses() {
    web_settle
    awk -v path="$1" '$2 == "a.test" && $4 == path {
        printf "%s%s", sep, $5
        sep = " "
    }' web.log
}

expect_statuses() {
    got=$(statuses "$1")
    [ "$got" = "$2" ] || fail "$1 was answered '$got', not '$2'"
}

# The web says something else from now on.
another() {
    end "$web_pid"
    lines "$@"
    web
}

records() {
    for file in "$out"/warc/*.warc.gz; do
        gzip -dc "$file" || fail "$file is not whole"
    done >warc.txt
    tr -d '\r' <warc.txt | grep -ac "^WARC-Type: $1\$" || :
}

common="--cache --delay 0 --procs 2 --threads 2"

lines '/changed 200 text/html etag="\"c1\"" "one"' \
    '/gone 200 text/html etag="\"g\"" "here"'
web
redis_start
echo http://a.test/ >list.txt
# shellcheck disable=SC2086
crawl $common list.txt
expect_stat cache_asked 0
expect_stat cache_dropped 2
expect_outcome http://a.test/always BAD_REDIRECT
expect_code 0 tell verify "$out"

# The same command: what stayed costs no body.
another '/changed 200 text/html etag="\"c2\"" "<a href=/new>"' \
    '/gone 404 text/html "no"' '/new 200 text/html etag="\"n\"" "new"'
# shellcheck disable=SC2086
crawl $common list.txt
expect_text crawl.err 'finished .*once more for what changed'
for path in / /same /deep /leaf /odd; do
    expect_statuses $path 304
done
expect_statuses /changed 200
expect_statuses /gone 404
expect_statuses /new 200
expect_statuses /plain 200
expect_statuses /refused '412 200'
expect_statuses /always 304
expect_statuses /robots.txt 200
expect_outcome http://a.test/leaf OK NOT_MODIFIED
expect_stat cache_asked 9
expect_stat cache_refused 1
expect_stat outcome_NOT_MODIFIED 5
expect_stat cache_same -ge 4
expect_code 0 tell verify "$out"

# Bodies that did not come, or came again, are revisit records (WARC 6.7)
# that name the date and the digest of the record which has them.
[ "$(records revisit)" -ge 9 ] || fail "$(records revisit) revisit records"
[ "$(grep -ac server-not-modified warc.txt)" -eq 5 ] ||
    fail "not five records of 304"
tr -d '\r' <warc.txt | awk '
    /^WARC\/1.1$/ { type = uri = date = digest = ref = refdate = "" }
    /^WARC-Type: / { type = $2 }
    /^WARC-Target-URI: / { uri = $2 }
    /^WARC-Date: / { date = $2 }
    /^WARC-Payload-Digest: / { digest = $2 }
    /^WARC-Refers-To-Target-URI: / { ref = $2 }
    /^WARC-Refers-To-Date: / { refdate = $2 }
    /^Content-Length: / && type == "response" { have[uri " " date] = digest; type = "" }
    /^Content-Length: / && type == "revisit" { want[ref " " refdate] = digest; type = "" }
    END {
        for (key in want)
            if (have[key] == "" || have[key] != want[key])
                print key, want[key], have[key]
    }' >dangling.txt
[ ! -s dangling.txt ] || fail "no record for: $(cat dangling.txt)"
[ "$(grep -ac 'If-None-Match: W/"x-gzip"' warc.txt)" -eq 1 ] ||
    fail "the request record does not have its condition"
[ "$(grep -ac "If-Modified-Since: $date" warc.txt)" -eq 2 ] ||
    fail "not both of date and tag are sent"

expect_code 0 tell explain http://a.test/leaf --output "$out"
expect_text cmd.out 'remembered  .*sha1:' 'ETag bare, Last-Modified Wed, 13' \
    'is asked for only if it changed'

# Not older than an hour: nothing of what is remembered is asked for, what
# hangs behind it all the same.
another '/changed 200 text/html etag="\"c3\"" "<a href=/newer>"' \
    '/gone 200 text/html "back"' '/new 200 text/html etag="\"n\"" "new"'
# shellcheck disable=SC2086
crawl $common --revisit 1h list.txt
for path in / /same /deep /leaf /odd /changed /new /plain /refused; do
    expect_statuses $path ''
done
expect_statuses /gone 200
expect_statuses /moved 301
expect_outcome http://a.test/leaf OK NOT_MODIFIED FRESH
expect_code 0 tell explain http://a.test/leaf --output "$out"
expect_text cmd.out 'is not asked for again for'
expect_code 0 tell verify "$out"

# Rules for links that are others: the pages come whole, and with them what
# was out of scope until now.
# shellcheck disable=SC2086
crawl $common --revisit 0 --reject-regex new list.txt
expect_statuses / 200
expect_text crawl.err 'other links are followed than last time'
expect_stat cache_asked 0
# shellcheck disable=SC2086
crawl $common --reject-regex none list.txt
expect_statuses / '200 200'
expect_statuses /newer 404

# A log that is not here: nobody knows where the pages' links led, so they
# come whole; a leaf needs no more than a 304.
mv "$out/log" "$out/elsewhere"
# shellcheck disable=SC2086
crawl $common --reject-regex none list.txt
expect_text crawl.err 'logs? of the last crawl (is|are) missing'
expect_statuses / '200 200 200'
expect_statuses /leaf '200 200 304'

# Without --cache it is over when it is over, and --restart forgets.
crawl --delay 0 list.txt
expect_text crawl.err 'finished already'
# shellcheck disable=SC2086
crawl $common --restart --no-cache list.txt
expect_stat cache_asked 0
[ -z "$(redis --scan --pattern 'cache:*')" ] || fail "the cache is still there"
