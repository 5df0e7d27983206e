#!/bin/sh
# SPDX-License-Identifier: MIT
# i_docs_nginx - a folder of real documentation served by nginx: what is asked
# for is what another HTML parser's links lead to, found without a crawler.
. "$(dirname "$0")/lib.sh"
need redis-server nginx xmllint

# One flat folder, so that all of its pages have the same base.
docs=
for folder in /usr/share/doc/python3.*/html/library \
    /usr/share/doc/postgresql-doc-*/html /usr/share/gtk-doc/html/glib; do
    [ -n "$docs" ] || [ ! -f "$folder/index.html" ] || docs=$folder
done
[ -n "$docs" ] || skip "no documentation here: python3-doc or the like"
mkdir -p html/doc tmp
find "$docs/" -maxdepth 1 -name '*.html' -exec cp {} html/doc/ \;
echo "$work" >html/who
printf 'User-agent: *\nDisallow:\n' >html/robots.txt
chmod 755 "$work"
cat >nginx.tmpl <<END
daemon off; master_process off; pid nginx.pid; error_log nginx.log;
events { worker_connections 64; }
http {
    types { text/html html; }
    log_format asked "\$request_uri";
    access_log $work/asked.log asked;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
    uwsgi_temp_path tmp; scgi_temp_path tmp;
    server { listen 127.0.0.1:NGPORT; root $work/html; }
}
END
nginx_start 23300
base=http://127.0.0.1:$ngport

# --- by libxml2's tree, step by step ---
links='//a/@href | //area/@href | //frame/@src | //iframe/@src'
for rel in next prev previous up first last top home contents index copyright \
    author help license canonical alternate chapter section glossary start; do
    links="$links | //link[contains(concat(' ', \
        translate(@rel, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', \
        'abcdefghijklmnopqrstuvwxyz'), ' '), ' $rel ') and \
        not(contains(@rel, 'stylesheet')) and not(contains(@rel, 'icon'))]/@href"
done
# Paths on this server that references from /doc/ lead to (RFC 3986, 5.2.4).
paths() {
    sed -n 's/^ *[a-z]*="\(.*\)"$/\1/p' |
        sed "s/#.*//; s/&amp;/\\&/g; s|^$base/|/|; s|^//127.0.0.1:$ngport/|/|" |
        awk '/^[a-zA-Z][a-zA-Z0-9+.-]*:/ || /^\/\// || $0 == "" { next }
            {
                path = $0 ~ /^\// ? $0 : "/doc/" $0
                query = ""
                if ((q = index(path, "?")) > 0) {
                    query = substr(path, q)
                    path = substr(path, 1, q - 1)
                }
                n = split(path, part, "/")
                top = 0
                for (i = 2; i <= n; i++) {
                    if (part[i] == ".." || part[i] == ".") {
                        if (part[i] == ".." && top > 0)
                            top--
                        if (i == n)
                            out[++top] = ""
                    } else
                        out[++top] = part[i]
                }
                path = ""
                for (i = 1; i <= top; i++)
                    path = path "/" out[i]
                print path query
            }' | sort -u
}
echo /doc/index.html >want.txt
cp want.txt new.txt
while [ -s new.txt ]; do
    : >found.txt
    sed -n 's|^/doc/\([^/?]*\.html\)$|html/doc/\1|p' new.txt | sort -u |
        while read -r file; do
            [ ! -f "$file" ] || echo "$file"
        done >files.txt
    if [ -s files.txt ]; then
        # 10, 11: none of the pages has a link
        xargs xmllint --html --nowarning --xpath "$links" <files.txt \
            2>/dev/null >raw.txt || [ -s raw.txt ] || :
        paths <raw.txt >found.txt
    fi
    comm -13 want.txt found.txt >new.txt
    sort -u want.txt new.txt >more.txt
    mv more.txt want.txt
done
[ "$(wc -l <want.txt)" -ge 100 ] || fail "no documentation to speak of"

# --- by weft ---
echo "$base/doc/index.html" >list.txt
for parser in sieve full; do
    : >asked.log
    anew
    crawl --procs 1 --delay 0 --per-site 8 --domains 127.0.0.1 \
        --allow-private --no-warc --max-links 1000000 --max-filesize 100m \
        --parser $parser list.txt
    grep -vx -e /robots.txt -e /who asked.log | sort >asked.sorted
    expect_same want.txt asked.sorted
done
echo "$docs: $(wc -l <want.txt) URLs, $(find html/doc -name '*.html' | wc -l) pages"
