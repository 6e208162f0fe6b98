# shellcheck shell=sh disable=SC2154
# forward.sh - at the old server: owner's chains of table inet scheduler_forward become those of $nft, all at once; without that they
# go. Each account has chains of its own, so that nothing has to be known of what others have there.
# Given: nft, owner, addresses.

# taken - another account's chain that has one of the addresses
taken()
{
	nft list table inet scheduler_forward 2>/dev/null | awk -v own="_$owner" -v list="$addresses" '
		BEGIN { split(list, word, " "); for (i in word) wanted["\"" word[i] "\""] = 1 }
		$1 == "chain" { mine = index($2, own) }
		!mine && $(NF - 1) == "comment" && $NF in wanted { print substr($NF, 2, length($NF) - 2); exit }'
}

# router FAMILY - what arrives may leave again. A host that learns its route from others' announcements goes on to.
router()
{
	if [ "$1" = 4 ]; then
		echo 1 >/proc/sys/net/ipv4/ip_forward
		return
	fi
	for file in /proc/sys/net/ipv6/conf/*/accept_ra; do
		[ "$(cat "$file")" != 1 ] || echo 2 >"$file" || return
	done
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
}

# Connections that were there before would go on to where they went: UDP's for as long as somebody talks.
cut()
{
	for address in $addresses; do
		conntrack -D -d "$address" >/dev/null 2>&1 # fails when there are none
	done
}

# before - addresses that are there already: of an earlier run, or to be taken away
before()
{
	nft list table inet scheduler_forward 2>/dev/null | awk -v own="_$owner" '
		$1 == "chain" { mine = index($2, own) }
		mine && $(NF - 1) == "comment" { print substr($NF, 2, length($NF) - 2) }' | sort -u | tr '\n' ' '
}

apply()
{
	printf '%s' "$1" | nft -f - 2>"$state/nft.$owner" || fail nft "$(message "$state/nft.$owner")"
	rm -f "$state/nft.$owner"
}

gone()
{
	text="add table inet scheduler_forward
"
	for hook in prerouting output postrouting; do
		text="${text}add chain inet scheduler_forward ${hook}_$owner
flush chain inet scheduler_forward ${hook}_$owner
delete chain inet scheduler_forward ${hook}_$owner
"
	done
	apply "$text"
	nft list table inet scheduler_forward | grep -q '^	chain ' || apply "delete table inet scheduler_forward
"
}

main()
{
	needs nft nftables
	needs flock util-linux
	lock forward
	if [ -n "$nft" ]; then
		other=$(taken)
		[ -z "$other" ] || fail "$other" "it is forwarded for another account already: it is nobody's own"
		case $addresses in *.*) router 4 || fail ip_forward "it cannot be set" ;; esac
		case $addresses in *:*) router 6 || fail forwarding "it cannot be set" ;; esac
		addresses="$addresses$(before)"
		apply "add table inet scheduler_forward
$nft"
	else
		addresses=$(before)
		gone
	fi
	if command -v conntrack >/dev/null; then
		cut
	else
		warning "conntrack is not installed: connections that are open already go on to where they went"
	fi
	done_all
}
