#include "xfer/tree/sender.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "xfer/tree/give_way.h"
#include "xfer/tree/jobs.h"
#include "xfer/tree/sender_impl.h"

/* Frames that come while we do anything else. */
static int on_frame(void *ctx, const struct frame *f, struct err *err)
{
	struct sender *s = ctx;
	if (f->type == FRAME_WANT)
		return pending_decide(s, f, err);
	if (f->type == FRAME_BASE && s->job->bases)
		return held_take(s, f, err);
	return s->job->other(s->job->other_ctx, f, err);
}

static void on_dir(void *ctx, uint64_t seq, enum mail_folder folder)
{
	struct sender *s = ctx;
	buf_u8(&s->list, folder == MAIL_FOLDERS ? RECORD_DIR : RECORD_MAIL);
	if (folder != MAIL_FOLDERS)
		buf_u8(&s->list, (uint8_t)folder);
	buf_varint(&s->list, seq);
}

static void on_dir_end(void *ctx, unsigned flags)
{
	struct sender *s = ctx;
	buf_u8(&s->list, RECORD_DIR_END);
	buf_u8(&s->list, (uint8_t)flags);
}

static void on_owner(void *ctx, enum id_kind kind, uint32_t id, const char *name)
{
	struct sender *s = ctx;
	buf_u8(&s->list, RECORD_OWNER);
	buf_u8(&s->list, (uint8_t)kind);
	buf_varint(&s->list, id);
	buf_string(&s->list, name, strlen(name));
}

static void on_left_out(void *ctx, const char *name, size_t len)
{
	struct sender *s = ctx;
	buf_u8(&s->list, RECORD_NAME);
	buf_string(&s->list, name, len);
}

static int send_list(struct sender *s, struct err *err)
{
	if (!s->list.len)
		return 0;
	if (s->list.failed)
		return err_set(err, -ENOMEM, "list");
	int r = 0;
	if (s->running) {
		r = link_send(s->job->link, FRAME_LIST, s->list_first, s->list.data, s->list.len, err);
	} else {
		buf_u64(&s->ahead, s->list_first);
		buf_string(&s->ahead, s->list.data, s->list.len);
	}
	buf_clear(&s->list);
	s->list_state = (struct entry_state){ 0 };
	s->list_has_entry = false;
	return r;
}

static int on_entry(void *ctx, const struct entry *e, struct dir *at, const struct digest *dir_path,
		    bool is_root)
{
	struct sender *s = ctx;
	if (!s->list_has_entry && !is_root) {
		s->list_first = e->seq;
		s->list_has_entry = true;
	}
	entry_put(&s->list, &s->list_state, e, is_root ? RECORD_ROOT : RECORD_ENTRY);
	s->account.items.total++;
	if (S_ISREG(e->mode))
		s->account.bytes.total += e->size;
	int r = pending_add(s, e, at, dir_path, is_root);
	/* with large attributes a few names fill a frame */
	return r == 0 && s->list.len >= LIST_FRAME ? send_list(s, &s->err) : r;
}

static void progress(struct sender *s)
{
	if (!s->job->tell->progress)
		return;
	struct progress *p = &s->progress;
	p->phase = s->job->options->verify && s->job->options->checksum ? "verify" : "transfer";
	p->total_bytes = s->account.bytes.total;
	p->total_items = s->account.items.total;
	p->total_known = s->listed;
	s->job->tell->progress(s->job->tell->ctx, p);
}

/* walk_step said so. */
static void all_is_listed(struct sender *s)
{
	s->listed = true;
	if (walk_mail_is_quiet(s->walk))
		buf_u8(&s->list, RECORD_QUIET);
}

/* Lists some more names. */
static int list_some(struct sender *s, struct err *err)
{
	for (unsigned names = 0; names < LIST_SLICE && !s->listed && pending_room(s); names += LIST_STEP) {
		int r = walk_step(s->walk, LIST_STEP, err);
		if (r < 0)
			return r;
		if (r == 0)
			all_is_listed(s);
		progress(s); /* names whose content is hashed take a while */
		if (s->list.len >= LIST_FRAME && (r = send_list(s, err)) < 0)
			return r;
	}
	return send_list(s, err);
}

/* Some of what is under way was sent. A file that has grown since it was listed counts as it was listed. */
static void count_content(struct sender *s, uint64_t bytes, uint64_t items, uint64_t moved)
{
	if (bytes > s->under_way)
		bytes = s->under_way;
	s->under_way -= bytes;
	s->progress.done_bytes += bytes;
	s->progress.done_items += items;
	sender_handled(s, bytes, items, moved < bytes ? moved : bytes);
}

static uint64_t queued(const struct sender *s)
{
	struct link_stats stats;
	link_get_stats(s->job->link, &stats);
	return stats.queued;
}

static int on_chunk(void *ctx, size_t bytes, struct err *err)
{
	struct sender *s = ctx;
	/* of what the receiver has only a word is sent, perhaps later */
	uint64_t moved = queued(s) - s->queued;
	if (moved > bytes)
		moved = bytes;
	s->queued += moved;
	count_content(s, bytes, 0, moved);
	progress(s);
	int r = give_way(&s->pause, s->job->options, s->job->link, err);
	return r < 0 ? r : link_pump(s->job->link, false, err);
}

/* Tells what went wrong with a file, and adds what did not to the digest. */
static void settle(struct sender *s, const struct source_file *f, struct pending *p)
{
	if (f->error) {
		pending_tell(s, p, f->error == -ESTALE ? 0 : f->error,
			     f->error == -ESTALE ? "changed or was replaced while it was read; run again"
						 : "read");
		return;
	}
	if (f->changed)
		pending_tell(s, p, 0, "grew while it was read; it is there as it was before, run again");
	struct digest d = item_digest(&p->item, &f->content, s->job->options);
	tree_digest_add(&s->digest, &d);
}

static struct source_file source_file_of(struct pending *p)
{
	return (struct source_file){
		.seq = p->seq,
		.at = p->at,
		.name = p->name,
		.dev = p->dev,
		.ino = p->ino,
		.item = &p->item,
		.signature = p->held ? &p->held->signature : NULL,
		.listed = p->item.size,
		.owner = p,
		.message = p->message,
		.by_name = p->by_name,
	};
}

static bool next_is_small(struct sender *s)
{
	const struct pending *p = s->want_count ? pending_at(s, s->want[s->want_first]) : NULL;
	return p && !p->held && p->item.size <= SMALL_FILE;
}

/* Takes wants from the front of the queue for one bundle. */
static int begin_bundle(struct sender *s, struct err *err)
{
	struct source_room room;
	int r = file_source_next(&room, s->source, dirs_max_open(s->job->dirs) / 4, err);
	size_t n = 0, bytes = 0, dirs = 0;
	struct dir *last = NULL;
	while (r == 0 && n < room.files && next_is_small(s)) {
		struct pending *p = pending_at(s, s->want[s->want_first]);
		if (bytes + p->item.size > SOURCE_BATCH_BYTES || (p->at != last && dirs == room.dirs))
			break;
		dirs += p->at != last;
		last = p->at;
		bytes += p->item.size;
		room.file[n++] = source_file_of(p);
		want_pop(s);
	}
	if (n)
		file_source_begin(s->source, n);
	return r;
}

/* They were sent, or r says why not. */
static void sent(struct sender *s, struct source_file *files, size_t n, bool small, int r)
{
	for (size_t i = 0; i < n; i++) {
		if (r == 0)
			settle(s, &files[i], files[i].owner);
		pending_drop(s, files[i].owner);
	}
	/* the rest: of a large file what was never read, holes or there already */
	count_content(s, UINT64_MAX, n, small ? UINT64_MAX : 0);
}

static int finish_bundle(struct sender *s, struct err *err)
{
	struct source_file *files;
	size_t n = file_source_oldest(s->source, &files);
	s->under_way = 0;
	for (size_t i = 0; i < n; i++)
		s->under_way += files[i].listed;
	s->queued = queued(s);
	int r = file_source_finish(s->source, s->job->link, err);
	sent(s, files, n, true, r);
	return r;
}

static int send_large(struct sender *s, struct err *err)
{
	struct source_file file = source_file_of(pending_at(s, s->want[s->want_first]));
	want_pop(s);
	s->under_way = file.listed;
	s->queued = queued(s);
	int r = file_source_large(s->source, &file, s->job->link, err);
	sent(s, &file, 1, false, r);
	return r;
}

/* Begins to read what is wanted next, or sends what was begun before it. */
static int send_some(struct sender *s, struct err *err)
{
	int r = next_is_small(s) ? begin_bundle(s, err) : 0;
	if (r == 0 && file_source_under_way(s->source) &&
	    (file_source_is_full(s->source) || !next_is_small(s)))
		return finish_bundle(s, err);
	return r == 0 && s->want_count && !next_is_small(s) ? send_large(s, err) : r;
}

static int send_done(struct sender *s, struct err *err)
{
	struct account *a = &s->account;
	a->digest = tree_digest_value(&s->digest);
	a->bytes.read = file_source_read(s->source) + walk_content_read(s->walk);
	a->io = !strcmp(file_source_io(s->source), "uring") ? 2 : !strcmp(file_source_io(s->source), "plain");
	account_take_memory(a);
	buf_clear(&s->list);
	account_put(&s->list, a);
	int r = link_send(s->job->link, FRAME_DONE, walk_next_seq(s->walk), s->list.data, s->list.len, err);
	return r < 0 ? r : link_flush(s->job->link, err);
}

static bool is_over(const struct sender *s)
{
	return s->listed && !s->want_count && pending_empty(s);
}

static int run(struct sender *s, struct err *err)
{
	while (!is_over(s)) {
		int r = give_way(&s->pause, s->job->options, s->job->link, err);
		if (r == 0)
			r = link_pump(s->job->link, false, err);
		progress(s);
		bool idle = true;
		if (r == 0 && !s->listed && pending_room(s)) {
			r = list_some(s, err);
			idle = false;
		}
		if (r == 0 && (s->want_count || file_source_under_way(s->source))) {
			r = send_some(s, err);
			idle = false;
		}
		/* what came above may have ended it: nothing more comes then */
		if (r == 0 && idle && !is_over(s))
			r = link_pump(s->job->link, true, err);
		if (r < 0)
			return r;
	}
	progress(s);
	return send_done(s, err);
}

/* A file's owner, before the file: what was listed without a look may be another's than its directory is. */
static int announce(void *ctx, uint32_t uid, uint32_t gid, struct err *err)
{
	struct sender *s = ctx;
	walk_announce(s->walk, uid, gid);
	return send_list(s, err);
}

int sender_new(struct sender **out, const struct sender_job *job, struct err *err)
{
	struct sender *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "sender");
	s->job = job;
	buf_init(&s->list, FRAME_MAX);
	buf_init(&s->ahead, SIZE_MAX / 2); /* AHEAD_MOST and one step */
	const struct walk_target target = { on_dir, on_entry, on_dir_end, on_owner, on_left_out, s };
	s->target = target;
	int r = walk_new(&s->walk, job->root, job->options, job->filter, job->dirs, job->ids, job->tell,
			 &s->target, err);
	if (r == 0 && pending_init(s) < 0)
		r = err_set(err, -ENOMEM, "sender");
	if (r < 0) {
		sender_free(s);
		return r;
	}
	*out = s;
	return 0;
}

void sender_free(struct sender *s)
{
	if (!s)
		return;
	file_source_free(s->source); /* what it still reads are names and directories of what is pending */
	pending_fini(s);
	walk_free(s->walk);
	buf_fini(&s->list);
	buf_fini(&s->ahead);
	free(s);
}

int sender_ahead(struct sender *s, struct err *err)
{
	if (s->listed || !pending_room(s) || s->ahead.len > AHEAD_MOST)
		return 0;
	int r = walk_step(s->walk, LIST_STEP, err);
	if (r < 0)
		return r;
	if (r == 0)
		all_is_listed(s);
	if (s->list.len < LIST_FRAME && !s->listed)
		return 1;
	r = send_list(s, err);
	return r < 0 ? r : !s->listed;
}

/* Sends what was listed ahead. */
static int send_ahead(struct sender *s, struct err *err)
{
	int r = send_list(s, err); /* what is not a frame yet is the last of it */
	struct reader in = reader_of(s->ahead.data, s->ahead.len);
	if (s->ahead.failed)
		return err_set(err, -ENOMEM, "list");
	s->running = true;
	while (r == 0 && in.at < in.end) {
		size_t len;
		uint64_t first = reader_u64(&in);
		const char *payload = reader_string(&in, &len, FRAME_MAX);
		CHECK(payload);
		r = link_send(s->job->link, FRAME_LIST, first, payload, len, err);
	}
	buf_fini(&s->ahead);
	return r;
}

int sender_run(struct sender *s, struct account *out, struct err *err)
{
	static const enum ring_backend backend[] = {
		[IO_AUTO] = RING_AUTO, [IO_URING] = RING_URING, [IO_PLAIN] = RING_PLAIN
	};
	const struct sender_job *job = s->job;
	link_set_handler(job->link, on_frame, s);
	walk_keep_alive(s->walk, job->link);
	int r = file_source_new(&s->source, backend[job->options->io], jobs_of(job->options), err);
	if (r == 0) {
		file_source_on_chunk(s->source, on_chunk, s);
		file_source_on_owner(s->source, announce);
		if (job->options->nice)
			file_source_be_gentle(s->source);
		r = send_ahead(s, err);
	}
	if (r == 0)
		r = run(s, err);
	*out = s->account;
	link_set_handler(job->link, job->other, job->other_ctx);
	return r;
}
