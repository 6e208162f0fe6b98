#!/usr/bin/env bash
# --nice pauses while the host's pressure files say that others wait for its disk, and goes on when they do not.
# shellcheck disable=SC2317 # check calls the functions
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
cd "$TEST_TMP" || exit 1

# pressure PERCENT - from now on, as the kernel writes it
pressure()
{
	printf 'some avg10=%s.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n' "$1" >load/io
}

# traced OPTION... - a copy where our folder stands in the place of the kernel's; its naps are in the file calls
traced()
{
	rm -rf dst
	# shellcheck disable=SC2016
	unshare -m sh -c 'mount --bind load /proc/pressure && exec "$@"' sh \
		strace -f -qq -o calls -e trace=poll "$XFER" sync -a "$@" src/ dst/
}

naps()
{
	grep -c 'poll(NULL, 0, 100' calls
}

# The pressure falls when the first nap is seen. Both sides look once a second, a nap is a tenth of one.
falls()
{
	local naps=0 line run
	rm -f calls
	mkfifo calls
	pressure 90
	traced --nice &
	run=$!
	while IFS= read -r line; do
		[[ $line == *'poll(NULL, 0, 100'* ]] || continue
		naps=$((naps + 1))
		[ "$naps" -gt 1 ] || pressure 0
	done <calls
	rm calls
	wait "$run" || return 1
	((naps >= 1 && naps <= 30)) || {
		echo "$naps naps"
		return 1
	}
}

mkdir -p load src
touch load/memory
head -c 3000000 /dev/urandom >src/large
echo small >src/small
pressure 0
if ! traced >/dev/null 2>&1; then
	skip "--nice pauses" "no mount namespaces, no pressure files, or nothing can be traced"
	finish
fi
check "under no pressure" traced --nice
check "there is no pause" test "$(naps)" = 0
pressure 90
check "without --nice" traced
check "there is none under pressure" test "$(naps)" = 0
check "--nice under pressure that does not end comes to its end" traced --nice
check "after some pauses" test "$(naps)" -gt 0
check "the trees are the same" same_trees src dst
check "it goes on when the pressure falls" falls
check "the trees are the same then" same_trees src dst
finish
