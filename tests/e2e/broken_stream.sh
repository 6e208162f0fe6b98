#!/usr/bin/env bash
# Any byte of the stream damaged on its way is seen, wherever the link ends half a file has no name, and the next run
# completes. relay (relay.c) stands between the two ends.
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1
here=$PWD

# A small session, with large and small files, in which each byte can be damaged and at each the link can end.

prepare_stream()
{
	mkdir -p src/d/e old dst
	printf 'kept\n' | tee src/a src/d/b >src/z
	head -c 3000 /dev/urandom >src/d/c
	head -c 270000 /dev/urandom >src/large
	ln -s a src/link
	ln src/a src/d/hard
	printf 'old\n' | tee old/a >old/z
	touch -d @1 old/a old/z
	printf 'extra\n' >old/extra
	cp -a old/. dst
	relayed "--count $here/count" -aH --delete "$here/src/" "there:$here/dst" >/dev/null
	read -r up down <count
}

# places WAY TOTAL N - N places spread evenly over the stream.
places()
{
	local i
	for ((i = 0; i < $3; i++)); do
		printf '%s:%d\n' "$1" $((i * ($2 - 1) / ($3 - 1)))
	done
}

# broken HOW PLACE STATUS... - a run that must fail in a known way, and the run after it. Says what went wrong, if anything.
broken()
{
	local how=$1 place=$2 status=0
	shift 2
	rm -rf dst
	cp -a old dst
	relayed "--$how $place" -aH --delete "$here/src/" "there:$here/dst" >"$here/first" 2>&1 || status=$?
	[[ " $* " == *" $status "* ]] || {
		echo "$how $place: status $status"
		cat first
		return 1
	}
	old_or_new || return 1
	"$XFER" sync -aH --delete src/ dst >"$here/second" 2>&1 || {
		echo "$how $place: the run afterwards: status $?"
		cat "$here/second"
		return 1
	}
	equal && no_debris dst
}

all_broken()
{
	local how=$1 place bad=0
	shift
	while IFS= read -r place; do
		broken "$how" "$place" "$@" || {
			echo "at $how $place"
			bad=1
		}
	done
	return "$bad"
}

the_stream()
{
	local up down
	prepare_stream
	check "a byte flipped on its way to the receiver, at 40 places of $up: seen, and nothing wrong is kept" \
		all_broken flip 12 < <(places up "$up" 40)
	check "a byte flipped on its way to the sender, at 20 places of $down: seen, and nothing wrong is kept" \
		all_broken flip 12 < <(places down "$down" 20)
	check "a link cut on its way to the receiver, at 25 places of $up: half a file has no name, the next run completes" \
		all_broken cut 10 12 < <(places up "$up" 25)
	check "a link cut on its way to the sender, at 15 places of $down: half a file has no name, the next run completes" \
		all_broken cut 10 12 < <(places down "$down" 15)
}

the_stream
finish
