#!/usr/bin/env bash
# syscalls.sh - the system calls that a copy over ssh makes for each file, on both sides, xfer's and rsync's, by strace: a
# first copy of mail, and one with nothing changed. Markdown. SCALE as in run.sh; the ssh processes are not counted.

ROOT=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/lib.sh
. "$ROOT/tests/lib.sh"
tools=${BIN_BENCH:-$ROOT/build/$TEST_MODE/bench}
from=$TEST_TMP/mail

fail()
{
	echo "syscalls: $*" >&2
	exit 1
}

# copied TOOL WHAT - runs it under strace at both ends: counts into WHAT.TOOL.source and WHAT.TOOL.destination.
copied()
{
	# the ssh that it starts is let go at its exec
	local count=(strace -qq -f -b execve -c -U "calls,name" -o) to=$TEST_TMP/$1/
	local here="$TEST_TMP/$2.$1.source" there="$TEST_TMP/$2.$1.destination"
	case $1 in
	xfer) "${count[@]}" "$here" "$XFER" sync -a -q -e "$SSH_CMD" --xfer-path "${count[*]} $there $XFER" "$from/" "localhost:$to" ;;
	rsync) "${count[@]}" "$here" rsync -a -e "$SSH_CMD" --rsync-path "${count[*]} $there rsync" "$from/" "localhost:$to" ;;
	esac || fail "$1 failed"
}

# table WHAT - a line for each call that is made at least once for a hundred files.
table()
{
	printf '\n| %s: calls a file | xfer, source | destination | rsync, source | destination |\n' "$1"
	printf '| --- | --: | --: | --: | --: |\n'
	awk -v files="$files" '
		FNR == 1 { column++ }
		$1 ~ /^[0-9]+$/ && $2 ~ /^[a-z]/ {
			calls[$2, column] = $1 / files
			if ($1 / files > most[$2])
				most[$2] = $1 / files
		}
		END {
			for (name in most) {
				if (most[name] < 0.01)
					continue
				printf "| %s |", name == "total" ? "**all**" : name
				for (i = 1; i <= 4; i++)
					printf (name, i) in calls ? sprintf(" %.2f |", calls[name, i]) : "  |"
				printf "\n"
			}
		}' "$TEST_TMP/$2".{xfer,rsync}.{source,destination} | sort
}

"$tools/data" mail new "$from" "${SCALE:-0.1}" || fail "no data"
files=$(find "$from" -type f | wc -l)
start_sshd || fail "no sshd"
for what in first again; do
	copied xfer "$what"
	copied rsync "$what"
done
same_trees "$from" "$TEST_TMP/xfer" || fail "xfer made another tree"
echo "$files messages."
table "first copy" first
table "nothing changed" again
