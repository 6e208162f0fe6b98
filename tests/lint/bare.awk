# bare.awk - C text without comments and the content of strings, each line with "path:line:" in front.

FNR == 1 { comment = 0 }

{
	out = ""
	n = length($0)
	for (i = 1; i <= n; i++) {
		c = substr($0, i, 1)
		two = substr($0, i, 2)
		if (comment) {
			if (two == "*/") {
				comment = 0
				i++
			}
		} else if (two == "/*") {
			comment = 1
			out = out " "
			i++
		} else if (two == "//") {
			break
		} else if (c == "\"" || c == "'") {
			quote = c
			for (i++; i <= n && substr($0, i, 1) != quote; i++)
				if (substr($0, i, 1) == "\\")
					i++
			out = out quote quote
		} else {
			out = out c
		}
	}
	if (out ~ /[^ \t]/)
		printf "%s:%d: %s\n", FILENAME, FNR, out
}
