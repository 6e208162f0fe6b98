/* replay.c - stands in for libFuzzer where there is no clang: runs a fuzz target over the files of the folders that it is
 * given, and says how many. 0, or death by what the target CHECKs; 1 when a folder has no file. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

static void run_file(int dir, const char *name)
{
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	/* a block of its size: a read beyond the end is seen */
	AUTO(fuzz_freep) uint8_t *input = fd >= 0 && fstat(fd, &st) == 0 ? malloc((size_t)st.st_size) : NULL;
	if (!input || read(fd, input, (size_t)st.st_size) != st.st_size) {
		perror(name);
		exit(1);
	}
	close(fd);
	/* told before: who dies says where */
	printf("%s\n", name);
	fflush(stdout);
	LLVMFuzzerTestOneInput(input, (size_t)st.st_size);
}

static size_t run_folder(const char *path)
{
	size_t count = 0;
	DIR *d = opendir(path);
	if (!d) {
		perror(path);
		exit(1);
	}
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.') {
			run_file(dirfd(d), e->d_name);
			count++;
		}
	closedir(d);
	return count;
}

int main(int argc, char **argv)
{
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		size_t count = run_folder(argv[i]);
		printf("%s: %zu inputs\n", argv[i], count);
		if (!count)
			return 1;
	}
	return argc > 1 ? 0 : 1;
}
