#include "xfer/cli/outcome.h"

#include <string.h>

#include "xfer/base/exit.h"

static enum proof proof_of(const struct report *r, const struct transfer *t, const struct outcome *how)
{
	if (how->verify)
		return PROOF_REREAD;
	if (t->options->dry_run)
		return PROOF_NONE;
	/* what an option left alone was not read again */
	if (t->verified && !t->verify_target.items.skipped)
		return PROOF_REREAD;
	return r->proven.transferred && !r->proven.metadata ? PROOF_TRANSFERRED : PROOF_METADATA;
}

void outcome_count(struct report *r, const struct transfer *t, const struct outcome *how)
{
	const struct account *s = &t->source, *d = &t->target;
	r->items = d->items;
	r->items.total = s->items.total > d->items.total ? s->items.total : d->items.total;
	r->bytes.total = s->bytes.total;
	r->bytes.read = s->bytes.read + t->verify_source.bytes.read;
	r->bytes.written = d->bytes.written;
	r->proven = d->proven;
	memcpy(r->digest, s->digest.byte, sizeof r->digest);
	memcpy(r->peer_digest, d->digest.byte, sizeof r->peer_digest);
	r->have_digest = t->complete && (!t->options->dry_run || how->verify) && !t->options->list_only;
	r->io_source = s->io == 2 ? "uring" : s->io == 1 ? "plain" : "none";
	r->io_target = "plain";
	r->peak_memory_source = s->peak_memory;
	r->peak_memory_target = d->peak_memory;
	r->seconds.transfer = t->transfer_seconds;
	r->seconds.verify = t->verify_seconds;
	if (t->verified) {
		r->proven = t->verify_target.proven;
		memcpy(r->digest, t->verify_source.digest.byte, sizeof r->digest);
		memcpy(r->peer_digest, t->verify_target.digest.byte, sizeof r->peer_digest);
	}
	r->proof = proof_of(r, t, how);
}

/* May the receiver leave out what is listed? */
static bool may_leave(const struct options *o)
{
	return o->existing || o->ignore_existing || o->update || o->min_size || o->max_size != UINT64_MAX ||
	       o->list_only;
}

int outcome_status(const struct report *r, const struct transfer *t, const struct outcome *how)
{
	const struct items *found = how->verify ? &t->target.items : &t->verify_target.items;
	uint64_t differences = found->copied + found->updated + found->deleted;
	bool compared = how->verify || t->verified;
	if (compared && differences)
		return EXIT_DIFFERENT;
	if (how->failures)
		return how->failures == how->vanished ? EXIT_VANISHED : EXIT_PARTIAL;
	/* failures that nobody told, and items left out without an option that allows it */
	if (t->target.items.failed || t->verify_target.items.failed ||
	    (t->source.items.skipped && !may_leave(t->options)))
		return EXIT_PARTIAL;
	if (t->target.deletions_stopped)
		return EXIT_DELETE_LIMIT;
	/* everything went well, and yet the two accounts differ: never to be called a success */
	if (r->have_digest && memcmp(r->digest, r->peer_digest, sizeof r->digest) != 0)
		return EXIT_DIFFERENT;
	return EXIT_OK;
}
