# shellcheck shell=bash
# postgresql.sh - private PostgreSQL servers for the scripts in this folder, sourced after lib.sh.
#
#	start_postgresql a [-c work_mem=8MB ...]   a server, on 127.0.0.1:$PG_PORT_a and a socket in $PG_SOCKET_a
#	pg_sql a DATABASE [psql's options]         psql there as the superuser postgres
#	pg_uri a DATABASE                          what dbdump takes
#	stop_postgresql a                          earlier than at the script's end
#
# PG_BIN is where initdb and postgres are (Debian's newest); PG_BIN_a, when set, those of server a. A server that root starts
# belongs to an unprivileged user, since PostgreSQL refuses root. Nothing is synced to disk.

PG_BIN=${PG_BIN:-$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)}

# pg_as COMMAND... - as the user whom the servers belong to.
pg_as()
{
	local user=postgres
	[ "$(id -u)" = 0 ] || {
		"$@"
		return
	}
	id -u postgres >/dev/null 2>&1 || user=nobody
	setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups env HOME="$PG_ROOT" "$@"
}

pg_var()
{
	local name="PG_$1_$2"
	printf '%s' "${!name:-}"
}

# A data directory, made once for each version and copied from then on.
pg_make_data()
{
	local bin=$1 data=$2 fresh made
	fresh=${TEST_SHARED:-$PG_ROOT}/fresh$(tr / _ <<<"$bin")
	if [ ! -d "$fresh" ]; then
		made=$PG_ROOT/made$(tr / _ <<<"$bin")
		pg_as "$bin/initdb" -D "$made" -U postgres -A trust --no-sync -E UTF8 --locale=C \
			>"$PG_ROOT/initdb.log" 2>&1 || {
			cat "$PG_ROOT/initdb.log" >&2
			return 1
		}
		mv -T "$made" "$fresh" 2>/dev/null || [ -d "$fresh" ] || return 1 # another item was faster
	fi
	pg_as cp -r "$fresh" "$data" && pg_as chmod 700 "$data"
}

start_postgresql()
{
	local name=$1 bin port attempt data
	shift
	PG_ROOT=$TEST_TMP/pg
	[ -d "$PG_ROOT" ] || { mkdir -m 755 "$PG_ROOT" && { [ "$(id -u)" != 0 ] || chown "$(pg_user)" "$PG_ROOT"; }; } || return 1
	bin=$(pg_var BIN "$name")
	bin=${bin:-$PG_BIN}
	data=$PG_ROOT/$name
	[ -d "$data" ] || pg_make_data "$bin" "$data" || return 1
	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		port=$((20000 + (RANDOM + attempt) % 12000))
		! pg_as "$bin/pg_ctl" -s -w -D "$data" -l "$PG_ROOT/$name.log" -o "$(pg_options "$port" "$@")" start \
			>"$PG_ROOT/$name.start" 2>&1 || break
	done
	printf -v "PG_PORT_$name" %s "$port"
	printf -v "PG_SOCKET_$name" %s "$PG_ROOT"
	printf -v "PG_PID_$name" %s "$(head -n 1 "$data/postmaster.pid" 2>/dev/null)"
	[ -n "$(pg_var PID "$name")" ] || {
		tail "$PG_ROOT/$name.log" >&2
		return 1
	}
	at_exit stop_postgresql "$name"
}

pg_user()
{
	id -un postgres 2>/dev/null || echo nobody
}

pg_options()
{
	local port=$1
	shift
	printf '%s ' -p "$port" -k "$PG_ROOT" -h 127.0.0.1 -F -c full_page_writes=off -c shared_buffers=32MB \
		-c max_connections=40 -c autovacuum=off -c max_wal_size=2GB "$@"
}

# The postmaster ends its own; it is waited for by what it holds open.
stop_postgresql()
{
	local pid bin
	pid=$(pg_var PID "$1")
	[ -n "$pid" ] || return 0
	bin=$(pg_var BIN "$1")
	pg_as "${bin:-$PG_BIN}/pg_ctl" -s -w -m immediate -D "$PG_ROOT/$1" stop >"$PG_ROOT/$1.stop" 2>&1
	printf -v "PG_PID_$1" %s ''
}

pg_sql()
{
	local server=$1 database=$2
	shift 2
	psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(pg_var PORT "$server")" -U postgres -d "dbname='$database'" "$@"
}

pg_uri()
{
	printf 'postgresql://postgres@127.0.0.1:%s/%s' "$(pg_var PORT "$1")" "$2"
}

# pg_same SQL [DATABASE] - servers a and b answer the same, and something
pg_same()
{
	local left right
	left=$(pg_sql a "${2:-postgres}" -At -c "$1") && right=$(pg_sql b "${2:-postgres}" -At -c "$1") && [ -n "$left" ] &&
		diff <(echo "$left") <(echo "$right")
}

# Judges that know nothing of dbdump.

# pg_schema_of SERVER DATABASE - pg_dump's lines, sorted: columns of an inherited table have another order in a copy. A
# subscription is made without a slot. What is dumped as EXTRACT(YEAR ...) is read as EXTRACT(year ...).
pg_schema_of()
{
	"$PG_BIN/pg_dump" -h 127.0.0.1 -p "$(pg_var PORT "$1")" -U postgres --schema-only -d "dbname='$2'" |
		sed -E "/^\\\\(un)?restrict /d; s/,\$//; s/slot_name = ('sub'|NONE)/slot_name/; s/EXTRACT\(\w+/\L&/g" | sort
}

# pg_rows_of SERVER DATABASE - count and digest of each table's rows, by column name, by PostgreSQL itself; large objects;
# sequences; what belongs to the database.
pg_rows_of()
{
	PGOPTIONS='-c search_path= -c extra_float_digits=3 -c datestyle=iso -c intervalstyle=postgres -c bytea_output=hex' \
		pg_sql "$1" "$2" -At -f "$ROOT/tests/db/pg_rows.sql"
}

# pg_same_databases OF_A OF_B - by both judges.
pg_same_databases()
{
	local what left=$TEST_TMP/left right=$TEST_TMP/right difference=$TEST_TMP/difference
	for what in pg_schema_of pg_rows_of; do
		"$what" a "$1" >"$left" && "$what" b "$2" >"$right" && [ -s "$left" ] || return 1
		diff "$left" "$right" >"$difference" || {
			lib_show "$difference"
			return 1
		}
	done
}
