-- A database with all that a copy may lose: see pg_copy.sh. Run by psql as a superuser, in a database of its own.
CREATE ROLE owner1;
CREATE ROLE "Weird ""role""" LOGIN PASSWORD 'secret';
CREATE ROLE app LOGIN NOINHERIT CONNECTION LIMIT 7 VALID UNTIL '2031-01-02 03:04:05+00';
GRANT owner1 TO app WITH ADMIN OPTION;
CREATE EXTENSION hstore;
CREATE SCHEMA ext;
CREATE EXTENSION btree_gist SCHEMA ext;
CREATE EXTENSION citext SCHEMA ext;
CREATE EXTENSION postgres_fdw;
CREATE SCHEMA "Sch. ""1""";
CREATE SCHEMA owned AUTHORIZATION owner1;
SET search_path = public, ext;
SET check_function_bodies = off;
SET client_min_messages = warning;

-- types
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'ünïcode', '', E'with\nnewline');
CREATE TYPE pair AS (a integer, "b c" text);
CREATE DOMAIN positive AS integer DEFAULT 7 NOT NULL CONSTRAINT "is > 0" CHECK (VALUE > 0);
CREATE DOMAIN text_list AS text[] CHECK (array_length(VALUE, 1) < 100);
CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE base;
CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, LIKE = text);
CREATE CAST (base AS text) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE COLLATION german (PROVIDER = icu, LOCALE = 'de-u-co-phonebk', DETERMINISTIC = false);
CREATE TYPE owned.kind AS ENUM ('a');
ALTER TYPE owned.kind OWNER TO owner1;

-- every type at its edges
CREATE TABLE edges (
	id integer PRIMARY KEY, i2 int2, i4 int4, i8 int8, n numeric, n2 numeric(1000, 500), f4 float4, f8 float8, m money, b boolean,
	t text, vc varchar(10), c char(5), "char" "char", nm name, by bytea, ts timestamp, tz timestamptz, d date, ti time, tt timetz,
	iv interval, u uuid, j json, jb jsonb, x xml, i inet, ci cidr, mac macaddr, mac8 macaddr8, bits bit(3), vb bit varying, pt point, ln line,
	ls lseg, bx box, pa path, po polygon, ce circle, tv tsvector, tq tsquery, i4r int4range, nr numrange, tr tstzrange, dr daterange,
	fr float_range, mo mood, pr pair, ps positive, tl text_list, ia int[], ta text[], ma mood[], pra pair[], ja jsonb[], o oid, rc regclass,
	rp regprocedure, rt regtype, ls2 pg_lsn, h hstore, ct citext, ba base, imr int4multirange, f8a float8[], mxr money[]
);
INSERT INTO edges (id, i2, i4, i8, n, n2, f4, f8, m, b, t, vc, c, "char", nm, by, ts, tz, d, ti, tt, iv, u, j, jb, x) VALUES
	(1, -32768, -2147483648, -9223372036854775808, '-Infinity', -1e499, 'NaN', '-Infinity', '-92233720368547758.08', false, '', '', '', '', '',
	'', '-infinity', 'infinity', '-infinity', '00:00', '00:00:00+15:59', '-178000000 years', '00000000-0000-0000-0000-000000000000',
	'{"b": 1,   "a":1.0}', '{"b": 1, "a": 1.0, "a": 1e2}', '<a/>'),
	(2, 32767, 2147483647, 9223372036854775807, 'NaN', 1e-500, 16777216, 0.1, '92233720368547758.07', true, E'tab\tnewline\ncr\rback\\slash\x01',
	E'\\N', 'ab', 'x', 'name', '\x00ff0a09', '4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999+00', '5874897-12-31', '24:00', '24:00:00-15:59',
	'178000000 years 11 mons 30 days 23:59:59.999999', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'null', '"\u00e9"', 'just text &amp; more'),
	(3, 0, 0, 0, 1234567890.123456789012345678901234567890, 0, 1.17549435e-38, 2.2250738585072014e-308, 0, NULL, E'\\.', '€', '  ', NULL, NULL, NULL,
	'2000-02-29 12:00:00.000001', '1999-12-31 23:59:59.999999+14', '0001-01-01', '23:59:59.999999', '12:00+05:30', '1 mon -1 day 00:00:00.000001',
	NULL, '[]', '[]', ''),
	(4, NULL, NULL, NULL, 0.0, 0, 3.4028235e38, 1.7976931348623157e308, 0.01, NULL, 'emoji 🐘 ｆｕｌｌ', 'null', 'null', '\', '"q"', '\x5c4e', NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, NULL, 'null', NULL),
	(5, NULL, NULL, NULL, '1e-16383', NULL, -0.0, -0.0, NULL, NULL, repeat('x', 3000000), NULL, NULL, NULL, NULL, decode(repeat('00ff5c0a', 500000), 'hex'),
	NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(6, NULL, NULL, NULL, NULL, NULL, 1e-45, 5e-324, NULL, NULL, 'NULL', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
UPDATE edges SET i = '::ffff:1.2.3.4/0', ci = '2001:db8::/32', mac = '08:00:2b:01:02:03', mac8 = '08:00:2b:01:02:03:04:05', bits = '101', vb = '',
	pt = '(0.1,-1e300)', ln = '{1,2,3}', ls = '[(0,0),(1e-300,1)]', bx = '(2,2),(1,1)', pa = '[(0,0),(1,1)]', po = '((0,0),(1,1),(2,0))', ce = '<(0.1,0.2),0.3>',
	tv = $$'it''s':1A,2 'space word':3$$, tq = $$'a b' & !'c':*A | d <-> e$$, i4r = 'empty', nr = '(,0.10]', tr = '[2000-01-01,infinity)', dr = '[,2000-01-01)',
	fr = '[0.1,1e300)', mo = E'with\nnewline', pr = ROW(1, E'q"uo\\te,(\n'), ps = 1, tl = ARRAY['a', NULL, 'NULL', E'"\\{}'], ia = '[0:1][-1:0]={{1,2},{3,NULL}}',
	ta = ARRAY[E'\\N', '', NULL, E'\t'], ma = ARRAY['', 'it''s ok']::mood[], pra = ARRAY[ROW(NULL, 'x,y')::pair, NULL], ja = ARRAY['{"a": [1, null]}'::jsonb],
	o = 4294967295, rc = 'edges', rp = 'base_in(cstring)', rt = 'mood', ls2 = 'FFFFFFFF/FFFFFFFF', h = '"a b"=>"c\"d", n=>NULL', ct = 'CiText', ba = 'b\',
	imr = '{[1,3),[5,7)}', f8a = '{0.1,NaN,-Infinity,1e-300}', mxr = '{1.00,NULL}' WHERE id = 1;
COMMENT ON TABLE edges IS E'a comment\n\\! touch /tmp/owned\n''quoted''';
COMMENT ON COLUMN edges."char" IS 'of a column';

-- names that are hard to say
CREATE TABLE "Sch. ""1"""."Tab. ""le'\ ü
\! touch /tmp/owned
;" (
	"col ""1""" integer PRIMARY KEY, "select" text DEFAULT 'a''b\', "
\! id
" text, "	tab" integer, "$1" integer, "ö,(;" mood DEFAULT 'ünïcode');
INSERT INTO "Sch. ""1"""."Tab. ""le'\ ü
\! touch /tmp/owned
;" SELECT i, 'x' || i, E'\\!', i, i FROM generate_series(1, 10) i;
CREATE INDEX "index ON ""x"" USING" ON "Sch. ""1"""."Tab. ""le'\ ü
\! touch /tmp/owned
;" ("select", lower("
\! id
"));
CREATE TABLE "ONLY" ("ONLY" int UNIQUE, "table" int);
CREATE INDEX "ON" ON "ONLY" ("table");
INSERT INTO "ONLY" VALUES (1, 2);

-- inheritance: the columns of children come in another order after a dump
CREATE TABLE parent (a int, b text);
CREATE TABLE child (c int, b text, a int);
ALTER TABLE child INHERIT parent;
ALTER TABLE parent ADD COLUMN d date DEFAULT '2020-02-02';
ALTER TABLE parent ADD COLUMN gone int;
CREATE TABLE grandchild (e int) INHERITS (child);
ALTER TABLE parent DROP COLUMN gone;
INSERT INTO parent VALUES (1, 'p');
INSERT INTO child (c, b, a) VALUES (10, 'c', 11);
INSERT INTO grandchild (c, b, a, d, e) VALUES (20, 'g', 21, NULL, 22);

-- partitions: by list, range, hash, default, of partitions, and one with another order of columns
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 5), at date NOT NULL, region text NOT NULL, total numeric, PRIMARY KEY (id, at))
	PARTITION BY RANGE (at);
CREATE TABLE orders_2020 PARTITION OF orders FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE orders_2021 (region text NOT NULL, total numeric, junk int, id bigint NOT NULL, at date NOT NULL);
ALTER TABLE orders_2021 DROP COLUMN junk;
ALTER TABLE orders ATTACH PARTITION orders_2021 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE orders_2022 PARTITION OF orders FOR VALUES FROM ('2022-01-01') TO ('2023-01-01') PARTITION BY HASH (id);
ALTER TABLE orders_2022 ALTER id SET NOT NULL;
CREATE TABLE orders_2022_0 PARTITION OF orders_2022 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE orders_2022_1 PARTITION OF orders_2022 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE orders_rest PARTITION OF orders DEFAULT;
CREATE INDEX orders_region ON orders (region);
INSERT INTO orders (at, region, total) SELECT '2019-06-01'::date + i, 'r' || i % 7, i * 1.5 FROM generate_series(1, 1500) i;
CREATE STATISTICS orders_stats (dependencies, ndistinct) ON region, total FROM orders_2021;
ANALYZE orders;

-- defaults, generated, identity, sequences
CREATE SEQUENCE lonely AS smallint INCREMENT -3 MAXVALUE 100 MINVALUE -100 START 50 CYCLE CACHE 5;
SELECT nextval('lonely');
CREATE SEQUENCE never_used START 42;
CREATE SEQUENCE "Set ""back""";
SELECT setval('"Set ""back"""', 17, false);
CREATE TABLE generated (id serial PRIMARY KEY, w int, h int, area int GENERATED ALWAYS AS (w * h) STORED, note text COMPRESSION pglz, byd int GENERATED BY DEFAULT AS IDENTITY,
	next int DEFAULT nextval('lonely'));
INSERT INTO generated (w, h) SELECT i, i + 1 FROM generate_series(1, 100) i;
ALTER TABLE generated ALTER note SET STORAGE EXTERNAL, ALTER w SET STATISTICS 500, ALTER h SET (n_distinct = 5);
CREATE TABLE only_generated (g int GENERATED ALWAYS AS (1 + 1) STORED);
INSERT INTO only_generated DEFAULT VALUES;
INSERT INTO only_generated DEFAULT VALUES;
CREATE TABLE no_columns ();
INSERT INTO no_columns SELECT FROM generate_series(1, 3);
CREATE UNLOGGED TABLE unlogged (a int) WITH (fillfactor = 50, autovacuum_enabled = off);
INSERT INTO unlogged SELECT generate_series(1, 1000);
CREATE TABLE no_key (a int, b text);
INSERT INTO no_key SELECT 1, 'same' FROM generate_series(1, 50);
CREATE TABLE of_type OF pair (a WITH OPTIONS NOT NULL);
INSERT INTO of_type VALUES (1, 'x');

-- constraints, with a cycle
CREATE TABLE chicken (id int PRIMARY KEY, egg int);
CREATE TABLE egg (id int PRIMARY KEY, chicken int REFERENCES chicken ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
BEGIN;
ALTER TABLE chicken ADD CONSTRAINT chicken_egg FOREIGN KEY (egg) REFERENCES egg;
INSERT INTO egg VALUES (1, 1);
INSERT INTO chicken VALUES (1, 1);
COMMIT;
CREATE TABLE booking (room int, during tstzrange, EXCLUDE USING gist (room WITH =, during WITH &&), CONSTRAINT later CHECK (room > 0) NO INHERIT);
INSERT INTO booking VALUES (1, '[2020-01-01,2020-01-02)');
INSERT INTO chicken VALUES (-5, NULL);
ALTER TABLE chicken ADD CONSTRAINT is_positive CHECK (id > 0) NOT VALID;
CREATE UNIQUE INDEX partly ON generated (w) INCLUDE (h) WHERE h > 10;
ALTER TABLE no_key REPLICA IDENTITY FULL;
ALTER TABLE generated CLUSTER ON generated_pkey;

-- routines, triggers, rules, views in order and in a ring of dependencies on a key
CREATE FUNCTION atomic(x int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT CASE WHEN x > 0 THEN x ELSE -x END; END;
CREATE PROCEDURE proc(INOUT a int, "b c" text DEFAULT 'x;y') LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $_$
BEGIN a := a + 1; EXECUTE $$SELECT ';'$$; END $_$;
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audit_log VALUES (TG_TABLE_NAME); RETURN NEW; END $$;
CREATE FUNCTION later_body() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.made_later';
CREATE TABLE made_later (a int);
CREATE TABLE audit_log (what text);
CREATE TRIGGER audit_no_key AFTER INSERT ON no_key FOR EACH ROW EXECUTE FUNCTION audit();
CREATE TRIGGER audit_off BEFORE UPDATE OF b ON no_key FOR EACH ROW WHEN (OLD.a IS DISTINCT FROM NEW.a) EXECUTE FUNCTION audit();
ALTER TABLE no_key DISABLE TRIGGER audit_off;
CREATE TRIGGER audit_orders AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION audit();
CREATE TRIGGER audit_always AFTER INSERT ON egg REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit();
ALTER TABLE egg ENABLE ALWAYS TRIGGER audit_always;
CREATE RULE log_it AS ON DELETE TO made_later DO ALSO (INSERT INTO audit_log VALUES ('rule; one'); INSERT INTO audit_log VALUES ('two'));
CREATE AGGREGATE total_of(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE FUNCTION ordered(a int, b int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT a < b';
CREATE OPERATOR <<< (LEFTARG = int, RIGHTARG = int, FUNCTION = ordered, COMMUTATOR = >>>);
CREATE VIEW zz_first AS SELECT a, b FROM parent WHERE a > 0;
CREATE VIEW aa_second WITH (security_barrier) AS SELECT z.*, atomic(a) AS abs FROM zz_first z WITH CHECK OPTION;
CREATE VIEW by_key AS SELECT id, w, count(*) FROM generated GROUP BY id;
CREATE MATERIALIZED VIEW zz_base AS SELECT region, sum(total) AS total FROM orders GROUP BY region;
CREATE MATERIALIZED VIEW aa_top AS SELECT max(total) AS top FROM zz_base;
CREATE MATERIALIZED VIEW not_filled AS SELECT 1 AS one WITH NO DATA;
CREATE UNIQUE INDEX ON zz_base (region);
CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION conf (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION conf ALTER MAPPING FOR word WITH dict, simple;
CREATE FUNCTION no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no changes here'; END $$;

-- rights
ALTER TABLE no_key OWNER TO owner1;
ALTER FUNCTION atomic(int) OWNER TO "Weird ""role""";
GRANT SELECT, UPDATE (b) ON no_key TO app WITH GRANT OPTION;
SET ROLE app;
GRANT SELECT ON no_key TO "Weird ""role""";
RESET ROLE;
GRANT SELECT, UPDATE (b) ON no_key TO postgres;
GRANT USAGE ON SEQUENCE lonely TO PUBLIC;
REVOKE ALL ON FUNCTION atomic(int) FROM PUBLIC;
GRANT USAGE ON SCHEMA owned TO app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
-- what needs a key is made behind it, and so are the rights to it
CREATE TABLE keyed (id int PRIMARY KEY, v text);
INSERT INTO keyed VALUES (1, 'one'), (2, NULL);
CREATE MATERIALIZED VIEW "by.key" AS SELECT id, v FROM keyed GROUP BY id;
CREATE FUNCTION by_key_too() RETURNS SETOF text BEGIN ATOMIC SELECT v FROM keyed GROUP BY id; END;
GRANT SELECT ON "by.key" TO app WITH GRANT OPTION;
SET ROLE app;
GRANT SELECT ON "by.key" TO "Weird ""role""";
RESET ROLE;
REVOKE ALL ON FUNCTION by_key_too() FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE owner1 IN SCHEMA owned GRANT SELECT ON TABLES TO app;
ALTER TABLE made_later ENABLE ROW LEVEL SECURITY;
ALTER TABLE made_later FORCE ROW LEVEL SECURITY;
INSERT INTO made_later VALUES (1), (2);
CREATE POLICY mine ON made_later AS RESTRICTIVE FOR SELECT TO app, "Weird ""role""" USING (a > 1);

-- elsewhere
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere.invalid', dbname 'x');
CREATE USER MAPPING FOR app SERVER far OPTIONS (user 'u', password 'p');
CREATE FOREIGN TABLE far_away (a int OPTIONS (column_name 'b')) SERVER far OPTIONS (table_name 'y');
CREATE PUBLICATION pub FOR TABLE no_key (a, b) WHERE (a > 0), egg WITH (publish = 'insert');
CREATE PUBLICATION whole FOR TABLES IN SCHEMA owned;
CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere.invalid dbname=x' PUBLICATION p WITH (connect = false);

-- large objects: one empty, one with a hole, one of more than a piece
SELECT lo_create(900001);
SELECT lo_create(900002);
SELECT lo_put(900002, 10000000, '\x0102ff00');
SELECT lo_from_bytea(900003, decode(repeat('0a5c00ff', 800000), 'hex'));
ALTER LARGE OBJECT 900003 OWNER TO owner1;
GRANT SELECT ON LARGE OBJECT 900003 TO app;
COMMENT ON LARGE OBJECT 900001 IS 'empty';

-- of the database
DO $$ BEGIN
	EXECUTE format('ALTER DATABASE %I SET work_mem = ''5MB''', current_database());
	EXECUTE format('ALTER DATABASE %I SET search_path = public, "Sch. ""1"""', current_database());
	EXECUTE format('ALTER DATABASE %I SET DateStyle = ''SQL, DMY''', current_database());
	EXECUTE format('ALTER DATABASE %I SET bytea_output = escape', current_database());
	EXECUTE format('ALTER DATABASE %I SET statement_timeout = 60000', current_database());
	EXECUTE format('ALTER ROLE app IN DATABASE %I SET IntervalStyle = iso_8601', current_database());
	EXECUTE format('COMMENT ON DATABASE %I IS ''of the database''', current_database());
	EXECUTE format('GRANT CREATE ON DATABASE %I TO app', current_database());
	EXECUTE format('ALTER DATABASE %I OWNER TO owner1', current_database());
END $$;
CREATE EVENT TRIGGER guard ON ddl_command_start WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION no_ddl();
