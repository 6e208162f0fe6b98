# calls.awk - reads bare.awk's output; finds calls that nobody may make, and libraries that print or exit.
# What command lines are made of (cli, front) may print; tests may too.

BEGIN {
	words("system strcpy strcat sprintf vsprintf gets strtok atoi atol atoll alloca tmpnam tempnam mktemp", never)
	words("exit quick_exit printf vprintf puts putchar perror", library)
	words("stdout stderr", streams)
}

{
	path = $0
	sub(/:.*/, "", path)
	where = $0
	sub(/: .*/, "", where)
	text = substr($0, length(where) + 3)
	is_library = path ~ /^(xfer|dbdump|scheduler)\// && path !~ /\/(cli|front)\//

	while (match(text, /[A-Za-z_][A-Za-z0-9_]*/)) {
		word = substr(text, RSTART, RLENGTH)
		before = RSTART > 1 ? substr(text, RSTART - 1, 1) : ""
		text = substr(text, RSTART + RLENGTH)
		called = text ~ /^[ \t]*\(/ && before != "." && before != ">"
		if (called && (word in never))
			printf "%s: %s: nobody calls this\n", where, word
		else if (is_library && ((called && (word in library)) || (word in streams)))
			printf "%s: %s: a library neither prints nor exits\n", where, word
	}
}

function words(list, set, part, n)
{
	n = split(list, part, " ")
	while (n)
		set[part[n--]] = 1
}
