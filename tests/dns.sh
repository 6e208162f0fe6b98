# shellcheck shell=bash
# dns.sh - a private DNS server for tests; read it after lib.sh.

# start_dns ZONE... - a private knot on 127.0.0.1, UDP and TCP, for the zones whose files $TEST_TMP/dns/ZONE.zone the caller wrote. One
# without a file is a zone that cannot be served: SERVFAIL. DNS_CONF are further lines of its configuration, DNS_TEMPLATE (each
# with four spaces in front) some that hold for every zone. Sets DNS_PORT, DNS_PID, DNS_LOG.
start_dns()
{
	local dir=$TEST_TMP/dns knotd attempt
	knotd=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v knotd) || {
		echo "start_dns: no knotd: make deps" >&2
		return 1
	}
	mkdir -p "$dir/run"
	DNS_LOG=$dir/log DNS_PID=
	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		DNS_PORT=$((20000 + (RANDOM + attempt) % 12000))
		dns_config "$dir" "$@" >"$dir/config"
		dns_listens "$knotd" "$dir" && break
	done
	if [ -z "$DNS_PID" ]; then
		echo "start_dns: knot does not start:" >&2
		cat "$DNS_LOG" >&2
		return 1
	fi
	at_exit stop_dns
}

dns_config()
{
	local dir=$1 zone
	shift
	cat <<-END
		server:
		    rundir: "$dir/run"
		    listen: 127.0.0.1@$DNS_PORT
		    udp-workers: 1
		    tcp-workers: 1
		    background-workers: 1
		database:
		    storage: "$dir/run"
		log:
		  - target: stderr
		    any: info
		${DNS_CONF:-}
		template:
		  - id: default
		    storage: "$dir"
		    file: "%s.zone"
		${DNS_TEMPLATE:-}
		zone:
	END
	for zone; do
		printf '  - domain: "%s"\n' "$zone"
	done
}

# dns_listens KNOTD DIR - starts it, and reads its log until it answers for all its zones; false: it has ended before.
dns_listens()
{
	local fd line
	exec {fd}< <(exec "$1" -c "$2/config" 2>&1 7>&- 8>&-)
	DNS_PID=$!
	: >"$DNS_LOG"
	while IFS= read -r -u "$fd" line; do
		printf '%s\n' "$line" >>"$DNS_LOG"
		case $line in
		*"server started"*)
			cat <&"$fd" >>"$DNS_LOG" 7>&- 8>&- &
			dns_reader=$!
			exec {fd}<&-
			return 0
			;;
		esac
	done
	wait "$DNS_PID"
	DNS_PID=
	exec {fd}<&-
	return 1
}

stop_dns()
{
	[ -n "${DNS_PID:-}" ] || return 0
	kill "$DNS_PID" 2>/dev/null
	wait "$DNS_PID" "$dns_reader" 2>/dev/null
	DNS_PID=
}
