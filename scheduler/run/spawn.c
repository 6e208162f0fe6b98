#include "scheduler/run/spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/base/fd.h"

enum { STANDARD = 3 };

/* All that the new process needs, made before the fork. */
struct start {
	const char *path;
	const char *const *argv;
	char **env;
	int fds[STANDARD];
	int told; /* errno is written here when it fails; exec closes it */
	int keep;
	pid_t parent;
};

/* Finding things, beforehand. */

static bool is_program(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* An empty part of PATH would be the current folder: it is left out. */
static int find_program(char path[static PATH_MAX], const char *name)
{
	const char *at = getenv("PATH");
	if (strchr(name, '/'))
		return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX ? 0 : -ENAMETOOLONG;
	for (at = at ? at : "/usr/local/bin:/usr/bin:/bin"; *at;) {
		size_t n = strcspn(at, ":");
		int len = n ? snprintf(path, PATH_MAX, "%.*s/%s", (int)n, at, name) : PATH_MAX;
		if (len < PATH_MAX && is_program(path))
			return 0;
		at += n + (at[n] == ':');
	}
	return -ENOENT;
}

static bool is_replaced(const char *entry, const char *const *by)
{
	size_t n = strcspn(entry, "=") + 1;
	for (; by && *by; by++)
		if (!strncmp(entry, *by, n))
			return true;
	return false;
}

/* An array of borrowed strings; NULL: no memory. */
static char **make_env(const char *const *more)
{
	size_t count = 1, n = 0;
	for (char **e = environ; e && *e; e++)
		count++;
	for (const char *const *e = more; e && *e; e++)
		count++;
	char **env = calloc(count, sizeof *env);
	if (!env)
		return NULL;
	for (char **e = environ; e && *e; e++)
		if (!is_replaced(*e, more))
			env[n++] = *e;
	for (const char *const *e = more; e && *e; e++)
		env[n++] = (char *)*e;
	return env;
}

/* A file, not a pipe: a process that never reads it holds nobody up. */
static int make_input(const char *text)
{
	if (!text)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO(fd_closep) int fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	int r = fd_write_at(fd, text, strlen(text), 0);
	if (r) {
		errno = -r;
		return -1;
	}
	int made = fd;
	fd = -1;
	return made;
}

/* In the new process. */

static void default_signals(void)
{
	/* as the kernel has it, all zeros: SIG_DFL. The C library keeps two signals to itself, which whoever started us may have ignored */
	static const unsigned long action[8];
	sigset_t none;
	for (int i = 1; i < _NSIG; i++)
		syscall(SYS_rt_sigaction, i, action, NULL, _NSIG / 8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int place_descriptors(struct start *s)
{
	int at[STANDARD];
	s->told = fcntl(s->told, F_DUPFD_CLOEXEC, STANDARD);
	for (int i = 0; i < STANDARD; i++)
		if ((at[i] = fcntl(s->fds[i], F_DUPFD_CLOEXEC, STANDARD)) < 0)
			return -1;
	for (int i = 0; i < STANDARD; i++)
		if (dup2(at[i], i) < 0)
			return -1;
	/* not only ours: a library's may lack the flag. Kernels before 5.11 do not know it */
	close_range(STANDARD, ~0U, CLOSE_RANGE_CLOEXEC);
	return s->keep >= 0 ? fcntl(s->keep, F_SETFD, 0) : 0;
}

static _Noreturn void become(struct start *s)
{
	if (setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && place_descriptors(s) == 0) {
		/* it may have died before that was set */
		if (getppid() != s->parent)
			_exit(127);
		default_signals();
		execve(s->path, (char *const *)s->argv, s->env);
	}
	int error = errno;
	while (write(s->told, &error, sizeof error) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* In ours. */

/* No handler of ours may run in the new process. The process or -errno. */
static pid_t start_process(struct start *s)
{
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid_t pid = fork();
	int error = errno;
	if (pid == 0)
		become(s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return pid < 0 ? -error : pid;
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* 0 once the program runs; else why it does not. */
static int hear_exec(int told)
{
	int error = 0;
	ssize_t n;
	do
		n = read(told, &error, sizeof error);
	while (n < 0 && errno == EINTR);
	return n == sizeof error ? -error : 0;
}

static int start_with(struct spawn *out, struct start *s, const struct child_spec *spec, struct err *err)
{
	int told[2];
	if (pipe2(told, O_CLOEXEC))
		return err_set(err, -errno, "%s: pipe", spec->name);
	s->told = told[1];
	out->pid = start_process(s);
	close(told[1]);
	int r = out->pid < 0 ? out->pid : hear_exec(told[0]);
	close(told[0]);
	if (out->pid < 0)
		return err_set(err, r, "%s: a process for %s", spec->name, spec->argv[0]);
	if (r == 0) {
		out->pidfd = (int)syscall(SYS_pidfd_open, out->pid, 0);
		if (out->pidfd >= 0)
			return 0;
		r = -errno;
		kill(-out->pid, SIGKILL);
	}
	reap(out->pid);
	return err_set(err, r, "%s: %s", spec->name, spec->argv[0]);
}

/* fds[0]: ours, which never waits. */
static int make_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	return fcntl(fds[0], F_SETFL, O_NONBLOCK) ? -errno : 0;
}

/* Else it would be gone before anybody learns how it ended. */
static bool is_awaited(void)
{
	struct sigaction action;
	return sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler != SIG_IGN &&
	       !(action.sa_flags & SA_NOCLDWAIT);
}

int spawn_start(struct spawn *out, const struct child_spec *spec, struct err *err)
{
	char path[PATH_MAX];
	if (!is_awaited())
		return err_say(err, -EINVAL, "%s: SIGCHLD is ignored: how a process ends would be lost",
			       spec->name);
	int r = find_program(path, spec->argv[0]);
	if (r)
		return err_set(err, r, "%s: %s", spec->name, spec->argv[0]);
	int said[2] = { -1, -1 }, error[2] = { -1, -1 };
	AUTO(fd_free_buffer) char **env = make_env(spec->env);
	AUTO(fd_closep) int input = make_input(spec->input);
	if (!env || input < 0)
		return err_set(err, env ? -errno : -ENOMEM, "%s: what it is given", spec->name);
	r = make_pipe(said);
	r = r ? r : make_pipe(error);
	AUTO(fd_closep) int said_read = said[0], said_write = said[1];
	AUTO(fd_closep) int error_read = error[0], error_write = error[1];
	if (r)
		return err_set(err, r, "%s: pipe", spec->name);
	struct start s = { .path = path,
			   .argv = spec->argv,
			   .env = env,
			   .keep = spec->inherit_fd,
			   .parent = getpid(),
			   .fds = { input, said_write, error_write } };
	*out = (struct spawn){ .pidfd = -1 };
	r = start_with(out, &s, spec, err);
	if (r)
		return r;
	out->out = said_read;
	out->error = error_read;
	said_read = error_read = -1;
	return 0;
}

/* A pidfd, when the process is one of the group and has not ended. */
static int living(pid_t pid, pid_t group)
{
	if (pid <= 0 || getpgid(pid) != group)
		return -ESRCH;
	AUTO(fd_closep) int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	/* asked again, as its number may have become another's meanwhile */
	if (fd < 0 || poll(&p, 1, 0) != 0 || getpgid(pid) != group)
		return -ESRCH;
	int found = fd;
	fd = -1;
	return found;
}

int spawn_member(pid_t group)
{
	DIR *all = opendir("/proc");
	int found = -ESRCH;
	if (!all)
		return -errno;
	for (struct dirent *e; found < 0 && (e = readdir(all));)
		found = living((pid_t)strtol(e->d_name, NULL, 10), group);
	closedir(all);
	return found;
}
