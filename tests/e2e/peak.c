/* peak.c - runs a command, and fails when it, or a process that it waited for, had more memory than it may.
 *
 *	peak MIB COMMAND...
 *
 * Exits with the command's status; 97 when its largest process was larger. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage used;
	int status;
	if (argc < 3)
		return 2;
	long most = strtol(argv[1], NULL, 10);
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) < 0) {
		perror("peak");
		return 2;
	}
	fprintf(stderr, "peak: %ld MiB, %ld may be\n", used.ru_maxrss >> 10, most);
	if (used.ru_maxrss >> 10 > most)
		return 97;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
