#!/usr/bin/env bash
# Every fourth byte of a small session damaged in turn, both ways; the link cut, and silent, at random bytes of it: seen each time,
# nothing wrong at the destination, and the same command again completes with what is missing. each.c does it.
# modes: release
# takes: 45
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

here=$TEST_TMP/here
in_memory 300m "$here"
cd "$here" || exit 1
export XFER_STATE_DIR=$PWD/state HOME=$PWD

mkdir -p work/src/d work/old/d
cd work || exit 1
printf 'kept\n' | tee src/a src/d/b >src/z
printf 'old\n' | tee old/a >old/z
printf 'extra\n' >old/d/extra
ln -s a src/link
ln src/a src/d/hard
find src old -exec touch -h -d @1700000000 {} +
find old -type f -exec touch -d @1600000000 {} +
cp -a old dst
relayed "--count $PWD/count" -aH --delete src/ there:dst >/dev/null
read -r up down <count
cd ..

# damaged STATUSES POINTS HOW SHARD [OPTION...] - in a copy of the folder, so that several may run at once.
damaged()
{
	local statuses=$1 how=$3 dir=$here/${3/:/.}.$4 points
	read -ra points <<<"$2"
	cp -a work "$dir"
	cd "$dir" || return 1
	shift 4
	"$BIN_TEST/each" --status "$statuses" "${points[@]}" \
		"$XFER" sync -aH --delete "$@" -e "$BIN_TEST/relay --$how%d" --xfer-path "$XFER" src/ there:dst \
		--then "$XFER" sync -aH --delete --json src/ dst || {
		head -c 2000 out
		return 1
	}
}

# every WAY TOTAL - every fourth byte, the others in other runs; FAULT_STEP=1 takes all. Half of them beside the other half: two
# processors.
every()
{
	local step=${FAULT_STEP:-4} half status=0
	local first=$((FAULT_SEED % step))
	(damaged 12,2 "--points $first:$(($2 - 1)):$((2 * step))" "flip $1:" half) &
	half=$!
	(damaged 12,2 "--points $((first + step)):$(($2 - 1)):$((2 * step))" "flip $1:" other) || status=1
	wait "$half" && return "$status"
}

at_random()
{
	(damaged "$@")
}

check "the $up bytes to the receiver damaged, one at a time (FAULT_SEED=$FAULT_SEED)" every up "$up"
check "the $down bytes to the sender damaged, one at a time (FAULT_SEED=$FAULT_SEED)" every down "$down"
check 'the link cut at 20 random bytes to the receiver' at_random 10,12 "--random 1:20:$((up - 1))" 'cut up:' cut
check 'the link cut at 20 random bytes to the sender' at_random 10,12 "--random 2:20:$((down - 1))" 'cut down:' cut
# 35 before the greeting; 10 where the other side comes to its end, or gives up, a moment before us
check 'silence from 4 random bytes on to the receiver is ended' \
	at_random 30,35,10 "--random 3:4:$((up - 1))" 'stall up:' stall --timeout=1 --contimeout=1
check 'silence from 4 random bytes on to the sender is ended' \
	at_random 30,35,10 "--random 4:4:$((down - 1))" 'stall down:' stall --timeout=1 --contimeout=1
finish
