/* A journal that anything may have been written into: it is believed only where a record is whole, and whatever it says, the
 * files that may be lost are suspect. As bytes, and as a file of the state folder.
 *
 *   input = u8 how, the file; how bit 0: the record's hashes are made right, bit 1: through a file */
#include "tests/fuzz/place.h"

#include <dirent.h>
#include <errno.h>

#include "xfer/codec/hash.h"
#include "xfer/tree/journal.h"

enum { HOW_RIGHT = 1, HOW_FILE = 2, MOST = 8 * JOURNAL_RECORD };

static const int64_t moments[] = { INT64_MIN, -1, 0, 1, INT64_C(1700000000000000000), INT64_MAX };

/* So that what stands behind magic and hash is reached. */
static void make_right(uint8_t *at, size_t len)
{
	struct journal_state s;
	for (; len >= JOURNAL_RECORD; at += JOURNAL_RECORD, len -= JOURNAL_RECORD) {
		struct reader r = reader_of(at, JOURNAL_RECORD);
		if (reader_u64(&r) & 1)
			continue; /* this one stays as it is */
		s.until = (int64_t)reader_u64(&r);
		s.instance = reader_u64(&r);
		s.since = (int64_t)reader_u64(&r);
		s.doubt = (int64_t)reader_u64(&r);
		journal_pack(at, &s);
	}
}

static void begins(const struct journal_state *before, bool known, int64_t now, uint64_t instance)
{
	struct journal_state s = *before;
	journal_begin_state(&s, known, now, instance);
	CHECK(s.instance == instance && s.until <= now);
	bool went_down = known && (!instance || before->instance != instance);
	for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
		int64_t t = moments[i];
		if (!known)
			CHECK(!journal_is_suspect(&s, t));
		else if (journal_is_suspect(before, t))
			CHECK(journal_is_suspect(&s, t)); /* no suspicion is lost */
		if (went_down && t > before->until && t <= now)
			CHECK(journal_is_suspect(&s, t));
	}
}

static void parse(const uint8_t *data, size_t size, const uint8_t *more)
{
	struct journal_state s, again;
	uint8_t record[JOURNAL_RECORD];
	bool known = journal_parse(data, size, &s);
	CHECK(known == (size > 0));
	journal_pack(record, &s);
	CHECK(journal_parse(record, sizeof record, &again) && !memcmp(&s, &again, sizeof s));
	for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
		begins(&s, known, moments[i], s.instance);
		begins(&s, known, moments[i], 7);
	}
	/* what is torn off behind it is not believed, and hides nothing of it */
	AUTO(fuzz_freep) uint8_t *torn = malloc(size + 1);
	CHECK(torn);
	memcpy(torn, data, size);
	torn[size] = *more;
	if (size % JOURNAL_RECORD == 0 && size) {
		CHECK(journal_parse(torn, size + 1, &again) && again.until == s.until &&
		      again.since == s.since && again.doubt == s.doubt);
		CHECK(!again.instance);
	}
}

static int folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0);
	return fd;
}

/* The name of the root's journal in the state folder, which is the root's own for the life of the process. */
static const char *journal_file(void)
{
	static char path[300];
	struct journal *j;
	struct err err;
	if (path[0])
		return path;
	place_enter();
	CHECK(mkdir("outside/state", 0700) == 0);
	int root = folder("root");
	CHECK(journal_open(&j, folder("outside/state"), root, false, &err) == 0);
	CHECK(journal_begin(j, &err) == 0);
	journal_close(j);
	close(root);
	DIR *d = opendir("outside/state");
	CHECK(d);
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.')
			snprintf(path, sizeof path, "outside/state/%s", e->d_name);
	closedir(d);
	CHECK(path[0]);
	return path;
}

static void through_file(const uint8_t *data, size_t size)
{
	struct journal_state before, after;
	uint8_t bytes[MOST + 2 * JOURNAL_RECORD];
	struct journal *j;
	struct err err;
	const char *path = journal_file();
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), root = folder("root");
	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	bool known = journal_parse(data, size, &before);
	CHECK(journal_open(&j, folder("outside/state"), root, true, &err) == 0);
	for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
		struct timespec t = { .tv_sec = moments[i] / 1000000000, .tv_nsec = moments[i] % 1000000000 };
		if (known && t.tv_nsec >= 0 && journal_is_suspect(&before, moments[i]))
			CHECK(journal_suspects(j, &t));
	}
	journal_close(j);
	CHECK(pread(fd, bytes, sizeof bytes, 0) == (ssize_t)size && !memcmp(bytes, data, size));
	close(fd);

	/* a run that did nothing says what was known, or that nothing is */
	CHECK(journal_open(&j, folder("outside/state"), root, false, &err) == 0);
	CHECK(journal_begin(j, &err) == 0);
	journal_close(j);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
	CHECK(n == JOURNAL_RECORD && journal_parse(bytes, (size_t)n, &after));
	CHECK(!known || (after.since <= before.since && after.doubt >= before.doubt));
	close(fd);
	close(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > MOST)
		return 0;
	uint8_t how = data[0];
	AUTO(fuzz_freep) uint8_t *file = malloc(size);
	CHECK(file);
	memcpy(file, data + 1, size - 1);
	if (how & HOW_RIGHT)
		make_right(file, size - 1);
	parse(file, size - 1, data);
	if (how & HOW_FILE)
		through_file(file, size - 1);
	return 0;
}
