/* filter_set.h - lists of compiled rules, the slots where per-directory rules go, and what the filter and its
 * directories are made of. Only the filter's own files include this. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "xfer/tree/filter.h"
#include "xfer/tree/filter_rule.h"

enum {
	FILTER_SLOTS_MAX = 32,	      /* dir-merge rules in force at once */
	FILTER_DIR_WEIGHT = 16 << 20, /* bytes of per-directory rules in force in one directory */
};

struct rule_set {
	struct rule *at;
	size_t count;
	bool cut; /* the rules of the directories above are not in force here */
};

/* A dir-merge rule: the file to look for in each directory, and how to read it. */
struct slot {
	unsigned flags;
	size_t len;
	char name[]; /* one component, terminated */
};

/* The first `borrowed` belong to whoever declared them above. */
struct slots {
	struct slot *at[FILTER_SLOTS_MAX];
	size_t count, borrowed;
};

struct filter {
	struct rule_set rules;
	struct slots slots;
	char *root; /* see struct rule_subject; NULL: not told */
	bool delete_excluded;
};

/* The rules that the merge files of one directory hold. In force below it through the parents. */
struct filter_dir {
	_Atomic size_t refs;
	struct filter_dir *parent; /* a reference, or NULL */
	size_t base;		   /* see struct rule_subject */
	size_t weight;		   /* bytes of rules, with those of the parents */
	struct slots slots;	   /* the filter's, the parents' and those declared here */
	struct rule_set *rules;	   /* slots.count of them */
};

/* Adds parsed rules to a set: the context of a rule_taker. */
struct rule_adder {
	struct rule_set *set;
	struct slots *slots;
	size_t first_slot;     /* what a "!" takes back: the slots from here on were declared in this set */
	bool local;	       /* see rule_init */
	size_t *weight, limit; /* weight NULL: no limit */
};

/* The add function of a rule_taker; ctx is a struct rule_adder. Fails with -EINVAL, -E2BIG or -ENOMEM. */
int rule_adder_add(void *ctx, const struct rule_text *rule, struct err *err);

void rule_set_fini(struct rule_set *s);
void slots_fini(struct slots *s);
