-- What pg_copy.sh compares of two databases: each table's rows by column name, and what no table has.
SELECT format('SELECT %L, count(*), md5(string_agg(r, '''' ORDER BY r COLLATE "C")) FROM (SELECT ROW(%s)::text AS r FROM ONLY %s) x',
	c.oid::regclass, (SELECT string_agg(format('%I::text', a.attname), ',' ORDER BY a.attname) FROM pg_attribute a
	WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), c.oid::regclass)
	FROM pg_class c WHERE c.relkind IN ('r', 'm') AND c.relnamespace >= 2200 AND (c.relkind = 'r' OR c.relispopulated) AND c.relnamespace::regnamespace::text
	NOT IN ('information_schema') AND c.relpersistence <> 't' ORDER BY c.oid::regclass::text COLLATE "C" \gexec
SELECT format('SELECT %L, last_value, is_called FROM %s', c.oid::regclass, c.oid::regclass) FROM pg_class c WHERE c.relkind = 'S'
	ORDER BY c.oid::regclass::text COLLATE "C" \gexec
SELECT 'large object', oid, length(lo_get(oid)), md5(lo_get(oid)), lomowner::regrole, lomacl FROM pg_largeobject_metadata ORDER BY oid;
SELECT 'setting', setrole::regrole, array(SELECT unnest(setconfig) ORDER BY 1) FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname =
	current_database()) ORDER BY 2;
SELECT 'database', datdba::regrole, pg_encoding_to_char(encoding), datcollate, datctype, datconnlimit, array(SELECT unnest(datacl)::text
	ORDER BY 1), shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database();
