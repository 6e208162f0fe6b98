#!/usr/bin/env bash
# Compression between two hosts, in both directions, without being asked for: text is compressed on a slow link, noise goes as it
# is.
# modes: release
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"
cd "$TEST_TMP" || exit 1

# Another host, as far as the two ends can tell: the other side sees another boot_id.
cat >elsewhere <<END
#!/bin/sh
shift
exec unshare -m sh -c 'mount --bind "$PWD/boot_id" /proc/sys/kernel/random/boot_id && exec "\$@"' sh "\$@"
END
chmod +x elsewhere
echo 11111111-2222-3333-4444-555555555555 >boot_id
unshare -m mount --bind boot_id /proc/sys/kernel/random/boot_id 2>/dev/null || {
	skip "compression that adapts" "no mount namespaces"
	finish
}

mkdir text noise
seq -f 'line %.0f of a log that says nearly the same again and again' 300000 | head -c 12000000 >text/log
head -c 12000000 /dev/urandom >noise/log

# to OPTION-OR-OPERAND... - a copy between the two hosts; its report in the file report.
copies()
{
	rm -rf dst
	timeout 100 "$XFER" sync -a --json -e ./elsewhere --xfer-path "$XFER" "$@" | tail -n 1 >report
}

is_so()
{
	jq -e "$1" report || {
		cat report
		return 1
	}
}

both()
{
	local way=$1 there=$2 here=$3
	check "$way: text over a slow link" copies --bwlimit=1m "$there/text/" "$here/dst"
	check "$way: is compressed from the first byte" is_so '.ok and .bytes.compressed_from > 11000000 and
		([.bytes.sent, .bytes.received] | max) < 6000000'
	check "$way: and arrives whole" same_trees text dst
	check "$way: noise over a slow link" copies --bwlimit=8m "$there/noise/" "$here/dst"
	check "$way: goes as it is" is_so '.ok and .bytes.compressed_from < 100000'
	check "$way: and arrives whole" same_trees noise dst
}

both push "$PWD" "host:$PWD"
both pull "host:$PWD" "$PWD"

# what a fast link gets is a matter of time: tests/unit/codec/test_adapt.c, where time is made
check "-z compresses whatever the link" copies -z text/ "host:$PWD/dst"
check "all of it" is_so '.ok and .bytes.compressed_from > 11000000'

# a little of each of 30 MiB: what is a hole in them is not sent, on a link where nothing else is packed
mkdir holes
truncate -s 30M holes/file
for ((at = 0; at < 30; at++)); do
	head -c 5000 /dev/urandom | dd of=holes/file bs=1M seek=$at conv=notrunc status=none
done
rm -rf dst
check "chunks that are mostly holes, between folders of one host" "$XFER" sync -a --json holes/ dst
tail -n 1 "$TEST_TMP/out" >report
check "are packed" is_so '.ok and .bytes.compressed_from > 30000000 and .bytes.sent < 1000000'
check "and arrive as they are" cmp holes/file dst/file
finish
