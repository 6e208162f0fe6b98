#include "xfer/cli/bootstrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>

static uint8_t bytes[300000];
static const struct program program = { bytes, sizeof bytes, "x86_64" };

/* Sends the program to a shell script that stands for the other host. rest: what comes behind the last line. */
static int send_to(const char *script, const struct bootstrap_wait *w, char rest[static 20], struct err *err)
{
	struct chan *c;
	*err = (struct err){ 0 };
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	assert_int_equal(chan_open_command(&c, argv, err), 0);
	int r = bootstrap_send(&program, c, w, err);
	memset(rest, 0, 20);
	for (ssize_t at = 0, n; r == 0 && at < 19 && chan_wait(c, true, false, 10000) == 1; at += n)
		if ((n = chan_read(c, rest + at, 1)) <= 0)
			break;
	chan_close(c);
	return r;
}

static void the_program_is_sent_and_what_follows_is_left_to_others(void **state)
{
	(void)state;
	char rest[20];
	struct err err;
	struct bootstrap_wait w = { .host = "h" };
	assert_int_equal(
		send_to("echo xfer-bootstrap go Linux x86_64; [ $(head -c 300000 | wc -c) = 300000 ] && "
			"printf 'xfer-bootstrap ok\\nmore'",
			&w, rest, &err),
		0);
	assert_string_equal(rest, "more");
}

static void noise_of_a_login_is_passed_over(void **state)
{
	(void)state;
	char rest[20];
	struct err err;
	struct bootstrap_wait w = { .host = "h" };
	assert_int_equal(send_to("printf '%05000d\\nWelcome!\\n\\nno end\\0 of line' 0; "
				 "echo xfer-bootstrap go Linux x86_64; head -c 300000 >/dev/null; "
				 "echo; echo xfer-bootstrap ok; echo x",
				 &w, rest, &err),
			 0);
	assert_string_equal(rest, "x\n");
}

/* script, result, what the message says besides the host */
static const struct {
	const char *script;
	int result;
	const char *says;
} bad[] = {
	{ "echo xfer-bootstrap no room", -ENOEXEC, "room" },
	{ "echo xfer-bootstrap go Linux mips", -ENOEXEC, "mips" },
	{ "echo xfer-bootstrap go SunOS x86_64", -ENOEXEC, "SunOS" },
	{ "echo xfer-bootstrap go Linux x86_64; echo xfer-bootstrap no room", -ENOEXEC, "room" },
	{ "echo xfer-bootstrap go Linux x86_64; head -c 1000 >/dev/null; echo xfer-bootstrap no room",
	  -ENOEXEC, "room" },
	{ "echo xfer-bootstrap ok", -EPROTO, "ok" },
	{ "echo xfer-bootstrap well", -EPROTO, "well" },
	{ "echo xfer-bootstrap go Linux x86_64; echo xfer-bootstrap go Linux x86_64", -EPROTO, "go" },
	{ "yes", -EPROTO, "shell" },
	{ "true", -ECONNRESET, "ended" },
	{ "echo xfer-bootstrap go Linux x86_64", -ECONNRESET, "ended" },
	{ "cat >/dev/null", -ETIMEDOUT, "1 second" },
};

static void a_host_that_does_not_do_its_part_is_named_with_the_reason(void **state)
{
	(void)state;
	struct bootstrap_wait w = { .host = "old.example", .timeout = 1 };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char rest[20];
		struct err err;
		int r = send_to(bad[i].script, &w, rest, &err);
		if (r != bad[i].result || !strstr(err.text, bad[i].says) || !strstr(err.text, "old.example"))
			fail_msg("%s: %d %s", bad[i].script, r, err.text);
	}
}

static void the_user_may_end_it(void **state)
{
	(void)state;
	char rest[20];
	struct err err;
	static const volatile int quit = 1;
	struct bootstrap_wait w = { .host = "h", .quit = &quit };
	assert_int_equal(send_to("cat >/dev/null", &w, rest, &err), -EINTR);
}

static void any_shell_can_hand_the_script_on(void **state)
{
	(void)state;
	char *command = bootstrap_command(&program);
	assert_non_null(command);
	assert_null(strpbrk(command, "\n\\!"));
	char *open = strchr(command, '\'');
	assert_ptr_equal(strchr(open + 1, '\''), command + strlen(command) - 1);
	free(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_is_sent_and_what_follows_is_left_to_others),
		cmocka_unit_test(noise_of_a_login_is_passed_over),
		cmocka_unit_test(a_host_that_does_not_do_its_part_is_named_with_the_reason),
		cmocka_unit_test(the_user_may_end_it),
		cmocka_unit_test(any_shell_can_hand_the_script_on),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
