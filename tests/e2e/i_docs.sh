#!/bin/sh
# SPDX-License-Identifier: MIT
# i_docs - pages as documentation and old sites have them: every kind of link
# that a browser without scripts would find is followed, and no other.
. "$(dirname "$0")/lib.sh"
need redis-server

html() {
    path=$1
    shift
    file=page-$(echo "$path" | tr / -).html
    printf "%s\n" "$@" >"$file"
    site doc.test "/$path 200 text/html @$file"
}

# plain PATH ...: leaves
plain() {
    for p in "$@"; do
        site doc.test "/$p 200 text/html \"a leaf\""
    done
}

html index '<!DOCTYPE html><HTML><HEAD><TITLE>x <a href=/no-title></TITLE>' \
    '<link rel=next href=rel-next><LINK REL="Copyright" HREF=rel-copyright>' \
    '<link rel=canonical href=canonical><link rel=preconnect href=no-preconnect>' \
    '<link rel=stylesheet href=q-style><link rel="shortcut icon" href=q-icon>' \
    '<noscript><meta http-equiv=refresh content="9;URL=refresh"></noscript>' \
    '</HEAD><BODY background=q-background>' \
    '<p><a href=dir/deep>deep</p><A HREF = "upper">U</a><a href=&#101;ntity>e' \
    '<a href="am?a=1&amp;b=2">amp</a><a href="  white' \
    'space ">w</a><a href="odd%20name [1].html">odd</a>' \
    '<map><area href=area alt=x></map><area href="#here">' \
    '<!--> <a href=after-comment> <!-- <a href=no-comment> --!>' \
    '<a title="<a href=no-title>" href=after-title><textarea><a href=no-area>' \
    '</textarea><script>"<!--<script>" </script> <a href=no-script> </script>' \
    '<template><a href=no-template></template>' \
    '<div><template shadowrootmode=open><a href=shadow></template></div>' \
    '<noscript><a href=noscript><img src=q-noscript></noscript>' \
    '<svg><a href=svg></a><style><a href=in-svg-style></style></svg>' \
    '<![CDATA[ <a href=no-cdata> ]]><a/href=slash /><a href=nofollow rel=nofollow>' \
    '<table><tr><a href=fostered><td><ul><li><a href=list><li></table></b></i>' \
    '<img src=q-img srcset="q-small 100w, q-large 2x,q-bad 3q , q-comma,x 200w">' \
    '<picture><source srcset="q-source"></picture><object data=q-object>' \
    '</object><video poster=q-poster><source src=q-video><track src=q-track>' \
    '</video><embed src=q-embed><input type=image src=q-button><input src=no-i>' \
    '<script src=q-script></script><form action=q-form><form method=post' \
    ' action=no-post></form><a href=nest/frames>f</a><a href=base/page>b</a>' \
    '<a href=headers>h</a><a href=robots-tag>r</a><a href=other-tag>o</a>' \
    '<a href=dir>d</a><a href=broken>404</a><a href=plain-text>t</a>' \
    '<a href="javascript:x()">j</a><a href=mailto:a@b.test>m</a><a data-href=no-data>' \
    '<iframe src=iframe><a href=no-iframe></iframe><a href="unclosed>' \
    '<a href=no-unclosed>'
html nest/frames '<frameset cols="1,1"><frame src=left><frame src=../nest/right>' \
    '<noframes><a href=no-frames></noframes></frameset>'
html base/page '<base href=/other/><base href=/no/><a href=based>' \
    '<a href="?query">'
html iframe '<img src=q-inner><a href=inner>'
site doc.test '/dir 301 text/plain header="Location: /dir/" ""' \
    '/dir/ 200 text/html "<a href=more>"' \
    '/plain-text 200 text/plain "<a href=no-plain>"' \
    '/headers 200 text/plain header="Link: <h-next>; rel=\"next\", <h-two,x>;rel=prev" header="link: <h-alternate>; title=\"a, <no-title>; b\"; rel=\"x alternate\"" header="Link: <no-anchor>; rel=next; anchor=\"#a\", <q-style2>; rel=stylesheet" header="Refresh: 3; URL='\''/h-refresh'\''" "<a href=no-text>"' \
    '/robots-tag 200 text/html header="X-Robots-Tag: noindex" header="X-Robots-Tag: weft: nofollow" "<a href=no-tag><img src=no-image>"' \
    '/other-tag 200 text/html header="X-Robots-Tag: otherbot: none, weft: noindex" "<a href=tag>"'

# What must be asked for, without options.
cat >want.txt <<'END'
/index
/rel-next
/rel-copyright
/canonical
/refresh
/dir/deep
/upper
/entity
/am?a=1&b=2
/whitespace
/odd%20name%20[1].html
/area
/after-comment
/after-title
/shadow
/noscript
/svg
/in-svg-style
/slash
/fostered
/list
/nest/frames
/nest/left
/nest/right
/base/page
/other/based
/other/?query
/headers
/h-next
/h-two,x
/h-alternate
/h-refresh
/robots-tag
/other-tag
/tag
/dir
/dir/
/dir/more
/broken
/plain-text
/iframe
/inner
END
# These with --page-requisites too.
cat >requisites.txt <<'END'
/q-style
/q-icon
/q-background
/q-noscript
/q-img
/q-small
/q-large
/q-comma,x
/q-source
/q-object
/q-poster
/q-video
/q-track
/q-embed
/q-button
/q-script
/q-inner
END
grep -v -x -e /broken -e /index -e /iframe -e /headers -e /robots-tag \
    -e /other-tag -e /plain-text -e /dir -e /dir/ -e /nest/frames \
    -e /base/page want.txt | cat - requisites.txt |
    sed 's/^\///; s/[?].*//' >leaves.txt
echo 'q-form
q-style2' >>leaves.txt
while read -r leaf; do plain "$leaf"; done <leaves.txt

# asked_are FILE ...: the web was asked for these, each once, and no others.
asked_are() {
    web_settle
    sort "$@" >want.sorted
    sed -n "$((log_at + 1)),\$p" web.log |
        awk '$2 == "doc.test" && $4 != "/robots.txt" { print $4 }' |
        sort >asked.sorted
    expect_same want.sorted asked.sorted
    log_at=$(wc -l <web.log)
}

web --hosts 1 --pages 1
log_at=0
urls http://doc.test/index
crawl --procs 1 --delay 0 list.txt
asked_are want.txt
expect_stat links_nofollow 2
expect_outcome http://doc.test/broken HTTP_4XX

anew
crawl --procs 1 --delay 0 --page-requisites list.txt
printf '/q-form\n/q-style2\n' >more.txt
asked_are want.txt requisites.txt more.txt

# The page and what it is shown with, two levels deep: a frame has an image.
anew
crawl --procs 1 --delay 0 --level 0 --page-requisites list.txt
printf '/index\n/iframe\n' >page.txt
asked_are page.txt requisites.txt

# The same by hand.
"$build/worker" links --base http://doc.test/index --page-requisites --all \
    page-index.html >all.txt
expect_text all.txt '^http://doc.test/q-form$' 'nofollow.*nofollow .rel.' \
    '^javascript:x\(\).not http or https'
expect_no_text all.txt '/no-'
