#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/receiver_impl.h"

int wanted_init(struct receiver *r)
{
	r->wanted = calloc(WANT_WINDOW, sizeof *r->wanted);
	return r->wanted ? 0 : -ENOMEM;
}

static struct wanted *at_index(struct receiver *r, size_t i)
{
	return &r->wanted[(r->wanted_first + i) % WANT_WINDOW];
}

static void wanted_free(struct wanted *w)
{
	free(w->name);
	free((void *)w->meta.attrs);
	free(w->base);
	*w = (struct wanted){ .done = true };
}

void wanted_fini(struct receiver *r)
{
	for (size_t i = 0; r->wanted && i < r->wanted_count; i++)
		if (!at_index(r, i)->done)
			wanted_free(at_index(r, i));
	free(r->wanted);
	r->wanted = NULL;
}

int wanted_add(struct receiver *r, const struct wanted *w, struct err *err)
{
	int code = commit_begin(r, err);
	if (code < 0)
		return code;
	struct wanted copy = *w;
	copy.meta.attrs = NULL;
	copy.listed = w->item.size;
	if (w->meta.attrs_len) {
		uint8_t *attrs = malloc(w->meta.attrs_len);
		if (attrs)
			memcpy(attrs, w->meta.attrs, w->meta.attrs_len);
		copy.meta.attrs = attrs;
	}
	if (!copy.name || (w->meta.attrs_len && !copy.meta.attrs)) {
		wanted_free(&copy);
		return err_set(err, -ENOMEM, "wanted file");
	}
	if (r->wanted_count == WANT_WINDOW) {
		wanted_free(&copy);
		return err_set(err, -EPROTO, "the sender announces more than it may before it sends");
	}
	*at_index(r, r->wanted_count++) = copy;
	r->progress.asked_bytes += copy.listed;
	r->progress.asked_items++;
	node_hold(copy.node, true);
	r->attrs_bytes += copy.meta.attrs_len;
	if (r->attrs_bytes > ATTRS_HELD_MOST)
		return err_set(err, -EPROTO,
			       "the sender announces more attributes than it may before it sends");
	space_expect(&r->space, copy.need, copy.gain, copy.existed);
	return space_check(&r->space, false, err);
}

struct wanted *wanted_find(struct receiver *r, uint64_t seq)
{
	size_t low = 0, high = r->wanted_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (at_index(r, middle)->seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	struct wanted *w = low < r->wanted_count ? at_index(r, low) : NULL;
	/* a sender that does not wait for what it is to be told breaks the protocol */
	bool early = w && w->base && !w->base->is_signed;
	return w && w->seq == seq && !w->done && !w->whole && !w->under_way && !early ? w : NULL;
}

void receiver_count(struct receiver *r, struct wanted *w, uint64_t upto, bool moved)
{
	if (upto > w->listed)
		upto = w->listed;
	if (upto <= w->counted)
		return;
	uint64_t bytes = upto - w->counted;
	w->counted = upto;
	r->progress.done_bytes += bytes;
	r->progress.handled_bytes += bytes;
	if (moved)
		r->progress.moved_bytes += bytes;
}

/* The file is settled: forgets it, and what is settled before it. */
static void settle(struct receiver *r, struct wanted *w)
{
	struct rnode *n = w->node;
	uint64_t seq = w->seq;
	r->attrs_bytes -= w->meta.attrs_len;
	r->base_out -= w->base ? w->base->cost : 0;
	if (w->whole)
		space_freed(&r->space, w->gain, w->existed);
	else
		space_arrived(&r->space, w->need, w->gain, w->existed);
	receiver_count(r, w, w->listed, !w->large);
	r->progress.done_items++;
	r->progress.handled_items++;
	wanted_free(w);
	w->seq = seq; /* the search goes by it */
	while (r->wanted_count && at_index(r, 0)->done) {
		r->wanted_first = (r->wanted_first + 1) % WANT_WINDOW;
		r->wanted_count--;
	}
	node_release(r, n, true);
}

void wanted_failed(struct receiver *r, struct wanted *w)
{
	if (w->group)
		link_settled(r, w->group, false);
	settle(r, w);
}

void wanted_is_whole(struct receiver *r, struct wanted *w)
{
	w->whole = true;
	space_arrived(&r->space, w->need, 0, false);
	r->attrs_bytes -= w->meta.attrs_len;
	free((void *)w->meta.attrs);
	w->meta.attrs = NULL;
	w->meta.attrs_len = 0;
}

int wanted_put(struct receiver *r, struct wanted *w, const char *disk_name, const struct digest *content,
	       struct err *err)
{
	struct rnode *n = w->node;
	int code = receiver_put(r, n, disk_name, w->name, S_IFREG);
	if (code < 0) {
		int fd = dir_fd(receiver_temp_dir(n));
		if (fd >= 0)
			unlinkat(fd, disk_name, 0);
		receiver_fail(r, n, w->name, strlen(w->name), code, "make way for it");
		wanted_failed(r, w);
		return receiver_is_fatal(code) ? err_set(err, code, "the destination") : 0;
	}
	char change[CHANGE_SIZE];
	receiver_add_digest(r, &w->item, content);
	change_code(change, r->job->content_mark, S_IFREG, w->created, w->diff, r->o->times);
	receiver_item(r, n, w->name, strlen(w->name), change, false, NULL);
	*(w->existed ? &r->account.items.updated : &r->account.items.copied) += 1;
	r->account.proven.transferred++;
	if (w->group)
		link_settled(r, w->group, true);
	settle(r, w);
	return 0;
}

void wanted_verdict(struct receiver *r, uint64_t seq, enum verdict verdict)
{
	if (verdict == VERDICT_HAVE || (verdict == VERDICT_WANT && r->compare))
		return;
	if (verdict == VERDICT_WANT && at_index(r, r->wanted_count - 1)->base)
		verdict = VERDICT_WANT_BASE;
	buf_varint(&r->wants, seq - r->want_last);
	buf_u8(&r->wants, (uint8_t)verdict);
	r->want_last = seq;
}

int wanted_flush(struct receiver *r, struct err *err)
{
	if (r->wants.failed)
		return err_set(err, -ENOMEM, "wants");
	/* a sender that listed nothing waits for nothing, and has perhaps said already that it is done */
	if (!r->wants_due)
		return 0;
	r->wants_due = false;
	int code = link_send(r->job->link, FRAME_WANT, r->next_seq, r->wants.data, r->wants.len, err);
	buf_clear(&r->wants);
	r->want_last = 0;
	return code < 0 ? code : link_flush(r->job->link, err);
}
