#include "xfer/cli/program.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/buf.h"

enum { PROGRAM_MAX = 64 << 20 };

static void close_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

static int read_file(struct program *p, const char *file, struct err *err)
{
	struct stat st;
	AUTO(close_file) FILE *f = fopen(file, "re");
	if (!f || fstat(fileno(f), &st) < 0)
		return err_set(err, -errno, "%s", file);
	if (!S_ISREG(st.st_mode) || !st.st_size || st.st_size > PROGRAM_MAX)
		return err_say(err, -ENOEXEC, "%s: not a program", file);
	p->size = (size_t)st.st_size;
	p->data = malloc(p->size);
	if (!p->data)
		return err_set(err, -ENOMEM, "%s", file);
	if (fread(p->data, 1, p->size, f) != p->size)
		return err_set(err, ferror(f) ? -errno : -ESTALE, "%s", file);
	return 0;
}

static const char *machine_name(unsigned machine)
{
	switch (machine) {
	case EM_X86_64:
		return "x86_64";
	case EM_AARCH64:
		return "aarch64";
	case EM_PPC64:
		return "ppc64le";
	case EM_RISCV:
		return "riscv64";
	default:
		return NULL;
	}
}

/* Does it ask for a loader, which another host may have in another version or not at all? */
static bool is_static(const struct program *p, const Elf64_Ehdr *head)
{
	Elf64_Phdr part;
	if (head->e_phentsize != sizeof part || head->e_phoff > p->size ||
	    (p->size - head->e_phoff) / sizeof part < head->e_phnum)
		return false;
	for (unsigned i = 0; i < head->e_phnum; i++) {
		memcpy(&part, p->data + head->e_phoff + i * sizeof part, sizeof part);
		if (part.p_type == PT_INTERP)
			return false;
	}
	return true;
}

static int examine(struct program *p, const char *file, struct err *err)
{
	Elf64_Ehdr head = { 0 };
	memcpy(&head, p->data, p->size < sizeof head ? p->size : sizeof head);
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 && head.e_ident[EI_CLASS] == ELFCLASS64 &&
	    head.e_ident[EI_DATA] == ELFDATA2LSB)
		p->machine = machine_name(head.e_machine);
	if (!p->machine || !is_static(p, &head))
		return err_say(err, -ENOEXEC, "%s: not a static 64-bit program, as make static makes it",
			       file);
	return 0;
}

/* Beside our own program, installed or built. */
static int find(char found[static PATH_MAX], struct err *err)
{
	static const char *const places[] = { "../lib/xfer/xfer-static", "../../static/bin/xfer" };
#ifdef XFER_STATIC
	snprintf(found, PATH_MAX, "/proc/self/exe");
	return 0;
#endif
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n < 0)
		return err_set(err, -errno, "/proc/self/exe");
	self[n] = 0;
	*strrchr(self, '/') = 0;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (snprintf(found, PATH_MAX, "%s/%s", self, places[i]) < PATH_MAX &&
		    access(found, R_OK) == 0)
			return 0;
	return err_say(err, -ENOENT,
		       "--bootstrap: there is no static xfer at %s/%s: run make static before make install, "
		       "or name one by --bootstrap-file",
		       self, places[0]);
}

int program_load(struct program *p, const char *file, struct err *err)
{
	char found[PATH_MAX];
	*p = (struct program){ 0 };
	int r = file ? 0 : find(found, err);
	if (r == 0)
		r = read_file(p, file ? file : found, err);
	if (r == 0)
		r = examine(p, file ? file : found, err);
	if (r < 0)
		program_fini(p);
	return r;
}

void program_fini(struct program *p)
{
	free(p->data);
	*p = (struct program){ 0 };
}
