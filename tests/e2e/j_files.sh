#!/bin/sh
# SPDX-License-Identifier: MIT
# j_files - pages as files: named as wget names them where every file system
# takes that, with the very bytes that the web meant, inside their folder; a
# name that is a folder too; --save and its older --no-warc.
. "$(dirname "$0")/lib.sh"
need redis-server curl gzip zstd

# has FILE OF: that file is there and equal to OF
has() {
    [ -f "$out/files/$1" ] || {
        find "$out/files" | sort | head -n 60
        fail "there is no file $1"
    }
    cmp "$out/files/$1" "$2" || fail "$1 is not what the web sent"
}
# field URL NAME: of the log's line of the URL
field() {
    grep -hF "\"url\":\"$1\"," "$out"/log/*.jsonl |
        sed -n "s/.*\"$2\":\"\([^\"]*\)\".*/\1/p"
}

# --- what is sent ---
head -c 70000 /dev/urandom >noise
awk 'BEGIN { for (i = 0; i < 3000; i++) print "line", i, "\303\244" }' >plain
gzip -c plain >plain.gz
zstd -qc plain >plain.zst
{ head -c 4000 plain.gz && echo damaged; } >broken.gz
: >empty
echo 'a folder and a file' >one
echo 'below it' >below
echo 'another' >other
long=$(printf 'n%.0s' $(seq 300))
site a.test \
    '/ 200 text/html "<a href=/p>p</a>"' \
    '/noise.jpg 200 image/jpeg modified="Sun, 06 Nov 1994 08:49:37 GMT" @noise' \
    '/gz 200 text/plain header="Content-Encoding: gzip" @plain.gz' \
    '/zst 200 text/plain header="Content-Encoding: zstd" @plain.zst' \
    '/broken 200 text/plain header="Content-Encoding: gzip" @broken.gz' \
    '/pack.gz 200 application/gzip @plain.gz' \
    '/empty.txt 200 text/plain @empty' \
    '/nothing 204 text/plain @empty' \
    '/missing 404 text/plain "no"' \
    '/moved 302 text/plain header="Location: /target.txt" "no"' \
    '/target.txt 200 text/plain @other' \
    '/big.bin 200 application/octet-stream @big' \
    '/dir/sub/page.html 200 text/html @one' \
    '/dir/sub/ 200 text/html @other' \
    '/q 200 text/plain @other' \
    '/~me/a%20b.txt 200 text/plain @one' \
    '/%2e%2e%2f%2e%2e%2fescape 200 text/plain @one' \
    '/..%5c..%5cwindows 200 text/plain @one' \
    '/nul.txt 200 text/plain @one' \
    '/x%00y%0a 200 text/plain @one' \
    '/c:d*e 200 text/plain @one' \
    '/end. 200 text/plain @one' \
    "/$long 200 text/plain @one" \
    "/$long.png 200 image/png @other" \
    '/both 200 text/plain @one' \
    '/both/below 200 text/plain @below' \
    '/late/below 200 text/plain @below' \
    '/late 200 text/plain @one' \
    '/share/ 200 text/plain @one' \
    '/share/index.html 200 text/plain @other'
site b.test '/ 200 text/html "b"'
head -c 400000 /dev/zero >big
cut -d' ' -f2 sites.txt | sed 's|^|http://a.test|' | head -n 34 >list.txt
{
    echo 'http://a.test/q?x=1&y=/z'
    echo 'http://b.test/'
    echo 'http://b.test/x/br'
} >>list.txt

# The textbook's list of addresses, of any type, to a folder.
web
crawl --procs 2 --threads 2 --delay 0 --level 0 --save files \
    --max-filesize 200k list.txt
[ -z "$(ls "$out/warc")" ] || fail "--save files wrote WARC files"
a=a.test
has $a/noise.jpg noise
has $a/gz plain
curl -s --compressed -x "http://127.0.0.1:$port" -o br http://b.test/x/br
has b.test/x/br br
has $a/zst plain
has $a/pack.gz plain.gz
has $a/empty.txt empty
has $a/target.txt other
has $a/dir/sub/page.html one
has $a/dir/sub/index.html other
has $a/q other
has "$a/q@x=1&y=%2fz" other
has "$a/~me/a b.txt" one
has "$a/..%2F..%2Fescape" one
has "$a/..%5C..%5Cwindows" one
has "$a/%6eul.txt" one
has "$a/x%00y%0A" one
has "$a/c%3ad%2ae" one
has "$a/end%2e" one
has "$a/both~file" one
has $a/both/below below
has "$a/late~file" one
has $a/late/below below
has b.test/index.html "$(printf b >b.page && echo b.page)"
[ "$(date -u -r "$out/files/$a/noise.jpg" +%s)" -eq 784111777 ] ||
    fail "Last-Modified was not kept"
head -c 200 plain >want
head -c 200 "$out/files/$a/broken" | cmp - want ||
    fail "what could be decoded is not there"
for path in nothing missing moved big.bin; do
    [ ! -e "$out/files/$a/$path" ] || fail "$path was saved"
done
expect_outcome http://a.test/big.bin TOO_BIG
has "$(field "http://a.test/$long" file)" one
has "$(field "http://a.test/$long.png" file)" other
# Two that have one name: both are there, where the log says.
has "$(field http://a.test/share/ file)" one
has "$(field http://a.test/share/index.html file)" other
find "$out/files" -name '.part' -prune -o -type f -print | sort >found.txt
[ "$(wc -l <found.txt)" -eq "$(stat_of files)" ] ||
    fail "$(wc -l <found.txt) files, not $(stat_of files)"
[ -z "$(ls "$out/files/.part")" ] || fail "something was left in .part"
find . -name '*escape*' -o -name '*windows*' | grep -v '^./out/files/a.test/' &&
    fail "a name got out"
expect_stat files_broken 1
expect_stat files_cut_names 2
expect_stat bytes_warc 0
expect_code 0 tell verify
expect_code 0 tell explain http://a.test/late/below
expect_text cmd.out 'in files/a.test/late/below'

# Once more: the same names for the same pages, and a link that somebody put
# in a folder's place is not followed.
names() {
    find "$out/files" -type f | sort
}
names >before.txt
mkdir outside
rm -r "$out/files/$a/dir" && ln -s "$work/outside" "$out/files/$a/dir"
rm "$out/files/$a/q" && ln -s "$work/outside/q" "$out/files/$a/q"
crawl --restart --procs 2 --threads 2 --delay 0 --level 0 --save files \
    --max-filesize 200k list.txt
names >after.txt
expect_same before.txt after.txt
[ -z "$(ls outside)" ] || fail "a symbolic link was followed"
has $a/dir/sub/page.html one
has $a/q other

# A file that is gone is said; so is one that cannot be.
rm "$out/files/$a/q"
expect_code 1 tell verify
expect_text cmd.out '^file: http://a.test/q: a.test/q: it is not in files/' \
    'saved files, 1 of them missing'

# What is kept; how --save and --no-warc go together is test_config's.
urls http://b.test/
keeps() { # HAS-WARC HAS-FILES OPTION ...
    anew
    has_warc=$1 has_files=$2
    shift 2
    crawl --procs 1 --delay 0 --level 0 "$@" list.txt
    find "$out/warc" -name '*.warc.gz' >found.txt
    [ "$(wc -l <found.txt)" -eq "$has_warc" ] || fail "WARC: $*"
    find "$out" -path '*/files/*' -type f >found.txt
    [ "$(wc -l <found.txt)" -eq "$has_files" ] || fail "files: $*"
}
keeps 0 0 --no-warc
keeps 1 1 --save warc,files
keeps 0 1 --save both --no-warc
want=2
crawl --save most list.txt
expect_text crawl.err 'save: "most" is not warc, files, both or none'
crawl --save files --default-page ../x list.txt
expect_text crawl.err 'default-page: "../x" is no plain name of a file'
want=0

# A page and what it is shown with; wget's -E and --default-page.
cat >>sites.txt <<'EOT'
c.test / 200 text/html "<img src=i/a.png><link rel=stylesheet href='s.php?v=1'>"
c.test /i/a.png 200 image/png "png"
c.test /s.php?v=1 200 text/css "a{}"
c.test /x 200 text/html "<p>x"
EOT
end "$web_pid"
web
urls http://c.test/ http://c.test/x
anew
crawl --procs 1 --delay 0 --level 0 --save files --page-requisites \
    --adjust-extension --default-page home.htm list.txt
(cd "$out/files" && find c.test -type f | sort) >found.txt
printf 'c.test/%s\n' home.htm i/a.png s.php@v=1.css x.html >names.txt
expect_same names.txt found.txt
