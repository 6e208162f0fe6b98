#!/usr/bin/env bash
# demo_campaign.sh - the part of demo.sh that is about a whole move: a client's server with three accounts (files, mail, MariaDB and
# PostgreSQL databases) goes through the procedure's eight steps, to a transit server and home again. One account is rolled back
# because its window cannot be kept, and one because its client says so; then the report is printed, and all rows, files and messages
# are compared with what they were.
# shellcheck disable=SC2016,SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$ROOT/tests/db/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"
# shellcheck source=tests/campaign_kit.sh
. "$ROOT/tests/campaign_kit.sh"

say()
{
	printf '\n=== %s\n' "$*"
}

# must COMMAND... - shows it; the demo ends when it fails
must()
{
	printf '$ %s\n' "${*/#as_client/scheduler --as \'client anna\'}"
	"$@" || {
		tail -n 30 "$KIT/log"
		echo "demo: FAILED: $*"
		exit 1
	}
}

kit_servers && kit_hooks && kit_emptied || exit 1
kit_world >"$KIT/made" || { cat "$KIT/made"; exit 1; }
kit_judge before a a "$A" || exit 1
kit_serve

say "Steps 1 to 3: the accounts are ready, a transit server of the same kind is found, files and mail go ahead"
kit_bring_out blog shop wiki >"$KIT/out" || { cat "$KIT/out" "$KIT/log"; exit 1; }
must scheduler status anna

say "Step 4: the client sees how long it will be down, and presses the button"
must as_client account estimate anna/blog
must as_client account request anna/blog --now
kit_until is away state_of blog || exit 1

say "wiki's databases are made slow: its window cannot be kept, so it is rolled back in time; shop is given up by its client"
echo 'case $1 in copy) more=(--bwlimit=10) ;; esac' >"$KIT/on_dbdump"
must as_client account request anna/wiki --now
kit_until grep -q 'anna/wiki rolling-back' "$KIT/log" && kit_until is ready state_of wiki || exit 1
must as_client account request anna/shop --now
kit_until grep -q 'anna/shop: freezing -> copying' "$KIT/log" || exit 1
must as_client account rollback anna/shop
kit_until is ready state_of shop || exit 1
rm "$KIT/on_dbdump"
for name in shop wiki; do
	must as_client account request "anna/$name" --now
	kit_until is away state_of "$name" || exit 1
done

say "Steps 5 and 6: the client confirms, an inventory finds nothing that nobody claims, and the server is reinstalled"
for name in blog shop wiki; do
	as_client account confirm "anna/$name" >/dev/null || exit 1
done
must as_client campaign reinstall anna
kit_until is rerouted campaign_state || exit 1
must scheduler campaign go anna
kit_until is back campaign_state || exit 1

say "Steps 7 and 8: home again"
for name in blog shop wiki; do
	must scheduler account request "anna/$name" --now
	kit_until is home state_of "$name" || exit 1
done
kit_until is held campaign_state || exit 1
must scheduler campaign release anna
kit_until is 'done' campaign_state || exit 1

say "The report"
must scheduler report anna
must scheduler bill anna

say "Judges that know nothing of all this: mariadb-dump, pg_dump, find and b2sum, before and after"
kit_judge after a a "$A" || exit 1
for what in rows mariadb postgresql home mail; do
	diff "$KIT/judged.before/$what" "$KIT/judged.after/$what" || exit 1
	echo "$what: the same as before"
done
