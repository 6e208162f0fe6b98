#!/usr/bin/env bash
# reroute-ip: at the router all addresses of the client's server lead to the transit server, and with undo back again
# modes: release
# alone: its namespaces copy every mount that is there, and so keep file systems that others unmount
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hooks/hooks.bash
. "$(dirname "$0")/hooks.bash"

web=(192.0.2.10 192.0.2.11 2001:db8:1::10) # of the client's server
web9=(192.0.2.12 2001:db8:1::12)          # others', beside them
transit=(198.51.100.20 2001:db8:2::20)

# shellcheck disable=SC2154
network()
{
	local one
	spaces client router web1 t7 && wire client router && wire router web1 && wire router t7 &&
		owns client router 203.0.113.2/24 2001:db8:3::2/64 && owns router client 203.0.113.1/24 2001:db8:3::1/64 &&
		owns router web1 192.0.2.1/24 2001:db8:1::1/64 && owns web1 router 192.0.2.1{0,1,2}/24 2001:db8:1::1{0,2}/64 &&
		owns router t7 198.51.100.1/24 2001:db8:2::1/64 && owns t7 router 198.51.100.20/24 2001:db8:2::20/64 || return 1
	ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip netns exec "$t7" sysctl -qw net.ipv4.ip_nonlocal_bind=1 net.ipv6.ip_nonlocal_bind=1
	for one in client:203.0.113.1:2001:db8:3::1 web1:192.0.2.1:2001:db8:1::1 t7:198.51.100.1:2001:db8:2::1; do
		routes_by "${one%%:*}" "$(cut -d : -f 2 <<<"$one")" "$(cut -d : -f 3- <<<"$one")" || return 1
	done
	says_its_name web1 "${web[@]}" "${web9[@]}" && says_its_name t7 "${transit[@]}" && listens_for_others
}

routes_by()
{
	ip -n "${!1}" route add default via "$2" && ip -n "${!1}" route add default via "$3"
}

# The transit server's services are bound to addresses that it does not have yet.
listens_for_others()
{
	local one
	for one in "${web[@]}"; do
		ip -n "$t7" addr add "$one" dev lo || return 1
	done
	says_its_name t7 "${web[@]}" || return 1
	for one in "${web[@]}"; do
		ip -n "$t7" addr del "$one$([[ $one == *:* ]] && echo /128 || echo /32)" dev lo || return 1
	done
}

if ! network >"$TEST_TMP/network" 2>&1; then
	skip "reroute-ip" "no network namespaces: $(tail -n 1 "$TEST_TMP/network")"
	finish
fi
mkdir "$TEST_TMP/root"
# shellcheck disable=SC2154
settings=("ROUTER_RSH=ip netns exec" "ROUTER_SSH=$router" "ROUTER_ROOT=$TEST_TMP/root")
conf "${settings[@]}"
input=$(jq -n '{campaign: {name: "anna"}, from: $a, to: $b}' --argjson a "$(server web1 unused unused / "${web[@]}")" \
	--argjson b "$(server t7 "$t7" 'ip netns exec' "$TEST_TMP/root" "${transit[@]}")")

# network_state - what has to be as it was
network_state()
{
	local one
	for one in "$router" "$t7"; do
		ip -n "$one" route show table all | sort
		ip -n "$one" -6 route show table all | grep -v 'fe80\|ff00' | sort
		ip -n "$one" rule
		ip -n "$one" -6 rule
		ip -n "$one" addr show dev lo
	done
}

network_state >"$TEST_TMP/before"
check "before, the client's server answers at all of its addresses, on TCP and UDP, IPv4 and IPv6" answers client web1 "${web[@]}" "${web9[@]}"
check "the undo of what was never done succeeds" hook reroute-ip "$input" '.undo = true'
check "and has changed nothing" diff "$TEST_TMP/before" <(network_state)
check "reroute-ip succeeds" hook reroute-ip "$input"
check "and says so" says_report true
check "the transit server answers at all of them" answers client t7 "${web[@]}" "${transit[@]}"
check "others' addresses lead where they did" answers client web1 "${web9[@]}"
network_state >"$TEST_TMP/once"
check "reroute-ip succeeds again" hook reroute-ip "$input"
check "and has changed nothing" diff "$TEST_TMP/once" <(network_state)
check "the undo succeeds" hook reroute-ip "$input" '.undo = true'
check "all routes and addresses are as they were" diff "$TEST_TMP/before" <(network_state)
check "the client's server answers" answers client web1 "${web[@]}" "${web9[@]}"

# What the transit server had, it keeps.
ip -n "$t7" addr add 192.0.2.10/32 dev lo
network_state >"$TEST_TMP/before"
check "where the transit server has an address already it is rerouted too" hook reroute-ip "$input"
check "and undone" hook reroute-ip "$input" '.undo = true'
check "and it has it still" diff "$TEST_TMP/before" <(network_state)

check_exit 1 "an address without a way to it is refused" hook reroute-ip "$input" '.to.addresses = ["198.51.100.20"]'
check "which is said" says 'no address of IPv6'
check_exit 1 "what is no address is refused" hook reroute-ip "$input" '.from.addresses[0] = "192.0.2.10; reboot"'
check_exit 1 "a server without addresses is refused" hook reroute-ip "$input" '.from.addresses = []'
check_exit 75 "where the transit server cannot be reached it may be tried again" hook reroute-ip "$input" '.to.rsh = "ssh -F none -o BatchMode=yes -p 1" | .to.ssh = "127.0.0.1"'
conf
check_exit 1 "without a router it fails" hook reroute-ip "$input"
check "and says what is missing" says 'ROUTER_SSH.*router is not named'
conf "${settings[@]}" ROUTE_TABLE=main
check_exit 1 "so it does where the table is no number" hook reroute-ip "$input"
check "none of these has changed anything" diff "$TEST_TMP/before" <(network_state)
finish
