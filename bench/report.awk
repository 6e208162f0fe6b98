# report.awk - reads goals.txt and runs.txt (workload, peer, entries, bytes, cache, then measure's line: us of wall, user,
# system; KiB; bytes up, down; for databases the processor us of source and destination) and prints a report, as Markdown or (form = "json") as one JSON object.

FILENAME == ARGV[1] {
	if ($0 !~ /^#/)
		goal[++goals] = $0
	next
}

{
	if (!($1 in peers)) {
		workload[++workloads] = $1
		entries[$1] = $3
		bytes[$1] = $4
		cache[$1] = $5
	}
	if (!(($1, $2) in runs)) {
		peer[$1, ++peers[$1]] = $2
		if (!($1 in base) && $2 !~ /^(xfer|dbdump|other|ssh$)/)
			base[$1] = $2
	}
	n = ++runs[$1, $2]
	value[$1, $2, "s", n] = $6 / 1e6
	value[$1, $2, "cpu", n] = ($7 + $8) / 1e6
	value[$1, $2, "mib", n] = $9 / 1024
	value[$1, $2, "sent", n] = ($10 + $11) / 1e6
	value[$1, $2, "cpu-a", n] = $12 / 1e6
	value[$1, $2, "cpu-b", n] = $13 / 1e6
	if (NF >= 13)
		servers[$1] = 1
}

END {
	if (form == "json")
		print_json()
	else
		print_markdown()
}

function median(w, p, what,    n, i, j, v, sorted)
{
	n = runs[w, p]
	for (i = 1; i <= n; i++) {
		v = value[w, p, what, i]
		for (j = i; j > 1 && sorted[j - 1] > v; j--)
			sorted[j] = sorted[j - 1]
		sorted[j] = v
	}
	return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

function spread(w, p,    i, v, low, high)
{
	for (i = 1; i <= runs[w, p]; i++) {
		v = value[w, p, "s", i]
		if (i == 1 || v < low)
			low = v
		if (i == 1 || v > high)
			high = v
	}
	return sprintf("%.2f–%.2f", low, high)
}

# ssh's own start, where the workload measured it.
function start(w)
{
	return (w, "ssh") in runs ? median(w, "ssh", "s") : 0
}

# The figure of a goal; "" when it was not measured. A ratio is larger when ours is better, but for less-cpu.
function figure(w, p, what, other)
{
	if (!((w, p) in runs) || (other != "" && !((w, other) in runs)))
		return ""
	if (what == "faster")
		return median(w, other, "s") / median(w, p, "s")
	if (what == "less-cpu")
		return median(w, p, "cpu") / median(w, other, "cpu")
	if (what == "net")
		return start(w) ? (median(w, other, "s") - start(w)) / (median(w, p, "s") - start(w)) : ""
	if (what == "more")
		return median(w, p, "s") / median(w, other, "s") - 1
	if (what == "s-gb" || what == "cpu-gb")
		return median(w, p, substr(what, 1, length(what) - 3)) / bytes[w] * 1e9
	return median(w, p, what)
}

function print_markdown(    i, k, w, p, b)
{
	print about "."
	for (i = 1; i <= workloads; i++) {
		w = workload[i]
		b = base[w]
		if (w in servers) {
			print_databases(w, b)
			continue
		}
		printf "\n### %s: %d entries, %.0f MB, source %s\n\n", w, entries[w], bytes[w] / 1e6, cache[w]
		printf "| | s | from–to | CPU s | largest process, MiB | over ssh, MB | times as fast%s | CPU |\n", b ? " as " b : ""
		print "| --- | --: | --: | --: | --: | --: | --: | --: |"
		for (k = 1; k <= peers[w]; k++) {
			p = peer[w, k]
			printf "| %s | %.2f | %s | %.2f | %.0f | %s | %s | %s |\n", p, median(w, p, "s"), spread(w, p),
				median(w, p, "cpu"), median(w, p, "mib"), sent(w, p), ratio(w, p, "faster", b),
				ratio(w, p, "less-cpu", b)
		}
		if (start(w))
			print_net(w, b)
	}
	print_goals()
}

function print_databases(w, b,    k, p)
{
	printf "\n### %s: %d tables, %.0f MB\n\n", w, entries[w], bytes[w] / 1e6
	printf "| | s | from–to | s a GB | CPU s | at the source | at the destination | largest process, MiB | times as fast as %s |\n", b
	print "| --- | --: | --: | --: | --: | --: | --: | --: | --: |"
	for (k = 1; k <= peers[w]; k++) {
		p = peer[w, k]
		printf "| %s | %.2f | %s | %.1f | %.2f | %.2f | %.2f | %.0f | %s |\n", p, median(w, p, "s"), spread(w, p),
			figure(w, p, "s-gb"), median(w, p, "cpu"), median(w, p, "cpu-a"), median(w, p, "cpu-b"), median(w, p, "mib"),
			ratio(w, p, "faster", b)
	}
}

function sent(w, p,    v)
{
	v = median(w, p, "sent")
	return v ? sprintf("%.1f", v) : "–"
}

function ratio(w, p, what, other,    v)
{
	v = p == "ssh" || other == "" ? "" : figure(w, p, what, other)
	return v == "" ? "–" : sprintf("%.2f", v)
}

function print_net(w, b,    k, p)
{
	printf "\nWithout ssh's own start:"
	for (k = 1; k <= peers[w]; k++) {
		p = peer[w, k]
		if (p != "ssh")
			printf "%s %s %.2f s (%s)", (k > 1 ? "," : ""), p, median(w, p, "s") - start(w), ratio(w, p, "net", b)
	}
	print "."
}

function print_goals(    i, g, v, said)
{
	for (i = 1; i <= goals; i++) {
		split(goal[i], g, " ")
		v = figure(g[1], g[2], g[3], g[6])
		# the bounds of sizes are for the full size
		if (v == "" || (g[3] ~ /^(sent|mib)$/ && scale != 1))
			continue
		if (!said++)
			print "\n### Goals\n\n| workload | | | bound | measured | |\n| --- | --- | --- | --: | --: | --- |"
		printf "| %s | %s | %s | %s %s | %.2f | %s |\n", g[1], g[2], g[3] (g[6] == "" ? "" : " " g[6]),
			g[4] == ">" ? "≥" : "≤", g[5], v, (g[4] == ">" ? v >= g[5] : v <= g[5]) ? "reached" : "**missed**"
		delete g
	}
}

function print_json(    i, k, n, w, p, what, names, j)
{
	split("s cpu mib sent cpu-a cpu-b", names, " ")
	printf "{\"about\":\"%s\",\"workloads\":[", about
	for (i = 1; i <= workloads; i++) {
		w = workload[i]
		printf "%s\n{\"name\":\"%s\",\"entries\":%d,\"bytes\":%.0f,\"cache\":\"%s\",\"peers\":[", (i > 1 ? "," : ""), w,
			entries[w], bytes[w], cache[w]
		for (k = 1; k <= peers[w]; k++) {
			p = peer[w, k]
			printf "%s\n {\"name\":\"%s\"", (k > 1 ? "," : ""), p
			for (j = 1; j <= (w in servers ? 6 : 4); j++) {
				what = names[j]
				printf ",\"%s\":{\"median\":%.6f,\"runs\":[", what, median(w, p, what)
				for (n = 1; n <= runs[w, p]; n++)
					printf "%s%.6f", (n > 1 ? "," : ""), value[w, p, what, n]
				printf "]}"
			}
			printf "}"
		}
		printf "]}"
	}
	print "\n]}"
}
