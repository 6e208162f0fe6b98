#!/usr/bin/env bash
# How fast and until when: --bwlimit in both directions, between two hosts and for one stream, --bwlimit-file changed while it
# runs, --deadline that cannot be kept. No check here fails because the machine is slow.
# modes: release
# takes: 40
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"
cd "$TEST_TMP" || exit 1

src=$TEST_TMP/src
many=$TEST_TMP/many
mkdir src many
for i in 1 2 3 4; do
	head -c 1000000 /dev/urandom >src/$i
done
for i in 1 2 3 4 5 6; do
	head -c 10000000 /dev/urandom >many/$i
done
cat src/* >big
cat many/* >huge
big=$PWD/big
huge=$PWD/huge

# is_so FILTER - of the report of the last run.
is_so()
{
	jq -e "select(.event == \"report\") | $1" events || {
		cat events
		return 1
	}
}

# sync_json OPTION-OR-OPERAND... - a copy in at most a minute, its events in the file events.
sync_json()
{
	timeout 60 "$XFER" sync -a --json "$@" >events
}

# over_relay OPTION-OR-OPERAND... - the same with another process at the other end of a pipe.
over_relay()
{
	sync_json -e "$BIN_TEST/relay" --xfer-path "$XFER" "$@"
}

limited()
{
	local way=$1
	shift
	rm -rf dst
	check "$way: a copy under --bwlimit" over_relay --bwlimit=2m --no-compress "$@"
	check "$way: 4 MB at 2 MiB/s take a second and a half at least" is_so '.seconds.transfer > 1.5'
	check "$way: the report tells the limit" is_so '.limits.bwlimit == 2097152 and .limits.deadline == null'
	check "$way: the trees are the same" same_trees "$src" dst
}

# starts OPTION-OR-OPERAND... - a copy in the background that has begun. Sets pid.
starts()
{
	rm -rf dst
	: >events
	"$XFER" sync -a --json "$@" >events 2>messages &
	pid=$!
	comes '"done_bytes":[1-9]'
}

# comes PATTERN - waits for such a line of the events; the run may end without.
comes()
{
	grep -q -m 1 -e "$1" < <(tail -n +1 -f --pid="$pid" events)
}

# ends STATUS - it ends within half a minute, with this status.
ends()
{
	local status=0
	timeout 30 tail --pid="$pid" -f /dev/null || {
		kill -KILL "$pid"
		echo "it does not end"
		return 1
	}
	wait "$pid" || status=$?
	[ "$status" = "$1" ] || {
		echo "exit $status"
		cat messages
		return 1
	}
}

changed_meanwhile()
{
	echo 100 >rate
	check "a copy that would take ten minutes begins" starts --bwlimit-file=rate "$many/" dst
	echo nonsense >rate
	check "a rate that cannot be read is warned of" comes '"event":"warning"'
	check "by the name of its file" grep -q 'rate: .*nonsense' messages
	rm rate
	check "the file may vanish" kill -0 "$pid"
	echo 0 >rate
	check "the copy ends soon when the limit is lifted in the file" ends 0
	check "the report tells the last limit" is_so '.ok and .limits.bwlimit == null'
	check "it was warned of once" warned_once
	check "the trees are the same" same_trees "$many" dst
}

warned_once()
{
	[ "$(grep -c '"event":"warning"' events)" = 1 ]
}

stopped()
{
	check "a copy at next to nothing begins" starts --bwlimit=200 "$many/" dst
	kill -TERM "$pid"
	check "SIGTERM ends it at once" ends 20
}

# seen_early WAY - how long it took to see that 60 MB at 1 MiB/s do not fit into 40 s is told by the bytes that came through,
# 42 MB until the deadline; on a machine that is too slow for as many the deadline itself may end it.
seen_early()
{
	check "$1: long before" is_so '.exit == 41 and ([.bytes.sent, .bytes.received] | max) < 36000000'
	check "$1: with the reason" is_so '.reason | test(" left, which take .* at the best rate seen|deadline has passed; ")'
}

# misses WAY FROM TO - a deadline that cannot be kept is seen long before.
misses()
{
	rm -rf dst
	check_exit 41 "$1: 60 s of work in 40 s end with 41" over_relay --no-compress --bwlimit=1m --deadline=+40 "$2" "$3"
	seen_early "$1"
	check "$1: the report tells the deadline" is_so '.limits.deadline | test("Z$")'
	check "$1: the same command completes what may take its time" over_relay --deadline=+4000 "$2" "$3"
	check "$1: and leaves no debris" no_debris .
	check "$1: the trees are the same" same_trees "$many" dst
}

passed()
{
	local when
	for when in +0 2001-02-03T04:05:06Z 2001-02-03T04:05:06.5+02:00; do
		rm -rf dst
		check_exit 41 "a deadline that has passed ($when) ends with 41" sync_json --deadline="$when" "$src/" dst
		check "and nothing is begun" test ! -e dst
		check "but told" is_so '.reason | test("deadline had passed before")'
	done
	check_exit 41 "a deadline that comes ends with 41, whatever was hoped for" sync_json --bwlimit=100 --deadline=+1 "$many/" dst
	check "with the reason" is_so '.reason | test("deadline has passed; [0-9,]+ of 60,000,000 bytes")'
	check_exit 41 "verify has a deadline too" timeout 60 "$XFER" verify --deadline=+0 "$src/" "$src/"
}

# What is passed on between two hosts is kept to what the file says now.
changed_between()
{
	echo 1m >rate
	check "between: a copy that would take a minute begins" starts -e "$BIN_TEST/relay" --xfer-path "$XFER" --no-compress \
		--bwlimit-file=rate "one:$many/" "other:$PWD/dst"
	echo 0 >rate
	check "between: it ends soon when the limit is lifted in the file" ends 0
	check "between: the report tells the last limit" is_so '.ok and .limits.bwlimit == null'
	check "between: the trees are the same" same_trees "$many" dst
}

# pipe_json OPTION-OR-OPERAND... - a stream to or from another process.
pipe_json()
{
	timeout 60 "$XFER" pipe --json -e "$BIN_TEST/relay" --xfer-path "$XFER" --no-compress "$@" >events
}

# limited_stream WAY FROM TO
limited_stream()
{
	rm -f dst
	check "$1: a stream under --bwlimit" pipe_json --bwlimit=2m "$2" "$3" <"$big"
	check "$1: 4 MB at 2 MiB/s take a second and a half at least" is_so '.seconds.transfer > 1.5 and .limits.bwlimit == 2097152'
	check "$1: it is the same" cmp "$big" dst
}

# late_stream WAY FROM TO - the size of what is read is known, and so is the end
late_stream()
{
	rm -f dst
	check_exit 41 "$1: 60 s of a stream in 40 s end with 41" pipe_json --bwlimit=1m --deadline=+40 "$2" "$3"
	seen_early "$1"
	check "$1: and nothing has the name" test ! -e dst
	check "$1: nor any other" no_debris .
}

endless_stream()
{
	mkfifo endless
	exec 9<>endless
	echo some >&9
	check_exit 41 "an input that does not end has the deadline alone" pipe_json --deadline=+2 endless "host:$PWD/dst"
	exec 9<&-
	check "with the reason" is_so '.reason | test("the deadline has passed; 0 of 5 bytes found so far")'
	check "and nothing has the name" test ! -e dst
	check "a deadline that is far off is none" pipe_json --deadline=+4000 "$big" "host:$PWD/dst"
	check "but told" is_so '.ok and (.limits.deadline | test("Z$"))'
}

# refused MESSAGE OPTION - a usage error, and nothing is done.
refused()
{
	rm -rf dst
	check_exit 1 "a usage error: $2" timeout 60 "$XFER" sync -a "$2" "$src/" dst
	check "which says what: $1" says "$1"
	check "and nothing is done" test ! -e dst
}

# One of these each in a folder of its own: all of them wait.
limited_push() { limited push "$src/" "host:$PWD/dst"; }
limited_pull() { limited pull "host:$src/" dst; }
limited_between() { limited between "one:$src/" "other:$PWD/dst"; }
misses_push() { misses push "$many/" "host:$PWD/dst"; }
misses_pull() { misses pull "host:$many/" dst; }
misses_between() { misses between "one:$many/" "other:$PWD/dst"; }
streams()
{
	limited_stream "from a host" "host:$big" dst
	limited_stream "to a host" - "host:$PWD/dst"
	limited_stream "a stream between hosts" "one:$big" "other:$PWD/dst"
}
late_to_host() { late_stream "to a host" "$huge" "host:$PWD/dst"; }
late_between() { late_stream "a stream between hosts" "one:$huge" "other:$PWD/dst"; }

beside limited_push limited_pull limited_between changed_meanwhile stopped misses_push misses_pull misses_between \
	changed_between streams late_to_host late_between endless_stream passed
echo fast >bad
refused 'option --bwlimit: "fast"' --bwlimit=fast
refused 'option --bwlimit: "100b"' --bwlimit=100b
refused 'option --bwlimit-file: bad: "fast"' --bwlimit-file=bad
refused 'option --bwlimit-file: absent: No such file' --bwlimit-file=absent
refused 'option --bwlimit-file: src: Is a directory' --bwlimit-file=src
refused 'option --deadline: "tomorrow"' --deadline=tomorrow
refused 'option --deadline: "2026-11-23T04:00:00"' --deadline=2026-11-23T04:00:00
finish
