#!/usr/bin/env bash
# inventory finds all that there is and nothing else; notify tells once; and what is the site's own fails until the site has filled it in
# modes: release
# takes: 15
# shellcheck disable=SC2317 # functions that check calls
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/../db/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$(dirname "$0")/../db/postgresql.sh"
# shellcheck source=tests/hooks/hooks.bash
. "$(dirname "$0")/hooks.bash"

root=$TEST_TMP/root
odd=$'-n "o\'d" `x` $(touch evil)\n\\t'
cd "$TEST_TMP" || exit

things()
{
	mkdir -p "$root/home/shop" "$root/home/$odd" "$root/home/.hidden" "$root/home/lost+found" "$root/home/shop/below" "$root/var/mail/blog" "$root/srv/mail/x" \
		"$root/etc" "$root/var/spool/cron/crontabs"
	touch "$root/home/file" "$root/var/mail/$odd" "$root/var/spool/cron/crontabs/shop"
	# shellcheck disable=SC2016
	printf '%s\n' root:x:0:0::/root:/bin/sh daemon:x:999:1::/:/bin/false shop:x:1000:1000::/home/shop:/bin/sh 'odd $(id):x:1001:1::/:/bin/sh' \
		nobody:x:65534:65534::/:/bin/false >"$root/etc/passwd"
	mariadb_sql a -e "CREATE DATABASE shop; CREATE DATABASE \`${odd//\`/\`\`}\`"
	pg_sql a postgres -c 'CREATE DATABASE shopdb' -c "CREATE DATABASE \"${odd//\"/\"\"}\""
}

{ start_mariadb a && start_postgresql a && things; } >"$TEST_TMP/started" 2>&1 || {
	cat "$TEST_TMP/started"
	exit 1
}
conf "STATE=$TEST_TMP/state.hooks" "NOTIFY_LOG=$TEST_TMP/log" "INVENTORY_MAIL=/var/mail /srv/mail /none"
input=$(jq -n '{campaign: {name: "anna"}, server: ($s + {mariadb: $my, postgresql: $pg})}' --argjson s "$(server web1 "" "" "$root")" \
	--arg my "$(mariadb_uri a)" --arg pg "$(pg_uri a '')")

# found - of the last check, sorted
found()
{
	grep '"event":"found"' "$TEST_TMP/out" | jq -c '[.kind, .engine, .name]' | LC_ALL=C sort
}

expected()
{
	# shellcheck disable=SC2016
	jq -nc --arg odd "$odd" '["crontab", null, "shop"], ["database", "mariadb", "shop"], ["database", "mariadb", $odd], ["database", "postgresql", "shopdb"],
		["database", "postgresql", $odd], ["home", null, "/home/shop"], ["home", null, "/home/.hidden"], ["home", null, "/home/" + $odd],
		["mailbox", null, "/var/mail/blog"], ["mailbox", null, "/var/mail/" + $odd], ["mailbox", null, "/srv/mail/x"],
		["user", null, "shop"], ["user", null, "odd $(id)"]' | LC_ALL=C sort
}

inventories()
{
	check "inventory succeeds" hook inventory "$input"
	check "and says so" says_report true
	found >"$TEST_TMP/found"
	check "it finds every home, mailbox, database, crontab and user, and nothing else" diff <(expected) "$TEST_TMP/found"
	check "nothing was run of what names say" not test -e "$TEST_TMP/evil"
	check "it may be taken again" hook inventory "$input"
	found >"$TEST_TMP/found"
	check "and finds the same" diff <(expected) "$TEST_TMP/found"
	check_exit 1 "one that cannot look at MariaDB fails" hook inventory "$input" '.server.mariadb = "mysql://127.0.0.1:1/"'
	check "and says why" says '"failure".*MariaDB'
	check_exit 1 "so does one that cannot look at PostgreSQL" hook inventory "$input" '.server.postgresql = "postgresql://127.0.0.1:1/"'
	check_exit 75 "where the server cannot be reached it may be tried again" hook inventory "$input" '.server.rsh = "ssh -F none -o BatchMode=yes -p 1" | .server.ssh = "127.0.0.1"'
	check "with a report" says_report false
	mv "$root/etc/passwd" "$root/etc/gone"
	check_exit 1 "one that cannot read the users fails" hook inventory "$input"
	mv "$root/etc/gone" "$root/etc/passwd"
}

# tell KEY TEXT
tell()
{
	hook notify "$input" ".key = \"$1\" | .account = {name: \"shop\"} | .notice = {kind: \"warning\", text: \"$2\"}"
}

lines()
{
	[ "$(wc -l <"$TEST_TMP/log")" = "$1" ] && jq -es "length == $1" "$TEST_TMP/log"
}

notifies()
{
	check "notify succeeds" tell key-1 "80 % of the window"
	check "it has written a line" lines 1
	check "which says who, what and when" jq -e '.campaign == "anna" and .account == "shop" and .notice.text == "80 % of the window" and (.at | fromdate > 0)' "$TEST_TMP/log"
	check "and nothing of where databases are" not grep -q 'mysql:\|postgresql:' "$TEST_TMP/log"
	check "told again it succeeds" tell key-1 "80 % of the window"
	check "and has written nothing" lines 1
	# shellcheck disable=SC2016
	check "another key is another line" tell key-10 'a \" \\n key-1 $(id)'
	check "of its own" lines 2
	printf '{"at":"2026' >>"$TEST_TMP/log" # a run that was killed
	check "behind a line that was not ended it succeeds" tell key-2 x
	check "and begins a new one" test "$(tail -n 1 "$TEST_TMP/log" | jq -r .key)" = key-2
	printf '#!/bin/sh\ncat >>"%s/told"; exec cat "%s/status" >&2' "$TEST_TMP" "$TEST_TMP" >"$TEST_TMP/teller"
	chmod +x "$TEST_TMP/teller"
	conf "STATE=$TEST_TMP/state.hooks" NOTIFY_LOG= "NOTIFY_COMMAND=$TEST_TMP/teller a b"
	check_exit 75 "a command that fails may be tried again" tell key-3 y
	: >"$TEST_TMP/status"
	check "then it succeeds" tell key-3 y
	check "and is not called again" tell key-3 y
	check "it was given the JSON, each time that it was called" jq -es 'length == 2 and all(.key == "key-3")' "$TEST_TMP/told"
	conf "STATE=$TEST_TMP/state.hooks" NOTIFY_LOG=
	check_exit 1 "where nobody would be told it fails" tell key-4 z
	check_exit 1 "without a key too" hook notify "$input" '.key = ""'
}

templates()
{
	local name
	for name in remove-languages restore-languages install-transit release-transit reinstall; do
		check_exit 1 "$name, which the site has not filled in, fails" hook "$name" "$input"
		check "and says so" says "\"failure\".*$name.*not filled in"
		check "in a report too" says_report false
	done
	for name in freeze thaw switch unswitch forward unforward reroute-ip inventory notify; do
		check "there is $name" test -x "$HOOKS/$name"
	done
}

inventories
notifies
templates
finish
