#!/bin/sh
# SPDX-License-Identifier: MIT
# j_links - --links writes every link that is found, followed or not, with what
# it says; a killed worker leaves no file that gzip cannot read, and no page
# that is done without its lines.
. "$(dirname "$0")/lib.sh"
need redis-server gzip

# --- what a line says ---
cat >page.html <<'END'
<!DOCTYPE html><title>x</title><base href=/d/>
<a href=one>One  <b>two</b>
 three</a> <a href=two rel="nofollow  me"><img src=i.png alt="An &eacute; image"></a>
<a href=three>a&amp;b &eacute; &lt;c&gt; x<br>y<script>no</script><!-- no -->z</a>
<a href="four?q=\a">back\slash&#9;tab</a><map><area href=five alt=" an  area "></map>
<a href=six>unclosed <a href=seven>next</a><table><tr><td><a href=eight>cell<td>other</table>
<link rel=next href=nine><a href="#x">here</a><a href=mailto:a@b.c>mail</a><iframe src=ten></iframe>
<a href=http://elsewhere.test/></a><template><a href=no></a></template>
END
site g.test '/ 200 text/html header="Link: <next>; rel=\"next prev\"" @page.html' \
    '/empty 200 text/html "no link"'
web --hosts 20 --pages 60 --cross 2 --latency 10
row() {
    printf '%s\t%s\t%s\t%s\n' http://g.test/ "$@"
}
{
    row http://g.test/next '' 'next prev'
    row http://g.test/d/one 'One two three' ''
    row http://g.test/d/two "An $(printf '\303\251') image" 'nofollow me'
    row http://g.test/d/three "a&b $(printf '\303\251') <c> x yz" ''
    row 'http://g.test/d/four?q=\\a' 'back\\slash tab' ''
    row http://g.test/d/five 'an area' ''
    row http://g.test/d/six unclosed ''
    row http://g.test/d/seven next ''
    row http://g.test/d/eight cell ''
    row http://g.test/d/nine '' next
    row http://g.test/d/ here ''
    row http://g.test/d/ten '' ''
    row http://elsewhere.test/ '' ''
} >want.tsv
urls http://g.test/ http://g.test/empty
for parser in sieve full; do
    anew
    crawl --procs 1 --delay 0 --links --level 0 --parser $parser list.txt
    zcat "$out"/links/*.tsv.gz >got.tsv
    expect_same want.tsv got.tsv
    expect_stat links_written 13
done

# Not asked for: nothing, not even a folder.
anew
crawl --procs 1 --delay 0 --level 0 list.txt
[ ! -e "$out/links" ] || fail "links without --links"

# --- workers are killed ---
: >web.log
anew
mkdir -p "$out/links"
# What one left when it was killed in the middle of a write, and garbage.
printf 'a\tb\t\t\n' | gzip >whole.gz
head -c 12 whole.gz | cat whole.gz - >"$out/links/t-torn.tsv.gz.open"
head -c 7 whole.gz >"$out/links/t-none.tsv.gz.open"
# The crawl must last longer than a worker that died thrice is waited for.
crawl_start --procs 3 --threads 2 --connections 8 --delay 0.1 --links \
    --durability power seeds.csv
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}
has_workers() {
    [ "$(workers | wc -l)" -ge 2 ]
}
for kills in 1 2 3 4; do
    wait_for some $((kills * 100))
    wait_for has_workers
    kill -KILL "$(workers | sed -n "$((kills % 2 + 1))p")" 2>/dev/null || :
done
crawl_wait
expect_complete
expect_stat worker_deaths -ge 3
open=$(find "$out/links" -name '*.open' -size +0c)
[ -z "$open" ] || fail "left open: $open"
gzip -t "$out"/links/*.tsv.gz || fail "a file is not whole"
[ ! -e "$out/links/t-none.tsv.gz" ] || fail "a file without a line is kept"
zcat "$out/links/t-torn.tsv.gz" | cmp -s - "$(printf 'a\tb\t\t\n' >ab && echo ab)" ||
    fail "the torn file is not cut to its whole lines"
rm "$out/links/t-torn.tsv.gz"
zcat "$out"/links/*.tsv.gz >rows.tsv
awk -F '\t' 'NF != 4 || $1 !~ "^http://" || $2 !~ "^http://" { exit 1 }' \
    rows.tsv || fail "a line is broken: $(awk -F '\t' 'NF != 4' rows.tsv | head -n 1)"
# Each page that the log has with links has as many lines, or twice as many
# where it was fetched twice.
cat "$out"/log/*.jsonl | sed -n \
    's/.*"url":"\([^"]*\)","outcome":"OK".*"links":\([0-9]*\),.*/\1 \2/p' |
    sort -u >pages.txt
[ "$(wc -l <pages.txt)" -ge 500 ] || fail "few pages have links"
awk -F '\t' '{ n[$1]++ } END { for (u in n) print u, n[u] }' rows.tsv |
    sort >counts.txt
join pages.txt counts.txt | awk '$3 % $2 == 0 { n++ } END { print n + 0 }' \
    >good.txt
[ "$(cat good.txt)" -eq "$(wc -l <pages.txt)" ] ||
    fail "$(cat good.txt) of $(wc -l <pages.txt) pages have their lines:" \
        "$(join -a 1 pages.txt counts.txt | awk '$3 == "" || $3 % $2 != 0' | head -n 3)"
