#!/bin/sh
# exec_links.sh - a page callback: follows what stands in data-href="...",
# where scripts of some sites keep their links.
#
#   master --exec 'sh examples/exec_links.sh' LIST
#
# One line of JSON in for each page, exactly one line out.  In JSON the quotes
# of a page have a backslash before them, and each URL found here is plain.
# With jq it is shorter, quicker and exact:
#
#   jq -c --unbuffered '{links: [.body | scan("data-href=\"([^\"]*)")[]]}'
#
# SPDX-License-Identifier: MIT
while IFS= read -r page; do
    links=$(printf '%s\n' "$page" |
        grep -o 'data-href=\\"[^"\\ ]*' |
        sed 's/.*"//; s/.*/"&"/' |
        paste -s -d , -)
    printf '{"links":[%s]}\n' "$links"
done
