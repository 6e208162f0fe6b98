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

# The group's processes and what came of them: a local copy's other side is in a group of its own.
family()
{
	ps -A -o pid=,ppid=,pgid= | awk -v group="$group" '
		{ parent[$1] = $2 }
		$3 == group { ours[$1] }
		END {
			do {
				more = 0
				for (p in parent)
					if (!(p in ours) && parent[p] in ours) {
						ours[p]
						more = 1
					}
			} while (more)
			for (p in ours)
				print p
		}' | paste -sd,
}

echo "after $seconds seconds:"
pids=$(family)
ps -o pgid,pid,ppid,stat,wchan:24,args --cols 150 -p "$pids" | awk '!/limit\.sh|tail -f/'
ps -o pid=,comm= -p "$pids" | while read -r pid name; do
	case $name in
	xfer | dbdump | test_*)
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
