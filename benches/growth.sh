#!/usr/bin/env bash
# Whether the cost of correlation grows with the number of failures and not with its square: twice the
# rows may take 2.2 times the instructions, in each shape of benches/correlate.rs. Counted by callgrind,
# in a build for development: the number of instructions does not depend on the machine.
#
# benches/growth.sh [ROWS]
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-300}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

program=$(cargo bench --locked --profile dev --bench correlate --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*correlate[^"]*\)".*/\1/p' | tail -1)
function='faultline::correlate::build::correlate'
valgrind --tool=callgrind --collect-atstart=no --toggle-collect="$function" --dump-after="$function" \
    --callgrind-out-file="$work/out" "$program" "$rows" >"$work/shapes" 2>"$work/said" ||
    { cat "$work/said"; exit 1; }

count() { sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' "$work/out.$1" | tail -1; }

status=0
call=0
while read -r shape; do
    one=$(count $((call + 1)))
    two=$(count $((call + 2)))
    call=$((call + 2))
    awk -v name="$shape" -v a="$one" -v b="$two" -v rows="$rows" 'BEGIN {
        printf "%-26s %8.0f instructions a row, %.2f times as many for twice the rows\n", name, a / rows, b / a
        exit !(a > 0 && b / a <= 2.2)
    }' || { echo "  grows faster than the number of rows"; status=1; }
done <"$work/shapes"
[ "$call" -gt 0 ] || { echo "no shape was measured"; exit 1; }
exit $status
