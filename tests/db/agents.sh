#!/usr/bin/env bash
# dbdump copy --source-host, --target-host: reading and loading beside the servers, the archive's stream over a real sshd between them
# modes: release
# takes: 100
# shellcheck disable=SC2317 # functions run by check
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$ROOT/tests/db/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"

# The remote shell: ssh, that leaves the number of the agent's process in pid.HOST.
make_shell()
{
	cat >rsh <<-END
		#!/bin/sh
		host=\$1
		shift
		exec $SSH_CMD "\$host" "echo \\\$\\\$ >$TEST_TMP/pid.\$host; exec \$*"
	END
	chmod +x rsh
}

# far OPTION... SRC DST - with the remote shell that is ours
far()
{
	"$DBDUMP" copy -e "$TEST_TMP/rsh" --dbdump-path="$agent" "$@"
}

# The same of a user there, that keeps in said how it was called; and one that keeps in carried what came from there.
make_other_shells()
{
	cat >rsh_user <<-END
		#!/bin/sh
		echo "\$*" >>$TEST_TMP/said
		[ "\$1 \$2" = "-l $(id -un)" ] && shift 2
		exec $TEST_TMP/rsh "\$@"
	END
	cat >rsh_kept <<-END
		#!/bin/sh
		$TEST_TMP/rsh "\$@" | tee $TEST_TMP/carried
	END
	chmod +x rsh_user rsh_kept
}

# lists_processes COPY - into processes, and the copy is ended
lists_processes()
{
	cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' >processes
	kill -TERM "$1"
}

# restarts_source - it is killed, and comes back
restarts_source()
{
	stop_mariadb a
	start_mariadb a --log-bin=bin --server-id=1 --max-allowed-packet=256M
}

# both DATABASES [OPTION...] - from a to b, reading and loading on other hosts
both()
{
	local databases=$1
	shift
	far --source-host=localhost --target-host=127.0.0.1 "$@" "$(mariadb_uri a "$databases")" "$(mariadb_uri b)"
}

# in_the_middle COMMAND... - of a slow copy, as soon as rows have arrived, committed or not; COPY is its process. The copy's exit status
in_the_middle()
{
	local pid rows=0
	on b 'DROP DATABASE IF EXISTS big'
	"$DBDUMP" copy -e "$TEST_TMP/${shell:-rsh}" --dbdump-path="$agent" --source-host="${shell:+$(id -un)@}localhost" --target-host=127.0.0.1 \
		--bwlimit=1m "${options[@]}" "${source_uri:-$(mariadb_uri a big)}" "${target_uri:-$(mariadb_uri b)}" 2>&1 &
	pid=$!
	while kill -0 "$pid" 2>/dev/null && [ "${rows:-0}" = 0 ]; do
		rows=$(on b "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; SELECT COUNT(*) FROM big.t" 2>/dev/null)
	done
	"${@//COPY/$pid}"
	wait "$pid"
}

# over_relay "RELAY'S OPTIONS" OPTION... - a copy whose link it is
over_relay()
{
	local how=$1
	shift
	"$DBDUMP" copy -e "$BIN_TEST/relay $how" --dbdump-path="$agent" --drop-existing "$@" "$(mariadb_uri a big)" "$(mariadb_uri b)"
}

# process_at HOST DEPTH - 0: what speaks to ssh, 1: what outlives that, 2: the agent, 3: what does its work
process_at()
{
	local pid n
	pid=$(cat "pid.$1")
	for ((n = 0; n < $2; n++)); do
		pid=$(pgrep -P "$pid")
	done
	echo "$pid"
}

kill_at()
{
	kill -KILL "$(process_at "$@")"
}

# Ours, what runs the remote shells, and those: nobody is left to say to the agents that it is over.
kill_all_of()
{
	local pid callers
	mapfile -t callers < <(pgrep -P "$1")
	for pid in "${callers[@]}"; do
		kill -KILL "$(pgrep -P "$pid")"
	done
	kill -KILL "$1" "${callers[@]}"
}

# The remote shell at the source stands still.
stop_shell_of()
{
	local pid
	for pid in $(pgrep -P "$1"); do
		pgrep -P "$pid" -f localhost >/dev/null && kill -STOP "$(pgrep -P "$pid")"
	done
}

# Nobody of ours is at either server any more, nor at work: well before an agent that waits for a link would have ended.
left_alone()
{
	local name n i
	for ((i = 0; i < 200; i++)); do
		n=
		for name in a b; do
			n+=$(on "$name" "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID()
				AND COMMAND <> 'Daemon' AND USER <> 'system user'")
			n+=$(on "$name" 'SELECT COUNT(*) FROM information_schema.INNODB_TRX')
		done
		[ "$n" != 0000 ] || break
		read -r -t 0.1 <> <(:) || :
	done
	for ((; i < 200; i++)); do
		pgrep -f "^$agent agent" >/dev/null || break
		read -r -t 0.1 <> <(:) || :
	done
	[ "$n" = 0000 ] && ! pgrep -af "^$agent agent"
}

report_is()
{
	tail -n 1 "$TEST_TMP/out" | jq -e "$1"
}

# interrupted STATUS SENTENCE COMMAND... - a copy to which this happens ends so, and nothing of it is left at work
interrupted()
{
	local status=$1 sentence=$2
	shift 2
	check_exit "$status" "$sentence" in_the_middle "$@"
	check "$sentence: nobody is at work any more" left_alone
}

of_mariadb()
{
	local nasty='shop,odd%20%60db.1' options=() source_uri='' target_uri='' shell=''
	start_mariadb a --log-bin=bin --server-id=1 --max-allowed-packet=256M &&
		start_mariadb b --max-allowed-packet=256M || return 1
	mariadb_sql a <"$ROOT/tests/db/my_nasty.sql"
	mariadb_sql a -e "CREATE DATABASE big; USE big; CREATE TABLE t (id INT PRIMARY KEY, v CHAR(250), KEY (v));
		INSERT INTO t SELECT seq, REPEAT(MD5(seq), 7) FROM seq_1_to_40000"

	check "a copy, both agents on other hosts" both "$nasty"
	check "is proven" says '^OK: 30 tables.*nothing missing'
	check "mariadb-dump and all rows by column name are the same at both ends" same_databases a b shop 'odd `db.1'
	check_exit 42 "a destination that is not empty is refused" both "$nasty"
	check "and named" says 'not empty|has tables|is there'
	check "one agent, beside the source" far --source-host=localhost --drop-existing "$(mariadb_uri a shop)" "$(mariadb_uri b)"
	check "is the same" same_databases a b shop
	check "one agent, beside the destination; events" far --target-host=127.0.0.1 --drop-existing --json "$(mariadb_uri a shop)" "$(mariadb_uri b)"
	check "the report is whole" report_is '.ok and .exit == 0 and (.tables | length) > 20 and (.failures | length) == 0'
	check "another name at the destination" far --source-host=localhost --target-host=127.0.0.1 "$(mariadb_uri a big)" "$(mariadb_uri b large)"
	check "the rows are there" [ "$(on b 'SELECT COUNT(*) FROM large.t')" = 40000 ]
	check "another name at the source's own server" far --source-host=localhost --target-host=127.0.0.1 "$(mariadb_uri a big)" "$(mariadb_uri a twin)"
	check_exit 42 "over the source itself, by another of its names" far --source-host=localhost --target-host=127.0.0.1 --drop-existing \
		"$(mariadb_uri a big)" "mysql://root@127.0.0.1:$(mariadb_port a)/big?default-file=/dev/null"
	check "it says why" says "the source's own server"
	check "the source has its rows" [ "$(on a 'SELECT COUNT(*) FROM big.t')" = 40000 ]

	mariadb_user b poor secret-word 'SELECT ON *.*'
	check_exit 10 "a wrong password at the destination" far --target-host=127.0.0.1 "$(mariadb_uri a big)" \
		"mysql://poor:wrong-word@127.0.0.1:$(mariadb_port b)/?default-file=/dev/null"
	check "it is not shown" not says 'wrong-word'
	mariadb_user a known word-of-a 'ALL ON *.*'
	mariadb_user b known word-of-b 'ALL ON *.*'
	source_uri="mysql://known:word-of-a@127.0.0.1:$(mariadb_port a)/big?default-file=/dev/null"
	target_uri="mysql://known:word-of-b@127.0.0.1:$(mariadb_port b)/?default-file=/dev/null"
	shell=rsh_user
	check_exit 20 "with a user of the host, and passwords that are right, rows come" in_the_middle lists_processes COPY
	check "the remote shell is told of the user" grep -q "^-l $(id -un) localhost .*dbdump agent" said
	check "and of no password" not grep -F word-of said
	check "the copy and its agents are among all processes" [ "$(grep -cxF "$agent" processes)" -ge 2 ]
	check "no password is" not grep -F word-of processes
	source_uri='' target_uri='' shell=''
	check "the rows are compressed on their way" "$DBDUMP" copy -e "$TEST_TMP/rsh_kept" --dbdump-path="$agent" --source-host=localhost \
		"$(mariadb_uri a big)" "$(mariadb_uri b packed)"
	check "by more than half" [ $(($(stat -c %s carried) * 2)) -lt "$(on a 'SELECT SUM(LENGTH(id) + LENGTH(v) + 2) FROM big.t')" ]
	check_exit 3 "a database that is not there" both nowhere
	check "it is named" says nowhere
	check_exit 10 "a host without dbdump" "$DBDUMP" copy -e "$TEST_TMP/rsh" --dbdump-path=/nonexistent/dbdump --source-host=localhost \
		"$(mariadb_uri a big)" "$(mariadb_uri b)"
	check "it is said" says 'localhost.*is it installed there'
	check_exit 10 "a host that is not there" "$DBDUMP" copy -e 'ssh -F none -p 1 -o BatchMode=yes' --source-host=127.0.0.1 \
		"$(mariadb_uri a big)" "$(mariadb_uri b)"
	check_exit 1 "a host that is an option" "$DBDUMP" copy --source-host=-oProxyCommand=x "$(mariadb_uri a big)" "$(mariadb_uri b)"

	interrupted 10 "the agent at the source is killed" kill_at localhost 2
	interrupted 10 "the agent at the destination is killed" kill_at 127.0.0.1 2
	interrupted 10 "what keeps the link at the source is killed" kill_at localhost 1
	check_exit 10 "the work at the source is killed" in_the_middle kill_at localhost 3
	check "it is said" says 'localhost.*killed by signal 9'
	check "nobody is at work any more" left_alone
	interrupted 10 "the work at the destination is killed" kill_at 127.0.0.1 3
	interrupted 10 "the source's server is killed" restarts_source
	interrupted 20 "Ctrl-C" kill -TERM COPY
	interrupted 137 "the program itself is killed" kill -KILL COPY
	options=(--link-wait=2)
	interrupted 137 "all of it on this host is killed" kill_all_of COPY
	options=(--deadline=+2)
	interrupted 41 "a deadline that cannot be kept" true
	check_exit 42 "the same again is refused: something is there" both big
	check "over what is there it completes" both big --drop-existing
	check "and is the same" same_databases a b big
}

# says_again COUNT - so many times the link was lost, and taken up again
says_again()
{
	says "^dbdump: warning: the link to .* was lost and taken up again $1 times?\$"
}

# snapshots NAME - how many were taken there so far
snapshots()
{
	on "$1" "SHOW GLOBAL STATUS LIKE 'Com_begin'" | cut -f 2
}

# whole SENTENCE COMMAND... - the copy ends as if nothing had happened to its link, and says that it did
whole()
{
	local sentence=$1 before
	shift
	before=$(snapshots a)
	check "$sentence: the copy is whole" "$@"
	check "$sentence: it is said" says_again '[1-9][0-9]*'
	check "$sentence: it was read once" [ "$(snapshots a)" = $((before + once)) ]
	check "$sentence: all is the same" "$DBDUMP" verify "$(mariadb_uri a big)" "$(mariadb_uri b big)"
}

# With a stand-in for ssh that is no network, which does the same to each link that there is.
of_links()
{
	local once options=()
	once=$(snapshots a)
	check "a link to which nothing happens" over_relay '--stall up:100000000' --source-host=there
	check "nothing is said" not says_again '.*'
	once=$(($(snapshots a) - once))
	whole "the link to the destination is cut" over_relay '--cut up:271828' --target-host=there
	whole "the link from the source is cut" over_relay '--cut down:314159' --source-host=there
	whole "both are cut" over_relay '--cut up:161803 --cut down:241421' --source-host=there --target-host=elsewhere
	whole "bits are flipped, to the destination" over_relay '--flip up:300000' --target-host=there
	whole "bits are flipped, from the source" over_relay '--flip down:300000' --source-host=there
	whole "a link that stalls" over_relay '--stall down:400000' --link-silence=1 --source-host=there
	check "nobody is at work any more" left_alone

	check_exit 10 "a cut link that is not waited for" over_relay '--cut up:300000' --link-wait=0 --target-host=there
	check "it is said" says 'there: the connection ended$'
	check_exit 12 "damage on one that is not waited for" over_relay '--flip down:300000' --link-wait=0 --source-host=there
	check_exit 10 "a link that is away for good" over_relay '--cut up:300' --link-wait=1 --target-host=there
	check "it is said, too" says 'there: the connection ended, and could not be taken up again'
	check "nobody is at work after that" left_alone
	check_exit 40 "what is there does not look whole" "$DBDUMP" verify "$(mariadb_uri a big)" "$(mariadb_uri b big)"

	options=(--bwlimit=3m --link-silence=1)
	check "the remote shell stands still" in_the_middle stop_shell_of COPY
	check "another one takes its place" says_again 1
	check "what speaks to ssh is killed" in_the_middle kill_at localhost 0
	check "another one takes it up" says_again 1
	check "the rows are there once" same_databases a b big
	check "nobody is at work in the end" left_alone
}

of_postgresql()
{
	start_postgresql a -c wal_level=logical && start_postgresql b || return 1
	pg_sql a postgres -c 'CREATE DATABASE shop'
	pg_sql a shop -o /dev/null -f "$ROOT/tests/db/pg_nasty.sql"
	check "PostgreSQL: both agents on other hosts" far --source-host=localhost --target-host=127.0.0.1 --users "$(pg_uri a shop)" "$(pg_uri b '')"
	check "is proven" says '^OK: .*nothing missing'
	check "the copy is the source, as pg_dump and PostgreSQL see it" pg_same_databases shop shop
	check_exit 42 "over the source itself" far --source-host=localhost --target-host=127.0.0.1 --drop-existing "$(pg_uri a shop)" "$(pg_uri a shop)"
}

cd "$TEST_TMP" && start_sshd || exit 1
agent=$TEST_TMP/dbdump # a name of its own: other scripts have agents too
ln -s "$DBDUMP" "$agent"
make_shell
make_other_shells
of_mariadb
of_links
of_postgresql
finish
