# shellcheck shell=bash disable=SC2154
# databases.sh - the part of run.sh that is about databases; sourced by it. One server holds a shop (shop.c), the other one
# begins anew, on fresh data, for each run. Both are private ones of this machine, on unix sockets; what is written to is as
# durable as it is by default. Every copy is compared with the source before its time counts: rows by the server's own checksums,
# definitions by its own dump. The kind, mariadb or postgresql, is a prefix of the functions that are one server's alone.

db=$TEST_TMP/db # A is the source, B the destination, fresh what B begins as, work what a peer keeps on disk meanwhile

# Private servers.

mariadb_init()
{
	mariadb-install-db --no-defaults --user=root --datadir="$1/data" --auth-root-authentication-method=normal --skip-test-db
}

# mariadb_start DIR OPTION... - sets server.
mariadb_start()
{
	local dir=$1
	shift
	mariadbd --no-defaults --user=root --datadir="$dir/data" --socket="$dir/socket" --pid-file="$dir/pid" --skip-networking \
		--innodb-buffer-pool-size=1G --innodb-log-file-size=512M --max-allowed-packet=1G "$@" 2>"$dir/log" &
	server=$!
	mariadb-admin --no-defaults --socket="$dir/socket" --wait=60 --silent ping >/dev/null
}

mariadb_sql()
{
	local dir=$1
	shift
	mariadb --no-defaults --socket="$dir/socket" --batch --skip-column-names shop "$@"
}

mariadb_stop()
{
	local pid
	pid=$(cat "$1/pid") && kill "$pid" && wait "$pid"
}

# As the account postgres, since PostgreSQL runs as no root.
as_postgres()
{
	setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
}

postgresql_init()
{
	mkdir -p "$1" && chown postgres "$1" &&
		as_postgres "$pg_bin/initdb" -D "$1/data" -E UTF8 --locale=C -A trust -U postgres --no-instructions
}

postgresql_start()
{
	local dir=$1
	shift
	as_postgres "$pg_bin/pg_ctl" -w -s -D "$dir/data" -l "$dir/log" \
		-o "-c listen_addresses='' -k $dir -c shared_buffers=512MB -c max_wal_size=4GB $*" start &&
		server=$(head -n 1 "$dir/data/postmaster.pid")
}

postgresql_sql()
{
	local dir=$1
	shift
	psql -X -q -A -t -v ON_ERROR_STOP=1 "host=$dir user=postgres dbname=shop" "$@"
}

postgresql_stop()
{
	as_postgres "$pg_bin/pg_ctl" -w -s -m fast -D "$1/data" stop
}

# server_cpu PID - microseconds that it and its children, those that have ended too, have had.
server_cpu()
{
	local pids
	pids=$(pgrep -d ' ' -P "$1")
	# shellcheck disable=SC2086
	for pid in "$1" $pids; do
		cat "/proc/$pid/stat" 2>/dev/null
	done | awk -v server="$1" -v tick="$(getconf CLK_TCK)" '
		{ pid = $1; sub(/.*\) /, ""); sum += $12 + $13 + (pid == server ? $14 + $15 : 0) }
		END { printf "%.0f", sum * 1e6 / tick }'
}

# The source.

# Each table through a pipe of its own, all on one connection.
mariadb_fill()
{
	local name
	mkdir "$db/rows" && "$tools/shop" tables | (cd "$db/rows" && xargs mkfifo) || return 1
	for name in $("$tools/shop" tables); do
		"$tools/shop" rows "$name" "$scale" >"$db/rows/$name"
	done &
	{
		echo 'CREATE DATABASE shop; USE shop; SET foreign_key_checks = 0;'
		"$tools/shop" schema mariadb
		for name in $("$tools/shop" tables); do
			echo "LOAD DATA LOCAL INFILE '$db/rows/$name' INTO TABLE $name CHARACTER SET utf8mb4;"
		done
		"$tools/shop" indexes mariadb
		"$tools/shop" tables | sed 's/.*/ANALYZE TABLE &;/'
	} | mariadb --no-defaults --socket="$db/A/socket" --batch --local-infile && wait "$!"
}

postgresql_fill()
{
	local name
	psql -X -q "host=$db/A user=postgres dbname=postgres" -c 'CREATE DATABASE shop' || return 1
	{
		"$tools/shop" schema postgresql
		for name in $("$tools/shop" tables); do
			echo "COPY $name FROM stdin;"
			"$tools/shop" rows "$name" "$scale"
			printf '\\.\n'
		done
		"$tools/shop" indexes postgresql
		echo 'VACUUM ANALYZE;'
	} | postgresql_sql "$db/A"
}

mariadb_bytes()
{
	mariadb_sql "$db/A" -e "SELECT sum(data_length + index_length) FROM information_schema.tables WHERE table_schema = 'shop'"
}

postgresql_bytes()
{
	postgresql_sql "$db/A" -c 'SELECT pg_database_size(current_database())'
}

# The judges: equal texts, equal databases.

mariadb_told()
{
	mariadb_sql "$1" -e "CHECKSUM TABLE $("$tools/shop" tables | paste -sd ,)"
	mariadb-dump --no-defaults --socket="$1/socket" --no-data --skip-comments --routines --triggers --events shop |
		sed 's/ AUTO_INCREMENT=[0-9]*//'
}

postgresql_told()
{
	"$tools/shop" tables |
		sed "s/.*/SELECT '&', count(*), sum(hashtextextended(t::text, 0)::numeric) FROM & t;/" | postgresql_sql "$1"
	"$pg_bin/pg_dump" -s --no-comments -d "host=$1 user=postgres dbname=shop" | sed -E '/^(--|\\(un)?restrict )/d' # a random word stands there
}

# source_database KIND - makes it, and what each destination begins as.
source_database()
{
	[ -x "$DBDUMP" ] || fail "there is no program $DBDUMP: make"
	drop_databases
	mkdir -p "$db" && chmod 755 "$TEST_TMP" "$db"
	pg_bin=$(pg_config --bindir)
	# what is only read need not survive a power cut
	local lazy=(--innodb-flush-method=nosync --innodb-flush-log-at-trx-commit=0)
	[ "$1" = mariadb ] || lazy=(-F)
	{
		"$1_init" "$db/fresh" && cp -a "$db/fresh" "$db/A" && "$1_start" "$db/A" "${lazy[@]}" &&
			source_kind=$1 source_server=$server && "$1_fill"
	} >"$db/made" 2>&1 || {
		tail -n 20 "$db/made" "$db/A/log" >&2
		fail "no database"
	}
	"$1_told" "$db/A" >"$db/told"
	bytes=$("$1_bytes")
	entries=$("$tools/shop" tables | wc -l)
}

drop_databases()
{
	[ -z "${target_server:-}" ] || "${source_kind}_stop" "$db/B"
	[ -z "${source_server:-}" ] || "${source_kind}_stop" "$db/A"
	source_server='' target_server=''
	rm -rf "$db"
}

# database_peer NAME - sets run, the command that copies the shop from A to B, or that reads it, and from. Here is the place for
# another peer.
database_peer()
{
	local a=$db/A b=$db/B work=$db/work program=$DBDUMP to far agents
	case $kind in
	mariadb) from="mysql://root@/shop?socket=$a/socket" to="mysql://root@/?socket=$b/socket" ;;
	*) from="postgresql:///shop?host=$a&user=postgres" to="postgresql:///?host=$b&user=postgres" ;;
	esac
	case $1 in
	other-*) program=$OTHER ;;
	esac
	far=(-e "$SSH_CMD -o 'ProxyCommand=$tools/delay 40 $SSH_PORT'" --dbdump-path="$program" --source-host=localhost)
	agents=(-e "$SSH_CMD" --dbdump-path="$program" --source-host=localhost --target-host=127.0.0.1)
	case $kind-${1#other-} in
	*-dbdump) run=("$program" copy -q "${options[@]}" "$from" "$to") ;;
	*-dbdump-unverified) run=("$program" copy -q --verify=none "${options[@]}" "$from" "$to") ;;
	# by files; both folders are here
	mariadb-dbdump-tablespace) run=("$program" copy -q --mode=tablespace "${options[@]}" "$from" "$to") ;;
	mariadb-dbdump-auto) run=("$program" copy -q --mode=auto "${options[@]}" "$from" "$to") ;;
	mariadb-dbdump-tablespace-unverified) run=("$program" copy -q --mode=tablespace --verify=none "${options[@]}" "$from" "$to") ;;
	# read by an agent that is 80 ms away, over ssh
	*-dbdump-far) run=("$program" copy -q "${far[@]}" "${options[@]}" "$from" "$to") ;;
	*-dbdump-far-unverified) run=("$program" copy -q --verify=none "${far[@]}" "${options[@]}" "$from" "$to") ;;
	# by two agents over ssh, beside their servers: as rows, and by files
	*-dbdump-agents) run=("$program" copy -q "${agents[@]}" "${options[@]}" "$from" "$to") ;;
	mariadb-dbdump-agents-tablespace) run=("$program" copy -q --mode=tablespace "${agents[@]}" "${options[@]}" "$from" "$to") ;;
	# an archive, which stays in the page cache; and out of one
	*-dbdump-dump) run=(sh -c "'$program' dump -q ${options[*]} '$from' - >'$db/archive'") ;;
	*-dbdump-load)
		[ -s "$db/archive" ] || "$program" dump -q "$from" "$db/archive" || fail "no archive"
		run=("$program" load -q --verify=none "${options[@]}" "$db/archive" "$to")
		;;
	# all rows, by two clients that throw them away
	mariadb-read-alone) run=(sh -c "'$tools/shop' tables | xargs -P 2 -I{} mariadb --no-defaults -S '$a/socket' --quick --batch \
		-e 'SELECT * FROM {}' shop >/dev/null") ;;
	postgresql-read-alone) run=(sh -c "'$tools/shop' tables | xargs -P 2 -I{} psql -X -q 'host=$a user=postgres dbname=shop' \
		-c 'COPY {} TO STDOUT' >/dev/null") ;;
	postgresql-dbdump-lz4) run=("$program" copy -q --verify=none --toast-compression=lz4 "${options[@]}" "$from" "$to") ;;
	mariadb-mariadb-dump) run=(sh -c "mariadb-dump --no-defaults -S '$a/socket' --single-transaction --routines --triggers --events \
		--databases shop | mariadb --no-defaults -S '$b/socket'") ;;
	mariadb-mydumper) run=(sh -c "mydumper -S '$a/socket' -u root -B shop -t 2 -G -E -R -o '$work' &&
		myloader -S '$b/socket' -u root -t 2 -d '$work'") ;;
	# uncompressed: what it compresses it would have to decompress on the same processors
	postgresql-pg_dump) run=(sh -c "'$pg_bin/pg_dump' -Fd -Z0 -j2 -f '$work' 'host=$a user=postgres dbname=shop' &&
		'$pg_bin/pg_restore' -C -j2 -d 'host=$b user=postgres dbname=postgres' '$work'") ;;
	postgresql-pgcopydb) run=(sh -c "psql -X -q 'host=$b user=postgres dbname=postgres' -c 'CREATE DATABASE shop' &&
		PATH='$pg_bin':\$PATH pgcopydb clone --table-jobs 2 --index-jobs 2 --dir '$work' --source 'host=$a user=postgres dbname=shop' \
		--target 'host=$b user=postgres dbname=shop'") ;;
	*) fail "$1: no such peer" ;;
	esac
}

# database_judge PEER - what it made is what A has.
database_judge()
{
	case $1 in
	*dbdump-dump) "$DBDUMP" verify -q "$from" "$db/archive" ;;
	read-alone) ;;
	*) "${kind}_told" "$db/B" | cmp - "$db/told" ;;
	esac
}

# database_run PEER ROUND - a line in runs.txt, unless it is the warm-up: as those of trees, and the two servers' processor time.
database_run()
{
	local cpu_a cpu_b
	rm -rf "$db/B" "$db/work"
	{ cp -a "$db/fresh" "$db/B" && "${kind}_start" "$db/B" && target_server=$server; } || fail "no destination"
	database_peer "$1"
	cpu_a=$(server_cpu "$source_server") cpu_b=$(server_cpu "$target_server")
	"$tools/measure" "$TEST_TMP/figures" "$SSH_PORT" "$sshd" "$TEST_TMP/ssh/config" "${run[@]}" </dev/null >"$db/output" 2>&1 || {
		local status=$?
		tail -n 20 "$db/output" >&2
		fail "$workload: $1 failed with exit status $status"
	}
	cpu_a=$(($(server_cpu "$source_server") - cpu_a)) cpu_b=$(($(server_cpu "$target_server") - cpu_b))
	database_judge "$1" || fail "$workload: $1 made another database"
	[ "$2" -eq 0 ] || echo "$workload $1 $entries $bytes $cache $(cat "$TEST_TMP/figures") $cpu_a $cpu_b" >>"$out/runs.txt"
	"${kind}_stop" "$db/B"
	target_server=
}
