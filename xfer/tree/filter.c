#include "xfer/tree/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/tree/filter_set.h"

int filter_new(struct filter **out, struct err *err)
{
	struct filter *f = calloc(1, sizeof *f);
	if (!f)
		return err_set(err, -ENOMEM, "filter rules");
	*out = f;
	return 0;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	rule_set_fini(&f->rules);
	slots_fini(&f->slots);
	free(f->root);
	free(f);
}

int filter_add(struct filter *f, const char *rule, struct err *err)
{
	struct rule_adder adder = { .set = &f->rules, .slots = &f->slots };
	struct rule_taker to = { rule_adder_add, &adder };
	struct rule_style style = { 0 };
	return rule_text_parse(rule, strlen(rule), &style, &to, err);
}

void filter_set_delete_excluded(struct filter *f)
{
	f->delete_excluded = true;
}

int filter_set_root(struct filter *f, const char *root, struct err *err)
{
	if (root[0] != '/')
		return err_say(err, -EINVAL, "the transfer root '%s' is not an absolute path", root);
	while (*root == '/')
		root++;
	size_t len = strlen(root);
	while (len && root[len - 1] == '/')
		len--;
	char *copy = NULL;
	if (asprintf(&copy, "%.*s%s", (int)len, root, len ? "/" : "") < 0)
		return err_set(err, -ENOMEM, "filter rules");
	free(f->root);
	f->root = copy;
	return 0;
}

bool filter_is_empty(const struct filter *f)
{
	return f->rules.count == 0;
}

struct check {
	const struct filter *f;
	const struct filter_dir *d;
	enum filter_side side;
	struct rule_subject subject;
};

static bool rule_applies(const struct rule *r, const struct check *c)
{
	unsigned sides = r->flags & RULE_SIDES;
	if (!sides)
		sides = c->f->delete_excluded ? RULE_SENDER : RULE_SIDES;
	return sides & (c->side == FILTER_SENDER ? RULE_SENDER : RULE_RECEIVER);
}

static enum filter_verdict check_slot(struct check *c, size_t slot);

/* A list below another belongs to a later slot, so the depth of the calls is bounded by FILTER_SLOTS_MAX. */
static enum filter_verdict check_rules(struct check *c, const struct rule_set *rules, size_t base)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *r = &rules->at[i];
		if (r->flags & RULE_PERISHABLE && c->side == FILTER_REMOVING)
			continue;
		if (r->flags & RULE_PER_DIR) {
			enum filter_verdict v = check_slot(c, r->slot);
			if (v != FILTER_NONE)
				return v;
			continue;
		}
		c->subject.base = base;
		if (rule_applies(r, c) && rule_matches(r, &c->subject))
			return r->flags & RULE_INCLUDE ? FILTER_INCLUDE : FILTER_EXCLUDE;
	}
	return FILTER_NONE;
}

/* The rules of the nearest directory come first. */
static enum filter_verdict check_slot(struct check *c, size_t slot)
{
	for (const struct filter_dir *d = c->d; d && slot < d->slots.count; d = d->parent) {
		enum filter_verdict v = check_rules(c, &d->rules[slot], d->base);
		if (v != FILTER_NONE)
			return v;
		if (d->rules[slot].cut)
			break;
	}
	return FILTER_NONE;
}

enum filter_verdict filter_check(const struct filter *f, const struct filter_dir *d, const char *path,
				 bool is_dir, enum filter_side side)
{
	if (!f->rules.count || !path[0])
		return FILTER_NONE;
	const char *slash = strrchr(path, '/');
	struct check c = {
		.f = f,
		.d = d,
		.side = side,
		.subject = {
			.root = f->root ? f->root : "",
			.root_len = f->root ? strlen(f->root) : 0,
			.path = path,
			.len = strlen(path),
			.name = slash ? (size_t)(slash + 1 - path) : 0,
			.is_dir = is_dir,
		},
	};
	return check_rules(&c, &f->rules, 0);
}
