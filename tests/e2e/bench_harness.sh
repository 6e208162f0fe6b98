#!/usr/bin/env bash
# modes: release
# The benchmark itself, on tiny data: it measures every peer, writes its reports, and counts no time of a wrong copy.
# takes: 30
# What check runs looks unreachable to shellcheck.
# shellcheck disable=SC2317
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

export SCALE=0.001 PAIRS=1 OUT=$TEST_TMP/report BIN_BENCH=$BIN_TEST/../bench
wants='maildir maildir-cold maildir-unchanged 4gb-changed sparse'

# in a folder of its own below ours, as if run by hand
bench()
{
	env -u TEST_TMP TMPDIR="$TEST_TMP" "$@" "$ROOT/bench/run.sh"
}

# peers_of WORKLOAD - in the JSON report, with a time and a peak of memory each.
peers_of()
{
	jq -r --arg w "$1" '.workloads[] | select(.name == $w).peers[] |
		select(.s.median > 0 and .cpu.median > 0 and .mib.median > 0).name' "$OUT/report.json" | tr '\n' ' '
}

# a copy that is wrong in one mode
wrong_copy()
{
	cat >"$TEST_TMP/wrong" <<-END
		#!/bin/sh
		"$XFER" "\$@" && if [ "\$1" = sync ]; then chmod 700 "$TEST_TMP"/xfer-test.*/target/copy/.Folder07/cur; fi
	END
	chmod 755 "$TEST_TMP/wrong"
}

if ! mount_loop 64M ext4 "$TEST_TMP/probe"; then
	skip "the benchmark runs" "no loop mounts here"
	finish
fi
check "the benchmark runs" bench WORKLOADS="$wants"
check "its table has the ratio to rsync" says '^\| xfer-ssh \| .* [0-9]+\.[0-9]+ \|$'
check "its goals are judged" says '^\| maildir \| xfer-ssh \| faster rsync-ssh \| ≥ 2.5 \| .* (reached|\*\*missed\*\*) \|$'
while read -r name _ _ _ peers; do
	check "$name: every peer was measured" [ "$(peers_of "$name")" = "$peers " ]
done < <(grep -E "^(${wants// /|}) " "$ROOT/bench/workloads.txt")
check "what goes over ssh is counted" jq -e '.workloads[0].peers | map({ (.name): .sent.median }) | add |
	.["rsync-ssh"] > 0.5 and .["xfer-ssh"] > 0.1 and .cp == 0' "$OUT/report.json"
wrong_copy
check_exit 1 "a wrong copy ends it" bench WORKLOADS=maildir PEERS=xfer-local XFER="$TEST_TMP/wrong"
check "and is named" says 'bench: maildir: xfer-local made another tree$'
check_exit 1 "so does one that fails" bench WORKLOADS=maildir PEERS=xfer-local XFER=/bin/false
check "and is named too" says "bench: maildir: xfer-local failed with exit status 1\$"
check_exit 1 "so does a workload that is not there" bench WORKLOADS=nonesuch
check "nothing stays mounted, nothing is left" [ -z "$(findmnt -rno TARGET | grep "$TEST_TMP/xfer-test"; ls -d "$TEST_TMP"/xfer-test.* 2>/dev/null)" ]
finish
