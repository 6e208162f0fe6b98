#include "dbdump/narrow.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/differing.h"
#include "dbdump/rowset.h"

enum {
	BUCKETS = 1 << 18,  /* 12 MiB for both ends: a lost row in 100 million shares its bucket with 400 */
	ROWS_MOST = 600000, /* in memory: 32 MiB with their slots */
	NAMES_MOST = 32 << 20, /* bytes */
	NAME_MOST = 200,       /* of one row */
	BATCH = 512,	       /* lines that are hashed before the lock is taken for them */
};

struct bucket {
	uint64_t rows;
	struct tree_digest sum;
};

struct narrowing {
	const struct rows_job *job;
	struct rows_pair *pair;
	struct rows_tasks tasks;

	pthread_mutex_t lock; /* of what follows, while threads read */
	struct bucket *buckets[2];
	struct rowset *rows; /* of the buckets from, to (not included) that differ */
	size_t from, to;
	bool overflow; /* a row found no room */
	struct differing *differing;
};

static size_t bucket_of(const struct digest *d)
{
	uint32_t v;
	memcpy(&v, d->byte, sizeof v);
	return v % BUCKETS;
}

static bool differs(const struct narrowing *n, size_t bucket)
{
	const struct bucket *a = &n->buckets[0][bucket], *b = &n->buckets[1][bucket];
	return a->rows != b->rows || a->sum.low != b->sum.low || a->sum.high != b->sum.high;
}

/* Hashes the next lines, BATCH at most. Returns how many bytes they are. */
static size_t hash_batch(struct digest *hashes, size_t *count, const uint8_t *lines, size_t len)
{
	size_t at = 0;
	for (*count = 0; *count < BATCH && at < len; ++*count) {
		size_t n = line_length(lines + at, len - at);
		hashes[*count] = hash_of(lines + at, n);
		at += n;
	}
	return at;
}

static int sum_buckets(void *ctx, const struct scan_task *task, const uint8_t *lines, size_t len)
{
	struct narrowing *n = ctx;
	struct bucket *buckets = n->buckets[task->end];
	for (size_t at = 0, count; at < len;) {
		struct digest hashes[BATCH];
		at += hash_batch(hashes, &count, lines + at, len - at);
		pthread_mutex_lock(&n->lock);
		for (size_t i = 0; i < count; i++) {
			struct bucket *b = &buckets[bucket_of(&hashes[i])];
			b->rows++;
			tree_digest_add(&b->sum, &hashes[i]);
		}
		pthread_mutex_unlock(&n->lock);
	}
	return 0;
}

static void collect_row(struct narrowing *n, unsigned end, const struct digest *d, const uint8_t *line,
			size_t len)
{
	char name[NAME_MOST];
	bool added;
	pthread_mutex_lock(&n->lock);
	struct row *r = rowset_row(n->rows, d, &added);
	if (r)
		r->surplus += end ? -1 : 1;
	else
		n->overflow = true;
	if (added) {
		/* without its newline */
		n->job->engine->row_name(n->pair->ends[end], line, len - 1, name, sizeof name);
		struct digest key = hash_of(name, strlen(name));
		memcpy(&r->key, key.byte, sizeof r->key);
		rowset_name(n->rows, r, name);
	}
	pthread_mutex_unlock(&n->lock);
}

static int collect_rows(void *ctx, const struct scan_task *task, const uint8_t *lines, size_t len)
{
	struct narrowing *n = ctx;
	for (size_t at = 0, line; at < len; at += line) {
		line = line_length(lines + at, len - at);
		struct digest d = hash_of(lines + at, line);
		size_t bucket = bucket_of(&d);
		if (bucket >= n->from && bucket < n->to && differs(n, bucket))
			collect_row(n, task->end, &d, lines + at, line);
	}
	return 0;
}

/* One pass over both ends. 1: it is whole; 0: the table could not be read. */
static int pass(struct narrowing *n,
		int (*lines)(void *ctx, const struct scan_task *task, const uint8_t *lines, size_t len),
		struct err *err)
{
	const struct rows_job *job = n->job;
	const struct scan_job scan = { .engine = job->engine,
				       .watch = job->watch,
				       .gate = job->gate,
				       .ends = { job->ends[0], job->ends[1] },
				       .tasks = n->tasks.at,
				       .count = n->tasks.count,
				       .lines = lines,
				       .ctx = n };
	for (size_t i = 0; i < scan.count; i++)
		scan.tasks[i].rc = 0;
	int rc = scan_run(&scan, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < scan.count; i++)
		if (scan.tasks[i].rc < 0)
			return 0;
	return 1;
}

/* Moves from and to on, over as many buckets as there is room for the rows of. False: none is left. */
static bool next_buckets(struct narrowing *n)
{
	uint64_t rows = 0;
	bool any = false;
	for (n->from = n->to; n->to < BUCKETS; n->to++) {
		if (!differs(n, n->to))
			continue;
		rows += n->buckets[0][n->to].rows + n->buckets[1][n->to].rows;
		if (any && rows > ROWS_MOST)
			break;
		any = true;
	}
	return any;
}

/* The passes over buckets that differ. 1: all is known; 0: some is; -errno. */
static int look_closer(struct narrowing *n, struct err *err)
{
	for (unsigned i = 0; next_buckets(n); i++) {
		if (i == NARROW_PASSES)
			return 0;
		rowset_clear(n->rows);
		int rc = pass(n, collect_rows, err);
		if (rc <= 0)
			return rc;
		size_t count;
		const struct row *rows = rowset_all(n->rows, &count);
		if (differing_add(n->differing, rows, count) < 0)
			return err_set(err, -ENOMEM, "verification");
	}
	return !n->overflow;
}

static bool same_key(const struct rows_pair *p)
{
	const char *a = p->ends[0]->key, *b = p->ends[1]->key;
	return a && b && strcmp(a, b) == 0;
}

static int narrow(struct narrowing *n, struct err *err)
{
	struct narrowed *to = &n->pair->report->narrowed;
	int rc = pass(n, sum_buckets, err);
	if (rc > 0)
		rc = look_closer(n, err);
	if (rc < 0)
		return rc;
	to->done = true;
	to->at_least = rc == 0;
	if (differing_tell(n->differing, same_key(n->pair), to) < 0)
		return err_set(err, -ENOMEM, "verification");
	return 0;
}

static int allocate(struct narrowing *n)
{
	n->buckets[0] = calloc(BUCKETS, sizeof(struct bucket));
	n->buckets[1] = calloc(BUCKETS, sizeof(struct bucket));
	n->rows = rowset_new(ROWS_MOST, NAMES_MOST);
	n->differing = differing_new();
	return n->buckets[0] && n->buckets[1] && n->rows && n->differing ? 0 : -ENOMEM;
}

int narrow_table(const struct rows_job *job, struct rows_pair *pair, struct err *err)
{
	struct rows_job one = *job;
	one.pairs = pair;
	one.count = 1;
	struct narrowing n = { .job = &one, .pair = pair };
	pthread_mutex_init(&n.lock, NULL);
	int rc = allocate(&n);
	if (rc < 0)
		err_set(err, rc, "verification");
	if (rc == 0)
		rc = rows_tasks_make(&n.tasks, &one, true, err);
	if (rc == 0)
		rc = narrow(&n, err);
	rows_tasks_fini(&n.tasks);
	free(n.buckets[0]);
	free(n.buckets[1]);
	rowset_free(n.rows);
	differing_free(n.differing);
	pthread_mutex_destroy(&n.lock);
	return rc;
}
