/* Directories that wait for their listing: all of them come back, in their order, as they were. */
#include "tests/unit/tree/tree_place.h"
#include "xfer/tree/receiver_impl.h"

enum { MANY = 20000 }; /* more than keep their node, and than fit into memory */

static void begin(struct receiver *r)
{
	static const struct options none;
	*r = (struct receiver){ .o = &none, .next_seq = 1 };
	assert_int_equal(node_table_init(r), 0);
}

/* As node_list_begin and node_list_end do. */
static void list_begin(struct receiver *r, struct rnode *n)
{
	n->parked = spill_list_on(r->parked);
	n->seen_listing = true;
	r->now = n;
}

static void list_end(struct receiver *r)
{
	node_wait_kids(r, r->now);
	r->now = NULL;
}

static void announce(struct receiver *r)
{
	char name[40];
	struct err err = { 0 };
	uint64_t seq = r->next_seq++;
	int len = snprintf(name, sizeof name, "directory number %u", (unsigned)seq);
	struct entry e = { .seq = seq, .name = name, .name_len = (size_t)len };
	struct rnode *n = node_new(r, &e);
	assert_non_null(n);
	n->meta.mtime.tv_sec = (time_t)seq * 7;
	n->have_meta = true;
	n->leave = seq % 3 == 0;
	n->fresh = seq % 5 == 0;
	if (node_wait(r, n, &err) < 0)
		fail_msg("%s", err.text);
}

static struct rnode *next(struct receiver *r)
{
	struct rnode *n;
	struct err err = { 0 };
	if (node_next(r, &n, &err) < 0)
		fail_msg("%s", err.text);
	return n;
}

static void expect_next(struct receiver *r, uint64_t seq, const struct rnode *parent)
{
	char name[40];
	struct rnode *n = next(r);
	assert_non_null(n);
	snprintf(name, sizeof name, "directory number %u", (unsigned)seq);
	assert_int_equal(n->seq, seq);
	assert_string_equal(n->name, name);
	assert_ptr_equal(n->parent, parent);
	assert_ptr_equal(node_find(r, seq), n);
	struct digest path = path_hash(&parent->path, name, strlen(name));
	assert_true(digest_equal(&n->path, &path));
	assert_true(n->have_meta && n->meta.mtime.tv_sec == (time_t)seq * 7);
	assert_int_equal(n->leave, seq % 3 == 0);
	assert_int_equal(n->fresh, seq % 5 == 0);
	assert_false(n->staged || n->adopted);
	assert_null(n->dir);
	list_begin(r, n);
}

static void they_come_back_in_their_order(void **state)
{
	(void)state;
	struct receiver r;
	begin(&r);
	assert_ptr_equal(next(&r), r.root);
	list_begin(&r, r.root);
	for (int i = 0; i < MANY; i++)
		announce(&r);
	list_end(&r);
	assert_in_range(r.node_count, 1, MANY / 4);
	assert_int_equal(r.root->pending, 1 + MANY);
	for (uint64_t seq = 1; seq <= MANY; seq++) {
		expect_next(&r, seq, r.root);
		node_free(&r, r.now);
		r.now = NULL;
	}
	assert_null(next(&r));
	assert_int_equal(spill_end(r.parked), 0);
	node_table_fini(&r);
}

static void the_deepest_come_first(void **state)
{
	(void)state;
	struct receiver r;
	begin(&r);
	list_begin(&r, next(&r));
	for (int i = 0; i < MANY; i++) /* 1 to MANY */
		announce(&r);
	list_end(&r);
	expect_next(&r, 1, r.root);
	struct rnode *first = r.now;
	for (int i = 0; i < MANY; i++)
		announce(&r);
	list_end(&r);
	for (uint64_t seq = MANY + 1; seq <= 2 * MANY; seq++) {
		expect_next(&r, seq, first);
		list_end(&r);
	}
	expect_next(&r, 2, r.root);
	list_end(&r);
	expect_next(&r, 3, r.root);
	node_table_fini(&r);
}

static unsigned visited;

static void count(struct receiver *r, struct rnode *n)
{
	(void)r;
	visited += n->fresh;
}

static void a_failed_run_visits_all_of_them(void **state)
{
	(void)state;
	struct receiver r;
	begin(&r);
	list_begin(&r, next(&r));
	for (int i = 0; i < MANY; i++)
		announce(&r);
	list_end(&r);
	expect_next(&r, 1, r.root);
	for (int i = 0; i < MANY; i++) /* and its listing does not end */
		announce(&r);
	visited = 0;
	nodes_each_waiting(&r, count);
	assert_int_equal(visited, 2 * MANY / 5);
	node_table_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_come_back_in_their_order),
		cmocka_unit_test(the_deepest_come_first),
		cmocka_unit_test(a_failed_run_visits_all_of_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
