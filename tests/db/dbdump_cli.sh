#!/usr/bin/env bash
# dbdump's command line: whatever is wrong is named, with a status of its own, and no password is ever shown; what is told
# can be read by programs; verify finds a changed row and a changed object of each kind; a signal ends a copy with a report.
# modes: release
# takes: 80
# What check runs looks unreachable to shellcheck, and the programs of bash -c are to be expanded there.
# shellcheck disable=SC2016,SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$ROOT/tests/db/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"

secret=hunter2secret

# refused STATUS PATTERN SENTENCE ARGUMENT... - dbdump ends so, says so in one line, and does not show the password.
refused()
{
	local status=$1 pattern=$2 sentence=$3
	shift 3
	check_exit "$status" "$sentence" "$DBDUMP" "$@"
	check "... and says so: $pattern" says "^dbdump: error: .*$pattern"
	check "... without the password" not grep -F "$secret" "$TEST_TMP/out"
}

# Usage. No server is asked.

refused 1 'unknown option --nonesuch' "an unknown option is refused" copy --nonesuch mysql://a/x mysql://b/
refused 1 'nonesuch: no such command' "so is an unknown command" nonesuch
refused 1 'needs a source and a destination' "so is an operand too few" copy "mysql://u:$secret@a/x"
refused 1 'option --jobs: "mysql://u:\*@a/x"' "so is a URI in a wrong place" copy --jobs "mysql://u:$secret@a/x" mysql://b/
refused 1 'redis' "so is an unknown scheme" copy "redis://u:$secret@a/x" mysql://b/
refused 1 'from MariaDB to PostgreSQL there is no way' "so are two kinds" copy "mysql://u:$secret@a/x" "postgresql://u:$secret@b/"
refused 10 '127.0.0.1' "a server that is not there is no connection" copy "mysql://u:$secret@127.0.0.1:1/x" mysql://127.0.0.1:1/
refused 1 'default-file: No such file' "a file of passwords that is not there is named" size "mysql://u:$secret@127.0.0.1:1/?default-file=/nonesuch"
refused 10 '127.0.0.1' "nor is the other one" size "postgresql://u:$secret@127.0.0.1:1/x"

# Two servers of each kind, and a shop.

for name in ma mb; do start_mariadb $name || exit 1; done
for name in a b; do start_postgresql $name || exit 1; done
check "a shop is made in MariaDB" mariadb_sql ma <<'SQL'
	CREATE DATABASE shop; USE shop;
	CREATE TABLE customers (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(60), KEY by_name (name));
	CREATE TABLE orders (id INT PRIMARY KEY, customer INT, note TEXT, FOREIGN KEY orders_customer (customer) REFERENCES customers (id));
	CREATE TABLE log (line TEXT);
	CREATE TABLE archive (id INT PRIMARY KEY);
	INSERT INTO customers (name) SELECT concat('customer ', seq) FROM seq_1_to_5000;
	INSERT INTO orders SELECT seq, seq % 5000 + 1, repeat(seq, 40) FROM seq_1_to_20000;
	INSERT INTO log VALUES ('twice'), ('twice');
	CREATE VIEW names AS SELECT name FROM customers;
	CREATE TRIGGER stamp BEFORE INSERT ON log FOR EACH ROW SET NEW.line = concat(NEW.line, '.');
	CREATE FUNCTION twice(x INT) RETURNS INT DETERMINISTIC RETURN 2 * x;
	CREATE PROCEDURE nothing() SELECT 1;
	CREATE EVENT tidy ON SCHEDULE EVERY 1 DAY DO DELETE FROM log;
	CREATE SEQUENCE numbers START WITH 100;
SQL
pg_sql a postgres -c 'CREATE DATABASE shop'
check "a shop is made in PostgreSQL" pg_sql a shop <<'SQL'
	CREATE TYPE state AS ENUM ('new', 'paid');
	CREATE TABLE customers (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text CHECK (name <> ''), state state DEFAULT 'new');
	CREATE INDEX by_name ON customers (name);
	CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers, note text);
	CREATE TABLE log (line text);
	INSERT INTO customers (name) SELECT 'customer ' || i FROM generate_series(1, 5000) i;
	INSERT INTO orders SELECT i, i % 5000 + 1, repeat(i::text, 40) FROM generate_series(1, 20000) i;
	INSERT INTO log VALUES ('twice'), ('twice');
	CREATE VIEW names AS SELECT name FROM customers;
	CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM orders;
	CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql AS 'SELECT 2 * x';
	CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.line := NEW.line || ''.''; RETURN NEW; END';
	CREATE TRIGGER stamp BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION stamp();
	CREATE SEQUENCE numbers START 100;
	ALTER TABLE log ENABLE ROW LEVEL SECURITY;
	CREATE POLICY mine ON log USING (line <> 'other');
	COMMENT ON TABLE log IS 'what happened';
	GRANT SELECT ON customers TO PUBLIC;
SQL
mariadb_user ma reader "$secret" "SELECT ON shop.customers"
mariadb_user mb reader "$secret" "SELECT ON *.*"
pg_sql a postgres -c "CREATE ROLE reader LOGIN PASSWORD '$secret'"
pg_sql b postgres -c "CREATE ROLE reader LOGIN PASSWORD '$secret'"

ma_port=$(mariadb_port ma) mb_port=$(mariadb_port mb)
from=$(mariadb_uri ma shop) to=$(mariadb_uri mb)

# What is wrong with a server, or with who asks it.

refused 10 'reader' "MariaDB: a wrong password is refused" size "mysql://reader:not$secret@127.0.0.1:$ma_port/shop?default-file=/dev/null"
refused 3 'nonesuch' "MariaDB: so is a database that is not there" copy "$(mariadb_uri ma nonesuch)" "$to"
refused 5 'privilege' "MariaDB: so is a destination where nothing may be made" copy "$from" \
	"mysql://reader:$secret@127.0.0.1:$mb_port/?default-file=/dev/null"
refused 3 'nonesuch' "PostgreSQL: so is a database that is not there" copy "$(pg_uri a nonesuch)" "$(pg_uri b '')"
refused 5 'privilege|permission' "PostgreSQL: so is a source that may not be read" copy \
	"postgresql://reader:$secret@127.0.0.1:$(pg_var PORT a)/shop" "$(pg_uri b '')"

# The arguments of a process that waits for a server which does not answer.
hides_password()
{
	local pid shown='' since=$SECONDS
	kill -STOP "$(cat "$TEST_TMP/ma/pid")"
	"$DBDUMP" size "mysql://reader:$secret@127.0.0.1:$ma_port/shop?default-file=/dev/null" >"$TEST_TMP/waits" 2>&1 &
	pid=$!
	until [[ $shown == *"://reader:*@"* ]] || [ $((SECONDS - since)) -gt 60 ]; do
		shown=$(tr '\0' ' ' <"/proc/$pid/cmdline")
	done
	ps -o args= -p "$pid"
	kill -CONT "$(cat "$TEST_TMP/ma/pid")"
	wait "$pid"
	cat "$TEST_TMP/waits"
	[[ $shown == *"size mysql://reader:*@127.0.0.1:$ma_port/shop?default-file=/dev/null"* ]]
}
check "the password in a URI leaves the process list" hides_password
check "... in ps as well, and is not in what is printed" not grep -F "$secret" "$TEST_TMP/out"

# A copy, as a program hears of it.

# json_is_good VERB KIND... - of each kind there are some, as many at either end
json_is_good()
{
	jq -es --arg verb "$1" '
		.[0].event == "start" and .[0].verb == $verb and (.[0] | has("source") and has("destination")) and
		(all(.[]; has("time"))) and ([.[] | select(.event == "progress")] | length > 0 and
			all(.[]; has("phase") and has("done_bytes") and has("total_bytes") and has("done_items") and has("total_items")
				and has("bytes_per_s") and has("eta_s") and .done_bytes <= .total_bytes)) and
		(.[-1] | .event == "report" and .ok and .exit == 0 and .items.total == .items.copied and .items.failed == 0 and
			.bytes.total > 0 and .seconds.total > 0 and (.digest | length == 32) and .digest == .peer_digest and
			.failures == [] and .proof == "rows" and all(.kinds[]; .source == .target and .different == 0) and
			$ARGS.positional - [.kinds[] | select(.source > 0).kind] == [])' "$TEST_TMP/events" --args "${@:2}" || {
		cat "$TEST_TMP/events"
		return 1
	}
}
check "MariaDB: a copy goes well" bash -c '"$DBDUMP" copy --json-fd 3 "$0" "$1" 3>"$TEST_TMP/events"' "$from" "$to"
check "... and its events can be read by a program" json_is_good copy database table view trigger function procedure event sequence
check "PostgreSQL: a copy goes well" bash -c '"$DBDUMP" copy --json "$0" "$1" >"$TEST_TMP/events"' "$(pg_uri a shop)" "$(pg_uri b '')"
check "... and its events can be read by a program" json_is_good copy table index view "materialized view" trigger function sequence type constraint policy comment grant
refused 42 'not empty' "MariaDB: a destination that is not empty is refused" copy "$from" "$to"
refused 42 'not empty.*--drop-existing replaces it' "PostgreSQL: so it is here" copy "$(pg_uri a shop)" "$(pg_uri b shop)"
check "with a reader that goes away a copy goes on" bash -c '
	"$DBDUMP" copy --json --drop-existing "$0" "$1" | head -n 1 >"$TEST_TMP/first"; [ "${PIPESTATUS[0]}" -eq 11 ]' "$from" "$to"
check_exit 0 "two databases that are the same are equal" "$DBDUMP" verify "$from" "$to"
check "... which is said in the first line" says '^EQUAL: 4 tables, 2[0-9],[0-9]{3} rows$'
check "... and by what" says '^  digest +[0-9a-f]{32}, equal at both ends'

# Ended by a signal, when the first rows are there. (A second one would end it at once.)
ends_early()
{
	local fd line pid='' status=''
	exec {fd}< <("$DBDUMP" copy --json --bwlimit=64 --rename shop=slow "$from" "$to" 2>&1; echo "status $?")
	while read -r -t 60 -u "$fd" line; do
		printf '%s\n' "$line"
		case $line in
		*'"event":"start"'*) pid=$(jq .pid <<<"$line") ;;
		*'"event":"progress"'*) [ -z "$pid" ] || kill "-$1" "$pid" && pid='' ;;
		'status '*) status=$line ;;
		esac
	done >"$TEST_TMP/ended"
	exec {fd}<&-
	cat "$TEST_TMP/ended"
	[ "$status" = 'status 20' ] && grep '"event":"report"' "$TEST_TMP/ended" | jq -e '.exit == 20 and (.ok | not)'
}
check "SIGTERM ends a copy with a report" ends_early TERM
check "... and the destination can be copied to again" "$DBDUMP" copy -q --drop-existing --rename shop=slow "$from" "$to"

# --drop-existing never drops what is being copied, nor what nobody asked for.

by_port() { printf 'mysql://shopper:%s@127.0.0.1:%s/%s?default-file=/dev/null' "$secret" "$(mariadb_port "$1")" "$2"; }
mariadb_user ma shopper "$secret" "ALL PRIVILEGES ON *.*"
refused 42 "source's own server" "MariaDB: a database into itself, by another way to the server" copy --drop-existing "$from" "$(by_port ma '')"
refused 42 "source's own server" "MariaDB: nor by a name of another that is copied" copy --drop-existing --rename shop=sh2 --rename sh2=shop \
	"$(mariadb_sql ma -e 'CREATE DATABASE sh2' && mariadb_uri ma 'shop,sh2')" "$(by_port ma '')"
check "... it is as it was" test "$(mariadb_sql ma shop -e 'SELECT COUNT(*) FROM orders')" = 20000
refused 42 "source's own server" "PostgreSQL: a database into itself" copy --drop-existing "$(pg_uri a shop)" "$(pg_uri a '')"
check "... it is as it was" test "$(pg_sql a shop -At -c 'SELECT count(*) FROM orders')" = 20000
refused 42 'is not empty.*replaces whole databases' "PostgreSQL: --only-table does not drop the other tables" \
	copy --drop-existing --only-table=orders "$(pg_uri a shop)" "$(pg_uri b shop)"
check "... they are there" test "$(pg_sql b shop -At -c 'SELECT count(*) FROM customers')" = 5000

# A server goes silent, as one does whose host or storage hangs.

# silent PID ARGUMENT... - a copy; when the first rows have gone the server is stopped, all processes of it, and with --deadline
# among the arguments nothing else, else the copy gets SIGTERM. It is the copy's status.
silent()
{
	local server=$1 fd line pid='' status='' pids=()
	shift
	exec {fd}< <("$DBDUMP" copy --json --bwlimit=64 --drop-existing --rename shop=silent "$@" 2>&1; echo "status $?")
	while read -r -t 60 -u "$fd" line; do
		printf '%s\n' "$line"
		case $line in
		*'"event":"start"'*) pid=$(jq .pid <<<"$line") ;;
		*'"phase":"copy"'*)
			[ -n "$pid" ] || continue
			mapfile -t pids < <(echo "$server"; pgrep -P "$server")
			kill -STOP "${pids[@]}"
			[[ $1 == --deadline* ]] || kill "$pid"
			pid=
			;;
		'status '*) status=${line#status } ;;
		esac
	done
	exec {fd}<&-
	[ ${#pids[@]} -eq 0 ] || kill -CONT "${pids[@]}"
	return "${status:-124}"
}

# both_end STATUS MARIADB POSTGRESQL ARGUMENT... - copies of both kinds end so while that server of theirs is silent
both_end()
{
	local want=$1 my pg
	silent "$(cat "$TEST_TMP/$2/pid")" "${@:4}" "$from" "$to" >"$TEST_TMP/silent" &
	my=$!
	silent "$(pg_var PID "$3")" "${@:4}" "$(pg_uri a shop)" "$(pg_uri b '')" >"$TEST_TMP/pg_silent" &
	pg=$!
	wait "$my"
	my=$?
	wait "$pg"
	pg=$?
	cat "$TEST_TMP/silent" "$TEST_TMP/pg_silent"
	echo "$my $pg"
	[ "$my $pg" = "$want $want" ] && [ "$(cat "$TEST_TMP/silent" "$TEST_TMP/pg_silent" | grep -c '"event":"report"')" = 2 ]
}
check "SIGTERM ends a copy from a server that is silent" both_end 20 ma a
check "a deadline ends one to a server that is silent" both_end 41 mb b --deadline=+3
check "and the servers are well" "$DBDUMP" copy -q --drop-existing --rename shop=silent "$from" "$to"

# Sizes.

check_exit 0 "MariaDB: the size of a database is told" "$DBDUMP" size "$from"
check "... the largest table first" says '^ +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]*[1-9][0-9]* +[0-9]+\.[0-9]{3} +[0-9,]+  shop\.orders$'
check "... and the seconds of a copy" says 'a copy should take (a second or two|[0-9.]+ s)$'
check "MariaDB: it is what the server says" bash -c '[ "$("$DBDUMP" size --json "$0" | jq "select(.event == \"report\").bytes.total")" = "$1" ]' \
	"$from" "$(mariadb_sql ma -e "SELECT sum(data_length + index_length) FROM information_schema.tables WHERE table_schema = 'shop' AND table_type = 'BASE TABLE'")"
check "PostgreSQL: it is what the server says" bash -c '[ "$("$DBDUMP" size --json "$0" |
	jq "select(.event == \"item\" and .item == \"orders\").bytes")" = "$1" ]' "$(pg_uri a shop)" \
	"$(pg_sql a shop -A -t -c "SELECT pg_total_relation_size('orders')")"

# Differences. Each is made at the destination.

# differs WHAT PATTERN - what the last verify said of it.
differs()
{
	check "... of $1" says "$2"
}
mariadb_sql mb shop >/dev/null <<'SQL'
	UPDATE customers SET name = 'Somebody' WHERE id = 4711;
	DELETE FROM log LIMIT 1;
	DELETE FROM orders WHERE id = 17;
	INSERT INTO orders VALUES (99999, 1, 'new');
	ALTER TABLE archive ADD COLUMN more INT;
	ALTER TABLE customers DROP KEY by_name;
	CREATE OR REPLACE VIEW names AS SELECT id FROM customers;
	DROP TRIGGER stamp;
	CREATE OR REPLACE FUNCTION twice(x INT) RETURNS INT DETERMINISTIC RETURN 3 * x;
	CREATE OR REPLACE PROCEDURE nothing() SELECT 2;
	ALTER EVENT tidy ON SCHEDULE EVERY 2 DAY;
	SELECT nextval(numbers);
	CREATE TABLE unknown (id INT);
SQL
check_exit 40 "MariaDB: verify finds the difference" "$DBDUMP" verify "$from" "$to"
differs "a changed row, by its key" 'changed id=4711$'
differs "a row that is missing" 'missing id=17$'
differs "a row that is only there" 'extra id=99999$'
differs "one of two equal rows without a key" 'shop\.log: DIFFERENT, 2 rows, 1 at the destination'
differs "a table" 'table shop\.archive is defined otherwise'
differs "a table that is only there" 'table shop\.unknown is only at the destination'
differs "an index" '(table|index) shop\.customers(\.by_name)? is '
differs "a view" 'view shop\.names is defined otherwise'
differs "a trigger" 'trigger shop\.(log\.)?stamp is not at the destination'
differs "a function" 'function shop\.twice is defined otherwise'
differs "a procedure" 'procedure shop\.nothing is defined otherwise'
differs "an event" 'event shop\.tidy is defined otherwise'
differs "a sequence" '(sequence shop|shop)\.numbers'
check "... and nothing else" not grep -E 'orders (is|.*not at)|customers: equal' "$TEST_TMP/out"

pg_sql b shop >/dev/null <<'SQL'
	UPDATE customers SET name = 'Somebody' WHERE id = 4711;
	DELETE FROM orders WHERE id = 17;
	ALTER TABLE log ADD COLUMN more int;
	DROP INDEX by_name;
	CREATE UNIQUE INDEX by_name ON customers (name, id);
	CREATE OR REPLACE VIEW names AS SELECT lower(name) AS name FROM customers;
	DROP MATERIALIZED VIEW counts;
	CREATE OR REPLACE FUNCTION twice(x int) RETURNS int LANGUAGE sql AS 'SELECT 3 * x';
	DROP TRIGGER stamp ON log;
	SELECT nextval('numbers');
	ALTER TYPE state ADD VALUE 'sent';
	ALTER TABLE customers DROP CONSTRAINT customers_name_check;
	ALTER POLICY mine ON log USING (true);
	COMMENT ON TABLE log IS 'something else';
	REVOKE SELECT ON customers FROM PUBLIC;
SQL
check_exit 40 "PostgreSQL: verify finds the difference" "$DBDUMP" verify "$(pg_uri a shop)" "$(pg_uri b shop)"
differs "a changed row, by its key" 'changed id=4711$'
differs "a row that is missing" 'missing id=17$'
differs "a table" 'table public\.log is defined otherwise'
differs "an index" 'index public\.(customers\.)?by_name is defined otherwise'
differs "a view" 'view public\.names is defined otherwise'
differs "a materialised view" 'view public\.counts is not at the destination'
differs "a function" 'function public\.twice.* is defined otherwise'
differs "a trigger" 'trigger public\.log.* is not at the destination'
differs "a sequence" 'sequence public\.numbers is defined otherwise'
differs "a type" 'type public\.state is defined otherwise'
differs "a constraint" 'constraint public\..*customers_name_check is not at the destination'
differs "a policy" 'policy public\.log.* is defined otherwise'
differs "a comment" 'comment .*log is defined otherwise'
differs "a grant" 'grant .*customers.* is '
finish
