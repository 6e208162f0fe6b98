#include "xfer/cli/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "xfer/base/exit.h"

static const struct {
	int code, status;
} table[] = {
	{ 0, EXIT_OK },
	{ -EINVAL, EXIT_USAGE },
	{ -EPROTO, EXIT_PROTOCOL },
	{ -ENOENT, EXIT_SELECT },
	{ -EXDEV, EXIT_SELECT },
	{ -ENOTDIR, EXIT_SELECT },
	{ -EISDIR, EXIT_SELECT },
	{ -ELOOP, EXIT_SELECT },
	{ -EBADMSG, EXIT_STREAM },
	{ -ECONNRESET, EXIT_CONNECTION },
	{ -EPIPE, EXIT_CONNECTION },
	{ -ECONNREFUSED, EXIT_CONNECTION },
	{ -ESHUTDOWN, EXIT_CONNECTION },
	{ -EINTR, EXIT_INTERRUPTED },
	{ -ETIMEDOUT, EXIT_TIMEOUT },
	{ -ETIME, EXIT_DEADLINE },
	{ -ENOMEM, EXIT_START },
	{ -ENOSPC, EXIT_FILE_IO },
	{ -EIO, EXIT_FILE_IO },
	{ -EDQUOT, EXIT_FILE_IO },
	{ -EROFS, EXIT_FILE_IO },
	{ -EACCES, EXIT_FILE_IO },
};

static void every_error_has_its_exit_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(status_of(table[i].code), table[i].status);
}

static void no_error_passes_for_success(void **state)
{
	(void)state;
	for (int code = -1; code >= -4095; code--)
		assert_in_range(status_of(code), 1, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_its_exit_status),
		cmocka_unit_test(no_error_passes_for_success),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
