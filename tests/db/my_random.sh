#!/usr/bin/env bash
# dbdump copies schemas and rows that chance has made, whole, by each way that rows go in
# modes: release
# takes: 15
#
# By hand, for as many as you like: SEEDS='1 200' tests/db/my_random.sh
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

BATCH=2 # databases in a run
ways=(bulk file insert)
read -r first last <<<"${SEEDS:-1 6}"
start_mariadb a || exit 1
start_mariadb b || exit 1

# copied SEED... - their databases, of which at least one table each has come to be: MariaDB takes not all that chance makes
# shellcheck disable=SC2317
copied()
{
	local seed databases=() tables
	for seed; do
		awk -v seed="$seed" -f "$ROOT/tests/db/random.awk" -f "$ROOT/tests/db/my_random.awk" >"$TEST_TMP/$seed.sql"
		mariadb_sql a --force <"$TEST_TMP/$seed.sql" >"$TEST_TMP/made" 2>&1
		databases+=("rnd_$seed")
		tables=$(mariadb_sql a -e "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'rnd_$seed'")
		[ "$tables" -ge 1 ] || cat "$TEST_TMP/made"
		[ "$tables" -ge 1 ] || return
	done
	copy 'rnd_*' && same_databases a b "${databases[@]}"
}

for ((seed = first; seed <= last; seed += BATCH)); do
	mapfile -t seeds < <(seq "$seed" $((seed + BATCH - 1 < last ? seed + BATCH - 1 : last)))
	row_way=${ways[seed / BATCH % 3]}
	check "what chance made of the seeds ${seeds[*]} is copied whole" copied "${seeds[@]}"
	for name in a b; do
		printf 'DROP DATABASE IF EXISTS rnd_%d;\n' "${seeds[@]}" | mariadb_sql "$name"
	done
done

finish
