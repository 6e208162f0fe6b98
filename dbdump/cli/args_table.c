#include "dbdump/cli/args_table.h"

#include <limits.h>
#include <string.h>

#include "dbdump/cli/args.h"

#define COPY ARGS_COPY
#define BOTH (ARGS_COPY | ARGS_VERIFY)
#define LOOK (BOTH | ARGS_PREFLIGHT)
#define ALL (ARGS_COPY | ARGS_VERIFY | ARGS_SIZE | ARGS_PREFLIGHT)
#define AT(f) .at = offsetof(struct options, f)

enum { JOBS_MOST = 64, LOCK_WAIT_MOST = 3600 };

/* In the order in which the help shows them; a line of help fits 80 columns. */
const struct opt_row opt_rows[] = {
	{ "only-table", 0, OPT_LIST, ALL, AT(only_tables), .arg = "PATTERN", .section = "What is chosen",
	  .help = "these alone: TABLE or SCHEMA.TABLE, with * and ?" },
	{ "exclude-table", 0, OPT_LIST, ALL, AT(exclude_tables), .arg = "PATTERN",
	  .help = "not these: TABLE or SCHEMA.TABLE, with * and ?" },
	{ "schema-only", 0, OPT_FLAG, LOOK, AT(schema_only), .help = "definitions, no rows" },
	{ "data-only", 0, OPT_FLAG, LOOK, AT(data_only), .help = "rows, into tables that are there" },
	{ "users", 0, OPT_FLAG, LOOK, AT(users), .help = "accounts or roles, and their grants, too" },

	{ "rename", 0, OPT_RENAME, LOOK, AT(renames), .arg = "A=B", .section = "What becomes of it",
	  .help = "database A is called B at the destination" },
	{ "drop-existing", 0, OPT_FLAG, COPY | ARGS_PREFLIGHT, AT(drop_existing),
	  .help = "first drop what is there under these names" },
	{ "definer", 0, OPT_STRING, LOOK, AT(definer), .arg = "WHO",
	  .help = "DEFINER of what has one: keep, current, user@host" },
	{ "toast-compression", 0, OPT_WORD, COPY, AT(toast), .arg = "METHOD", .choices = "pglz|lz4",
	  .help = "PostgreSQL: pack large values so (lz4: faster)" },
	{ "no-analyze", 0, OPT_FLAG, COPY, AT(no_analyze), .help = "leave statistics to the destination" },

	{ "verify", 0, OPT_CHOICE, BOTH, AT(verify), .arg = "HOW", .choices = "rows|counts|none",
	  .section = "What is proven", .help = "every row (default), counts of rows, or none" },

	{ "jobs", 'j', OPT_WHOLE, LOOK, AT(jobs), .min = 1, .max = JOBS_MOST, .arg = "N",
	  .section = "How it is done", .help = "connections that read, and as many that write (2)" },
	{ "lock-wait", 0, OPT_WHOLE, BOTH, AT(lock_wait_s), .max = LOCK_WAIT_MOST, .arg = "SECS",
	  .help = "so long a lock may be waited for (5); then none" },
	{ "max-load", 0, OPT_WHOLE, BOTH, AT(max_load), .max = INT_MAX, .arg = "N",
	  .help = "pause while a server runs more threads than this" },
	{ "bwlimit", 0, OPT_RATE, BOTH, AT(bwlimit), .arg = "RATE",
	  .help = "rows, at most so much a second: 500 (KiB), 1.5m" },
	{ "deadline", 0, OPT_STRING, BOTH, AT(deadline), .arg = "TIME",
	  .help = "stop once sure not to end by then: RFC 3339, +SECS" },
	{ "pg-dump", 0, OPT_STRING, LOOK, AT(pg_dump), .arg = "PROGRAM",
	  .help = "the pg_dump that writes PostgreSQL's definitions" },

	{ "verbose", 'v', OPT_COUNT, ALL, AT(verbose), .section = "What is told", .help = "say more" },
	{ "quiet", 'q', OPT_COUNT, ALL, AT(quiet), .help = "say nothing but errors" },
	{ "json", 0, OPT_FLAG, ALL, AT(json), .help = "events and report as JSON, one object a line" },
	{ "json-fd", 0, OPT_WHOLE, ALL, AT(json_fd), .max = INT_MAX, .arg = "N",
	  .help = "write those to descriptor N (implies --json)" },
	{ "help", 0, OPT_HELP, ALL, .help = "show this" },
	{ "version", 'V', OPT_VERSION, ALL, .help = "show the version" },
};
const size_t opt_row_count = sizeof opt_rows / sizeof *opt_rows;

const struct opt_row *opt_by_name(const char *name, size_t n)
{
	for (size_t i = 0; i < opt_row_count; i++)
		if (strlen(opt_rows[i].name) == n && !memcmp(opt_rows[i].name, name, n))
			return &opt_rows[i];
	return NULL;
}

const struct opt_row *opt_by_letter(char letter)
{
	for (size_t i = 0; i < opt_row_count; i++)
		if (letter && opt_rows[i].letter == letter)
			return &opt_rows[i];
	return NULL;
}
