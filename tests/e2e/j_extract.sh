#!/bin/sh
# SPDX-License-Identifier: MIT
# j_extract - --extract, --text and their kin: what is on the pages is in
# OUT/extract, in UTF-8 whatever the pages are in, as JSON lines or CSV; and
# the same as an independent tool finds.
. "$(dirname "$0")/lib.sh"
need redis-server iconv
worker=$build/worker

aring=$(printf '\303\205') sup2=$(printf '\302\262') dash=$(printf '\342\200\223')
hello=$(printf '\320\237\321\200\320\270\320\262\320\265\321\202')
world=$(printf '\320\234\320\270\321\200')
# What stands in {}, as the letter.
utf8() {
    sed "s/{aring}/$aring/g; s/{sup2}/$sup2/g; s/{dash}/$dash/g"
}

# lines FILE: what was extracted, sorted, without the time of the fetch.
lines() {
    cat "$out"/extract/*."$1" |
        sed 's/"fetched":"[-0-9T:.]*Z",//; s/,20[-0-9T:.]*Z,/,/' | sort
}

# --- a table of countries, as the textbook has it ---
for i in 1 2 3; do
    case $i in
    1) name="${aring}land \"Islands\"" area='1,580' ;;
    2) name='Norge &amp; Svalbard' area='385 207' ;;
    3) name='Suomi' area='338,455 km&sup2' ;;
    esac
    cat >country$i.html <<HTML
<!DOCTYPE html><title>Country $i</title><meta name=description content=" no. $i ">
<style>p { }</style><h1>
 $name</h1><script>var x = "<h1>none</h1>"</script>
<table><tr id=name><th>Country<td class="v w">$name
<tr id=area><th>Area<td class=v>$area</table>
<p hidden>nothing<p>A <a href="../list">list</a> &#150; here.
HTML
done
printf '<title>list</title><ul><li><a href=/country/1>1</a><li><a href=/country/2>2</a><li><a href=/country/3>3</a></ul>' >list.html
site a.test '/ 200 text/html @list.html' \
    '/country/1 200 "text/html; charset=utf-8" @country1.html' \
    '/country/2 200 "text/html; charset=utf-8" @country2.html' \
    '/country/3 200 "text/html; charset=utf-8" @country3.html' \
    '/list 200 text/html @list.html' \
    '/robots.txt 404 text/plain ""'
web
urls http://a.test/
crawl --delay 0 --extract 'country=css:#name td.v' --extract 'area=//tr[@id="area"]/td' \
    --extract 'links[]=url:css:a::attr(href)' --extract 'n=count(//tr)' list.txt
lines jsonl >got.txt
utf8 >want.txt <<'WANT'
{"url":"http://a.test/","country":null,"area":null,"links":["http://a.test/country/1","http://a.test/country/2","http://a.test/country/3"],"n":0}
{"url":"http://a.test/country/1","country":"{aring}land \"Islands\"","area":"1,580","links":["http://a.test/list"],"n":2}
{"url":"http://a.test/country/2","country":"Norge & Svalbard","area":"385 207","links":["http://a.test/list"],"n":2}
{"url":"http://a.test/country/3","country":"Suomi","area":"338,455 km{sup2}","links":["http://a.test/list"],"n":2}
{"url":"http://a.test/list","country":null,"area":null,"links":["http://a.test/country/1","http://a.test/country/2","http://a.test/country/3"],"n":0}
WANT
expect_same got.txt want.txt
expect_stat extract_pages 5
expect_stat extract_lines 5
expect_code 0 tell verify

# --- a file of rules; CSV; a line for each row ---
cat >rules.txt <<'RULES'
# countries, and nothing else
[http://a.test/country/*]
country = css:#name td
@each   = css:table tr
key     = th
value   = td
RULES
anew
crawl --delay 0 --procs 2 --extract-from rules.txt --extract-format csv list.txt
printf '%s\r\n' 'url,fetched,country,key,value,truncated' >want.txt
head -q -n 1 "$out"/extract/*.csv | sort -u >got.txt
expect_same got.txt want.txt
lines csv | grep -v '^url,' | tr -d '\r' >got.txt
utf8 >want.txt <<'WANT'
http://a.test/country/1,"{aring}land ""Islands""",Country,"{aring}land ""Islands""",
http://a.test/country/1,,Area,"1,580",
http://a.test/country/2,,Area,385 207,
http://a.test/country/2,Norge & Svalbard,Country,Norge & Svalbard,
http://a.test/country/3,,Area,"338,455 km{sup2}",
http://a.test/country/3,Suomi,Country,Suomi,
WANT
sort want.txt >sorted.txt
sort got.txt >got2.txt
expect_same got2.txt sorted.txt
expect_stat extract_pages 3
expect_stat extract_lines 6

# --- text; the disk is waited for; files of two processes ---
anew
crawl --delay 0 --text --durability power --procs 2 list.txt
lines jsonl | grep country/2 >got.txt
utf8 >want.txt <<'WANT'
{"url":"http://a.test/country/2","title":"Country 2","description":"no. 2","text":"Norge & Svalbard\nCountry\tNorge & Svalbard\nArea\t385 207\nA list {dash} here."}
WANT
expect_same got.txt want.txt
[ "$(find "$out/extract" -name '*.jsonl' | wc -l)" -eq 2 ] || fail "not 2 files"
# Half a line of a killed process is cut off when the next one begins.
torn=$(find "$out/extract" -name '*.jsonl' | head -n 1)
cp "$torn" before.jsonl
printf '{"url":"http://a' >>"$torn"
crawl --delay 0 --restart --text --procs 1 list.txt
expect_same "$torn" before.jsonl
expect_text crawl.err '--restart drops crawl t: .*extract/.* stays'

# --- what cannot be is refused before anything begins, and where ---
refused() {
    text=$1
    shift
    expect_code 2 "$build/master" --dry-run "$@" list.txt
    grep -qF -- "$text" cmd.err || fail "not \"$text\": $(cat cmd.err)"
}
refused 'a: "//td[" at 6' --extract 'a=//td['
refused 'a: "//a[f(.)]" at 5: XPath 1.0 has no such function' --extract 'a=//a[f(.)]'
refused 'a: "css:p:hover" at 6' --extract 'a=css:p:hover'
refused 'not of the form NAME=EXPRESSION: "a"' --extract a
refused 'this name is taken' --extract 'url=//a'
refused 'given twice' --extract 'a=//a' --extract 'a=//b'
refused 'json or csv' --extract 'a=//a' --extract-format xml
refused '--extract NAME=' --extract-each //tr
printf '[http://x/*]\na = //b\n\nb = css:x[\n' >bad.txt
refused 'bad.txt:4: b: "css:x[" at 7' --extract-from bad.txt
printf 'a = //b\n' >bad.txt
refused 'bad.txt:1: a [PATTERN]' --extract-from bad.txt
printf '[~ (x]\na=//b\n' >bad.txt
refused 'bad.txt:1: regex: "(x" at 3' --extract-from bad.txt

# --- the probe, and every charset the same ---
probe() {
    expect_code 0 "$worker" extract --base http://a.test/x "$@"
}
for charset in utf-8 windows-1251 koi8-r iso-8859-5 utf-16le gb18030 shift_jis; do
    printf '<meta charset=%s><title>%s</title><h1>%s</h1>' "$charset" "$hello" "$world" |
        iconv -f utf-8 -t "$charset" >page.html
    probe --extract 'h=//h1' --content-type "text/html; charset=$charset" \
        --text page.html
    expect_text cmd.out "\"title\":\"$hello\".*\"text\":\"$world\",\"h\":\"$world\""
    case $charset in
    utf-16le) ;;
    *)
        probe --extract 'h=//h1' page.html # by its meta
        expect_text cmd.out "\"h\":\"$world\""
        ;;
    esac
done
# What no page may do: take forever, or memory, or what is not its own.
{
    printf '<table>'
    yes '<tr><td>1' 2>/dev/null | head -n 20000
} >big.html
probe --extract 'odd[]=css:tr:nth-child(odd)' --extract 'n=count(//tr)' big.html
expect_text cmd.out '"odd":\[\]'
expect_text cmd.err '1 expressions took too many steps'
probe --extract 'all[]=//td' --extract-max 1k big.html
expect_text cmd.out '"1"\],"truncated":true'
[ "$(wc -c <cmd.out)" -lt 6000 ] || fail "$(wc -c <cmd.out) bytes of 1k"
probe --extract 'all[]=//td' --extract-max 1k --extract-format csv big.html
tr -d '\r' <cmd.out >got.txt
expect_text got.txt '^url,fetched,all,truncated$' '; 1,true$'
yes '<div><p>' 2>/dev/null | head -n 400000 >deep.html
probe --extract 'n=count(//p)' deep.html
expect_text cmd.out '"truncated":true'
printf '<!DOCTYPE html [<!ENTITY x SYSTEM "/etc/passwd">]><p>&x;</p>' >xxe.html
probe --extract 'p=//p[last()]' xxe.html
expect_text cmd.out '"p":"&x;"'

# --- an independent tool finds the same on real pages ---
command -v xmllint >/dev/null || skip "all else is right, but there is no xmllint"
# value NAME XPATH: as JSON has a string
value() {
    printf '"%s":"%s",' "$1" "$(xmllint --html --encode utf-8 --xpath \
        "normalize-space($2)" "$page" 2>/dev/null |
        sed 's/\\/\\\\/g; s/"/\\"/g')"
}
{
    find -L /usr/share/doc/python3*/html -name '*.html' | sort | sed -n '1~60p'
    find -L /usr/share/doc/postgresql-doc-*/html -name '*.html' | sort | sed -n '1~150p'
    find -L /usr/share/doc/lib*-doc -name '*.html' | sort | sed -n '1~400p'
} 2>/dev/null | grep '\.html$' | head -n 24 >pages.txt || true
compared=0
while read -r page; do
    # xmllint does not guess
    grep -qi '<meta[^>]*charset' "$page" || continue
    {
        value title '//title'
        value h1 '//h1'
        value row '//table//tr[2]'
        value item '//li[3]'
        printf '"links":%s}\n' \
            "$(xmllint --html --xpath 'count(//a[@href])' "$page" 2>/dev/null)"
    } >want.txt
    probe --extract 'title=string(//title)' --extract 'h1=string(//h1)' \
        --extract 'row=string(//table//tr[2])' --extract 'item=string(//li[3])' \
        --extract 'links=count(//a[@href])' "$page"
    sed 's/^{"url":"[^"]*","fetched":"[^"]*",/{/; s/^{//' cmd.out >got.txt
    cmp -s got.txt want.txt ||
        fail "$page: xmllint finds $(cat want.txt), we $(cat got.txt)"
    compared=$((compared + 1))
done <pages.txt
echo "$compared pages compared with xmllint"
