/* preflight_rows.c - preflight.h's look at rows: those that are too large for the destination, and dates that are none; and at definitions
 * that are too long for it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/preflight.h"
#include "dbdump/my/sql.h"

/* So much of a table is read for its largest row, so many rows for dates. */
enum { READ_MOST = 256 << 20, DATES_MOST = 10000 };

#define TABLES "TABLE_SCHEMA IN ($D) AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')"
#define QUOTED "'`', REPLACE(COLUMN_NAME, '`', '``'), '`'"

/* Tables with their columns of characters or bytes as the sum of their lengths. One whose data is smaller than the limit has no row that
 * is larger. */
static const char long_sql[] =
	"SELECT TABLE_SCHEMA, TABLE_NAME, GROUP_CONCAT(CONCAT('IFNULL(LENGTH(', " QUOTED
	", '), 0)') SEPARATOR ' + '),"
	" DATA_LENGTH, TABLE_ROWS, ENGINE FROM information_schema.COLUMNS JOIN information_schema.TABLES"
	" USING (TABLE_SCHEMA, TABLE_NAME) WHERE " TABLES
	" AND CHARACTER_OCTET_LENGTH IS NOT NULL AND EXTRA NOT LIKE '%GENERATED%'"
	" AND ENGINE IN ('InnoDB', 'MyISAM', 'Aria', 'ARCHIVE', 'ROCKSDB', 'TokuDB') GROUP BY TABLE_SCHEMA, TABLE_NAME";

static const char dates_sql[] =
	"SELECT TABLE_SCHEMA, TABLE_NAME, GROUP_CONCAT(CONCAT('MONTH(', " QUOTED
	", ') = 0 OR DAYOFMONTH(', " QUOTED ", ') = 0') SEPARATOR ' OR '), GROUP_CONCAT(CONCAT(" QUOTED
	") SEPARATOR ', ') FROM information_schema.COLUMNS"
	" JOIN information_schema.TABLES USING (TABLE_SCHEMA, TABLE_NAME) WHERE " TABLES
	" AND DATA_TYPE IN ('date', 'datetime', 'timestamp') AND EXTRA NOT LIKE '%GENERATED%' AND"
	" ENGINE IN ('InnoDB', 'MyISAM', 'Aria', 'MEMORY', 'ARCHIVE', 'ROCKSDB', 'TokuDB') GROUP BY TABLE_SCHEMA, TABLE_NAME";

/* What a definition has at least; with the table that a trigger belongs to. */
static const char defined_sql[] =
	"SELECT * FROM (SELECT 'view', TABLE_SCHEMA, TABLE_NAME, LENGTH(VIEW_DEFINITION) AS n, '' AS of FROM information_schema.VIEWS"
	" WHERE TABLE_SCHEMA IN ($D) UNION ALL SELECT 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME, LENGTH(ACTION_STATEMENT),"
	" EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA IN ($D) UNION ALL SELECT LOWER(ROUTINE_TYPE),"
	" ROUTINE_SCHEMA, ROUTINE_NAME, LENGTH(ROUTINE_DEFINITION), '' FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN ($D)"
	" UNION ALL SELECT 'event', EVENT_SCHEMA, EVENT_NAME, LENGTH(EVENT_DEFINITION), '' FROM information_schema.EVENTS"
	" WHERE EVENT_SCHEMA IN ($D) UNION ALL SELECT 'table', TABLE_SCHEMA, TABLE_NAME, SUM(LENGTH(COLUMN_NAME) + LENGTH(COLUMN_TYPE)"
	" + LENGTH(COLUMN_COMMENT) + IFNULL(LENGTH(COLUMN_DEFAULT), 0)), '' FROM information_schema.COLUMNS"
	" JOIN information_schema.TABLES USING (TABLE_SCHEMA, TABLE_NAME) WHERE " TABLES
	" GROUP BY TABLE_SCHEMA, TABLE_NAME) d WHERE n >= 1024"; /* no packet is smaller */

static const struct check defaults = {
	.code = "zero-date",
	.severity = SEVERITY_LIKELY,
	.kind = CHECK_SOURCE,
	.when = WHEN_DEFINITIONS,
	.sql = "SELECT 'table', TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN ($D)"
	       " AND COLUMN_DEFAULT LIKE '%0000-00-00%'",
	.reason =
		"column $1 has the default 0000-00-00, and the destination's sql_mode has NO_ZERO_DATE: whoever alters the table there, or inserts, is refused",
	.remedy = "take another default, or NO_ZERO_DATE out of the destination's sql_mode"
};

static const struct check zero = {
	.code = "zero-date",
	.severity = SEVERITY_LIKELY,
	.kind = CHECK_SOURCE,
	.when = WHEN_ROWS,
	.reason =
		"it has dates with a day or month of 0, and the destination's sql_mode has NO_ZERO_DATE or NO_ZERO_IN_DATE: they are copied, but updates of such rows are refused",
	.remedy = "replace them by NULL, or take these modes out of the destination's sql_mode"
};

/* The largest of the rows that were measured. */
static const struct check large[] = {
	{ .code = "packet",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_SOURCE,
	  .reason =
		  "it has a row of $1 bytes, and max_allowed_packet is $2 at the destination: it is copied, but a client that inserts such a row is refused",
	  .remedy = "raise max_allowed_packet at the destination" },
	{ .code = "packet",
	  .severity = SEVERITY_CERTAIN,
	  .kind = CHECK_SOURCE,
	  .reason =
		  "it has a row of $1 bytes, and max_allowed_packet is $2 at the destination, where local_infile is OFF: it cannot be inserted",
	  .remedy = "SET GLOBAL local_infile = ON there, or raise max_allowed_packet" },
};

static const struct check too_long = {
	.code = "packet",
	.severity = SEVERITY_CERTAIN,
	.kind = CHECK_SOURCE,
	.reason =
		"its definition has $1 bytes or more, and max_allowed_packet is $2 at the destination: it is not taken there",
	.remedy = "raise max_allowed_packet at the destination"
};

/* The length of the longest row among those that are read: *limit of them, 0 being all. */
static int measure(struct look *l, const struct answer *at, size_t row, uint64_t *limit, uint64_t *longest,
		   struct err *err)
{
	AUTO(buf_fini) struct buf sql = { .limit = SQL_LIMIT };
	uint64_t bytes = strtoull(answer_cell(at, row, 3), NULL, 10);
	uint64_t rows = strtoull(answer_cell(at, row, 4), NULL, 10);
	*limit = bytes > READ_MOST ? (uint64_t)((double)rows * READ_MOST / (double)bytes) + 1 : 0;
	sql_add(&sql, "SELECT MAX(n) FROM (SELECT %s AS n FROM %i.%i", answer_cell(at, row, 2),
		answer_cell(at, row, 0), answer_cell(at, row, 1));
	if (*limit)
		sql_add(&sql, " LIMIT %U", *limit);
	sql_add(&sql, ") d");
	AUTO(rows_fini) struct rows r = { 0 };
	const char *text = sql_text(&sql);
	if (l->job->quit && *l->job->quit)
		return err_say(err, -EINTR, "interrupted");
	int status = text ? conn_select(&l->at[END_SOURCE]->control, &r, err, "%s", text)
			  : err_set(err, -ENOMEM, "preflight");
	*longest = !status && rows_next(&r) ? strtoull(r.at[0], NULL, 10) : 0;
	return status;
}

static int tell_unmeasured(struct look *l, const char *schema, const char *name, uint64_t limit,
			   struct err *err)
{
	char what[200];
	snprintf(what, sizeof what, "packet: table %.64s.%.64s", schema, name);
	char why[64];
	snprintf(why, sizeof why, "its rows behind the first %" PRIu64, limit);
	return findings_unseen(l->job->found, what, why) ? err_set(err, -ENOMEM, "preflight") : 0;
}

static int look_table(struct look *l, const struct answer *at, size_t row, const uint64_t limits[2],
		      struct err *err)
{
	const char *const names[] = { answer_cell(at, row, 0), answer_cell(at, row, 1) };
	uint64_t limit = 0, longest = 0, packet = limits[0];
	char length[24], most[24];
	struct err why = { 0 };
	int status = measure(l, at, row, &limit, &longest, &why);
	if (status) {
		status = checks_unseen(&l->asker, "packet", status, &why);
		if (status)
			*err = why;
		return status;
	}
	snprintf(length, sizeof length, "%" PRIu64, longest);
	snprintf(most, sizeof most, "%" PRIu64, packet);
	if (longest > packet)
		return look_found(l, &large[!limits[1]],
				  (const char *const[]){ "table", names[0], names[1], length, most }, err);
	return limit ? tell_unmeasured(l, names[0], names[1], limit, err) : 0;
}

static int look_large(struct look *l, struct err *err)
{
	AUTO(answer_fini) struct answer at = { 0 };
	uint64_t limits[2]; /* max_allowed_packet, local_infile */
	int status = look_number(l, END_TARGET, "SELECT @@global.max_allowed_packet", &limits[0], err);
	if (!status)
		status = look_number(l, END_TARGET, "SELECT @@global.local_infile", &limits[1], err);
	if (!status)
		status = look_ask(l, END_SOURCE, long_sql, &at, err);
	for (size_t i = 0; !status && i < answer_rows(&at); i++)
		if (strtoull(answer_cell(&at, i, 3), NULL, 10) > limits[0] &&
		    session_wants(l->at[END_SOURCE], answer_cell(&at, i, 0), answer_cell(&at, i, 1)))
			status = look_table(l, &at, i, limits, err);
	return status;
}

static int look_date(struct look *l, const struct answer *at, size_t row, struct err *err)
{
	const char *const names[] = { answer_cell(at, row, 0), answer_cell(at, row, 1) };
	AUTO(rows_fini) struct rows r = { 0 };
	struct err why = { 0 };
	if (!session_wants(l->at[END_SOURCE], names[0], names[1]))
		return 0;
	if (l->job->quit && *l->job->quit)
		return err_say(err, -EINTR, "interrupted");
	int status = conn_select(&l->at[END_SOURCE]->control, &r, &why,
				 "SELECT 1 FROM (SELECT %s FROM %i.%i LIMIT %u) d WHERE %s LIMIT 1",
				 answer_cell(at, row, 3), names[0], names[1], (unsigned)DATES_MOST,
				 answer_cell(at, row, 2));
	if (status && checks_unseen(&l->asker, "zero-date", status, &why)) {
		*err = why;
		return status;
	}
	return !status && rows_next(&r)
		       ? look_found(l, &zero, (const char *const[]){ "table", names[0], names[1], "", "" },
				    err)
		       : 0;
}

static int look_dates(struct look *l, struct err *err)
{
	AUTO(answer_fini) struct answer at = { 0 };
	uint64_t strict;
	int status =
		look_number(l, END_TARGET,
			    "SELECT @@global.sql_mode LIKE '%NO_ZERO%' AND @@global.sql_mode LIKE '%STRICT%'",
			    &strict, err);
	if (status || !strict)
		return status;
	status = checks_run(&l->asker, &defaults, 1, err);
	if (!status)
		status = look_ask(l, END_SOURCE, dates_sql, &at, err);
	for (size_t i = 0; !status && i < answer_rows(&at); i++)
		status = look_date(l, &at, i, err);
	return status;
}

static int look_defined(struct look *l, struct err *err)
{
	AUTO(answer_fini) struct answer at = { 0 };
	uint64_t packet = 0;
	char most[24];
	int status = look_number(l, END_TARGET, "SELECT @@global.max_allowed_packet", &packet, err);
	if (!status)
		status = look_ask(l, END_SOURCE, defined_sql, &at, err);
	snprintf(most, sizeof most, "%" PRIu64, packet);
	for (size_t i = 0; !status && i < answer_rows(&at); i++) {
		const char *of = answer_cell(&at, i, 4), *length = answer_cell(&at, i, 3);
		const char *const cells[] = { answer_cell(&at, i, 0), answer_cell(&at, i, 1),
					      answer_cell(&at, i, 2), length, most };
		if (strtoull(length, NULL, 10) >= packet &&
		    (!*of || session_wants(l->at[END_SOURCE], cells[1], of)))
			status = look_found(l, &too_long, cells, err);
	}
	return status;
}

int look_rows(struct look *l, struct err *err)
{
	int status = l->job->options->schema_only ? 0 : look_large(l, err);
	if (!status && !l->job->options->data_only)
		status = look_defined(l, err);
	return status ? status : look_dates(l, err);
}
