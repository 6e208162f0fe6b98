#include "xfer/tree/chmod_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <errno.h>

enum { UMASK = 027 };

/* What `rsync -rp --chmod=SPEC` (3.5.0, umask 027) made of a file 4755, a file 600, a directory 7751 and a
 * directory 1705: found by running it, tests/unit is not where rsync is called. */
static const struct row {
	const char *spec;
	mode_t file, plain, dir, sticky;
} rows[] = {
	{ "=", 04000, 0, 07000, 01000 },
	{ "u=", 04055, 0, 07051, 01005 },
	{ "g=", 04705, 0600, 07701, 01705 },
	{ "o=", 04750, 0600, 07750, 01700 },
	{ "a=", 04000, 0, 07000, 01000 },
	{ "u=u", 0755, 0600, 03751, 01705 },
	{ "g=u", 04775, 0660, 05771, 01775 },
	{ "u=g", 0555, 0, 03551, 01005 },
	{ "o=u", 04757, 0606, 06757, 0707 },
	{ "a=u", 0777, 0666, 0777, 0777 },
	{ "a=g", 0555, 0, 0555, 0 },
	{ "u=o", 0555, 0, 03151, 01505 },
	{ "ug=o", 0555, 0, 01111, 01555 },
	{ "uo=g", 0555, 0, 02555, 0 },
	{ "g=o", 04755, 0600, 05711, 01755 },
	{ "=u", 0750, 0640, 0750, 0750 },
	{ "=g", 0550, 0, 0550, 0 },
	{ "=o", 0550, 0, 0110, 0550 },
	{ "+u", 04755, 0640, 07751, 01755 },
	{ "-u", 04005, 0, 07001, 01005 },
	{ "-g", 04205, 0600, 07201, 01705 },
	{ "g-u", 04705, 0600, 07701, 01705 },
	{ "a-o", 04200, 0600, 07640, 01200 },
	{ "go-u", 04700, 0600, 07700, 01700 },
	{ "a+o", 04755, 0600, 07751, 01755 },
	{ "u=r", 04455, 0400, 07451, 01405 },
	{ "g=r", 04745, 0640, 07741, 01745 },
	{ "u=rs", 04455, 04400, 07451, 05405 },
	{ "g=rs", 06745, 02640, 07741, 03745 },
	{ "o=rs", 04754, 04604, 07754, 05704 },
	{ "ug=s", 06005, 06000, 07001, 07005 },
	{ "a=s", 06000, 06000, 07000, 07000 },
	{ "u=t", 01055, 01000, 03051, 01005 },
	{ "u+xX", 04755, 0600, 07751, 01705 },
	{ "+xX", 04755, 0600, 07751, 01715 },
	{ "u+x,g+X", 04755, 0700, 07751, 01715 },
	{ "a-x,a+X", 04755, 0600, 07751, 01715 },
	{ "u=rwX,go=rX", 04755, 0644, 07755, 01755 },
	{ "DD755", 04755, 0600, 0755, 0755 },
	{ "-st", 0755, 0600, 02751, 0705 },
	{ "+st", 05755, 05600, 07751, 05705 },
	{ "ug-s", 0755, 0600, 01751, 01705 },
	{ "u-s", 0755, 0600, 03751, 01705 },
	{ "g-s", 04755, 0600, 05751, 01705 },
	{ "o-s", 0755, 0600, 03751, 01705 },
	{ "-t", 04755, 0600, 06751, 0705 },
	{ "Fu=g,Do=u", 0555, 0, 06757, 0707 },
	{ "Dug=o", 04755, 0600, 01111, 01555 },
	{ "u=rwx,g=u,o=g", 04777, 0777, 04777, 0777 },
	{ "a=rw,u+g", 04666, 0666, 07666, 01666 },
	{ "uu+x", 04755, 0700, 07751, 01705 },
	{ "u+", 04755, 0600, 07751, 01705 },
	{ "=rwx", 04750, 0750, 07750, 01750 },
	{ "-w", 04555, 0400, 07551, 01505 },
	{ "-x", 04645, 0600, 07641, 01605 },
	{ "+X", 04755, 0600, 07751, 01715 },
	{ "a+X", 04755, 0600, 07751, 01715 },
	{ "-X", 04645, 0600, 07641, 01605 },
	{ "+s", 04755, 04600, 07751, 05705 },
	{ "=s", 04000, 04000, 07000, 05000 },
	{ "=t", 05000, 01000, 07000, 01000 },
	{ "o=t", 05750, 01600, 07750, 01700 },
	{ "D2775,F0664", 0664, 0664, 02775, 02775 },
	{ "64,F+X", 0174, 064, 064, 064 },
	{ "go-rwx", 04700, 0600, 07700, 01700 },
	{ "Dg+s,Fg-s", 04755, 0600, 07751, 03705 },
	{ "u=rwx,go=", 04700, 0700, 07700, 01700 },
	{ "u+rwX,go-w", 04755, 0600, 07751, 01705 },
	{ "00000000644", 0644, 0644, 0644, 0644 },
	{ "07777", 07777, 07777, 07777, 07777 },
};

static struct chmod_spec *parse(const char *text)
{
	struct chmod_spec *spec = NULL;
	struct err err = { 0 };
	if (chmod_parse(&spec, text, &err))
		fail_msg("%s: %s", text, err.text);
	return spec;
}

static void expect(const char *text, const struct chmod_spec *spec, mode_t before, mode_t after)
{
	mode_t got = chmod_apply(spec, before);
	if (got != ((before & S_IFMT) | after))
		fail_msg("%s: %o became %o instead of %o", text, before, got, after);
}

static void modes_come_out_as_with_rsync(void **state)
{
	(void)state;
	mode_t old = umask(UMASK);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		struct chmod_spec *spec = parse(r->spec);
		expect(r->spec, spec, S_IFREG | 04755, r->file);
		expect(r->spec, spec, S_IFREG | 0600, r->plain);
		expect(r->spec, spec, S_IFDIR | 07751, r->dir);
		expect(r->spec, spec, S_IFDIR | 01705, r->sticky);
		chmod_free(spec);
	}
	umask(old);
}

static void what_rsync_refuses_is_refused_and_quoted(void **state)
{
	(void)state;
	static const char *const bad[] = { "",	    "X",     "u=go",
					   "g=ur",  "g=u+x", "17777",
					   "u+x+w", "DFu+x", "D",
					   "u+x,",  ",u+x",  "uF644",
					   "644D",  "888",   "+rx+X",
					   "+7",    "u7",    "u=7",
					   "rwx",   "u+uu",  "u=uX",
					   ",,",    "8",     " u+x",
					   "u+x ",  "u=gX",  "64,77777777777777777777777" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct chmod_spec *spec = NULL;
		struct err err = { 0 };
		if (chmod_parse(&spec, bad[i], &err) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
		assert_null(spec);
		assert_non_null(strstr(err.text, bad[i]));
	}
}

static void the_umask_is_the_one_of_parsing_and_stays(void **state)
{
	(void)state;
	mode_t old = umask(0);
	struct chmod_spec *spec = parse("+rw");
	assert_int_equal(umask(077), 0);
	expect("+rw", spec, S_IFREG, 0666);
	chmod_free(spec);
	spec = parse("+rw");
	assert_int_equal(umask(old), 077);
	expect("+rw", spec, S_IFREG, 0600);
	chmod_free(spec);
}

static void symlinks_are_left_alone_and_devices_are_files(void **state)
{
	(void)state;
	struct chmod_spec *spec = parse("F600,D700");
	expect("F600", spec, S_IFLNK | 0777, 0777);
	expect("F600", spec, S_IFCHR | 0666, 0600);
	expect("F600", spec, S_IFIFO | 0666, 0600);
	chmod_free(spec);
	assert_int_equal(chmod_apply(NULL, S_IFREG | 0642), S_IFREG | 0642);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes_come_out_as_with_rsync),
		cmocka_unit_test(what_rsync_refuses_is_refused_and_quoted),
		cmocka_unit_test(the_umask_is_the_one_of_parsing_and_stays),
		cmocka_unit_test(symlinks_are_left_alone_and_devices_are_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
