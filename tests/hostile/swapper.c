/* swapper DIR A B [A B]... - exchanges A and B in DIR (renameat2 RENAME_EXCHANGE), pair after pair, in a tight loop, until
 * its standard input ends. An A that is ".xfer-" stands for all names of that form: B with a digit behind it is exchanged
 * with them. Prints the exchanges made.
 * swapper --temporary NAME - prints the temporary name that xfer uses for NAME. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/temp_name.h"

/* A directory, a fifo, a link to the canary and a hard link stand ready under B's name and a digit. */
static long meet(int dir, const char *b)
{
	char from[300];
	static unsigned turn;
	long made = 0;
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = own < 0 ? NULL : fdopendir(own);
	for (struct dirent *e; names && (e = readdir(names));)
		if (strncmp(e->d_name, ".xfer-", 6) == 0) {
			snprintf(from, sizeof from, "%s%u", b, turn++ % 4);
			made += renameat2(dir, from, dir, e->d_name, RENAME_EXCHANGE) == 0;
		}
	if (names)
		closedir(names);
	return made;
}

int main(int argc, char **argv)
{
	struct pollfd end = { .fd = STDIN_FILENO };
	int dir = argc > 3 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	long made = 0;
	if (argc == 3 && strcmp(argv[1], "--temporary") == 0) {
		char temporary[TEMP_NAME_SIZE];
		temp_name(temporary, argv[2], strlen(argv[2]));
		puts(temporary);
		return 0;
	}
	if (dir < 0)
		return 1;
	while (poll(&end, 1, 0) == 0)
		for (int i = 2; i + 1 < argc; i += 2)
			if (strcmp(argv[i], ".xfer-") == 0)
				made += meet(dir, argv[i + 1]);
			else
				made += renameat2(dir, argv[i], dir, argv[i + 1], RENAME_EXCHANGE) == 0;
	printf("%ld\n", made);
	return 0;
}
