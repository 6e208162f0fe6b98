#!/usr/bin/env bash
# kill -9 of either side at many system calls of a run that resumes, finds differences, waits for the disk or goes to another
# host, and at 20 random ones of a larger: nothing is lost, the other side ends by itself, the same command again completes,
# writes only what is missing, and leaves no debris. each.c does it.
# modes: release
# takes: 60
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# some FOLDER "OPTION..." SIDE STEP - every STEPth call.
some()
{
	local points
	read -ra points < <(fault_points "$4")
	(fault_killed "$1" "$2" "$3" "${points[@]}")
}

at_random()
{
	(fault_killed larger "--io=plain src/ dst" "$1" --random "$FAULT_SEED:$2:$3")
}

# A large file that had some other bytes before, and one of which an interrupted run left a part.
differences()
{
	fault_tree changed 1 3000000
	cp changed/src/large changed/old/large
	printf 'other' | dd of=changed/old/large bs=1 seek=1500000 conv=notrunc status=none
	touch -d @1600000000 changed/old/large
	cp -a changed begun
	rm begun/old/large
	head -c 2000000 /dev/urandom >>begun/src/large
	touch -d @1700000000 begun/src/large
	(cd begun && relayed '--cut-after DATA:5' -a src/large "there:$PWD/old/") >first 2>&1
	[ -n "$(find begun/old -name '.xfer-*' -size +2000k)" ]
}

fault_place 'kill -9 of either side'
fault_tree small 2 280000
fault_tree larger 150 6000000
check 'an interrupted run leaves a part of a large file' differences
for side in client server; do
	check "the $side killed, pushing to another host" some small '-e env src/ env:dst' "$side" 67
	check "the $side killed, pulling from another host" some small '-e env env:src/ dst' "$side" 67
	check "the $side killed, with --fsync" some small '--fsync src/ dst' "$side" 67
	check "the $side killed, where differences are sent" some changed '-e env --fsync src/ env:dst' "$side" 83
	check "the $side killed, where an interrupted run is resumed" some begun '-e env src/ env:dst' "$side" 83
	# of about 2600 calls
	check "the $side killed at 20 random calls of a larger run (FAULT_SEED=$FAULT_SEED)" at_random "$side" 20 2400
done
finish
