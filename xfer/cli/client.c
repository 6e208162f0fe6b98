#include "xfer/cli/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/clock.h"
#include "xfer/base/escape.h"
#include "xfer/base/exit.h"
#include "xfer/cli/endpoint.h"
#include "xfer/cli/outcome.h"
#include "xfer/cli/output.h"
#include "xfer/cli/peer.h"
#include "xfer/cli/relay.h"
#include "xfer/cli/status.h"
#include "xfer/base/strings.h"
#include "xfer/front/process.h"
#include "xfer/tree/stream.h"
#include "xfer/tree/transfer.h"

volatile sig_atomic_t client_quit;

/* One run, as the user's side sees it. */
struct client {
	enum args_command command;
	struct options *o;
	struct output *out;
	struct endpoint remote; /* host NULL: both ends are here */
	bool pull;		/* we receive */
	struct endpoint onward; /* host not NULL: what remote sends goes there, and we stand in between */
	struct strings paths;	/* of the sources, without their host */
	char *destination;
	struct transfer_source *source; /* opened; NULL: not yet, or we receive */
	struct outcome told;
	struct link_stats traffic;
	struct pace pace;
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
	c->told.failures++;
	c->told.vanished += errnum == ENOENT;
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
	pace_progress(&c->pace, p);
	output_progress(c->out, p);
}

/* Sources all here or all on one host. */
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

static bool is_standard(const struct client *c, const char *path)
{
	return c->command == ARGS_PIPE && strcmp(path, "-") == 0;
}

/* A stream is written where its user is when it goes to standard output. */
static int settle_stream(struct client *c, const struct strings *operands, struct err *err)
{
	if (!is_standard(c, operands->at[operands->count - 1]))
		return 0;
	if (is_standard(c, operands->at[0]))
		return err_say(err, -EINVAL, "- to -: one of the two must be a path (see xfer pipe --help)");
	if (c->o->json && (c->o->json_fd < 0 || c->o->json_fd == STDOUT_FILENO))
		return err_say(err, -EINVAL, "--json: standard output carries the data; use --json-fd");
	c->pull = true;
	output_leave_stdout(c->out);
	return 0;
}

static int parse_operands(struct client *c, const struct strings *operands, struct err *err)
{
	const char *command = args_command_name(c->command);
	bool no_destination = c->o->list_only && operands->count == 1;
	if (operands->count < 2 && !no_destination)
		return err_say(err, -EINVAL, "%s needs a source and a destination (see xfer %s --help)",
			       command, command);
	if (c->command == ARGS_PIPE && operands->count != 2)
		return err_say(err, -EINVAL,
			       "pipe has one source and one destination (see xfer pipe --help)");
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
	if (r == 0) {
		c->destination = to.path ? strdup(to.path) : strdup("");
		if (!c->destination)
			r = err_set(err, -ENOMEM, "destination");
	}
	if (r == 0 && to.host)
		*(c->pull ? &c->onward : &c->remote) = to;
	else
		endpoint_fini(&to);
	return r == 0 ? settle_stream(c, operands, err) : r;
}

static enum config_role role_of_peer(const struct client *c)
{
	if (c->command == ARGS_PIPE)
		return c->pull ? CONFIG_STREAM_FROM : CONFIG_STREAM_TO;
	return c->pull ? CONFIG_SEND : c->remote.host ? CONFIG_RECEIVE : CONFIG_RECEIVE_HERE;
}

static unsigned wants_told(const struct client *c)
{
	return c->o->itemize || c->o->verbose || c->o->log_file ? CONFIG_TELL_ITEMS : 0;
}

static int configure(struct client *c, struct peer *p, struct err *err)
{
	AUTO(buf_fini) struct buf b;
	struct strings to = { &c->destination, 1 };
	buf_init(&b, CONFIG_MAX);
	int r = config_put(&b, role_of_peer(c), wants_told(c), c->pull ? &c->paths : &to, c->o);
	return r < 0 ? err_set(err, r, "the options") : peer_configure(p, &b, err);
}

static int open_source(struct client *c, const struct tell *tell, struct err *err)
{
	return transfer_open_source(&c->source, c->o, &c->paths, tell, err);
}

/* A tree that is sent to another host can be listed while that is called. With --nice nothing is read before ssh was started, or
 * that would be as idle as we are. */
static bool lists_ahead(const struct client *c)
{
	return c->command != ARGS_PIPE && !c->pull && c->remote.host && !c->o->nice;
}

/* Our end. */
static int transfer(struct client *c, struct transfer *t, struct err *err)
{
	const char *from = c->paths.at[0], *to = c->destination;
	if (c->command != ARGS_PIPE && c->pull)
		return transfer_receive(t, to, err);
	if (c->command != ARGS_PIPE) {
		int r = c->source ? 0 : open_source(c, t->tell, err);
		return r < 0 ? r : transfer_send_source(t, c->source, err);
	}
	if (c->pull)
		return stream_receive(t, is_standard(c, to) ? NULL : to, err);
	return stream_send(t, is_standard(c, from) ? NULL : from, err);
}

/* One end is ours. *status: see peer.h. */
static int run_end(struct client *c, struct transfer *t, int *status, struct err *err)
{
	struct peer p = { 0 };
	struct peer_watch watch = { .quit = &client_quit, .pace = &c->pace };
	int r = lists_ahead(c) ? open_source(c, t->tell, err) : 0;
	if (c->source) {
		watch.idle = transfer_list_ahead;
		watch.idle_ctx = c->source;
	}
	if (r == 0)
		r = peer_open(&p, &c->remote, c->o, &watch, err);
	if (r == 0)
		r = configure(c, &p, err);
	c->report.seconds.connect = (double)(clock_now() - c->began) / 1e9;
	if (r == 0) {
		link_set_compress(p.link, config_compress(c->o, p.hello.same_host));
		t->link = p.link;
		t->same_host = p.hello.same_host;
		t->version = p.hello.version;
		t->local = !c->remote.host;
		t->content_mark = '>';
		t->asked = c->pull ? &c->paths : NULL;
		r = transfer(c, t, err);
	}
	/* Ctrl-C reaches ssh too, and what we see first may be the end of the connection */
	if (client_quit && (r == -ECONNRESET || r == -EPIPE))
		r = err_set(err, -EINTR, "stopped");
	*status = t->abort_status ? t->abort_status : p.status;
	if (p.link) {
		if (!*status)
			*status = link_abort_status(p.link);
		if (r < 0 && r != -ECONNABORTED)
			link_abort(p.link, status_of(r), err->text);
		link_get_stats(p.link, &c->traffic);
	}
	transfer_close_source(c->source);
	peer_close(&p);
	return r;
}

/* Both ends are on other hosts. */
static int run_between(struct client *c, struct transfer *t, int *status, struct err *err)
{
	bool stream = c->command == ARGS_PIPE;
	struct relay r = {
		.from = &c->remote,
		.to = &c->onward,
		.from_role = stream ? CONFIG_STREAM_FROM : CONFIG_SEND,
		.to_role = stream ? CONFIG_STREAM_TO : CONFIG_RECEIVE,
		.tell = wants_told(c),
		.paths = &c->paths,
		.destination = c->destination,
		.quit = &client_quit,
		.pace = &c->pace,
	};
	int code = relay_run(&r, t, err);
	c->report.seconds.connect = r.connected ? (double)(r.connected - c->began) / 1e9 : 0;
	c->traffic = r.traffic;
	*status = r.status;
	return code;
}

static int run(struct client *c, const struct tell *tell, struct err *err)
{
	int status = 0;
	struct transfer t = { .options = c->o, .tell = tell, .has_user = true };
	int r = pace_watch(&c->pace, err); /* the deadline may have passed already */
	if (r == 0)
		r = c->onward.host ? run_between(c, &t, &status, err) : run_end(c, &t, &status, err);
	c->told.verify = c->command == ARGS_VERIFY;
	outcome_count(&c->report, &t, &c->told);
	if (r < 0)
		return status ? status : status_of(r);
	return outcome_status(&c->report, &t, &c->told);
}

static void finish_report(struct client *c, int status, const struct err *err)
{
	struct report *r = &c->report;
	r->exit = status;
	r->dry_run = c->o->dry_run;
	r->items.failed = c->told.failures;
	r->items.vanished = c->told.vanished;
	r->bytes.sent = c->traffic.sent;
	r->bytes.received = c->traffic.received;
	r->compressed_from = c->traffic.packed_from;
	r->compressed_to = c->traffic.packed_to;
	r->bwlimit = c->pace.bytes_per_s;
	if (c->o->deadline)
		clock_format(r->deadline, c->pace.until);
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
	endpoint_fini(&c->onward);
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
	if (r == 0)
		r = pace_init(&c.pace, o, &err);
	if (r < 0) {
		process_complain("xfer", err.text);
		client_fini(&c);
		return r == -EINVAL ? EXIT_USAGE : EXIT_START;
	}
	c.pace.warn = tell_warning;
	c.pace.ctx = &c;
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
