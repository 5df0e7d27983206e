#!/bin/sh
# SPDX-License-Identifier: MIT
# e_types - --accept-types: of other types the header comes, the transfer ends
# there, and nothing is kept; redirects, failures and robots.txt are as ever.
. "$(dirname "$0")/lib.sh"
need redis-server

site a.test '/robots.txt 200 application/odd "user-agent: *\ndisallow: /no\n"' \
    '/ 200 "Text/HTML; charset=utf-8" "<a href=/pic><a href=/gif><a href=/film><a href=/bare><a href=/gone><a href=/moved><a href=/no><a href=/void>"' \
    '/pic 200 image/png "PNG"' '/gif 200 image/gif "GIF"' \
    '/film 200 video/mp4 endless=1 "film"' \
    '/bare 200 - "<a href=/text>"' \
    '/text 200 text/plain chunked=1 "text"' \
    '/void 200 application/pdf ""' \
    '/gone 404 video/mp4 "gone"' \
    '/moved 301 video/mp4 header="Location: /gif" "moved"'
web
urls http://a.test/
crawl --procs 1 --threads 1 --delay 0 --timeout 60 --max-filesize 1m \
    --accept-types 'text/html, image/png' --accept-types image/gif list.txt
for path in / /pic /gif /bare; do expect_outcome "http://a.test$path" OK; done
for path in /film /text /void; do
    expect_outcome "http://a.test$path" BAD_TYPE
done
expect_outcome http://a.test/gone HTTP_4XX
expect_outcome http://a.test/moved REDIRECT
expect_outcome http://a.test/no ROBOTS
expect_stat outcome_BAD_TYPE 3
expect_stat pages 4
expect_stat retries 0
grep -hF '/film"' "$out"/log/*.jsonl >line.txt
expect_text line.txt '"status":200' '"bytes":0' '"type":"video/mp4"'
expect_no_text line.txt '"warc"' '"digest"' '"error"' '"retry"'
expect_code 0 tell verify

# A type with a star; what cannot be a type is said at once.
anew
crawl --procs 1 --delay 0 --accept-types 'text/*,image/*' list.txt
expect_outcome http://a.test/text OK
expect_outcome http://a.test/pic OK
expect_outcome http://a.test/film BAD_TYPE
anew
want=2
crawl --accept-types html list.txt
expect_text crawl.err 'accept-types: "html" is not of the form TYPE/SUBTYPE'
