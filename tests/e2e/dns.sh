#!/usr/bin/env bash
# Domains are looked up at a real DNS server, and each gets its advice: which MX goes, which stay, and when to ask again.
# shellcheck disable=SC2317 # functions run by check
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/dns.sh
. "$(dirname "$0")/../dns.sh"

advise=$BIN_TEST/advise_domain
zones=()

# zone NAME NAME-SERVER - its records are what comes in.
zone()
{
	zones+=("$1")
	{
		printf '@ 60 SOA %s root 1 3600 600 86400 60\n@ NS %s\n' "$2" "$2"
		cat
	} >"$TEST_TMP/dns/$1.zone"
}

mkdir -p "$TEST_TMP/dns"

zone example ns.nic.example. <<-END
	ns.nic A 192.0.2.99
END
zone host.example ns1.host.example. <<-END
	ns1  A    127.0.0.1
	web1 A    192.0.2.10
	web1 AAAA 2001:db8::10
	mx1  A    192.0.2.50
	mx2  AAAA 2001:db8::51
END
ours='@ MX 10 mx1.host.example.
@ MX 20 mx2.host.example.'
here='@ A 192.0.2.10
@ AAAA 2001:db8::10'

zone run.example ns1.host.example. <<-END
	@ MX 5 web1.host.example.
	$ours
	$here
END
zone shop.example ns.provider.example. <<-END
	@ MX 5 Web1.Host.example.
	$ours
	$here
	www CNAME shop.example.
	gone CNAME nothing.shop.example.
	text TXT "no address"
	sub A 203.0.113.5
END
zone only.example ns.provider.example. <<-END
	@ MX 5 web1.host.example.
	$here
END
zone name.example ns.provider.example. <<-END
	@ MX 5 mail.name.example.
	$ours
	mail CNAME name.example.
	$here
END
zone self.example ns.provider.example. <<-END
	@ MX 10 self.example.
	$here
END
zone bare.example ns.provider.example. <<-END
	$here
END
zone number.example ns.provider.example. <<-END
	@ MX 5 192.0.2.10.
	$ours
	$here
END
zone away.example ns.provider.example. <<-END
	@ MX 1 mail.away.example.
	mail A 203.0.113.9
	@ A 203.0.113.5
END
zone null.example ns.provider.example. <<-END
	@ MX 0 .
	@ A 192.0.2.10
END
zone moved.example ns.provider.example. <<-END
	$ours
	@ A 192.0.2.77
END
zone lost.example ns.provider.example. <<-END
	@ MX 5 mail.broken.example.
	$ours
	$here
END
zone xn--bcher-kva.example ns.provider.example. <<-END
	@ MX 5 web1.host.example.
	$ours
	$here
END
long=$(printf 'x%.0s' {1..50})
zone many.example ns.provider.example. < <(
	for i in {1..31}; do
		echo "@ MX $((30 + i)) $long.$i.many.example."
		echo "$long.$i A 203.0.113.$i"
	done
	echo "@ MX 5 web1.host.example."
)
zone more.example ns.provider.example. < <(printf '@ MX %d mx.more.example.\n' {1..33})

start_dns "${zones[@]}" broken.example || exit 1
here_at=resolvers=127.0.0.1:$DNS_PORT

# advice DOMAIN [KEY=VALUE...] - who runs its DNS; what is to be done; what is remarked
advice()
{
	local domain=$1
	shift
	"$advise" json=yes "$here_at" "$@" "$domain" | jq -r '
		def notes: map([.code, .priority, .name | select(. != null) | tostring] | join(" ")) | join(", ");
		"\(.runs): \(.actions | notes): \(.remarks | notes)"'
}

# gets ADVICE DOMAIN [KEY=VALUE...]
gets()
{
	local wanted=$1 got
	shift
	got=$(advice "$@")
	[ "$got" = "$wanted" ] || {
		printf '%s\nwanted: %s\n' "$got" "$wanted"
		return 1
	}
}

check "where the host runs the DNS nothing is to be done" \
	gets "host: none: host-switches" run.example
check "elsewhere MX 5 goes, and MX 10 and 20 stay" \
	gets "else: remove-mx 5 web1.host.example: mx-stay, address-server" shop.example
check "where MX 5 is all there is, the others are added first" \
	gets "else: add-mx 10 mx1.host.example, add-mx 20 mx2.host.example, remove-mx 5 web1.host.example: mx-last, address-server" only.example
check "a name of the client's that is an alias of the server goes too" \
	gets "else: remove-mx 5 mail.name.example: mx-stay, mx-other-name 5 mail.name.example, address-server" name.example
check "so does the domain itself as its own MX" \
	gets "else: add-mx 10 mx1.host.example, add-mx 20 mx2.host.example, remove-mx 10 self.example: mx-last, mx-other-name 10 self.example, address-server" self.example
check "so does the server's address in the place of a name" \
	gets "else: remove-mx 5 192.0.2.10: mx-stay, mx-other-name 5 192.0.2.10, address-server" number.example
check "without an MX mail goes to the server, and is to be led to the host's" \
	gets "else: add-mx 10 mx1.host.example, add-mx 20 mx2.host.example: mx-by-address, address-server" bare.example
check "what is elsewhere is left alone" \
	gets "else: none: mx-elsewhere, address-elsewhere" away.example
check "a domain that takes no mail says so" \
	gets "else: none: mx-null, address-server, aaaa-missing" null.example
check "one that points to the transit server is led back" \
	gets "else: set-address: mx-stay, address-transit" moved.example
check "a name below a zone is judged by the zone's name servers" \
	gets "else: none: mx-none, address-elsewhere" sub.shop.example
check "an alias is looked up to its end, and said to be one" \
	gets "else: remove-mx 5 web1.host.example: alias, mx-stay, address-server" www.shop.example
check "an alias that leads nowhere has nothing" \
	gets "else: none: alias, mx-none, address-none" gone.shop.example
check "a name without addresses is not one that is not there" \
	gets "else: none: mx-none, address-none" text.shop.example
check "a name that is not registered is nobody's" \
	gets "nobody: none: name-missing" nothing.example
check "nor is one below it" \
	gets "nobody: none: name-missing" www.nothing.example
check "a name that is not in the host's own zone is said to be missing" \
	gets "host: none: host-switches, name-missing, address-none" web9.host.example
check "a zone whose servers fail is to be asked for again" \
	gets "unknown: look-again: ns-unknown, address-unknown" broken.example
check "so is one of an MX whose address nobody tells" \
	gets "else: look-again: mx-stay, mx-unknown, address-server" lost.example
check "a name in UTF-8 is found" \
	gets "else: remove-mx 5 web1.host.example: mx-stay, address-server" BÜCHER.example
check "an answer too long for a datagram comes over TCP" \
	gets "else: add-mx 10 mx1.host.example, add-mx 20 mx2.host.example, remove-mx 5 web1.host.example: mx-last, mx-foreign, address-none" many.example
check "more MX than there is room for are not judged" \
	gets "else: look-again: mx-unknown, address-none" more.example
check "whose name servers are the host's is the configuration's to say" \
	gets "host: none: host-switches" shop.example name-servers=ns.provider.example
check "the second server is asked when the first is not there" \
	gets "host: none: host-switches" run.example "resolvers=127.0.0.1:1, 127.0.0.1:$DNS_PORT"
check "where no server is, it is said" \
	gets "unknown: look-again: ns-unknown, address-unknown" run.example resolvers=127.0.0.1:1
check "and where the server answers others alone" \
	gets "unknown: look-again: ns-unknown, address-unknown" shop.invalid

check_exit 1 "what is no name is refused" "$advise" "$here_at" "shop..example"
check "by its name" says '^"shop\.\.example" is no name of a domain: a label is empty$'
check_exit 1 "a server that is none is refused" "$advise" resolvers=ns1.host.example shop.example
check "with the key" says '^resolvers: "ns1.host.example" is no DNS server'

check "a person reads what to do, and why" "$advise" "$here_at" shop.example broken.example bücher.example
check "who runs it" says '^shop\.example: its DNS is not run by us, but by ns\.provider\.example$'
check "what to do" says '^  to do: Remove MX 5 web1\.host\.example at the provider of the DNS\.$'
check "what stays" says '^  - MX 10 mx1\.host\.example and MX 20 mx2\.host\.example stay\.$'
check "why it is not known" says '^  - Who runs .*\(SERVFAIL\)\.$'
check "by both names" says '^bücher\.example \(xn--bcher-kva\.example\): its DNS is not run by us'
check "and what was found, as data" test "$("$advise" json=yes "$here_at" shop.example | jq -c \
	'[.zone, .name_servers, .a, .aaaa, .addresses, .mx, (.exchangers[0] | .name, .leads, .addresses)]')" = \
	'["shop.example",["ns.provider.example"],"data","data",["192.0.2.10","2001:db8::10"],"data","web1.host.example","server",["192.0.2.10","2001:db8::10"]]'
finish
