#!/usr/bin/env bash
# Instructions of a whole scan of a small corpus of each form, counted by callgrind and compared
# with benches/instructions.tsv: more than five in a hundred more is a failure. Seconds on a shared
# machine say nothing; instructions are the same wherever the same program runs and vectors are as
# wide: the table was written with AVX2, and valgrind shows nothing wider.
#
# benches/instructions.sh PROGRAM      compares
# BLESS=1 benches/instructions.sh PROGRAM      writes the table anew
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/.."
table=benches/instructions.tsv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo bench --locked --quiet --profile dev --bench corpus -- --write "$work/corpus" $((4 << 20)) 1000

count() {
    valgrind --tool=callgrind --callgrind-out-file="$work/out" \
        "$program" scan --no-state -q -j1 "$1" -o "$work/report" -f json >/dev/null 2>"$work/said" \
        || { cat "$work/said"; exit 1; }
    sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' "$work/out" | tail -1
}

status=0
mkdir "$work/corpus/nothing"
for input in nothing log.log grid.csv lines.jsonl page.json; do
    now=$(count "$work/corpus/$input")
    if [ "${BLESS:-}" = 1 ]; then
        printf '%s\t%s\n' "$input" "$now" >>"$work/table"
        continue
    fi
    known=$(awk -F'\t' -v name="$input" '$1 == name { print $2 }' "$table")
    printf '%-12s %12d instructions, %12d known, %+.1f %%\n' "$input" "$now" "$known" \
        "$(awk -v a="$now" -v b="$known" 'BEGIN { print (a / b - 1) * 100 }')"
    if [ "$now" -gt $((known / 20 * 21)) ]; then
        echo "  more than 5 % more: find out why, or write the table anew with BLESS=1"
        status=1
    fi
done
[ "${BLESS:-}" = 1 ] && mv "$work/table" "$table"
exit $status
