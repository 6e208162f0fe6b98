#!/usr/bin/env bash
# Progress that can be trusted, in both directions: nothing goes back, done never passes the total and ends at it, and what
# an interrupted run left is no speed.
# modes: release
# takes: 60
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"
cd "$TEST_TMP" || exit 1

RATE=4194304
src=$TEST_TMP/src
mkdir -p src/in
for i in {1..150}; do
	head -c $((i * 200)) /dev/urandom >"src/in/$i"
done
for i in 1 2 3; do
	head -c 8000000 /dev/urandom >src/large$i
done
truncate -s 9000000 src/hole
ln src/in/7 src/hard
ln -s in/7 src/link

# run OPTION-OR-OPERAND... - a run of sync with the other side in another process; its events in the file events.
run()
{
	timeout 100 "$XFER" sync -aH --json -e "$BIN_TEST/relay" --xfer-path "$XFER" "$@" >events 2>messages
}

# The rules, of each phase.
trusted()
{
	jq -es '
		[.[] | select(.event == "progress")] as $p |
		($p | length > 0) and
		all(range(1; $p | length); $p[. - 1] as $a | $p[.] as $b | $a.phase != $b.phase or
			($a.done_bytes <= $b.done_bytes and $a.done_items <= $b.done_items and
			$a.total_bytes <= $b.total_bytes and $a.total_items <= $b.total_items)) and
		all($p[]; .done_bytes <= .total_bytes and .done_items <= .total_items and (.total_known or .eta_s == null)) and
		($p[-1] | .total_known and .done_bytes == .total_bytes and .done_items == .total_items and .eta_s == 0)' events || {
		grep '"progress"' events
		return 1
	}
}

# A machine that is slow shows less speed, never more; the buffers on the way take something at once.
no_faster_than()
{
	jq -es "[.[] | select(.event == \"progress\") | .bytes_per_s] | max < $1" events || {
		grep '"progress"' events
		return 1
	}
}

# All that ran before something is there, and in part: kill -9 when a large file is.
killed_in_between()
{
	local pid
	rm -rf dst
	mkdir dst # or all would stand under a temporary name
	"$XFER" sync -aH --bwlimit=4m --json -e "$BIN_TEST/relay" --xfer-path "$XFER" "$@" >events 2>messages &
	pid=$!
	until [ -n "$(find dst -name 'large*' -size +7000k)" ]; do
		kill -0 "$pid" || return 1
	done
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	return 0
}

resumed()
{
	local way=$1
	shift
	check "$way: a run is killed in the middle" killed_in_between "$@"
	check "$way: the same command again" run --bwlimit=4m "$@"
	check "$way: its progress can be trusted" trusted
	check "$way: what was there is no speed" no_faster_than $((RATE * 2))
	check "$way: the end counts it as done" jq -es '[.[] | select(.event == "progress")][-1].done_bytes > 33000000' events
	check "$way: the trees are the same" same_trees "$src" dst
}

# tells SENTENCE OPTION-OR-OPERAND... - the progress of a run that changes little can be trusted
tells()
{
	local sentence=$1
	shift
	check "$sentence" run "$@"
	check "$sentence: its progress can be trusted" trusted
}

both_ways()
{
	local way=$1
	shift
	rm -rf dst
	tells "$way: a first copy" "$@"
	tells "$way: nothing changed" "$@"
	tells "$way: everything is compared" -c "$@"
	tells "$way: and read again" --verify "$@"
	rm -rf dst/in dst/large1
	tells "$way: a dry run" -n "$@"
	tells "$way: nothing new is made" --existing "$@"
	tells "$way: large files are left out" --max-size=1m "$@"
}

# Files that grow between their listing and their reading: the relay does it when the receiver asks for them.
grown()
{
	rm -rf dst other
	mkdir other
	head -c 300000 /dev/urandom >other/a
	head -c 1000 /dev/urandom >other/b
	cat >grow <<-'END'
		head -c 700000 /dev/zero >>other/a
		head -c 9000 /dev/zero >>other/b
	END
	timeout 100 "$XFER" sync -a --json -e "$BIN_TEST/relay --after WANT:1 --do '. ./grow'" --xfer-path "$XFER" other/ "h:$PWD/dst" \
		>events 2>messages
	check "files that grew count as they were listed" trusted
	check "which they did" test "$(stat -c %s dst/a dst/b | xargs)" = "1000000 10000"
}

resumed_push() { resumed push "$src/" "host:$PWD/dst"; }
resumed_pull() { resumed pull "host:$src/" dst; }
push() { both_ways push "$src/" "host:$PWD/dst"; }
pull() { both_ways pull "host:$src/" dst; }

beside resumed_push resumed_pull push pull grown
finish
