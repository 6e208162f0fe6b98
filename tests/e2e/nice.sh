#!/usr/bin/env bash
# --nice: both sides run in the idle classes, and the page cache is afterwards as it was before
# alone: it looks at the page cache, and pauses while others wait
# shellcheck disable=SC2317 # check calls the functions
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
cd "$TEST_TMP" || exit 1

# cached FILE - how many bytes of it are in the page cache
cached()
{
	fincore -nbo RES "$1"
}

# evict FILE... - their pages leave the cache
evict()
{
	local f
	for f; do
		dd if="$f" of="$f" oflag=nocache conv=notrunc,fdatasync count=0 status=none
	done
}

# But for a page that the kernel took back meanwhile: what we let go of goes whole.
is_cached()
{
	[ $(($(cached "$1") * 10)) -ge $(($(stat -c %s "$1") * 9)) ]
}

is_evicted()
{
	[ "$(cached "$1")" -eq 0 ]
}

# Both processes of a local copy went into the idle I/O class and to the lowest priority.
both_are_idle()
{
	strace -ff -qq -o calls -e trace=ioprio_set,setpriority "$XFER" sync -a --nice fs/src/ fs/traced/ || return 1
	[ "$(cat calls.* | grep -cE 'ioprio_set\(.*IDLE.* = 0$')" -eq 2 ] &&
		[ "$(cat calls.* | grep -cE 'setpriority\(.*, 19\) += 0$')" -eq 2 ]
}

if ! mount_loop 200M ext4 "$TEST_TMP/fs"; then
	skip "--nice leaves the page cache as it was" "no loop mounts here"
	finish
fi
mkdir fs/src
head -c 20000000 /dev/urandom >fs/src/large-warm
cp fs/src/large-warm fs/src/large-cold
for i in 1 2 3 4 5; do
	head -c 20000 /dev/urandom >fs/src/warm$i
	head -c 20000 /dev/urandom >fs/src/cold$i
done
sync -f fs
evict fs/src/*
cat fs/src/*warm* >/dev/null
check "a file that was read is in the cache" is_cached fs/src/large-warm
check "one that was not is not" is_evicted fs/src/large-cold

check "a copy with --nice" "$XFER" sync -a --nice fs/src/ fs/dst/
check "a large file that was in the cache stays there" is_cached fs/src/large-warm
check "a small one too" is_cached fs/src/warm3
check "a large file that was not there is not there now" is_evicted fs/src/large-cold
check "nor is a small one" is_evicted fs/src/cold3
check "what was written is not there, the large" is_evicted fs/dst/large-cold
check "and the small" is_evicted fs/dst/cold3
check "the trees are the same" same_trees fs/src fs/dst

evict fs/src/cold3 fs/src/large-cold
check "verify with --nice" "$XFER" verify --nice fs/src/ fs/dst/
check "leaves what was not there out of the cache" is_evicted fs/src/cold3
check "the large too" is_evicted fs/src/large-cold
check "and leaves in it what was there" is_cached fs/src/large-warm

evict fs/src/cold3 fs/src/large-cold
check "without --nice" "$XFER" sync -a fs/src/ fs/plain/
check "what was read is in the cache, so this test sees something" is_cached fs/src/large-cold

check "both sides go into the idle classes" both_are_idle
finish
