#!/usr/bin/env bash
# A mailbox that a real Dovecot fills and serves, as an IMAP client sees it before and after: UIDVALIDITY, UIDs, flags, keywords and
# dates are the same. The server is the imap process alone, logged in already, with a configuration of its own and no port.
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cd "$TEST_TMP" || exit 1
dovecot=/usr/lib/dovecot
if [ ! -x $dovecot/imap ] || [ ! -x $dovecot/dovecot-lda ]; then
	skip 'mailboxes of a real Dovecot' 'dovecot-imapd is not installed'
	finish
fi
mkdir old new run
chmod 755 .
: >log
chmod 666 log
cat >conf <<-END
	base_dir = $PWD/run
	log_path = $PWD/log
	mail_location = maildir:~/Maildir
	ssl = no
	protocol lda {
	  postmaster_address = postmaster@example.net
	}
	namespace inbox {
	  inbox = yes
	  separator = .
	}
END
# Dovecot serves nobody's mail as root.
as=()
if [ "$(id -u)" = 0 ]; then
	as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	chown 65534:65534 old new run
fi

# of HOME PROGRAM ARGUMENT... - a program of Dovecot's for the user whose home this is
of()
{
	timeout 60 "${as[@]}" env HOME="$PWD/$1" USER="$("${as[@]}" id -un)" "$dovecot/$2" -c conf "${@:3}"
}

deliver()
{
	printf 'From: a@example.net\nSubject: %s\n\n%s\n' "$1" "$RANDOM" | of old dovecot-lda -f a@example.net
}

imap()
{
	{
		printf 'x %s\r\n' "${@:2}"
		printf 'z LOGOUT\r\n'
	} | of "$1" imap
}

# What a client would compare, of both folders. Not the list of keywords that a folder ever had: that is in its index alone.
seen()
{
	imap "$1" 'SELECT INBOX' 'UID FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])' \
		'SELECT Sent' 'UID FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])' >seen.raw || return
	grep -vE '^[xz] |RECENT|PREAUTH|BYE|^\* (FLAGS|OK \[PERMANENTFLAGS)' seen.raw | sed 's/ *\\Recent//'
}

sync_mail()
{
	"$XFER" sync -a --delete old/ new/
}

in_use_for_a_while()
{
	local i
	for i in 1 2 3 4; do
		deliver "$i" || return
	done
	touch -d '2001-02-03 04:05:06 UTC' "$(find old/Maildir/new -type f | sort | head -n 1)"
	# UIDs that nobody would give anew: the first is gone
	# shellcheck disable=SC2016 # a keyword
	imap old 'CREATE Sent' 'SELECT INBOX' 'UID STORE 1 +FLAGS (\Deleted)' EXPUNGE 'UID STORE 2 +FLAGS (\Seen $Important Mine)' \
		'UID STORE 3 +FLAGS (\Flagged Other)' 'UID COPY 2:3 Sent' 'SELECT Sent' 'UID STORE 1 +FLAGS (\Deleted)' EXPUNGE >out.imap
	grep -q '^\* 1 EXPUNGE' out.imap
}

same_to_a_client()
{
	seen old >before && seen new >after || return
	grep -q 'UID 4 ' before && grep -q 'UIDVALIDITY' before && grep -q 'Mine' before && diff before after
}

# While the mailbox is delivered to and read.
delivered_meanwhile()
{
	local i delivery
	for i in 5 6 7 8; do
		deliver "$i" >/dev/null 2>&1 7>&- 8>&- &
		delivery=$!
		sync_mail >out.sync 2>&1 || {
			cat out.sync
			return 1
		}
		wait "$delivery" || return
	done
}

check 'a real mailbox is used' in_use_for_a_while
check '... and copied' sync_mail
check 'a client finds UIDVALIDITY, UIDs, flags, keywords and dates as they were' same_to_a_client
check '... also the second time, when the new server has its own indexes' sync_mail
check '...' same_to_a_client
check 'mail is delivered while one run follows another' delivered_meanwhile
imap old 'SELECT INBOX' 'UID STORE 4:6 +FLAGS (\Answered Late)' 'UID MOVE 3 Sent' >out.imap
check 'after the last one' sync_mail
check '... a client finds all as it was' same_to_a_client
check '... and Dovecot has nothing to complain about' not grep -E 'Warning|Error|Panic|Fatal' log
finish
