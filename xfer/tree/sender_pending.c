#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "xfer/tree/sender_impl.h"

int pending_init(struct sender *s)
{
	/* one slice may be listed when there is room for a single name */
	s->window = 2 * SENDER_WINDOW;
	s->pending = calloc(s->window, sizeof *s->pending);
	s->want = calloc(s->window, sizeof *s->want);
	return s->pending && s->want ? 0 : -ENOMEM;
}

void pending_fini(struct sender *s)
{
	/* only what is in use: the rest was never touched, and need not be now */
	for (uint64_t seq = s->oldest; s->pending && seq < s->newest; seq++) {
		dir_unref(pending_at(s, seq)->at);
		free(pending_at(s, seq)->name);
		held_free(s, pending_at(s, seq)->held);
	}
	free(s->pending);
	free(s->want);
}

bool pending_room(const struct sender *s)
{
	return s->newest - s->oldest < SENDER_WINDOW && s->attrs_bytes < ATTRS_HELD;
}

bool pending_empty(const struct sender *s)
{
	return s->oldest == s->newest;
}

struct pending *pending_at(struct sender *s, uint64_t seq)
{
	return &s->pending[seq % s->window];
}

int pending_add(struct sender *s, const struct entry *e, struct dir *at, const struct digest *dir_path,
		bool is_root)
{
	CHECK(e->seq - s->oldest < s->window);
	/* seq 0 is the root's; where the root is no entry it stays unused */
	if (s->newest == 0 && !is_root)
		s->oldest = s->decided = s->newest = 1;
	CHECK(e->seq == s->newest);
	struct pending *p = pending_at(s, e->seq);
	*p = (struct pending){ .seq = e->seq, .used = true, .counts = true };
	item_from_entry(&p->item, dir_path, e);
	p->message = e->message;
	p->by_name = e->by_name;
	if (S_ISREG(e->mode)) {
		p->name = strndup(e->name, e->name_len);
		if (!p->name)
			return -ENOMEM;
		p->at = dir_ref(at);
		/* another name of a file counts by its name; the file itself counts once */
		p->attrs_len = (uint32_t)e->attrs_len;
		/* attributes were read with the listing: they must not be given to what stands there later */
		if (s->job->options->acls || s->job->options->xattrs) {
			p->dev = e->dev;
			p->ino = e->ino;
		}
		s->attrs_bytes += p->attrs_len;
		p->have_content = e->have_content && !(e->linked && e->leader != e->seq);
		p->content = e->content;
		if (p->have_content)
			sender_asked(s, e->size);
	}
	s->newest = e->seq + 1;
	return 0;
}

void pending_drop(struct sender *s, struct pending *p)
{
	s->attrs_bytes -= p->attrs_len;
	dir_unref(p->at);
	free(p->name);
	held_free(s, p->held);
	*p = (struct pending){ 0 };
	while (s->oldest < s->decided && !pending_at(s, s->oldest)->used)
		s->oldest++;
}

void sender_asked(struct sender *s, uint64_t bytes)
{
	s->progress.asked_bytes += bytes;
	s->progress.asked_items++;
}

void sender_handled(struct sender *s, uint64_t bytes, uint64_t items, uint64_t moved)
{
	s->progress.handled_bytes += bytes;
	s->progress.handled_items += items;
	s->progress.moved_bytes += moved;
}

/* Entries up to seq, without a verdict of their own, are at the destination already. */
static void settle_until(struct sender *s, uint64_t seq)
{
	for (; s->decided < seq; s->decided++) {
		struct pending *p = pending_at(s, s->decided);
		CHECK(p->used);
		if (p->wanted)
			continue;
		if (p->counts) {
			struct digest d = item_digest(&p->item, p->have_content ? &p->content : NULL,
						      s->job->options);
			tree_digest_add(&s->digest, &d);
		}
		s->progress.done_items++;
		if (p->at)
			s->progress.done_bytes += p->item.size;
		if (p->have_content)
			sender_handled(s, p->item.size, 1, p->item.size);
		s->attrs_bytes -= p->attrs_len;
		dir_unref(p->at);
		free(p->name);
		*p = (struct pending){ 0 };
	}
	while (s->oldest < s->decided && !pending_at(s, s->oldest)->used)
		s->oldest++;
}

int pending_decide(struct sender *s, const struct frame *f, struct err *err)
{
	struct reader r = reader_of(f->data, f->len);
	uint64_t seq = 0;
	bool first = true;
	if (f->offset < s->decided || f->offset > s->newest)
		return err_set(err, -EPROTO, "the receiver decided about entries that were never sent");
	while (r.at < r.end) {
		uint64_t delta = reader_varint(&r);
		uint8_t verdict = reader_u8(&r);
		if (r.failed || delta > f->offset || (!first && delta == 0))
			return err_set(err, -EPROTO, "the receiver's wants do not parse");
		seq += delta;
		first = false;
		if (seq < s->decided || seq >= f->offset)
			return err_set(err, -EPROTO, "the receiver decided twice about an entry");
		struct pending *p = pending_at(s, seq);
		if (verdict == VERDICT_LEAVE) {
			p->counts = false;
			s->account.items.skipped++;
		} else if (verdict == VERDICT_WANT && p->at) {
			p->wanted = true;
			if (!p->have_content)
				sender_asked(s, p->item.size);
			want_push(s, seq);
		} else if (verdict == VERDICT_WANT_BASE && p->at && s->job->bases) {
			p->wanted = true;
			if (!p->have_content)
				sender_asked(s, p->item.size);
			p->held = held_new();
			if (!p->held)
				return err_set(err, -ENOMEM, "what the receiver has");
		} else {
			return err_set(err, -EPROTO,
				       "the receiver wants the content of something that has none");
		}
	}
	settle_until(s, f->offset);
	return 0;
}

void want_push(struct sender *s, uint64_t seq)
{
	s->want[(s->want_first + s->want_count++) % s->window] = seq;
}

void want_pop(struct sender *s)
{
	s->want_first = (s->want_first + 1) % s->window;
	s->want_count--;
}

void pending_tell(struct sender *s, const struct pending *p, int error, const char *what)
{
	struct buf path;
	struct err e;
	buf_init(&path, SIZE_MAX / 2);
	dir_path(p->at, &path); /* ends in a slash */
	buf_bytes(&path, p->name, strlen(p->name));
	if (error)
		err_set(&e, error, "%s", what);
	else
		err_say(&e, 0, "%s", what);
	s->job->tell->failure(s->job->tell->ctx, (const char *)path.data, path.len, e.text, -error);
	buf_fini(&path);
}
