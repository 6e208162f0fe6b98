#!/usr/bin/env bash
# A PostgreSQL database is copied whole: judged by pg_dump of both sides and by rows by column name, never by our own code.
# modes: release
# takes: 110
# shellcheck disable=SC2317 # functions run by check
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"

here=$ROOT/tests/db
start_postgresql a -c wal_level=logical -c password_encryption=scram-sha-256 && start_postgresql b || exit 1
cd "$TEST_TMP" || exit 1
rm -f /tmp/owned

copy()
{
	"$DBDUMP" copy "$@"
}

pg_sql a postgres -c 'CREATE DATABASE shop'
check "the nasty database is made" pg_sql a shop -o /dev/null -f "$here/pg_nasty.sql"
check "it is copied with its roles, verified" copy --users --json --json-fd 3 "$(pg_uri a shop)" "$(pg_uri b shop)" 3>events
check "the report says so, and where the snapshot stood" grep -E '"event":"report".*"lsn ' events
check "the copy is the source, as pg_dump and PostgreSQL see it" pg_same_databases shop shop
check "what a name or a comment told psql to do was not done" not test -e /tmp/owned
check "roles have their passwords, limits and groups" pg_same "SELECT rolname, rolcanlogin, rolinherit, rolconnlimit, rolpassword,
	rolvaliduntil, (SELECT string_agg(m.roleid::regrole || ' ' || m.admin_option, ',') FROM pg_auth_members m WHERE m.member = a.oid)
	FROM pg_authid a WHERE rolname !~ '^pg_' ORDER BY 1"
check "the subscription is disabled and has no slot" test "$(pg_sql b shop -Atc 'SELECT subenabled, subslotname FROM pg_subscription')" = 'f|'
check "statistics are there" test "$(pg_sql b shop -Atc "SELECT count(*) > 10 FROM pg_stats WHERE schemaname = 'public'")" = t
check_exit 42 "a second copy is refused, since the destination is not empty" copy "$(pg_uri a shop)" "$(pg_uri b shop)"
check "it says what is in it" says 'not empty.*schema'
pg_sql b shop -c 'DROP EVENT TRIGGER guard; CREATE TABLE not_of_the_source (); DELETE FROM no_key'
check_exit 40 "what was changed in the copy is found" "$DBDUMP" verify "$(pg_uri a shop)" "$(pg_uri b shop)"
check "by its name" says 'not_of_the_source'

# One of each kind that dbdump_cli.sh does not change. Nothing of an extension's members is an object of its own.
check "one of each kind is changed" pg_sql b shop -o /dev/null -f - <<'SQL'
CREATE SCHEMA one_more;
ALTER TABLE made_later DISABLE RULE log_it;
ALTER STATISTICS orders_stats SET STATISTICS 7;
ALTER EXTENSION btree_gist SET SCHEMA public;
CREATE OR REPLACE AGGREGATE total_of(int) (SFUNC = int4pl, STYPE = int, INITCOND = '1');
ALTER OPERATOR <<< (int, int) SET (RESTRICT = scalarltsel);
CREATE OPERATOR CLASS own_class FOR TYPE int USING hash AS OPERATOR 1 =;
DROP CAST (base AS text);
CREATE CAST (base AS text) WITHOUT FUNCTION AS IMPLICIT;
DROP COLLATION german;
CREATE COLLATION german (PROVIDER = icu, LOCALE = 'de', DETERMINISTIC = false);
CREATE CONVERSION own_conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
ALTER TEXT SEARCH CONFIGURATION conf DROP MAPPING FOR word;
ALTER TEXT SEARCH DICTIONARY dict (ACCEPT = false);
CREATE TEXT SEARCH PARSER own_parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE own_template (LEXIZE = dsimple_lexize);
CREATE LANGUAGE own_language HANDLER plpgsql_call_handler;
CREATE TRANSFORM FOR base LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE ACCESS METHOD own_method TYPE TABLE HANDLER heap_tableam_handler;
CREATE FOREIGN DATA WRAPPER own_wrapper;
ALTER SERVER far OPTIONS (SET host 'elsewhere.invalid');
ALTER USER MAPPING FOR app SERVER far OPTIONS (DROP password);
ALTER PUBLICATION pub SET (publish = 'delete');
ALTER SUBSCRIPTION sub SET PUBLICATION another WITH (refresh = false);
ALTER DEFAULT PRIVILEGES FOR ROLE owner1 IN SCHEMA owned REVOKE SELECT ON TABLES FROM app;
ALTER DATABASE shop SET work_mem = '6MB';
ALTER DATABASE shop CONNECTION LIMIT 5;
ALTER TABLE egg OWNER TO owner1;
SELECT setval('lonely', 3), lo_unlink(900001);
DROP TABLE not_of_the_source;
SQL
# different_kinds KIND... - the report has differences of these, and of no other
different_kinds()
{
	local kinds
	kinds=$(jq -r 'select(.event == "report") | .kinds[] | select(.different > 0) | .kind' events | sort)
	diff <(printf '%s\n' "$@" | sort) <(echo "$kinds")
}
check_exit 40 "what is changed of each kind" "$DBDUMP" verify --json --json-fd 3 "$(pg_uri a shop)" "$(pg_uri b shop)" 3>events
check "is found, and no more" different_kinds 'access method' aggregate cast collation comment conversion database 'database setting' 'default privilege' \
	'event trigger' extension 'foreign data wrapper' language 'large objects' operator 'operator class' 'operator family' owner publication rule schema sequence \
	server statistics subscription 'text search configuration' 'text search dictionary' 'text search parser' 'text search template' transform 'user mapping'
check "--drop-existing makes it anew" copy --drop-existing "$(pg_uri a shop)" "$(pg_uri b shop)"
check "materialised views are said to be computed anew" says 'materialized views, [0-9]+ of them, are computed anew'
check "whole" pg_same_databases shop shop
check "--rename gives it another name" copy --rename 'shop=x="y" z' "$(pg_uri a shop)" "$(pg_uri b '')"
check "whole" pg_same_databases shop 'x="y" z'

# What is stored of such a row is a few kilobytes.
pg_sql a postgres -c 'CREATE DATABASE wide'
for i in 1 2 3 4 5 6 7 8; do
	echo "CREATE TABLE w$i AS SELECT $i AS id, repeat('x', 8 << 20) AS v;"
done | pg_sql a wide -f - >/dev/null
check "large rows in eight tables are in memory one at a time" "$BIN_TEST/peak" 120 \
	"$DBDUMP" copy --jobs=8 "$(pg_uri a wide)" "$(pg_uri b '')"
check "all are there" says '^OK: 8 tables, 8 rows'

check "--schema-only copies no row" copy --schema-only --rename shop=empty "$(pg_uri a shop)" "$(pg_uri b '')"
check "none at all" test "$(pg_sql b empty -Atc 'SELECT count(*) FROM edges')" = 0
pg_sql b empty -c 'ALTER TABLE chicken DROP CONSTRAINT is_positive' -c 'ALTER TABLE egg DISABLE TRIGGER audit_always'
check "--data-only fills it" copy --data-only --rename shop=empty "$(pg_uri a shop)" "$(pg_uri b '')"
check "with all rows" test "$(pg_sql b empty -Atc 'SELECT count(*) FROM edges')" = 6
check_exit 42 "and refuses to fill it twice" copy --data-only --rename shop=empty "$(pg_uri a shop)" "$(pg_uri b '')"
check "--exclude-table leaves out what stands on it" copy --exclude-table 'orders*' --exclude-table public.chicken --rename shop=less \
	"$(pg_uri a shop)" "$(pg_uri b '')"
check "the view is not there, and the rest is" test "$(pg_sql b less -Atc "SELECT to_regclass('orders'), to_regclass('zz_base'),
	to_regclass('chicken'), (SELECT count(*) FROM egg), (SELECT count(*) FROM edges)")" = '|||1|6'
check_exit 3 "a table that is not there is not copied in silence" copy --only-table 'ordres' --rename shop=none "$(pg_uri a shop)" "$(pg_uri b '')"
check "it is named" says 'only-table=ordres'

check "large objects that are left out are, with their owners, grants and comments" copy --exclude-table pg_catalog.pg_largeobject \
	--rename shop=nolarge "$(pg_uri a shop)" "$(pg_uri b '')"
check "they are not there" test "$(pg_sql b nolarge -Atc 'SELECT count(*) FROM pg_largeobject_metadata' -c 'SELECT count(*) FROM edges')" = $'0\n6'

# What a row is made of is not in errors; a lock is waited for as long as asked.
pg_sql a postgres -c 'CREATE DATABASE secret'
pg_sql a secret -c 'CREATE TABLE held (a int)' -c 'CREATE TABLE people (name text)' -c "INSERT INTO people VALUES ('Ada Lovelace')"
pg_sql b postgres -c 'CREATE DATABASE secret'
pg_sql b secret -c 'CREATE TABLE held (a int)' -c "CREATE TABLE people (name text CONSTRAINT short CHECK (length(name) < 5))"
check_exit 23 "a row that the destination does not take is a failure" copy --data-only "$(pg_uri a secret)" "$(pg_uri b secret)"
check "which names the constraint" says 'short'
check "and shows nothing of the row" not says 'Lovelace'
check "--only-table leaves out the others" copy --only-table 'peop*' --rename secret=people "$(pg_uri a secret)" "$(pg_uri b '')"
check "they are not there" test "$(pg_sql b people -Atc "SELECT to_regclass('held'), (SELECT count(*) FROM people)")" = '|1'
coproc LOCKER { "$PG_BIN/psql" -XAtq -h 127.0.0.1 -p "$(pg_var PORT a)" -U postgres secret; }
echo 'BEGIN; LOCK TABLE held; SELECT 1;' >&"${LOCKER[1]}"
read -r -t 60 -u "${LOCKER[0]}"
check_exit 23 "a table that somebody else has locked is waited for as long as asked" copy --lock-wait=1 "$(pg_uri a secret)" "$(pg_uri b locked)"
check "and named" says 'somebody else has locked public\.held.*lock timeout'
check_exit 23 "so it is by verify" "$DBDUMP" verify --lock-wait=1 "$(pg_uri a secret)" "$(pg_uri b secret)"
check "in the same words" says 'somebody else has locked public\.held.*lock timeout'
echo '\q' >&"${LOCKER[1]}"
wait

# Bad input.
pg_sql a postgres -c "CREATE ROLE poor LOGIN PASSWORD 'known only here'" -c 'CREATE DATABASE "--file=x" TEMPLATE template0'
check_exit 1 "an unknown scheme" copy oracle://x/y "$(pg_uri b x)"
check_exit 10 "nobody listens" copy "postgresql://postgres@127.0.0.1:1/shop" "$(pg_uri b x)"
check_exit 3 "a database that is not there" copy "$(pg_uri a nowhere)" "$(pg_uri b x)"
check "is named" says 'nowhere'
check "a database called like an option" copy "$(pg_uri a --file=x)" "$(pg_uri b --file=x)"
check "makes no file" not test -e x
check_exit 5 "a role that may not read" copy "$(pg_uri a shop | sed s/postgres@/poor@/)" "$(pg_uri b poor)"
check "says what it may not" says 'permission denied for'

# Passwords: the server asks for one from here on.
sed -i 's/trust$/scram-sha-256/' "$PG_ROOT/a/pg_hba.conf"
pg_sql a postgres -c 'CREATE DATABASE tiny' -c "ALTER ROLE postgres PASSWORD 'S3cret:\\p'" -c 'SELECT pg_reload_conf()' >/dev/null
asked=$(pg_uri a tiny)
check_exit 10 "a wrong password" copy "${asked/postgres@/postgres:wr0ng@}" "$(pg_uri b pw)"
check "is not shown" not says 'wr0ng'
# pg_dump, with a table made before it begins, by the password that it is handed; what it is told by its arguments and its environment is kept
cat >dumper <<END
#!/bin/bash
if [ "\$1" != --version ]; then
	printf '%s\n' "\$@" >>'$PWD/told'
	env >>'$PWD/told'
	psql -X -q -c "CREATE TABLE late_\$\$ ()" "\$1"
fi
exec '$PG_BIN/pg_dump' "\$@"
END
chmod +x dumper
late="SELECT count(*) FROM pg_tables WHERE tablename LIKE 'late%'"
check "the password of the URI is handed to pg_dump, and to nobody else" copy --pg-dump="$PWD/dumper" "${asked/postgres@/postgres:S3cret%3A%5Cp@}" "$(pg_uri b pw)"
check "it is not shown" not says 'S3cret'
check "a table that was made after the snapshot is not in the copy" test "$(pg_sql b pw -Atc "$late")" = 0
printf '127.0.0.1:%s:*:postgres:S3cret\\:\\\\p\n' "$(pg_var PORT a)" >passes
chmod 600 passes
check "a password file is honoured" env PGPASSFILE="$PWD/passes" "$DBDUMP" copy --drop-existing "$asked" "$(pg_uri b pw)"
check "PGPASSWORD is honoured" env PGPASSWORD='S3cret:\p' "$DBDUMP" copy --drop-existing --pg-dump="$PWD/dumper" "$asked" "$(pg_uri b pw)"
export PGPASSWORD='S3cret:\p'
check "(it was made, each time)" test "$(pg_sql a tiny -Atc "$late")" = 2
check "... nor in the arguments or the environment of pg_dump" not grep -E 'S3cret|PGPASS' told
check "(which were seen)" test "$(grep -cE '^(--snapshot=.|PATH=.)' told)" = 4

# Missing roles: a server that has never heard of them.
start_postgresql c
check "without --users a copy is whole but for what roles had" copy "$(pg_uri a shop)" "$(pg_uri c shop)"
check "which is told of each role" says 'role "Weird "role"" is not there'
check "and of each object" says 'role "owner1" is not at the destination.* owner table public\.no_key'
check "grants too" says 'role "app" is not at the destination.* grant table public\.no_key to app'
check "verify tells it as well, and finds no difference" "$DBDUMP" verify "$(pg_uri a shop)" "$(pg_uri c shop)"
check "by role" says 'role "owner1" is not at the destination.* owner table public\.no_key'
pg_sql c shop -c 'CREATE ROLE owner1' -c 'REVOKE USAGE ON SEQUENCE lonely FROM PUBLIC'
check_exit 40 "where the role is there another owner is a difference" "$DBDUMP" verify "$(pg_uri a shop)" "$(pg_uri c shop)"
check "named" says '^ +owner table public\.no_key is not at the destination'
check "so is a grant to everybody" says '^ +grant sequence public\.lonely to PUBLIC is not at the destination'
check "and none to a role that is not there" not says '^ +grant .* to app is'
check "all rows are there, and belong to who loads them" test "$(pg_sql c shop -Atc "SELECT count(*), (SELECT pg_get_userbyid(relowner) FROM pg_class
	WHERE relname = 'no_key') FROM no_key")" = '50|postgres'
stop_postgresql c

# One instant: money moves between two tables, and a log is written, all in one transaction.
pg_sql a postgres -c 'CREATE DATABASE bank'
pg_sql a bank -f - <<'END'
CREATE TABLE one (id int PRIMARY KEY, v bigint);
CREATE TABLE two (id int PRIMARY KEY, v bigint);
CREATE TABLE log (n bigserial PRIMARY KEY, v bigint, pad text);
INSERT INTO one SELECT i, 1000 FROM generate_series(1, 20000) i;
INSERT INTO two SELECT i, 1000 FROM generate_series(1, 20000) i;
END
cat >move.sql <<'MOVE'
\set i random(1, 20000)
\set x random(1, 50)
BEGIN;
UPDATE one SET v = v - :x WHERE id = :i;
UPDATE two SET v = v + :x WHERE id = :i;
INSERT INTO log (v, pad) VALUES (:x, repeat('x', 100));
END;
MOVE
"$PG_BIN/pgbench" -n -h 127.0.0.1 -p "$(pg_var PORT a)" -U postgres -c 3 -T 600 -f move.sql bank >/dev/null 2>&1 &
writer=$!
stop_writer()
{
	kill "$writer" 2>/dev/null
	wait "$writer" 2>/dev/null
}
at_exit stop_writer
check "the writer has begun" timeout 60 bash -c "until [ \"\$('$PG_BIN/psql' -XAt -h 127.0.0.1 -p $(pg_var PORT a) -U postgres bank \
	-c 'SELECT count(*) > 100 FROM log')\" = t ]; do :; done"
before=$(pg_sql a bank -Atc 'SELECT pg_current_wal_lsn()')
check "a copy while others write is verified against its snapshot" copy --json --json-fd 3 "$(pg_uri a bank)" "$(pg_uri b bank)" 3>events
stop_writer
stood=$(jq -r 'select(.event == "report") | .snapshots[0].position' events)
check "it says where the log was then" pg_sql a bank -c "SELECT 1 / ('${stood#lsn }'::pg_lsn > '$before' AND '${stood#lsn }'::pg_lsn < pg_current_wal_lsn())::int"
check "and is of one instant" test "$(pg_sql b bank -Atc 'SELECT (SELECT sum(v) FROM one) + (SELECT sum(v) FROM two), (SELECT sum(v) FROM two) -
	20000000 = (SELECT sum(v) FROM log), (SELECT max(n) FROM log) <= (SELECT last_value FROM log_n_seq)')" = '40000000|t|t'

# A table in ranges of its pages, some of which are empty. Its statements are in the server's log.
pg_sql a postgres -c 'CREATE DATABASE ranges' -c 'ALTER DATABASE ranges SET log_statement = "all"'
pg_sql a ranges -c "CREATE TABLE r AS SELECT i AS id, repeat('x', 1000) AS pad FROM generate_series(1, 30000) i" -c 'DELETE FROM r WHERE id BETWEEN 5000 AND 9000'
check "a large table is copied" copy "$(pg_uri a ranges)" "$(pg_uri b '')"
check "in ranges" test "$(grep -c "statement: COPY .*WHERE ctid IS NOT NULL AND ctid .*TO STDOUT" "$PG_ROOT/a.log")" -ge 3
check "none of which is missing, or twice" pg_same_databases ranges ranges

# Rows counted alone; others' statements, which end when the lock that they wait for is free.
pg_sql a postgres -c 'CREATE DATABASE few'
pg_sql a few -c 'CREATE TABLE t AS SELECT generate_series(1, 4999) AS id' -c 'CREATE MATERIALIZED VIEW stale AS SELECT count(*) AS n FROM t' \
	-c 'INSERT INTO t VALUES (5000)'
check "rows are counted" copy --verify=counts "$(pg_uri a few)" "$(pg_uri b '')"
check "and found to be as many" says '^OK: 1 table, 5,000 rows'
check "what a materialised view no longer was is computed anew" test "$(pg_sql a few -Atc 'TABLE stale') $(pg_sql b few -Atc 'TABLE stale')" = '4999 5000'
check "and is no difference" "$DBDUMP" verify "$(pg_uri a few)" "$(pg_uri b few)"
pg_sql b few -c 'UPDATE t SET id = -1 WHERE id = 7'
check "other content is not seen by counts" "$DBDUMP" verify --verify=counts "$(pg_uri a few)" "$(pg_uri b few)"
pg_sql b few -c 'DELETE FROM t WHERE id = -1'
check_exit 40 "a row less is" "$DBDUMP" verify --verify=counts "$(pg_uri a few)" "$(pg_uri b few)"
check "the table is named" says 'public\.t'
mkfifo holder
pg_sql a postgres <holder >held.lock &
others=$!
exec 7>holder
echo 'SELECT pg_advisory_lock(7);' >&7
# becomes SQL
becomes()
{
	local end=$((SECONDS + 60))
	until [ "$(pg_sql a postgres -Atc "$1")" = t ]; do
		[ "$SECONDS" -lt "$end" ] || return 1
	done
}
check "a lock is held" becomes "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
for _ in 1 2 3; do
	pg_sql a postgres -o /dev/null -c 'SELECT pg_advisory_lock_shared(7)' 7>&- &
	others+=" $!"
done
check "three statements wait for it" becomes "SELECT count(*) = 3 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
check "as many as --max-load says do not hold a copy, nor do its own" copy --drop-existing --jobs=4 --max-load=3 "$(pg_uri a few)" "$(pg_uri b '')"
check_exit 41 "one more does" copy --drop-existing --jobs=4 --max-load=2 --deadline=+2 "$(pg_uri a few)" "$(pg_uri b '')"
copy --drop-existing --max-load=2 "$(pg_uri a few)" "$(pg_uri b '')" >held.out 2>&1 7>&- &
held=$!
check "a copy that is held" becomes "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = 'few'"
exec 7>&-
# shellcheck disable=SC2086 # several
wait $others
wait "$held"
check "goes on when they have ended" ended $? held.out

# DDL of others: neither held up by us nor mixed in.
pg_sql a postgres -c 'CREATE DATABASE ddl'
pg_sql a ddl -c 'CREATE TABLE cut AS SELECT generate_series(1, 1000) a' -c 'CREATE TABLE swapped (a int, b int)' \
	-c 'INSERT INTO swapped SELECT 1, 2' -c 'CREATE TABLE gone (a int)' -c 'CREATE TABLE widened (a int)' \
	-c 'CREATE TABLE trap (a int)' -c 'CREATE TABLE changed AS SELECT generate_series(1, 100000) a' -c 'CREATE TABLE ran (a int)' \
	-c "CREATE FUNCTION run() RETURNS int LANGUAGE sql AS 'INSERT INTO public.ran VALUES (1) RETURNING 1'"
coproc STEPS { "$BIN_TEST/pg_steps" "$(pg_uri a ddl)"; }
# step WANTED COMMAND - the program's answer matches
step()
{
	local answer
	[ -z "${2:-}" ] || printf '%s\n' "$2" >&"${STEPS[1]}"
	IFS= read -r -t 60 answer <&"${STEPS[0]}"
	[[ $answer =~ $1 ]] || {
		echo "$answer"
		return 1
	}
}
check "a snapshot is taken" step '^ok'
pg_sql a ddl -c 'TRUNCATE cut' -c 'ALTER TABLE swapped RENAME a TO c' -c 'ALTER TABLE swapped RENAME b TO a' -c 'ALTER TABLE swapped RENAME c TO b' \
	-c 'DROP TABLE gone' -c 'ALTER TABLE widened ADD b int' -c 'DROP TABLE trap' -c 'CREATE VIEW trap AS SELECT public.run() AS a' -c 'DELETE FROM changed'
check "a table that was emptied is not taken for empty" step 'cut.*truncated' 'begin cut'
check "columns that changed their names are not mixed up" step 'swapped.*altered' 'begin swapped'
check "a table that is gone is named" step 'gone.*dropped' 'begin gone'
check "so is one that has a new column" step 'widened.*altered' 'begin widened'
check "a view in a table's place is not read" step 'trap' 'begin trap'
check "and what it would run does not run" test "$(pg_sql a ddl -Atc 'SELECT count(*) FROM ran')" = 0
check "rows deleted meanwhile" step '^ok' 'begin changed'
check "are read" step '^ok 100000$' 'read'
check "while DDL has to wait" not pg_sql a ddl -c 'SET lock_timeout = 1' -c 'ALTER TABLE changed ADD b int'
check "until they are read" step '^ok' 'end'
check "and no longer" pg_sql a ddl -c 'SET lock_timeout = 1000' -c 'ALTER TABLE changed ADD b int'
check "a break" step '^ok' 'cancel'
check "ends what comes" step '^-4 ' 'begin cut'
echo quit >&"${STEPS[1]}"
wait

finish
