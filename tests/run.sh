#!/usr/bin/env bash
# run.sh - the one test runner, behind `make check`, unit, sanitize and e2e. It builds what it needs, runs the items in
# lanes beside each other, the longest first, shows the whole output of those that fail and a line for each that passes,
# goes on after a failure, and closes with the totals.
#   ONLY=pattern   the items whose name contains the pattern (a glob) alone
#   STAGES=...     of: lint unit sanitize e2e; all of them when empty
#   LANES=n        so many items beside each other (one more than there are processors)
#   LIMIT=seconds  for one item (300; 600 beside others)
# The beginning of a script may have these lines, see also lib.sh:
#   # modes: release asan   a run with each mode's binaries
#   # takes: 90             so many seconds about, from 15 on: what takes long begins early
#   # alone: why            it runs at the end, with nothing beside it
set -u
cd "$(dirname "$0")/.." || exit 1

ROOT=$PWD
stages=${STAGES:-lint unit sanitize e2e}
lanes=${LANES:-$(($(nproc) + 1))} # some wait for a disk, a server or a daemon while the others work
limit=${LIMIT:-$((lanes > 1 ? 600 : 300))}
passed=0 failed=0 skipped=0
beside=() alone=() # the items, as "takes mode path name"
declare -A targets=() # of make, by mode
declare -A running=() lane_of=() since=() # the item, its lane and its start, by process id, which is its process group's too

# The sanitizers' own exit statuses (1, 23) are among ours: theirs becomes 99.
export ASAN_OPTIONS=exitcode=99:detect_stack_use_after_return=1
export LSAN_OPTIONS=exitcode=99
export UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
export TSAN_OPTIONS=exitcode=99:halt_on_error=1:second_deadlock_stack=1
export ROOT LC_ALL=C

work=$(mktemp -d "${TMPDIR:-/tmp}/xfer-check.XXXXXX") || exit 1
chmod 755 "$work" # tests that run as other users look into it
export TEST_SHARED=$work/shared # what one item makes for the others too, whole before it has its name
mkdir -m 755 "$TEST_SHARED"
trap leave EXIT
trap 'exit 130' INT TERM

# Ends what still runs, and takes everything away.
leave()
{
	local pid
	trap '' INT TERM
	for pid in "${!running[@]}"; do
		kill "$pid" # timeout hands it on, and lets nobody live longer than ten seconds
	done 2>/dev/null
	for pid in "${!running[@]}"; do
		wait "$pid"
		clear_up "$pid"
	done 2>/dev/null
	rm -rf --one-file-system "$work"
}

# clear_up PID - what an item that ended has left: processes, mounts, files.
clear_up()
{
	local tmp=$work/${lane_of[$1]} mounted
	kill -KILL -- "-$1" 2>/dev/null
	findmnt -rno TARGET | grep -E "^$tmp(/|\$)" | sort -r | while IFS= read -r mounted; do
		umount -l "$(printf '%b' "$mounted")"
	done
	rm -rf --one-file-system "$tmp"
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

# What is to be run.

# header SCRIPT WORD - what its beginning says of it
header()
{
	sed -n "1,/^[^#]/s/^# $2: *//p" "$1" | head -n 1
}

# add MODE PATH NAME TARGET... - an item, if it is selected, and what must be built for it.
add()
{
	local mode=$1 path=$2 name=$3 takes='' why=''
	shift 3
	selected "$name" || return 0
	targets[$mode]+=" $*"
	case $path in
	*.sh) takes=$(header "$path" takes) why=$(header "$path" alone) ;;
	esac
	if [ -n "$why" ]; then
		alone+=("${takes:-0} $mode $path $name")
	else
		beside+=("${takes:-0} $mode $path $name")
	fi
}

unit_tests()
{
	find tests/unit -name 'test_*.c' -type f | LC_ALL=C sort
}

# The unit tests of what has threads: a name (test_queue) a line in unit/threaded.txt.
threaded_tests()
{
	local test
	[ -f tests/unit/threaded.txt ] || return 0
	sed 's/#.*//' tests/unit/threaded.txt | while read -r test; do
		[ -z "$test" ] || unit_tests | grep "/$test\.c$" || echo "tests/unit/$test.c"
	done
}

# add_units MODE SOURCE...
add_units()
{
	local mode=$1 source name program
	shift
	for source; do
		name=${source#tests/} name=${name%.c}
		program=build/$mode/test/${name##*/}
		if [ "$mode" = tsan ]; then
			add "$mode" "$program" "$mode $name" all "$program"
		else
			add "$mode" "$program" "$mode $name" all test-programs
		fi
	done
}

# The scripts of the databases; those without a line of modes are libraries.
db_scripts()
{
	local script
	for script in tests/db/*.sh; do
		[ -z "$(header "$script" modes)" ] || echo "$script"
	done
}

# add_scripts SCRIPT... - each with the binaries of the modes that it names, or with release.
add_scripts()
{
	local script mode modes
	for script; do
		modes=$(header "$script" modes)
		for mode in ${modes:-release}; do
			if [ "$mode" = tsan ]; then # a script of this mode uses one of the test programs
				add "$mode" "$script" "$mode ${script#tests/}" all build/tsan/test/list_tree
			else
				add "$mode" "$script" "$mode ${script#tests/}" all test-programs
			fi
		done
	done
}

# build MODE - what its items need; a failure counts.
build()
{
	local wanted
	mapfile -t wanted < <(tr ' ' '\n' <<<"${targets[$1]# }" | sort -u)
	if "${MAKE:-make}" --no-print-directory "MODE=$1" "${wanted[@]}" >"$work/out" 2>&1; then
		grep -A 4 'warning:' "$work/out"
		return 0
	fi
	failed=$((failed + 1))
	printf 'FAIL  build %s\n' "$1"
	grep -vE '^(CC|AR|LINK) |Nothing to be done' "$work/out" | sed 's/^/    /'
	return 1
}

# without MODE - what cannot be built is not run
without()
{
	mapfile -t beside < <(printf '%s\n' "${beside[@]}" | grep -vE "^([0-9]+ $1 |$)")
	mapfile -t alone < <(printf '%s\n' "${alone[@]}" | grep -vE "^([0-9]+ $1 |$)")
}

# Running.

# start LANE ITEM - begins it, with a time limit.
start()
{
	local lane=$1 takes mode path name command=()
	read -r takes mode path name <<<"$2"
	mkdir -m 755 "$work/$lane"
	# ThreadSanitizer does not know the address layouts of newer kernels
	[ "$mode" != tsan ] || command=(setarch -R)
	case $path in
	*.sh) command+=(env "TEST_MODE=$mode" "XFER=$ROOT/build/$mode/bin/xfer" "BIN_TEST=$ROOT/build/$mode/test" bash "$path") ;;
	*) command+=("$path") ;;
	esac
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u ONLY -u STAGES TEST_TMP="$work/$lane" \
		timeout -k 10 $((limit + 60)) tests/limit.sh "$limit" "${command[@]}" </dev/null >"$work/$lane.out" 2>&1 &
	running[$!]=$2 lane_of[$!]=$lane since[$!]=${EPOCHREALTIME/./}
}

# end PID STATUS - counts what it says, prints what is due, clears up.
end()
{
	local pid=$1 status=$2 takes mode path name p f s seconds out=$work/${lane_of[$1]}.out result=ok
	read -r takes mode path name <<<"${running[$pid]}"
	seconds=$(((${EPOCHREALTIME/./} - since[$pid]) / 100000))
	read -r p f s < <(totals "$out")
	# an item that fails, or passes without having checked anything, counts as one failure at least
	if [ "$f" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((p + s)) -eq 0 ]; }; then
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))

	[ "$f" -eq 0 ] || result=FAIL
	printf '%-4s %4d.%d s  %-48s %d passed' "$result" $((seconds / 10)) $((seconds % 10)) "$name" "$p"
	[ "$f" -eq 0 ] || printf ', %d failed' "$f"
	[ "$s" -eq 0 ] || printf ', %d skipped' "$s"
	printf '\n'
	if [ "$f" -ne 0 ]; then
		[ "$seconds" -lt $((limit * 10)) ] || printf 'stopped after %d seconds\n' "$limit"
		sed 's/^/    /' "$out"
		printf '    exit status %d\n' "$status"
	elif [ "$s" -ne 0 ]; then
		grep '^skip ' "$out"
	fi
	clear_up "$pid"
	unset "running[$pid]" "lane_of[$pid]" "since[$pid]"
}

# one_ends - waits for it. Sets lane to the one that is free now.
one_ends()
{
	local pid='' status=0
	wait -n -p pid "${!running[@]}" 2>/dev/null || status=$?
	if [ -z "$pid" ]; then # one that a signal ended earlier is none that -n knows
		for pid in "${!running[@]}"; do
			kill -0 "$pid" 2>/dev/null || break
		done
		status=0
		wait "$pid" 2>/dev/null || status=$?
	fi
	lane=${lane_of[$pid]}
	end "$pid" "$status"
}

# run LANES ITEM... - all of them, so many beside each other, in this order.
run()
{
	local width=$1 lane=0 next
	shift
	for next; do
		if [ ${#running[@]} -lt "$width" ]; then
			lane=$((lane + 1))
		else
			one_ends
		fi
		start "$lane" "$next"
	done
	while [ ${#running[@]} -gt 0 ]; do
		one_ends
	done
}

shopt -s nullglob
for stage in $stages; do
	case $stage in
	lint)
		add - tests/lint.sh lint
		;;
	unit)
		mapfile -t sources < <(unit_tests)
		add_units release "${sources[@]}"
		;;
	sanitize)
		mapfile -t sources < <(unit_tests)
		add_units asan "${sources[@]}"
		mapfile -t sources < <(threaded_tests)
		add_units tsan "${sources[@]}"
		;;
	e2e)
		mapfile -t db < <(db_scripts)
		add_scripts tests/e2e/*.sh tests/hostile/*.sh tests/fault/*.sh tests/hooks/*.sh tests/fuzz/replay.sh "${db[@]}"
		;;
	*)
		echo "run.sh: no such stage: $stage" >&2
		exit 1
		;;
	esac
done
for mode in release asan tsan; do
	if [ -n "${targets[$mode]:-}" ] && ! build "$mode"; then
		without "$mode"
	fi
done
mapfile -t beside < <(printf '%s\n' "${beside[@]}" | grep . | sort -s -k 1,1nr)
run "$lanes" "${beside[@]}"
run 1 "${alone[@]}"

printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
