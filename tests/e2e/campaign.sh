#!/usr/bin/env bash
# a campaign goes through its eight steps: three accounts out and home, whatever happens on the way, and nothing is lost
# modes: release
# takes: 110
# shellcheck disable=SC2016,SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/db/mariadb.sh
. "$ROOT/tests/db/mariadb.sh"
# shellcheck source=tests/db/postgresql.sh
. "$ROOT/tests/db/postgresql.sh"
# shellcheck source=tests/campaign_kit.sh
. "$ROOT/tests/campaign_kit.sh"

kit_servers || exit 1
kit_hooks
kit_emptied
check "servers, a campaign and three accounts" kit_world || exit 1
check "all that they are" kit_judge before a a "$A"
kit_serve

# cutover_of NAME - its last one, as JSON
cutover_of()
{
	scheduler report anna --format=json | jq -c --arg name "$1" 'select(.event == "cutover" and .account == $name)' | tail -n 1
}

last_state()
{
	cutover_of "$1" | jq -r .state
}

last_cause()
{
	cutover_of "$1" | jq -r .cause
}

# Out.

# Step 1: a rehearsal, on a server that serves nobody.

check "a test server" scheduler server add test1 --ssh localhost --rsh "$SSH_CMD" --root "$KIT/test1" --mariadb "$(mariadb_uri t)" \
	--postgresql "$(pg_uri t '')"
check_exit 42 "a rehearsal drops databases: not at a server that serves" scheduler account rehearse anna/blog --on web1
check "it says whose that is" says "server web1 is campaign anna's"
check "the databases are copied onto the test server" scheduler account rehearse anna/blog --on test1
check "it says how long a gigabyte takes" says 'copy s per gb *[1-9]'
check "nothing of it stays there" is 0 on t "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'blog'"

check_exit 42 "no request before all accounts are ready" as_client campaign request anna
check "steps 1 to 4: files and mail were copied ahead, onto a transit server of the same kind" kit_bring_out blog shop wiki
check "what was copied ahead is there" cmp "$A/home/shop/www/data" "$T/home/shop/www/data"
# By hand, while nothing is copied ahead.

kill "$kit_daemon"
wait "$kit_daemon"
rm "$T/home/shop/www/data"
check "a resync says what it would change" scheduler resync anna/shop
check "by part" says '^  files /home/shop: [12] to copy or change, 0 to delete'
check "and changes nothing" [ ! -e "$T/home/shop/www/data" ]
check_exit 42 "another one was not tried" scheduler resync anna/shop --part files --go
check "nor is this one refused that was" scheduler resync anna/shop --go
check "with its proof" says 'postgresql: replaced' 'rows, digest .*, equal at both ends'
check "files are the same" cmp "$A/home/shop/www/data" "$T/home/shop/www/data"
check "and so are databases" diff <(pg_rows_of a shop) <(pg_rows_of t shop)
check_exit 42 "not onto the side that serves it" scheduler resync anna/shop --to web1
check "it says why" says 'is served by web1.*--force'
check_exit 1 "nor of what it does not have" scheduler resync anna/shop --part mail
check_exit 42 "nor is it a client's to do" as_client resync anna/shop
check "all of that is on record" jq -se 'map(.what) | index("resync tried", "resync begun", "resync done")' \
	<(scheduler audit --json)

kit_serve

check "the outage is known before the button is pressed, part by part" as_client account estimate anna/blog
check "with where each part comes from" says 'rule|precopy|measured'
check "databases by the rehearsal" says 'mariadb .*90th percentile of 1 rehearsed'

# As mail is looked for behind the switch one has come to the old side, and the client has read another one at the new side.
cat >"$KIT/on_xfer" <<END
if [[ " \$* " == *' --list-only '* ]] && grep -q '^switch.*blog' '$KIT/calls' && [ ! -e '$KIT/came' ]; then
	printf 'three\n' >'$A/var/mail/blog/new/3.M3.web1'
	mv '$T/var/mail/blog/new/1.M1.web1' '$T/var/mail/blog/cur/1.M1.web1:2,S'
	: >'$KIT/came'
fi
END
check "blog moves" as_client account request anna/blog --now
check "and arrives" kit_until is away state_of blog
check "with all its rows" diff <(mariadb_rows a blog) <(mariadb_rows t blog)

# Support looks after it by hand: what is new or newer on the side that serves stays.
rm "$T/home/blog/www/data"
echo theirs >"$T/home/blog/www/index.html"
echo new >"$T/home/blog/www/new"
check_exit 42 "nothing is copied onto the side that serves" scheduler resync anna/blog --part files --to t1
check "but by force" scheduler resync anna/blog --part files --to t1 --force
check "which says so" says 't1, which SERVES it'
check "and does it" scheduler resync anna/blog --part files --to t1 --force --go
check "what was missing is there" cmp "$A/home/blog/www/data" "$T/home/blog/www/data"
check "what is newer there stays" is theirs cat "$T/home/blog/www/index.html"
check "and what is new" is new cat "$T/home/blog/www/new"
rm "$T/home/blog/www/new"
cp -p "$A/home/blog/www/index.html" "$T/home/blog/www/index.html" && touch -r "$A/home/blog/www" "$T/home/blog/www"

check "the report has its outage, by phase" jq -e '.phases | length > 5' <(cutover_of blog)

check "mail that comes late to the old side is added on the new one" kit_until test -f "$T/var/mail/blog/new/3.M3.web1"
check "a message that was read there meanwhile is not there twice" [ ! -e "$T/var/mail/blog/new/1.M1.web1" ]
check "until it ends" kit_until is 'done' last_state blog
rm "$KIT/on_xfer"

# A window that cannot be kept.
echo 'case $1 in copy) more=(--bwlimit=10) ;; esac' >"$KIT/on_dbdump"
check "wiki begins" as_client account request anna/wiki --now
check "is expected to end too late, and rolled back in time" kit_until is ready state_of wiki
check "for that cause" grep 'out of time while copying' <(last_cause wiki)
check "within its window" jq -e '.down_s <= .window_s' <(cutover_of wiki)
check "its databases at the transit server are dropped" is 0 on t "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'wiki'"
check "what was copied of its files stays, and is noted not to be live" grep -qx /home/wiki "$T"/var/lib/scheduler-hooks/not-live.*
check "its account at the source may write again" mariadb_sql a -uwiki -pw -h127.0.0.1 -P"$(mariadb_port a)" --protocol=tcp -e "UPDATE wiki.pages SET t = t WHERE id = 1"

# The client does not want to any more.
check "shop begins" as_client account request anna/shop --now
check "copies" kit_until is copying last_state shop
check "and is given up by its client" as_client account rollback anna/shop
check "it is back" kit_until is ready state_of shop
check_exit 0 "its source serves" pg_sql a shop -U shop -c 'SELECT count(*) FROM orders'

# A server dies in the middle.
check "wiki begins again" as_client account request anna/wiki --now
check "copies again" kit_until is copying last_state wiki
stop_mariadb t KILL
check "the destination dies: support is called, as what it has got cannot be taken away" kit_until is clearing last_state wiki
start_mariadb t || exit 1
check "and it goes on when it is there again" kit_until is ready state_of wiki
rm "$KIT/on_dbdump"

# A freeze that leaks.
echo "case \" \$* \" in *' -aHAXSn '*) echo more >>'$A/home/wiki/www/leak' ;; esac" >"$KIT/on_xfer"
check "wiki begins once more" as_client account request anna/wiki --now
check "what writes although it is frozen is seen" kit_until is ready state_of wiki
check "and said where" grep 'leaks.*www/leak' <(last_cause wiki)
rm "$KIT/on_xfer" "$A/home/wiki/www/leak"
check "all that they are now" kit_judge before a a "$A"

for name in wiki shop; do
	check "$name moves" as_client account request "anna/$name" --now
	check "and arrives" kit_until is away state_of "$name"
done
check "all are away" kit_until is verifying campaign_state
check "with all rows, files and messages" kit_judge away t t "$T"
for what in rows postgresql home; do
	check "$what are the same" diff "$KIT/judged.before/$what" "$KIT/judged.away/$what"
done

# What nobody claims holds up the reinstallation.
for name in blog shop wiki; do
	check "the client confirms $name" as_client account confirm "anna/$name"
done
mkdir "$A/home/forgotten"
check "the client asks for the reinstallation" as_client campaign reinstall anna
check "an inventory finds a home that nobody claims" kit_until grep 'nobody claims home /home/forgotten' <(:) "$KIT/log"
check "the campaign is where it was" kit_until is verifying campaign_state
rmdir "$A/home/forgotten"
check "again" as_client campaign reinstall anna
check "its addresses lead to the transit server" kit_until is rerouted campaign_state
# days after its cutover somebody who had the old address in a cache has delivered to the old side
printf 'four\n' >"$A/var/mail/blog/new/4.M4.web1"
check "support reinstalls it" scheduler campaign go anna
check "after mail that was delivered to the old side meanwhile was added" kit_until test -f "$T/var/mail/blog/new/4.M4.web1"
tree_listing "$T/var/mail" | tail -n +2 >"$KIT/judged.away/mail"
check "and it is copied ahead, back onto it" kit_until is back campaign_state

# Home.
for name in blog shop wiki; do
	check "$name goes home" scheduler account request "anna/$name" --now
	check "and is there" kit_until is home state_of "$name"
done
check "all are home" kit_until is held campaign_state
check "at home is what was away" kit_judge home a a "$A"
for what in rows mariadb postgresql home mail; do
	check "$what: the same as away" diff "$KIT/judged.away/$what" "$KIT/judged.home/$what"
done
check "the transit server is given back" scheduler campaign release anna
check "the campaign is done" kit_until is 'done' campaign_state
check "the bill has the transit server" grep -q t1 <(scheduler bill anna)
check "the audit log has who did what" grep -q 'client anna' <(scheduler audit --campaign anna)
check "the report" scheduler report anna
check "has every cutover" says 'rolled-back'
kill -TERM "$kit_daemon"
check "the daemon ends when it is asked to" wait "$kit_daemon"
finish
