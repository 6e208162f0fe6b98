/* options.h - what a run was asked for, as plain values. Filled by cli/args.c on the user's side, sent to the
 * other side as text and filled there by the same table. Strings are owned by the options. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/strings.h"

enum io_mode { IO_AUTO, IO_URING, IO_PLAIN };
enum whole_mode { WHOLE_AUTO /* where both ends are one host */, WHOLE_ALWAYS, WHOLE_NEVER };
enum maildir_mode { MAILDIR_AUTO /* with -a */, MAILDIR_ALWAYS, MAILDIR_NEVER };
enum compress_mode { COMPRESS_AUTO, COMPRESS_ALWAYS, COMPRESS_NEVER };

struct options {
	/* what is kept */
	bool recurse, links, perms, times, owner, group, devices, specials;
	bool hard_links, acls, xattrs, sparse;
	bool omit_dir_times, omit_link_times, numeric_ids;
	char *chmod, *chown, *usermap, *groupmap;

	/* what is chosen */
	bool relative, one_file_system, safe_links, prune_empty_dirs;
	struct strings filters;	   /* one filter rule each, include and exclude files already read */
	struct strings files_from; /* already read; meaningful when have_files_from */
	bool have_files_from;
	uint64_t min_size, max_size; /* bytes; max_size UINT64_MAX when not given */

	/* what is compared */
	bool update, checksum, size_only, ignore_times, existing, ignore_existing;
	enum maildir_mode maildir;
	bool frozen;	       /* nobody uses the mailboxes: their indexes are copied, too */
	bool full;	       /* messages are compared as other files are, too */
	int64_t modify_window; /* seconds; -1: to the nanosecond. Default 0, which is as -1 for us */

	/* what is deleted */
	bool delete, delete_excluded, ignore_errors, allow_empty_source;
	int64_t max_delete;	/* items; -1 no limit */
	int max_delete_percent; /* of the destination's items; -1 no limit */

	/* how */
	bool dry_run, mkpath, fsync, space_check, verify;
	char *state_dir; /* the receiver's; NULL: the usual one, if it can be used */
	enum compress_mode compress;
	enum whole_mode whole_file;
	enum io_mode io;
	int jobs;	/* threads a side; 0: as jobs_of decides */
	bool nice;	/* give way to others: io/gentle.h */
	int timeout;	/* seconds; 0 none */
	int contimeout; /* until the other side has spoken; -1: as timeout */
	char *rsh, *xfer_path, *bootstrap_file;
	bool bootstrap;
	uint64_t bwlimit;   /* bytes per second; 0 none */
	char *bwlimit_file; /* holds it, and may change */
	char *deadline;	    /* as it was given */

	/* what is told */
	int verbose;
	bool quiet, itemize, human, progress, stats, list_only, json;
	int json_fd; /* -1: standard output */
	char *log_file;

	/* not asked for, but found by transfer.c: where what does not fit into memory goes, borrowed; NULL: as spill_new */
	const char *spill_dir;
};
