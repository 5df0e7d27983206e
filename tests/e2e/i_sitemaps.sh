#!/bin/sh
# SPDX-License-Identifier: MIT
# i_sitemaps - the links of sitemaps and feeds, wherever one meets them; those
# that robots.txt names with --sitemaps.
. "$(dirname "$0")/lib.sh"
need redis-server gzip

page='200 text/html "a page"'
pages() { # HOST PATH ...
    pages_host=$1
    shift
    for p in "$@"; do site "$pages_host" "$p $page"; done
}
xml() { # HOST PATH FILE: an answer with that body
    site "$1" "$2 200 application/xml @$3"
}
urlset() { # URL ...
    printf '<?xml version="1.0" encoding="UTF-8"?>\n<urlset>'
    printf '<url><loc>%s</loc></url>' "$@"
    printf '</urlset>\n'
}

# A page links to an index, that names a gzip file by any type, that has URLs.
site links.test '/ 200 text/html "<a href=/index.xml></a><a href=/rss></a><a href=/atom></a><a href=/torn></a><a href=/bomb.xml.gz></a><a href=/text.txt></a><a href=/archive.gz></a>"'
cat >index.xml <<'X'
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>http://links.test/packed.xml.gz</loc></sitemap>
<sitemap><loc>http://links.test/list.txt</loc></sitemap>
<sitemap><loc>http://links.test/gone.xml</loc></sitemap>
</sitemapindex>
X
xml links.test /index.xml index.xml
urlset 'http://links.test/packed?a=1&amp;b=2' 'http://links.test/bare?a=1&b=2' \
    http://links.test/packed | gzip >packed.gz
site links.test '/packed.xml.gz 200 application/octet-stream @packed.gz' \
    '/list.txt 200 text/plain "http://links.test/listed\nno URL\n"' \
    '/text.txt 200 text/plain "http://links.test/not-listed\n"'
cat >rss.xml <<'X'
<?xml version="1.0"?><rss version="2.0"><channel><link>http://links.test/</link>
<item><title>1</title><link>http://links.test/rss-item</link>
<guid isPermaLink="false">http://links.test/no-link</guid></item></channel></rss>
X
site links.test '/rss 200 text/html @rss.xml' # as many sites have it
cat >atom.xml <<'X'
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://links.test/blog/">
<link rel="self" href="/atom-self"/><link rel="next" href="/atom-2"/>
<entry><link href="entry"/></entry></feed>
X
site links.test '/atom 200 application/atom+xml @atom.xml'
printf '<urlset><url><loc>http://links.test/before</loc></url><url><loc>http://links.test/ha' >torn.xml
xml links.test /torn torn.xml
{
    printf '<urlset><url><loc>http://links.test/bomb-head</loc></url>'
    head -c 60000000 /dev/zero | tr '\0' ' '
    printf '<url><loc>http://links.test/bomb-tail</loc></url></urlset>'
} | gzip -9 >bomb.gz
printf 'an archive, not XML <loc>http://links.test/archived</loc>' | gzip >archive.gz
site links.test '/bomb.xml.gz 200 application/gzip @bomb.gz' \
    '/archive.gz 200 application/gzip @archive.gz'
pages links.test '/packed' /bare /listed /not-listed /rss-item /no-link /atom-2 \
    /atom-self /blog/entry /before /ha /bomb-head /bomb-tail /archived

# robots.txt names some: on another host, in a row of redirects, out of scope.
printf 'user-agent: *\ndisallow: /no\nsitemap: http://named.test/a.xml\nsitemap: http://files.test/b.txt\nsitemap: /moved.xml\nsitemap: http://kept-out.test/c.xml\nsitemap: http://named.test/no.xml\nsitemap: ftp://named.test/x\n' >robots.txt
site named.test '/robots.txt 200 text/plain @robots.txt' \
    "/ $page" '/moved.xml 301 - header="Location: /there" ""' \
    '/there 200 text/plain "http://named.test/moved\nhttp://named.test/no\n"'
urlset http://named.test/a http://kept-out.test/a >a.xml
xml named.test /a.xml a.xml
xml named.test /no.xml a.xml
site files.test '/b.txt 200 application/octet-stream "http://named.test/b\n"'
pages named.test /a /b /moved /no
pages kept-out.test /a /c.xml
# An index that names another one, and so on: five of them.
for n in 1 2 3 4 5 6; do
    printf '<sitemapindex><sitemap><loc>/%d</loc></sitemap></sitemapindex>' \
        $((n + 1)) >chain$n.xml
    xml chain.test /$n chain$n.xml
done
site chain.test "/ $page" '/robots.txt 200 text/plain "sitemap: http://chain.test/1\n"'
pages chain.test /7

web
urls http://links.test/
crawl --procs 1 --threads 2 --delay 0 --max-filesize 1m list.txt
web_settle
for p in '/packed?a=1&b=2' '/bare?a=1&b=2' /packed /listed /rss-item /atom-2 \
    /blog/entry /before /bomb-head; do
    expect_asked links.test "$p"
done
for p in /not-listed /no-link /atom-self /ha /bomb-tail /archived; do
    expect_not_asked links.test "$p"
done
expect_outcome http://links.test/gone.xml HTTP_4XX
line() { # URL REGEX ...: in its line of the log
    grep -hF "\"url\":\"$1\"" "$out"/log/*.jsonl >line.txt
    shift
    expect_text line.txt "$@"
}
line http://links.test/index.xml '"sitemap":"sitemapindex"' '"links":3' '"depth":1'
line http://links.test/packed.xml.gz '"sitemap":"urlset"' '"depth":1' \
    '"referrer":"http://links.test/index.xml"'
line http://links.test/list.txt '"sitemap":"text"'
line http://links.test/rss '"sitemap":"rss"'
line http://links.test/atom '"sitemap":"atom"'
line http://links.test/listed '"depth":2' '"referrer":"http://links.test/list.txt"'
expect_stat sitemaps 7
expect_stat sitemaps_broken 2 # torn; a list with a line that is no URL
expect_stat sitemaps_cut 1
expect_stat sitemap_links 13
expect_code 0 tell verify

# --level counts a sitemap's URLs as one deeper; with no room for them none of
# its files is fetched for it.
anew
urls http://links.test/index.xml
crawl --procs 1 --delay 0 --level 1 list.txt
expect_outcome http://links.test/listed OK
line http://links.test/listed '"depth":1'

# What robots.txt names: only with --sitemaps.
anew
urls http://named.test/ http://chain.test/
crawl --procs 1 --threads 1 --delay 0 list.txt
expect_stat pages 2
expect_stat sitemaps 0
anew
crawl --procs 2 --threads 2 --delay 0 --sitemaps --exclude-domains kept-out.test \
    --accept-types text/html --accept-regex 'named.test/[abm]' list.txt
expect_outcome http://named.test/a OK
expect_outcome http://named.test/b OK
expect_outcome http://named.test/moved OK
expect_outcome http://named.test/no.xml ROBOTS
line http://named.test/a.xml '"sitemap":"urlset"' '"depth":0' \
    '"referrer":"http://named.test/robots.txt"'
line http://files.test/b.txt '"sitemap":"text"'
line http://named.test/there '"sitemap":"text"' '"hops":1'
line http://named.test/b '"depth":1' '"referrer":"http://files.test/b.txt"'
web_settle
expect_not_asked kept-out.test /c.xml
expect_not_asked kept-out.test /a
expect_asked chain.test /5
expect_not_asked chain.test /6
expect_stat sitemaps 8
expect_code 0 tell verify
anew
crawl --procs 1 --delay 0 --sitemaps --level 0 list.txt
expect_stat pages 2

anew
want=2
crawl --sitemaps --no-robots list.txt
expect_text crawl.err 'sitemaps: robots.txt names them'
