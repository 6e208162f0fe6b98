#!/usr/bin/env bash
# kill -9 of either side before any of its calls that write: no name at the destination is ever a part of a file, and
# the same command run again completes and leaves nothing of the interrupted one.
# takes: 40
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1

make_trees()
{
	mkdir -p src/{a,b/c,d} old/{a,gone}
	local i
	for i in {1..8}; do
		head -c $((i * 700)) /dev/urandom >"src/a/new$i"
		head -c $((i * 900)) /dev/urandom >"src/b/c/$i"
		printf 'changed %d\n' "$i" >"src/a/changed$i"
		printf 'before it was changed %d\n' "$i" >"old/a/changed$i"
	done
	head -c 700000 /dev/urandom >src/d/large
	head -c 500000 /dev/urandom >src/large
	head -c 400000 /dev/urandom >old/large
	ln -s a src/link
	ln src/a/new1 src/d/hard
	mkfifo src/d/fifo
	touch old/gone/{1,2}
	find src old -exec touch -h -d @1700000000 {} +
	find old -type f -exec touch -d @1600000000 {} +
}

# killed OPTIONS CALL N - a run whose first process to do its Nth CALL is killed before it; then the same again.
killed()
{
	local options=$1 call=$2 n=$3 left
	rm -rf dst
	cp -a old dst
	strace -f -qq -o trace -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
		"$XFER" sync "$options" --delete --io=plain src/ dst >first 2>&1 </dev/null
	grep -q 'killed by SIGKILL' trace || {
		echo "nobody was killed at $call $n"
		return 1
	}
	old_or_new || return 1
	"$XFER" sync "$options" --delete --io=plain src/ dst >second 2>&1 || {
		echo "the same command again fails"
		cat second
		return 1
	}
	left=$(find dst -name '.xfer-*')
	[ -z "$left" ] || {
		echo "left: $left"
		return 1
	}
	equal
}

# The number of this call that one process of an undisturbed run makes at most.
calls()
{
	awk '{ n[$1]++ } END { for (p in n) if (n[p] > most) most = n[p]; print most + 0 }' "trace.$1"
}

# everywhere OPTIONS PER_CALL CALLS - so many points of each of the calls.
everywhere()
{
	local options=$1 per_call=$2 call total points i
	for call in $3; do
		rm -rf dst
		cp -a old dst
		strace -f -qq -o "trace.$call" -e trace="$call" "$XFER" sync "$options" --delete --io=plain src/ dst \
			>/dev/null 2>&1 </dev/null
		total=$(calls "$call")
		case $call in
		openat | close | writev) total=$((total - total / 4)) ;; # the last ones depend on who is faster
		esac
		points=$((total < per_call ? total : per_call))
		for ((i = 0; i < points; i++)); do
			local n=$((points > 1 ? 1 + i * (total - 1) / (points - 1) : 1))
			check "xfer sync $options survives kill -9 before $call $n of $total" killed "$options" "$call" "$n"
		done
	done
}

if ! strace -f -qq -o trace -e trace=close -e inject=close:signal=KILL:when=1 true 2>/dev/null && ! grep -q SIGKILL trace; then
	skip 'kill -9 of either side' 'strace cannot inject signals'
	finish
fi
make_trees
everywhere -aH 4 'openat pwrite64 writev mkdirat renameat renameat2 utimensat linkat close unlinkat'
# with -u, what a killed run left looks newer than the source
everywhere -auH 3 'pwrite64 utimensat renameat2'
finish
