# pg_random.awk - SQL of what a database may hold, as chance has it: one seed, one database, made before.
#
# awk -v seed=N -f random.awk -f pg_random.awk | psql -v ON_ERROR_STOP=0: not all that is made up is allowed.

function name(kind)
{
	return "\"" pick("x|Name|a b|sel\"\"ect|order|ü|日本|😀|it's|a.b|%s|\\|--|/*|tab\tx|new\nline|_| lead|$1|:b|@c|?|;|NULL|A") kind (++names) "\""
}

function text(most,  s, n)
{
	n = chance(0.05) ? most : r(most < 15 ? most + 1 : 15)
	s = ""
	while (n-- > 0)
		s = s pick("a|b|Z|0| |  |\\t|\\n|\\r|\\\\|''|\"|`|\\x01|\\x7f|ä|ß|€|😀|Ж|日|\\b|\\f|\\v|N|,|{|}|(|)")
	return "E'" s "'"
}

# Sets type and class of a new column.
function new_type(  n)
{
	class = pick("int|int|int|num|flt|bool|text|text|vc|ch|bytea|date|time|ttz|ts|tstz|iv|uuid|json|jsonb|inet|cidr|mac|bit|vbit|pt|box|circle|poly|range|tsr|mr|enum|dom|comp|tsv|money|name|oid|arr|arr|c1|xid")
	n = 1 + r(30)
	if (class == "int") type = pick("smallint|integer|bigint")
	else if (class == "num") type = pick("numeric|numeric(" n + 10 "," r(10) ")")
	else if (class == "flt") type = pick("real|double precision")
	else if (class == "bool") type = "boolean"
	else if (class == "text") type = "text" pick("| COLLATE \"C\"| COLLATE \"POSIX\"")
	else if (class == "vc") { type = "varchar(" n ")"; size = n }
	else if (class == "ch") { type = "char(" n ")"; size = n }
	else if (class == "time") type = "time" pick("|(0)|(3)")
	else if (class == "ttz") type = "time with time zone"
	else if (class == "ts") type = "timestamp" pick("|(0)|(3)")
	else if (class == "tstz") type = "timestamp with time zone"
	else if (class == "iv") type = "interval" pick("||(2)| DAY TO SECOND")
	else if (class == "mac") type = pick("macaddr|macaddr8")
	else if (class == "bit") { type = "bit(" n ")"; size = n }
	else if (class == "vbit") { type = "bit varying(" n + 40 ")"; size = n }
	else if (class == "pt") type = "point"
	else if (class == "poly") type = pick("polygon|path")
	else if (class == "range") type = pick("int4range|int8range|numrange")
	else if (class == "tsr") type = pick("tsrange|daterange")
	else if (class == "mr") type = "nummultirange"
	else if (class == "enum") type = "rnd.\"mo od\""
	else if (class == "dom") type = "rnd.dom"
	else if (class == "comp") type = "rnd.comp"
	else if (class == "tsv") type = pick("tsvector|tsquery")
	else if (class == "arr") type = pick("integer[]|text[]|text[][]|timestamp[]|rnd.\"mo od\"[]|rnd.comp[]|bytea[]")
	else if (class == "c1") type = "\"char\""
	else type = class
	storage = class ~ /^(text|bytea|jsonb|arr)$/ && chance(0.2) ? pick("EXTERNAL|EXTENDED|MAIN") : ""
}

function day() { return sprintf("%04d-%02d-%02d", 1 + r(9999), 1 + r(12), 1 + r(28)) }
function moment() { return pick("infinity|-infinity|epoch|4713-01-01 BC|294276-12-31 23:59:59|" day() " " clock() "|0044-03-15 12:00:00 BC") }
function xy() { return "(" pick("0|1|-1.5|1e300|0.1|-0|5e-324") "," r(100) ")" }
function zone() { return pick("+00|+05:30|-08|+14|-12:34:56") }
function whole() { return pick("0|1|-1|" digits(1 + r(9)) "|-" digits(1 + r(9)) "|-2147483648|2147483647|32767") }

function value(i,  k, s, n)
{
	k = classes[i]
	if (nullable[i] && chance(0.12)) return "NULL"
	if (k == "int") return types[i] == "bigint" ? pick("-9223372036854775808|9223372036854775807|" whole()) : types[i] == "smallint" ? pick("-32768|32767|" r(100)) : whole()
	if (k == "num") return types[i] == "numeric" ? pick("'NaN'|0.000|1e100|-1e-100|" digits(60) "." digits(60)) : pick("'NaN'|1." digits(20) "|-" digits(5) "." digits(9))
	if (k == "flt") return pick("'NaN'|'Infinity'|'-Infinity'|'-0'|0.1|16777217|1e-44|3.4028235e38|1.17549435e-38|" digits(15) "." digits(3) "|0.30000000000000004")
	if (k == "bool") return pick("true|false")
	if (k == "vc" || k == "ch" || k == "text" || k == "name") return text(k == "text" ? 60 : k == "name" ? 20 : sizes[i])
	if (k == "bytea") return "'\\x" bytes(chance(0.05) ? 3000 : r(20)) "'"
	if (k == "date") return "'" pick("infinity|-infinity|4713-01-01 BC|5874897-12-31|" day()) "'"
	if (k == "time") return "'" pick("24:00:00|00:00:00|" clock()) "'"
	if (k == "ttz") return "'" clock() zone() "'"
	if (k == "ts") return "'" moment() "'"
	if (k == "tstz") return "'" pick("infinity|" day() " " clock() zone()) "'"
	if (k == "iv") return "'" pick("1 year -3 days 04:05:06.789|-178000000 years|00:00:00|-1 mon +1 day -00:00:00.000001|" r(1000) " days") "'"
	if (k == "uuid") return "'" bytes(16) "'"
	if (k == "json" || k == "jsonb") return "'" pick("{}|null|[1, 2.50, \"ü\\n\"]|{\"b\": 1,  \"a\": {\"x\\\\y\": \"😀\"}, \"b\": 2}|\"it''s\"|1e400") "'"
	if (k == "inet") return "'" pick("10." r(256) ".0.1|10.1.2.3/8|::1|2001:db8::" r(9999) "/64|::ffff:1.2.3.4") "'"
	if (k == "cidr") return "'" pick("10.0.0.0/8|" r(256) ".1.0.0/16|2001:db8::/32|::/0") "'"
	if (k == "mac") return "'08:00:2b:01:" sprintf("%02x:%02x", r(256), r(256)) "'"
	if (k == "bit" || k == "vbit") { s = ""; for (n = k == "bit" ? sizes[i] : r(sizes[i] + 40); n > 0; n--) s = s r(2); return "B'" s "'" }
	if (k == "pt") return "'" xy() "'"
	if (k == "box") return "'" xy() "," xy() "'"
	if (k == "circle") return "'<" xy() "," r(50) ">'"
	if (k == "poly") return "'(" xy() "," xy() "," xy() ")'"
	if (k == "range") return "'" pick("empty|(,)|[1,5)|[1,1]|(,7]|[" r(50) ",99)") "'"
	if (k == "tsr") return "'" pick("empty|(,)|[2001-01-01,infinity]|[2001-01-01,2002-02-03)") "'"
	if (k == "mr") return "'" pick("{}|{[1,2),(5,7.5]}|{(,)}") "'"
	if (k == "enum") return "'" pick("it''s|b c|ü|\\") "'"
	if (k == "dom") return r(100)
	if (k == "comp") return pick("ROW(NULL, NULL)|ROW(1, '')|ROW(2, " text(20) ")") "::rnd.comp"
	if (k == "tsv") return types[i] == "tsvector" ? "'fat:2A ''c\\\\at'':3 ü'" : "'fat & (rat | !''it''''s'')'"
	if (k == "money") return "'" pick("-1.50|92233720368547758.07|0") "'"
	if (k == "oid") return pick("0|4294967295|" r(99999))
	if (k == "xid") return "'" r(99999) "'"
	if (k == "c1") return pick("'a'|''|'\\377'")
	return array_of(types[i])
}

function array_of(t)
{
	if (t == "integer[]") return pick("'{}'|'{1,NULL,-3}'|'[-2:0]={1,2,3}'|'{{1,2},{3,4}}'")
	if (t ~ /^text/) return pick("'{}'|ARRAY[" text(9) ", NULL, 'NULL', '', '{', 'a,b']|ARRAY[[" text(5) "],[" text(5) "]]")
	if (t == "timestamp[]") return "'{infinity,\"2001-02-03 04:05:06.7\",NULL}'"
	if (t == "bytea[]") return "ARRAY['\\x00ff', '\\x5c']::bytea[]"
	if (t ~ /comp/) return "ARRAY[ROW(1, " text(9) ")::rnd.comp, NULL]"
	return "ARRAY['it''s', 'ü', NULL]::rnd.\"mo od\"[]"
}

function default_of(k)
{
	if (k ~ /^(int|num|flt|dom|oid)$/) return pick("0|1 + 1|(length('abc'))")
	if (k ~ /^(text|vc|ch)$/) return pick("''|'a'|lower('B')")
	if (k ~ /^(ts|tstz)$/) return pick("'2001-02-03'|'infinity'")
	if (k == "bool") return "true"
	if (k == "enum") return "'it''s'"
	if (k == "jsonb") return "'{}'"
	return ""
}

function add_column(i,  s, d, from)
{
	size = 20; new_type()
	columns[i] = name("c"); types[i] = type; classes[i] = class; sizes[i] = size
	nullable[i] = chance(0.75); generated[i] = 0
	from = i > 1 ? 1 + r(i - 1) : 0
	if (from && chance(0.1) && classes[from] ~ /^(int|vc)$/ && !generated[from]) {
		generated[i] = 1; nullable[i] = 1; types[i] = "numeric"
		return columns[i] (classes[from] == "int" ? " numeric GENERATED ALWAYS AS (" columns[from] " * 2.5) STORED" \
			: " text GENERATED ALWAYS AS (" columns[from] " || '''x') STORED")
	}
	s = columns[i] " " type (nullable[i] ? "" : " NOT NULL")
	d = chance(0.3) ? default_of(class) : ""
	if (d != "") s = s " DEFAULT " d
	if (chance(0.1)) s = s " CONSTRAINT " name("k") " CHECK (" columns[i] " IS NULL OR true)"
	return s
}

function comparable(k) { return k !~ /^(json|pt|box|circle|poly|xid|comp|gen)$/ }

function add_index(t, n,  i)
{
	i = 1 + r(n)
	if (classes[i] == "jsonb" || (classes[i] == "arr" && types[i] !~ /comp/) || types[i] == "tsvector") print "CREATE INDEX ON " t " USING gin (" columns[i] ");"
	else if (classes[i] ~ /^(pt|box|circle|range|tsr)$/) print "CREATE INDEX " name("i") " ON " t " USING gist (" columns[i] ");"
	else if (comparable(classes[i]))
		print "CREATE " (chance(0.15) ? "UNIQUE " : "") "INDEX " name("i") " ON " t " USING " pick("btree|btree|hash|brin") " (" columns[i] ")" \
			pick("| WHERE " columns[i] " IS NOT NULL") ";"
	if (classes[i] ~ /^(text|vc)$/) print "CREATE INDEX " name("i") " ON " t " (lower(" columns[i] ") DESC NULLS LAST) INCLUDE (" columns[1] ");"
}

function add_rows(t, n,  rows, i, list, line)
{
	list = keyed && chance(0.5) && !always ? "id" : ""
	with_id = list != ""
	for (i = 1; i <= n; i++)
		if (!generated[i]) list = list (list == "" ? "" : ",") columns[i]
	if (list == "") return
	for (rows = chance(0.1) ? 0 : r(40); rows > 0; rows--) {
		line = with_id ? (++serial * pick("1|1|-1")) : ""
		for (i = 1; i <= n; i++)
			if (!generated[i]) line = line (line == "" ? "" : ",") value(i)
		print "INSERT INTO " t " (" list ") VALUES (" line ") ON CONFLICT DO NOTHING;"
	}
}

function add_table(  t, n, i, s, kind, how)
{
	t = name("t")
	keyed = chance(0.6); always = chance(0.3)
	kind = pick("plain|plain|plain|part|inherits|unlogged")
	n = 1 + r(9)
	s = keyed ? "id bigint " (kind == "part" ? "NOT NULL" : "GENERATED " (always ? "ALWAYS" : "BY DEFAULT") " AS IDENTITY PRIMARY KEY") : ""
	if (kind == "part") { keyed = 1; always = 0; if (s == "") s = "id bigint NOT NULL" }
	for (i = 1; i <= n; i++) s = s (s == "" ? "" : ",\n  ") add_column(i)
	if (kind == "plain" && parent != "" && chance(0.5))
		s = s ",\n  parent bigint CONSTRAINT " name("f") " REFERENCES " parent " (id) " pick("|ON DELETE CASCADE|ON UPDATE SET NULL") pick("| DEFERRABLE INITIALLY DEFERRED")
	how = pick("RANGE|LIST|HASH")
	print "CREATE " (kind == "unlogged" ? "UNLOGGED " : "") "TABLE " t " (" s ")" (kind == "part" ? " PARTITION BY " how " (id)" : "") \
		(kind == "inherits" && plain != "" ? " INHERITS (" plain ")" : "") (kind == "plain" && chance(0.2) ? " WITH (fillfactor = 70)" : "") ";"
	if (kind == "part" && how == "RANGE") print "CREATE TABLE " name("p") " PARTITION OF " t " FOR VALUES FROM (MINVALUE) TO (10);"
	if (kind == "part" && how == "LIST") print "CREATE TABLE " name("p") " PARTITION OF " t " FOR VALUES IN (1, 2, -3);"
	if (kind == "part" && how == "HASH") print "CREATE TABLE " name("p") " PARTITION OF " t " FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
	if (kind == "part") print how == "HASH" ? "CREATE TABLE " name("p") " PARTITION OF " t " FOR VALUES WITH (MODULUS 2, REMAINDER 1);" \
		: "CREATE TABLE " name("p") " PARTITION OF " t " DEFAULT;"
	if (chance(0.3)) print "ALTER TABLE " t " ADD COLUMN gone integer DEFAULT 3;"
	add_rows(t, n)
	print "ALTER TABLE " t " DROP COLUMN IF EXISTS gone;"
	for (i = r(4); i > 0; i--) add_index(t, n)
	if (chance(0.2)) print "ALTER TABLE " t " ADD COLUMN later text DEFAULT 'l''ater';"
	if (chance(0.3)) print "COMMENT ON " pick("TABLE " t "|COLUMN " t "." columns[1]) " IS 'it''s \\ ü';"
	if (chance(0.2)) print "ALTER TABLE " t " ENABLE ROW LEVEL SECURITY; CREATE POLICY " name("y") " ON " t " FOR SELECT USING (" columns[1] " IS NOT NULL);"
	if (chance(0.2)) print "GRANT SELECT, INSERT (" columns[1] ") ON " t " TO PUBLIC;"
	if (kind == "plain" && n > 1 && chance(0.2)) print "CREATE STATISTICS " name("z") " ON " columns[1] ", " columns[2] " FROM " t ";"
	if (kind == "plain") { plain = t; if (keyed) parent = t }
	tables[++table_count] = t; column_of[table_count] = columns[1]; class_of[table_count] = classes[1]
}

function add_code(  i, v, f)
{
	i = 1 + r(table_count); v = name("v"); f = name("f")
	print "CREATE " pick("|MATERIALIZED ") "VIEW " v " AS SELECT " column_of[i] ", 'it''s'::text AS \"k\"\"1\" FROM " tables[i] pick("| WHERE true| LIMIT 7") ";"
	if (last_view != "" && chance(0.5)) print "CREATE VIEW " name("v") " WITH (security_barrier) AS SELECT x.*, count(*) OVER () AS \"n n\" FROM " last_view " x;"
	last_view = v
	print "CREATE FUNCTION " f "() RETURNS trigger LANGUAGE plpgsql AS $x$ BEGIN /* it's $y$ ; */ RETURN NEW; END $x$;"
	print "CREATE TRIGGER " name("g") " " pick("BEFORE|AFTER") " " pick("INSERT|UPDATE|DELETE OR UPDATE") " ON " tables[i] " FOR EACH ROW EXECUTE FUNCTION " f "();"
	if (chance(0.4)) print "CREATE FUNCTION " name("f") "(a int DEFAULT 3, VARIADIC b text[] DEFAULT '{}') RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + cardinality(b)';"
	if (chance(0.3)) print "CREATE SEQUENCE " name("s") " AS " pick("smallint|bigint") " START 5 INCREMENT " pick("1|-1|7") " MINVALUE -100 MAXVALUE 1000" pick("| CYCLE") ";"
	if (chance(0.2)) print "CREATE RULE " name("r") " AS ON UPDATE TO " tables[i] " DO ALSO NOTHING;"
	if (chance(0.3)) print "SELECT lo_from_bytea(0, '\\x" bytes(r(3000)) "');"
}

BEGIN {
	print "CREATE SCHEMA rnd; CREATE TYPE rnd.\"mo od\" AS ENUM ('it''s', 'b c', 'ü', E'\\\\');"
	print "CREATE DOMAIN rnd.dom AS integer CHECK (VALUE >= 0); CREATE TYPE rnd.comp AS (a integer, \"B b\" text);"
	print "SET search_path = rnd, public;"
	for (made = 2 + r(5); made > 0; made--) add_table()
	for (made = 1 + r(4); made > 0; made--) add_code()
}
