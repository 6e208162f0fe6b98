#!/usr/bin/env bash
# dbdump copies PostgreSQL's schemas and rows that chance has made, whole
# modes: release
# takes: 15
#
# By hand, for as many as you like: SEEDS='1 200' tests/db/pg_random.sh
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/postgresql.sh
. "$(dirname "$0")/postgresql.sh"

read -r first last <<<"${SEEDS:-1 2}"
start_postgresql a && start_postgresql b || exit 1

# copied SEED - its database, in which at least two tables have come to be
# shellcheck disable=SC2317
copied()
{
	local db=rnd_$1 tables
	awk -v seed="$1" -f "$ROOT/tests/db/random.awk" -f "$ROOT/tests/db/pg_random.awk" >"$TEST_TMP/$1.sql"
	pg_sql a postgres -c "CREATE DATABASE $db" || return
	pg_sql a "$db" -v ON_ERROR_STOP=0 -o /dev/null -f "$TEST_TMP/$1.sql" >"$TEST_TMP/made" 2>&1
	tables=$(pg_sql a "$db" -Atc "SELECT count(*) FROM pg_tables WHERE schemaname = 'rnd'")
	[ "$tables" -ge 2 ] || cat "$TEST_TMP/made"
	[ "$tables" -ge 2 ] && "$DBDUMP" copy "$(pg_uri a "$db")" "$(pg_uri b "$db")" && pg_same_databases "$db" "$db"
}

for ((seed = first; seed <= last; seed++)); do
	check "what chance made of the seed $seed is copied whole" copied "$seed"
	for name in a b; do
		pg_sql "$name" postgres -c "DROP DATABASE IF EXISTS rnd_$seed" 2>/dev/null
	done
done

finish
