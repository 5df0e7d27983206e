#!/bin/sh
# SPDX-License-Identifier: MIT
# l_examples - the commands in the manuals' EXAMPLES are good ones: crawls by
# --dry-run, what needs no crawl for real.
. "$(dirname "$0")/lib.sh"
PATH=$build:$PATH
export PATH

# examples PAGE - the commands, a line each, as a reader would type them
examples() {
    sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl //p' "$root/docs/$1" |
        sed -e 's/\\&//g' -e 's/\\e/\\/g'
}

# What they name.
printf '1,a.test\n2,b.test\n' >top-1m.csv
printf 'a.test\n' | tee hosts.txt pictures.txt pages.txt shops.txt >list.txt
echo hush >secret.txt
printf 'User-agent: *\nDisallow: /b\n' >robots.txt
echo '<title>Hello</title><p class=price>7<a href=/x>x</a>' >page.html
cp "$root/examples/exec_titles.py" titles.py
chmod +x titles.py

examples master.8 >commands
[ "$(wc -l <commands)" -gt 20 ] || fail "docs/master.8 has few examples"
crawls=0 asked=0
while read -r line; do
    case $line in
    'master '*' https://'* | 'export '* | 'redis-cli '* | 'jq '*) continue ;;
    'master '*) ;;
    *) fail "what is $line?" ;;
    esac
    rest=${line#master }
    case ${rest%% *} in
    -*) # a crawl; without a list it is resumed
        case $line in *' --name '*) continue ;; esac
        expect_code 0 sh -c "master --dry-run $rest"
        [ -s cmd.out ] || fail "$line: no URL"
        crawls=$((crawls + 1))
        ;;
    tune) expect_code 0 sh -c "$line --dry-run" ;;
    *)
        expect_code 0 master --help "${rest%% *}"
        expect_text cmd.out "^usage: master ${rest%% *}"
        asked=$((asked + 1))
        ;;
    esac
done <commands
[ $crawls -ge 12 ] && [ $asked -ge 5 ] || fail "only $crawls and $asked"

# worker.8: the probes that ask nobody, and what they say.
examples worker.8 >commands
grep -E '^worker (url|robots-test|links|extract|exec) ' commands >probes
[ "$(wc -l <probes)" -eq 5 ] || fail "not five probes: $(cat probes)"
command -v python3 >/dev/null || sed -i '/ exec /d' probes
while read -r line; do
    expect_code 0 sh -c "$line" </dev/null
    cat cmd.out
done <probes >said
expect_text said '^http://www.example.org/b.id=7$' 'disallow' \
    '^http://www.example.org/x' '"title":"Hello"'
