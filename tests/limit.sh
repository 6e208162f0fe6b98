#!/usr/bin/env bash
# limit.sh SECONDS COMMAND... - runs it for so long at most. What takes longer hangs as a rule: where each of its processes
# stands is shown, since it may not do so again, before they are ended. To be run as the leader of a process group.
seconds=$1 group=$(($(ps -o pgid= -p $$)))
shift
# (what a shell runs in the background ignores SIGINT)
env --default-signal=INT,QUIT "$@" &
command=$!
timeout --foreground "$seconds" tail -f /dev/null &
clock=$!
wait -n -p ended "$command" "$clock"
status=$?
kill "$clock" 2>/dev/null
[ "$ended" = "$clock" ] || exit "$status"

echo "after $seconds seconds:"
ps -A -o pgid,pid,ppid,stat,wchan:24,args --cols 150 | awk -v group="$group" '$1 == group && !/limit\.sh|tail -f|ps -A|awk/'
ps -A -o pgid=,pid=,comm= | while read -r of pid name; do
	case $of-$name in
	"$group-xfer" | "$group-dbdump" | "$group-test_"*)
		echo "$name $pid:"
		if ! gdb -p "$pid" -batch -ex 'thread apply all backtrace 15' 2>/dev/null | grep -E '^(#|Thread)'; then
			grep . /proc/"$pid"/task/*/syscall
		fi
		;;
	esac
done
trap '' TERM
kill -TERM -- "-$group"
wait "$command"
exit 124
