#!/usr/bin/env bash
# make static: one program that needs no library, nor anything else of the host that it runs on.
# alone: it makes anew the program that bootstrap.sh uses
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"

static=$ROOT/build/static/bin/xfer
src=$TEST_TMP/src
dst=$TEST_TMP/dst
bare=$TEST_TMP/bare

# needs PATTERN - the headers of the program have an entry of such a kind.
needs()
{
	readelf -lWd "$static" | grep -E "$1"
}

has_debug_sections()
{
	readelf -SW "$static" | grep debug
}

no_warning()
{
	not grep -i warning "$TEST_TMP/built"
}

# Linked anew: the linker's warnings are not shown a second time.
build()
{
	rm -f "$static"
	make -C "$ROOT" static >"$TEST_TMP/built" 2>&1
}

in_bare_root()
{
	mkdir -p "$bare/tree" "$bare/proc"
	cp "$static" "$bare/xfer"
	mount -t proc proc "$bare/proc" || return
	at_exit umount -l "$bare/proc"
	cp -a "$src/." "$bare/tree/"
	check "it works where there is nothing but itself and /proc" chroot "$bare" /xfer sync -aHAX --verify /tree/ /copy
	check "and the trees are the same" same_trees "$src" "$bare/copy"
	mkdir "$bare/etc"
	echo 'someone:x:4711:4712::/:/bin/sh' >"$bare/etc/passwd"
	echo 'some:x:4712:' >"$bare/etc/group"
	check "it knows users and groups by name without the C library's plug-ins" \
		chroot "$bare" /xfer sync -a --chown=someone:some /tree/ /owned
	check "which own what they should" test "$(stat -c %u:%g "$bare/owned/file")" = 4711:4712
	chown 4711:4712 "$bare/tree/file"
	check "it also tells the other side their names" \
		chroot "$bare" /xfer sync -a --usermap=someone:99 --groupmap=some:98 /tree/ /renamed
	check "which maps them" test "$(stat -c %u:%g "$bare/renamed/file")" = 99:98
}

check "make static" build
check "says nothing that one should know" no_warning
check "it names no interpreter and no library" not needs 'INTERP|NEEDED'
check "it brings no debugging information along" not has_debug_sections

mkdir -p "$src/dir/deeper"
echo hello >"$src/file"
head -c 700000 /dev/urandom >"$src/dir/large"
ln "$src/file" "$src/dir/hard"
ln -s ../file "$src/dir/deeper/link"

start_sshd || exit 1
for role in "$static $XFER" "$XFER $static" "$static $static"; do
	read -r near far <<<"$role"
	for way in push pull; do
		rm -rf "$dst"
		case $way in
		push) ends=("$src/" "localhost:$dst") ;;
		pull) ends=("localhost:$src/" "$dst") ;;
		esac
		check "$way, ${near#"$ROOT"/build/} here and ${far#"$ROOT"/build/} there" \
			"$near" sync -aHAX -e "$SSH_CMD" --xfer-path="$far" "${ends[@]}"
		check "the trees are the same" same_trees "$src" "$dst"
	done
done

if [ "$(id -u)" = 0 ]; then
	in_bare_root
else
	skip "it works where there is nothing but itself and /proc" "only root can chroot"
fi
finish
