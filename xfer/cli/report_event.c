#include "xfer/cli/report_event.h"

#include <string.h>

#include "xfer/base/exit.h"

static void items(struct event *e, const struct items *n)
{
	event_open(e, "items");
	event_u64(e, "total", n->total);
	event_u64(e, "copied", n->copied);
	event_u64(e, "updated", n->updated);
	event_u64(e, "renamed", n->renamed);
	event_u64(e, "deleted", n->deleted);
	event_u64(e, "unchanged", n->unchanged);
	event_u64(e, "failed", n->failed);
	event_u64(e, "vanished", n->vanished);
	event_u64(e, "skipped", n->skipped);
	event_close(e);
}

static void bytes(struct event *e, const struct report *r)
{
	event_open(e, "bytes");
	event_u64(e, "total", r->bytes.total);
	event_u64(e, "read", r->bytes.read);
	event_u64(e, "sent", r->bytes.sent);
	event_u64(e, "received", r->bytes.received);
	event_u64(e, "written", r->bytes.written);
	event_u64(e, "compressed_from", r->compressed_from);
	event_u64(e, "compressed_to", r->compressed_to);
	event_close(e);
}

static void seconds(struct event *e, const struct seconds *s)
{
	event_open(e, "seconds");
	event_double(e, "connect", s->connect);
	event_double(e, "transfer", s->transfer);
	event_double(e, "finish", s->finish);
	event_double(e, "verify", s->verify);
	event_double(e, "total", s->total);
	event_close(e);
}

static const char *proof_name(enum proof proof)
{
	switch (proof) {
	case PROOF_METADATA:
		return "metadata";
	case PROOF_TRANSFERRED:
		return "transferred";
	case PROOF_REREAD:
		return "reread";
	case PROOF_NONE:
		break;
	}
	return "none";
}

static void proof(struct event *e, const struct report *r)
{
	if (r->have_digest) {
		event_hex(e, "digest", r->digest, sizeof r->digest);
		event_hex(e, "peer_digest", r->peer_digest, sizeof r->peer_digest);
	} else {
		event_null(e, "digest");
		event_null(e, "peer_digest");
	}
	event_text(e, "proof", proof_name(r->proof));
	event_open(e, "proven");
	event_u64(e, "metadata", r->proven.metadata);
	event_u64(e, "transferred", r->proven.transferred);
	event_u64(e, "reread", r->proven.reread);
	event_close(e);
}

static void means(struct event *e, const struct report *r)
{
	event_open(e, "io");
	event_text(e, "source", r->io_source);
	event_text(e, "target", r->io_target);
	event_close(e);
	event_open(e, "peak_memory");
	event_u64(e, "source", r->peak_memory_source);
	event_u64(e, "target", r->peak_memory_target);
	event_close(e);
}

static void limits(struct event *e, const struct report *r)
{
	event_open(e, "limits");
	if (r->bwlimit)
		event_u64(e, "bwlimit", r->bwlimit);
	else
		event_null(e, "bwlimit");
	if (*r->deadline)
		event_text(e, "deadline", r->deadline);
	else
		event_null(e, "deadline");
	event_close(e);
}

void report_event_failure(struct event *e, const char *item, size_t len, const char *error, int errnum)
{
	event_string(e, "item", item, len);
	event_text(e, "error", error);
	event_i64(e, "errno", errnum);
}

int report_event(struct event *e, const char *verb, const struct report *r, const struct failure *failures,
		 size_t count, size_t total)
{
	event_begin(e, "report");
	event_text(e, "verb", verb);
	event_bool(e, "ok", r->exit == EXIT_OK);
	event_i64(e, "exit", r->exit);
	event_text(e, "meaning", exit_sentence(r->exit));
	event_string(e, "reason", r->reason, strnlen(r->reason, sizeof r->reason));
	event_bool(e, "dry_run", r->dry_run);
	items(e, &r->items);
	bytes(e, r);
	seconds(e, &r->seconds);
	proof(e, r);
	means(e, r);
	limits(e, r);
	event_open_array(e, "failures");
	for (size_t i = 0; i < count; i++) {
		event_open(e, NULL);
		report_event_failure(e, failures[i].item, failures[i].len, failures[i].error,
				     failures[i].errnum);
		event_close(e);
	}
	event_close(e);
	event_u64(e, "failures_total", total);
	return event_end(e);
}
