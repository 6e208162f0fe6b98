#include "xfer/front/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/err.h"
#include "xfer/base/escape.h"
#include "xfer/base/exit.h"

static void fill_standard_descriptors(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

static void set_signals(void (*on_signal)(int sig))
{
	struct sigaction quit = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
		struct sigaction old;
		/* what nohup or a shell's background job ignores stays ignored */
		if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(ending[i], &quit, NULL);
	}
	sigaction(SIGPIPE, &ignore, NULL);
}

void process_begin(void (*on_signal)(int sig))
{
	fill_standard_descriptors();
	set_signals(on_signal);
}

int process_complain(const char *program, const char *text)
{
	char shown[2 * ERR_TEXT];
	fprintf(stderr, "%s: error: %s\n", program, escape_name(shown, sizeof shown, text, strlen(text)));
	return EXIT_USAGE;
}

int process_print(int rc, struct buf *text)
{
	if (rc == 0)
		fwrite(text->data, 1, text->len, stdout);
	buf_fini(text);
	return rc == 0 && fflush(stdout) == 0 ? EXIT_OK : EXIT_FILE_IO;
}

int process_print_version(const char *program)
{
	printf("%s %s\n", program, XFER_VERSION);
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_FILE_IO;
}
