#!/usr/bin/env bash
# switch and unswitch: with a real name server, which nobody else writes to unnoticed: addresses of the old server become the new one's
# modes: release
# shellcheck disable=SC2317 # functions that check calls
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hooks/hooks.bash
. "$(dirname "$0")/hooks.bash"

dir=$TEST_TMP/knot

zones()
{
	cat >"$dir/shop.example.zone" <<-'END'
		$TTL 600
		@ SOA ns hostmaster 1 3600 600 86400 60
		@ NS ns
		ns A 203.0.113.53
		@ A 192.0.2.10
		@ AAAA 2001:db8::10
		@ MX 10 mail
		@ TXT "192.0.2.10"
		www 300 A 192.0.2.11
		www 300 A 192.0.2.10
		www 300 A 203.0.113.80
		*.any AAAA 2001:db8:0:0::10
		mail A 203.0.113.25
		a.b.c A 192.0.2.11
		blog A 192.0.2.10
		alias CNAME www
	END
	cat >"$dir/other.example.zone" <<-'END'
		$TTL 600
		@ SOA ns hostmaster 1 3600 600 86400 60
		@ NS ns
		ns A 203.0.113.53
		sub A 192.0.2.10
		x.sub A 192.0.2.11
		notsub A 192.0.2.10
		@ A 192.0.2.10
	END
}

start_knot()
{
	local attempt secret
	mkdir -p "$dir"
	zones
	secret=$(head -c 32 /dev/urandom | base64)
	echo "hmac-sha256:move:$secret" >"$dir/key"
	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		DNS_PORT=$((20000 + (RANDOM + attempt) % 12000))
		cat >"$dir/conf" <<-END
			server:
			  listen: 127.0.0.1@$DNS_PORT
			  rundir: $dir
			  user: root:root
			log:
			- target: stdout
			  any: info
			database:
			  storage: $dir
			key:
			- id: move
			  algorithm: hmac-sha256
			  secret: $secret
			acl:
			- id: move
			  key: move
			  action: [transfer, update]
			- id: look
			  address: 127.0.0.1
			  action: transfer
			template:
			- id: default
			  storage: $dir
			  file: "%s.zone"
			  acl: [move]
			  zonefile-sync: -1
			  journal-content: all
			  zonefile-load: difference-no-serial
			zone:
			- domain: shop.example
			- domain: other.example
		END
		launch_knot && return
	done
	cat "$dir/log"
	return 1
}

launch_knot()
{
	local turn
	knotd -c "$dir/conf" >"$dir/log" 2>&1 &
	knot=$!
	for ((turn = 0; turn < 500; turn++)); do
		[ -z "$(at www.shop.example A)" ] || [ -z "$(at sub.other.example A)" ] || {
			at_exit stop_knot
			return 0
		}
		kill -0 "$knot" 2>/dev/null || return 1
	done
	return 1
}

stop_knot()
{
	kill "$knot" 2>/dev/null
	wait "$knot" 2>/dev/null
}

# at NAME TYPE - what the server says, sorted, in one line
at()
{
	kdig +short +tcp +timeout=2 +retry=0 "@127.0.0.1" -p "$DNS_PORT" -t "$2" -q "$1" 2>/dev/null | grep -v '^;' | sort | tr '\n' ' ' | sed 's/ $//'
}

# zone NAME - all of it but its serial
zone()
{
	kdig -k "$dir/key" "@127.0.0.1" -p "$DNS_PORT" +tcp +noall +answer -t AXFR -q "$1" | grep -v '[[:space:]]SOA[[:space:]]\|^;' | sort
}

both()
{
	zone shop.example
	zone other.example
}

settings()
{
	conf "DNS_SERVER=127.0.0.1" "DNS_PORT=$DNS_PORT" "DNS_KEY=$dir/key" "STATE=$TEST_TMP/state.hooks" "$@"
}

start_knot >"$TEST_TMP/started" 2>&1 || {
	cat "$TEST_TMP/started"
	exit 1
}
settings
input=$(jq -n '{campaign: {name: "anna"}, account: {name: "shop", items: [{kind: "domain", value: "Shop.Example."}, {kind: "domain", value: "sub.other.example"}]},
	from: $a, to: $b}' --argjson a "$(server web1 "" "" / 192.0.2.10 2001:db8::10 192.0.2.11)" \
	--argjson b "$(server t7 "" "" / 198.51.100.20 2001:db8:2::20)")
back=$(jq '.from as $a | .from = .to | .to = $a' <<<"$input")

switched()
{
	check "the zone's own name leads to the new server" test "$(at shop.example A) $(at shop.example AAAA)" = "198.51.100.20 2001:db8:2::20"
	check "of several addresses the old server's alone are replaced" test "$(at www.shop.example A)" = "198.51.100.20 203.0.113.80"
	check "names below are replaced" test "$(at a.b.c.shop.example A)" = 198.51.100.20
	check "an address that is written in another way is replaced" test "$(at q.any.shop.example AAAA)" = 2001:db8:2::20
	check "addresses elsewhere stay" test "$(at mail.shop.example A)" = 203.0.113.25
	check "what is no address stays" test "$(at shop.example TXT)" = '"192.0.2.10"'
	check "in the zone of others the account's name is replaced, with what is below" test "$(at sub.other.example A) $(at x.sub.other.example A)" = "198.51.100.20 198.51.100.20"
	check "no other name there is" test "$(at notsub.other.example A) $(at other.example A)" = "192.0.2.10 192.0.2.10"
}

switches()
{
	both >"$TEST_TMP/before"
	check "the end of what was never begun succeeds" hook unswitch "$input"
	check "and has changed nothing" diff "$TEST_TMP/before" <(both)
	check "switch succeeds" hook switch "$input"
	check "and says so" says_report true
	check "it warns of addresses elsewhere" says 'warning.*mail.shop.example A 203.0.113.25 is no address of web1'
	switched
	check "the time to live is as it was" test "$(zone shop.example | awk '$1 == "www.shop.example." && !seen[$2]++ { print $2 }')" = 300
	both >"$TEST_TMP/after"
	check "switch succeeds again" hook switch "$input"
	check "and has changed nothing" diff "$TEST_TMP/after" <(both)
	check "unswitch succeeds" hook unswitch "$input"
	check "all is as it was, several addresses and all" diff "$TEST_TMP/before" <(both)
	check "unswitch succeeds again" hook unswitch "$input"
	check "and has changed nothing" diff "$TEST_TMP/before" <(both)
	check "switch succeeds after that" hook switch "$input"
	switched
	check "the switch home leads to where each name was before" hook switch "$back"
	check "all is as it was" diff "$TEST_TMP/before" <(both)
	check "which can be undone too" hook unswitch "$back"
	check "all is at the new server" diff "$TEST_TMP/after" <(both)
	check "and redone" hook switch "$back"
}

# fails_untouched SENTENCE STATUS INPUT WHY
fails_untouched()
{
	check_exit "$2" "$1" hook switch "$3"
	check "which is said" says "$4"
	check "with that nothing was touched" says '"event":"report","ok":false,"untouched":true'
	check "which is true" diff "$TEST_TMP/before" <(both)
}

failures()
{
	local name
	fails_untouched "a domain that is not served is refused" 1 "$(jq '.account.items += [{kind: "domain", value: "shop.test"}]' <<<"$input")" 'shop.test.*does not serve it'
	fails_untouched "an address that has nowhere to lead is refused" 1 "$(jq '.to.addresses = ["198.51.100.20"]' <<<"$input")" 'no address of IPv6'
	settings "DNS_PORT=1"
	fails_untouched "a name server that is not there may be tried again" 75 "$input" 'does not answer'
	settings "DNS_KEY=$dir/wrong"
	echo "hmac-sha256:move:$(head -c 32 /dev/zero | base64)" >"$dir/wrong"
	check "a wrong key fails" not hook switch "$input"
	check "with that nothing was touched" says '"untouched":true'
	settings
	# shellcheck disable=SC2016
	for name in $'shop.example\nsend' 'shop.example. 60 IN A 1.2.3.4' '$(touch '"$TEST_TMP"'/evil).example' '-x.example' '' . '*.example' "$(printf 'a%.0s' {1..64}).example"; do
		fails_untouched "no domain: $(printf %q "$name")" 1 "$(jq --arg v "$name" '.account.items = [{kind: "domain", value: $v}]' <<<"$input")" "it is no domain's name"
	done
	check "nothing was run" not test -e "$TEST_TMP/evil"
	check_exit 1 "a domain of others is forwarded, which needs an address of the account's own" hook switch "$input" '.account.items += [{kind: "domain-elsewhere", value: "a.test"}]'
	check "which is said" says 'no address of its own'
	check "and nothing was changed" diff "$TEST_TMP/before" <(both)
}

# Somebody changes a record between the reading and the update.
meddled()
{
	cat >"$TEST_TMP/meddler" <<-END
		#!/bin/sh
		[ -e "$TEST_TMP/meddled" ] || {
			: >"$TEST_TMP/meddled"
			printf 'server 127.0.0.1 $DNS_PORT\nzone shop.example.\nupdate add www.shop.example. 300 A 203.0.113.81\nsend\n' | knsupdate -v -k "$dir/key"
		}
		exec knsupdate "\$@"
	END
	chmod +x "$TEST_TMP/meddler"
	settings "KNSUPDATE=$TEST_TMP/meddler"
	check_exit 1 "a zone that somebody else is changing is not changed" hook switch "$input"
	check "which is said" says 'the name server refuses'
	check "with that nothing was touched" says '"untouched":true'
	check "no name of it was replaced" test "$(at shop.example A) $(at a.b.c.shop.example A)" = "192.0.2.10 192.0.2.11"
	check "tried again it succeeds" hook switch "$input"
	check "and what somebody else added is there" test "$(at www.shop.example A)" = "198.51.100.20 203.0.113.80 203.0.113.81"
	# a server that lies, or is none
	settings "KNSUPDATE=true"
	check_exit 75 "an update that has changed nothing is found out when it is read back" hook switch "$back"
	check "and nobody says that nothing was touched" not says untouched
}

switches
failures
meddled
finish
