#!/bin/sh
# embed.sh FILE-NKEYS.lua ... - prints lua_scripts.c: each script as a byte
# array (a literal over 4,095 bytes is not ISO C), its name and count of KEYS.
set -eu
echo '/* Made by common/lua/embed.sh from common/lua/; do not edit. */'
echo '#include "common/lua_scripts.h"'
rows=
for file in "$@"; do
    base=$(basename "$file" .lua)
    name=${base%-*}
    nkeys=${base##*-}
    echo "static const char lua_${name}[] = {"
    od -An -v -tu1 "$file" | sed 's/  */,/g; s/^,/    /; s/$/,/'
    echo '    0};'
    rows="$rows    {\"$name\", $nkeys, lua_$name, sizeof(lua_$name) - 1},
"
done
echo 'const struct lua_script lua_scripts[] = {'
printf '%s' "$rows"
echo '};'
echo "const size_t lua_scripts_count = $#;"
