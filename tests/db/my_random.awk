# my_random.awk - SQL of a database rnd_SEED with tables, rows, views and code as chance has them; one seed, one database.
#
# awk -v seed=N -f random.awk -f my_random.awk | mariadb --force: not all that is made up is allowed, and rows are put in with IGNORE, which makes
# some of their values what no sane application has. To be read with utf8mb4.

# Names of all kinds, each once.
function name(kind,  s)
{
	s = pick("x|Name|a b|sel``ect|order|ü|日本|it's|\"q\"|a.b|%s|\\|--|/*!x*/|tab\tx|new\nline|_| lead|$1|:b|@c|?|;|NULL")
	return s kind (++names)
}
function id(s) { return "`" s "`" }

function text(most,  s, n)
{
	n = chance(0.1) ? most : r(most < 20 ? most + 1 : 20)
	s = ""
	while (n-- > 0)
		s = s pick("61|62|5A|30|20|20|00|09|0A|0D|5C|27|22|60|1A|25|5F|7F|C3A4|C39F|E282AC|F09F9880|D096|E697A5|E8AAA0|CCA8")
	return "_utf8mb4 x'" s "'"
}

function integer(bits, unsigned)
{
	if (chance(0.2))
		return pick("0|1|-1|7")
	if (chance(0.3))
		return unsigned ? pick("18446744073709551615|9223372036854775808|4294967295|65535|255|16777215") \
			: pick("-9223372036854775808|9223372036854775807|-2147483648|2147483647|-32768|32767|-128|127|-8388608|8388607")
	return (chance(0.5) ? "-" : "") digits(1 + r(bits / 4 + 1))
}

# Sets type, class, size and charset of a new column. small: what a key may be of, and MEMORY may have.
function new_type(small,  k, n, cs)
{
	k = pick(small ? "int|int|int|dec|dbl|bit|year|date|time|dt|ts|char|vc|vc|bin|vb|enum|set|uuid|i4|i6|bool|float" \
		: "int|int|int|dec|float|dbl|bit|bool|year|date|time|dt|ts|char|vc|vc|text|text|bin|vb|blob|enum|set|json|uuid|i4|i6|geo")
	class = k; size = 0; charset = ""
	if (k == "int") {
		n = 1 + r(5)
		size = n == 5 ? 64 : 8 * n
		type = pick_nth("TINYINT|SMALLINT|MEDIUMINT|INT|BIGINT", n)
		unsigned = chance(0.3)
		type = type (unsigned ? " UNSIGNED" : "") (chance(0.1) ? " ZEROFILL" : "")
	} else if (k == "dec") {
		size = 1 + r(65); n = r(size < 38 ? size + 1 : 39)
		type = "DECIMAL(" size "," n ")"
	} else if (k == "float") type = pick("FLOAT|FLOAT|FLOAT UNSIGNED|FLOAT(10,3)")
	else if (k == "dbl") type = pick("DOUBLE|DOUBLE|DOUBLE(20,5)|DOUBLE ZEROFILL")
	else if (k == "bit") { size = 1 + r(64); type = "BIT(" size ")" }
	else if (k == "bool") type = "BOOLEAN"
	else if (k == "year") type = "YEAR"
	else if (k == "date") type = "DATE"
	else if (k == "time") { size = r(7); type = "TIME(" size ")" }
	else if (k == "dt") { size = r(7); type = "DATETIME(" size ")" }
	else if (k == "ts") { size = r(7); type = "TIMESTAMP(" size ")" }
	else if (k == "bin") { size = r(20); type = "BINARY(" size ")" }
	else if (k == "vb") { size = r(100); type = "VARBINARY(" size ")" }
	else if (k == "blob") { size = 300; type = pick("TINYBLOB|BLOB|MEDIUMBLOB|LONGBLOB|BLOB COMPRESSED") }
	else if (k == "json") type = "JSON"
	else if (k == "uuid") type = "UUID"
	else if (k == "i4") type = "INET4"
	else if (k == "i6") type = "INET6"
	else if (k == "geo") type = pick("GEOMETRY|POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION")
	else {
		cs = chance(0.5) ? "" : " " character_set()
		if (k == "char") { size = r(30); type = "CHAR(" size ")" cs }
		else if (k == "vc") { size = 1 + r(60); type = "VARCHAR(" size ")" cs }
		else if (k == "text") { size = 200; type = pick("TINYTEXT|TEXT|MEDIUMTEXT|LONGTEXT|TEXT COMPRESSED") cs }
		else if (k == "enum") type = "ENUM('a','b c','','0','7','x\\\\y','ü')" cs
		else type = "SET('a','b c','0','12','ß')" cs
	}
}
function pick_nth(list, n,  a) { split(list, a, "|"); return a[n] }

function character_set()
{
	return pick("CHARACTER SET latin1|CHARACTER SET latin1 COLLATE latin1_german2_ci|CHARACTER SET utf8mb3|CHARACTER SET utf8mb4 COLLATE utf8mb4_bin|" \
		"CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_nopad_ci|CHARACTER SET ucs2|CHARACTER SET utf16|CHARACTER SET utf32|CHARACTER SET utf16le|" \
		"CHARACTER SET ascii|CHARACTER SET koi8r|CHARACTER SET cp1250 COLLATE cp1250_czech_cs|CHARACTER SET sjis|CHARACTER SET gbk|" \
		"CHARACTER SET big5|CHARACTER SET euckr|CHARACTER SET tis620|CHARACTER SET cp932|CHARACTER SET ujis|CHARACTER SET gb2312|" \
		"CHARACTER SET latin2|CHARACTER SET greek|CHARACTER SET hebrew|CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci|CHARACTER SET swe7")
}

function day() { return sprintf("%04d-%02d-%02d", 1000 + r(9000), 1 + r(12), 1 + r(28)) }

# A value of column i.
function value(i,  k)
{
	k = classes[i]
	if (nullable[i] && chance(0.15))
		return "NULL"
	if (k == "int") return integer(sizes[i], unsigneds[i])
	if (k == "dec") return (chance(0.5) ? "-" : "") digits(1 + r(40)) "." digits(1 + r(38))
	if (k == "float" || k == "dbl") return pick("0|-0.0|0.1|16777217|1e30|-1.5e-30|3.40282347e38|1.7976931348623157e308|2.2250738585072014e-308|4.9e-324|123456.789|1e-40|0.30000000000000004")
	if (k == "bit") return "x'" bytes(1 + r(8)) "'"
	if (k == "bool") return r(3) - 1
	if (k == "year") return pick("0|1901|2155|1970|2069|99")
	if (k == "date") return "'" pick("0000-00-00|9999-12-31|2024-02-31|2024-00-00|" day()) "'"
	if (k == "time") return "'" pick("-838:59:59.999999|838:59:59.999999|00:00:00|-00:00:00.000001|" clock()) "'"
	if (k == "dt") return "'" pick("0000-00-00 00:00:00|9999-12-31 23:59:59.999999|2023-02-30 10:00:00.5|" day() " " clock()) "'"
	if (k == "ts") return "'" pick("0000-00-00 00:00:00|1970-01-01 00:00:01|2038-01-19 03:14:07.999999|2024-10-27 02:30:00|2024-03-31 02:30:00|200" r(10) "-05-07 " clock()) "'"
	if (k == "bin" || k == "vb" || k == "blob") return "x'" bytes(chance(0.1) ? sizes[i] : r(sizes[i] + 1)) "'"
	if (k == "enum") return pick("'a'|'b c'|''|'0'|'7'|7|1|'x\\\\y'|'ü'|'wrong'")
	if (k == "set") return pick("'a'|'a,b c'|''|'0,12'|31|'ß,a'|'wrong'")
	if (k == "json") return pick("'{}'|'[1, 2.50, \"ü\\\\n\"]'|'null'|'\"x\\\\\\\\y\"'|'{\"a\": {\"b\": [true, 1e2]}}'")
	if (k == "uuid") return pick("UUID()|'00000000-0000-0000-0000-000000000000'|'ffffffff-ffff-ffff-ffff-ffffffffffff'|x'" bytes(16) "'")
	if (k == "i4") return "'" r(256) "." r(256) "." r(256) "." r(256) "'"
	if (k == "i6") return pick("'::'|'::1'|'::ffff:1.2.3.4'|'2001:db8::" sprintf("%x", r(65536)) "'|x'" bytes(16) "'")
	if (k == "geo") return shape(types[i])
	return text(sizes[i] > 60 && chance(0.9) ? 60 : sizes[i])
}
function number() { return pick("0|1|-1.5|1e10|0.1|" r(1000)) }
function xy() { return number() " " number() }
function shape(t,  p)
{
	p = "POLYGON((0 0,10 0,10 10,0 10,0 0))"
	if (t ~ /^GEOMETRYC/) t = "GEOMETRYCOLLECTION(POINT(" xy() "),LINESTRING(" xy() "," xy() "))"
	else if (t ~ /^LINE/) t = "LINESTRING(" xy() "," xy() ")"
	else if (t ~ /^POLY/) t = p
	else t = "POINT(" xy() ")"
	return "ST_GeomFromText('" t "'" (chance(0.3) ? ",4326" : "") ")"
}

function default_of(k)
{
	if (k ~ /^(int|dec|bool|bit)$/) return pick("0|1|(1 + 0)")
	if (k ~ /^(float|dbl)$/) return pick("0|1.5")
	if (k ~ /^(dt|ts)$/) return pick("'2001-02-03 04:05:06'|CURRENT_TIMESTAMP(" size ")|CURRENT_TIMESTAMP(" size ") ON UPDATE CURRENT_TIMESTAMP(" size ")")
	if (k ~ /^(char|vc|text)$/) return pick("''|'a'|(CONCAT('a','b'))")
	if (k == "uuid") return "UUID()"
	if (k == "date") return "'2001-02-03'"
	if (k ~ /^(enum|set)$/) return "'a'"
	if (k ~ /^(bin|vb|blob)$/) return pick("''|x'00'")
	return ""
}

# Column i of the table that is being made.
function add_column(i, small,  d, s, from)
{
	new_type(small)
	columns[i] = name("c"); types[i] = type; classes[i] = class; sizes[i] = size; unsigneds[i] = unsigned
	nullable[i] = chance(0.7); generated[i] = 0
	from = i > 1 ? 1 + r(i - 1) : 0
	if (from && chance(0.15) && classes[from] ~ /^(int|vc|char)$/) {
		generated[i] = 1; classes[i] = "gen"; nullable[i] = 1
		if (classes[from] == "int")
			return id(columns[i]) " DECIMAL(30,0) GENERATED ALWAYS AS (" id(columns[from]) " * 2 + 1) " pick("VIRTUAL|STORED")
		return id(columns[i]) " VARCHAR(100) CHARACTER SET utf8mb4 AS (CONCAT(" id(columns[from]) ", '\\\\''-')) " pick("VIRTUAL|STORED")
	}
	s = id(columns[i]) " " type (nullable[i] ? " NULL" : " NOT NULL")
	d = chance(0.4) ? default_of(class) : ""
	if (d != "") s = s " DEFAULT " d
	if (chance(0.1) && (d != "" || nullable[i])) s = s " INVISIBLE"
	if (chance(0.1)) s = s " COMMENT 'c ''x'' \\\\ " class "'"
	if (chance(0.1) && class != "json") s = s " CHECK (" id(columns[i]) " IS NULL OR 1)"
	return s
}

function part(i)
{
	if (classes[i] ~ /^(text|blob|json)$/) return id(columns[i]) "(" 1 + r(20) ")"
	if (classes[i] ~ /^(char|vc|vb)$/ && sizes[i] > 4 && chance(0.4)) return id(columns[i]) "(" 1 + r(4) ")"
	return id(columns[i]) (chance(0.1) ? " DESC" : "")
}

function add_key(n,  i, s, used, parts, k)
{
	i = 1 + r(n)
	if (classes[i] == "geo")
		return nullable[i] || engine == "MEMORY" ? "" : ",\n  SPATIAL KEY (" id(columns[i]) ")"
	if (classes[i] ~ /^(vc|text|char)$/ && chance(0.2) && engine != "MEMORY" && !partitioned && !versioned)
		return ",\n  FULLTEXT KEY " id(name("f")) " (" id(columns[i]) ")"
	s = ""
	for (parts = 1 + r(3); parts > 0; parts--) {
		k = 1 + r(n)
		if (used[k]++ || classes[k] == "geo" || (classes[k] ~ /^(char|vc|vb|bin)$/ && sizes[k] == 0))
			continue
		s = s (s == "" ? "" : ", ") part(k)
	}
	if (s == "") return ""
	return ",\n  " (chance(0.3) && !partitioned ? "UNIQUE " : "") "KEY " id(name("k")) " (" s ")" (chance(0.1) ? " COMMENT 'k'" : "")
}

function options(  s)
{
	s = " ENGINE=" engine
	if (chance(0.6)) s = s " DEFAULT " character_set()
	if (chance(0.3)) s = s " COMMENT='a ''table'' \\\\ ü'"
	if (engine == "InnoDB" && chance(0.4)) s = s " ROW_FORMAT=" pick("DYNAMIC|COMPACT|REDUNDANT|COMPRESSED")
	if (engine == "MyISAM" && chance(0.3)) s = s " ROW_FORMAT=" pick("DYNAMIC|FIXED") " CHECKSUM=1"
	if (engine == "Aria" && chance(0.5)) s = s " TRANSACTIONAL=" r(2)
	if (keyed && chance(0.3)) s = s " AUTO_INCREMENT=" 1 + r(100000)
	if (versioned) s = s " WITH SYSTEM VERSIONING"
	if (partitioned) s = s pick(" PARTITION BY HASH (id) PARTITIONS 3| PARTITION BY KEY (id) PARTITIONS 2|" \
		" PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (0), PARTITION `p 1` VALUES LESS THAN (100), PARTITION px VALUES LESS THAN MAXVALUE)|" \
		" PARTITION BY LIST (id MOD 3) (PARTITION a VALUES IN (0, -1, 1), PARTITION b VALUES IN (2, -2))")
	return s
}

function add_rows(t, n,  rows, i, s, list, line)
{
	list = keyed ? "id" : ""
	for (i = 1; i <= n; i++)
		if (!generated[i]) list = list (list == "" ? "" : ",") id(columns[i])
	if (versioned) print "SET timestamp = 1500000000;"
	for (rows = chance(0.1) ? 0 : r(40); rows > 0; rows--) {
		line = keyed ? (chance(0.7) ? "NULL" : pick("0|-5|99|2147483647|" r(1000))) : ""
		for (i = 1; i <= n; i++)
			if (!generated[i]) line = line (line == "" ? "" : ",") value(i)
		if (list != "") print "INSERT IGNORE INTO " id(t) " (" list ") VALUES (" line ");"
	}
	if (keyed && engine == "InnoDB" && !versioned && chance(0.12)) {
		list = ""
		for (i = 1; i <= n; i++)
			if (!generated[i]) list = list (list == "" ? "" : ",") id(columns[i])
		if (list != "") print "INSERT IGNORE INTO " id(t) " (" list ") SELECT " list " FROM " id(t) ", seq_1_to_300;\nANALYZE TABLE " id(t) ";"
	}
	if (versioned) {
		print "SET timestamp = " 1600000000 + r(1000000) ";"
		if (!generated[1]) print "UPDATE IGNORE " id(t) " SET " id(columns[1]) " = " value(1) " LIMIT 5;"
		print "SET timestamp = " 1700000000 + r(1000000) ";\nDELETE FROM " id(t) " LIMIT 3;\nSET timestamp = DEFAULT;"
	}
}

function add_table(  t, n, i, s, keys)
{
	t = name("t"); tables[++table_count] = t
	engine = pick("InnoDB|InnoDB|InnoDB|InnoDB|InnoDB|MyISAM|Aria|MEMORY")
	keyed = chance(0.6)
	partitioned = keyed && engine == "InnoDB" && chance(0.25)
	versioned = engine == "InnoDB" && !partitioned && chance(0.15)
	n = 1 + r(10)
	s = keyed ? "  id " pick("INT|BIGINT") " NOT NULL" (partitioned ? "" : " AUTO_INCREMENT") " PRIMARY KEY" : ""
	for (i = 1; i <= n; i++)
		s = s (s == "" ? "  " : ",\n  ") add_column(i, engine == "MEMORY" || chance(0.3))
	if (!keyed && chance(0.4) && classes[1] !~ /^(geo|text|blob|json|gen)$/ && sizes[1] > 0)
		s = s ",\n  PRIMARY KEY (" id(columns[1]) (n > 1 && classes[2] ~ /^(int|date|uuid|enum)$/ ? ", " id(columns[2]) : "") ")"
	for (keys = r(4); keys > 0; keys--)
		s = s add_key(n)
	if (engine == "InnoDB" && !partitioned && parent != "" && chance(0.5))
		s = s ",\n  parent " parent_type " NULL,\n  CONSTRAINT " id(name("fk")) " FOREIGN KEY (parent) REFERENCES " id(parent) " (id)" \
			pick("| ON DELETE CASCADE| ON DELETE SET NULL ON UPDATE CASCADE| ON UPDATE RESTRICT")
	print "CREATE TABLE " id(t) " (\n" s ")" options() ";"
	if (keyed && engine == "InnoDB" && !partitioned && !versioned) {
		parent = t
		parent_type = s ~ /^  id INT/ ? "INT" : "BIGINT"
	}
	add_rows(t, n)
	column_of[table_count] = columns[1]; keys_of[table_count] = keyed
}

function add_code(  i, t, v)
{
	i = 1 + r(table_count); t = tables[i]; v = name("v")
	print "SET sql_mode = '" pick("|ANSI_QUOTES|NO_BACKSLASH_ESCAPES|STRICT_ALL_TABLES|PIPES_AS_CONCAT|ANSI|TRADITIONAL") "';"
	if (chance(0.5))
		print "CREATE " pick("|ALGORITHM=MERGE |SQL SECURITY INVOKER ") "VIEW " id(v) " AS SELECT t." id(column_of[i]) ", 'it''s' AS `k``1`, " \
			pick("COUNT(*) OVER () AS n|1 AS n|t." id(column_of[i]) " IS NULL AS n") " FROM " id(t) " AS t" pick("| WHERE 1 = 1| LIMIT 5") ";"
	else if (last_view != "")
		print "CREATE VIEW " id(v) " AS SELECT x.* FROM " id(last_view) " x" pick("| UNION SELECT y.* FROM " id(last_view) " y") ";"
	last_view = v
	print "CREATE TRIGGER " id(name("g")) " " pick("BEFORE|AFTER") " " pick("INSERT|UPDATE|DELETE") " ON " id(t) " FOR EACH ROW SET @x = 'a' /* " id(t) " ü */;"
	if (chance(0.5))
		print "CREATE FUNCTION " id(name("p")) "(a VARCHAR(20)" pick("| CHARACTER SET latin1") ") RETURNS INT DETERMINISTIC COMMENT 'f' RETURN LENGTH(a) + (SELECT COUNT(*) FROM " id(t) ");"
	else
		print "CREATE PROCEDURE " id(name("p")) "(IN a INT, OUT b TEXT) SQL SECURITY " pick("INVOKER|DEFINER") " SELECT a, 'ü' INTO a, b;"
	if (chance(0.3))
		print "CREATE SEQUENCE " id(name("s")) " START WITH " 1 + r(1000) " INCREMENT BY " pick("1|-1|7") pick("| CACHE 10| NOCACHE CYCLE") ";"
}

BEGIN {
	print "CREATE DATABASE rnd_" seed " DEFAULT " character_set() ";\nUSE rnd_" seed ";\nSET NAMES utf8mb4;"
	print "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', foreign_key_checks = 0;"
	for (made = 2 + r(5); made > 0; made--) add_table()
	for (made = 1 + r(4); made > 0; made--) add_code()
}
