#!/bin/sh
# SPDX-License-Identifier: MIT
# i_robots - robots.txt as servers really send it: statuses, codings, broken
# files, redirects that lead nowhere, ports.  (d_robots has the RFC's rules.)
. "$(dirname "$0")/lib.sh"
need redis-server gzip curl

page='200 text/html "a page"'
rules='user-agent: *\ndisallow: /no\n'
: >list.txt
# robots NAME 'ANSWER' ...: /robots.txt of NAME.test, which has /yes and /no.
robots() {
    name=$1
    shift
    for answer in "$@"; do
        site "$name.test" "/robots.txt $answer"
    done
    site "$name.test" "/yes $page" "/no $page"
    printf 'http://%s.test/yes\nhttp://%s.test/no\n' "$name" "$name" >>list.txt
}
some='plain bom crlf cr type gzipped lying chunked part cut spaced ported'
all='s401 s403 s404 s418 empty nothing s304 odd utf16 html binary loop hops
    nowhere scheme s300'
none='early later dead'

robots plain "200 text/plain \"$rules\""
robots bom "200 text/plain \"\\xef\\xbb\\xbf$rules\""
robots crlf '200 text/plain "user-agent: *\r\ndisallow: /no\r\n"'
robots cr '200 text/plain "user-agent: *\rdisallow: /no\r"'
robots type "200 application/octet-stream \"$rules\""
robots gzipped "200 text/plain gzip=1 \"$rules\""
robots lying "200 text/plain header=\"Content-Encoding: gzip\" \"$rules\""
robots chunked "200 text/plain chunked=1 \"$rules\""
robots part "206 text/plain \"$rules\""
robots spaced '200 text/plain "\n\n  USER-AGENT :  *  # all\n\tDisallow\t:\t/no # x\n"'
# Bytes that are no rules stand between those that are.
{
    printf 'user-agent: *\n\000\377\376\001\n'
    head -c 100000 /dev/urandom | tr '\r\n' '  '
    printf '\ndisallow: /no\n'
} >cut.txt
robots cut '200 text/plain @cut.txt'

robots s401 "401 text/plain \"$rules\""
robots s403 "403 text/plain \"$rules\""
robots s404 "404 text/plain \"$rules\""
robots s418 "418 text/plain \"$rules\""
robots empty '200 text/plain ""'
robots nothing '204 -'
robots s304 '304 -'
robots s300 "300 text/plain \"$rules\""
robots odd '200 text/plain "Disallow: /no\nfoo\n:::\n# user-agent: *\n"'
printf 'user-agent: *\ndisallow: /\n' | iconv -f utf-8 -t utf-16 >utf16.txt
robots utf16 '200 text/plain @utf16.txt'
printf '<!DOCTYPE html>\n<title>user-agent: *</title>\ndisallow: /\n' >html.txt
robots html '200 text/html @html.txt'
gzip -c html.txt >binary.bin
robots binary '200 text/plain @binary.bin'
robots loop '302 - header="Location: /robots.txt" ""'
robots nowhere '302 - ""'
robots scheme '301 - header="Location: ftp://a.test/robots.txt" ""'
# Six redirects are one too many, whatever stands behind them.
robots hops '301 - header="Location: /r1" ""'
for n in 1 2 3 4 5; do
    site hops.test "/r$n 307 - header=\"Location: /r$((n + 1))\" \"\""
done
site hops.test "/r6 200 text/plain \"$rules\""

robots early "200 text/plain close_early=5 content_length=500 \"$rules\""
robots later '429 text/plain "wait"'
# Another host's failure is not this one's.
robots dead '302 - header="Location: http://broken.test/r" ""'
site broken.test '/r 200 - reset=1'

# Busy once, then there: nothing was asked before, and the rules hold.
robots busy '429 text/plain times=1 header="Retry-After: 1" "wait"' \
    "200 text/plain \"$rules\""
robots once '503 text/plain times=1 ""' "200 text/plain \"$rules\""

# A redirect's rules are those of who asked; each port is an origin.
robots ported "302 - header=\"Location: http://plain.test/robots.txt\" \"\""
printf 'http://plain.test:8%s/no\n' 080 081 >>list.txt

web
crawl --procs 2 --threads 2 --delay 0 --tries 2 --waitretry 1 \
    --max-filesize 1000 list.txt
web_settle
for name in $some; do
    expect_asked "$name.test" /yes
    expect_not_asked "$name.test" /no
    expect_outcome "http://$name.test/yes" OK
    expect_outcome "http://$name.test/no" ROBOTS
done
for name in $all; do
    expect_outcome "http://$name.test/yes" OK
    expect_outcome "http://$name.test/no" OK
done
for name in $none; do
    expect_not_asked "$name.test" /yes
    expect_not_asked "$name.test" /no
done
expect_outcome http://later.test/no ROBOTS_ERROR ROBOTS_ERROR
expect_outcome http://early.test/no BROKEN BROKEN
expect_outcome http://dead.test/no ROBOTS_ERROR ROBOTS_ERROR
for name in busy once; do
    # One of the two was asked for first and met the error; the other did so
    # too, or came later.
    case $(outcomes "http://$name.test/yes")-$(outcomes "http://$name.test/no") in
    "ROBOTS_ERROR OK-ROBOTS" | "OK-ROBOTS_ERROR ROBOTS") ;;
    "ROBOTS_ERROR OK-ROBOTS_ERROR ROBOTS") ;;
    *) fail "$name.test: $(outcomes "http://$name.test/yes")" ;;
    esac
    expect_asked "$name.test" /yes
    expect_not_asked "$name.test" /no
    expect_asked "$name.test" /robots.txt 2
done
# Asked first: its own, both ports', and the one that was redirected here.
expect_asked plain.test /robots.txt 4
expect_outcome http://plain.test:8080/no ROBOTS
expect_outcome http://plain.test:8081/no ROBOTS
expect_asked loop.test /robots.txt 6
expect_not_asked hops.test /r6
expect_asked gzipped.test /robots.txt
