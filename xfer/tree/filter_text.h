/* filter_text.h - filter rules as text: takes options, lines and words apart and writes one rule in the form
 * that both sides read. Only the filter's own files include this; filter.h says what the rules mean.
 *
 * Canonical form: one of + - : and modifiers, a space, the pattern or file name; or "!".
 * Parsed rules borrow from the text they were parsed from. No state; any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "xfer/base/err.h"
#include "xfer/base/strings.h"

enum {
	RULE_TEXT_MAX = 4096,	       /* bytes of one rule, as in rsync */
	RULE_FILE_MAX = 1 << 20,       /* bytes of a file that the tree holds */
	RULE_USER_FILE_MAX = 16 << 20, /* bytes of a file that the user names */
};

enum rule_flag {
	RULE_INCLUDE = 1 << 0,	/* '+': a match includes; otherwise it excludes */
	RULE_ABSOLUTE = 1 << 1, /* '/' */
	RULE_NEGATE = 1 << 2,	/* '!' after + or - */
	RULE_PERISHABLE = 1 << 3,
	RULE_SENDER = 1 << 4, /* neither side: both, or as --delete-excluded says */
	RULE_RECEIVER = 1 << 5,
	RULE_XATTR = 1 << 6,
	RULE_MERGE = 1 << 7,	   /* '.' or ':' */
	RULE_PER_DIR = 1 << 8,	   /* ':', together with RULE_MERGE */
	RULE_NO_PREFIXES = 1 << 9, /* the file holds bare patterns */
	RULE_WORDS = 1 << 10,	   /* the file is split at white space */
	RULE_NO_INHERIT = 1 << 11,
	RULE_CVS = 1 << 12,
	RULE_EXCLUDE_SELF = 1 << 13,
	RULE_CLEAR = 1 << 14, /* "!" */

	RULE_SIDES = RULE_SENDER | RULE_RECEIVER,
	/* what the rules in a merge file take over from the merge rule; xattr is not among it in rsync 3.5 */
	RULE_INHERITED = RULE_INCLUDE | RULE_ABSOLUTE | RULE_NEGATE | RULE_PERISHABLE,
};

struct rule_text {
	unsigned flags;
	const char *pattern; /* or file name; not terminated */
	size_t len;
};

/* How a text is to be read. */
struct rule_style {
	unsigned container; /* flags of the merge rule it is read for, 0 when none */
	bool old_prefixes;  /* bare patterns, where only "+ ", "- " and "!" are recognised */
	bool from0;	    /* NUL ends a line, and there are no comments */
};

/* Who gets the parsed rules, in order. add returns 0, or -errno with err filled, which ends the parsing. */
struct rule_taker {
	int (*add)(void *ctx, const struct rule_text *rule, struct err *err);
	void *ctx;
};

/* Parses the value of one option: one rule, or several words. Fails with -EINVAL and the rule in err. */
int rule_text_parse(const char *p, size_t len, const struct rule_style *style, const struct rule_taker *to,
		    struct err *err);

/* Parses the contents of a file: lines without the empty ones and the comments, or words. */
int rule_text_parse_file(const char *p, size_t len, const struct rule_style *style,
			 const struct rule_taker *to, struct err *err);

/* The patterns that CVS ignores, for the rule cvs ("-C"), each of them perishable. */
int rule_text_cvs_default(const struct rule_text *cvs, const struct rule_taker *to, struct err *err);

/* The exclude rule that the modifier "e" stands for: the last component of the merge file's name. */
struct rule_text rule_text_self(const struct rule_text *merge);

/* Appends the canonical form of rule, which is no '.' merge and no "-C". Returns 0 or -ENOMEM. */
int rule_text_format(struct strings *out, const struct rule_text *rule);

/* Reads fd to its end into *out, which the caller frees. Returns 0, -ENOMEM, -EFBIG beyond max bytes, or what
 * read failed with. */
int rule_text_read(char **out, size_t *len, int fd, size_t max);
