#!/usr/bin/env bash
# every command of scheduler does what it says, once for a person and once as JSON, and each refusal names what it is about
# takes: 40
# shellcheck source=tests/lib.sh
# shellcheck disable=SC2016,SC2317 # jq's variables; functions that check calls
. "$(dirname "$0")/../lib.sh"

SCHEDULER=${SCHEDULER:-$ROOT/build/$TEST_MODE/bin/scheduler}
cd "$TEST_TMP" || exit 1
export SCHEDULER_CONFIG=$TEST_TMP/scheduler.ini

s()
{
	"$SCHEDULER" "$@"
}

# json FILTER COMMAND... - the command's lines are JSON, all of them, and jq -e finds what is looked for in them (as one array)
json()
{
	local filter=$1
	shift
	s "$@" --json >json.out && jq -es "$filter" json.out
}

# daemon LINE... - what it would do now
daemon()
{
	printf '%s\n' "$@" | "$BIN_TEST/drive_desk" state.db "$(date +%s)"
}

# with KEY VALUE COMMAND... - under another configuration
with()
{
	local key=$1 value=$2
	shift 2
	sed "s#^$key =.*#$key = $value#" scheduler.ini >with.ini
	"$@" --config with.ini
}

no_quarrel()
{
	local file=$1
	shift
	s "$@" >"$file" 2>&1
	echo $? >"$file.status"
}

beginning()
{
	check_exit 5 "without a configuration nothing begins" s status
	check "and it says which one is missing" says "scheduler.ini"
	s init --print-config >default.ini
	sed "s#^path = .*#path = $TEST_TMP/state.db#" default.ini >scheduler.ini
	check_exit 5 "without a store nothing begins" s status
	check "the default configuration is one that is taken, and init makes the store" s init
	check_exit 42 "a store that is there is not made again" s init
	check "which names it" says "state.db"
	printf '[hours]\nzoen = UTC\n' >typo.ini
	check_exit 5 "an unknown key is refused" s status --config typo.ini
	check "with its file, group and name" says 'typo.ini.*\[hours\] zoen'
	echo "no database" >foreign.db
	check_exit 11 "a file that is no database is refused" with path "$TEST_TMP/foreign.db" s status
	check "and left as it was" grep -qx "no database" foreign.db
	python3 -c 'import sqlite3; sqlite3.connect("other.db").executescript("CREATE TABLE t (x)")'
	check_exit 5 "another program's database is refused" with path "$TEST_TMP/other.db" s status
	check "as no store of ours" says 'other.db: this is no store of a scheduler'
	check_exit 1 "an unknown command is a usage error" s frobnicate
	check_exit 1 "an unknown option is" s status --frobnicate
	check_exit 1 "an option of another command is" s status --now
	check_exit 0 "there is help" s account request --help
	check "with the command's own options" says '--at=TIME'
	check "options may stand in front of the command" s --json status
}

things()
{
	check "a server is added" s server add web1 --ssh root@web1 --mariadb 'mysql://root:geh@eim@h/' --addresses '192.0.2.1 2001:db8::1' \
		--cores 4 --memory 16 --disk 100
	check "its password is not shown" not says eim
	check_exit 42 "it cannot be added twice" s server add web1
	check "a server changes in what is given alone" json '.[0].ssh == "root@web9" and .[0].cores == 4' server set web1 --ssh root@web9
	check "server show has it" json '.[0].addresses == "192.0.2.1 2001:db8::1" and (.[0].mariadb | contains("eim") | not)' server show web1
	check_exit 3 "an unknown server is said" s server show web7
	check "with its name" says 'web7'
	check_exit 1 "a path is no name" s server add a/b
	s server add t1 --cores 4 --memory 16 --disk 100 >/dev/null
	check "server list has both" json 'length == 2' server list
	check_exit 42 "a client adds no server" s server add web2 --as 'client anna'
	check_exit 3 "a campaign is of a server that is known" s campaign add anna --server web7 --month-cents 3100
	check "a campaign is added" s campaign add anna --server web1 --month-cents 3100 --zone Europe/Paris
	check_exit 1 "a time zone has to be one" s campaign add bert --server web1 --month-cents 1 --zone Mars/North
	check_exit 1 "a price is needed" s campaign add bert --server web1
	s campaign add bert --server web1 --month-cents 500 >/dev/null
	check "campaign list has both" json 'map(.name) == ["anna", "bert"]' campaign list
}

accounts()
{
	check "an account is added with all that it consists of" json '.[0].items | length == 10' account add anna/shop \
		--files /home/shop --mail /var/mail/shop --mariadb shop --postgresql shopdb --domain shop.example \
		--domain-elsewhere shop.test --address 192.0.2.9 --unit shop.service --crontab shop --user shop
	check_exit 42 "of an account with one thing twice" s account add anna/twice --files /a --files /a
	check_exit 3 "nothing is kept" s account show anna/twice
	check_exit 1 "a path is absolute" s account add anna/rel --files home/rel
	check_exit 1 "and leads nowhere else" s account add anna/rel --files /home/../root
	check_exit 1 "an account is named with its campaign" s account add shop
	check_exit 3 "an unknown campaign is said" s account add nobody/shop
	check_exit 3 "an unknown account is said" s account ready anna/nope
	check "with its name" says 'nope'
	check "more is claimed" json '.[0].items | length == 12' account claim anna/shop --files /home/shop2 --user shop2
	check_exit 42 "what it has it does not get again" s account claim anna/shop --files /home/shop2
	check_exit 3 "what it has not is not taken away, nor what was named with it" s account unclaim anna/shop --user shop2 --user nope
	check "and is there still" json '.[0].items | map(.value) | index("shop2")' account show anna/shop
	check "it is taken away" json '.[0].items | length == 10' account unclaim anna/shop --files /home/shop2 --user shop2
	s account add anna/blog --files /home/blog >/dev/null
	s account add anna/late --files /home/late >/dev/null
	check_exit 42 "not all are ready" s campaign request anna --as 'client anna'
	check "and that is why" says 'not all accounts are ready'
	for a in shop blog late; do
		s account ready anna/$a >/dev/null
	done
	check "one may be made unready, and ready" json '.[0].state == "preparing"' account unready anna/late
	s account ready anna/late >/dev/null
	check "and removed" json '.[0].state == "removed"' account remove anna/late
	check "status tells who may do what next" json 'any(.[].next[]?; .command == "campaign request" and .who == "client")' status anna
}

to_transit()
{
	check "the client asks" json '.[0].state == "requested"' campaign request anna --as 'client anna' --why 'all is well'
	check "support has done it by hand" json '.[0].state == "checking"' campaign done-by-hand anna
	check "the client withdraws" json '.[0].state == "restoring"' campaign withdraw anna
	s campaign done-by-hand anna >/dev/null && s campaign request anna >/dev/null && s campaign done-by-hand anna >/dev/null
	check_exit 42 "the client asks for no transit server" s campaign transit anna --as 'client anna'
	check "support does" json '.[0].state == "waiting"' campaign transit anna
	check "a transit server is one that is known" not s transit add nowhere
	check "one is added" json '.[0].configuration == "4 cores, 16 GB, disk 100 GB"' transit add t1
	check_exit 1 "a day is a day" s transit set t1 --expected 2026-13-01
	daemon assign "campaign anna ok" "campaign anna ok"
	check "the day on which it will be free is said" json '.[0].expected == "2027-01-01"' transit set t1 --expected 2027-01-01
	s account add bert/x >/dev/null && s account ready bert/x >/dev/null && s campaign request bert >/dev/null
	s campaign done-by-hand bert >/dev/null && s campaign transit bert >/dev/null
	check "who waits sees its place, and the day" json \
		'any(.[]; .event == "waiting" and .campaign == "bert" and .before == 0 and .expected == "2027-01-01")' transit list
	check "a person does, too" s transit list
	check "with the day" says 'waiting: bert.*0 before it, expected 2027-01-01'
	check "the campaign tells it, too" json '.[0].in_line | contains("2027-01-01")' campaign show bert
	check "an event that is too early is refused" not s campaign go anna
	check "so is a release" not s campaign release anna
	check "so is a reinstallation" not s campaign reinstall anna
	check_exit 42 "so is it to be cancelled" s campaign cancel anna
	check "and that is said" says 'campaign anna is out'
}

promises()
{
	check_exit 42 "no window is promised for databases that were not measured" s account request anna/shop --now
	check "and that is why" says 'account shop.*not measured'
	daemon "measured anna/shop 2000000000 0" "measured anna/blog 0 0"
	check "the promise has its parts, and where each comes from" json '
		.[0] as $e | ($e.parts | map(.seconds) | add) == $e.sum_s and
		($e.parts[] | select(.name == "mariadb") | .seconds == 120 and .from == "rule" and .rate == 60) and
		([$e.parts[] | select(.name == "files")][0].from == "precopy") and
		$e.window_s == ($e.sum_s * $e.factor + $e.back_s | ceil)' account estimate anna/shop
	check "a person sees it, too" s account estimate anna/shop
	check "part by part" says 'mariadb +120.0 s  60.0 s for 10\^9 bytes, by the rule'
	check_exit 1 "it is asked when" s account request anna/shop
	check_exit 1 "now is no other time" s account request anna/shop --now --next
	check_exit 1 "a time has an offset" s account request anna/shop --at 2030-01-01T03:00
	check_exit 1 "not one that has passed" s account request anna/shop --at 2020-01-01T03:00Z
	check_exit 42 "a window that no slot can hold is refused" with out 'mon 10:00-10:02' s account request anna/shop --next
	check "with how long the longest is, and what would help" says 'longest is 120 s. Longer hours would help, or a rehearsal'
	check_exit 42 "outside of the hours there is none" with out 'mon 10:00-11:00' s account request anna/shop --at 2030-01-01T03:00Z
	check "but it is said when there is" says 'it can start at 2030-01-07T09:00:00Z' # a Monday, by the clock of Paris
	check "blackouts may overlap" with blackouts '2030-01-01T00:00Z/2030-01-03T00:00Z, 2030-01-02T00:00Z/2030-01-04T00:00+01:00' \
		json 'any(.[]; .event == "cutover" and .planned == "2030-01-03T23:00:00Z")' account request anna/blog --next --at 2030-01-01T12:00Z
	check "a cutover that is planned is cancelled" json '.[0].state == "cancelled" and (.[0].cause | contains("anna: too soon"))' \
		account cancel anna/blog --as 'client anna' --why 'too soon'
	check_exit 3 "but not twice" s account cancel anna/blog
}

two_at_once()
{
	no_quarrel one account request anna/shop --at 2030-05-01T03:00Z &
	local first=$!
	no_quarrel two account request anna/shop --at 2030-05-01T03:00Z
	wait "$first"
	check "of two requests at once one is refused" test "$(cat one.status two.status | sort -n | tr '\n' ' ')" = "0 42 "
	check "and one is planned" json 'map(select(.account == "shop")) | length == 1' plan
	check "plan shows it to a person, too" s plan
	check "with its window" says '^2030-05-01T03:00:00Z until 2030-05-01T03:06:13Z  anna/shop  web1 to t1: planned'
	check_exit 42 "what is about to move is not changed" s account claim anna/shop --files /more
	check "it is moved" json '.[0].planned == "2030-06-01T03:00:00Z"' account move anna/shop --at 2030-06-01T05:00+02:00
	check "another one waits for it" json 'any(.[]; .event == "cutover" and .planned == "2030-06-01T03:07:13Z")' \
		account request anna/blog --next --at 2030-06-01T03:00Z
	check_exit 42 "or is told when it can" s account move anna/blog --at 2030-06-01T03:01Z
	check "which limit it is" says '\[limits\] pair allows; it can start at'
	s account cancel anna/blog >/dev/null && s account cancel anna/shop >/dev/null
}

cutovers()
{
	s account request anna/shop --now >/dev/null
	daemon "start anna/shop" "cut anna/shop ok 3 0" "cut anna/shop ok 60 2000000000 40 tables, every row compared"
	check_exit 42 "one that runs is not moved" s account move anna/shop --next
	check "support alone extends" json '.[0].window_s == 433 and .[0].extended_s == 60' account extend anna/shop --seconds 60 --why 'slow disk'
	check_exit 42 "a client does not" s account extend anna/shop --seconds 60 --as 'client anna'
	check "it is rolled back before it switches" json '.[0].state == "rethawing"' account rollback anna/shop --as 'client anna' --why 'changed my mind'
	daemon "cut anna/shop fail 5 0 the server is gone"
	check "what is stuck is told" json 'any(.[]; .name == "shop" and .stuck == "the server is gone" and
		any(.next[]; .command == "account by-hand" and .who == "support"))' status anna
	check "support tries again" json '.[0].state == "rethawing" and .[0].stuck == null' account retry anna/shop
	check "or does it by hand" json '.[0].state == "clearing"' account by-hand anna/shop
	check_exit 42 "what is not lost cannot be" s account lost anna/shop
	s account by-hand anna/shop >/dev/null
	check "it is where it was" json '.[0].state == "ready"' account show anna/shop
	s account request anna/blog --now >/dev/null
	daemon "start anna/blog" "cut anna/blog ok 3 0" "cut anna/blog ok 9 10 all" "cut anna/blog ok 1 0" "cut anna/blog ok 1 0 same" \
		"cut anna/blog ok 1 0" "cut anna/blog fail 1 0 gone"
	check_exit 42 "behind the point of no return nothing is rolled back" s account rollback anna/blog
	check "and it is said what is left" says 'only a cutover in the other direction.*account request anna/blog --back --next'
	check "a destination that is lost before it served is left" json '.[0].state == "unswitching"' account lost anna/blog
	s account by-hand anna/blog >/dev/null && s account by-hand anna/blog >/dev/null && s account by-hand anna/blog >/dev/null
	s account request anna/blog --now >/dev/null
	daemon "start anna/blog" "cut anna/blog ok 3 0" "cut anna/blog ok 9 10 all" "cut anna/blog ok 1 0" "cut anna/blog ok 1 0 same | <b>" \
		"cut anna/blog ok 1 0" "cut anna/blog ok 1 0" "cut anna/blog ok 1 0"
	check "the client confirms" json '.[0].state == "confirmed"' account confirm anna/blog --as 'client anna'
	check "and takes that back" json '.[0].state == "away"' account unconfirm anna/blog
	check_exit 42 "what has moved a client does not remove" s account remove anna/blog --as 'client anna'
	check "it can be asked back" json '.[0].back and .[0].window_s > 0' account estimate anna/blog --back
	check "and is" json 'any(.[]; .event == "cutover" and .from == "t1" and .to == "web1")' account request anna/blog --back --at 2030-01-01T03:00Z
}

telling()
{
	check "the report counts cutovers, and what they took" json '
		[.[] | select(.event == "cutover" and .state == "rolled-back")] as $back | [.[] | select(.event == "cutover" and .state == "done")] as $done |
		[.[] | select(.event == "totals")][-1] as $sum | ($back | length) == 2 and ($done | length) == 1 and
		$done[0].down_s == 16 and ($done[0].phases | map(.seconds) | add) == 17 and
		$sum.rolled_back == 2 and $sum.done == 1 and $sum.not_ended == 1 and
		($back[0].cause | contains("changed my mind")) and any(.[]; .event == "unfinished" and .account == "shop")' report anna
	check "for a person" s report
	check "with what was proven" says '40 tables, every row compared'
	check "and what was not finished" says 'not finished: account shop: ready'
	check "as Markdown" s report anna --format markdown
	check "in which nothing of a client's is markup" says '\| same \\\| \\<b\\> \|'
	s report anna --format=json >told
	check "as JSON without --json" jq -es 'length > 5' told
	check_exit 3 "not of an unknown campaign" s report nobody
	check "the bill has the first days free" json '.[0].transit == "t1" and .[0].until == null and .[0].cents == 0 and .[-1].cents == 0' bill anna
	check "the audit log has who and why" json 'any(.[]; .who == "client anna" and .why == "changed my mind" and .subject == "anna/shop")' audit
	check "of one campaign alone" json 'length > 0 and all(.[]; .subject == "bert" or (.subject | startswith("bert/")))' audit --campaign bert
	check "since a moment" json 'length == 0' audit --since 2040-01-01T00:00Z
	check_exit 3 "not of an unknown campaign" s audit --campaign nobody
	s status nobody --json >told 2>/dev/null
	check "an error is an event, too" jq -es 'length == 1 and .[0].event == "error" and .[0].status == 3 and .[0].kind == "unknown"' told
}

a_bill_is_paid()
{
	# the campaign of two months ago
	mkdir paid && cd paid || exit 1
	sed "s#^path = .*#path = $PWD/state.db#" ../default.ini >scheduler.ini
	export SCHEDULER_CONFIG=$PWD/scheduler.ini
	s init >/dev/null && s server add web1 >/dev/null && s server add t1 >/dev/null && s transit add t1 >/dev/null
	s campaign add anna --server web1 --month-cents 3100 >/dev/null && s account add anna/a >/dev/null && s account ready anna/a >/dev/null
	s campaign request anna >/dev/null && s campaign done-by-hand anna >/dev/null && s campaign transit anna >/dev/null
	printf '%s\n' assign "campaign anna ok" "campaign anna ok" | "$BIN_TEST/drive_desk" state.db $(($(date +%s) - 20 * 86400))
	# 14 days are free: of the 21 with today's seven are paid, a thirtieth of 31.00 each or a little more or less
	check "what is used for longer is paid by the day" json \
		'.[0].days == 7 and .[0].cents >= 699 and .[0].cents <= 776 and .[-1].cents == .[0].cents' bill anna
	home
	cd .. && export SCHEDULER_CONFIG=$TEST_TMP/scheduler.ini
}

# out, the server reinstalled, and home
home()
{
	local i steps=()
	daemon "measured anna/a 0 0"
	s account request anna/a --now >/dev/null
	daemon "start anna/a" "cut anna/a ok 3 0" "cut anna/a ok 900 10" "cut anna/a ok 1 0" "cut anna/a ok 1 0" "cut anna/a ok 1 0" "cut anna/a ok 1 0" \
		"cut anna/a ok 1 0"
	check_exit 42 "no reinstallation is asked for before all is confirmed" s campaign reinstall anna --as 'client anna'
	check "and that is why" says 'confirmed'
	s account confirm anna/a >/dev/null
	check "then it is" json '.[0].state == "inventory"' campaign reinstall anna --as 'client anna'
	check_exit 42 "an inventory is not done by hand" s campaign done-by-hand anna
	daemon "campaign anna dirty /home/forgotten"
	check "what nobody claims stops it" json '.[0].state == "verifying"' campaign show anna
	s campaign reinstall anna >/dev/null
	daemon "campaign anna ok" "campaign anna ok"
	check_exit 42 "support alone says go" s campaign go anna --as 'client anna'
	check "and does" json '.[0].state == "looking"' campaign go anna
	daemon "campaign anna ok" "campaign anna ok" "campaign anna ok"
	check_exit 42 "the way home is support's to ask for" s account request anna/a --next --as 'client anna'
	check "and is offered to it" json 'any(.[].next[]?; .command == "account request" and .who == "support")' status anna
	check "its promise is as long as the first outage was" json '.[0].by_first_outage and .[0].window_s >= 907' account estimate anna/a
	check "it is asked for" json 'any(.[]; .event == "cutover" and .from == "t1" and .to == "web1")' account request anna/a --next
	i=$(s plan --json | jq -r '.planned | fromdate')
	steps=("start anna/a" "cut anna/a ok 3 0" "cut anna/a ok 9 10" "cut anna/a ok 1 0" "cut anna/a ok 1 0" "cut anna/a ok 1 0" "cut anna/a ok 1 0"
		"cut anna/a ok 1 0" "campaign anna ok")
	printf '%s\n' "${steps[@]}" | "$BIN_TEST/drive_desk" state.db "$i"
	check "the transit server is given back" json '.[0].state == "sweeping"' campaign release anna
	daemon "campaign anna ok" "campaign anna ok"
	check "then it is free, and the campaign done" json '.[0].state == "done" and .[0].transit == null' campaign show anna
	check "what it cost stays" json '.[0].until != null and .[0].days == 7' bill anna
	check "and nothing is unfinished" json 'map(.event) | index("unfinished") == null' report anna
}

names()
{
	check_exit 5 "the DNS is judged by what the site says" s dns anna/shop
	check "which it has to" says '\[dns\].*domain'
	sed -i 's/^domains =.*/domains = host.example/; s/^resolvers =.*/resolvers = 127.0.0.1:1/; s/^limit = 10/limit = 1/' scheduler.ini
	check "each domain is looked up" json 'map(select(.event == "domain") | .domain) == ["shop.example", "shop.test"]' dns anna/shop
	check "who cannot be asked is not taken for fine" json 'all(.[]; .work and .actions[0].code == "look-again")' dns anna/shop
	s account claim bert/x --domain 'no domain' >/dev/null
	check_exit 23 "what is no domain is said" s dns bert/x
	check "with its name" says '^no domain: not looked up'
	check_exit 0 "an account without one has nothing to do" s dns anna/blog
}

store_in_trouble()
{
	python3 - state.db <<-'END' &
		import sqlite3, sys, os
		db = sqlite3.connect(sys.argv[1], isolation_level=None)
		db.execute("BEGIN IMMEDIATE")
		os.mkfifo("held.tmp"); os.rename("held.tmp", "held")
		open("held", "w").close() # until somebody reads it
	END
	local holder=$!
	until [ -p held ]; do
		kill -0 "$holder" 2>/dev/null || break
	done
	check_exit 5 "a store that another holds is waited for, and no longer than is said" s campaign add late --server web1 --month-cents 1 --store-wait 0
	check "and is said to be locked" says 'locked'
	check "it can be read meanwhile" s status
	cat held
	wait "$holder"
	check "then it is free" s campaign add late --server web1 --month-cents 1
	mkdir small
	if ! mount -t tmpfs -o size=256k none small 2>/dev/null; then
		skip "a full store is said" "nothing can be mounted here"
		return
	fi
	at_exit umount "$TEST_TMP/small"
	sed "s#^path = .*#path = $TEST_TMP/small/state.db#" default.ini >small.ini
	s init --config small.ini >/dev/null && s server add web1 --config small.ini >/dev/null
	head -c 1m /dev/zero >small/filler 2>/dev/null
	check_exit 11 "a file system without any room is said" s server add more --config small.ini
	check "as full" says '[Nn]o space left|full'
	# the index of the log has room, the change has not
	truncate -s -40k small/filler
	check_exit 11 "so is one that a change does not fit into" s server add more --config small.ini
	check "as full, too" says '[Nn]o space left|full'
	rm small/filler
	check "nothing of it was kept" not grep -q more <(s server list --config small.ini)
	check "and it goes on" s server add more --config small.ini
}

beginning
things
accounts
to_transit
promises
two_at_once
cutovers
telling
a_bill_is_paid
names
store_in_trouble
finish
