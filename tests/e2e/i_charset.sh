#!/bin/sh
# SPDX-License-Identifier: MIT
# i_charset - requests for links of pages in old charsets are, byte by byte,
# those of a browser: paths in UTF-8, queries in the page's charset.
. "$(dirname "$0")/lib.sh"
need redis-server iconv

: >list.txt
# charset NAME HOW 'LINK, as a format of printf' PATH QUERY: the page of
# NAME.test links to LINK?q=LINK, which must be asked for as PATH?q=QUERY.
# HOW it says its charset: header=, meta= or xml=LABEL, lang=TAG, none.
charset() {
    type=text/html head=
    case $2 in
    header=*) type="\"text/html; charset=${2#header=}\"" ;;
    meta=*) head="<meta charset=${2#meta=}>" ;;
    xml=*) head="<?xml version=\"1.0\" encoding=\"${2#xml=}\"?>" ;;
    lang=*) head="<html lang=\"${2#lang=}\">" ;;
    esac
    {
        printf '%s<title>page</title><a href="/' "$head"
        # shellcheck disable=SC2059
        printf "$3?q=$3"
        printf '&amp;e=&#x1f600;#x">x</a>'
    } >"$1.html"
    site "$1.test" "/ 200 $type @$1.html"
    echo "http://$1.test/" >>list.txt
    smile=%26%23128512%3B
    case $1 in
    utf* | gb18030) smile=%F0%9F%98%80 ;;
    esac
    [ "$1" != gb18030 ] || smile='%949%FC6'
    printf '%s %s\n' "$1.test" "/$4?q=$5&e=$smile" >>wanted.txt
}

# Said by the page; web.log has \x5c for a backslash.
charset sjis header=shift_jis '\223\372\226{\214\352\203\\' \
    '%E6%97%A5%E6%9C%AC%E8%AA%9E%E3%82%BD' '%93%FA%96{%8C%EA%83\x5c'
charset eucjp meta=euc-jp '\306\374\313\334\270\354' \
    '%E6%97%A5%E6%9C%AC%E8%AA%9E' '%C6%FC%CB%DC%B8%EC'
charset jis meta=iso-2022-jp '\033$B$"$#\033(Bz' \
    '%E3%81%82%E3%81%83z' '%1B$B$%22$%23%1B(Bz'
charset gbk meta=gb2312 '\326\320\316\304\201@\200' \
    '%E4%B8%AD%E6%96%87%E4%B8%82%E2%82%AC' '%D6%D0%CE%C4%81@%80'
charset gb18030 header=gb18030 '\326\320\316\304\242\343' \
    '%E4%B8%AD%E6%96%87%E2%82%AC' '%D6%D0%CE%C4%A2%E3'
charset big5 header=big5 '\244\244\244\345\245\\' \
    '%E4%B8%AD%E6%96%87%E5%8A%9F' '%A4%A4%A4%E5%A5\x5c'
charset euckr meta=ks_c_5601-1987 '\307\321\261\271\276\356' \
    '%ED%95%9C%EA%B5%AD%EC%96%B4' '%C7%D1%B1%B9%BE%EE'
charset cp1251 header=windows-1251 '\317\360\350\342\345\362' \
    '%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82' '%CF%F0%E8%E2%E5%F2'
charset koi8 xml=koi8-r '\360\322\311\327\305\324' \
    '%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82' '%F0%D2%C9%D7%C5%D4'
charset latin header=iso-8859-1 'caf\351\226' \
    'caf%C3%A9%E2%80%93' 'caf%E9%96'
# A broken byte is one character, and takes nothing with it.
charset broken header=euc-jp 'a\306z' 'a%EF%BF%BDz' 'a%26%2365533%3Bz'
# Found out
charset utf8 none '\320\237\321\200' '%D0%9F%D1%80' '%D0%9F%D1%80'
charset gsjis none '\223\372\226{\214\352\202\314\203z\201[\203\200' \
    '%E6%97%A5%E6%9C%AC%E8%AA%9E%E3%81%AE%E3%83%9B%E3%83%BC%E3%83%A0' \
    '%93%FA%96{%8C%EA%82%CC%83z%81[%83%80'
charset gcp1251 none '\304\356\361\362\356\357\360\350\354\345\367\340' \
    '%D0%94%D0%BE%D1%81%D1%82%D0%BE%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%87%D0%B0' \
    '%C4%EE%F1%F2%EE%EF%F0%E8%EC%E5%F7%E0'
charset ggbk lang=zh-CN '\313\321\313\367' '%E6%90%9C%E7%B4%A2' '%CB%D1%CB%F7'
charset glatin none 'Gr\366\337e' 'Gr%C3%B6%C3%9Fe' 'Gr%F6%DFe'
# UTF-16 by its byte order mark: queries are UTF-8.
charset utf16 none '\344\270\255' '%E4%B8%AD' '%E4%B8%AD'
{
    printf '\377\376'
    iconv -f utf-8 -t utf-16le utf16.html
} >utf16.tmp
mv utf16.tmp utf16.html

web
crawl --procs 1 --delay 0 list.txt
web_settle
awk '$4 ~ /[?]/ { print $2, $4 }' web.log | sort >got.txt
sort wanted.txt >want.txt
expect_same got.txt want.txt
expect_stat charsets_missing 0

# An iconv without the charset: counted, said, and ASCII links are found.
anew
printf '<a href="/ascii?a">x</a><a href="/\307\321">x</a>' >missing.html
preload no_iconv WEFT_TEST_NO_ICONV=CP949
expect_code 0 "$worker" links --base http://a.test/ \
    --content-type 'text/html; charset=euc-kr' missing.html
expect_text cmd.err 'iconv lacks EUC-KR'
expect_text cmd.out '^http://a.test/ascii.a$'
urls http://euckr.test/
crawl --procs 1 --delay 0 list.txt
expect_stat charsets_missing 1
