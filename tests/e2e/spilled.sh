#!/usr/bin/env bash
# What does not fit into the memory that it may take is put into a file: directories found and not listed yet, files with
# several names, names to be deleted. The result is right; where the file cannot be made the run ends and loses nothing.
# takes: 60
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2317 # most functions are called by check
. "$(dirname "$0")/../lib.sh"

count=${COUNT:-30000}
cd "$TEST_TMP" || exit 1

# tree FOLDER - so many directories in one, some with something in them, each with a time of its own; and as many files
# in two folders of folders, each with its second name in the other.
tree()
{
	perl -e '
		my ($top, $n) = @ARGV;
		sub touch { open my $f, ">", $_[0] or die "$_[0]: $!"; print $f "$_[1]\n" x ($_[1] % 3); close $f }
		mkdir "$top$_" or die for "", "/many", "/one", "/two";
		for my $i (1 .. $n) {
			my $d = "$top/many/directory-with-a-name-of-some-length-$i";
			mkdir $d or die "$d: $!";
			if ($i % 50 == 0) {
				touch "$d/file", $i;
				mkdir "$d/$_" or die for "below", "below/deeper";
			}
			utime 1e9 + $i, 1e9 + $i, $d;
		}
		for my $i (0 .. $n - 1) {
			my $d = int $i / 500;
			$i % 500 or mkdir "$top/$_/folder-$d" or die for "one", "two";
			touch "$top/one/folder-$d/file-$i", $i;
			link "$top/one/folder-$d/file-$i", "$top/two/folder-$d/other-name-$i" or die;
		}
		utime 1e9, 1e9, "$top$_" for "/many", "/one", "/two", "";
	' "$1" "$count"
}

extra()
{
	perl -e '
		my ($top, $n) = @ARGV;
		for (1 .. $n) {
			my $f = "$top/a-name-that-the-source-does-not-have-$_";
			open my $h, ">", $f or die "$f: $!";
		}' "$1" "$count"
}

# run ARGUMENT... - the report stays in $TEST_TMP/report.
run()
{
	"$XFER" sync --json "$@" >events 2>errors
	local status=$?
	tail -n 1 events >report
	[ "$status" -eq 0 ] || tail -n 3 events errors
	return "$status"
}

is_so()
{
	jq -e "$1" report || {
		cat report
		return 1
	}
}

no_more_than_a_journal()
{
	local left
	left=$(find "$1" -mindepth 1 ! -name '*.journal')
	[ -z "$left" ] || {
		echo "$left"
		return 1
	}
}

check "a tree is made" tree src
# neither a state folder, which is the place, nor the one that is taken without it
export TMPDIR=$TEST_TMP/nowhere
state=$XFER_STATE_DIR
export XFER_STATE_DIR=/proc/xfer
check_exit 11 "without a place for the file the run ends" run -aH src/ dst/
check "and says which place it was" says "$TEST_TMP/nowhere: what does not fit into memory"
check "no directory is left under a temporary name" no_debris dst
mkdir named-state
check "with a state folder it goes on" run -aH --state-dir=named-state src/ dst/
check "in which nothing but a journal is left" no_more_than_a_journal named-state
unset TMPDIR
check "without one there is /var/tmp or TMPDIR" run -aHn src/ other/
export XFER_STATE_DIR=$state TMPDIR=$TEST_TMP/nowhere
mkdir -p "$state"
check "the copy is the same, with its links and times" equal
check "no directory is left under a temporary name" no_debris dst
check "a second run succeeds" run -aH --delete src/ dst/
check "and finds nothing to do" is_so '.ok and .items.unchanged == .items.total and .items.deleted == 0'

items=$(jq .items.total report)
check "names that the source does not have are made" extra dst/many
mkdir few extras
check "and in a directory of their own" extra extras
export XFER_STATE_DIR=/proc/xfer
check_exit 11 "without a place for their names the run ends" run -a --delete --allow-empty-source few/ extras/
export XFER_STATE_DIR=$state
check "before the first of them is deleted" test "$(find extras -type f -printf . | wc -c)" = "$count"
check "with --delete they go" run -aH --delete src/ dst/
check "they alone" is_so ".ok and .items.deleted == $count and .items.unchanged + .items.updated == $items"
check "what is left is the same as the source" equal

# many ARGUMENT... - files of so many folders that not all of these can be open at once
many()
{
	(ulimit -n 128 && "$XFER" sync -a "$@")
}

mkdir -p folders/{1..1500} named
for i in {1..1500}; do
	echo "$i" >"folders/$i/name-$i"
	echo "$i" >"named/name-$i"
done
check "more arguments with folders of their own than may be open" many folders/*/name-* together/
check "are all copied" diff -r named together
check "and more folders put together than may be open" many folders/*/ united/
check "too" diff -r named united

check "a dry run tells of all" run -aHn src/ nothing/
check "and counts the same" is_so ".ok and .items.copied == $items"
finish
