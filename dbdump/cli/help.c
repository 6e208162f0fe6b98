#include "dbdump/cli/help.h"

#include <errno.h>
#include <string.h>

#include "dbdump/cli/args_table.h"
#include "dbdump/cli/meaning.h"
#include "xfer/front/help_list.h"

enum { HELP_COLUMN = 29 }; /* where the explanations begin */

static const char overview[] =
	"dbdump copies databases from server to server, whole and verified.\n"
	"\n"
	"Usage: dbdump copy [OPTION...] SRC_URI DST_URI   straight from one into another\n"
	"       dbdump verify [OPTION...] A_URI B_URI     compare rows and definitions\n"
	"       dbdump size [OPTION...] URI               gigabytes, seconds of a copy\n"
	"       dbdump preflight [OPTION...] SRC_URI [DST_URI]   what would go wrong\n"
	"       dbdump rehearse [OPTION...] SRC_URI TEST_URI    how it goes, how long\n"
	"       dbdump dump [OPTION...] SRC_URI ARCHIVE   into a file, or - for a pipe\n"
	"       dbdump load [OPTION...] ARCHIVE DST_URI   out of it, verified\n"
	"       dbdump list [OPTION...] ARCHIVE           what it has, and what not\n"
	"       dbdump cat [OPTION...] ARCHIVE [TABLE]    SQL for mariadb or psql\n"
	"       dbdump COMMAND --help                     the options of a command\n"
	"       dbdump --version\n"
	"\n"
	"A URI is mysql://[USER[:PASSWORD]@][HOST][:PORT]/[DATABASE,...][?KEY=VALUE&...]\n"
	"for MariaDB, or postgresql://... as libpq has it. * and ? in a database's name\n"
	"match any; no name means all databases but the system's own. What is not said\n"
	"comes from ~/.my.cnf, ~/.pgpass, libpq's variables. No password is ever shown.\n"
	"Where verify takes a URI it takes an archive too: whatever has no :// in it.\n"
	"\n"
	"Exit status:\n";

static const char *const heads[] = {
	[ARGS_COPY] = "Usage: dbdump copy [OPTION...] SRC_URI DST_URI\n"
		      "\n"
		      "Copies databases as of one moment of the source, rows and all that is defined,\n"
		      "then reads both ends and proves it in a report. The source is only read.\n"
		      "A destination that has anything in it is refused unless --drop-existing.\n",
	[ARGS_VERIFY] = "Usage: dbdump verify [OPTION...] A_URI B_URI\n"
			"\n"
			"Reads both, compares every row by content and every definition, and names what\n"
			"is different. Changes nothing. Exit status 40 if anything is.\n"
			"With --rename, A is the end that still has the old names.\n",
	[ARGS_PREFLIGHT] =
		"Usage: dbdump preflight [OPTION...] SRC_URI [DST_URI]\n"
		"\n"
		"Looks at both ends, or the source alone, and says what would go wrong with a\n"
		"copy, why, and what to do about it. Changes nothing. Exit status 42 if a copy is\n"
		"certain to fail. The options are those that the copy will be given.\n",
	[ARGS_SIZE] = "Usage: dbdump size [OPTION...] URI\n"
		      "\n"
		      "Gigabytes (10^9 bytes) of data and indexes on disk, by database and table, the\n"
		      "largest first, and how many seconds a copy should take: by what was measured in\n"
		      "general, or with --rates in a rehearsal.\n",
	[ARGS_REHEARSE] = "Usage: dbdump rehearse [OPTION...] SRC_URI TEST_URI\n"
			  "\n"
			  "Preflight, then a copy onto a test server, verified. --output has, for programs,\n"
			  "what was found and how many seconds a gigabyte took. What is certain to fail is\n"
			  "tried all the same, unless --strict. Exit status 42 if nothing could be copied.\n",
	[ARGS_DUMP] = "Usage: dbdump dump [OPTION...] SRC_URI ARCHIVE\n"
		      "\n"
		      "Writes databases as of one moment into an archive: a file of mode 0600 that is\n"
		      "there when it is whole, or - for standard output. Its chunks are compressed and\n"
		      "hashed. No password is in it. --drop-existing replaces a file of that name.\n",
	[ARGS_LOAD] = "Usage: dbdump load [OPTION...] ARCHIVE DST_URI\n"
		      "\n"
		      "Loads an archive, a file or - for standard input, into a server of its kind, and\n"
		      "compares what is there then. What is damaged in it is named, and is no part of\n"
		      "what is loaded; the exit status is 23 then. It is chosen at the dump what is in\n"
		      "an archive, and how it is called. Its statements run: who wrote it is trusted.\n",
	[ARGS_LIST] = "Usage: dbdump list [OPTION...] ARCHIVE\n"
		      "\n"
		      "Says when and of what an archive was made, its databases, tables, rows and\n"
		      "bytes, and what is missing in it. -v: every table. Damage within rows is named\n"
		      "by load, verify and cat, which read them.\n",
	[ARGS_CAT] = "Usage: dbdump cat [OPTION...] ARCHIVE [TABLE]\n"
		     "\n"
		     "Writes SQL that mariadb or psql loads: all of an archive, or SCHEMA.TABLE with\n"
		     "its rows and indexes. The first line says with which options of the client.\n",
};

static void say_rows(struct buf *out, enum args_command command)
{
	struct help_list list = { .out = out, .column = HELP_COLUMN };
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		help_list_row(&list,
			      &(struct help_row){ row->section, row->letter, row->name, row->arg, row->help },
			      row->commands & command);
	}
}

int help_overview(struct buf *out)
{
	static const int order[] = { 0, 1, 3, 5, 10, 11, 12, 20, 23, 40, 41, 42 };
	buf_bytes(out, overview, strlen(overview));
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		help_list_status(out, order[i], meaning_of(order[i]));
	return out->failed ? -ENOMEM : 0;
}

int help_command(struct buf *out, enum args_command command)
{
	buf_bytes(out, heads[command], strlen(heads[command]));
	say_rows(out, command);
	return out->failed ? -ENOMEM : 0;
}
