#include "xfer/cli/report_text.h"

#include <string.h>

#include "xfer/base/exit.h"
#include "xfer/base/figure.h"

static void label(struct line *to, const char *name)
{
	line_add(to, "  %-9s ", name);
}

/* The parts of a list that are not zero: ", 17 updated". */
struct part {
	uint64_t n;
	const char *what;
};

static void parts(struct line *to, const struct part *part, size_t count)
{
	const char *comma = "";
	for (size_t i = 0; i < count; i++) {
		if (!part[i].n)
			continue;
		line_add(to, "%s%s %s", comma, figure_count(part[i].n).text, part[i].what);
		comma = ", ";
	}
	line_add(to, "%s\n", *comma ? "" : "none");
}

static const char *verdict(int status)
{
	switch (status) {
	case EXIT_VANISHED:
	case EXIT_DELETE_LIMIT:
		return "INCOMPLETE";
	case EXIT_INTERRUPTED:
	case EXIT_DEADLINE:
		return "STOPPED";
	case EXIT_DIFFERENT:
		return "DIFFERENT";
	default:
		return "FAILED";
	}
}

static uint64_t changes(const struct items *n)
{
	return n->copied + n->updated + n->renamed + n->deleted;
}

static const char *plural(uint64_t n, const char *one, const char *more)
{
	return n == 1 ? one : more;
}

static void good_result(struct line *to, const struct report *r, const struct report_style *style)
{
	uint64_t total = r->items.total;
	const char *items = plural(total, "item", "items");
	if (style->verify)
		line_add(to, "EQUAL: %s %s\n", figure_count(total).text, items);
	else if (r->dry_run)
		line_add(to, "DRY RUN: nothing was changed; of %s %s, %s would be\n",
			 figure_count(total).text, items, figure_count(changes(&r->items)).text);
	else
		line_add(to, "OK: %s %s, nothing missing\n", figure_count(total).text, items);
}

static void result(struct line *to, const struct report *r, const struct report_style *style)
{
	if (r->exit == EXIT_OK) {
		good_result(to, r, style);
		return;
	}
	line_add(to, "%s (%d): ", verdict(r->exit), r->exit);
	uint64_t n = changes(&r->items);
	if (r->exit == EXIT_PARTIAL && r->items.failed)
		line_add(to, "%s of %s %s could not be %s, listed above\n",
			 figure_count(r->items.failed).text, figure_count(r->items.total).text,
			 plural(r->items.total, "item", "items"), style->verify ? "compared" : "copied");
	else if (r->exit == EXIT_DIFFERENT && style->verify && n)
		line_add(to, "%s %s among %s %s\n", figure_count(n).text,
			 plural(n, "difference", "differences"), figure_count(r->items.total).text,
			 plural(r->items.total, "item", "items"));
	else
		line_add(to, "%s\n", exit_sentence(r->exit));
	if (!style->verify && r->dry_run)
		line_add(to, "  this was a dry run: nothing was changed\n");
}

static void reason(struct line *to, const struct report *r)
{
	size_t n = strnlen(r->reason, sizeof r->reason);
	if (!n)
		return;
	label(to, "because");
	line_name(to, r->reason, n);
	line_add(to, "\n");
}

static void items(struct line *to, const struct report *r, const struct report_style *style)
{
	const struct items *n = &r->items;
	const struct part sync[] = {
		{ n->copied, "copied" },   { n->updated, "updated" },	  { n->renamed, "renamed" },
		{ n->deleted, "deleted" }, { n->unchanged, "unchanged" }, { n->skipped, "skipped as asked" },
		{ n->failed, "failed" },
	};
	const struct part verify[] = {
		{ n->copied, "missing at the destination" },
		{ n->updated, "different" },
		{ n->renamed, "under another name" },
		{ n->deleted, "only at the destination" },
		{ n->unchanged, "equal" },
		{ n->skipped, "skipped as asked" },
		{ n->failed, "failed" },
	};
	label(to, style->verify ? "compared" : r->dry_run ? "would be" : "items");
	parts(to, style->verify ? verify : sync, sizeof sync / sizeof *sync);
	if (n->vanished) {
		label(to, "");
		line_add(to, "%s of the failed vanished at the source\n", figure_count(n->vanished).text);
	}
}

/* Without the word "bytes", which the first number of the line has said. */
static struct figure size(uint64_t v, const struct report_style *style)
{
	return style->human ? figure_bytes(v, true) : figure_count(v);
}

static void data(struct line *to, const struct report *r, const struct report_style *style)
{
	const struct bytes *b = &r->bytes;
	label(to, "data");
	line_add(to, "%s at the source; %s read, ", figure_bytes(b->total, style->human).text,
		 size(b->read, style).text);
	line_add(to, "%s sent, %s received", size(b->sent, style).text, size(b->received, style).text);
	if (!style->verify)
		line_add(to, ", %s written", size(b->written, style).text);
	line_add(to, "\n");
	if (style->stats && r->compressed_from) {
		label(to, "");
		line_add(to, "%s compressed to %s\n", figure_bytes(r->compressed_from, style->human).text,
			 size(r->compressed_to, style).text);
	}
}

static void times(struct line *to, const struct report *r, const struct report_style *style)
{
	const struct seconds *s = &r->seconds;
	uint64_t moved = r->bytes.read > r->bytes.written ? r->bytes.read : r->bytes.written;
	label(to, "time");
	line_add(to, "%s", figure_seconds(s->total).text);
	if (moved && s->total > 0.001)
		line_add(to, ", %s/s", figure_bytes((uint64_t)((double)moved / s->total), style->human).text);
	if (style->stats) {
		line_add(to, " (connect %s, transfer %s, ", figure_seconds(s->connect).text,
			 figure_seconds(s->transfer).text);
		line_add(to, "finish %s, verify %s)", figure_seconds(s->finish).text,
			 figure_seconds(s->verify).text);
	}
	line_add(to, "\n");
}

static void proven(struct line *to, const struct report *r)
{
	const struct part by[] = {
		{ r->proven.reread, "read again from disk on both sides, afterwards" },
		{ r->proven.transferred, "hashed where read and where written" },
		{ r->proven.metadata,
		  "taken as unchanged by size and time (--checksum or --verify reads them)" },
	};
	const char *name = "proven";
	for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
		if (!by[i].n)
			continue;
		label(to, name);
		line_add(to, "%s %s %s\n", figure_count(by[i].n).text, plural(by[i].n, "file", "files"),
			 by[i].what);
		name = "";
	}
	if (!*name)
		return;
	label(to, name);
	line_add(to, "%s\n",
		 r->proof == PROOF_NONE ? "nothing: no file was copied or compared"
					: "names and attributes; there are no files");
}

static void digest(struct line *to, const struct report *r)
{
	label(to, "digest");
	if (!r->have_digest) {
		line_add(to, "none: the run did not come so far that both sides gave one\n");
		return;
	}
	for (size_t i = 0; i < sizeof r->digest; i++)
		line_add(to, "%02x", r->digest[i]);
	if (!memcmp(r->digest, r->peer_digest, sizeof r->digest)) {
		line_add(to, ", equal on both sides\n");
		return;
	}
	line_add(to, " at the source\n");
	label(to, "");
	for (size_t i = 0; i < sizeof r->peer_digest; i++)
		line_add(to, "%02x", r->peer_digest[i]);
	line_add(to, " at the destination: DIFFERENT\n");
}

static struct figure memory(uint64_t bytes)
{
	return bytes ? figure_bytes(bytes, true) : (struct figure){ "unknown" };
}

static void means(struct line *to, const struct report *r)
{
	label(to, "means");
	line_add(to, "io %s to %s; ", r->io_source ? r->io_source : "unknown",
		 r->io_target ? r->io_target : "unknown");
	line_add(to, "peak memory %s at the source, ", memory(r->peak_memory_source).text);
	line_add(to, "%s at the destination\n", memory(r->peak_memory_target).text);
}

void report_text(struct line *to, const struct report *r, const struct report_style *style)
{
	/* a dry run has no tree whose digest could be equal */
	bool planned = r->dry_run && !style->verify;
	result(to, r, style);
	reason(to, r);
	items(to, r, style);
	data(to, r, style);
	times(to, r, style);
	if (!planned) {
		proven(to, r);
		digest(to, r);
	}
	means(to, r);
}
