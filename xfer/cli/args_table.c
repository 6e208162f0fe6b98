#include "xfer/cli/args_table.h"

#include <string.h>

#include "xfer/cli/args.h"
#include "xfer/tree/filter.h"
#include "xfer/tree/jobs.h"

#define SYNC ARGS_SYNC
#define BOTH (ARGS_SYNC | ARGS_VERIFY)
#define WITH_PIPE (ARGS_SYNC | ARGS_PIPE)
#define CLIENTS (ARGS_SYNC | ARGS_VERIFY | ARGS_PIPE)
#define ALL (CLIENTS | ARGS_SERVE)
#define AT(f) .at = offsetof(struct options, f)

/* In the order in which the help shows them; a line of help fits 80 columns. */
const struct opt_row opt_rows[] = {
	{ "archive", 'a', OPT_GROUP, OPT_POSITIVE, BOTH, .section = "What is kept",
	  .implies = "recursive links perms times group owner devices specials",
	  .help = "keep nearly everything: same as -rlptgoD" },
	{ "recursive", 'r', OPT_FLAG, 0, BOTH, AT(recurse), .help = "descend into directories" },
	{ "links", 'l', OPT_FLAG, 0, BOTH, AT(links), .help = "copy symlinks as symlinks" },
	{ "perms", 'p', OPT_FLAG, 0, BOTH, AT(perms),
	  .help = "keep permissions, with setuid, setgid and sticky" },
	{ "times", 't', OPT_FLAG, 0, BOTH, AT(times), .help = "keep modification times, to the nanosecond" },
	{ "group", 'g', OPT_FLAG, 0, BOTH, AT(group),
	  .help = "keep groups, by name where both sides have it" },
	{ "owner", 'o', OPT_FLAG, 0, BOTH, AT(owner), .help = "keep owners, by name likewise (needs root)" },
	{ NULL, 'D', OPT_GROUP, 0, BOTH, .implies = "devices specials",
	  .help = "same as --devices --specials" },
	{ "devices", 0, OPT_FLAG, 0, BOTH, AT(devices), .help = "keep device files (needs root)" },
	{ "specials", 0, OPT_FLAG, 0, BOTH, AT(specials), .help = "keep fifos and sockets" },
	{ "hard-links", 'H', OPT_FLAG, 0, BOTH, AT(hard_links),
	  .help = "keep hard links, across the whole run" },
	{ "acls", 'A', OPT_FLAG, 0, BOTH, AT(acls), .implies = "perms",
	  .help = "keep POSIX ACLs (implies -p)" },
	{ "xattrs", 'X', OPT_FLAG, 0, BOTH, AT(xattrs),
	  .help = "keep extended attributes, capabilities too" },
	{ "sparse", 'S', OPT_FLAG, 0, WITH_PIPE, AT(sparse), .help = "write runs of zeros as holes" },
	{ "omit-dir-times", 'O', OPT_FLAG, 0, BOTH, AT(omit_dir_times), .help = "-t leaves out directories" },
	{ "omit-link-times", 'J', OPT_FLAG, 0, BOTH, AT(omit_link_times), .help = "-t leaves out symlinks" },
	{ "numeric-ids", 0, OPT_FLAG, 0, BOTH, AT(numeric_ids),
	  .help = "owners and groups by number, never by name" },
	{ "chmod", 0, OPT_STRING_JOIN, 0, WITH_PIPE, AT(chmod), .arg = "CHANGES",
	  .help = "change permissions on the way: D755,F644,go-w" },
	{ "chown", 0, OPT_CHOWN, 0, SYNC, .arg = "USER:GROUP",
	  .help = "all to this owner, this group (:GROUP), or both" },
	{ "usermap", 0, OPT_STRING_ONCE, 0, SYNC, AT(usermap), .arg = "FROM:TO,..", .implies = "owner",
	  .help = "change owners: name, number, range, * (implies -o)" },
	{ "groupmap", 0, OPT_STRING_ONCE, 0, SYNC, AT(groupmap), .arg = "FROM:TO,..", .implies = "group",
	  .help = "change groups in the same way (implies -g)" },

	{ "relative", 'R', OPT_FLAG, 0, SYNC, AT(relative), .section = "What is chosen",
	  .help = "keep the source's path, or its part after /./" },
	{ "one-file-system", 'x', OPT_FLAG, OPT_ONCE, BOTH, AT(one_file_system),
	  .help = "do not descend into other file systems" },
	{ "safe-links", 0, OPT_FLAG, 0, SYNC, AT(safe_links),
	  .help = "leave out symlinks that point out of the tree" },
	{ "prune-empty-dirs", 'm', OPT_FLAG, 0, SYNC, AT(prune_empty_dirs),
	  .help = "leave out directories in which nothing remains" },
	{ "filter", 'f', OPT_FILTER, 0, BOTH, .min = FILTER_OPTION_RULE, .arg = "RULE",
	  .help = "add a rule in rsync's filter language" },
	{ "exclude", 0, OPT_FILTER, 0, BOTH, .min = FILTER_OPTION_EXCLUDE, .arg = "PATTERN",
	  .help = "leave out what matches" },
	{ "include", 0, OPT_FILTER, 0, BOTH, .min = FILTER_OPTION_INCLUDE, .arg = "PATTERN",
	  .help = "keep what matches, whatever later rules say" },
	{ "exclude-from", 0, OPT_FILTER, 0, BOTH, .min = FILTER_OPTION_EXCLUDE_FROM, .arg = "FILE",
	  .help = "leave out what a pattern of this file matches" },
	{ "include-from", 0, OPT_FILTER, 0, BOTH, .min = FILTER_OPTION_INCLUDE_FROM, .arg = "FILE",
	  .help = "keep what a pattern of this file matches" },
	{ "files-from", 0, OPT_FILES_FROM, 0, SYNC, .arg = "FILE",
	  .help = "only the names listed (-: stdin); -R; -a without -r" },
	{ "from0", '0', OPT_FROM0, OPT_POSITIVE, BOTH,
	  .help = "lines of such files end with NUL, not newline" },
	{ "min-size", 0, OPT_SIZE, 0, SYNC, AT(min_size), .arg = "SIZE",
	  .help = "leave out smaller files: 500, 10K, 1.5m, 2GB" },
	{ "max-size", 0, OPT_SIZE, 0, SYNC, AT(max_size), .arg = "SIZE", .help = "leave out larger files" },

	{ "update", 'u', OPT_FLAG, 0, SYNC, AT(update), .section = "What is compared",
	  .help = "leave alone files newer at the destination" },
	{ "checksum", 'c', OPT_FLAG, 0, BOTH, AT(checksum),
	  .help = "compare content instead of size and time" },
	{ "size-only", 0, OPT_FLAG, 0, SYNC, AT(size_only), .help = "the same size counts as unchanged" },
	{ "ignore-times", 'I', OPT_FLAG, 0, SYNC, AT(ignore_times),
	  .help = "copy even where size and time are the same" },
	{ "maildir", 0, OPT_CHOICE, 0, BOTH, AT(maildir), .arg = "WHEN", .choices = "auto|always|never",
	  .help = "treat cur, new, tmp as a mailbox; auto: with -a" },
	{ "frozen", 0, OPT_FLAG, 0, BOTH, AT(frozen),
	  .help = "no server has the mailboxes open: copy its indexes" },
	{ "full", 0, OPT_FLAG, 0, SYNC, AT(full), .help = "compare messages by more than their names, too" },
	{ "modify-window", '@', OPT_INT64, 0, BOTH, AT(modify_window), .min = -1, .arg = "SECS",
	  .help = "times this close are the same; 0, -1: exactly" },
	{ "existing", 0, OPT_FLAG, 0, SYNC, AT(existing), .help = "create nothing new at the destination" },
	{ "ignore-existing", 0, OPT_FLAG, 0, SYNC, AT(ignore_existing),
	  .help = "leave alone what the destination has" },

	{ "delete", 0, OPT_FLAG, 0, SYNC, AT(delete), .section = "What is deleted",
	  .help = "delete what the source does not have" },
	{ "delete-excluded", 0, OPT_FLAG, 0, SYNC, AT(delete_excluded), .implies = "delete",
	  .help = "and what is excluded (implies --delete)" },
	{ "max-delete", 0, OPT_MAX_DELETE, 0, SYNC, .arg = "N|N%",
	  .help = "at most N items, or N% of the destination's" },
	{ "ignore-errors", 0, OPT_FLAG, 0, SYNC, AT(ignore_errors),
	  .help = "delete even where reading the source failed" },
	{ "allow-empty-source", 0, OPT_FLAG, 0, SYNC, AT(allow_empty_source),
	  .help = "let an empty source empty the destination" },

	{ "dry-run", 'n', OPT_FLAG, 0, SYNC, AT(dry_run), .section = "How it is done",
	  .help = "change nothing, only say what would be done" },
	{ "whole-file", 'W', OPT_SWITCH, 0, SYNC, AT(whole_file),
	  .help = "send changed files whole; --no-: never; else local" },
	{ "compress", 'z', OPT_SWITCH, 0, WITH_PIPE, AT(compress),
	  .help = "compress always; --no-: never; else where it pays" },
	{ "mkpath", 0, OPT_FLAG, 0, WITH_PIPE, AT(mkpath),
	  .help = "create the directories that lead to DST" },
	{ "fsync", 0, OPT_FLAG, 0, WITH_PIPE, AT(fsync),
	  .help = "all is on disk before success is reported" },
	{ "state-dir", 0, OPT_STRING, 0, SYNC, AT(state_dir), .arg = "DIR",
	  .help = "folder for journals and spills (never the tree)" },
	{ "space-check", 0, OPT_FLAG, 0, SYNC, AT(space_check),
	  .help = "stop once sure not to fit (on; or --no-space-check)" },
	{ "verify", 0, OPT_FLAG, 0, SYNC, AT(verify),
	  .help = "at the end read both sides from disk and compare" },
	{ "bwlimit", 0, OPT_RATE, OPT_LOCAL, CLIENTS, AT(bwlimit), .arg = "RATE",
	  .help = "at most so much a second: 500 (KiB), 1.5m; 0: all" },
	{ "bwlimit-file", 0, OPT_STRING, OPT_LOCAL, CLIENTS, AT(bwlimit_file), .arg = "FILE",
	  .help = "the RATE is in FILE, and may be changed there" },
	{ "deadline", 0, OPT_STRING, OPT_LOCAL, CLIENTS, AT(deadline), .arg = "TIME",
	  .help = "stop once sure not to end by then: RFC 3339, +SECS" },
	{ "io", 0, OPT_CHOICE, 0, BOTH, AT(io), .arg = "MODE", .choices = "auto|uring|plain",
	  .help = "how files are accessed: uring, plain or auto" },
	{ "jobs", 0, OPT_INT, 0, BOTH, AT(jobs), .min = 1, .max = JOBS_MOST, .arg = "N",
	  .help = "threads a side, for small files and for comparing" },
	{ "nice", 0, OPT_FLAG, 0, BOTH, AT(nice),
	  .help = "give way to the hosts' other work, on both sides" },
	{ "timeout", 0, OPT_INT, 0, CLIENTS, AT(timeout), .arg = "SECS",
	  .help = "give up when nothing moves so long; 0: never" },
	{ "contimeout", 0, OPT_INT, OPT_LOCAL, CLIENTS, AT(contimeout), .arg = "SECS",
	  .help = "that for connecting alone; 0: never" },
	{ "stdio", 0, OPT_STDIO, OPT_POSITIVE, ARGS_SERVE, .help = "speak on standard input and output" },
	{ "rsh", 'e', OPT_STRING, OPT_LOCAL, CLIENTS, AT(rsh), .arg = "COMMAND",
	  .help = "remote shell and its options; default: ssh" },
	{ "xfer-path", 0, OPT_STRING, OPT_LOCAL, CLIENTS, AT(xfer_path), .arg = "PROGRAM",
	  .help = "the xfer to run on the other host" },
	{ "bootstrap", 0, OPT_FLAG, OPT_LOCAL, CLIENTS, AT(bootstrap),
	  .help = "bring xfer along to a host that has none" },
	{ "bootstrap-file", 0, OPT_STRING, OPT_LOCAL, BOTH, AT(bootstrap_file), .arg = "FILE",
	  .implies = "bootstrap", .help = "the static xfer to bring (implies --bootstrap)" },

	{ "verbose", 'v', OPT_COUNT, 0, CLIENTS, AT(verbose), .section = "What is told",
	  .help = "say what is done to which item; -vv: more" },
	{ "quiet", 'q', OPT_FLAG, OPT_LOCAL, CLIENTS, AT(quiet), .help = "say nothing but errors" },
	{ "itemize-changes", 'i', OPT_FLAG, OPT_ONCE, BOTH, AT(itemize),
	  .help = "a line for each change, as rsync -i prints it" },
	{ "human-readable", 'h', OPT_FLAG, OPT_LOCAL | OPT_ONCE, CLIENTS, AT(human),
	  .help = "sizes as 1.23G" },
	{ "progress", 'P', OPT_FLAG, OPT_LOCAL, CLIENTS, AT(progress),
	  .help = "show how far it is (resuming is always on)" },
	{ "stats", 0, OPT_FLAG, 0, CLIENTS, AT(stats), .help = "end with all figures" },
	{ "list-only", 0, OPT_FLAG, 0, SYNC, AT(list_only), .help = "list the source's files, copy nothing" },
	{ "json", 0, OPT_FLAG, OPT_LOCAL, CLIENTS, AT(json),
	  .help = "events and report as JSON, one object a line" },
	{ "json-fd", 0, OPT_INT, OPT_LOCAL, CLIENTS, AT(json_fd), .arg = "N", .implies = "json",
	  .help = "write those to descriptor N (implies --json)" },
	{ "log-file", 0, OPT_STRING, OPT_LOCAL, CLIENTS, AT(log_file), .arg = "FILE",
	  .help = "append to FILE what was done and decided" },
	{ "help", 0, OPT_HELP, OPT_POSITIVE, ALL, .help = "show this" },
	{ "version", 'V', OPT_VERSION, OPT_POSITIVE, ALL, .help = "show the version" },

	/* only between the two sides: what was read from files on the user's */
	{ "filter", 0, OPT_LIST, OPT_INTERNAL, 0, AT(filters) },
	{ "files-from-list", 0, OPT_FLAG, OPT_INTERNAL, 0, AT(have_files_from) },
	{ "files-from-entry", 0, OPT_LIST, OPT_INTERNAL, 0, AT(files_from) },
};
const size_t opt_row_count = sizeof opt_rows / sizeof *opt_rows;

static bool is_named(const struct opt_row *row, const char *name, size_t n)
{
	return row->name && strlen(row->name) == n && !memcmp(row->name, name, n);
}

const struct opt_row *opt_by_name(const char *name, size_t n)
{
	for (size_t i = 0; i < opt_row_count; i++)
		if (!(opt_rows[i].attrs & OPT_INTERNAL) && is_named(&opt_rows[i], name, n))
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

const struct opt_row *opt_by_packed_name(const char *name, size_t n)
{
	for (size_t i = 0; i < opt_row_count; i++)
		if (opt_is_packed(&opt_rows[i]) && is_named(&opt_rows[i], name, n))
			return &opt_rows[i];
	return NULL;
}

bool opt_takes_value(const struct opt_row *row)
{
	switch (row->kind) {
	case OPT_FLAG:
	case OPT_COUNT:
	case OPT_SWITCH:
	case OPT_GROUP:
	case OPT_FROM0:
	case OPT_STDIO:
	case OPT_HELP:
	case OPT_VERSION:
		return false;
	default:
		return true;
	}
}

bool opt_is_negatable(const struct opt_row *row)
{
	return !opt_takes_value(row) && !(row->attrs & OPT_POSITIVE);
}

bool opt_is_packed(const struct opt_row *row)
{
	return row->kind <= OPT_MAX_DELETE && !(row->attrs & OPT_LOCAL);
}
