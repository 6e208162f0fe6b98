#include "xfer/cli/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "xfer/base/clock.h"
#include "xfer/base/escape.h"
#include "xfer/base/exit.h"
#include "xfer/cli/connect.h"
#include "xfer/cli/endpoint.h"
#include "xfer/cli/output.h"
#include "xfer/cli/serve.h"
#include "xfer/cli/status.h"
#include "xfer/tree/strings.h"
#include "xfer/tree/transfer.h"

volatile sig_atomic_t client_quit;

/* One run, as the user's side sees it. */
struct client {
	enum args_command command;
	struct options *o;
	struct output *out;
	struct endpoint remote; /* host NULL: both ends are here */
	bool pull;		/* we receive */
	struct strings paths;	/* of the sources, without their host */
	char *destination;
	uint64_t failures, vanished;
	struct link *link;
	struct link_stats traffic;
	struct report report;
	uint64_t began;
};

static void tell_item(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	struct client *c = ctx;
	output_item(c->out, change, name, len, suffix);
}

static void tell_failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	struct client *c = ctx;
	c->failures++;
	c->vanished += errnum == ENOENT;
	output_failure(c->out, name, len, error, errnum);
}

static void tell_warning(void *ctx, const char *text)
{
	struct client *c = ctx;
	output_warning(c->out, text);
}

static void tell_list(void *ctx, mode_t mode, uint64_t size, int64_t mtime, const char *name, size_t len,
		      const char *target, size_t target_len)
{
	struct client *c = ctx;
	char text[4097];
	snprintf(text, sizeof text, "%.*s", (int)target_len, target);
	output_list(c->out, mode, size, mtime, name, len, target_len ? text : NULL);
}

static void tell_progress(void *ctx, const struct progress *p)
{
	struct client *c = ctx;
	output_progress(c->out, p);
}

/* Sources all here or all on one host; at most one side remote. */
static int parse_sources(struct client *c, const struct strings *operands, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct endpoint e;
		int r = endpoint_parse(&e, operands->at[i], err);
		if (r < 0)
			return r;
		bool same = i == 0 || (!e.host && !c->remote.host) ||
			    (e.host && c->remote.host && strcmp(e.host, c->remote.host) == 0 &&
			     strcmp(e.user ? e.user : "", c->remote.user ? c->remote.user : "") == 0);
		if (!same)
			r = err_say(err, -EINVAL, "%s: all sources must be on the same host",
				    operands->at[i]);
		if (r == 0 && strings_add(&c->paths, e.path, strlen(e.path)) < 0)
			r = err_set(err, -ENOMEM, "%s", operands->at[i]);
		if (r == 0 && i == 0 && e.host) {
			c->pull = true;
			c->remote = e;
		} else {
			endpoint_fini(&e);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_operands(struct client *c, const struct strings *operands, struct err *err)
{
	const char *command = args_command_name(c->command);
	bool no_destination = c->o->list_only && operands->count == 1;
	if (operands->count < 2 && !no_destination)
		return err_say(err, -EINVAL, "%s needs a source and a destination (see xfer %s --help)",
			       command, command);
	if (c->command == ARGS_VERIFY && operands->count != 2)
		return err_say(err, -EINVAL, "verify compares two trees (see xfer verify --help)");
	if (c->o->have_files_from && operands->count != 2)
		return err_say(err, -EINVAL, "--files-from goes with one source and a destination");
	size_t sources = no_destination ? 1 : operands->count - 1;
	int r = parse_sources(c, operands, sources, err);
	if (r < 0)
		return r;
	struct endpoint to = { 0 };
	if (!no_destination)
		r = endpoint_parse(&to, operands->at[sources], err);
	if (r == 0 && to.host && c->remote.host) {
		r = err_say(err, -EINVAL,
			    "%s: source and destination are both remote; run xfer on one of the two hosts",
			    operands->at[sources]);
	} else if (r == 0) {
		c->destination = to.path ? strdup(to.path) : strdup("");
		if (!c->destination)
			r = err_set(err, -ENOMEM, "destination");
	}
	if (r == 0 && to.host)
		c->remote = to;
	else
		endpoint_fini(&to);
	return r;
}

/* Tells the other side what to do. */
static int send_config(struct client *c, struct err *err)
{
	struct buf b;
	buf_init(&b, CONFIG_MAX);
	buf_u8(&b, c->pull ? 's' : c->remote.host ? 'r' : 'l');
	buf_u8(&b, c->o->itemize || c->o->verbose || c->o->log_file);
	buf_varint(&b, c->pull ? c->paths.count : 1);
	for (size_t i = 0; c->pull && i < c->paths.count; i++)
		buf_string(&b, c->paths.at[i], strlen(c->paths.at[i]));
	if (!c->pull)
		buf_string(&b, c->destination, strlen(c->destination));
	int r = args_pack(&b, c->o);
	if (r < 0 || b.failed)
		r = err_set(err, r < 0 ? r : -EMSGSIZE, "the options");
	for (size_t at = 0; r == 0; at += FRAME_MAX) {
		size_t n = at >= b.len ? 0 : b.len - at < FRAME_MAX ? b.len - at : FRAME_MAX;
		r = link_send(c->link, FRAME_CONFIG, 0, b.data + at, n, err);
		if (!n)
			break;
	}
	buf_fini(&b);
	return r < 0 ? r : link_flush(c->link, err);
}

/* HELLO both ways. Until the other side has spoken, --contimeout counts. */
static int greet(struct client *c, struct hello *hello, int *abort_status, struct err *err)
{
	struct frame f;
	link_set_timeout(c->link, c->o->contimeout);
	int r = hello_send(c->link, err);
	if (r == 0)
		r = link_recv(c->link, &f, err);
	if (r == -ETIMEDOUT) {
		*abort_status = EXIT_CONNECT_TIMEOUT;
		return err_say(err, -ECONNABORTED, "%s: no answer for %d seconds",
			       c->remote.host ? c->remote.host : "here", c->o->contimeout);
	}
	if (r == -ECONNRESET || r == -EPIPE)
		err_say(err, r,
			"%s: the connection ended before xfer answered (is it installed there? see --xfer-path)",
			c->remote.host ? c->remote.host : "here");
	if (r < 0)
		return r;
	if (f.type == FRAME_ABORT) {
		*abort_status = link_abort_parse(&f, err->text, sizeof err->text);
		return err->code = -ECONNABORTED;
	}
	r = hello_take(hello, &f, err);
	link_set_timeout(c->link, c->o->timeout);
	return r;
}

static bool is_local(const struct client *c)
{
	return !c->remote.host;
}

static void count_pass(struct client *c, const struct transfer *t)
{
	struct report *r = &c->report;
	const struct account *s = &t->source, *d = &t->target;
	r->items = d->items;
	r->items.total = s->items.total > d->items.total ? s->items.total : d->items.total;
	r->bytes.total = s->bytes.total;
	r->bytes.read = s->bytes.read + t->verify_source.bytes.read;
	r->bytes.written = d->bytes.written;
	r->proven = d->proven;
	r->digest[0] = 0;
	memcpy(r->digest, s->digest.byte, sizeof r->digest);
	memcpy(r->peer_digest, d->digest.byte, sizeof r->peer_digest);
	r->have_digest = t->complete && (!c->o->dry_run || c->command == ARGS_VERIFY) && !c->o->list_only;
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
	/* what an option left alone was not read again */
	if (c->command == ARGS_VERIFY || (t->verified && !t->verify_target.items.skipped))
		r->proof = PROOF_REREAD;
	else
		r->proof = r->proven.metadata	   ? PROOF_METADATA
			   : r->proven.transferred ? PROOF_TRANSFERRED
						   : PROOF_METADATA;
	if (c->o->dry_run && c->command != ARGS_VERIFY)
		r->proof = PROOF_NONE;
}

/* May the receiver leave out what is listed? */
static bool may_leave(const struct options *o)
{
	return o->existing || o->ignore_existing || o->update || o->min_size || o->max_size != UINT64_MAX ||
	       o->list_only;
}

/* The run ended by itself: how? */
static int judge(struct client *c, const struct transfer *t)
{
	const struct items *found = c->command == ARGS_VERIFY ? &t->target.items : &t->verify_target.items;
	uint64_t differences = found->copied + found->updated + found->deleted;
	bool compared = c->command == ARGS_VERIFY || t->verified;
	if (compared && differences)
		return EXIT_DIFFERENT;
	if (c->failures)
		return c->failures == c->vanished ? EXIT_VANISHED : EXIT_PARTIAL;
	/* failures that nobody told, and items left out without an option that allows it */
	if (t->target.items.failed || t->verify_target.items.failed ||
	    (t->source.items.skipped && !may_leave(c->o)))
		return EXIT_PARTIAL;
	if (t->target.deletions_stopped)
		return EXIT_DELETE_LIMIT;
	/* everything went well, and yet the two accounts differ: never to be called a success */
	if (c->report.have_digest &&
	    memcmp(c->report.digest, c->report.peer_digest, sizeof c->report.digest) != 0)
		return EXIT_DIFFERENT;
	return EXIT_OK;
}

static int run(struct client *c, const struct tell *tell, struct err *err)
{
	struct chan *chan;
	struct hello hello;
	int abort_status = 0;
	int r = is_local(c) ? connect_local(&chan, err) : connect_remote(&chan, &c->remote, c->o, err);
	if (r < 0)
		return r == -EINVAL ? EXIT_USAGE : EXIT_START;
	r = link_new(&c->link, chan, false, err);
	if (r < 0) {
		chan_close(chan);
		return EXIT_START;
	}
	link_set_quit(c->link, &client_quit);
	r = greet(c, &hello, &abort_status, err);
	if (r == 0)
		r = send_config(c, err);
	c->report.seconds.connect = (double)(clock_now() - c->began) / 1e9;
	struct transfer t = {
		.options = c->o,
		.link = c->link,
		.tell = tell,
		.asked = c->pull ? &c->paths : NULL,
		.has_user = true,
		.same_host = r == 0 && hello.same_host,
		.content_mark = '>',
	};
	if (r == 0) {
		enum compress_mode z = c->o->compress;
		link_set_compress(c->link, z == COMPRESS_ALWAYS || (z == COMPRESS_AUTO && !hello.same_host));
		r = c->pull ? transfer_receive(&t, c->destination, err) : transfer_send(&t, &c->paths, err);
	}
	/* Ctrl-C reaches ssh too, and what we see first may be the end of the connection */
	if (client_quit && (r == -ECONNRESET || r == -EPIPE))
		r = err_set(err, -EINTR, "stopped");
	count_pass(c, &t);
	if (t.abort_status)
		abort_status = t.abort_status;
	if (r < 0 && r != -ECONNABORTED)
		link_abort(c->link, status_of(r), err->text);
	link_get_stats(c->link, &c->traffic);
	link_free(c->link);
	return r == -ECONNABORTED ? abort_status : r < 0 ? status_of(r) : judge(c, &t);
}

static void finish_report(struct client *c, int status, const struct err *err)
{
	struct report *r = &c->report;
	r->exit = status;
	r->dry_run = c->o->dry_run;
	r->items.failed = c->failures;
	r->items.vanished = c->vanished;
	r->bytes.sent = c->traffic.sent;
	r->bytes.received = c->traffic.received;
	r->compressed_from = c->traffic.packed_from;
	r->compressed_to = c->traffic.packed_to;
	r->seconds.total = (double)(clock_now() - c->began) / 1e9;
	/* the rest: the last words, and the other side's end */
	double rest = r->seconds.total - r->seconds.connect - r->seconds.transfer - r->seconds.verify;
	r->seconds.finish = rest > 0 ? rest : 0;
	if (err->code)
		snprintf(r->reason, sizeof r->reason, "%s", err->text);
}

static void client_fini(struct client *c)
{
	output_close(c->out);
	endpoint_fini(&c->remote);
	strings_fini(&c->paths);
	free(c->destination);
}

int client_run(enum args_command command, struct options *o, struct strings *operands)
{
	struct err err = { 0 };
	struct client c = { .command = command, .o = o, .began = clock_now() };
	/* what would be done is what a dry run is for */
	if (o->dry_run)
		o->itemize = true;
	int r = output_open(&c.out, o, args_command_name(command), &err);
	if (r == 0)
		r = parse_operands(&c, operands, &err);
	if (r < 0) {
		char shown[2 * ERR_TEXT];
		fprintf(stderr, "xfer: error: %s\n",
			escape_name(shown, sizeof shown, err.text, strlen(err.text)));
		client_fini(&c);
		return r == -EINVAL ? EXIT_USAGE : EXIT_START;
	}
	struct tell tell = {
		.item = tell_item,
		.failure = tell_failure,
		.warning = tell_warning,
		.list = tell_list,
		.progress = tell_progress,
		.ctx = &c,
	};
	output_start(c.out, operands->at, operands->count - (c.destination[0] != 0), c.destination);
	int status = run(&c, &tell, &err);
	finish_report(&c, status, &err);
	if (!o->list_only || status)
		output_report(c.out, &c.report);
	if (status == EXIT_OK && output_failed(c.out))
		status = EXIT_FILE_IO;
	client_fini(&c);
	return status;
}
