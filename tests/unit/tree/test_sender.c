/* A sender and what its receiver says, at chosen moments. */
#include "tests/unit/tree/tree_place.h"

#include <signal.h>
#include <sys/socket.h>

#include "xfer/tree/roots.h"
#include "xfer/tree/sender.h"

/* All that a sender stands on, and a receiver that has everything. */
struct stage {
	struct options options;
	struct filter *filter;
	struct ids *ids;
	struct strings args;
	struct roots roots;
	struct tell tell;
	struct link *link, *peer;
	uint64_t entries; /* with the root */
	bool answered;
};

static void failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	(void)ctx, (void)errnum;
	fail_msg("%.*s: %s", (int)len, name, error);
}

static int other(void *ctx, const struct frame *f, struct err *err)
{
	(void)ctx, (void)f;
	return err_set(err, -EPROTO, "not the sender's");
}

/* The receiver answers at once, when all was listed, and before the sender comes to waiting. */
static void answer_early(void *ctx, const struct progress *p)
{
	struct stage *s = ctx;
	struct err err = { 0 };
	if (!p->total_known || s->answered)
		return;
	s->answered = true;
	assert_int_equal(p->total_items, s->entries);
	assert_int_equal(link_send(s->peer, FRAME_WANT, s->entries, NULL, 0, &err), 0);
	assert_int_equal(link_flush(s->peer, &err), 0);
}

static struct link *link_on(int fd)
{
	struct chan *chan;
	struct link *l;
	struct err err = { 0 };
	assert_int_equal(chan_open_fds(&chan, fd, fd, &err), 0);
	assert_int_equal(link_new(&l, chan, LINK_PLAIN, &err), 0);
	return l;
}

static void begin(struct stage *s, struct place *p, char *arg)
{
	struct err err = { 0 };
	int fds[2];
	*s = (struct stage){ .options = { .recurse = true, .max_size = UINT64_MAX, .max_delete = -1 } };
	s->tell = (struct tell){ .failure = failure, .progress = answer_early, .ctx = s };
	assert_int_equal(fchdir(p->fd), 0);
	assert_int_equal(strings_add(&s->args, arg, strlen(arg)), 0);
	assert_int_equal(filter_new(&s->filter, &err), 0);
	assert_int_equal(ids_new(&s->ids, NULL, &err), 0);
	assert_int_equal(roots_open(&s->roots, p->pool, &s->options, &s->args, &s->tell, &err), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	s->link = link_on(fds[0]);
	s->peer = link_on(fds[1]);
	link_set_timeout(s->link, 2); /* who waits for nothing fails */
}

static void end(struct stage *s)
{
	link_free(s->link);
	link_free(s->peer);
	roots_close(&s->roots);
	ids_free(s->ids);
	filter_free(s->filter);
	strings_fini(&s->args);
}

static void what_is_decided_before_it_waits_is_not_waited_for(void **state)
{
	struct place *p = *state;
	struct stage s;
	struct sender *sender;
	struct account account;
	struct frame f;
	struct err err = { 0 };
	char arg[] = "src/";
	put_dir(p, "src");
	put_file(p, "src/a", "text");
	begin(&s, p, arg);
	s.entries = 2;
	struct sender_job job = { .options = &s.options,
				  .filter = s.filter,
				  .root = &s.roots.pick,
				  .dirs = p->pool,
				  .ids = s.ids,
				  .tell = &s.tell,
				  .link = s.link,
				  .other = other };
	assert_int_equal(sender_new(&sender, &job, &err), 0);
	int r = sender_run(sender, &account, &err);
	if (r < 0)
		fail_msg("%s", err.text);
	assert_true(s.answered);
	do {
		assert_int_equal(link_recv(s.peer, &f, &err), 0);
		assert_true(f.type == FRAME_LIST || f.type == FRAME_DONE);
	} while (f.type != FRAME_DONE);
	sender_free(sender);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(what_is_decided_before_it_waits_is_not_waited_for) };
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
