/* record.c - makes the seeds of the targets that play one end of a session: both ends run for real, over the trees of trees.h,
 * with a splice between them that writes down what each says as session.h has it. Each scenario is a session whose seeds are
 * named by it: what the sender says goes to receiver/ (or stream/), what the receiver says to sender/.
 *
 *   record CORPUS     writes into the folders there
 *
 * No path of the machine is in them: the ends work in one folder and name things relative to it. What differs from one
 * recording to the next are device and inode numbers, the seeds of hashes and what memory was used. */
#include <sys/wait.h>

#include "tests/fuzz/session.h"
#include "tests/fuzz/trees.h"
#include "xfer/tree/stream.h"
#include "xfer/wire/splice.h"

enum { FROM, TO, SEED_MOST = 4000 /* make fuzz takes inputs of up to 4096 bytes */ };

#define ALL (UINT32_C(0x3f) | UINT32_C(0x780)) /* recurse to group, hard links to sparse */
static const struct scenario {
	const char *name;
	uint32_t bits;
	bool stream;
} scenarios[] = {
	{ "copy", ALL, false },
	{ "version-1", ALL | TREES_OLD, false },
	{ "verify", ALL | TREES_VERIFY, false },
	{ "delete-fsync", ALL | 1U << 18 | 1U << 26, false },
	{ "distrust-checksum", ALL | TREES_DISTRUST | 1U << 14, false },
	{ "dry", ALL | 1U << 19, false },
	{ "list", ALL | 1U << 21, false },
	{ "stream", 0, true },
};

struct tap {
	struct buf said[SPLICE_ENDS];
	unsigned finals;
	bool finished;
};

static int on_frame(void *ctx, int from, const struct frame *f, struct err *err)
{
	struct tap *t = ctx;
	struct buf *b = &t->said[from];
	(void)err;
	if (f->type == FRAME_PING)
		return 1;
	buf_u8(b, (uint8_t)(f->type - 1));
	buf_u8(b, f->len > 64 ? HOW_PACK : 0);
	buf_varint(b, f->offset);
	buf_string(b, f->data, f->len);
	t->finals -= f->type == FRAME_FINAL;
	t->finished = !t->finals;
	return 1;
}

static void item(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	(void)ctx, (void)suffix;
	printf("%s %.*s\n", change, (int)len, name);
}

static void failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	(void)ctx, (void)errnum;
	fprintf(stderr, "%.*s: %s\n", (int)len, name, error);
}

static void warning(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "%s\n", text);
}

static void list(void *ctx, mode_t mode, uint64_t size, int64_t mtime, const char *name, size_t len,
		 const char *target, size_t target_len)
{
	(void)ctx, (void)mode, (void)size, (void)mtime, (void)target, (void)target_len;
	printf("%.*s\n", (int)len, name);
}

struct role {
	const struct scenario *scenario;
	int end;
};

/* One end, in a process of its own. */
static int play(void *arg, int fd)
{
	static const struct tell tell = {
		.item = item, .failure = failure, .warning = warning, .list = list
	};
	static char source[] = "source/", file[] = "source/a";
	char *all[] = { source };
	const struct strings args = { all, 1 };
	const struct role *role = arg;
	const struct scenario *s = role->scenario;
	struct options o = trees_options(s->bits);
	struct err err = { 0 };
	struct chan *chan;
	struct transfer t = { .options = &o,
			      .tell = &tell,
			      .version = trees_version(s->bits),
			      .has_user = true,
			      .content_mark = '>' };
	CHECK(chan_open_fds(&chan, fd, fd, &err) == 0 && link_new(&t.link, chan, LINK_PLAIN, &err) == 0);
	int r = role->end == FROM ? s->stream ? stream_send(&t, file, &err) : transfer_send(&t, &args, &err)
		: s->stream ? stream_receive(&t, "root/out", &err)
				  : transfer_receive(&t, "root", &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", s->name, err.text);
	link_free(t.link);
	fflush(stdout);
	_exit(r < 0 ? 1 : 0); /* the place is the parent's */
}

static void write_seed(const char *corpus, const char *target, const struct scenario *s,
		       const struct buf *said)
{
	char *path;
	if (said->failed) {
		printf("%s: %s: too long for a seed\n", target, s->name);
		return;
	}
	CHECK(asprintf(&path, "%s/%s/seed-%s", corpus, target, s->name) > 0);
	FILE *f = fopen(path, "we");
	if (!f) {
		perror(path);
		exit(1);
	}
	if (s->stream)
		fputc(0, f);
	else
		CHECK(fwrite(&s->bits, sizeof s->bits, 1, f) == 1); /* little-endian, as our machines are */
	CHECK(fwrite(said->data, 1, said->len, f) == said->len && fclose(f) == 0);
	free(path);
}

static void record(const char *corpus, const struct scenario *s)
{
	struct role roles[] = { { s, FROM }, { s, TO } };
	struct splice_end end[SPLICE_ENDS] = { { .name = "sender" }, { .name = "receiver" } };
	struct tap tap = { .finals = s->bits & TREES_VERIFY ? 2 : 1 };
	struct splice_job job = { .handled = UINT32_MAX, .handler = on_frame, .ctx = &tap, .timeout = 20 };
	struct splice *splice;
	struct err err = { 0 };
	place_enter();
	trees_source();
	trees_state();
	trees_root();
	if (s->bits & TREES_DISTRUST)
		trees_distrust();
	for (int i = 0; i < SPLICE_ENDS; i++) {
		buf_init(&tap.said[i], SEED_MOST);
		CHECK(chan_open_fork(&end[i].chan, play, &roles[i], &err) == 0);
	}
	CHECK(splice_new(&splice, &job, end, &err) == 0);
	if (splice_run(splice, &tap.finished, &err) < 0) {
		fprintf(stderr, "%s: %s\n", s->name, err.text);
		exit(1);
	}
	splice_free(splice);
	write_seed(corpus, s->stream ? "stream" : "receiver", s, &tap.said[FROM]);
	if (!s->stream)
		write_seed(corpus, "sender", s, &tap.said[TO]);
	buf_fini(&tap.said[FROM]);
	buf_fini(&tap.said[TO]);
	place_check();
	place_clear();
	trees_clear_state();
}

int main(int argc, char **argv)
{
	char *corpus = argc == 2 ? realpath(argv[1], NULL) : NULL;
	if (!corpus) {
		fprintf(stderr, "usage: record CORPUS\n");
		return 1;
	}
	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
		record(corpus, &scenarios[i]);
	free(corpus);
	return 0;
}
