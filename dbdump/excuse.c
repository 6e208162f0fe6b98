#include "dbdump/excuse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/grow.h"
#include "xfer/base/fd.h"
#include "xfer/base/figure.h"

enum { NAMED = 20, NAMES_LIMIT = 1 << 20 };

void excuses_fini(struct excuses *e)
{
	for (size_t i = 0; i < e->count; i++)
		buf_fini(&e->at[i].names);
	free(e->at);
	*e = (struct excuses){ 0 };
}

static bool has(const struct strings *roles, const char *role)
{
	for (size_t i = 0; i < roles->count; i++)
		if (strcmp(roles->at[i], role) == 0)
			return true;
	return false;
}

/* Who owns it: of what the first role owns nothing says so. NULL: an engine without roles. */
static const char *owner_of(const struct catalog *c, const char *owned)
{
	const struct object *o = catalog_find_object(c, "owner", owned);
	const char *first = c->roles.count ? c->roles.at[0] : NULL;
	return o ? o->definition : first;
}

/* Where the owner is not at B its things belong to whoever loaded them: what is granted to him is nothing to him, and of a column
 * it is noted as something that its owner was granted. */
static const char *owned_by_grantee(const struct object *right, const struct catalog *at_a,
				    const struct catalog *at_b)
{
	const char *then = right->owned ? owner_of(at_a, right->owned) : NULL;
	const char *now = right->owned ? owner_of(at_b, right->owned) : NULL;
	return then && now && !has(&at_b->roles, then) && has(&right->roles, now) ? then : NULL;
}

const char *excuse_of(const struct object *a, const struct object *b, const struct catalog *at_a,
		      const struct catalog *at_b)
{
	const char *missing = NULL;
	size_t count = 0;
	/* what needs a role that is not there can be absent, but not be there in another form */
	if (a && b && strcmp(a->kind, "owner") != 0)
		return NULL;
	for (size_t i = 0; a && i < a->roles.count; i++) {
		if (has(&at_b->roles, a->roles.at[i]))
			continue;
		missing = missing ? missing : a->roles.at[i];
		count++;
	}
	if (a && !missing)
		return owned_by_grantee(a, at_a, at_b);
	if (a)
		return a->any_role && count < a->roles.count ? NULL : missing;
	if (b->owned)
		return owned_by_grantee(b, at_a, at_b);
	/* A's first one owns it, and nothing says so */
	bool owner = strcmp(b->kind, "owner") == 0 && at_a->roles.count;
	return owner && !has(&at_b->roles, at_a->roles.at[0]) ? at_a->roles.at[0] : NULL;
}

/* The line of that role; NULL: no memory. */
static struct excused *find(struct excuses *e, const char *role)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->at[i].role, role) == 0)
			return &e->at[i];
	struct excused *grown = grow_by_one(e->at, e->count, sizeof *grown);
	if (!grown)
		return NULL;
	e->at = grown;
	struct excused *x = &e->at[e->count++];
	x->role = role;
	buf_init(&x->names, NAMES_LIMIT);
	return x;
}

int excuse_add(struct excuses *e, const char *role, const struct object *any)
{
	struct excused *x = find(e, role);
	if (!x)
		return -ENOMEM;
	if (x->count++ >= NAMED)
		return 0;
	buf_bytes(&x->names, x->names.len ? ", " : "", x->names.len ? 2 : 0);
	buf_bytes(&x->names, any->kind, strlen(any->kind));
	buf_bytes(&x->names, " ", 1);
	buf_bytes(&x->names, any->name, strlen(any->name));
	return x->names.failed ? -ENOMEM : 0;
}

static void tell(const struct excused *x, struct watch *w)
{
	AUTO(fd_free_buffer) char *text = NULL;
	AUTO(fd_free_buffer) char *more = NULL;
	if (x->count > NAMED && asprintf(&more, " and %s more", figure_count(x->count - NAMED).text) < 0)
		return;
	if (asprintf(
		    &text,
		    "role \"%s\" is not at the destination, so these are otherwise there: %.*s%s (--users makes roles)",
		    x->role, (int)x->names.len, (const char *)x->names.data, more ? more : "") < 0)
		text = NULL;
	watch_warn(w, text ? text : "roles are missing at the destination");
}

void excuses_tell(struct excuses *e, struct watch *w)
{
	for (size_t i = 0; i < e->count; i++)
		tell(&e->at[i], w);
}
