#include "dbdump/cli/args_table.h"

#include <limits.h>
#include <string.h>

#include "dbdump/cli/args.h"

#define COPY (ARGS_COPY | ARGS_REHEARSE)
#define INTO (COPY | ARGS_LOAD)
#define READS (COPY | ARGS_VERIFY | ARGS_PREFLIGHT | ARGS_DUMP)
#define COMPARES (COPY | ARGS_VERIFY | ARGS_LOAD)
#define RUNS (COMPARES | ARGS_DUMP)
#define ALL (READS | ARGS_LOAD | ARGS_SIZE | ARGS_LIST | ARGS_CAT)
#define TELLS (READS | ARGS_LOAD | ARGS_SIZE | ARGS_LIST)
#define TABLES (READS | ARGS_SIZE)
#define AT(f) .at = offsetof(struct options, f)

enum { JOBS_MOST = 64, LOCK_WAIT_MOST = 3600, LINK_WAIT_MOST = 86400 };

/* In the order in which the help shows them; a line of help fits 80 columns. */
const struct opt_row opt_rows[] = {
	{ "only-table", 0, OPT_LIST, TABLES, AT(only_tables), .arg = "PATTERN", .section = "What is chosen",
	  .help = "these alone: TABLE or SCHEMA.TABLE, with * and ?" },
	{ "exclude-table", 0, OPT_LIST, TABLES, AT(exclude_tables), .arg = "PATTERN",
	  .help = "not these: TABLE or SCHEMA.TABLE, with * and ?" },
	{ "schema-only", 0, OPT_FLAG, READS, AT(schema_only), .help = "definitions, no rows" },
	{ "data-only", 0, OPT_FLAG, READS, AT(data_only), .help = "rows, into tables that are there" },
	{ "users", 0, OPT_FLAG, READS, AT(users), .help = "accounts or roles, and their grants, too" },

	{ "rename", 0, OPT_RENAME, READS, AT(renames), .arg = "A=B", .section = "What becomes of it",
	  .help = "database A is called B at the destination" },
	{ "drop-existing", 0, OPT_FLAG, INTO | ARGS_DUMP | ARGS_PREFLIGHT, AT(drop_existing),
	  .help = "first drop what is there under these names" },
	{ "resume", 0, OPT_FLAG, ARGS_LOAD, AT(resume),
	  .help = "go on with what a killed load of this archive left" },
	{ "definer", 0, OPT_STRING, READS, AT(definer), .arg = "WHO",
	  .help = "DEFINER of what has one: keep, current, user@host" },
	{ "toast-compression", 0, OPT_WORD, INTO, AT(toast), .arg = "METHOD", .choices = "pglz|lz4",
	  .help = "PostgreSQL: pack large values so (lz4: faster)" },
	{ "allow-outside", 0, OPT_FLAG, INTO | ARGS_PREFLIGHT, AT(allow_outside),
	  .help = "MariaDB: tables that reach files or servers, too" },
	{ "no-analyze", 0, OPT_FLAG, COPY | ARGS_DUMP, AT(no_analyze),
	  .help = "leave statistics to the destination" },

	{ "verify", 0, OPT_CHOICE, COMPARES, AT(verify), .arg = "HOW", .choices = "rows|counts|none",
	  .section = "What is proven", .help = "every row (default), counts of rows, or none" },
	{ "damaged", 0, OPT_CHOICE, ARGS_LOAD, AT(damaged), .arg = "HOW", .choices = "fail|skip",
	  .help = "a table that lacks rows fails, or its others load" },
	{ "strict", 0, OPT_FLAG, ARGS_REHEARSE, AT(strict),
	  .help = "copy nothing if preflight is certain that it fails" },

	{ "jobs", 'j', OPT_WHOLE, RUNS | ARGS_PREFLIGHT, AT(jobs), .min = 1, .max = JOBS_MOST, .arg = "N",
	  .section = "How it is done", .help = "connections that read, and as many that write (2)" },
	{ "mode", 0, OPT_CHOICE, COPY | ARGS_PREFLIGHT, AT(mode), .arg = "HOW",
	  .choices = "logical|auto|tablespace", .help = "MariaDB, frozen: by files (auto, tablespace)" },
	{ "lock-wait", 0, OPT_WHOLE, READS, AT(lock_wait_s), .max = LOCK_WAIT_MOST, .arg = "SECS",
	  .help = "so long a lock may be waited for (5); then none" },
	{ "max-load", 0, OPT_WHOLE, RUNS, AT(max_load), .max = INT_MAX, .arg = "N",
	  .help = "pause while a server runs more threads than this" },
	{ "bwlimit", 0, OPT_RATE, RUNS, AT(bwlimit), .arg = "RATE",
	  .help = "rows, at most so much a second: 500 (KiB), 1.5m" },
	{ "deadline", 0, OPT_STRING, RUNS, AT(deadline), .arg = "TIME",
	  .help = "stop once sure not to end by then: RFC 3339, +SECS" },
	{ "source-host", 0, OPT_STRING, COPY, AT(source_host), .arg = "HOST",
	  .help = "read by a dbdump on [user@]host, beside the source" },
	{ "target-host", 0, OPT_STRING, COPY, AT(target_host), .arg = "HOST",
	  .help = "load by a dbdump on [user@]host" },
	{ "rsh", 'e', OPT_STRING, COPY, AT(rsh), .arg = "COMMAND",
	  .help = "the remote shell to those (ssh)" },
	{ "dbdump-path", 0, OPT_STRING, COPY, AT(dbdump_path), .arg = "PROGRAM",
	  .help = "the dbdump to run there (dbdump)" },
	{ "link-wait", 0, OPT_WHOLE, COPY, AT(link_wait_s), .max = LINK_WAIT_MOST, .arg = "SECS",
	  .help = "so long a lost link to them is tried again (60)" },
	{ "link-silence", 0, OPT_WHOLE, COPY, AT(link_silence_s), .min = 1, .max = LINK_WAIT_MOST,
	  .arg = "SECS", .help = "without a byte for so long it is lost (30)" },
	{ "pg-dump", 0, OPT_STRING, READS, AT(pg_dump), .arg = "PROGRAM",
	  .help = "the pg_dump that writes PostgreSQL's definitions" },

	{ "verbose", 'v', OPT_COUNT, TELLS, AT(verbose), .section = "What is told", .help = "say more" },
	{ "quiet", 'q', OPT_COUNT, TELLS, AT(quiet), .help = "say nothing but errors" },
	{ "json", 0, OPT_FLAG, TELLS, AT(json), .help = "events and report as JSON, one object a line" },
	{ "json-fd", 0, OPT_WHOLE, TELLS, AT(json_fd), .max = INT_MAX, .arg = "N",
	  .help = "write those to descriptor N (implies --json)" },
	{ "output", 0, OPT_STRING, ARGS_REHEARSE, AT(output), .arg = "FILE",
	  .help = "what was measured and found, as JSON, for programs" },
	{ "rates", 0, OPT_STRING, ARGS_SIZE, AT(rates), .arg = "FILE",
	  .help = "expect what a rehearsal took, by its --output" },
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
