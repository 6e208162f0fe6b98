#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/tree/receiver_impl.h"

static void tell_nothing(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	(void)ctx, (void)change, (void)name, (void)len, (void)suffix;
}

/* Is there anything that a deletion would take? */
static int has_extra(struct receiver *r, struct rnode *n, const char *path, bool *extra, struct err *err)
{
	struct tell quiet = *r->job->tell;
	quiet.item = tell_nothing;
	struct prune look = {
		.filter = r->job->filter,
		.tell = &quiet,
		.dry_run = true,
		.limit = 0,
		.spill_dir = r->o->spill_dir,
	};
	int code = prune_directory(&look, n->dir, path, n->rules, r->seen, err);
	*extra = look.refused > 0;
	return code;
}

/* Deletes what the source does not have, if this listing allows it. */
int node_delete_extra(struct receiver *r, struct rnode *n, unsigned flags, struct err *err)
{
	if (!r->need_seen || n->leave || (flags & (LISTING_PARTIAL | LISTING_UNSURE)))
		return 0;
	/* what is being written here, or waits for its name, would be taken for debris */
	int code = receiver_drain_small(r, err);
	if (code == 0)
		code = commit_flush(r, err);
	if (code < 0)
		return code;
	char *text = NULL;
	size_t len;
	const char *path = receiver_path(r, n, "", 0, &len);
	char *bare = strndup(path, len ? len - 1 : 0);
	if (!bare)
		return err_set(err, -ENOMEM, "delete");
	if ((flags & LISTING_ERRORS) && !r->o->ignore_errors) {
		if (asprintf(&text,
			     "%s: nothing is deleted here, because the source could not be read completely",
			     len ? bare : ".") > 0)
			r->job->tell->warning(r->job->tell->ctx, text);
	} else if ((flags & LISTING_EMPTY_ROOT) && !r->o->allow_empty_source) {
		bool extra;
		code = has_extra(r, n, bare, &extra, err);
		r->account.deletions_stopped |= extra;
		if (extra &&
		    asprintf(&text,
			     "%s: the source is empty: nothing is deleted here (--allow-empty-source would)",
			     len ? bare : ".") > 0)
			r->job->tell->warning(r->job->tell->ctx, text);
	} else {
		code = prune_directory(&r->prune, n->dir, bare, n->rules, r->seen, err);
	}
	free(text);
	free(bare);
	return code;
}
