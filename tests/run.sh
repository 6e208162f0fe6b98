#!/usr/bin/env bash
# run.sh - the one test runner, behind `make check`, unit, sanitize and e2e. It builds what it needs, runs one item
# after the other, shows the whole output of those that fail and a line for each that passes, goes on after a
# failure, and closes with the totals.
#   ONLY=pattern   the items whose name contains the pattern (a glob) alone
#   STAGES=...     of: lint unit sanitize e2e; all of them when empty
#   LIMIT=seconds  for one item (300)
set -u
cd "$(dirname "$0")/.." || exit 1

ROOT=$PWD
stages=${STAGES:-lint unit sanitize e2e}
limit=${LIMIT:-300}
passed=0 failed=0 skipped=0
declare -A built # by mode: yes, no

# The sanitizers' own exit statuses (1, 23) are among ours: theirs becomes 99.
export ASAN_OPTIONS=exitcode=99:detect_stack_use_after_return=1
export LSAN_OPTIONS=exitcode=99
export UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
export TSAN_OPTIONS=exitcode=99:halt_on_error=1:second_deadlock_stack=1
export ROOT LC_ALL=C

work=$(mktemp -d "${TMPDIR:-/tmp}/xfer-check.XXXXXX") || exit 1
chmod 755 "$work" # tests that run as other users look into it
trap 'clean_tmp; rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM

# Removes the last item's folder; whatever it left mounted there is unmounted before.
clean_tmp()
{
	local mounted
	[ -d "$work/tmp" ] || return 0
	findmnt -rno TARGET | grep -F "$work/tmp" | sort -r | while IFS= read -r mounted; do
		umount -l "$(printf '%b' "$mounted")"
	done
	rm -rf --one-file-system "$work/tmp"
}

# selected NAME - is it among those that ONLY asks for?
selected()
{
	# shellcheck disable=SC2254
	case $1 in
	*${ONLY:-}*) return 0 ;;
	*) return 1 ;;
	esac
}

# Reads "passed failed skipped" from the output of a script (its last line) or of a cmocka program.
totals()
{
	awk '
		/^([a-z]+: )?[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
			sub(/^[a-z]+: /, "")
			p = $1; f = $3; s = $5; own = 1
		}
		/^\[  PASSED  \] [0-9]+ test/ && !own { p += $4 }
		/^\[  FAILED  \] [0-9]+ test/ && !own { f += $4 }
		/^\[  SKIPPED ?\] [0-9]+ test/ && !own { s += $(NF - 3) ~ /^[0-9]+$/ ? $(NF - 3) : 0 }
		END { print p + 0, f + 0, s + 0 }' "$1"
}

# run_item NAME COMMAND... - runs it with a time limit, counts what it says, prints what is due.
run_item()
{
	local name=$1 start status=0 p f s seconds
	shift
	clean_tmp
	mkdir -m 755 "$work/tmp"
	start=${EPOCHREALTIME/./}
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u ONLY -u STAGES TEST_TMP="$work/tmp" \
		timeout -k 10 "$limit" "$@" </dev/null >"$work/out" 2>&1 || status=$?
	seconds=$(((${EPOCHREALTIME/./} - start) / 100000))
	read -r p f s < <(totals "$work/out")
	# an item that fails, or passes without having checked anything, counts as one failure at least
	if [ "$f" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((p + s)) -eq 0 ]; }; then
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))

	local result=ok
	[ "$f" -eq 0 ] || result=FAIL
	printf '%-4s %4d.%d s  %-48s %d passed' "$result" $((seconds / 10)) $((seconds % 10)) "$name" "$p"
	[ "$f" -eq 0 ] || printf ', %d failed' "$f"
	[ "$s" -eq 0 ] || printf ', %d skipped' "$s"
	printf '\n'
	if [ "$f" -ne 0 ]; then
		[ "$status" -ne 124 ] || printf 'stopped after %d seconds\n' "$limit"
		sed 's/^/    /' "$work/out"
		printf '    exit status %d\n' "$status"
	elif [ "$s" -ne 0 ]; then
		grep '^skip ' "$work/out"
	fi
}

# build MODE TARGET... - once a mode; a failure counts, and the mode's items are left out.
build()
{
	local mode=$1
	shift
	if [ -z "${built[$mode]:-}" ]; then
		if "${MAKE:-make}" --no-print-directory "MODE=$mode" "$@" >"$work/out" 2>&1; then
			built[$mode]=yes
			grep -A 4 'warning:' "$work/out"
		else
			built[$mode]=no
			failed=$((failed + 1))
			printf 'FAIL  build %s\n' "$mode"
			grep -vE '^(CC|AR|LINK) |Nothing to be done' "$work/out" | sed 's/^/    /'
		fi
	fi
	[ "${built[$mode]}" = yes ]
}

unit_tests()
{
	find tests/unit -name 'test_*.c' -type f | LC_ALL=C sort
}

# ThreadSanitizer does not know the address layouts of newer kernels.
layout()
{
	[ "$1" != tsan ] || echo setarch -R
}

# run_unit MODE SOURCE...
run_unit()
{
	local mode=$1 source name targets=() names=()
	shift
	for source; do
		name=${source#tests/} name=${name%.c}
		selected "$mode $name" || continue
		names+=("$name")
		targets+=("build/$mode/test/${name##*/}")
	done
	[ ${#names[@]} -gt 0 ] || return 0
	if [ "$mode" = tsan ]; then
		targets+=(all)
	else
		targets=(all test-programs)
	fi
	build "$mode" "${targets[@]}" || return 0
	for name in "${names[@]}"; do
		# shellcheck disable=SC2046
		run_item "$mode $name" $(layout "$mode") "build/$mode/test/${name##*/}"
	done
}

# The unit tests of what has threads: a name (test_queue) a line in unit/threaded.txt.
threaded_tests()
{
	local name
	[ -f tests/unit/threaded.txt ] || return 0
	sed 's/#.*//' tests/unit/threaded.txt | while read -r name; do
		[ -z "$name" ] || unit_tests | grep "/$name\.c$" || echo "tests/unit/$name.c"
	done
}

# run_scripts SCRIPT... - each with the binaries of the modes that it names, or with release.
run_scripts()
{
	local script mode modes name
	for script; do
		modes=$(sed -n 's/^# modes: *//p' "$script" | head -n 1)
		for mode in ${modes:-release}; do
			name=${script#tests/}
			selected "$mode $name" || continue
			if [ "$mode" = tsan ]; then # a script of this mode uses none of the test programs
				build "$mode" all || continue
			else
				build "$mode" all test-programs || continue
			fi
			# shellcheck disable=SC2046
			TEST_MODE=$mode XFER=$ROOT/build/$mode/bin/xfer BIN_TEST=$ROOT/build/$mode/test \
				run_item "$mode $name" $(layout "$mode") bash "$script"
		done
	done
}

shopt -s nullglob
for stage in $stages; do
	case $stage in
	lint)
		! selected lint || run_item lint tests/lint.sh
		;;
	unit)
		mapfile -t sources < <(unit_tests)
		run_unit release "${sources[@]}"
		;;
	sanitize)
		mapfile -t sources < <(unit_tests)
		run_unit asan "${sources[@]}"
		mapfile -t sources < <(threaded_tests)
		run_unit tsan "${sources[@]}"
		;;
	e2e)
		run_scripts tests/e2e/*.sh tests/hostile/*.sh tests/fault/*.sh tests/fuzz/replay.sh
		;;
	*)
		echo "run.sh: no such stage: $stage" >&2
		exit 1
		;;
	esac
done

printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
