#!/bin/sh
# SPDX-License-Identifier: MIT
# e_links - which links of a page are followed, and by which options.
. "$(dirname "$0")/lib.sh"
need redis-server

# The same tag on a page that says nofollow and on one that does not: the
# first must not make it known.
tag='<a href=http://both.test/tag>x</a>'
site order.test "/1 200 text/html \"<meta name=robots content=nofollow>$tag\"" \
    "/2 200 text/html \"$tag<a href=/3 rel=nofollow>no</a>\"" \
    '/3 200 text/html "3"'
site both.test '/tag 200 text/html "here"'
# Frames, areas, next: all in a page of one line, as a site file has it.  (A
# page that begins with a frameset has no other links.)
html='<p><iframe src=iframe></iframe><frameset><frame src=/frame></frameset>'
html="$html<map><area href=/area></map><link rel=next href=/next>"
html="$html<link rel=stylesheet href=/style.css><img src=/image.png>"
html="$html<a href=#top>same</a><a href=>same</a><A HREF=/UPPER>u</A>"
html="$html<a href='/amp?a=1&amp;b=2'>amp</a><a href=//kinds.test:80/port>p</a>"
site kinds.test "/ 200 text/html \"$html\"" '/plain 200 text/plain "no <a href=/in-plain>"'
for p in /frame /iframe /area /next /style.css /image.png /UPPER /amp /port \
    /in-plain; do
    site kinds.test "$p 200 text/html \"a page\""
done

web --hosts 40 --pages 0
: >list.txt
for path in meta-refresh base canonical nofollow rel-nofollow noindex \
    hostile-links 'links?n=1500' charset/utf-8 'charset/gbk?by=meta' \
    charset/shift_jis charset/windows-1251 'charset/koi8-r?by=meta' \
    charset/windows-1252 'charset/utf-16?by=none'; do
    n=$((${n:-0} + 1))
    printf 'http://s%04d.test/x/%s\n' $n "$path" >>list.txt
done
printf 'http://%s\n' order.test/1 order.test/2 kinds.test/ kinds.test/plain \
    >>list.txt
crawl --procs 1 --threads 1 --delay 0 list.txt
web_settle
expect_asked s0001.test /x/page/refreshed
expect_asked s0002.test /x/page/below-base
expect_asked s0002.test /x/page/dots
expect_asked s0002.test '/x/page/?only-query'
expect_asked s0003.test /x/page/canonical
expect_not_asked s0004.test /x/page/not-followed
expect_not_asked s0005.test /x/page/rel-nofollow
expect_asked s0005.test /x/page/rel-follow
expect_asked s0006.test /x/page/from-noindex
expect_asked s0007.test /x/page/fine
expect_asked s0007.test /x/page/trimmed
for p in in-comment in-script in-textarea in-attribute; do
    expect_not_asked s0007.test /x/page/$p
done
[ "$(grep -c ' s0008.test GET /x/page/n' web.log)" -eq 1500 ] ||
    fail "not all of 1,500 links"
# The path is UTF-8 whatever the page is; so is the query of ours.
zhongwen=%E4%B8%AD%E6%96%87
privet=%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82
expect_asked s0009.test "/x/page/$zhongwen?q=$zhongwen"
grep -q " s0010.test GET /x/page/$zhongwen?q=" web.log || fail "gbk"
grep -q ' s0011.test GET /x/page/%E8%A1%A8%E7%A4%BA?q=' web.log || fail "sjis"
grep -q " s0012.test GET /x/page/$privet?q=" web.log || fail "windows-1251"
grep -q " s0013.test GET /x/page/$privet?q=" web.log || fail "koi8-r"
grep -q ' s0014.test GET /x/page/Z%C3%BCrich?q=' web.log || fail "latin"
grep -q " s0015.test GET /x/page/$zhongwen?q=" web.log || fail "utf-16"
expect_asked both.test /tag
expect_not_asked order.test /3
for p in /frame /iframe /area /next /UPPER '/amp?a=1&b=2' /port; do
    expect_asked kinds.test "$p"
done
expect_asked kinds.test / 1
for p in /style.css /image.png /in-plain; do
    expect_not_asked kinds.test $p
done
expect_once
expect_stat links_nofollow 4

anew
urls http://s0004.test/x/nofollow http://s0005.test/x/rel-nofollow
crawl --procs 1 --delay 0 --no-nofollow list.txt
web_settle
expect_asked s0004.test /x/page/not-followed
expect_asked s0005.test /x/page/rel-nofollow
