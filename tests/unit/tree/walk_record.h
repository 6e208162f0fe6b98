/* walk_record.h - arguments through roots.h and walk.h, and what comes out of it as text. */
#pragma once
#include "tests/unit/tree/tree_place.h"
#include "xfer/tree/roots.h"
#include "xfer/base/strings.h"

enum { RECORD_MAX = 3000 };

struct record {
	char *path[RECORD_MAX];	 /* by seq; "." is the root */
	bool listed[RECORD_MAX]; /* its listing came */
	bool is_dir[RECORD_MAX];
	unsigned flags[RECORD_MAX]; /* of its listing */
	uint64_t leader[RECORD_MAX];
	size_t count; /* of entries with a number */
	bool root_came;
	uint64_t now; /* whose listing this is */
	bool open;    /* a listing has begun and not ended */
	unsigned failures, warnings;
	char last[700];	 /* failure or warning: its name or text */
	char text[8000]; /* all paths, sorted, with spaces between; directories with a slash */
};

static void record_failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	struct record *r = ctx;
	(void)error, (void)errnum;
	r->failures++;
	snprintf(r->last, sizeof r->last, "%.*s", (int)len, name);
}

static void record_warning(void *ctx, const char *text)
{
	struct record *r = ctx;
	r->warnings++;
	snprintf(r->last, sizeof r->last, "%s", text);
}

static void record_dir(void *ctx, uint64_t seq, enum mail_folder folder)
{
	struct record *r = ctx;
	(void)folder;
	assert_false(r->open);
	assert_true(seq <= r->count && !r->listed[seq]);
	assert_true(seq == 0 || r->is_dir[seq]); /* its entry came before */
	r->open = r->listed[seq] = true;
	r->now = seq;
}

static int record_entry(void *ctx, const struct entry *e, struct dir *at, const struct digest *dir_path,
			bool is_root)
{
	struct record *r = ctx;
	(void)at, (void)dir_path;
	assert_true(r->open);
	if (is_root) {
		r->root_came = true;
		return 0;
	}
	assert_int_equal(e->seq, r->count + 1);
	assert_true(e->seq < RECORD_MAX);
	const char *up = r->now ? r->path[r->now] : NULL;
	assert_true(asprintf(&r->path[e->seq], "%s%s%.*s", up ? up : "", up ? "/" : "", (int)e->name_len,
			     e->name) > 0);
	r->is_dir[e->seq] = S_ISDIR(e->mode);
	r->leader[e->seq] = e->linked ? e->leader : 0;
	r->count++;
	return 0;
}

static void record_dir_end(void *ctx, unsigned flags)
{
	struct record *r = ctx;
	assert_true(r->open);
	r->open = false;
	r->flags[r->now] = flags;
}

static void record_owner(void *ctx, enum id_kind kind, uint32_t id, const char *name)
{
	(void)ctx, (void)kind, (void)id, (void)name;
}

static void record_left_out(void *ctx, const char *name, size_t len)
{
	(void)ctx, (void)name, (void)len;
}

static inline void record_free(struct record *r)
{
	for (size_t i = 1; i <= r->count; i++)
		free(r->path[i]);
	free(r);
}

static inline uint64_t seq_of(const struct record *r, const char *path)
{
	for (size_t i = 1; i <= r->count; i++)
		if (strcmp(r->path[i], path) == 0)
			return i;
	fail_msg("%s was not listed: %s", path, r->text);
	return 0;
}

static inline int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline void join_sorted(struct record *r)
{
	static char *all[RECORD_MAX];
	size_t at = 0;
	for (size_t i = 1; i <= r->count; i++)
		assert_true(asprintf(&all[i], "%s%s", r->path[i], r->is_dir[i] ? "/" : "") > 0);
	qsort(all + 1, r->count, sizeof *all, compare_text);
	for (size_t i = 1; i <= r->count; i++) {
		if (at < sizeof r->text)
			at += (size_t)snprintf(r->text + at, sizeof r->text - at, "%s%s", at ? " " : "",
					       all[i]);
		free(all[i]);
	}
}

static inline struct tell tell_into(struct record *r)
{
	return (struct tell){ .failure = record_failure, .warning = record_warning, .ctx = r };
}

/* args: separated by single spaces, relative to the working directory, which is the place. */
static inline struct record *walk_of(struct place *p, const struct options *o, const char *args)
{
	struct record *rec = calloc(1, sizeof *rec);
	struct tell tell = tell_into(rec);
	struct walk_target target = { record_dir,   record_entry,    record_dir_end,
				      record_owner, record_left_out, rec };
	struct strings list = { 0 };
	struct roots roots;
	struct filter *f;
	struct ids *ids;
	struct walk *w;
	struct err err = { 0 };
	char *text = strdup(args), *rest = text, *word;
	int r;
	assert_int_equal(fchdir(p->fd), 0);
	while ((word = strsep(&rest, " ")))
		assert_int_equal(strings_add(&list, word, strlen(word)), 0);
	assert_int_equal(filter_new(&f, &err), 0);
	for (size_t i = 0; i < o->filters.count; i++)
		assert_int_equal(filter_add(f, o->filters.at[i], &err), 0);
	assert_int_equal(ids_new(&ids, NULL, &err), 0);
	if (roots_open(&roots, p->pool, o, &list, &tell, &err) < 0 ||
	    walk_new(&w, &roots.pick, o, f, p->pool, ids, &tell, &target, &err) < 0)
		fail_msg("%s", err.text);
	while ((r = walk_step(w, 3, &err)) > 0)
		;
	assert_int_equal(r, 0);
	assert_false(rec->open);
	assert_int_equal(walk_next_seq(w), rec->count + 1);
	assert_int_equal(walk_pending(w), 0);
	walk_free(w);
	roots_close(&roots);
	ids_free(ids);
	filter_free(f);
	strings_fini(&list);
	free(text);
	join_sorted(rec);
	return rec;
}

static inline struct options walk_options(void)
{
	return (struct options){ .recurse = true,
				 .links = true,
				 .devices = true,
				 .specials = true,
				 .max_size = UINT64_MAX,
				 .hard_links = true,
				 .numeric_ids = true,
				 .max_delete = -1 };
}

/* The names listed for args, all at once. */
static inline void expect(struct place *p, const struct options *o, const char *args, const char *want)
{
	struct record *r = walk_of(p, o, args);
	assert_string_equal(r->text, want);
	record_free(r);
}

static inline void files_from(struct options *o, const char *const *names)
{
	o->have_files_from = o->relative = true;
	for (; *names; names++)
		assert_int_equal(strings_add(&o->files_from, *names, strlen(*names)), 0);
}
