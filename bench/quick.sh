#!/usr/bin/env bash
# quick.sh - a first copy and a copy with nothing changed: xfer and rsync over a private sshd on loopback, and cp -a.
# One seeded tree (20,000 small files, four large ones), source in cache, a fresh ext4 for each run, in turn, three
# rounds, medians. A time counts only after the copy was compared with the source. Prints a Markdown table.
# Wants root, for the loop mounts. ROUNDS=n changes the number of rounds.

ROOT=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/lib.sh
. "$ROOT/tests/lib.sh"

rounds=${ROUNDS:-3}
source=$TEST_TMP/source mount=$TEST_TMP/target
tools=(xfer rsync cp)

fail()
{
	echo "bench: $*" >&2
	exit 1
}

# 100 folders of 200 files of up to 10 KB, every other one of them text; four files of 64 MB, half text. The same bytes
# on every machine (perl's own generator, a fixed seed).
make_source()
{
	perl -e '
		srand(20260101);
		my $noise = join "", map { pack "L", int rand 4294967296 } 1 .. 2097152;
		my $text = join "", map { sprintf "line %d of a text that compresses: %d\n", $_, rand 100 } 1 .. 200000;
		sub put {
			my ($path, $from, $size) = @_;
			open my $f, ">", $path or die "$path: $!";
			while ($size > 0) {
				my $at = int rand(length($$from) - 10240);
				my $part = substr $$from, $at, $size;
				print $f $part;
				$size -= length $part;
			}
			close $f or die "$path: $!";
		}
		for my $d (0 .. 99) {
			mkdir "$ARGV[0]/d$d" or die;
			put "$ARGV[0]/d$d/f$_", $_ % 2 ? \$noise : \$text, int rand 10240 for 0 .. 199;
		}
		put "$ARGV[0]/large$_", $_ % 2 ? \$noise : \$text, 67108864 for 0 .. 3;
	' "$1"
}

copy()
{
	case $1 in
	xfer) "$XFER" sync -a -q -e "$SSH_CMD" --xfer-path "$XFER" "$source/" "localhost:$mount/copy/" ;;
	rsync) rsync -a -e "$SSH_CMD" "$source/" "localhost:$mount/copy/" ;;
	cp) cp -a "$source" "$mount/copy" ;;
	esac
}

# timed TOOL - milliseconds of one copy, in $took.
timed()
{
	local start=${EPOCHREALTIME/./}
	copy "$1" || fail "$1 failed"
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	same_trees "$source" "$mount/copy" || fail "$1 made another tree"
}

# one_round TOOL - a line in its two files of times: first copy, nothing changed.
one_round()
{
	mount_loop 2G ext4 "$mount" -E lazy_itable_init=0,lazy_journal_init=0 || fail "no loop mounts here (not root?)"
	timed "$1"
	echo "$took" >>"$TEST_TMP/first.$1"
	if [ "$1" != cp ]; then
		timed "$1"
		echo "$took" >>"$TEST_TMP/again.$1"
	fi
	umount "$mount" || fail "cannot unmount $mount"
	rm -f "$TEST_TMP"/image.*
}

# median FILE - of its lines, in ms; nothing when there is no such file.
median()
{
	[ ! -f "$1" ] || sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# cells KIND TOOL - seconds, and the ratio to rsync's.
cells()
{
	awk -v ms="$(median "$TEST_TMP/$1.$2")" -v rsync="$(median "$TEST_TMP/$1.rsync")" 'BEGIN {
		if (ms == "")
			printf " – | – |"
		else
			printf " %.2f | %.2f |", ms / 1000, ms / rsync
	}'
}

[ -x "$XFER" ] || fail "there is no program $XFER: make"
mkdir "$source"
make_source "$source" || fail "no source tree"
start_sshd || fail "no sshd"
for ((i = 0; i < rounds; i++)); do
	for tool in "${tools[@]}"; do
		one_round "$tool"
	done
done

echo "20,000 small files and 4 of 64 MB, $(du -sm "$source" | cut -f 1) MB; $(nproc) cores; medians of $rounds rounds."
printf '\n| | first copy, s | to rsync | nothing changed, s | to rsync |\n| --- | --- | --- | --- | --- |\n'
for tool in "${tools[@]}"; do
	printf '| %s |%s%s\n' "$tool" "$(cells first "$tool")" "$(cells again "$tool")"
done
