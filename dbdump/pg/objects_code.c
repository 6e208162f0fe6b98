/* objects_code.c - types, routines, and what else a database can be taught. */
#include "dbdump/pg/objects.h"

#define IDENTITY(class, oid) \
	"(SELECT i.identity FROM pg_identify_object('" class "'::regclass, " oid ", 0) i)"

const struct objects_query objects_code[] = {
	/* IN is said of a procedure's parameters by some versions only */
	{ "function", 0,
	  "SELECT p.oid::regprocedure, CASE WHEN p.prokind = 'p' THEN regexp_replace(pg_get_functiondef(p.oid), '([(,] ?)IN ', '\\1',"
	  " 'g') {{14:WHEN p.prosqlbody IS NOT NULL THEN " OBJECTS_UNQUALIFIED(
		  "pg_get_functiondef(p.oid)") "}} ELSE"
					       " pg_get_functiondef(p.oid) END FROM pg_proc p" OBJECTS_SCHEMA(
						       "p.pronamespace") " WHERE p.prokind <> 'a' AND " OBJECTS_USERS
									 " AND " OBJECTS_OWN("pg_proc", "p.oid") " AND " OBJECTS_EXPLICIT(
										 "pg_proc", "p.oid") },
	{ "aggregate", 0,
	  "SELECT p.oid::regprocedure, concat_ws(' ', a.aggkind, a.aggnumdirectargs, a.aggtransfn, a.aggfinalfn, a.aggcombinefn,"
	  " a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn, a.aggfinalextra, a.aggmfinalextra,"
	  " a.aggfinalmodify, a.aggmfinalmodify, a.aggsortop::regoperator, a.aggtranstype::regtype, a.aggtransspace,"
	  " a.aggmtranstype::regtype, a.agginitval, a.aggminitval, p.proparallel) FROM pg_aggregate a JOIN pg_proc p ON p.oid ="
	  " a.aggfnoid" OBJECTS_SCHEMA("p.pronamespace") " WHERE " OBJECTS_USERS
							 " AND " OBJECTS_OWN("pg_proc", "p.oid") },
	{ "type", 0,
	  "SELECT n.nspname || '.' || t.typname, concat_ws(' ', t.typtype, 'enum ' || (SELECT string_agg(quote_literal("
	  "e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), 'row ' || (SELECT string_agg("
	  "quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE"
	  " a.attrelid = nullif(t.typrelid, 0) AND a.attnum > 0 AND NOT a.attisdropped), 'range ' || (SELECT concat_ws(' ',"
	  " g.rngsubtype::regtype, o.opcname, l.collname, g.rngcanonical, g.rngsubdiff) FROM"
	  " pg_range g LEFT JOIN pg_opclass o ON o.oid = g.rngsubopc LEFT JOIN pg_collation l ON l.oid = g.rngcollation WHERE"
	  " g.rngtypid = t.oid), CASE WHEN t.typtype = 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod), CASE WHEN"
	  " t.typnotnull THEN 'not null' END, 'default ' || t.typdefault, (SELECT string_agg(o.conname || ' ' ||"
	  " pg_get_constraintdef(o.oid), ', ' ORDER BY o.conname) FROM pg_constraint o WHERE o.contypid = t.oid AND o.contype ="
	  " 'c')) END, CASE WHEN t.typtype = 'b' THEN concat_ws(' ', t.typinput, t.typoutput, t.typlen, t.typalign, t.typstorage,"
	  " t.typcategory, t.typdefault) END) FROM pg_type t" OBJECTS_SCHEMA(
		  "t.typnamespace") " LEFT JOIN pg_class c ON c.oid = t.typrelid WHERE (c.oid IS NULL OR c.relkind = 'c') AND t.typtype <> 'm' AND NOT"
				    " EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid) AND " OBJECTS_USERS
				    " AND " OBJECTS_OWN("pg_type", "t.oid") },
	{ "collation", 0,
	  "SELECT n.nspname || '.' || c.collname, concat_ws(' ', c.collprovider, coalesce({{15-16:c.colliculocale,}}"
	  " {{17:c.colllocale,}} c.collcollate), CASE WHEN c.collprovider <> 'i' THEN c.collctype END"
	  " {{12:, c.collisdeterministic}}) FROM pg_collation c" OBJECTS_SCHEMA(
		  "c.collnamespace") " WHERE " OBJECTS_USERS " AND " OBJECTS_OWN("pg_collation", "c.oid") },
	{ "conversion", 0,
	  "SELECT n.nspname || '.' || c.conname, concat_ws(' ', pg_encoding_to_char(c.conforencoding), pg_encoding_to_char("
	  "c.contoencoding), c.conproc, c.condefault) FROM pg_conversion c" OBJECTS_SCHEMA(
		  "c.connamespace") " WHERE " OBJECTS_USERS " AND " OBJECTS_OWN("pg_conversion", "c.oid") },
	{ "cast", 0,
	  "SELECT c.castsource::regtype || ' as ' || c.casttarget::regtype, concat_ws(' ', nullif(c.castfunc, 0)::regprocedure,"
	  " c.castcontext, c.castmethod) FROM pg_cast c JOIN pg_type m ON m.oid = c.casttarget WHERE c.oid >= 16384 AND"
	  " m.typtype <> 'm' AND " OBJECTS_OWN("pg_cast", "c.oid") },
	{ "operator", 0,
	  "SELECT o.oid::regoperator, concat_ws(' ', o.oprcode, nullif(o.oprcom, 0)::regoperator, nullif(o.oprnegate, 0)"
	  "::regoperator, o.oprrest, o.oprjoin, o.oprcanmerge, o.oprcanhash) FROM pg_operator o" OBJECTS_SCHEMA(
		  "o.oprnamespace") " WHERE o.oprcode <> 0 AND " OBJECTS_USERS
				    " AND " OBJECTS_OWN("pg_operator", "o.oid") },
	{ "operator class", 0,
	  "SELECT " IDENTITY(
		  "pg_opclass",
		  "o.oid") ", concat_ws(' ', o.opcintype::regtype, o.opcdefault, nullif(o.opckeytype, 0)"
			   "::regtype, (SELECT f.opfname FROM pg_opfamily f WHERE f.oid = o.opcfamily)) FROM pg_opclass o" OBJECTS_SCHEMA(
				   "o.opcnamespace") " WHERE " OBJECTS_USERS
						     " AND " OBJECTS_OWN("pg_opclass", "o.oid") },
	{ "operator family", 0,
	  "SELECT " IDENTITY(
		  "pg_opfamily",
		  "f.oid") ", concat_ws(' ', (SELECT string_agg(concat_ws(' ', m.amopstrategy,"
			   " m.amoppurpose, m.amopopr::regoperator), ', ' ORDER BY m.amoplefttype::regtype::text, m.amoprighttype::regtype::text,"
			   " m.amopstrategy) FROM pg_amop m WHERE m.amopfamily = f.oid), (SELECT string_agg(concat_ws(' ', m.amprocnum,"
			   " m.amproc::regprocedure), ', ' ORDER BY m.amproclefttype::regtype::text, m.amprocrighttype::regtype::text, m.amprocnum)"
			   " FROM pg_amproc m WHERE m.amprocfamily = f.oid)) FROM pg_opfamily f" OBJECTS_SCHEMA(
				   "f.opfnamespace") " WHERE " OBJECTS_USERS
						     " AND " OBJECTS_OWN("pg_opfamily", "f.oid") },
	{ "text search configuration", 0,
	  "SELECT n.nspname || '.' || c.cfgname, concat_ws(' ', (SELECT p.prsname FROM pg_ts_parser p WHERE p.oid = c.cfgparser), (SELECT string_agg(concat_ws(' ',"
	  " m.maptokentype, m.mapdict::regdictionary), ', ' ORDER BY m.maptokentype, m.mapseqno) FROM pg_ts_config_map m WHERE"
	  " m.mapcfg = c.oid)) FROM pg_ts_config c" OBJECTS_SCHEMA(
		  "c.cfgnamespace") " WHERE " OBJECTS_USERS " AND " OBJECTS_OWN("pg_ts_config", "c.oid") },
	{ "text search dictionary", 0,
	  "SELECT n.nspname || '.' || d.dictname, concat_ws(' ', (SELECT t.tmplname FROM pg_ts_template t WHERE t.oid ="
	  " d.dicttemplate), d.dictinitoption) FROM pg_ts_dict d" OBJECTS_SCHEMA(
		  "d.dictnamespace") " WHERE " OBJECTS_USERS " AND " OBJECTS_OWN("pg_ts_dict", "d.oid") },
	{ "text search parser", 0,
	  "SELECT n.nspname || '.' || p.prsname, concat_ws(' ', p.prsstart, p.prstoken, p.prsend, p.prsheadline, p.prslextype) FROM"
	  " pg_ts_parser p" OBJECTS_SCHEMA("p.prsnamespace") " WHERE " OBJECTS_USERS
							     " AND " OBJECTS_OWN("pg_ts_parser", "p.oid") },
	{ "text search template", 0,
	  "SELECT n.nspname || '.' || t.tmplname, concat_ws(' ', t.tmplinit, t.tmpllexize) FROM pg_ts_template t" OBJECTS_SCHEMA(
		  "t.tmplnamespace") " WHERE " OBJECTS_USERS " AND " OBJECTS_OWN("pg_ts_template", "t.oid") },
	{ "transform", 0,
	  "SELECT " IDENTITY("pg_transform",
			     "t.oid") ", concat_ws(' ', t.trffromsql, t.trftosql) FROM pg_transform t WHERE"
				      " t.oid >= 16384 AND " OBJECTS_OWN("pg_transform", "t.oid") },
	{ "language", 0,
	  "SELECT l.lanname, concat_ws(' ', l.lanpltrusted, nullif(l.lanplcallfoid, 0)::regprocedure, nullif(l.laninline, 0)"
	  "::regprocedure, nullif(l.lanvalidator, 0)::regprocedure) FROM pg_language l WHERE l.lanispl AND " OBJECTS_OWN(
		  "pg_language", "l.oid") },
	{ "extension", 0,
	  "SELECT e.extname, 'schema ' || n.nspname FROM pg_extension e" OBJECTS_SCHEMA("e.extnamespace") },
	{ "access method", 0,
	  "SELECT m.amname, concat_ws(' ', m.amtype, m.amhandler) FROM pg_am m WHERE m.oid >= 16384 AND " OBJECTS_OWN(
		  "pg_am", "m.oid") },
	{ "event trigger", 0,
	  "SELECT e.evtname, concat_ws(' ', e.evtevent, e.evtfoid::regprocedure, e.evtenabled, e.evttags) FROM pg_event_trigger e"
	  " WHERE " OBJECTS_OWN("pg_event_trigger", "e.oid") },
	{ "foreign data wrapper", 0,
	  "SELECT w.fdwname, concat_ws(' ', nullif(w.fdwhandler, 0)::regprocedure, nullif(w.fdwvalidator, 0)::regprocedure,"
	  " " OBJECTS_SORTED("w.fdwoptions") ") FROM pg_foreign_data_wrapper w WHERE " OBJECTS_OWN(
		  "pg_foreign_data_wrapper", "w.oid") },
	{ "server", 0,
	  "SELECT v.srvname, concat_ws(' ', w.fdwname, v.srvtype, v.srvversion, " OBJECTS_SORTED(
		  "v.srvoptions") ") FROM pg_foreign_server v JOIN"
				  " pg_foreign_data_wrapper w ON w.oid = v.srvfdw WHERE " OBJECTS_OWN(
					  "pg_foreign_server", "v.oid") },
	/* options are often passwords: only their names are compared */
	{ "user mapping", 0,
	  "SELECT u.usename || ' for ' || u.srvname, concat_ws(' ', (SELECT string_agg(split_part(o, '=', 1), ', ' ORDER BY o) FROM"
	  " unnest(u.umoptions) o)), CASE WHEN u.umuser <> 0 THEN quote_ident(u.usename) END AS roles FROM pg_user_mappings u" },
	{ "publication", 0,
	  "SELECT p.pubname, concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate"
	  " {{13:, CASE WHEN p.pubviaroot THEN 'via root' END}}, (SELECT string_agg(concat_ws(' ', r.prrelid::regclass {{15:, pg_get_expr(r.prqual, r.prrelid),"
	  " (SELECT string_agg(a.attname, ',' ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum"
	  " = ANY (r.prattrs))}}), ', ' ORDER BY r.prrelid::regclass::text) FROM pg_publication_rel r WHERE r.prpubid = p.oid)"
	  " {{15:, (SELECT string_agg(s.pnnspid::regnamespace::text, ', ' ORDER BY s.pnnspid::regnamespace::text) FROM"
	  " pg_publication_namespace s WHERE s.pnpubid = p.oid)}}) FROM pg_publication p" },
	/* it is made disabled and without a slot, and how it connects is often a password */
	{ "subscription", 0,
	  "SELECT s.subname, (SELECT string_agg(quote_ident(p), ', ' ORDER BY p COLLATE \"C\") FROM unnest(s.subpublications) p)"
	  " FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())" },
	{ 0 },
};
