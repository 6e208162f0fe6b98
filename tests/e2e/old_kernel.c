/* old_kernel.c - runs a command as an older or stricter kernel would: old_kernel KIND COMMAND...
 *
 *   3.10        every system call that came later does not exist (ENOSYS), which a libc then has to cope with too
 *   container   io_uring is there and forbidden (EPERM), as under the seccomp filters of container runtimes
 *
 * A system call's number says when it came: they are given out in order. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* the last one of 3.10, finit_module, is this on every kind of processor that we name */
#ifdef __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "which AUDIT_ARCH is this?"
#endif

#define FIELD(f) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, f))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)

/* Answers errnum to the calls from first to last; forks and programs that are run inherit it. */
static int forbid(unsigned first, unsigned last, unsigned errnum)
{
	struct sock_filter code[] = {
		FIELD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		FIELD(nr),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
		RETURN(SECCOMP_RET_ERRNO | errnum),
		RETURN(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	int r;
	if (argc > 2 && strcmp(argv[1], "3.10") == 0)
		r = forbid(SYS_finit_module + 1, (unsigned)-1, ENOSYS);
	else if (argc > 2 && strcmp(argv[1], "container") == 0)
		r = forbid(SYS_io_uring_setup, SYS_io_uring_register, EPERM);
	else
		return fprintf(stderr, "usage: old_kernel 3.10|container COMMAND...\n"), 125;
	if (r == 0)
		execvp(argv[2], argv + 2);
	perror(argv[r == 0 ? 2 : 1]);
	return 125;
}
