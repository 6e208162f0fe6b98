#!/usr/bin/env bash
# Options whose effect is not in the tree: durability, compression on the wire, and how much is told.
# shellcheck disable=SC2317 # check calls the functions
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1
mkdir -p src/d
seq 200000 >src/d/text
head -c 1000000 /dev/urandom >src/noise
printf 'small\n' >src/small

# sent OPTION... - how many bytes a copy puts on the channel
sent()
{
	rm -rf dst
	"$XFER" sync -a --json "$@" src/ dst/ | jq -r 'select(.event == "report") | .bytes.sent'
}

packed=$(sent -z) plain=$(sent --no-compress) long=$(sent --compress)
check "-z sends text in less than half ($packed of $plain bytes)" test "$((packed - 1000000))" -lt "$(((plain - 1000000) / 2))"
check "and noise as it is, not larger" test "$packed" -lt "$plain"
check "--compress is -z" test "$long" -lt "$plain"
check "what was packed arrived whole" same_trees src dst

# Another host, as far as the two ends can tell: the other side sees another boot_id.
cat >elsewhere <<END
#!/bin/sh
shift
exec unshare -m sh -c 'mount --bind "$PWD/boot_id" /proc/sys/kernel/random/boot_id && exec "\$@"' sh "\$@"
END
chmod +x elsewhere
echo 11111111-2222-3333-4444-555555555555 >boot_id

# sent_there OPTION... - as sent, to that host
sent_there()
{
	rm -rf dst
	"$XFER" sync -a --json "$@" -e "$PWD/elsewhere" --xfer-path "$XFER" src/ "there:$PWD/dst/" |
		jq -r 'select(.event == "report") | .bytes.sent'
}

if unshare -m mount --bind boot_id /proc/sys/kernel/random/boot_id 2>/dev/null; then
	there=$(sent_there) plain_there=$(sent_there --no-compress)
	check "to another host text is packed without being asked ($there of $plain_there bytes)" \
		test "$((there - 1000000))" -lt "$(((plain_there - 1000000) / 2))"
	check "and arrives whole" same_trees src dst
else
	skip "to another host text is packed without being asked" "no mount namespaces"
fi

# calls OPTION... - which calls for durability a copy makes
calls()
{
	rm -rf dst
	strace -f -qq -o trace -e trace=fsync,fdatasync,syncfs "$XFER" sync -a "$@" src/ dst/ >/dev/null
	sed -n 's/^[0-9]* *\([a-z]*\)(.*/\1/p' trace | sort | uniq -c | awk '{ printf "%s%s:%d", sep, $2, $1; sep = " " }'
}

plain_calls=$(calls) durable_calls=$(calls --fsync)
check "without --fsync the journal alone is waited for ($plain_calls)" \
	test "$plain_calls" = "fdatasync:1 fsync:2"
check "--fsync syncs the file system before files get their names, and at the end ($durable_calls)" \
	test "${durable_calls##* }" = "syncfs:2"

rm -rf dst
"$XFER" sync --archive --verbose --whole-file --human-readable --rsh=ssh src/ dst/ >verbose
check "-v names the items without their codes" grep -qx 'd/text' verbose
check "-h shortens the figures" grep -qE '[0-9]\.[0-9]+M' verbose
check "the long names copy as the short ones do" same_trees src dst
"$XFER" sync -a src/ dst/ >short
"$XFER" sync -a --stats src/ dst/ >long
check "--stats tells the time by phase" grep -q 'connect .* transfer .* finish .* verify' long
check "which is not told otherwise" not grep -q connect short
"$XFER" sync -a --quiet src/ dst/ >quiet 2>&1
check "-q says nothing when all is well" test ! -s quiet
printf 'more\n' >>src/small
"$XFER" sync --archive --dry-run src/ dst/ >dry
check "--dry-run says what it would do" grep -q '^>f.st...... small$' dry
check "and does not" not cmp -s src/small dst/small
"$XFER" sync --archive --itemize-changes --update --sparse --one-file-system --prune-empty-dirs src/ dst/ >told
check "--itemize-changes says the same when it is done" grep -q '^>f.st...... small$' told
"$XFER" sync -a --ignore-times --omit-dir-times --omit-link-times --log-file=log src/ dst/ >/dev/null
check "--log-file has what --ignore-times sent again, though nobody asked to see it" grep -q 'small$' log
finish
