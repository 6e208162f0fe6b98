#include "dbdump/archive/files.h"

#include "tests/unit/archive/small.h"

/* Both ends in one process: what is shipped goes into an archive's file, and from there through a pipe. */

static struct {
	char offered[64]; /* to the source */
	char taken[256];  /* kind file chunk text, of each piece that came */
} seen;

static int offer(struct session *s, struct buf *out, struct err *e)
{
	(void)s, (void)e;
	buf_bytes(out, "all of it", 9);
	return 0;
}

static int receive(struct session *s, const struct piece *p, struct err *e)
{
	size_t at = strlen(seen.taken);
	(void)s, (void)e;
	snprintf(seen.taken + at, sizeof seen.taken - at, "%d %u %u %.*s;", (int)p->kind, p->file, p->chunk,
		 (int)p->len, (const char *)p->data);
	return 0;
}

static int ship(struct session *s, const struct ferry_out *out, struct err *e)
{
	static const struct piece pieces[] = {
		{ PIECE_TABLE, 0, 0, (const uint8_t *)"table", 5 },
		{ PIECE_CHUNK, 0, 7, (const uint8_t *)"chunk seven", 11 },
		{ PIECE_WHOLE, 0, 0, (const uint8_t *)"whole", 5 },
	};
	(void)s;
	memcpy(seen.offered, out->offer, out->offer_len);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
		if (out->put(out->ctx, &pieces[i], e) < 0)
			return -1;
	return 0;
}

static const struct ferry toy_ferry = { .offer = offer, .receive = receive, .ship = ship };
static const struct engine toy = { .name = "toy", .ferry = &toy_ferry };

/* What one end said to the other. */
static struct buf answered;
static int silent;

static void answer(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	buf_bytes(&answered, data, len);
}

static int go(void *ctx, struct buf *said, struct err *e)
{
	(void)ctx, (void)e;
	if (silent-- > 0)
		return 0;
	buf_bytes(said, answered.data, answered.len);
	return 1;
}

static const struct observer observer = { .answer = answer, .go = go };

static void write_files(const char *path, const char *said)
{
	char *name = (char *)(uintptr_t) "shop";
	const struct hello h = { .engine = "toy", .databases = { &name, 1 }, .sources = { &name, 1 } };
	const struct options options = { .mode = MODE_AUTO };
	struct report report = { 0 };
	struct files_out out = { 0 };
	struct file *f;
	struct err e = { 0 };
	struct run r = { .engine = &toy, .job.observer = &observer, .options = options };
	buf_init(&answered, MOST);
	answer(NULL, said, strlen(said) + 1);
	silent = 2;
	assert_int_equal(watch_new(&r.watch, &report, &observer, NULL, &e), 0);
	assert_int_equal(file_open(&f, path, true, &e), 0);
	assert_int_equal(writer_new(&out.writer, f, &h, &e), 0);
	assert_int_equal(lanes_new(&out.lanes, 1), 0);
	out.watch = r.watch;
	assert_int_equal(files_ship(&out, &r, NULL, &e), 0);
	assert_int_equal(out.verify, VERIFY_COUNTS);
	struct payload p;
	assert_int_equal(payload_init(&p), 0);
	put_section(out.writer, &p);
	payload_fini(&p);
	assert_int_equal(writer_end(out.writer, &e), 0);
	assert_int_equal(file_commit(f, &e), 0);
	lanes_free(out.lanes);
	writer_free(out.writer);
	file_close(f);
	files_fini(&out);
	buf_fini(&answered);
	watch_free(r.watch);
	report_fini(&report);
}

/* What comes of those bytes at the other end, and that the section is behind them. */
static void read_files(const uint8_t *data, size_t len, enum copy_mode mode)
{
	int ends[2];
	char name[32];
	struct archive *a;
	struct section section;
	struct watch *w;
	struct report report = { 0 };
	struct err e = { 0 };
	const struct options options = { .mode = mode, .verify = VERIFY_COUNTS };
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], data, len), (ssize_t)len);
	close(ends[1]);
	snprintf(name, sizeof name, "/proc/self/fd/%d", ends[0]);
	assert_int_equal(archive_open(&a, name, NULL, &e), 0);
	const struct uri from = { .kind = URI_ARCHIVE, .shown = name, .archive = a };
	const struct run_job job = { .engine = &toy, .uris = { &from, NULL }, .options = &options };
	memset(&seen, 0, sizeof seen);
	buf_init(&answered, MOST);
	assert_int_equal(watch_new(&w, &report, &observer, NULL, &e), 0);
	assert_int_equal(files_take(&job, NULL, w, &e), 0);
	assert_int_equal(archive_section(a, &section, 0, &plain, &e), 0);
	section_fini(&section);
	watch_free(w);
	report_fini(&report);
	archive_close(a);
	close(ends[0]);
}

static size_t whole(uint8_t *to)
{
	char path[] = "/tmp/test_files.XXXXXX";
	int fd = mkstemp(path);
	close(fd);
	write_files(path, "\1all of it");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, to, MOST);
	assert_true(n > 0 && n < MOST);
	close(fd);
	unlink(path);
	return (size_t)n;
}

static void pieces_come_before_the_section(void **state)
{
	uint8_t data[MOST];
	(void)state;
	size_t len = whole(data);
	assert_string_equal(seen.offered, "all of it");
	read_files(data, len, MODE_AUTO);
	assert_string_equal(seen.taken, "0 0 0 table;1 0 7 chunk seven;3 0 0 whole;");
	assert_int_equal(answered.len, 10);
	assert_memory_equal(answered.data, "\1all of it", 10);
	buf_fini(&answered);
}

static void a_damaged_piece_is_none(void **state)
{
	uint8_t data[MOST];
	(void)state;
	size_t len = whole(data);
	uint8_t *at = memmem(data, len, "chunk seven", 11);
	assert_non_null(at);
	at[3] ^= 4;
	read_files(data, len, MODE_AUTO);
	assert_string_equal(seen.taken, "0 0 0 table;3 0 0 whole;");
	buf_fini(&answered);
}

static void who_wants_rows_offers_nothing(void **state)
{
	uint8_t data[MOST];
	(void)state;
	size_t len = whole(data);
	read_files(data, len, MODE_LOGICAL);
	assert_int_equal(answered.len, 0);
	buf_fini(&answered);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_come_before_the_section),
		cmocka_unit_test(a_damaged_piece_is_none),
		cmocka_unit_test(who_wants_rows_offers_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
