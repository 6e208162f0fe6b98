#!/usr/bin/env bash
# shellcheck disable=SC2317 # check calls the functions
# Names of files, hosts, users and groups are shown so that no newline, escape sequence or change of text direction in
# them reaches a terminal or a log.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1
dirt=$'\e[31m\nOK: fake\r\x7f\xc2\x9b\xe2\x80\xae\xff'

# clean FILE... - nothing but printable text, newlines and tabs; and no line of the name's own making
clean()
{
	! grep -naP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xaa-\xae]|\xff' "$@" && ! grep -na '^OK: fake' "$@"
}

# shown COMMAND... - whatever it ends in, what it says is clean, in each form
shown()
{
	rm -f log
	"$@" --log-file=log >stdout 2>stderr </dev/null
	clean stdout stderr log 2>/dev/null && "$@" --json >stdout 2>stderr </dev/null
	clean stdout stderr
}

mkdir -p "src/$dirt" dst
echo x >"src/$dirt/$dirt"
ln -s "$dirt" "src/link$dirt"
ln "src/$dirt/$dirt" "src/hard$dirt"
mkfifo "src/fifo$dirt"

check "items" shown "$XFER" sync -aHvi src/ dst
check "a dry run that deletes" shown "$XFER" sync -avin --delete dst/ "$(mktemp -d -p .)"
touch "dst/extra$dirt"
check "deletions" shown "$XFER" sync -avi --delete src/ dst
check "warnings" shown "$XFER" sync -rtv src/ other
check "a list" shown "$XFER" sync --list-only -rl src/
check "differences" shown "$XFER" verify src/ dst/
check "a missing source" shown "$XFER" sync -a "./none$dirt" dst
check "a destination that cannot be made" shown "$XFER" sync -a src/ "./none$dirt/$dirt"
check "an unknown option" shown "$XFER" sync "--evil$dirt" src dst
check "an unknown command" shown "$XFER" "$dirt"
check "a host" shown "$XFER" sync -e "$ROOT/none" src "host$dirt:x"
check "a host that does not answer" shown "$XFER" sync -e false src "host$dirt:x"
check "a user" shown "$XFER" sync -e false src "user$dirt@host:x"
check "a remote shell" shown "$XFER" sync -e "none$dirt" src host:x
check "a filter that does not parse" shown "$XFER" sync -a --filter="$dirt" src/ dst
check "a map of owners" shown "$XFER" sync -a --usermap="$dirt:x" src/ dst
check "a mode" shown "$XFER" sync -a --chmod="$dirt" src/ dst
finish
