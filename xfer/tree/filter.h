/* filter.h - which names of a tree take part, after rsync's filter rules (rsync(1), FILTER RULES).
 *
 * The life of a rule: the user's options become canonical rules by filter_expand, on the user's side, where
 * the files are that options name. Both sides feed the same canonical rules to filter_add. Then each walks
 * its tree: filter_dir_enter on entering a directory, filter_check for every name in it. Nothing below an
 * excluded directory is looked at; that is the walker's part.
 *
 * Differences from rsync, all on the side of caution:
 *   - A dir-merge file is looked for in the directories of the tree only, not above the transfer root, and
 *     is never reached through a symbolic link: that, and any file that cannot be read, is an error.
 *   - A per-directory file cannot name another file with "merge", and its "-C" means the default list alone.
 *   - A leading slash in a per-directory file is taken literally to that directory, also when the
 *     directory's own name has wildcards in it.
 *   - With from0 comments are not recognised. Per-directory files always consist of lines or words.
 *   - A rule of more than 4095 bytes is an error, not ignored.
 *
 * Threads: a filter that is no longer added to may be used by any number of threads. A filter_dir is never
 * changed once made; its references may be taken and given back by any thread. */
#pragma once
#include <stdbool.h>

#include "xfer/base/err.h"
#include "xfer/tree/options.h"

struct filter;	   /* the global rules, in order */
struct filter_dir; /* the per-directory rules in force in one directory; NULL stands for none */

enum filter_option {
	FILTER_OPTION_RULE,	    /* --filter=RULE */
	FILTER_OPTION_INCLUDE,	    /* --include=PATTERN */
	FILTER_OPTION_EXCLUDE,	    /* --exclude=PATTERN */
	FILTER_OPTION_INCLUDE_FROM, /* --include-from=FILE, "-" for standard input */
	FILTER_OPTION_EXCLUDE_FROM, /* --exclude-from=FILE */
};

enum filter_verdict {
	FILTER_NONE, /* no rule matched: included */
	FILTER_INCLUDE,
	FILTER_EXCLUDE,
};

enum filter_side {
	FILTER_SENDER,	 /* excluded: hidden from the transfer */
	FILTER_RECEIVER, /* excluded: protected from deletion */
	FILTER_REMOVING, /* as FILTER_RECEIVER, in a directory being removed: perishable rules are off */
};

/* Turns one option into canonical rules, appended to out, which is unchanged on failure. Reads the files that
 * are named: include and exclude files, `merge` rules (relative to the working directory) and, for "-C",
 * $HOME/.cvsignore and $CVSIGNORE. from0: names in these files end with NUL.
 * Returns 0; -EINVAL for a rule that does not parse, which err quotes; -ENOMEM; why a file was not read. */
int filter_expand(struct strings *out, const char *arg, enum filter_option kind, bool from0, struct err *err);

/* An empty filter. Returns 0 or -ENOMEM. */
int filter_new(struct filter **out, struct err *err);
/* f may be NULL. Every filter_dir made from f must be gone. */
void filter_free(struct filter *f);

/* Adds one rule, canonical or as --filter takes it; "!" removes what was added before. A `merge` rule is
 * refused: filter_expand replaces it. Not after the first filter_dir_enter.
 * Returns 0, -EINVAL with a sentence that quotes the rule, -E2BIG for too many dir-merge rules, -ENOMEM. */
int filter_add(struct filter *f, const char *rule, struct err *err);

/* --delete-excluded: rules that name no side are about the sender only. */
void filter_set_delete_excluded(struct filter *f);

/* The absolute path of this side's transfer root, for rules with the '/' modifier. Without it such rules are
 * held against the path in the transfer. Returns 0, -EINVAL for a relative path, -ENOMEM. */
int filter_set_root(struct filter *f, const char *root, struct err *err);

/* No rule about names at all: filter_check would always say FILTER_NONE. */
bool filter_is_empty(const struct filter *f);

/* What the first rule that matches says. path is relative to the transfer root, without a leading slash
 * ("a/b/c"); d is that of the directory that holds it ("a/b"), from filter_dir_enter. The root itself ("")
 * matches no rule. */
enum filter_verdict filter_check(const struct filter *f, const struct filter_dir *d, const char *path,
				 bool is_dir, enum filter_side side);

/* The per-directory rules in the directory path ("" for the root), open as dirfd: those of parent, the
 * directory that holds it, and its own merge files. *out is a new reference, NULL when there are none; it may
 * be parent. parent is borrowed. A merge file that is not there or is a directory counts as none.
 * Fails, with the file's name in err, with -EINVAL (a bad rule, or not a regular file), -ELOOP (a symbolic
 * link), -EFBIG (over 1 MiB), -E2BIG (too many rules in all), -ENOMEM or what open or read failed with. */
int filter_dir_enter(struct filter_dir **out, const struct filter *f, struct filter_dir *parent, int dirfd,
		     const char *path, struct err *err);

/* Both accept NULL; ref returns its argument. */
struct filter_dir *filter_dir_ref(struct filter_dir *d);
void filter_dir_unref(struct filter_dir *d);
