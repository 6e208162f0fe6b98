#include "xfer/cli/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <unistd.h>

static char file[] = "/tmp/xfer-program.XXXXXX";

static int load_bytes(struct program *p, const void *bytes, size_t n, struct err *err)
{
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
	return program_load(p, file, err);
}

/* A head and one entry of the program's parts. */
struct image {
	Elf64_Ehdr head;
	Elf64_Phdr part;
};

static struct image image_of(unsigned machine, unsigned kind)
{
	struct image i = {
		.head = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB },
			.e_machine = (Elf64_Half)machine,
			.e_phoff = offsetof(struct image, part),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1,
		},
		.part = { .p_type = kind },
	};
	return i;
}

static void a_static_program_is_taken_with_its_machine(void **state)
{
	(void)state;
	struct program p;
	struct err err = { 0 };
	struct image i = image_of(EM_X86_64, PT_LOAD);
	assert_int_equal(load_bytes(&p, &i, sizeof i, &err), 0);
	assert_int_equal(p.size, sizeof i);
	assert_memory_equal(p.data, &i, sizeof i);
	assert_string_equal(p.machine, "x86_64");
	program_fini(&p);
	i = image_of(EM_AARCH64, PT_LOAD);
	assert_int_equal(load_bytes(&p, &i, sizeof i, &err), 0);
	assert_string_equal(p.machine, "aarch64");
	program_fini(&p);
}

static void refuse(const void *bytes, size_t n)
{
	struct program p;
	struct err err = { 0 };
	assert_int_equal(load_bytes(&p, bytes, n, &err), -ENOEXEC);
	assert_null(p.data);
	assert_non_null(strstr(err.text, file));
}

static void what_is_no_static_program_is_refused(void **state)
{
	(void)state;
	struct image i = image_of(EM_X86_64, PT_INTERP);
	refuse(&i, sizeof i);
	i = image_of(EM_SPARC, PT_LOAD);
	refuse(&i, sizeof i);
	i = image_of(EM_X86_64, PT_LOAD);
	for (size_t n = 0; n < sizeof i; n++) /* cut short */
		refuse(&i, n);
	i.head.e_phnum = 2;
	refuse(&i, sizeof i);
	i.head.e_phoff = UINT64_MAX;
	refuse(&i, sizeof i);
	refuse("#!/bin/sh\n", 10);
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	(void)state;
	struct program p;
	struct err err = { 0 };
	assert_int_equal(program_load(&p, "/nonexistent/xfer", &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/xfer"));
	err = (struct err){ 0 };
	assert_int_equal(program_load(&p, "/", &err), -ENOEXEC);
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
		cmocka_unit_test(a_static_program_is_taken_with_its_machine),
		cmocka_unit_test(what_is_no_static_program_is_refused),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
