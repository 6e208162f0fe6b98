#include "xfer/tree/receiver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/pool.h"
#include "xfer/tree/content_hash.h"
#include "xfer/tree/give_way.h"
#include "xfer/tree/receiver_impl.h"

const char *receiver_path(struct receiver *r, const struct rnode *n, const char *name, size_t len,
			  size_t *path_len)
{
	size_t need = len;
	for (const struct rnode *p = n; p->parent; p = p->parent)
		need += strlen(p->name) + 1;
	buf_clear(&r->path);
	uint8_t *to = buf_reserve(&r->path, need + 1);
	*path_len = 0;
	if (!to)
		return "";
	to[need] = '\0';
	size_t at = need - len;
	memcpy(to + at, name, len);
	for (const struct rnode *p = n; p->parent; p = p->parent) {
		size_t k = strlen(p->name);
		to[--at] = '/';
		at -= k;
		memcpy(to + at, p->name, k);
	}
	*path_len = need;
	return (const char *)to;
}

void receiver_fail(struct receiver *r, const struct rnode *n, const char *name, size_t len, int error,
		   const char *what)
{
	struct err e;
	char own[NAME_LIMIT + 1];
	CHECK(len <= NAME_LIMIT);
	memcpy(own, name, len);
	own[len] = '\0';
	err_set(&e, error, "%s", what);
	receiver_fail_err(r, n, own, &e);
}

void receiver_fail_err(struct receiver *r, const struct rnode *n, const char *name, const struct err *e)
{
	size_t path_len;
	const char *path = receiver_path(r, n, name, strlen(name), &path_len);
	/* a directory itself: without the slash */
	if (!*name && path_len)
		path_len--;
	r->job->tell->failure(r->job->tell->ctx, path, path_len, e->text, tell_errnum(e->code));
}

void receiver_item(struct receiver *r, const struct rnode *n, const char *name, size_t len,
		   const char *change, bool is_dir, const char *suffix)
{
	size_t path_len;
	if (r->renamed_from && n == r->root) { /* as rsync does, the name that people know it by */
		name = r->renamed_from;
		len = strlen(name);
	}
	const char *path = receiver_path(r, n, name, len, &path_len);
	char *own = NULL;
	if (is_dir) {
		own = malloc(path_len + 3);
		if (!own)
			return;
		memcpy(own, path_len ? path : ".", path_len ? path_len : 1);
		path_len = path_len ? path_len : 1;
		own[path_len++] = '/';
		path = own;
	}
	r->job->tell->item(r->job->tell->ctx, change, path, path_len, suffix);
	free(own);
}

bool receiver_is_fatal(int error)
{
	return error == -ENOSPC || error == -EDQUOT || error == -EROFS || error == -EIO || error == -ENOMEM;
}

void receiver_add_digest(struct receiver *r, const struct item *item, const struct digest *content)
{
	struct digest d = item_digest(item, content, r->o);
	tree_digest_add(&r->digest, &d);
}

static int on_owner(struct receiver *r, struct reader *in, struct err *err)
{
	uint8_t kind = reader_u8(in);
	uint64_t id = reader_varint(in);
	size_t len;
	const char *name = reader_string(in, &len, 256);
	if (in->failed || id > UINT32_MAX || (kind != ID_USER && kind != ID_GROUP))
		return err_set(err, -EPROTO, "an owner's record does not parse");
	int code = receiver_drain_small(r, err); /* ACLs are mapped while they are written */
	return code < 0 ? code : ids_learn(r->job->ids, (enum id_kind)kind, (uint32_t)id, name, len, err);
}

static int on_dir(struct receiver *r, struct reader *in, bool is_mail, struct err *err)
{
	enum mail_folder folder = is_mail ? reader_u8(in) : MAIL_FOLDERS;
	uint64_t seq = reader_varint(in);
	struct rnode *n = NULL;
	if (!in->failed && !r->now && node_next(r, &n, err) < 0)
		return err->code;
	if (!n || n->seq != seq)
		return err_set(err, -EPROTO, "the sender lists a directory whose turn it is not");
	if (is_mail && (!r->job->mail || !n->parent || maildir_folder(n->name, strlen(n->name)) != folder ||
			folder >= MAIL_FOLDERS))
		return err_set(err, -EPROTO, "the sender lists a mailbox that is none");
	n->mail = is_mail ? 1 + (unsigned)folder : 0;
	return node_list_begin(r, n, err);
}

/* What an honest sender leaves out, because the user did not ask for it, is not taken from another either. */
static bool is_welcome(const struct receiver *r, const struct entry *e)
{
	const struct options *o = r->o;
	if (r->now == r->root && !invited_has(r->job->invited, e->name, e->name_len))
		return false;
	switch (e->mode & S_IFMT) {
	case S_IFREG:
		return true;
	case S_IFDIR:
		return o->recurse || o->have_files_from || o->relative || o->list_only;
	case S_IFLNK:
		return o->links || o->list_only;
	case S_IFCHR:
	case S_IFBLK:
		return o->devices || o->list_only;
	default:
		return o->specials || o->list_only;
	}
}

static int on_entry(struct receiver *r, struct reader *in, struct entry_state *state, struct err *err)
{
	struct entry e = { .seq = r->next_seq };
	if (r->look_due)
		receiver_look_ahead(r, in, state);
	if (entry_get(in, state, &e, RECORD_ENTRY) < 0 || !r->now ||
	    ((e.message || e.in_parent) && !r->now->mail))
		return err_set(err, -EPROTO, "an entry of the listing is not legal");
	/* with a commit in batches they may wait for a leader that is here long since; without, the sender's window bounds them */
	if (r->followers >= WANT_WINDOW / 2 && commit_flush(r, err) < 0)
		return err->code;
	/* here and not where it is remembered: there it would be a failure of one file, and so without end */
	if (r->wanted_count == WANT_WINDOW || r->followers == WANT_WINDOW)
		return err_set(err, -EPROTO, "the sender announces more than it may before it sends");
	if (!is_welcome(r, &e))
		return err_set(err, -EPROTO, "the sender lists something that nobody asked for");
	r->next_seq++;
	r->wants_due = true;
	r->account.items.total++;
	if (S_ISREG(e.mode))
		r->account.bytes.total += e.size;
	struct rnode *now = r->now;
	if (e.in_parent)
		r->now = now->parent;
	int code = receiver_decide(r, &e, err);
	r->now = now;
	return code;
}

static int on_root(struct receiver *r, struct reader *in, struct entry_state *state, struct err *err)
{
	struct entry e = { .seq = 0 };
	if (entry_get(in, state, &e, RECORD_ROOT) < 0 || r->next_seq != 1 || r->now != r->root ||
	    r->root->have_meta)
		return err_set(err, -EPROTO, "the root's entry is not legal");
	if (!invited_root(r->job->invited) || r->job->rename)
		return err_set(err, -EPROTO, "the sender lists something that nobody asked for");
	r->wants_due = true;
	r->account.items.total++;
	r->progress.done_items++;
	if (r->list_only) {
		r->root->have_meta = true;
		r->job->tell->list(r->job->tell->ctx, e.mode, e.alloc, e.mtime, ".", 1, NULL, 0);
		return 0;
	}
	return node_root(r, &e, err);
}

static int on_name(struct receiver *r, struct reader *in, struct err *err)
{
	size_t len;
	const char *name = reader_string(in, &len, NAME_LIMIT);
	if (!name || !len || !r->now)
		return err_set(err, -EPROTO, "a name of the listing is not legal");
	if (r->now->mail)
		mail_left_out(r, name, len);
	if (r->need_seen && nameset_add(r->seen, name, len, err) < 0)
		return err->code;
	return 0;
}

static int on_list(struct receiver *r, const struct frame *f, struct err *err)
{
	struct reader in = reader_of(f->data, f->len);
	struct entry_state state = { 0 };
	int code = 0;
	r->look_due = true;
	while (code == 0 && in.at < in.end) {
		switch (reader_u8(&in)) {
		case RECORD_DIR:
			r->look_due = true;
			code = on_dir(r, &in, false, err);
			break;
		case RECORD_MAIL:
			r->look_due = true;
			code = on_dir(r, &in, true, err);
			break;
		case RECORD_ENTRY:
			code = on_entry(r, &in, &state, err);
			break;
		case RECORD_NAME:
			code = on_name(r, &in, err);
			break;
		case RECORD_QUIET:
			r->mail_is_quiet = true;
			break;
		case RECORD_ROOT:
			code = on_root(r, &in, &state, err);
			break;
		case RECORD_OWNER:
			code = on_owner(r, &in, err);
			break;
		case RECORD_DIR_END: {
			receiver_look_end(r);
			uint8_t flags = reader_u8(&in);
			if (in.failed || !r->now)
				code = err_set(err, -EPROTO, "a listing ends that did not begin");
			else
				code = node_list_end(r, r->now, flags, err);
			break;
		}
		default:
			code = err_set(err, -EPROTO, "the listing has a record of an unknown kind");
		}
	}
	receiver_look_end(r);
	return code < 0 ? code : wanted_flush(r, err);
}

static void progress(struct receiver *r)
{
	if (!r->job->tell->progress)
		return;
	struct progress *p = &r->progress;
	p->phase = r->o->verify && r->o->checksum ? "verify" : "transfer";
	p->total_bytes = r->account.bytes.total;
	p->total_items = r->account.items.total;
	p->total_known = r->dirs_open == 0;
	r->job->tell->progress(r->job->tell->ctx, p);
}

/* Of a large file counts what has come of it: what was skipped, up to what came now, was there already or is a hole. */
static void count_large(struct receiver *r, const struct frame *f)
{
	struct wanted *w = r->writing.wanted;
	if (!w)
		return;
	w->large = true;
	if (f->type == FRAME_COPY) /* it was here */
		receiver_count(r, w, r->writing.next, false);
	if (f->type != FRAME_DATA)
		return;
	receiver_count(r, w, f->offset, false);
	receiver_count(r, w, f->offset + f->len, true);
}

static int on_frame(struct receiver *r, const struct frame *f, struct err *err)
{
	if (f->type == FRAME_LIST)
		return on_list(r, f, err);
	if (f->type == FRAME_BUNDLE)
		return receiver_on_bundle(r, f, err);
	int code = receiver_drain_small(r, err);
	if (code < 0)
		return code;
	switch (f->type) {
	case FRAME_FILE:
		return receiver_on_file(r, f, err);
	case FRAME_DATA:
		return receiver_on_data(r, f, err);
	case FRAME_COPY:
		return receiver_on_copy(r, f, err);
	case FRAME_FILE_END:
		return receiver_on_file_end(r, f, err);
	default:
		return r->job->other(r->job->other_ctx, f, err);
	}
}

/* The sender says that it is done: is everything here that was announced? */
static int on_done(struct receiver *r, const struct frame *f, struct account *peer, struct err *err)
{
	struct reader in = reader_of(f->data, f->len);
	if (account_get(&in, peer) < 0)
		return err_set(err, -EPROTO, "the sender's account does not parse");
	if (r->wanted_count || r->writing.wanted || r->now || r->dirs_open || f->offset != r->next_seq)
		return err_set(err, -EPROTO, "the sender ends before all that it announced has come");
	return 0;
}

static int send_final(struct receiver *r, struct err *err)
{
	struct buf b;
	buf_init(&b, FRAME_MAX);
	struct account *a = &r->account;
	a->digest = tree_digest_value(&r->digest);
	a->items.deleted = r->prune.deleted;
	a->deletions_stopped |= r->prune.refused > 0;
	account_take_memory(a);
	account_put(&b, a);
	int code = b.failed ? err_set(err, -ENOMEM, "account")
			    : link_send(r->job->link, FRAME_FINAL, 0, b.data, b.len, err);
	buf_fini(&b);
	return code < 0 ? code : link_flush(r->job->link, err);
}

static int run(struct receiver *r, struct account *peer, struct err *err)
{
	struct frame f;
	int code = 0;
	for (const struct frame *first = r->job->first; code == 0; first = NULL) {
		if (first)
			f = *first;
		else
			code = link_recv(r->job->link, &f, err);
		if (code < 0)
			return code;
		if (f.type == FRAME_DONE)
			break;
		code = on_frame(r, &f, err);
		if (code == 0)
			code = base_sign_some(r, err);
		if (code == 0) {
			count_large(r, &f);
			code = give_way(&r->pause, r->o, r->job->link, err);
		}
		progress(r);
	}
	if (code == 0)
		code = receiver_drain_small(r, err);
	if (code == 0)
		code = commit_flush(r, err);
	progress(r);
	if (code == 0)
		code = on_done(r, &f, peer, err);
	if (code == 0)
		code = mail_delete(r, err);
	if (code == 0)
		code = commit_end(r, err);
	return code < 0 ? code : send_final(r, err);
}

static int set_delete_limit(struct receiver *r, struct err *err)
{
	const struct options *o = r->o;
	r->prune = (struct prune){
		.filter = r->job->filter,
		.tell = r->job->tell,
		.dry_run = r->compare,
		.one_file_system = o->one_file_system,
		.alive = r->job->link,
		.spares = r->job->mail ? mail_spares : NULL,
		.ctx = r,
		.spill_dir = o->spill_dir,
		.limit = o->max_delete >= 0 ? (uint64_t)o->max_delete : UINT64_MAX,
	};
	if (!o->delete || o->max_delete_percent < 0 || !r->job->root)
		return 0;
	uint64_t there = 0;
	int code = prune_count(&r->prune, r->job->root, &there, err);
	/* of n items p per cent, without overflow */
	uint64_t p = (uint64_t)o->max_delete_percent, limit = there / 100 * p + there % 100 * p / 100;
	if (limit < r->prune.limit)
		r->prune.limit = limit;
	return code;
}

int receiver_run(const struct receiver_job *job, struct account *out, struct account *peer, struct err *err)
{
	const struct options *o = job->options;
	struct receiver r = {
		.job = job, .o = o, .compare = o->dry_run, .list_only = o->list_only, .next_seq = 1
	};
	buf_init(&r.path, SIZE_MAX / 2);
	buf_init(&r.wants, FRAME_MAX);
	r.writing.fd = -1;
	r.base_end = &r.base_first;
	mail_init(&r);
	*peer = (struct account){ 0 };
	int code = meta_rules_init(&r.rules, o, job->ids, job->chmod);
	if (code == 0)
		code = wanted_init(&r);
	if (code == 0)
		code = links_init(&r);
	if (code < 0)
		err_set(err, code, "receiver");
	if (code == 0)
		code = nodes_init(&r, err);
	if (code == 0)
		code = set_delete_limit(&r, err);
	if (code == 0)
		code = commit_init(&r, err);
	if (code == 0 && o->checksum)
		code = content_hasher_new(&r.hasher, o, err);
	if (code == 0) {
		space_init(&r.space, job->root ? dir_fd(job->root) : -1,
			   job->root && o->space_check && !r.compare);
		r.space.may_gain_more = o->delete;
		code = run(&r, peer, err);
	}
	receiver_stop_writing(&r, code);
	receiver_drop_small(&r);
	pool_free(r.base_pool);
	content_hasher_free(r.hasher);
	commit_fini(&r);
	if (code < 0)
		nodes_unstage(&r);
	wanted_fini(&r);
	links_fini(&r);
	looks_free(r.looks);
	mail_fini(&r);
	nodes_fini(&r);
	meta_rules_fini(&r.rules);
	buf_fini(&r.path);
	buf_fini(&r.wants);
	free(r.renamed_from);
	*out = r.account;
	return code;
}
