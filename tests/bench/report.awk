# report.awk - from samples to tables: awk -v kind=md|json -f report.awk
#   conditions.tsv notes.tsv samples.tsv claims.tsv   (tabs; see lib.sh)
#
# Samples are "part row column value", one of each round: a cell is their
# median.  Claims are expressions over cells, held against a bar.
#
# SPDX-License-Identifier: MIT
BEGIN { FS = "\t" }

FNR == 1 {
    file = FILENAME ~ /conditions/ ? 1 : FILENAME ~ /notes/ ? 2 : \
        FILENAME ~ /samples/ ? 3 : 4
}

function know_part(part) {
    if (!(part in part_known)) { part_known[part]; parts[++parts_n] = part }
}

file == 1 { condition[++conditions_n] = $1; said[$1] = $2 }

file == 2 { # a text may go over lines
    if (NF > 1) { know_part($1); note_part[++notes_n] = $1; note[notes_n] = $2 }
    else note[notes_n] = note[notes_n] " " $1
}

file == 3 {
    know_part($1)
    if (!(($1, $2) in row_known)) {
        row_known[$1, $2]; rows[$1, ++rows_n[$1]] = $2
    }
    if (!(($1, $3) in column_known)) {
        column_known[$1, $3]; columns[$1, ++columns_n[$1]] = $3
    }
    cell[$1, $2, $3, ++cell_n[$1, $2, $3]] = $4 + 0
}

file == 4 {
    know_part($1)
    claim_part[++claims_n] = $1; claim_text[claims_n] = $2
    claim_what[claims_n] = $3; claim_op[claims_n] = $4
    claim_bound[claims_n] = $5
}

function median(part, row, column,    n, i, k, v, sorted) {
    n = cell_n[part, row, column]
    for (i = 1; i <= n; i++) {
        v = cell[part, row, column, i]
        for (k = i - 1; k > 0 && sorted[k] > v; k--) sorted[k + 1] = sorted[k]
        sorted[k + 1] = v
    }
    return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

# "ROW:COLUMN", or "" when nothing was measured
function operand(part, text,    at) {
    gsub(/^ +| +$/, "", text)
    at = match(text, /:[^:]*$/)
    if (!cell_n[part, substr(text, 1, at - 1), substr(text, at + 1)]) return ""
    return median(part, substr(text, 1, at - 1), substr(text, at + 1))
}

function value(i,    part, n, side, a, b, slash) {
    part = claim_part[i]
    slash = index(claim_what[i], " / ")
    if (!slash) return operand(part, claim_what[i])
    a = operand(part, substr(claim_what[i], 1, slash - 1))
    b = operand(part, substr(claim_what[i], slash + 3))
    return a == "" || b == "" || b == 0 ? "" : a / b
}

function verdict(i, v) {
    if (claim_op[i] == "-") return ""
    return (claim_op[i] == "<=" ? v <= claim_bound[i] : v >= claim_bound[i]) ? \
        "met" : "MISSED"
}

function show(v) {
    return v == "" ? "" : v == int(v) ? sprintf("%d", v) : \
        v >= 1000 ? sprintf("%.0f", v) : v >= 100 ? sprintf("%.1f", v) : \
        v >= 1 ? sprintf("%.2f", v) : sprintf("%.3f", v)
}

function quote(s) {
    gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); gsub(/[[:cntrl:]]/, " ", s)
    return "\"" s "\""
}

function squeezed(s) { gsub(/ +/, " ", s); return s }

# --- Markdown ---

function md_table(part,    r, c, line) {
    line = "| " part " |"
    for (c = 1; c <= columns_n[part]; c++) line = line " " columns[part, c] " |"
    print line
    line = "|---|"
    for (c = 1; c <= columns_n[part]; c++) line = line "---:|"
    print line
    for (r = 1; r <= rows_n[part]; r++) {
        line = "| " rows[part, r] " |"
        for (c = 1; c <= columns_n[part]; c++)
            line = line " " (cell_n[part, rows[part, r], columns[part, c]] ? \
                show(median(part, rows[part, r], columns[part, c])) : "") " |"
        print line
    }
    print ""
}

function md_claims(part,    i, v, n) {
    for (i = 1; i <= claims_n; i++) {
        if (claim_part[i] != part || (v = value(i)) == "") continue
        if (!n++) print "| measured | value | bar | |\n|---|---:|---:|---|"
        print "| " claim_text[i] " | " show(v) " | " \
            (claim_op[i] == "-" ? "" : claim_op[i] " " claim_bound[i]) " | " \
            verdict(i, v) " |"
    }
    if (n) print ""
}

function md(    i, p) {
    print "# make bench\n"
    for (i = 1; i <= conditions_n; i++)
        print "- " condition[i] ": " said[condition[i]]
    for (p = 1; p <= parts_n; p++) {
        print "\n## " parts[p] "\n"
        for (i = 1; i <= notes_n; i++)
            if (note_part[i] == parts[p]) print squeezed(note[i]) "\n"
        if (rows_n[parts[p]]) md_table(parts[p])
        md_claims(parts[p])
    }
}

# --- JSON ---

function json_rows(part,    r, c, k, n, row, column, line) {
    for (r = 1; r <= rows_n[part]; r++) {
        row = rows[part, r]
        line = "        " quote(row) ": {"
        n = 0
        for (c = 1; c <= columns_n[part]; c++) {
            column = columns[part, c]
            if (!cell_n[part, row, column]) continue
            line = line (n++ ? ", " : "") quote(column) ": {\"median\": " \
                sprintf("%.9g", median(part, row, column)) ", \"rounds\": ["
            for (k = 1; k <= cell_n[part, row, column]; k++)
                line = line (k > 1 ? ", " : "") \
                    sprintf("%.9g", cell[part, row, column, k])
            line = line "]}"
        }
        print line "}" (r < rows_n[part] ? "," : "")
    }
}

function json_claims(part,    i, v, n) {
    for (i = 1; i <= claims_n; i++) {
        if (claim_part[i] != part || (v = value(i)) == "") continue
        printf "%s        {\"what\": %s, \"of\": %s, \"value\": %.9g", \
            n++ ? ",\n" : "", quote(claim_text[i]), quote(claim_what[i]), v
        if (claim_op[i] != "-")
            printf ", \"bar\": %s, \"met\": %s", \
                quote(claim_op[i] " " claim_bound[i]), \
                verdict(i, v) == "met" ? "true" : "false"
        printf "}"
    }
    if (n) print ""
}

function json_notes(part,    i, n) {
    for (i = 1; i <= notes_n; i++)
        if (note_part[i] == part)
            printf "%s%s", n++ ? ", " : "", quote(squeezed(note[i]))
}

function json(    i, p) {
    print "{\n  \"conditions\": {"
    for (i = 1; i <= conditions_n; i++)
        print "    " quote(condition[i]) ": " quote(said[condition[i]]) \
            (i < conditions_n ? "," : "")
    print "  },\n  \"parts\": {"
    for (p = 1; p <= parts_n; p++) {
        print "    " quote(parts[p]) ": {"
        printf "      \"notes\": ["
        json_notes(parts[p])
        print "],\n      \"rows\": {"
        json_rows(parts[p])
        print "      },\n      \"claims\": ["
        json_claims(parts[p])
        print "      ]\n    }" (p < parts_n ? "," : "")
    }
    print "  }\n}"
}

END { if (kind == "json") json(); else md() }
