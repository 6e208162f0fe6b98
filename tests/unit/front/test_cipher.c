#include "xfer/front/cipher.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/strings.h"

#define CHACHA "chacha20-poly1305@openssh.com"

static void expect_order(const char *config, const char *wanted)
{
	char *got = cipher_order(config);
	if (wanted)
		assert_string_equal(got, wanted);
	else
		assert_null(got);
	free(got);
}

static void aes_gcm_comes_to_the_front_of_what_ssh_offers(void **state)
{
	(void)state;
	expect_order(
		"user me\nciphers chacha20-poly1305@openssh.com,aes128-ctr,aes128-gcm@openssh.com,aes256-ctr\nport 22\n",
		"aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr");
	expect_order("ciphers " CHACHA ",aes128-gcm@openssh.com", "aes128-gcm@openssh.com," CHACHA);
	expect_order("Ciphers " CHACHA ",aes128-gcm@openssh.com\r\n", "aes128-gcm@openssh.com," CHACHA);
}

static void nothing_is_changed_without_need(void **state)
{
	(void)state;
	expect_order("ciphers aes128-gcm@openssh.com,aes128-ctr\n", NULL);
	expect_order("ciphers aes128-gcm@openssh.com\n", NULL);
	/* an order that is somebody's own */
	expect_order("ciphers aes256-ctr,aes128-gcm@openssh.com\n", NULL);
	expect_order("ciphers aes256-ctr," CHACHA ",aes128-gcm@openssh.com\n", NULL);
}

static void nothing_is_added_to_what_ssh_offers(void **state)
{
	(void)state;
	expect_order("ciphers " CHACHA ",aes128-ctr\n", NULL);
	expect_order("ciphers " CHACHA "\n", NULL);
	expect_order("ciphers " CHACHA ",aes128-gcm@openssh.com.evil\n", NULL);
	expect_order("ciphers \n", NULL);
	expect_order("ciphers", NULL);
	expect_order("", NULL);
	expect_order("macs aes128-gcm@openssh.com,x\n", NULL);
	expect_order("ciphers " CHACHA ",,b\nx aes128-ctr,aes128-gcm@openssh.com\n", NULL);
}

static void a_processor_says_whether_it_has_aes(void **state)
{
	(void)state;
	assert_true(cipher_has_aes("flags\t\t: fpu aes xsave\n"));
	assert_true(cipher_has_aes("Features\t: fp asimd vaes aes\nCPU"));
	assert_false(cipher_has_aes("flags\t\t: fpu vaes aesx aeskle\n"));
	assert_false(cipher_has_aes("model name: Vista es\n"));
	assert_false(cipher_has_aes(""));
}

/* A stand-in that is called ssh and prints this. */
static void make_ssh(char *dir, const char *script)
{
	char path[64];
	snprintf(path, sizeof path, "%s/ssh", dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	fclose(f);
	assert_int_equal(chmod(path, 0755), 0);
}

static struct strings words_of(const char *dir, const char *name, const char *more)
{
	struct strings s = { 0 };
	char path[64];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_int_equal(strings_add(&s, path, strlen(path)), 0);
	if (more)
		assert_int_equal(strings_add(&s, more, strlen(more)), 0);
	return s;
}

static void expect_words(const char *dir, const char *more, const char *cipher)
{
	struct err err = { 0 };
	struct strings s = words_of(dir, "ssh", more);
	char me[] = "me", host[] = "host";
	const struct remote to = { .user = more ? me : NULL, .host = host };
	assert_int_equal(cipher_prefer(&s, &to, &err), 0);
	size_t n = more ? 2 : 1;
	assert_int_equal(s.count, cipher ? n + 2 : n);
	if (cipher) {
		assert_string_equal(s.at[1], "-c");
		assert_string_equal(s.at[2], cipher);
	}
	if (more)
		assert_string_equal(s.at[s.count - 1], more);
	strings_fini(&s);
}

static void ssh_is_asked_for_its_own_configuration(void **state)
{
	(void)state;
	FILE *f = fopen("/proc/cpuinfo", "r");
	char *text = calloc(1, 1 << 16), dir[] = "/tmp/xfer-cipher.XXXXXX", path[64];
	assert_non_null(f);
	(void)!fread(text, 1, (1 << 16) - 1, f);
	fclose(f);
	const char *gcm = cipher_has_aes(text) ? "aes128-gcm@openssh.com," CHACHA : NULL;
	free(text);
	assert_non_null(mkdtemp(dir));

	make_ssh(dir,
		 "test \"$*\" = '-G -p22 -l me host true' && echo ciphers " CHACHA ",aes128-gcm@openssh.com");
	expect_words(dir, "-p22", gcm);
	expect_words(dir, NULL, NULL); /* it was asked otherwise */
	make_ssh(dir, "echo ciphers " CHACHA ",aes128-gcm@openssh.com");
	expect_words(dir, NULL, gcm);
	/* who has said what it is to be is not overruled */
	expect_words(dir, "-caes128-ctr", NULL);
	expect_words(dir, "-oCiphers=a,aes128-gcm@openssh.com", NULL);
	/* one that has no -G, prints too much, or is none */
	make_ssh(dir, "echo unknown option -- G >&2; exit 255");
	expect_words(dir, NULL, NULL);
	make_ssh(dir, "yes");
	expect_words(dir, NULL, NULL);
	snprintf(path, sizeof path, "%s/ssh", dir);
	unlink(path);
	expect_words(dir, NULL, NULL);

	struct err err = { 0 };
	struct strings other = words_of(dir, "rsh", NULL);
	char host[] = "host";
	assert_int_equal(cipher_prefer(&other, &(struct remote){ .host = host }, &err), 0);
	assert_int_equal(other.count, 1);
	strings_fini(&other);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aes_gcm_comes_to_the_front_of_what_ssh_offers),
		cmocka_unit_test(nothing_is_changed_without_need),
		cmocka_unit_test(nothing_is_added_to_what_ssh_offers),
		cmocka_unit_test(a_processor_says_whether_it_has_aes),
		cmocka_unit_test(ssh_is_asked_for_its_own_configuration),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
