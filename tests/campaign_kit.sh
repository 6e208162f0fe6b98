# shellcheck shell=bash disable=SC2154
# campaign_kit.sh - a client's server, a transit server and a scheduler, private and on this machine, for the scripts that move accounts
# between them; sourced after lib.sh, mariadb.sh and postgresql.sh.
#
# Both servers are reached by the private sshd; each has a folder as its root, a MariaDB (a: web1's, t: t1's) and a PostgreSQL (the same).
# freeze, thaw and clear are the ones that are shipped; what is the site's own (kit_hook) writes down that it was called, in calls.

KIT=$TEST_TMP/kit
A=$KIT/web1 T=$KIT/t1

# scheduler COMMAND... - as support
scheduler()
{
	"$SCHEDULER" --config "$KIT/ini" "$@"
}

# as_client COMMAND...
as_client()
{
	scheduler --as 'client anna' "$@"
}

# state_of NAME - an account's state
state_of()
{
	scheduler account show "anna/$1" --json | jq -r 'select(.event == "account").state'
}

campaign_state()
{
	scheduler campaign show anna --json | jq -r 'select(.event == "campaign").state'
}

# kit_until COMMAND... - until it succeeds; a minute or so, told by what it does not do
kit_until()
{
	local i
	for ((i = 0; i < 600; i++)); do
		! "$@" >"$KIT/until" 2>&1 || return 0
		read -r -t 0.1 <> <(:) || :
	done
	cat "$KIT/until"
	tail -n 20 "$KIT/log"
	return 1
}

is()
{
	local wanted=$1
	shift
	[ "$("$@")" = "$wanted" ]
}

# kit_hook NAME [COMMAND...] - a hook of this site: notes its name, key and what it is told; then the command, with the input in $input
kit_hook()
{
	local name=$1
	shift
	cat >"$KIT/hooks/$name" <<-END
		#!/usr/bin/env bash
		input=\$(cat)
		jq -r '[.hook, .key, .account.name // "", .what // "", .text // ""] | @tsv' <<<"\$input" >>"$KIT/calls"
		$*
		echo '{"event":"report","ok":true}'
	END
	chmod +x "$KIT/hooks/$name"
}

# kit_program NAME PROGRAM - the real program, before which a file of commands is read where there is one: $KIT/on_NAME. What it puts into
# more are further options.
kit_program()
{
	cat >"$KIT/$1" <<-END
		#!/usr/bin/env bash
		more=()
		[ ! -f "$KIT/on_$1" ] || . "$KIT/on_$1"
		exec "$2" "\$1" "\${more[@]}" "\${@:2}"
	END
	chmod +x "$KIT/$1"
}

kit_servers()
{
	mkdir -p "$KIT/hooks" "$A" "$T"
	start_sshd && start_mariadb a && start_mariadb t && start_postgresql a && start_postgresql t || return 1
	cat >"$KIT/hooks.conf" <<-END
		FREEZE_READONLY=no
	END
	cat >"$KIT/ini" <<-END
		[store]
		path = $KIT/state.db
		[hours]
		back =
		[hooks]
		folder = $KIT/hooks
		limit = 60
		[programs]
		xfer = $KIT/xfer
		dbdump = $KIT/dbdump
		remote-xfer = $XFER
		remote-dbdump = $DBDUMP
		[window]
		least = 40
		files = 10
		[precopy]
		every = 10
		[mail]
		gather-for = 1
		gather-every = 1
	END
	kit_program xfer "$XFER"
	kit_program dbdump "$DBDUMP"
	export SCHEDULER_HOOKS_CONF=$KIT/hooks.conf
}

kit_hooks()
{
	local name
	for name in freeze thaw clear; do
		ln -sfn "${HOOKS:-$ROOT/scheduler/hooks}/$name" "$KIT/hooks/$name"
	done
	for name in switch unswitch remove-languages restore-languages install-transit reroute-ip release-transit notify; do
		kit_hook "$name"
	done
	kit_hook inventory "find '$A/home' -mindepth 1 -maxdepth 1 -printf '{\"event\":\"found\",\"kind\":\"home\",\"name\":\"/home/%f\"}\n'"
	# the machine is empty after it
	kit_hook reinstall "rm -rf '$A'; mkdir -p '$A/home'; . '$KIT/emptied'"
}

# kit_emptied - what reinstalling web1 does to its databases
kit_emptied()
{
	cat >"$KIT/emptied" <<-END
		mariadb --no-defaults -S '$TEST_TMP/a/socket' -uroot -e 'DROP DATABASE IF EXISTS blog; DROP DATABASE IF EXISTS wiki; DROP USER IF EXISTS blog@"%", wiki@"%"'
		psql -X -q -h 127.0.0.1 -p $PG_PORT_a -U postgres -c 'DROP DATABASE IF EXISTS shop' -c 'DROP ROLE IF EXISTS shop' 2>>'$KIT/log'
	END
}

# kit_world - three accounts' files, mail and databases at web1, and the scheduler's knowledge of it
kit_world()
{
	local name
	mkdir -p "$A/home" "$A"/var/mail/blog/{new,cur,tmp}
	for name in blog shop wiki; do
		mkdir -p "$A/home/$name/www" && head -c 20000 /dev/urandom >"$A/home/$name/www/data"
		printf '%s\n' "$name" >"$A/home/$name/www/index.html"
	done
	ln "$A/home/blog/www/index.html" "$A/home/blog/www/hard" && ln -s index.html "$A/home/blog/www/soft"
	printf 'one\n' >"$A/var/mail/blog/new/1.M1.web1"
	printf 'two\n' >"$A/var/mail/blog/cur/2.M2.web1:2,S"
	mariadb_sql a <<-'SQL'
		CREATE DATABASE blog; USE blog; CREATE TABLE posts (id INT PRIMARY KEY AUTO_INCREMENT, t TEXT);
		INSERT INTO posts (t) SELECT REPEAT(MD5(seq), 8) FROM seq_1_to_50000;
		ANALYZE TABLE posts;
		CREATE DATABASE wiki; USE wiki; CREATE TABLE pages (id INT PRIMARY KEY, t TEXT);
		INSERT INTO pages SELECT seq, REPEAT(MD5(seq), 8) FROM seq_1_to_20000;
		CREATE USER blog@'%' IDENTIFIED BY 'b'; GRANT ALL ON blog.* TO blog@'%';
		CREATE USER wiki@'%' IDENTIFIED BY 'w'; GRANT ALL ON wiki.* TO wiki@'%';
	SQL
	pg_sql a postgres -c "CREATE ROLE shop LOGIN" -c "CREATE DATABASE shop OWNER shop" &&
		pg_sql a shop -c "CREATE TABLE orders (id serial PRIMARY KEY, t text); ALTER TABLE orders OWNER TO shop;
			INSERT INTO orders (t) SELECT repeat(md5(g::text), 8) FROM generate_series(1, 20000) g"
	scheduler init &&
		scheduler server add web1 --ssh localhost --rsh "$SSH_CMD" --root "$A" --mariadb "$(mariadb_uri a)" \
			--postgresql "$(pg_uri a '')" --cores 4 --memory 16 --disk 200 --generation g3 &&
		scheduler server add t1 --ssh localhost --rsh "$SSH_CMD" --root "$T" --mariadb "$(mariadb_uri t)" \
			--postgresql "$(pg_uri t '')" --cores 4 --memory 16 --disk 200 --generation g3 &&
		scheduler transit add t1 &&
		scheduler campaign add anna --server web1 --month-cents 3100 --zone Europe/Paris &&
		scheduler account add anna/blog --files /home/blog --mail /var/mail/blog --mariadb blog &&
		scheduler account add anna/shop --files /home/shop --postgresql shop &&
		scheduler account add anna/wiki --files /home/wiki --mariadb wiki
}

# The daemon, which is gone when the script is.
kit_serve()
{
	"$SCHEDULER" --config "$KIT/ini" serve >>"$KIT/log" 2>&1 &
	kit_daemon=$!
	at_exit kit_stop "$kit_daemon"
}

# kit_stop PID - of a daemon
kit_stop()
{
	kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# Steps 1 to 4.
kit_bring_out()
{
	local name
	for name in "$@"; do
		as_client account ready "anna/$name" || return 1
	done
	as_client campaign request anna && kit_until is checking campaign_state &&
		scheduler campaign transit anna && kit_until is out campaign_state
}

# kit_judge NAME MARIADB POSTGRESQL ROOT - all that the accounts are, by judges that know nothing of us, into a folder
kit_judge()
{
	local out=$KIT/judged.$1
	mkdir -p "$out"
	tree_listing "$4/home" | tail -n +2 >"$out/home" && tree_listing "$4/var/mail" | tail -n +2 >"$out/mail" &&
		mariadb_dump "$2" blog wiki >"$out/mariadb" && mariadb_rows "$2" blog wiki >"$out/rows" &&
		pg_schema_of "$3" shop >"$out/postgresql" && pg_rows_of "$3" shop >>"$out/postgresql" &&
		[ -s "$out/rows" ] && [ -s "$out/postgresql" ] && [ -s "$out/home" ]
}
