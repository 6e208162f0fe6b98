/* Filter rules, as options and as the content of files: what parses has a canonical form that parses to itself, and is
 * held against paths. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#include "xfer/tree/filter.h"
#include "xfer/tree/filter_text.h"

struct seen {
	const char *begin, *end;
	struct strings canonical;
};

static int take(void *ctx, const struct rule_text *rule, struct err *err)
{
	struct seen *s = ctx;
	CHECK(rule->len < RULE_TEXT_MAX);
	bool own = rule->flags & RULE_MERGE && rule->len == strlen(".cvsignore");
	CHECK(own || !rule->len || (rule->pattern >= s->begin && rule->pattern + rule->len <= s->end));
	if (rule->flags & RULE_MERGE && !(rule->flags & RULE_PER_DIR))
		return 0; /* filter_expand puts the file's rules here */
	if (rule->flags & RULE_CVS && !(rule->flags & RULE_MERGE))
		return 0;
	return rule_text_format(&s->canonical, rule) ? err_set(err, -ENOMEM, "rule") : 0;
}

/* The canonical form of what was parsed from it is itself. */
static void is_canonical(const char *rule)
{
	struct seen again = { .begin = rule, .end = rule + strlen(rule) };
	const struct rule_taker to = { take, &again };
	const struct rule_style style = { 0 };
	struct err err = { 0 };
	CHECK(rule_text_parse(rule, strlen(rule), &style, &to, &err) == 0);
	CHECK(again.canonical.count == 1 && !strcmp(again.canonical.at[0], rule));
	strings_fini(&again.canonical);
}

static void apply(const struct strings *rules, const char *path)
{
	struct filter *f = NULL;
	struct err err = { 0 };
	CHECK(filter_new(&f, &err) == 0);
	for (size_t i = 0; i < rules->count; i++) {
		is_canonical(rules->at[i]);
		int r = filter_add(f, rules->at[i], &err);
		/* "." and ".." are no names for a file */
		CHECK(r == 0 || r == -E2BIG || (r == -EINVAL && rules->at[i][0] == ':'));
	}
	CHECK(filter_set_root(f, "/home/x", &err) == 0);
	bool none = filter_is_empty(f);
	for (int side = FILTER_SENDER; side <= FILTER_REMOVING; side++)
		for (int dir = 0; dir < 2; dir++) {
			enum filter_verdict v = filter_check(f, NULL, path, dir, (enum filter_side)side);
			CHECK(!none || v == FILTER_NONE);
			CHECK(filter_check(f, NULL, "", true, (enum filter_side)side) == FILTER_NONE);
		}
	filter_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned containers[] = { 0,
					       0,
					       RULE_MERGE | RULE_NO_PREFIXES,
					       RULE_MERGE | RULE_NO_PREFIXES | RULE_INCLUDE,
					       RULE_MERGE | RULE_WORDS,
					       RULE_MERGE | RULE_SENDER,
					       RULE_MERGE | RULE_PERISHABLE | RULE_ABSOLUTE,
					       RULE_MERGE | RULE_NO_PREFIXES | RULE_WORDS | RULE_NO_INHERIT |
						       RULE_CVS };
	struct reader in = reader_of(data, size);
	uint8_t how = reader_u8(&in);
	size_t path_len;
	const uint8_t *path_at = fuzz_part(&in, &path_len);
	if (in.failed)
		return 0;
	AUTO(fuzz_freep) char *path = fuzz_text(path_at, path_len);
	const struct rule_style style = { .container = containers[how & 7],
					  .old_prefixes = how & 8,
					  .from0 = how & 16 };
	const char *text = (const char *)in.at;
	struct seen seen = { .begin = text, .end = text + fuzz_left(&in) };
	const struct rule_taker to = { take, &seen };
	struct err err = { 0 };
	/* an option is a C string */
	size_t len = how & 32 ? strnlen(text, fuzz_left(&in)) : fuzz_left(&in);
	int r = how & 32 ? rule_text_parse(text, len, &style, &to, &err)
			 : rule_text_parse_file(text, len, &style, &to, &err);
	CHECK(r == 0 || (r == -EINVAL && err.code == r && err.text[0]));
	apply(&seen.canonical, path);
	strings_fini(&seen.canonical);
	return 0;
}
