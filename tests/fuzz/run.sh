#!/usr/bin/env bash
# run.sh - what make fuzz runs: each target for FUZZ_SECONDS (300) from its corpus, one after the other, and then a table.
#   ONLY=name      the targets whose name contains it
#   FUZZ_KEEP=yes  puts what covers more, minimised, into tests/fuzz/corpus
# New inputs stay in build/fuzz/work, findings in build/fuzz/found; with a finding the exit status is 1.
set -u
cd "$(dirname "$0")/../.." || exit 1

# a link's and a receiver's large blocks come and go with each input: clearing their shadow by mmap is slow
export ASAN_OPTIONS=quarantine_size_mb=10:clear_shadow_mmap_threshold=100000000
export UBSAN_OPTIONS=print_stacktrace=1
seconds=${FUZZ_SECONDS:-300}
build=$PWD/build/fuzz found=$PWD/build/fuzz/found # absolute: targets that touch files go elsewhere
mkdir -p "$found"
status=0 rows=()

# fuzz NAME - runs the target, keeps a row for the table.
fuzz()
{
	local name=$1 corpus=$PWD/tests/fuzz/corpus/$1 work=$build/work/$1 log=$build/$1.log broke=
	mkdir -p "$corpus" "$work"
	"$build/test/fuzz_$name" -max_total_time="$seconds" -max_len=4096 -timeout=25 -rss_limit_mb=2048 \
		-print_final_stats=1 -verbosity=1 -artifact_prefix="$found/$name-" "$work" "$corpus" >"$log" 2>&1 </dev/null || {
		broke='FOUND SOMETHING'
		status=1
		grep -aE -A 30 'ERROR|runtime error|CHECK|abort' "$log" | cat -v | head -n 60
	}
	[ -z "${FUZZ_KEEP:-}" ] || keep "$name" "$corpus" "$work"
	rows+=("$(awk -v name="$name" -v broke="$broke" '
		/cov: [0-9]+/ { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) }
		/^stat::number_of_executed_units:/ { runs = $2 }
		/^Done [0-9]+ runs in [0-9]+ second/ { seconds = $5; runs = $2 }
		END { printf "| %s | %d | %d | %d | %s |", name, seconds, runs, edges, broke }' "$log")")
	printf '%s\n' "${rows[-1]}"
}

# The smallest inputs that still reach all, however often; the old corpus goes in first, so that what is in it stays where it
# can. What has a name of its own (found-, seed-) stays in any case.
keep()
{
	local merged=$build/merged/$1
	rm -rf "$merged"
	mkdir -p "$merged"
	find "$2" -type f -name '*-*' -exec cp -t "$merged" {} +
	"$build/test/fuzz_$1" -merge=1 -use_counters=0 -max_len=4096 "$merged" "$2" "$3" \
		>"$build/$1.merge.log" 2>&1 </dev/null || return
	find "$2" -type f -delete
	cp "$merged"/* "$2"
}

for target in tests/fuzz/fuzz_*.c; do
	name=$(basename "$target" .c)
	name=${name#fuzz_}
	[[ $name != *"${ONLY:-}"* ]] || fuzz "$name"
done
printf '\n| target | seconds | runs | edges | |\n| --- | --- | --- | --- | --- |\n'
printf '%s\n' "${rows[@]}"
exit "$status"
