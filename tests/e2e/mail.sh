#!/usr/bin/env bash
# Mailboxes: a message is known by its base name, so that flags, folders and what moves cost no transfer; nothing is lost, doubled
# or wrongly deleted whatever the mailbox's users do meanwhile.
# takes: 40
# modes: release asan
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# Single quotes are for eval.
# shellcheck disable=SC2016
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1
here=$PWD

mailbox()
{
	local box
	for box; do
		mkdir -p "$box"/{cur,new,tmp}
	done
}

# message FILE [SIZE] - of this size; its mtime, which IMAP shows, is its own.
message()
{
	head -c "${2:-1000}" /dev/urandom >"$1"
	touch -d "2020-01-01 00:00:$((10#$(printf '%s' "${1##*/}" | tr -dc 0-9 | cut -c1-2) % 60)).123456789" "$1"
}

# A mailbox with messages whose names carry their size (a, b, c, f) and some that do not (d, e).
fresh()
{
	rm -rf src dst
	mailbox src src/.Sent src/.Trash
	message src/cur/11a,S=1000:2,
	message src/cur/12b,S=1000:2,S
	message src/new/13c,S=1000
	message src/.Sent/cur/14d:2,S
	message src/cur/15e:2,
	message src/cur/16f,S=300000:2, 300000
	echo '3 V1 N7' >src/dovecot-uidlist
	echo '0 important' >src/dovecot-keywords
	echo index >src/dovecot.index
	echo half >src/tmp/half
	echo sieve >src/.dovecot.sieve
	echo Sent >src/subscriptions
	echo >src/.Sent/maildirfolder
	"$XFER" sync -a --delete src/ dst/ >out
}

# same_mail SRC DST - but for what is not copied.
same_mail()
{
	rm -rf expected
	cp -a "$1" expected
	rm -rf expected/tmp/* expected/dovecot.index* expected/dovecot-uidlist.lock
	touch -r "$1/tmp" expected/tmp
	touch -r "$1" expected
	same_trees expected "$2"
}

# equal_to TEXT COMMAND... - that is what it says.
equal_to()
{
	local wanted=$1
	shift
	[ "$("$@")" = "$wanted" ] || {
		diff <(printf '%s\n' "$wanted") <("$@")
		return 1
	}
}

# run NAME=N... - the next run's report says so.
run()
{
	"$XFER" sync -a --delete --json src/ dst/ >events || return
	shown "$@"
}

shown()
{
	local pair
	for pair; do
		jq -es "last | ${pair%=*} == ${pair#*=}" events >got || {
			tail -n 1 events
			return 1
		}
	done
}

# traced COMMAND... - what it does to names is in the file trace.
traced()
{
	# who is traced cannot look for leaks
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 strace -f -qq -e trace=%file -o trace "$@"
}

fresh
check 'a copy of a mailbox has all but indexes, locks and what is in tmp' same_mail src dst
check 'and again there is nothing to do' run .items.unchanged=23 .bytes.written=0 .bytes.read=0 .items.renamed=0
if traced true; then
	check 'which looks at those messages alone whose names have no size' eval \
		'traced "$XFER" sync -a src/ dst/ && grep -q "stat.*\"14d:2,S\"" trace && ! grep "\"1[1236][abcf],S=" trace'
else
	skip 'what is looked at' 'nothing can be traced here'
fi

chmod 640 src/cur/11a* && echo other >src/cur/11a*
check 'with --full every message is compared' "$XFER" sync -a --full src/ dst/
check '... and has what changed' same_mail src dst

# what costs no transfer
fresh
mv src/cur/11a* src/cur/11a,S=1000:2,RSab
mv src/new/13c* src/cur/13c,S=1000:2,
mv src/cur/15e* src/cur/15e:2,F
ids=$(stat -c '%i' dst/cur/1[15]* dst/new/13c* | sort)
check 'flags, keywords and new to cur are a rename' run .items.renamed=3 .bytes.written=0 .items.deleted=0
check '... of the same files' equal_to "$ids" eval 'stat -c "%i" dst/cur/1[135]* | sort'
check '... and the mailbox is equal' same_mail src dst
mv src/cur/12b* src/.Trash/cur/12b,S=1000:2,ST
mv src/.Sent/cur/14d* src/cur/14d:2,
mv src/.Sent src/.Gesendet
mv src/cur/16f* src/.Gesendet/new/16f,S=300000
check 'into another folder, and a folder with another name, likewise' run .items.renamed=3 .bytes.written=1
check '... and the mailbox is equal' same_mail src dst
check '... and leaves no debris' no_debris dst

fresh
mv src/cur/11a* src/cur/11a,S=1000:2,S
mv src/cur/12b* src/.Trash/cur/12b,S=1000:2,S
before=$(tree_listing dst)
check 'a dry run says so' "$XFER" sync -a --delete -n src/ dst/
check '...' says '^\*renaming   cur/11a,S=1000:2,S <= cur/11a,S=1000:2,$'
check '... of other folders too' says '^\*renaming   .Trash/cur/12b,S=1000:2,S <= dst/cur/12b'
check '... and changes nothing' equal_to "$before" tree_listing dst
rm -rf src/.Sent
check 'a folder that is gone is deleted' run .items.deleted=7
check '... and the mailbox is equal' same_mail src dst

# what is only like it is not taken for it
fresh
message src/cur/15e:2,S 1001
rm src/cur/15e:2,
cp src/.Sent/cur/14d* src/.Trash/cur/14d:2,S
touch -d 2019-01-01 src/.Trash/cur/14d*
check 'another size, or another time in another folder, is another message' run .items.renamed=0 .bytes.written=2001
check '... and the mailbox is equal' same_mail src dst
fresh
message src/cur/12b,S=1000:2,RS
message src/new/12b,S=1000
touch -d 2020-01-02 src/cur/12b,S=1000:2,RS
check 'of three messages with one base name none takes the place of another' run .items.renamed=0
check '... and the mailbox is equal' same_mail src dst
check '... by content' diff -r src/cur dst/cur
mv src/cur/12b,S=1000:2,RS src/cur/12b,S=1000:2,T
mv src/cur/12b,S=1000:2,S src/cur/12b,S=1000:2,RS
check '... nor when their flags change' run .items.renamed=0
check '... by content' diff -r src/cur dst/cur
mkdir src/cur/dir
message src/cur/11nocolon
ln -s "$here/elsewhere" src/.Link
mkdir elsewhere && mailbox elsewhere && message elsewhere/cur/17g:2,
check 'a name without flags, a directory in cur and a symlink for a folder are copied as they are' run .items.failed=0
check '... and the mailbox is equal' same_mail src dst
check '... and nothing went through the symlink' not test -e dst/.Link/cur/11nocolon

# others at the destination
fresh
echo others >dst/tmp/others
echo index >dst/dovecot.index.cache
echo lock >dst/dovecot-uidlist.lock
touch "dst/tmp/.xfer-$(printf '%040d' 0)"
message src/new/18h,S=5000 5000
check 'a message is delivered through tmp' eval \
	'traced "$XFER" sync -a --delete src/ dst/ && grep -E "renameat.*\.xfer-[0-9a-f]{40}\", [0-9]+, \"18h,S=5000\"" trace'
check "... and is whole before it has its name" eval '! grep -E "openat.*\"18h,S=5000\".*O_CREAT" trace'
check "... and what others have in tmp is left alone, and a server's own files" \
	test -e dst/tmp/others -a -e dst/dovecot.index.cache -a -e dst/dovecot-uidlist.lock
check '... and what an interrupted run left there is tidied' no_debris dst
rm dst/tmp/others dst/dovecot.index.cache dst/dovecot-uidlist.lock
touch -r src dst; touch -r src/tmp dst/tmp
check '... and the mailbox is equal' same_mail src dst
echo '3 V1 N8' >src/dovecot-uidlist
message src/cur/19i,S=100:2, 100
check 'the list of UIDs comes after the messages' eval 'traced "$XFER" sync -a --delete src/ dst/ &&
	[ "$(grep -n "renameat.*\"19i" trace | tail -n 1 | cut -d: -f1)" -lt "$(grep -n "renameat.*\"dovecot-uidlist" trace | cut -d: -f1)" ]'
check 'with --frozen the indexes are copied' "$XFER" sync -a --frozen src/ dst/
check '...' cmp src/dovecot.index dst/dovecot.index
check 'with --maildir=never all is copied as files' "$XFER" sync -a --delete --maildir=never src/ dst/
check '...' same_trees src dst

# the mailbox changes at an exact moment of the run: names are listed and nothing is read yet
fresh
message src/new/20j,S=700 700
check 'a message that is read before it was sent is sent all the same' relayed \
	"--after WANT:1 --do 'mv $here/src/new/20j,S=700 $here/src/cur/20j,S=700:2,S'" -a --delete src/ there:"$here/dst/"
check '...' cmp src/cur/20j* dst/new/20j*
check '... and the next run does not send it again' run .items.renamed=1 .bytes.written=0
check '... and the mailbox is equal' same_mail src dst

# A mailbox in use, by two who deliver, flag, move and delete as fast as they can, while one run follows another.
bases()
{
	find "$1" -type f -path '*/[cn][ue][rw]/*' -printf '%f\n' | sed 's/:2,.*//' | sort
}

in_use()
{
	local pass status
	rm -rf src dst trace
	mailbox src src/.Sent src/.Trash
	mkfifo stop1 stop2
	"$BIN_TEST/mail_writer" src 1 src/.Sent src/.Trash <stop1 >written1 7>&- 8>&- &
	exec 5>stop1
	"$BIN_TEST/mail_writer" src/.Sent 2 src src/.Trash <stop2 >written2 5>&- 7>&- 8>&- &
	exec 6>stop2
	for pass in {1..5}; do
		status=0
		"$XFER" sync -a --delete src/ dst/ >out 2>&1 5>&- 6>&- || status=$?
		# what was deleted between its listing and its turn is named (24); nothing else may happen
		[ "$status" = 0 ] || [ "$status" = 24 ] || {
			echo "pass $pass: $status"
			cat out
			break
		}
		bases dst | grep ^kept | sort -u >kept.now
		[ "$pass" = 1 ] || [ -z "$(comm -23 kept.before kept.now)" ] || {
			echo "pass $pass deleted what is there:"
			comm -23 kept.before kept.now
			status=99
			break
		}
		mv kept.now kept.before
	done
	exec 5>&- 6>&-
	wait
	cat written1 written2
	# both worked to the end
	[ "$(cat written1 written2 | grep -c delivered)" = 2 ] && [[ $status = 0 || $status = 24 ]]
}

equal_when_quiet()
{
	local doubled
	"$XFER" sync -a --delete src/ dst/ && same_trees src dst || return
	doubled=$(bases dst | uniq -d)
	[ -z "$doubled" ] && [ "$(bases dst | grep -c ^kept)" = 100 ]
}

check 'while a mailbox is in use no message is lost in any run' in_use
check '... and afterwards both sides are equal, with every message once' equal_when_quiet
check '... and by content' diff -r src dst

verified()
{
	"$XFER" sync -a --delete --verify src/ dst/
}
check 'what was renamed is proven by reading' verified
finish
