#!/bin/sh
# embed.sh FILE ... - prints web_files.c: each file of the dashboard as a byte
# array (a literal over 4,095 bytes is not ISO C), its name and media type.
set -eu
echo '/* Made by master/web/embed.sh from master/web/; do not edit. */'
echo '#include "master/web_files.h"'
rows=
n=0
for file in "$@"; do
    case $file in
    *.html) type='text/html; charset=utf-8' ;;
    *.css) type='text/css; charset=utf-8' ;;
    *.js) type='text/javascript; charset=utf-8' ;;
    *.svg) type='image/svg+xml' ;;
    *)
        echo "embed.sh: $file: of what type?" >&2
        exit 1
        ;;
    esac
    echo "static const char web_${n}[] = {"
    od -An -v -tu1 "$file" | sed 's/  */,/g; s/^,/    /; s/$/,/'
    echo '    0};'
    rows="$rows    {\"$(basename "$file")\", \"$type\", web_$n, sizeof(web_$n) - 1},
"
    n=$((n + 1))
done
echo 'const struct web_file web_files[] = {'
printf '%s' "$rows"
echo '};'
echo "const size_t web_files_count = $n;"
