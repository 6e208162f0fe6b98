#include "xfer/tree/id_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <unistd.h>

static char file[] = "/tmp/xfer-id-files.XXXXXX";

static void holds(const char *text)
{
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int user(const char *name, uint32_t id, struct passwd *out)
{
	static char room[256];
	return id_files_user(file, out, name, id, room, sizeof room);
}

static void users_are_found_by_name_and_by_number(void **state)
{
	(void)state;
	struct passwd p;
	holds("root:x:0:0:root:/root:/bin/sh\n\n# a comment\nbroken\nann:x:1001:100::/home/ann:/bin/sh\n"
	      "bob:x:1002:100::/:\nsame:x:1002:100::/:\n");
	assert_int_equal(user("ann", 0, &p), 0);
	assert_int_equal(p.pw_uid, 1001);
	assert_int_equal(user(NULL, 1002, &p), 0);
	assert_string_equal(p.pw_name, "bob");
	assert_int_equal(user("an", 0, &p), ENOENT);
	assert_int_equal(user(NULL, 100, &p), ENOENT);
}

static void groups_are_found_by_name_and_by_number(void **state)
{
	(void)state;
	struct group g;
	char room[256];
	holds("root:x:0:\nstaff:x:50:ann,bob\n");
	assert_int_equal(id_files_group(file, &g, "staff", 0, room, sizeof room), 0);
	assert_int_equal(g.gr_gid, 50);
	assert_int_equal(id_files_group(file, &g, NULL, 0, room, sizeof room), 0);
	assert_string_equal(g.gr_name, "root");
	assert_int_equal(id_files_group(file, &g, "ann", 0, room, sizeof room), ENOENT);
}

static void a_line_for_a_directory_service_is_no_user(void **state)
{
	(void)state;
	struct passwd p;
	holds("+ann::0:0:::\n+::::::\n-bob::::::\nann:x:1001:100::/:\n");
	assert_int_equal(user(NULL, 0, &p), ENOENT);
	assert_int_equal(user("+ann", 0, &p), ENOENT);
	assert_int_equal(user("ann", 0, &p), 0);
}

static void a_record_that_needs_more_room_says_so(void **state)
{
	(void)state;
	struct group g;
	char room[16], enough[400], members[301];
	memset(members, 'm', 300);
	members[300] = 0;
	FILE *f = fopen(file, "w");
	fprintf(f, "many:x:7:%s\nlast:x:8:\n", members);
	fclose(f);
	assert_int_equal(id_files_group(file, &g, "last", 0, room, sizeof room), ERANGE);
	assert_int_equal(id_files_group(file, &g, "last", 0, enough, sizeof enough), 0);
	assert_int_equal(g.gr_gid, 8);
}

static void without_the_file_there_is_nobody(void **state)
{
	(void)state;
	struct passwd p;
	char room[64];
	assert_int_equal(id_files_user("/nonexistent/passwd", &p, "root", 0, room, sizeof room), ENOENT);
}

static int make_file(void **state)
{
	(void)state;
	int fd = mkstemp(file);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_are_found_by_name_and_by_number),
		cmocka_unit_test(groups_are_found_by_name_and_by_number),
		cmocka_unit_test(a_line_for_a_directory_service_is_no_user),
		cmocka_unit_test(a_record_that_needs_more_room_says_so),
		cmocka_unit_test(without_the_file_there_is_nobody),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
