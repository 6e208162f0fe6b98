# shellcheck shell=sh disable=SC2154
# common.sh - the first part of what runs at a server, in whatever POSIX shell that has: what it says to the hook. Each is a record that
# ends in a zero byte. A script's main must not succeed before its work is done; `main` without `done_all` is a connection that broke.

set -u
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
failures=0
exec 3>&1 # where standard output is captured, what is said is not
unit_separator=$(printf '\037')

say()
{
	printf '%s' "$*" >&3
	printf '\0' >&3
}

warning()
{
	say "warning $*"
}

# failure ITEM ERROR - goes on
failure()
{
	failures=1
	say "failure $1$unit_separator$2"
}

# fail ITEM ERROR [STATUS] - the end
fail()
{
	failure "$1" "$2"
	exit "${3:-1}"
}

# done_all - the last word
done_all()
{
	[ "$failures" = 0 ] || exit 1
	say "done"
	exit 0
}

# lock NAME - one hook of this kind at a time; the earlier one may be one whose connection has broken. State is in $state.
lock()
{
	state=$root/var/lib/scheduler-hooks
	{ mkdir -p "$state" && chmod 700 "$state"; } || fail "$state" "it cannot be made"
	exec 9>"$state/lock.$1" || fail "$state" "it cannot be written to"
	flock -w "$limit" 9 || fail "$1" "an earlier one still runs" 75
}

# needs PROGRAM PACKAGE
needs()
{
	command -v "$1" >/dev/null || fail "$1" "it is not installed (package $2)"
}

# message FILE - a program's last words, in one line
message()
{
	tail -n 3 "$1" | tr '\n' ' ' | cut -c 1-400
}
