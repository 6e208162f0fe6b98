#!/usr/bin/env bash
# freeze and thaw: of an account nothing is written any more, all can be read, and thaw undoes exactly what freeze did
# modes: release
# takes: 40
# shellcheck disable=SC2317 # functions that check calls
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/../db/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$(dirname "$0")/../db/postgresql.sh"
# shellcheck source=tests/hooks/hooks.bash
. "$(dirname "$0")/hooks.bash"

[ "$(id -u)" = 0 ] || {
	skip "freeze and thaw" "not root"
	finish
}
odd=$'o"d\'d `x` $(touch evil.'$$$') \\\n;DROP -- x'
cd "$TEST_TMP" || exit
web1=$TEST_TMP/web1 web2=$TEST_TMP/web2
spool=var/spool/cron/crontabs

# A unit's state is a file, and what was asked is written down: systemd does not run here.
stand_in()
{
	cat >"$TEST_TMP/systemctl" <<-'END'
		#!/bin/sh
		cd "$(dirname "$0")/units.$1" && shift && echo "$*" >>asked
		for unit; do :; done
		case $1 in
		show) [ "$2 $3 $4" = "-p ActiveState --" ] && echo "ActiveState=$(cat "$unit" 2>/dev/null || echo inactive)" ;;
		stop) [ "$2" = -- ] && { [ "$unit" = stubborn.service ] || echo inactive >"$unit"; } ;;
		start) [ "$2" = -- ] && [ "$unit" != broken.service ] && echo active >"$unit" ;;
		*) exit 1 ;;
		esac
	END
	chmod +x "$TEST_TMP/systemctl"
	mkdir "$TEST_TMP/units.web1" "$TEST_TMP/units.web2"
	echo active >"$TEST_TMP/units.web1/shop-app.service"
	echo inactive >"$TEST_TMP/units.web1/shop-old.service"
	echo active >"$TEST_TMP/units.web1/stubborn.service"
}

folders()
{
	local one
	for one in "$web1" "$web2"; do
		mkdir -p "$one/home/shop" "$one/home/sh op/\$(touch x)" "$one/$spool"
	done
	echo page >"$web1/home/shop/index.html"
	echo '* * * * * true shop' >"$web1/$spool/shop"
	echo '* * * * * true blog' >"$web1/$spool/blog"
}

databases_of_mariadb()
{
	mariadb_sql a <<-'SQL'
		CREATE DATABASE shop; CREATE DATABASE blog; CREATE DATABASE shop2;
		CREATE TABLE shop.t (i INT); CREATE TABLE shop.ticks (at DATETIME(6));
		CREATE USER shop@'%'; GRANT ALL ON shop.* TO shop@'%';
		CREATE USER 'o''d"d` $(id)'@'%'; GRANT INSERT ON shop.t TO 'o''d"d` $(id)'@'%';
		CREATE USER stopped@'%' ACCOUNT LOCK; GRANT ALL ON shop.* TO stopped@'%';
		CREATE USER twice@'%'; GRANT ALL ON shop.* TO twice@'%'; GRANT ALL ON blog.* TO twice@'%';
		CREATE ROLE clerks; GRANT INSERT ON shop.* TO clerks; CREATE USER clerk@'%'; GRANT clerks TO clerk@'%';
		CREATE USER kept@'%'; GRANT ALL ON shop.* TO kept@'%';
		CREATE USER host@'%'; GRANT ALL ON *.* TO host@'%'; GRANT ALL ON shop.* TO host@'%';
		CREATE USER blog@'%'; GRANT ALL ON blog.* TO blog@'%';
		CREATE USER wild@'%'; GRANT ALL ON `sh_p`.* TO wild@'%';
		CREATE USER other@'%'; GRANT ALL ON shop2.* TO other@'%';
		SET sql_mode = 'ANSI_QUOTES', time_zone = '+05:00';
		CREATE DEFINER = 'o''d"d` $(id)'@'%' EVENT shop."od'd `event" ON SCHEDULE EVERY 1 DAY DO INSERT INTO shop.ticks VALUES (NOW());
		CREATE DEFINER = shop@'%' EVENT shop.off ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM shop.ticks;
		CREATE EVENT blog.e ON SCHEDULE EVERY 1 DAY DO SELECT 1;
	SQL
	mariadb_sql a -e "CREATE DATABASE \`${odd//\`/\`\`}\`"
	mariadb_user a weird w "ALL ON \`${odd//\`/\`\`}\`.*"
}

databases_of_postgresql()
{
	pg_sql a postgres -c 'CREATE ROLE shop LOGIN' -c 'CREATE DATABASE shopdb OWNER shop CONNECTION LIMIT 7' -c 'CREATE DATABASE blogdb' \
		-c "CREATE DATABASE \"${odd//\"/\"\"}\" OWNER shop"
}

dovecot_server()
{
	local dir=$TEST_TMP/dovecot attempt
	mkdir -p "$dir/run" "$web1/var/mail/shop/shop.test/ann" "$web1/var/mail/blog/blog.test/bob"
	chown -R mail:mail "$web1/var/mail"
	cat >"$dir/users" <<-END
		ann@shop.test:{PLAIN}x:$(id -u mail):$(id -g mail)::$dir::userdb_mail=maildir:$web1/var/mail/shop/shop.test/ann
		an odd \$(id)'@shop.test:{PLAIN}x:$(id -u mail):$(id -g mail)::$dir::userdb_mail=maildir:$web1/var/mail/shop/shop.test/odd
		gone@shop.test:{PLAIN}x:$(id -u mail):$(id -g mail)::$dir::userdb_mail=maildir:$web1/var/mail/shop/shop.test/gone
		bob@blog.test:{PLAIN}x:$(id -u mail):$(id -g mail)::$dir::userdb_mail=maildir:$web1/var/mail/blog/blog.test/bob
		bab@shop2.test:{PLAIN}x:$(id -u mail):$(id -g mail)::$dir::userdb_mail=maildir:$web1/var/mail/shop2/bab
	END
	echo gone@shop.test >"$dir/deny" # by somebody else
	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		IMAP_PORT=$((20000 + (RANDOM + attempt) % 12000))
		cat >"$dir/conf" <<-END
			base_dir = $dir/run
			state_dir = $dir/state
			log_path = $dir/log
			protocols = imap
			ssl = no
			first_valid_uid = 0
			auth_username_chars =
			passdb {
			  driver = passwd-file
			  deny = yes
			  args = $dir/deny
			}
			passdb {
			  driver = passwd-file
			  args = username_format=%u $dir/users
			}
			userdb {
			  driver = passwd-file
			  args = username_format=%u $dir/users
			}
			service imap-login {
			  inet_listener imap {
			    address = 127.0.0.1
			    port = $IMAP_PORT
			  }
			  inet_listener imaps {
			    port = 0
			  }
			}
		END
		dovecot -c "$dir/conf" >"$dir/started" 2>&1 && break # listens before it returns
	done
	for ((attempt = 0; attempt < 10000; attempt++)); do
		[ ! -s "$dir/run/master.pid" ] || break
	done
	[ -s "$dir/run/master.pid" ] || {
		cat "$dir/started" "$dir/log"
		return 1
	}
	at_exit stop_dovecot
}

stop_dovecot()
{
	doveadm -c "$TEST_TMP/dovecot/conf" stop
}

# imap USER [COMMAND] - logs in; says what is answered
imap()
{
	# shellcheck disable=SC2016
	bash -c 'exec 5<>"/dev/tcp/127.0.0.1/$1" && read -r -t 60 line <&5 && printf "a login \"%s\" x\r\n" "$2" >&5 && read -r -t 60 line <&5 && echo "$line" && [[ $line == "a OK"* ]]' \
		- "$IMAP_PORT" "$1"
}

deliver()
{
	printf 'Subject: hello\n\n' | /usr/lib/dovecot/dovecot-lda -c "$TEST_TMP/dovecot/conf" -d "$1"
}

# as USER SQL [SERVER] - in MariaDB, by TCP
as()
{
	mariadb --no-defaults -h 127.0.0.1 -P "$(mariadb_port "${3:-a}")" -u "$1" --skip-column-names -e "$2"
}

pg_as_shop()
{
	psql -X -q -A -t -h 127.0.0.1 -p "$(pg_var PORT "${2:-a}")" -U shop -d shopdb -c "$1"
}

settings()
{
	conf "SYSTEMCTL=$TEST_TMP/systemctl $1" "DOVEADM=doveadm -c $TEST_TMP/dovecot/conf" "DOVECOT_DENY=$TEST_TMP/dovecot/deny" "FREEZE_KEEP=kept nobody"
}

start_all()
{
	start_sshd && start_mariadb a && start_mariadb b && start_postgresql a && start_postgresql b && dovecot_server &&
		stand_in && folders && databases_of_mariadb && databases_of_postgresql && settings web1
}

unmount_all()
{
	findmnt -rno TARGET | grep -E "^$TEST_TMP/web[12]" | sort -r | while IFS= read -r one; do
		umount -l "$(printf '%b' "$one")"
	done
}

at_exit unmount_all
start_all >"$TEST_TMP/started" 2>&1 || {
	cat "$TEST_TMP/started"
	exit 1
}
# shellcheck disable=SC2016
input=$(jq -n '{campaign: {name: "anna"}, account: {name: "shop", items: [
		{kind: "files", value: "/home/shop"}, {kind: "files", value: "/home/sh op/$(touch x)"}, {kind: "mail", value: "/var/mail/shop"},
		{kind: "mariadb", value: "shop"}, {kind: "mariadb", value: $odd}, {kind: "postgresql", value: "shopdb"}, {kind: "postgresql", value: $odd},
		{kind: "unit", value: "shop-app.service"}, {kind: "unit", value: "shop-old.service"}, {kind: "crontab", value: "shop"}, {kind: "crontab", value: "none"}]},
		server: ($web1 + {mariadb: $my, postgresql: $pg})}' --arg odd "$odd" --arg my "$(mariadb_uri a)" --arg pg "$(pg_uri a '')" \
	--argjson web1 "$(server web1 localhost "$SSH_CMD" "$web1")")
back=$(jq --argjson web2 "$(server web2 localhost "$SSH_CMD" "$web2")" --arg my "mysql://mover:p%40ss%27%22%5C%20w@127.0.0.1:$(mariadb_port b)/?default-file=/dev/null" \
	--arg pg "$(pg_uri b '')" '.from = .server | .server = ($web2 + {mariadb: $my, postgresql: $pg}) | .to = .server' <<<"$input")

# state - what freeze must leave as it was
state()
{
	mariadb_sql a -e "SELECT User, Host, COALESCE(JSON_VALUE(Priv, '\$.account_locked'), 0) FROM mysql.global_priv ORDER BY 1, 2;
		SELECT db, name, definer, sql_mode, time_zone, status, comment, body FROM mysql.event ORDER BY 1, 2"
	pg_sql a postgres -At -c 'SELECT datname, datconnlimit, datacl FROM pg_database ORDER BY 1'
	(cd "$TEST_TMP" && head -n 100 units.web1/*.service dovecot/deny "web1/$spool/"*)
	find "$web1/var/lib/scheduler-hooks" -mindepth 1 ! -name 'lock.*' 2>/dev/null
	findmnt -rno TARGET,OPTIONS | grep "$TEST_TMP/"
}

# works - the account's own can do all that they could
works()
{
	check "a user of MariaDB writes" as shop "INSERT INTO shop.t VALUES (1)"
	check "one who has a right on one table too" as "o'd\"d\` \$(id)" "INSERT INTO shop.t VALUES (1)"
	check "one who has it by a role too" as clerk "SELECT 1"
	check "a role of PostgreSQL writes" pg_as_shop 'CREATE TABLE IF NOT EXISTS t (i int)'
	check "a mailbox opens" imap ann@shop.test
	check "mail is delivered" deliver ann@shop.test
	check "a file is written" touch "$web1/home/shop/index.html"
}

frozen()
{
	local user
	check "it still can be read: MariaDB, by the migration" on a "SELECT COUNT(*) FROM shop.t"
	check "PostgreSQL, by the migration" pg_sql a shopdb -c 'SELECT 1'
	check "files" grep -q page "$web1/home/shop/index.html"
	for user in shop "o'd\"d\` \$(id)" stopped twice clerk wild weird; do
		check_exit 1 "$user cannot come in" as "$user" "SELECT 1"
	done
	for user in kept host blog other; do
		check "$user can" as "$user" "SELECT 1"
	done
	check_exit 2 "the role of PostgreSQL cannot come in" pg_as_shop 'SELECT 1'
	check "since there is no room" says 'too many connections'
	check "in another database it can" psql -X -q -h 127.0.0.1 -p "$(pg_var PORT a)" -U shop -d blogdb -c 'SELECT 1'
	check "the event is disabled" test "$(on a "SELECT GROUP_CONCAT(status ORDER BY db, name) FROM mysql.event")" = ENABLED,DISABLED,DISABLED
	check_exit 1 "a mailbox does not open" imap ann@shop.test
	check_exit 1 "nor one with an odd name" imap "an odd \$(id)'@shop.test"
	check "another account's does" imap bob@blog.test
	check "and one whose folder's name begins alike" imap bab@shop2.test
	check_exit 75 "mail is deferred" deliver ann@shop.test
	check "another account's is delivered" deliver bob@blog.test
	check_exit 1 "no file is written" touch "$web1/home/shop/new"
	check_exit 1 "nor in a folder with an odd name" touch "$web1/home/sh op/\$(touch x)/new"
	check "another's is" touch "$web1/home/new"
	check "the unit was stopped" grep -qx inactive "$TEST_TMP/units.web1/shop-app.service"
	check "cron does not know the account's crontab" not test -e "$web1/$spool/shop"
	check "it knows the other one's" test -e "$web1/$spool/blog"
}

# connections - of the account's own, which are in already: sets their ends
connections()
{
	coproc mariadb_in { mariadb --no-defaults -h 127.0.0.1 -P "$(mariadb_port a)" -u shop --skip-column-names --unbuffered 2>&1; }
	# shellcheck disable=SC2154
	echo "SELECT 'in';" >&"${mariadb_in[1]}" && read -r -t 60 <&"${mariadb_in[0]}"
	psql -X -q -h 127.0.0.1 -p "$(pg_var PORT a)" -U shop -d shopdb -c 'SELECT pg_sleep(600)' >"$TEST_TMP/psql_in" 2>&1 &
	psql_in=$!
	until [ "$(pg_sql a postgres -At -c "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep(600)%' AND usename = 'shop'")" = 1 ]; do
		:
	done
	exec 6<>"/dev/tcp/127.0.0.1/$IMAP_PORT"
	read -r -t 60 <&6 && printf 'a login ann@shop.test x\r\n' >&6 && read -r -t 60 <&6
}

out()
{
	local line
	check_exit 2 "who was in PostgreSQL is out" wait "$psql_in"
	check "by us" grep -q 'terminating connection' "$TEST_TMP/psql_in"
	check "who was in MariaDB is out" test "$(on a "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'shop'")" = 0
	check "who was in his mailbox is out" mailbox_ends
	exec 6>&-
}

# shellcheck disable=SC2317
mailbox_ends()
{
	local line status=0
	while [ "$status" = 0 ]; do
		read -r -t 60 line <&6 && echo "$line"
		status=$?
	done
	[ "$status" -le 128 ]
}

freezes()
{
	state >"$TEST_TMP/before"
	works
	connections
	check "freeze succeeds" hook freeze "$input" || finish
	check "and says so" says_report true
	check "it warns of a user whom two accounts have" says 'warning.*user twice of MariaDB.*others too'
	out
	frozen
	state >"$TEST_TMP/once"
	check "freeze succeeds again" hook freeze "$input"
	state >"$TEST_TMP/twice"
	check "and has changed nothing" diff "$TEST_TMP/once" "$TEST_TMP/twice"
	check "nothing was run of what names say" not test -e "$TEST_TMP/evil.$$" -o -e "$HOME/evil.$$"
	rm "$web1/home/sh op/\$(touch x)/x" 2>/dev/null
}

at_destination()
{
	mariadb_sql b <<-'SQL'
		CREATE DATABASE shop; CREATE TABLE shop.ticks (at DATETIME);
		CREATE USER mover@'%' IDENTIFIED BY 'p@ss''"\\ w'; GRANT ALL ON *.* TO mover@'%' WITH GRANT OPTION;
		CREATE USER shop@'%' ACCOUNT LOCK; GRANT ALL ON shop.* TO shop@'%';
		CREATE USER stopped@'%' ACCOUNT LOCK; GRANT ALL ON shop.* TO stopped@'%';
		CREATE EVENT shop.`od'd ``event` ON SCHEDULE EVERY 1 DAY DISABLE DO INSERT INTO shop.ticks VALUES (NOW());
		CREATE EVENT shop.off ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM shop.ticks;
	SQL
	pg_sql b postgres -c 'CREATE ROLE shop LOGIN' -c 'CREATE DATABASE shopdb OWNER shop CONNECTION LIMIT 0'
	settings web2
	check "at the destination thaw succeeds" hook thaw "$back" '.account.items |= map(select(.value | test("^o\"d") | not) | if .kind == "crontab" then .value |= sub("shop"; "mail") else . end)'
	check "the user whom freeze had locked comes in there" as shop "SELECT 1" b
	check_exit 1 "one who had been locked before does not" as stopped "SELECT 1" b
	check "the event that freeze had disabled is enabled there, and the other is not" \
		test "$(on b "SELECT GROUP_CONCAT(status ORDER BY db, name) FROM mysql.event")" = ENABLED,DISABLED
	check "the role of PostgreSQL comes in there" pg_as_shop 'SELECT 1' b
	check "with the limit that it had" test "$(pg_sql b postgres -At -c "SELECT datconnlimit FROM pg_database WHERE datname = 'shopdb'")" = 7
	check "the unit that ran runs there" grep -qx active "$TEST_TMP/units.web2/shop-app.service"
	check "the one that did not does not" not test -e "$TEST_TMP/units.web2/shop-old.service"
	check "the source is as frozen as it was" diff "$TEST_TMP/once" <(settings web1 && state)
}

# The source is gone: the destination has to work all the same.
source_lost()
{
	settings web2
	on b "ALTER USER shop@'%' ACCOUNT LOCK"
	pg_sql b postgres -c 'ALTER DATABASE shopdb CONNECTION LIMIT 0'
	echo inactive >"$TEST_TMP/units.web2/shop-app.service"
	check "where the source cannot be reached thaw succeeds" hook thaw "$back" \
		'.from.rsh = "ssh -F none -o BatchMode=yes -p 1" | .account.items |= map(select(.value | test("^o\"d") | not))'
	check "and warns of it" says 'warning.*what was stopped at web1 is not known'
	check "the user of MariaDB comes in" as shop "SELECT 1" b
	check "the role of PostgreSQL comes in" pg_as_shop 'SELECT 1' b
	check "the units are started" grep -qx active "$TEST_TMP/units.web2/shop-old.service"
	settings web1
}

# The crontab goes where the account goes.
crontab_moves()
{
	local mail
	mail=$(jq '.account.name = "mail" | .account.items = [{kind: "crontab", value: "mail"}]' <<<"$input")
	# shellcheck disable=SC2016
	printf '# of mail\n\n  * * * * * echo "$(x)" \\ %%\n' >"$web1/$spool/mail"
	cp "$web1/$spool/mail" "$TEST_TMP/crontab"
	check "an account with a crontab is frozen" hook freeze "$mail"
	check "and thawed at the destination" hook thaw "$(jq --argjson b "$back" '.from = .server | .server = $b.server' <<<"$mail")"
	check "its crontab is there" cmp "$TEST_TMP/crontab" "$web2/$spool/mail"
	check "as cron wants it" test "$(stat -c '%U %a' "$web2/$spool/mail")" = "mail 600"
	check "and not here" not test -e "$web1/$spool/mail"
	echo new >"$web2/$spool/mail"
	check "thawed again" hook thaw "$(jq --argjson b "$back" '.from = .server | .server = $b.server' <<<"$mail")"
	check "what was made of it since then stays" grep -qx new "$web2/$spool/mail"
	check "and thawed here" hook thaw "$mail"
	check "it is here again" cmp "$TEST_TMP/crontab" "$web1/$spool/mail"
	rm "$web1/$spool/mail"
}

thaws()
{
	check "thaw succeeds" hook thaw "$input"
	check "and says so" says_report true
	state >"$TEST_TMP/after"
	check "all is as it was before" diff "$TEST_TMP/before" "$TEST_TMP/after"
	works
	check "thaw succeeds again" hook thaw "$input"
	check "and has changed nothing" diff "$TEST_TMP/before" <(state)
	check "what had been stopped before was not started" not grep -q 'start -- shop-old.service' "$TEST_TMP/units.web1/asked"
}

failures()
{
	check_exit 1 "a unit that does not stop is a failure" hook freeze "$input" '.account.items += [{kind: "unit", value: "stubborn.service"}]'
	check "which is said" says 'failure.*stubborn.service.*runs again'
	check "thaw undoes what was done before it" hook thaw "$input"
	check_exit 1 "a database that is not there is a failure" hook freeze "$input" '.account.items += [{kind: "mariadb", value: "none"}]'
	check "which is said too" says 'failure.*none.*no such database'
	check_exit 1 "and one of PostgreSQL" hook freeze "$input" '.account.items = [{kind: "postgresql", value: "none"}]'
	check_exit 1 "a server of databases that is not there is a failure" hook freeze "$input" '.server.mariadb = "mysql://127.0.0.1:1/"'
	check "thaw undoes them" hook thaw "$input"
	check "all is as it was before" diff "$TEST_TMP/before" <(state)
	refused unit '-p.service' unit 'a.service; touch x' unit '../x' unit $'a.service\nb' crontab ../../etc/passwd crontab -x crontab $'a\nb' \
		files relative files /home/../etc files / files $'/a\nb' mail /a/./b mariadb '' postgresql ''
}

# refused KIND VALUE...
refused()
{
	while [ $# -gt 0 ]; do
		check_exit 1 "no $1: $(printf %q "$2")" hook freeze "$(jq --arg k "$1" --arg v "$2" '.account.items = [{kind: $k, value: $v}]' <<<"$input")"
		check "which is said" says '"failure".*it is no '
		shift 2
	done
}

freezes
at_destination
source_lost
crontab_moves
thaws
failures
finish
