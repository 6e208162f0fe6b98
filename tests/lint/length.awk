# length.awk - files over 500 lines and functions over 60 (from "{" to "}", which stand in the first column).

FNR == 1 {
	end_of_file()
	file = FILENAME
	name = ""
	start = 0
}

{ lines = FNR }

/^[A-Za-z_].*[A-Za-z0-9_]\(/ && !start && !/^(#|struct [a-z_]+ =)/ {
	name = $0
	# attributes stand in front of the name or behind the parameters
	gsub(/__attribute__\(\(([^()]|\([^()]*\))*\)\)/, "", name)
	sub(/\(.*/, "", name)
	sub(/.*[^A-Za-z0-9_]/, "", name)
}

/^{/ { start = FNR }

/^}/ && start {
	if (FNR - start + 1 > 60)
		printf "%s:%d: %s: a function of %d lines\n", file, start, name, FNR - start + 1
	start = 0
}

END { end_of_file() }

function end_of_file()
{
	if (file != "" && lines > 500)
		printf "%s:%d: length: a file of %d lines\n", file, lines, lines
}
