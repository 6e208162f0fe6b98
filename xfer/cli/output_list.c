#include "xfer/cli/output_impl.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static char type_letter(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	default:
		return '-';
	}
}

/* "drwxr-xr-x", with the s and t that ls shows. */
static void mode_text(char out[static 11], mode_t mode)
{
	static const char letters[] = "rwxrwxrwx";
	out[0] = type_letter(mode);
	for (int i = 0; i < 9; i++)
		out[1 + i] = mode & (0400U >> i) ? letters[i] : '-';
	if (mode & S_ISUID)
		out[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		out[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		out[9] = mode & S_IXOTH ? 't' : 'T';
	out[10] = '\0';
}

/* Local time, as rsync and ls show it. */
static void time_text(char *out, size_t cap, int64_t seconds)
{
	struct tm tm;
	time_t at = seconds;
	if (!localtime_r(&at, &tm) || !strftime(out, cap, "%Y/%m/%d %H:%M:%S", &tm))
		snprintf(out, cap, "@%lld", (long long)seconds);
}

static void list_event(struct output *out, const char *mode, uint64_t size, int64_t mtime_s, const char *name,
		       size_t len, const char *link)
{
	struct event *e = &out->event;
	event_begin(e, "entry");
	event_string(e, "item", name, len);
	event_text(e, "mode", mode);
	event_u64(e, "size", size);
	event_i64(e, "mtime", mtime_s);
	if (link)
		event_text(e, "link", link);
	output_end_event(out);
}

void output_list(struct output *out, mode_t mode, uint64_t size, int64_t mtime_s, const char *name,
		 size_t len, const char *link)
{
	char bits[11], when[40];
	mode_text(bits, mode);
	if (out->o->json) {
		list_event(out, bits, size, mtime_s, name, len, link);
		return;
	}
	time_text(when, sizeof when, mtime_s);
	if (out->out_is_tty)
		ticker_clear(&out->ticker);
	struct figure digits = out->o->human ? figure_units(size) : figure_count(size);
	line_add(&out->out, "%s %14s %s ", bits, digits.text, when);
	line_name(&out->out, name, len);
	if (link) {
		line_add(&out->out, " -> ");
		line_name(&out->out, link, strlen(link));
	}
	line_add(&out->out, "\n");
	output_end(out, &out->out);
}
