#!/bin/sh
# SPDX-License-Identifier: MIT
# e_redirects - a redirect's target is an entry of its own: robots.txt and the
# seen-test apply to it, it is the next one, and 20 in a row are the end.
. "$(dirname "$0")/lib.sh"
need redis-server

page='200 text/html "a page"'
to() { # HOST PATH STATUS LOCATION
    site "$1" "$2 $3 text/html header=\"Location: $4\" \"moved\""
}
# Kinds of status and of targets
to kinds.test /301 301 http://kinds.test/to301
to kinds.test /302 302 /to302
to kinds.test /303 303 to303
to kinds.test /307 307 //other.test/to307
to kinds.test /308 308 '/a/../to308?q=1#part'
site kinds.test "/to301 $page" "/to302 $page" "/to303 $page" \
    "/to308?q=1 $page"
site other.test "/to307 $page" "/page $page" "/open $page" "/secret $page" \
    '/robots.txt 200 text/plain "user-agent: *\ndisallow: /secret\n"'
# Targets that cannot be
to bad.test /file 302 file:///etc/passwd
to bad.test /script 302 'javascript:alert(1)'
to bad.test /port 302 'http://other.test:99999/'
site bad.test '/none 302 text/html "nowhere"'
# robots.txt of the target's host
to ask.test / 302 http://other.test/secret
# Many lead to one page, which is fetched once.
for n in 1 2 3 4 5; do
    to many$n.test / 302 http://other.test/page
    echo http://many$n.test/ >>many.txt
done
to first.test / 302 http://next.test/
site next.test "/ $page"

web --hosts 60 --pages 0 --latency 25
cat many.txt - >list.txt <<'E2'
http://kinds.test/301
http://kinds.test/302
http://kinds.test/303
http://kinds.test/307
http://kinds.test/308
http://bad.test/file
http://bad.test/script
http://bad.test/port
http://bad.test/none
http://ask.test/
http://s0001.test/x/redirect-self
http://s0002.test/x/redirect-loop/a
http://s0003.test/x/redirect/20
http://s0004.test/x/redirect/21
http://s0005.test/x/redirect/3?code=308
E2
crawl --procs 2 --threads 2 --delay 0 list.txt
web_settle
for s in 301 302 303 307 308; do
    expect_outcome http://kinds.test/$s REDIRECT
done
expect_outcome http://kinds.test/to301 OK
expect_outcome http://kinds.test/to302 OK
expect_outcome http://kinds.test/to303 OK
expect_outcome http://other.test/to307 OK
expect_outcome 'http://kinds.test/to308?q=1' OK
expect_asked kinds.test '/to308?q=1'
for p in file script port none; do
    expect_outcome http://bad.test/$p BAD_REDIRECT
done
expect_outcome http://ask.test/ REDIRECT
expect_outcome http://other.test/secret ROBOTS
expect_not_asked other.test /secret
expect_asked other.test /page
expect_outcome http://s0001.test/x/redirect-self REDIRECT
expect_asked s0001.test /x/redirect-self
expect_asked s0002.test /x/redirect-loop/a
expect_asked s0002.test /x/redirect-loop/b
expect_outcome http://s0003.test/x/redirect/0 OK
expect_outcome http://s0004.test/x/redirect/1 TOO_MANY_HOPS
expect_not_asked s0004.test /x/redirect/0
expect_outcome http://s0005.test/x/redirect/0 OK
expect_once
# kinds 5, many 5, ask 1, self 1, loop 2, 20 + 20 hops, and 3
expect_stat outcome_REDIRECT 57
expect_stat outcome_TOO_MANY_HOPS 1
expect_stat outcome_BAD_REDIRECT 4

# Next: long before the other seeds, at the depth of the one that led there.
anew
echo http://first.test/ >list.txt
sed 's/^[0-9]*,//' seeds.csv >>list.txt
crawl --procs 1 --threads 1 --connections 1 --level 0 --delay 0 list.txt
expect_asked next.test / 1
expect_outcome http://next.test/ OK
grep -h '"url":"http://next.test/"' "$out"/log/*.jsonl >line.txt
expect_text line.txt '"depth":0,"hops":1,"referrer":"http://first.test/"'
end "$web_pid"
place=$(sort -n web.log | awk '$2 == "first.test" { on = 1 }
    on && $4 == "/" { n++ } $2 == "next.test" && $4 == "/" { print n; exit }')
[ "$place" -le 20 ] || fail "the target was fetched as number $place"
