# layers.awk - includes that go upwards among the layers of design.md, that are not by full path,
# or that stand before the file's own header.

BEGIN {
	may["xfer/base"] = "xfer/base"
	may["xfer/front"] = "xfer/front xfer/io xfer/base"
	may["xfer/codec"] = "xfer/codec xfer/base"
	may["xfer/io"] = "xfer/io xfer/base"
	may["xfer/wire"] = "xfer/wire xfer/io xfer/codec xfer/base"
	may["xfer/tree"] = "xfer/tree " may["xfer/wire"]
	may["xfer/cli"] = "xfer/cli xfer/front " may["xfer/tree"]
	may["dbdump"] = "dbdump " may["xfer/wire"]
	may["dbdump/my"] = "dbdump/my " may["dbdump"]
	may["dbdump/pg"] = "dbdump/pg " may["dbdump"]
	may["dbdump/archive"] = "dbdump/archive " may["dbdump"]
	may["dbdump/agent"] = "dbdump/agent xfer/front " may["dbdump/archive"]
	may["dbdump/cli"] = "dbdump/cli dbdump/my dbdump/pg " may["dbdump/agent"]
	may["scheduler/model"] = "scheduler/model xfer/base"
	may["scheduler/site"] = "scheduler/site " may["scheduler/model"]
	may["scheduler/store"] = "scheduler/store " may["scheduler/model"]
	may["scheduler/dns"] = "scheduler/dns xfer/base"
	may["scheduler/cli"] = "scheduler/cli scheduler/run scheduler/desk scheduler/store scheduler/dns xfer/front xfer/io " may["scheduler/site"]
	may["scheduler/desk"] = "scheduler/desk scheduler/store " may["scheduler/site"]
	may["scheduler/run"] = "scheduler/run " may["scheduler/desk"]
}

FNR == 1 {
	layer = layer_of(FILENAME)
	own = ""
	if (FILENAME ~ /\.c$/) {
		own = FILENAME
		sub(/\.c$/, ".h", own)
		if ((getline unused < own) < 0)
			own = ""
		else
			close(own)
	}
	if (!(layer in may))
		complain("layer", "no layer of this name in tests/lint/layers.awk")
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
	name = $0
	sub(/^[^<"]*/, "", name)
	quoted = name ~ /^"/
	sub(/^[<"]/, "", name)
	sub(/[>"].*/, "", name)

	if (own != "" && name != own)
		complain("first", "the own header, " own ", comes first")
	own = ""
	if (!quoted)
		next
	if (name !~ /^(xfer\/[a-z]+|dbdump|scheduler\/[a-z]+)\//) {
		complain(name, "include by full path from the top")
		next
	}
	if ((layer in may) && !index(" " may[layer] " ", " " layer_of(name) " "))
		complain(name, layer " may not see " layer_of(name))
}

function layer_of(path, part)
{
	return split(path, part, "/") > 2 ? part[1] "/" part[2] : part[1]
}

function complain(what, text)
{
	printf "%s:%d: %s: %s\n", FILENAME, FNR, what, text
}
