#!/usr/bin/env bash
# What fails at a PostgreSQL destination is named in the server's own words, and the rest goes on: several databases in one run,
# others who hold a database, a disk that fills.
# modes: release
# takes: 120
# shellcheck disable=SC2317 # functions run by check
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"

start_postgresql a && start_postgresql b || exit 1
cd "$TEST_TMP" || exit 1

copy()
{
	"$DBDUMP" copy "$@"
}

# whole DATABASE... - what the destination has of each is the source's
whole()
{
	local database
	for database; do
		pg_same 'SELECT count(*), sum(hashtext(t::text)), min(id) FROM t' "$database" || return 1
		pg_same "SELECT indexdef FROM pg_indexes WHERE tablename = 't' ORDER BY 1" "$database" || return 1
	done
}

# count DATABASE TABLE - how many rows the destination has
count()
{
	pg_sql b "$1" -At -c "SELECT count(*) FROM $2"
}

# Several databases in one run, named or by a pattern.
for name in shop1 shop2 shop3 other; do
	pg_sql a postgres -c "CREATE DATABASE $name"
	pg_sql a "$name" -c "CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE)" -c "INSERT INTO t SELECT i, '$name ' || i FROM generate_series(1, 1000) i"
done
pg_sql b postgres -c 'CREATE DATABASE shop2'
pg_sql b shop2 -c 'CREATE TABLE own ()'
three=$(pg_uri a shop1,shop2,shop3)
check_exit 23 "where one of several databases is refused the others are copied" copy "$three" "$(pg_uri b '')"
check "it is named, with the reason" says 'database shop2.*not empty'
check "no more is claimed than what was compared" says 'equal at both ends, of every row that could be compared'
check "the others are whole" whole shop1 shop3
check "and what was there is there" test "$(count shop2 own)" = 0
check_exit 42 "where all are refused, that is it" copy "$three" "$(pg_uri b '')"
check "by a pattern they are all replaced" copy --drop-existing "$(pg_uri a 'shop?')" "$(pg_uri b '')"
check "and are whole" whole shop1 shop2 shop3
check "what the pattern does not mean is not copied" test "$(pg_sql b postgres -Atc "SELECT count(*) FROM pg_database WHERE datname = 'other'")" = 0
check "verify takes them together" "$DBDUMP" verify "$(pg_uri a 'shop*')" "$(pg_uri b '')"
check "and says how many" says '^EQUAL: 3 tables, 3,000 rows'
pg_sql b postgres -c 'DROP DATABASE shop1'
check_exit 23 "where one is not there, it looks at the others" "$DBDUMP" verify "$(pg_uri a 'shop*')" "$(pg_uri b '')"
check "it is named" says 'database shop1: .*does not exist'
check "they are counted" says 'rows +2,000 rows.* 2,000 at the destination'
check "and it can be copied alone" copy "$(pg_uri a shop1)" "$(pg_uri b '')"
check_exit 23 "without a name all databases are meant" "$DBDUMP" verify "$(pg_uri a '')" "$(pg_uri b '')"
check "each" says 'rows +3,000 rows.* 3,000 at the destination'
check "and what is not there is named" says 'database other: .*does not exist'
check "but the server's own is not one of them" not says 'database (postgres|template[01])'

# A server that takes no connection to one of them, for a reason that it has, takes those to the others.
pg_sql a postgres -c 'CREATE ROLE reader LOGIN IN ROLE pg_read_all_data' -c 'ALTER DATABASE shop2 CONNECTION LIMIT 0'
sed -i '1i host shop1 reader all reject' "$PG_ROOT/a/pg_hba.conf"
pg_sql a postgres -o /dev/null -c 'SELECT pg_reload_conf()'
as_reader=${three/postgres@/reader@}
while psql -X -d "${as_reader/shop1,*/shop1}" -c '' >/dev/null 2>&1; do :; done
check_exit 23 "where two of three are not to be connected to, the third is copied" copy --json --drop-existing "$as_reader" "$(pg_uri b '')"
check "pg_hba.conf's refusal is named" says 'error: database shop1: .*pg_hba.conf rejects connection'
check "so is the limit of connections" says 'error: database shop2: .*too many connections'
check "the third is whole" says '"items":.*"copied":1,'
check "nothing is said to be proven of all" says '"proof":"none"'
check_exit 10 "where none is, that is the run's failure" copy "${as_reader/,shop3/}" "$(pg_uri b '')"
sed -i 1d "$PG_ROOT/a/pg_hba.conf"
pg_sql a postgres -o /dev/null -c 'SELECT pg_reload_conf()' -c 'ALTER DATABASE shop2 CONNECTION LIMIT -1'
until psql -X -d "${as_reader/shop1,*/shop1}" -c '' >/dev/null 2>&1; do :; done
check_exit 3 "a table that none of them has is no database's failure" "$DBDUMP" verify --only-table=nowhere "$three" "$(pg_uri b '')"
for name in shop1 shop2 shop3; do pg_sql b "$name" -c 'DELETE FROM t'; done
pg_sql b shop2 -c 'ALTER TABLE t ADD CONSTRAINT low CHECK (id < 900)'
check_exit 23 "rows that one of them does not take" copy --data-only "$three" "$(pg_uri b '')"
check "are a failure of that one" says 'rows public\.t: database "shop2".*low'
check "and the others have theirs" whole shop1 shop3

# Somebody else is in a database that is to be replaced: the server says who in the DETAIL of its error.
coproc HOLD { "$PG_BIN/psql" -XAtq -h 127.0.0.1 -p "$(pg_var PORT b)" -U postgres shop1; }
echo 'SELECT 1;' >&"${HOLD[1]}"
read -r -t 60 -u "${HOLD[0]}"
check_exit 23 "a database that somebody is in is not replaced, the other is" copy --drop-existing "$(pg_uri a shop1,shop2)" "$(pg_uri b '')"
check "it is said in full" says 'database shop1: .*is being accessed by other users: There is 1 other session using the database'
check "the other is whole" whole shop2
echo '\q' >&"${HOLD[1]}"
wait

# The program, and then the server, killed while tables are made.
pg_sql a postgres -c 'CREATE DATABASE many'
pg_sql a many -c "DO \$\$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE TABLE t%s AS SELECT %s AS id; CREATE INDEX ON t%s (id)', i, i, i);
	END LOOP; END \$\$"
tables="SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
# exits STATUSES COMMAND... - with one of them
exits()
{
	local statuses=$1 status=0
	shift
	"$@" || status=$?
	[[ $status =~ ^($statuses)$ ]]
}

# in_the_middle COMMAND... - a copy of many, and the command, when some of its tables are there; the copy's exit status
in_the_middle()
{
	local copying made=0
	"$DBDUMP" copy --drop-existing "${options[@]}" "$(pg_uri a many)" "$(pg_uri b '')" 2>&1 &
	copying=$!
	while [ "${made:-0}" -lt 20 ]; do
		made=$(pg_sql b many -Atc "$tables" 2>/dev/null)
	done
	"${@//COPY/$copying}"
	wait "$copying"
}
options=()
check_exit 137 "a copy is killed" in_the_middle kill -KILL COPY
check_exit 42 "the rest is not taken for a copy" copy "$(pg_uri a many)" "$(pg_uri b '')"
pg_sql b postgres -c 'DROP DATABASE many'
options=(--deadline=+20) # else it is waited for
check "the server is killed" exits '10|41' in_the_middle stop_postgresql b
start_postgresql b || exit 1
check "once more, over what is there" copy --drop-existing "$(pg_uri a many)" "$(pg_uri b '')"
check "it is whole" pg_same_databases many many

# A table in two parts: the connection is lost when one is in and the other almost.
pg_sql a postgres -c 'CREATE DATABASE parts'
pg_sql a parts -f - <<'SQL'
CREATE FUNCTION hold(int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN IF $1 = 14000 THEN PERFORM pg_advisory_xact_lock_shared(1); END IF; RETURN true; END $$;
CREATE TABLE t (id int PRIMARY KEY CHECK (hold(id)), name text);
INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 14000) i;
SQL
pg_sql b postgres -c 'CREATE DATABASE parts'
# while_last_waits - a copy, whose connection is ended when it waits; who held it up lets go. The copy's exit status
while_last_waits()
{
	local copying until=$((SECONDS + 60))
	"$DBDUMP" copy --jobs=1 "$(pg_uri a parts)" "$(pg_uri b '')" 2>&1 &
	copying=$!
	until [ "$(pg_sql b parts -Atc "$waiting")" = 1 ] || [ "$SECONDS" -gt "$until" ]; do :; done
	made=$(count parts t)
	pg_sql b postgres -o /dev/null -c "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
	echo '\q' >&"${HOLD[1]}"
	wait "$copying"
}
waiting="SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
coproc HOLD { "$PG_BIN/psql" -XAtq -h 127.0.0.1 -p "$(pg_var PORT b)" -U postgres parts; }
echo 'SELECT pg_advisory_lock(1);' >&"${HOLD[1]}"
read -r -t 60 -u "${HOLD[0]}"
check "a connection is lost in a table's last part" while_last_waits
check "that part alone is loaded once more" says 'rows public.t: .*once more'
check "what was in before" test "${made:-0}" -gt 0 -a "${made:-0}" -lt 14000
check "stays" whole parts
wait

# Indexes of one table are made at the same time. There are two that wait at the destination until somebody lets go of a lock.
pg_sql a postgres -c 'CREATE DATABASE keys'
pg_sql a keys -f - <<'SQL'
CREATE FUNCTION hold(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN $1; END $$;
CREATE FUNCTION one(int) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT CASE current_database() WHEN 'twice' THEN 1 ELSE $1 END $$;
CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE DEFERRABLE, a int NOT NULL, EXCLUDE (a WITH =));
INSERT INTO t SELECT i, 'name ' || i, i FROM generate_series(1, 1000) i;
CREATE INDEX held_a ON t (hold(a));
CREATE INDEX held_id ON t (hold(id));
CREATE INDEX few ON t (name) INCLUDE (a) WHERE a < 100;
CREATE UNIQUE INDEX no_two ON t (one(id));
CREATE UNIQUE INDEX same ON t (a);
COMMENT ON INDEX few IS 'not many';
ALTER INDEX held_a ALTER COLUMN 1 SET STATISTICS 7;
ALTER TABLE t CLUSTER ON t_pkey, REPLICA IDENTITY USING INDEX same;
CREATE STATISTICS of_both ON name, a FROM t;
CREATE TABLE p (id int REFERENCES t, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2002-01-01') TO ('2003-01-01');
CREATE INDEX ON p (day);
INSERT INTO p SELECT i, date '2001-12-01' + i FROM generate_series(1, 100) i;
DO $$ BEGIN
	FOR i IN 1..6 LOOP
		EXECUTE format('CREATE TABLE r%s (id int PRIMARY KEY); INSERT INTO r%1$s SELECT generate_series(1, 10000)', i);
	END LOOP;
	FOR i IN 0..35 LOOP -- each to each, and to itself
		EXECUTE format('ALTER TABLE r%s ADD CONSTRAINT to_%s FOREIGN KEY (id) REFERENCES r%2$s', i / 6 + 1, i % 6 + 1);
	END LOOP;
END $$;
SQL
# while_held COMMAND... - a copy, and the command when two of its connections wait for the lock; the copy's exit status
while_held()
{
	local copying until=$((SECONDS + 60))
	"$DBDUMP" copy "$(pg_uri a keys)" "$(pg_uri b held)" 2>&1 &
	copying=$!
	until [ "$(pg_sql b held -Atc "$waiting")" = 2 ] || [ "$SECONDS" -gt "$until" ]; do :; done
	[ "$SECONDS" -le "$until" ] || echo "they do not wait"
	"${@//COPY/$copying}"
	wait "$copying"
}
check "a table with many indexes is copied, and tables with keys to each other" copy --jobs=4 "$(pg_uri a keys)" "$(pg_uri b '')"
check "they are all there" pg_same_databases keys keys
check "and valid" test "$(pg_sql b keys -Atc 'SELECT count(*) FROM pg_index WHERE NOT indisvalid OR NOT indisready')" = 0
check "so they are with one connection" copy --jobs=1 --drop-existing "$(pg_uri a keys)" "$(pg_uri b '')"
check "all" pg_same_databases keys keys
check_exit 23 "a unique index that cannot be made is a failure" copy "$(pg_uri a keys)" "$(pg_uri b twice)"
check "it is named" says 'index public\.no_two: .*could not create unique index "no_two"'
check "the others are there" test "$(pg_sql b twice -Atc "SELECT string_agg(indexrelid::regclass::text, ' ' ORDER BY indexrelid::regclass::text) FROM pg_index
	WHERE indrelid = 't'::regclass AND indisvalid")" = 'few held_a held_id same t_a_excl t_name_key t_pkey'
pg_sql b postgres -c 'CREATE DATABASE held'
coproc HOLD { "$PG_BIN/psql" -XAtq -h 127.0.0.1 -p "$(pg_var PORT b)" -U postgres held; }
echo 'SELECT pg_advisory_lock(1);' >&"${HOLD[1]}"
read -r -t 60 -u "${HOLD[0]}"
check_exit 20 "a copy is broken off while it makes two indexes of one table" while_held kill -TERM COPY
check "both were begun" not says 'they do not wait'
check "and are no longer" test "$(pg_sql b held -Atc "$waiting")" = 0
check_exit 40 "what is there is not taken for whole" "$DBDUMP" verify "$(pg_uri a keys)" "$(pg_uri b held)"
check "they are named" says 'index public\.held_id is not at the destination'
pg_sql b held -c 'SET client_min_messages = warning' -c 'DROP SCHEMA public, dbdump_copy_not_finished CASCADE' -c 'CREATE SCHEMA public'
check_exit 137 "it is killed while it makes them" while_held kill -KILL COPY
echo '\q' >&"${HOLD[1]}"
wait
check_exit 40 "that is not taken for whole either" "$DBDUMP" verify "$(pg_uri a keys)" "$(pg_uri b held)"

# A disk that fills: a tablespace on a small file system.
fills()
{
	local key rows
	pg_sql a postgres -c 'CREATE DATABASE big'
	pg_sql a big -c 'CREATE TABLE little (id int PRIMARY KEY)' -c 'INSERT INTO little SELECT generate_series(1, 100)' \
		-c 'CREATE TABLE large (id int PRIMARY KEY, pad text)' -c "INSERT INTO large SELECT i, repeat('x', 1000) FROM generate_series(1, 40000) i"
	fallocate -l 4M disk/reserve
	install -d -o "$(pg_user)" -m 700 disk/space
	pg_sql b postgres -c "CREATE TABLESPACE small LOCATION '$PWD/disk/space'" -c 'CREATE DATABASE big TABLESPACE small'
	check_exit 11 "a full disk ends a copy" copy "$(pg_uri a big)" "$(pg_uri b '')"
	check "the table that did not fit is named" says 'error: .*"public"\."large".*No space left on device'
	rm disk/reserve # the server writes while it reads
	key=$(pg_sql b big -Atc "SELECT count(*) FROM pg_constraint WHERE conrelid = 'large'::regclass")
	rows=$(count big large)
	check "it has no key, and not all rows" test "$key" = 0 -a "${rows:-40000}" -lt 40000
	check_exit 40 "verify does not take it for whole" "$DBDUMP" verify "$(pg_uri a big)" "$(pg_uri b big)"
	check "... by its rows" says 'large: DIFFERENT'
	check_exit 42 "nor is it copied to again as if it were empty" copy "$(pg_uri a big)" "$(pg_uri b '')"
}

# A file system for the log alone that fills: the server goes down, and may say why or not.
fills_log()
{
	pg_make_data "$PG_BIN" "$PG_ROOT/c" && install -d -o "$(pg_user)" -m 700 log/pg_wal && mv "$PG_ROOT"/c/pg_wal/* log/pg_wal/ &&
		rmdir "$PG_ROOT/c/pg_wal" && ln -s "$PWD/log/pg_wal" "$PG_ROOT/c/pg_wal" && start_postgresql c || return
	check "a full log ends a copy" exits '10|11|41' copy --deadline=+8 "$(pg_uri a big)" "$(pg_uri c '')"
	check "the table is named" says '"public"\."large".*(No space left on device|lost)'
	stop_postgresql c
	mount -o remount,size=300m log
	start_postgresql c
	check_exit 40 "what is there is not taken for whole" "$DBDUMP" verify "$(pg_uri a big)" "$(pg_uri c big)"
	check "with room for it the copy can be made anew" copy --drop-existing "$(pg_uri a big)" "$(pg_uri c '')"
	stop_postgresql c
}

# Success means that it is on the disk, whatever becomes of the server a moment later.

pg_sql a postgres -c 'CREATE DATABASE kept'
pg_sql a kept -c 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id'
pg_sql b postgres -c "ALTER SYSTEM SET wal_writer_delay = '10s'" -c 'SELECT pg_reload_conf()' >/dev/null
check "a copy" copy --verify=none "$(pg_uri a kept)" "$(pg_uri b '')"
stop_postgresql b
start_postgresql b
check "it is whole although the server was killed when it had ended" test "$(count kept kept)" = 1000

if [ "$(id -u)" = 0 ] && mount_loop 24M ext4 "$TEST_TMP/disk" -m 0 -O ^has_journal; then
	fills
	in_memory 40m log
	fills_log
else
	skip "a full disk ends a copy" 'nothing can be mounted here'
fi
stop_postgresql b # before the disk goes that it has files on
finish
