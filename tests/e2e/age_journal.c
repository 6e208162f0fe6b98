/* age_journal.c - has a journal say that all was on disk so many seconds earlier: as after a run that went on for that long.
 *
 *   age_journal FILE SECONDS      prints how old it is then, in seconds; 0 seconds only print */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "xfer/tree/journal.h"

int main(int argc, char **argv)
{
	static uint8_t data[1 << 16];
	struct journal_state s;
	int fd = argc == 3 ? open(argv[1], O_RDWR | O_APPEND | O_CLOEXEC) : -1;
	ssize_t n = fd < 0 ? -1 : read(fd, data, sizeof data);
	if (n < 0 || !journal_parse(data, (size_t)n, &s)) {
		fprintf(stderr, "age_journal: FILE SECONDS, where FILE is a journal\n");
		return 1;
	}
	int64_t seconds = strtoll(argv[2], NULL, 10);
	if (seconds) {
		uint8_t record[JOURNAL_RECORD];
		s.until -= seconds * 1000000000;
		journal_pack(record, &s);
		if (write(fd, record, sizeof record) != (ssize_t)sizeof record)
			return 1;
	}
	printf("%lld\n", (long long)((journal_now() - s.until) / 1000000000));
	close(fd);
	return 0;
}
