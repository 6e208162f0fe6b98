/* filter_rule.h - one include or exclude rule, compiled, and whether it matches a path. Only the filter's own
 * files include this.
 *
 * Which part of a path a pattern is held against, as rsync documents it:
 *   no slash and no "**"          the last component
 *   leading slash                 the whole path, from the transfer root or the merge file's directory
 *   slash inside, no "**"         as many last components as the pattern has
 *   "**" in front                 the whole path with a '/' in front of it
 *   "**" elsewhere                the whole path, or what follows any slash in it
 *   "***" at the end              as "**", and a directory counts as if a '/' followed it
 * A rule owns its pattern; matching changes nothing, any thread may do it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "xfer/tree/filter_text.h"
#include "xfer/tree/wildmatch.h"

struct rule {
	unsigned flags;	  /* enum rule_flag, and below */
	unsigned slashes; /* in the pattern, without a trailing one */
	size_t slot;	  /* RULE_PER_DIR: which list of per-directory rules stands here */
	char *pattern;	  /* without wildcards: what is compared */
	size_t len;
	struct wildmatch *wild; /* NULL without wildcards */
};

enum {
	RULE_DIRS_ONLY = 1 << 16,  /* trailing slash */
	RULE_ANCHORED = 1 << 17,   /* leading slash */
	RULE_LOCAL = 1 << 18,	   /* anchored, and read from a per-directory file */
	RULE_DEEP = 1 << 19,	   /* "**" */
	RULE_DEEP_FIRST = 1 << 20, /* "**" in front */
	RULE_TREE = 1 << 21,	   /* "***" at the end */
};

/* The path that rules are held against. All borrowed. */
struct rule_subject {
	const char *root; /* path of the transfer root, "home/me/" for /home/me; "" when not known */
	size_t root_len;
	const char *path; /* relative to the transfer root */
	size_t len;
	size_t name; /* where the last component of path begins */
	size_t base; /* bytes of path up to and with the slash behind the merge file's directory */
	bool is_dir;
};

/* Compiles a rule; local: from a per-directory file. On failure, -ENOMEM, there is nothing to free. */
int rule_init(struct rule *r, const struct rule_text *text, bool local);
void rule_fini(struct rule *r);

bool rule_matches(const struct rule *r, const struct rule_subject *s);
