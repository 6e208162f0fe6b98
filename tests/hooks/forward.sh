#!/usr/bin/env bash
# forward and unforward: what arrives at the old server for an account's own addresses reaches the new one, and nothing else does
# modes: release
# alone: its namespaces copy every mount that is there, and so keep file systems that others unmount
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hooks/hooks.bash
. "$(dirname "$0")/hooks.bash"

web4=192.0.2.10 web6=2001:db8:1::10   # everybody's
shop4=192.0.2.11 shop6=2001:db8:1::11 # account shop's
blog4=192.0.2.12 blog6=2001:db8:1::12 # account blog's
new4=198.51.100.20 new6=2001:db8:2::20

network()
{
	spaces client web1 t7 && wire client web1 && wire web1 t7 && owns client web1 192.0.2.1/24 2001:db8:1::1/64 &&
		owns web1 client "$web4/24" "$shop4/24" "$blog4/24" "$web6/64" "$shop6/64" "$blog6/64" &&
		owns web1 t7 198.51.100.1/24 2001:db8:2::1/64 && owns t7 web1 "$new4/24" "$new6/64" &&
		says_its_name web1 "$web4" "$shop4" "$blog4" "$web6" "$shop6" "$blog6" && says_its_name t7 "$new4" "$new6"
}

if ! network >"$TEST_TMP/network" 2>&1; then
	skip "forward and unforward" "no network namespaces: $(tail -n 1 "$TEST_TMP/network")"
	finish
fi
mkdir "$TEST_TMP/root"
# shellcheck disable=SC2154
input=$(jq -n '{campaign: {name: "anna"}, account: {name: "shop", items: [$ARGS.positional[] | {kind: "address", value: .}]}, from: $a, to: $b}' \
	--argjson a "$(server web1 "$web1" 'ip netns exec' "$TEST_TMP/root" "$web4" "$web6" "$shop4" "$shop6" "$blog4" "$blog6")" \
	--argjson b "$(server t7 unused unused / "$new4" "$new6")" --args "$shop4" "$shop6")
blog=$(jq --arg a "$blog4" --arg b "$blog6" '.account = {name: "blog", items: [{kind: "address", value: $a}, {kind: "address", value: $b}]}' \
	<<<"$input")
everything=$(ip netns exec "$web1" nft list ruleset)
ip netns exec "$web1" nft 'add table inet own; add chain inet own input { type filter hook input priority 0; }'

# one_socket - somebody who asks by UDP from one port for as long as this script runs: sets talk and hear
one_socket()
{
	# shellcheck disable=SC2016,SC2154
	coproc talker { ip netns exec "$client" bash -c 'exec 5<>"/dev/udp/$1/53"; while read -r line; do echo "$line" >&5; timeout 5 head -n 1 <&5 || echo; done' - "$shop4"; }
	# shellcheck disable=SC2154
	talk=${talker[1]} hear=${talker[0]}
}

# it_hears WHO
# shellcheck disable=SC2317
it_hears()
{
	local line turn
	for turn in 1 2 3 4 5; do
		echo hello >&"$talk" && read -r -t 25 -u "$hear" line
		[ "$line" != "$1" ] || return 0
	done
	echo "attempt $turn: \"$line\" answers"
	return 1
}

before()
{
	one_socket
	check "before, the old server answers at all of its addresses, on TCP and UDP, IPv4 and IPv6" \
		answers client web1 "$web4" "$web6" "$shop4" "$shop6" "$blog4" "$blog6"
	check "and one who asks from one port all the time" it_hears web1
	check "the end of what was never begun succeeds" hook unforward "$input"
	check "and says so" says_report true
}

there()
{
	check "forward succeeds" hook forward "$input"
	check "and says so" says_report true
	check "the new server answers at the account's addresses" answers client t7 "$shop4" "$shop6"
	check "and him who asks from one port all the time" it_hears t7
	check "the old one's own connections go there too" answers web1 t7 "$shop4" "$shop6"
	check "the old one answers at all others" answers client web1 "$web4" "$web6" "$blog4" "$blog6"
	ip netns exec "$web1" nft list ruleset >"$TEST_TMP/once"
	check "forward succeeds again" hook forward "$input"
	ip netns exec "$web1" nft list ruleset >"$TEST_TMP/twice"
	check "and has changed nothing" cmp "$TEST_TMP/once" "$TEST_TMP/twice"
	check "another account is forwarded too" hook forward "$blog"
	check "the new server answers for both" answers client t7 "$shop4" "$shop6" "$blog4" "$blog6"
}

back()
{
	check "unforward succeeds" hook unforward "$input"
	check "the old server answers for this one" answers client web1 "$shop4" "$shop6" "$web4"
	check "and him who asks from one port all the time" it_hears web1
	check "the new one for the other one" answers client t7 "$blog4" "$blog6"
	check "unforward succeeds again" hook unforward "$input"
	check "forward with undo is the same" hook forward "$blog" '.undo = true'
	check "the old server answers everywhere" answers client web1 "$shop4" "$shop6" "$blog4" "$blog6"
	check "of ours nothing is left, and others' rules are as they were" not grep -q scheduler_forward <(ip netns exec "$web1" nft list ruleset)
	check "others' rules are there still" says_own
}

# shellcheck disable=SC2317
says_own()
{
	[ -z "$everything" ] && ip netns exec "$web1" nft list ruleset | grep -q 'table inet own'
}

# Without masquerading the new server sees who asks, and answers by way of the old one.
unmasked()
{
	# shellcheck disable=SC2154
	ip -n "$t7" route add default via 198.51.100.1
	ip -n "$t7" route add default via 2001:db8:2::1
	conf FORWARD_MASQUERADE=no FORWARD_UDP=
	check "without masquerading, and of UDP nothing" hook forward "$input"
	check "TCP goes to the new server" test "$(answer client tcp "$shop4") $(answer client tcp "$shop6")" = "t7 t7"
	check "UDP does not" test "$(answer client udp "$shop4") $(answer client udp "$shop6")" = "web1 web1"
	check "it is ended" hook unforward "$input"
	conf
}

# refuses SENTENCE INPUT WHY
refuses()
{
	check_exit 1 "$1" hook forward "$2"
	check "which is said" says "$3"
	check "in a report too" says_report false
	ip netns exec "$web1" nft list ruleset >"$TEST_TMP/now"
	check "and nothing was changed" cmp "$TEST_TMP/was" "$TEST_TMP/now"
}

refusals()
{
	local evil
	ip netns exec "$web1" nft list ruleset >"$TEST_TMP/was"
	refuses "an account without an address of its own is not forwarded" "$(jq '.account.items = [{kind: "domain", value: "a.test"}]' <<<"$input")" 'no address of its own at web1'
	refuses "nor what is no address of the old server" "$(jq '.account.items[0].value = "192.0.2.99"' <<<"$input")" 'no address of web1'
	refuses "nor to a server that has no address of the kind" "$(jq '.to.addresses = ["198.51.100.20"]' <<<"$input")" 'no address of IPv6'
	# shellcheck disable=SC2016
	for evil in '192.0.2.11; flush ruleset' $'192.0.2.11\nflush ruleset' '$(touch '"$TEST_TMP"'/evil)'; do
		check_exit 1 "no address: ${evil//[^[:print:]]/ }" hook forward "$(jq --arg v "$evil" 'del(.from.addresses) | .account.items[0].value = $v' <<<"$input")"
		check "which is said of it" says 'it is no address'
	done
	ip netns exec "$web1" nft list ruleset >"$TEST_TMP/now"
	check "and nothing was changed" cmp "$TEST_TMP/was" "$TEST_TMP/now"
	check "or run" not test -e "$TEST_TMP/evil"
	check "of all that looks like addresses these are some" cmp - <(addresses_are) <<-'END'
		6 0000:0000:0000:0000:0000:0000:0000:0000
		6 0000:0000:0000:0000:0000:0000:0000:0001
		6 0001:0000:0000:0000:0000:0000:0000:0000
		6 0001:0002:0003:0004:0005:0006:0007:0008
		6 abcd:0000:0000:0000:0000:0000:0000:00ef
	END
	conf 'FORWARD_TCP=80; flush ruleset'
	check_exit 1 "a setting that is no list of ports is refused" hook forward "$input"
	conf 'FORWARD_TPC=80'
	check_exit 1 "a setting that there is not is refused" hook forward "$input"
	check "by its line" says 'hooks.conf:1.*no setting FORWARD_TPC'
	conf
}

# addresses_are - what the hooks take for an address, and what not
# shellcheck disable=SC2317
addresses_are()
{
	local text
	# shellcheck source=scheduler/hooks/lib.sh
	. "$HOOKS/lib.sh"
	for text in '' -f 1.2.3 1.2.3.4.5 192.0.2.300 192.0.2.011 192.0.2.0/24 ' 1.2.3.4' 1.2.3.4$'\n' :: ::1 1:: 1:2:3:4:5:6:7:8 ABCD::Ef 2001:db8:1::11:: 1:2:3 ::g \
		:1:2:3:4:5:6:7 1:2:3:4:5:6:7: 1:2:3:4:5:6:7::8 1::2::3 ::: 12345::1 fe80::1%eth0 ::1.2.3.4; do
		address "$text" && echo "$family $canonical"
	done
}

# Whatever an account is called, its chains are its own.
names()
{
	local evil
	# shellcheck disable=SC2016
	evil=$(jq --arg v $'-x\'"; $(touch '"$TEST_TMP"$'/evil) `id`\n}' '.account.name = $v | .campaign.name = $v' <<<"$blog")
	check "an account with a hostile name is forwarded" hook forward "$evil"
	check "and nothing was run" not test -e "$TEST_TMP/evil"
	check_exit 1 "one that claims the same addresses is refused" hook forward "$blog"
	check "since they are nobody's own" says "$blog4.*another account already"
	check "the end of what was refused leaves the other one's" hook unforward "$blog"
	check "forwarded" answers client t7 "$blog4" "$blog6"
	check "until that ends" hook unforward "$evil"
	check "then it is not" answers client web1 "$blog4" "$blog6"
}

# Input that is none, and a server that is not there.
inputs()
{
	check_exit 1 "no JSON is refused" "$HOOKS/forward" <<<'no JSON'
	check "with a report" says_report false
	check_exit 1 "an empty input is refused" "$HOOKS/forward" </dev/null
	check_exit 1 "what is for another hook is refused" hook forward "$input" '.hook = "freeze"'
	check_exit 1 "another version is refused" hook forward "$input" '.version = 2'
	check_exit 1 "a text with a zero byte is refused" hook forward "$input" '.account.name = "a\u0000b"'
	check "which is said" says 'zero byte'
	check_exit 1 "a server whose name is an option is refused" hook forward "$input" '.from.ssh = "-oProxyCommand=id"'
	check_exit 75 "a server that cannot be reached may be tried again" hook forward "$input" \
		'.from.rsh = "ssh -F none -o BatchMode=yes -p 1" | .from.ssh = "root@127.0.0.1"'
	check_exit 75 "one whose connection breaks too" hook forward "$input" '.from.rsh = "sh -c" | .from.ssh = "exit"'
	check "with a report" says_report false
}

before
there
back
unmasked
refusals
names
inputs
finish
