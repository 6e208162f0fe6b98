#include "xfer/tree/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/clock.h"
#include "xfer/io/gentle.h"
#include "xfer/tree/chmod_spec.h"
#include "xfer/tree/maildir.h"
#include "xfer/tree/note.h"
#include "xfer/tree/overlap.h"
#include "xfer/tree/receiver.h"
#include "xfer/tree/roots.h"
#include "xfer/tree/sender.h"
#include "xfer/tree/state_dir.h"
#include "xfer/tree/target.h"

int transfer_other(void *ctx, const struct frame *f, struct err *err)
{
	struct transfer *t = ctx;
	struct reader r = reader_of(f->data, f->len);
	switch (f->type) {
	case FRAME_NOTE:
		if (!t->has_user)
			return err_set(err, -EPROTO, "a note came to a side without a user");
		return note_deliver(f, t->tell, err);
	case FRAME_ABORT:
		t->abort_status = link_abort_parse(f, err->text, sizeof err->text);
		return err->code = -ECONNABORTED;
	case FRAME_READY:
		if (t->awaits != FRAME_READY)
			return err_set(err, -EPROTO, "the other side is ready at the wrong time");
		t->awaits = 0;
		buf_bytes(&t->ready, f->data, f->len);
		t->is_ready = true;
		return 0;
	case FRAME_FINAL:
		if (t->awaits != FRAME_FINAL)
			return err_set(err, -EPROTO, "the other side is at its end at the wrong time");
		t->awaits = 0;
		if (account_get(&r, t->phase ? &t->verify_target : &t->target) < 0)
			return err_set(err, -EPROTO, "the receiver's account does not parse");
		t->complete = true;
		return 0;
	default:
		return err_set(err, -EPROTO, "a frame of kind %u came at the wrong time", f->type);
	}
}

/* What both ends need; built and torn down in one place. */
struct tools {
	struct filter *filter;
	struct ids *ids;
	struct invited invited;
	struct chmod_spec *chmod;
	struct dirs *dirs;
	char *spill_dir; /* NULL: as spill_new */
};

static void tools_fini(struct tools *k)
{
	filter_free(k->filter);
	ids_free(k->ids);
	invited_fini(&k->invited);
	chmod_free(k->chmod);
	dirs_free(k->dirs);
	free(k->spill_dir);
}

static int tools_init(struct tools *k, const struct options *o, bool maps, struct err *err)
{
	*k = (struct tools){ 0 };
	int r = filter_new(&k->filter, err);
	for (size_t i = 0; r == 0 && i < o->filters.count; i++)
		r = filter_add(k->filter, o->filters.at[i], err);
	if (r == 0 && o->delete_excluded)
		filter_set_delete_excluded(k->filter);
	if (r == 0)
		r = ids_new(&k->ids, maps ? o : NULL, err);
	if (r == 0 && o->chmod)
		r = chmod_parse(&k->chmod, o->chmod, err);
	k->dirs = dirs_new(0);
	if (r == 0 && !k->dirs)
		r = err_set(err, -ENOMEM, "directories");
	return r;
}

/* The options of the pass that compares what is on disk afterwards. */
static struct options compare_options(const struct options *o)
{
	struct options c = *o;
	c.checksum = c.dry_run = c.verify = true;
	c.delete = c.delete &&c.max_delete_percent < 0 && c.max_delete < 0; /* what a limit left is known */
	c.ignore_times = c.size_only = false;
	return c;
}

/* Differences found by that pass are failures of the run, each by name. */
static void tell_difference(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	const struct tell *user = ctx;
	char text[80];
	(void)suffix;
	snprintf(text, sizeof text, "differs from the source when read again: %s", change);
	user->failure(user->ctx, name, len, text, 0);
}

static void pass_failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	const struct tell *user = ctx;
	user->failure(user->ctx, name, len, error, errnum);
}

static void pass_warning(void *ctx, const char *text)
{
	(void)ctx, (void)text; /* said by the first pass already */
}

static void pass_progress(void *ctx, const struct progress *p)
{
	const struct tell *user = ctx;
	if (user->progress)
		user->progress(user->ctx, p);
}

static struct tell compare_tell(const struct tell *user)
{
	return (struct tell){
		.item = tell_difference,
		.failure = pass_failure,
		.warning = pass_warning,
		.progress = pass_progress,
		.ctx = (void *)user,
	};
}

bool transfer_verifies(const struct options *o)
{
	return o->verify && !o->dry_run && !o->list_only;
}

int transfer_wait(struct transfer *t, const bool *seen, struct err *err)
{
	int r = 0;
	while (r == 0 && !*seen)
		r = link_pump(t->link, true, err);
	return r;
}

struct transfer_source {
	struct options options; /* the user's, whose parts they borrow, and where to spill */
	struct tools tools;
	struct roots roots;
	struct sender_job job;
	struct sender *sender;
};

int transfer_open_source(struct transfer_source **out, const struct options *o, const struct strings *args,
			 const struct tell *tell, struct err *err)
{
	struct transfer_source *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "source");
	if (o->nice)
		gentle_begin();
	int r = tools_init(&s->tools, o, false, err);
	s->options = *o;
	/* a folder is only ever made where something is kept; inside the source it may well be (of "/" it always is): what is put
	 * there has no name, or has lost it at once */
	s->options.spill_dir = s->tools.spill_dir = state_dir_present(o->state_dir, -1);
	if (r == 0)
		r = roots_open(&s->roots, s->tools.dirs, o, args, tell, err);
	if (r == 0 && !s->roots.found)
		r = err_say(err, -ENOENT, "no source exists");
	s->job = (struct sender_job){
		.options = &s->options,
		.filter = s->tools.filter,
		.root = &s->roots.pick,
		.dirs = s->tools.dirs,
		.ids = s->tools.ids,
		.tell = tell,
	};
	if (r == 0)
		r = sender_new(&s->sender, &s->job, err);
	if (r < 0) {
		transfer_close_source(s);
		return r;
	}
	*out = s;
	return 0;
}

void transfer_close_source(struct transfer_source *s)
{
	if (!s)
		return;
	sender_free(s->sender);
	roots_close(&s->roots);
	tools_fini(&s->tools);
	free(s);
}

int transfer_list_ahead(void *source, struct err *err)
{
	struct transfer_source *s = source;
	/* to hash content takes more than a moment, and the link would not be kept alive */
	return s->options.checksum ? 0 : sender_ahead(s->sender, err);
}

static int begin_sending(struct transfer *t, const struct roots *roots, struct err *err)
{
	struct buf b;
	buf_init(&b, FRAME_MAX);
	buf_u8(&b, roots->single ? 1 : 0);
	buf_string(&b, roots->single ? roots->single : "", roots->single ? strlen(roots->single) : 0);
	t->awaits = FRAME_READY;
	int r = link_send(t->link, FRAME_START, 0, b.data, b.len, err);
	buf_fini(&b);
	if (r == 0)
		r = transfer_wait(t, &t->is_ready, err);
	if (r == 0 && t->same_host && !t->options->list_only)
		r = overlap_refuse(&roots->pick, t->ready.data, t->ready.len, err);
	return r;
}

/* One pass, to the receiver's account of it. */
static int send_pass(struct transfer *t, struct sender *s, struct account *account, double *seconds,
		     struct err *err)
{
	uint64_t before = clock_now();
	int r = sender_run(s, account, err);
	t->awaits = FRAME_FINAL; /* it cannot come before all of DONE was written */
	if (r == 0)
		r = transfer_wait(t, &t->complete, err);
	*seconds = (double)(clock_now() - before) / 1e9;
	return r;
}

/* Once more from the beginning, to compare what is on disk. */
static int send_verify(struct transfer *t, const struct sender_job *first, struct err *err)
{
	struct options compare = compare_options(first->options);
	struct tell tell = compare_tell(t->tell);
	struct sender_job job = *first;
	struct sender *s;
	job.options = &compare;
	job.tell = &tell;
	t->phase = 1;
	t->complete = false;
	int r = sender_new(&s, &job, err);
	if (r < 0)
		return r;
	r = send_pass(t, s, &t->verify_source, &t->verify_seconds, err);
	sender_free(s);
	t->verified = r == 0;
	return r;
}

/* An older receiver knows nothing of mailboxes, and what was listed ahead of it is of no use. */
static int speak_to(const struct transfer *t, struct transfer_source *s, struct err *err)
{
	if (t->version >= HELLO_MAIL || !maildir_wanted(&s->options))
		return 0;
	s->options.maildir = MAILDIR_NEVER;
	sender_free(s->sender);
	s->sender = NULL;
	ids_free(s->tools.ids); /* it knows whom it named already */
	s->tools.ids = NULL;
	int r = ids_new(&s->tools.ids, NULL, err);
	s->job.ids = s->tools.ids;
	return r < 0 ? r : sender_new(&s->sender, &s->job, err);
}

int transfer_send_source(struct transfer *t, struct transfer_source *s, struct err *err)
{
	buf_init(&t->ready, FRAME_MAX);
	link_set_handler(t->link, transfer_other, t);
	s->job.link = t->link;
	s->job.bases = t->version >= HELLO_BASES;
	s->job.other = transfer_other;
	s->job.other_ctx = t;
	int r = speak_to(t, s, err);
	if (r < 0)
		return r;
	r = begin_sending(t, &s->roots, err);
	link_set_idle(t->link, NULL, NULL);
	if (r == 0)
		r = send_pass(t, s->sender, &t->source, &t->transfer_seconds, err);
	if (r == 0 && transfer_verifies(t->options))
		r = send_verify(t, &s->job, err);
	buf_fini(&t->ready);
	return r;
}

int transfer_send(struct transfer *t, const struct strings *args, struct err *err)
{
	struct transfer_source *s;
	int r = transfer_open_source(&s, t->options, args, t->tell, err);
	if (r < 0)
		return r;
	r = transfer_send_source(t, s, err);
	transfer_close_source(s);
	return r;
}

static bool put_id(void *ctx, uint64_t dev, uint64_t ino)
{
	buf_varint(ctx, dev);
	buf_varint(ctx, ino);
	return false;
}

static int send_ready(struct transfer *t, const struct target *target, struct err *err)
{
	struct buf b;
	struct dir *at = target->root ? target->root : target->above;
	buf_init(&b, FRAME_MAX);
	buf_u8(&b, at ? 1 : 0);
	if (at && !target->root)
		put_id(&b, 0, 0);
	if (at)
		target_climb(at, put_id, &b);
	int r = b.failed ? err_set(err, -ENOMEM, "ready")
			 : link_send(t->link, FRAME_READY, 0, b.data, b.len, err);
	buf_fini(&b);
	return r < 0 ? r : link_flush(t->link, err);
}

/* The sender's first frame, unless it gives up: then nothing is made. */
static int take_first(struct transfer *t, struct frame *first, struct err *err)
{
	int r = link_recv(t->link, first, err);
	return r == 0 && first->type == FRAME_ABORT ? transfer_other(t, first, err) : r;
}

/* Waits for START. *single is the single source's name, owned by the caller, or NULL. */
static int take_start(struct transfer *t, char **single, struct err *err)
{
	struct frame f;
	int r;
	do {
		r = link_recv(t->link, &f, err);
		if (r == 0 && f.type != FRAME_START)
			r = transfer_other(t, &f, err);
	} while (r == 0 && f.type != FRAME_START);
	if (r < 0)
		return r;
	struct reader in = reader_of(f.data, f.len);
	size_t n;
	uint8_t flags = reader_u8(&in);
	const char *name = reader_string(&in, &n, 255);
	if (!reader_done(&in))
		return err_set(err, -EPROTO, "the sender's start does not parse");
	*single = flags & 1 ? strndup(name, n) : NULL;
	return 0;
}

/* A state folder that was named must be of use; without the usual one a run goes on and knows less. A dry run makes none. */
static int open_journal(struct journal **out, const struct transfer *t, const struct target *target,
			struct err *err)
{
	const struct options *o = t->options;
	char *path = NULL, *usual = NULL, *text = NULL;
	*out = NULL;
	if (!target->root || (o->dry_run && o->checksum))
		return 0;
	path = o->state_dir ? o->state_dir : (usual = state_dir_default());
	int root = dir_fd(target->root);
	int code = path ? state_dir_open(path, root, o->dry_run, err)
			: err_say(err, -ENOENT, "there is no home directory for xfer's state");
	if (code >= 0)
		code = journal_open(out, code, root, o->dry_run, err);
	free(usual);
	if (code == 0 || (code == -ENOENT && o->dry_run))
		return 0;
	if (o->state_dir) {
		err_context(err, "option --state-dir");
		return err->code = -EINVAL;
	}
	if (asprintf(&text, "%s; what a power cut takes away may go unnoticed (--state-dir)", err->text) > 0)
		t->tell->warning(t->tell->ctx, text);
	free(text);
	*err = (struct err){ 0 };
	return 0;
}

static int receive_passes(struct transfer *t, struct tools *k, struct target *target,
			  const struct frame *first, struct err *err)
{
	struct options here = *t->options, *o = &here;
	struct receiver_job job = {
		.options = o,
		.filter = k->filter,
		.chmod = k->chmod,
		.dirs = k->dirs,
		.root = target->root,
		.root_is_new = target->created,
		.rename = target->rename,
		.invited = t->asked ? &k->invited : NULL,
		.content_mark = t->content_mark,
		.bases = t->version >= HELLO_BASES,
		.mail = t->version >= HELLO_MAIL && maildir_wanted(o),
		.deltas = o->whole_file == WHOLE_AUTO ? !t->local : o->whole_file == WHOLE_NEVER,
		.ids = k->ids,
		.tell = t->tell,
		.link = t->link,
		.other = transfer_other,
		.other_ctx = t,
		.first = first,
	};
	int r = open_journal(&job.journal, t, target, err);
	if (r < 0)
		return r;
	if (job.journal || o->dry_run)
		here.spill_dir = k->spill_dir = state_dir_present(o->state_dir,
								  target->root ? dir_fd(target->root) : -1);
	uint64_t before = clock_now();
	r = receiver_run(&job, &t->target, &t->source, err);
	journal_close(job.journal);
	job.journal = NULL;
	t->transfer_seconds = (double)(clock_now() - before) / 1e9;
	t->complete = r == 0;
	if (r < 0 || !transfer_verifies(o))
		return r;

	struct options compare = compare_options(o);
	struct tell tell = compare_tell(t->tell);
	job.options = &compare;
	job.tell = &tell;
	job.root_is_new = false;
	job.first = NULL;
	before = clock_now();
	/* what is dirty cannot be dropped from the cache, and would be compared with itself */
	if (target->root)
		(void)syncfs(dir_fd(target->root));
	r = receiver_run(&job, &t->verify_target, &t->verify_source, err);
	t->verify_seconds = (double)(clock_now() - before) / 1e9;
	t->verified = r == 0;
	return r;
}

int transfer_receive(struct transfer *t, const char *path, struct err *err)
{
	struct tools k;
	struct target target = { 0 };
	struct frame first;
	char *single = NULL;
	if (t->options->nice)
		gentle_begin();
	int r = tools_init(&k, t->options, true, err);
	if (r == 0 && t->asked && (r = invited_init(&k.invited, t->options, t->asked)) < 0)
		err_set(err, r, "the names asked for");
	if (r == 0)
		r = take_start(t, &single, err);
	if (r == 0 && t->asked && single &&
	    (k.invited.content || !invited_has(&k.invited, single, strlen(single))))
		r = err_set(err, -EPROTO, "the sender names something that nobody asked for");
	if (r == 0 && !t->options->list_only)
		r = target_open(&target, k.dirs, path, single, t->options, err);
	if (r == 0)
		r = send_ready(t, &target, err);
	if (r == 0 && target.to_make)
		r = take_first(t, &first, err);
	if (r == 0)
		r = target_make(&target, k.dirs, t->options, err);
	if (r == 0)
		r = receive_passes(t, &k, &target, target.created ? &first : NULL, err);
	if (r < 0 && target.created)
		(void)rmdir(target.to_make); /* where nothing came */
	free(single);
	target_close(&target);
	tools_fini(&k);
	return r;
}
