/* wildmatch.h - matches a path against a pattern with wildcards.
 *
 *   ?      any byte but '/'
 *   *      any bytes but '/', also none
 *   **     any bytes, also none (three and more stars mean the same)
 *   [a-z]  one byte of the set, never '/'; '!' or '^' in front negates; [:alpha:] and its like are ASCII;
 *          ']' as the first byte and what follows a '\' stand for themselves
 *   \x     x itself
 *
 * A set that is not closed, a class with an unknown name and a '\' at the end match nothing, as in rsync.
 *
 * Compiled once, then matched in time of the order of pattern times text whatever both look like: the
 * matcher returns only to the last '*' or the last '**', never to an earlier one.
 * A compiled pattern is not changed by matching: any number of threads may share it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct wildmatch;

/* What is matched: head, then body, then a '/' if slash is set. Borrowed; need not be terminated. */
struct wildmatch_text {
	const char *head, *body;
	size_t head_len, body_len;
	bool slash;
};

enum wildmatch_from {
	WILDMATCH_BEGINNING,   /* the pattern matches the whole text */
	WILDMATCH_ANY_ELEMENT, /* the whole text, or what follows any of its slashes */
};

/* Compiles pattern[0..len), which holds no NUL. *out belongs to the caller. Returns 0 or -ENOMEM. */
int wildmatch_new(struct wildmatch **out, const char *pattern, size_t len);
void wildmatch_free(struct wildmatch *w);

bool wildmatch_matches(const struct wildmatch *w, const struct wildmatch_text *text,
		       enum wildmatch_from from);

/* Shortens text to its last count elements, the parts between slashes; count > 0. False when it has fewer. */
bool wildmatch_tail(struct wildmatch_text *text, size_t count);

/* True when the text is exactly p[0..len). */
bool wildmatch_text_is(const struct wildmatch_text *text, const char *p, size_t len);
