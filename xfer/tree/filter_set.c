#include "xfer/tree/filter_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void rule_set_fini(struct rule_set *s)
{
	for (size_t i = 0; i < s->count; i++)
		rule_fini(&s->at[i]);
	free(s->at);
	*s = (struct rule_set){ 0 };
}

static void slots_cut(struct slots *s, size_t count)
{
	while (s->count > count)
		free(s->at[--s->count]);
}

void slots_fini(struct slots *s)
{
	slots_cut(s, s->borrowed);
}

/* As in rsync: by the last component alone, and the first one mentioned stays. */
static bool slots_have(const struct slots *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->at[i]->len == len && memcmp(s->at[i]->name, name, len) == 0)
			return true;
	return false;
}

static bool is_file_name(const char *name, size_t len)
{
	bool dots = (len == 1 && name[0] == '.') || (len == 2 && memcmp(name, "..", 2) == 0);
	return len > 0 && !dots;
}

/* Declares the merge file. Returns 1, 0 when it was declared before, or -errno. */
static int slots_add(struct slots *s, const struct rule_text *rule, struct err *err)
{
	struct rule_text whole = *rule;
	if (whole.len > 1 && whole.pattern[whole.len - 1] == '/')
		whole.len--;
	struct rule_text name = rule_text_self(&whole);

	if (!is_file_name(name.pattern, name.len))
		return err_say(err, -EINVAL, "no file name in filter rule 'dir-merge %.*s'", (int)rule->len,
			       rule->pattern);
	if (slots_have(s, name.pattern, name.len))
		return 0;
	if (s->count == FILTER_SLOTS_MAX)
		return err_say(err, -E2BIG, "more than %d dir-merge rules, with 'dir-merge %.*s'",
			       FILTER_SLOTS_MAX, (int)rule->len, rule->pattern);
	struct slot *slot = malloc(sizeof *slot + name.len + 1);
	if (!slot)
		return err_set(err, -ENOMEM, "filter rule");
	slot->flags = rule->flags;
	slot->len = name.len;
	memcpy(slot->name, name.pattern, name.len);
	slot->name[name.len] = '\0';
	s->at[s->count++] = slot;
	return 1;
}

/* Room in the array is doubled when the count is a power of two, so no capacity is kept. */
static int make_room(struct rule_set *s)
{
	if (s->count & (s->count - 1))
		return 0;
	size_t room = s->count ? s->count * 2 : 1;
	struct rule *grown = reallocarray(s->at, room, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	s->at = grown;
	return 0;
}

/* A rule's share of memory is bounded from above: a compiled pattern takes 8 bytes a byte, and a set of at
 * least three bytes another 32. */
static int charge(struct rule_adder *a, const struct rule_text *rule, struct err *err)
{
	if (!a->weight)
		return 0;
	*a->weight += 2 * sizeof(struct rule) + 64 + 20 * rule->len;
	if (*a->weight > a->limit)
		return err_say(err, -E2BIG, "more filter rules than are allowed in one directory");
	return 0;
}

static int append(struct rule_adder *a, const struct rule_text *text, size_t slot, struct err *err)
{
	struct rule rule;

	int rc = charge(a, text, err);
	if (rc < 0)
		return rc;
	rc = make_room(a->set);
	if (rc == 0)
		rc = rule_init(&rule, text, a->local);
	if (rc < 0)
		return err_set(err, rc, "filter rule");
	rule.slot = slot;
	a->set->at[a->set->count++] = rule;
	return 0;
}

static int append_merge(struct rule_adder *a, const struct rule_text *rule, struct err *err)
{
	if (!(rule->flags & RULE_PER_DIR))
		return err_say(err, -EINVAL, "a merge rule is not allowed here: 'merge %.*s'", (int)rule->len,
			       rule->pattern);
	if (rule->flags & RULE_EXCLUDE_SELF) {
		struct rule_text self = rule_text_self(rule);
		int rc = append(a, &self, 0, err);
		if (rc < 0)
			return rc;
	}
	int rc = slots_add(a->slots, rule, err);
	return rc <= 0 ? rc : append(a, rule, a->slots->count - 1, err);
}

int rule_adder_add(void *ctx, const struct rule_text *rule, struct err *err)
{
	struct rule_adder *a = ctx;

	if (rule->flags & RULE_CLEAR) {
		rule_set_fini(a->set);
		a->set->cut = true;
		slots_cut(a->slots, a->first_slot);
		return 0;
	}
	if (rule->flags & RULE_MERGE)
		return append_merge(a, rule, err);
	if (rule->flags & RULE_CVS)
		return rule_text_cvs_default(rule, &(struct rule_taker){ rule_adder_add, a }, err);
	if (rule->flags & RULE_XATTR)
		return 0; /* is about the names of attributes, never about those of files */
	return append(a, rule, 0, err);
}
