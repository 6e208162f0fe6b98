#!/usr/bin/env bash
# A peer that speaks the version of the protocol before ours: what such a peer said in each of its four parts was recorded
# (recorded/), and is said again to the xfer of today. It is served, it serves, and it gets no frame that it does not know.
#   version_skew.sh record OLD_XFER   writes the recordings anew, with an xfer that speaks that version alone
# modes: release asan
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"

recorded=$ROOT/tests/e2e/recorded
sources=(one large hard link) # one name each, so that no directory's own order is in the recording
cd "$TEST_TMP" || exit 1

# The tree never differs, but for who runs the test: the recorder was root.
tree()
{
	mkdir -p one/two
	echo small >one/two/small
	yes 'a large file that is small when packed' | head -c 350000 >large
	ln large hard
	ln -s large link
	chmod 755 one one/two
	chmod 644 large one/two/small
	touch -h -d '2001-02-03 04:05:06.789 UTC' one/two/small large link one/two one
	mkdir expected
	cp -a "${sources[@]}" expected/
}

# record OLD_XFER - each side in a boot of its own, as on two hosts.
record()
{
	cat >host <<-END
		#!/bin/sh
		echo "\$1-boot" >\$1 && mount --bind "\$1" /proc/sys/kernel/random/boot_id && shift && exec "\$@"
	END
	printf '#!/bin/sh\nshift\nexec unshare -m ./host server "$@"\n' >there
	chmod 755 host there
	mkdir -p "$recorded"
	recorded_session "$1" push "${sources[@]}" there:dst/
	recorded_session "$1" pull "${sources[@]/#/there:}" dst/
}

recorded_session()
{
	rm -rf dst
	mkdir dst
	unshare -m ./host client "$1" sync -aH -e "$BIN_TEST/relay --record $recorded/$2 x $PWD/there" --xfer-path="$1" "${@:3}"
}

# with_server SESSION ARGUMENT... - our client, and the server of then
with_server()
{
	timeout 60 "$XFER" sync -aH --json -e "$BIN_TEST/replay $recorded/$1 d" "${@:2}" >events
}

# with_client SESSION - our server, and the client of then
with_client()
{
	rm -f to
	mkfifo to
	# shellcheck disable=SC2094 # a pipe
	timeout 60 "$BIN_TEST/replay" "$recorded/$1" u <to | timeout 60 "$XFER" serve --stdio >to
	[ "${PIPESTATUS[*]}" = '0 0' ]
}

all_sent()
{
	jq -es 'last | .ok and .items.total == 6 and .digest == .peer_digest' events
}

arrived()
{
	touch -r expected dst
	same_trees expected dst
}

umask 022
tree
[ "${1:-}" != record ] || {
	record "$2"
	exit
}
[ "$(id -u)" = 0 ] || {
	skip "the recordings" "their files are root's"
	finish
}
rm -rf dst
mkdir dst
check "we send to an old server, which gets what it wants" with_server push "${sources[@]}" there:dst/
check "its account of the tree is ours" all_sent
check "we receive from an old server" with_server pull "${sources[@]/#/there:}" dst/
check "its account of the tree is ours" all_sent
check "the trees are the same" arrived
rm -rf dst
mkdir dst
check "we receive from an old client" with_client push
check "the trees are the same" arrived
check "we send to an old client, which gets what it wants" with_client pull
finish
