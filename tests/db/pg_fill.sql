-- Puts up to 200 rows into each table of this database, whatever its columns are. What would break a rule of the application's
-- fails, and is left out; run again, it fills the tables that refer to those filled by then.
SELECT format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM generate_series(1, 200) AS i ON CONFLICT DO NOTHING',
	c.oid::regclass, string_agg(quote_ident(attname), ', ' ORDER BY attnum),
	string_agg(format('CASE WHEN i %% 5 = 0 AND %s THEN NULL ELSE (%s)::%s END', (NOT attnotnull)::text, CASE
	WHEN base IN ('int2') THEN 'i % 128'
	WHEN base IN ('int4', 'int8', 'oid') THEN 'i * 1000003'
	WHEN base IN ('numeric', 'float4', 'float8', 'money') THEN 'i / 7.0'
	WHEN base = 'bool' THEN 'i % 2 = 0'
	WHEN base IN ('date', 'timestamp', 'timestamptz', 'time', 'timetz') THEN 'timestamptz ''2020-01-01Z'' + i * interval ''1000003 s'''
	WHEN base = 'interval' THEN 'i * interval ''61 s'''
	WHEN base = 'bytea' THEN 'sha512(i::text::bytea)'
	WHEN base IN ('json', 'jsonb') THEN 'jsonb_build_object(''n'', i, ''s'', ''Zoë\t'')::text'
	WHEN base IN ('inet', 'cidr') THEN '''10.0.'' || i || ''.0'''
	WHEN base = 'uuid' THEN 'md5(i::text)'
	WHEN base = 'bit' OR base = 'varbit' THEN '''1'''
	WHEN base = 'xml' THEN '''<a>'' || i || ''</a>'''
	WHEN kind = 'e' THEN format('(enum_range(NULL::%s))[1]', name)
	WHEN category = 'A' THEN '''{}'''
	WHEN category = 'S' AND most > 0 THEN format('left(md5(i::text) || E''\tZoë\\N'' || i, %s)', most)
	WHEN category = 'S' THEN 'md5(i::text) || E''\tZoë\\N\n'' || i'
	ELSE 'NULL' END, name), ', ' ORDER BY attnum))
FROM pg_class c JOIN (SELECT a.*, t.typname AS base, t.typtype AS kind, t.typcategory AS category,
	format_type(a.atttypid, a.atttypmod) AS name, CASE WHEN a.atttypmod > 4 AND t.typname IN ('varchar', 'bpchar') THEN a.atttypmod - 4
	WHEN t.typname = 'char' THEN 1 WHEN t.typname = 'name' THEN 63 END AS most
	FROM pg_attribute a JOIN pg_type d ON d.oid = a.atttypid JOIN pg_type t ON t.oid = CASE WHEN d.typbasetype <> 0 THEN d.typbasetype ELSE d.oid END
	WHERE attnum > 0 AND NOT attisdropped AND attgenerated = '') a ON attrelid = c.oid
WHERE c.relkind = 'r' AND NOT c.relispartition AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
GROUP BY c.oid ORDER BY c.oid::regclass::text COLLATE "C" \gexec
