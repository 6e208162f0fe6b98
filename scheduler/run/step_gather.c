/* step_gather.c - mail that came late to the old side: what its folders hold now and did not hold when they were scanned is added at the
 * new side, and nothing there is changed or deleted for it. By name: a message is never changed once it is delivered, and while it is
 * frozen nobody but a delivery writes. */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scheduler/run/step.h"
#include "xfer/base/buf.h"
#include "xfer/base/fd.h"

enum { PATH_MOST = 4096, LIST_MOST = 512 << 20, NAME_MOST = 8192 };

/* One folder's names, as they are heard: each ends with NUL. */
struct listing {
	struct buf names;
	bool strange; /* a name could not be read */
};

static int path_of(char out[static PATH_MOST], const struct step *s, const struct store_item *item,
		   const char *what, struct err *err)
{
	const char *store = s->work->site->store;
	snprintf(out, PATH_MOST, "%s.lists", store);
	if (mkdir(out, 0700) && errno != EEXIST)
		return err_set(err, -errno, "folder %s", out);
	snprintf(out, PATH_MOST, "%s.lists/cutover-%lld-item-%lld%s", store, (long long)s->party.cutover.id,
		 (long long)item->id, what);
	return 0;
}

/* Of "item" or, where that is no UTF-8, of the hexadecimal "item_bytes". 0: there is none. */
static size_t name_of(char out[static NAME_MOST], const json_t *event)
{
	const char *hex = json_string_value(json_object_get(event, "item_bytes"));
	const char *text = json_string_value(json_object_get(event, "item"));
	size_t n = 0;
	for (; hex && hex[0] && hex[1] && n < NAME_MOST - 1; hex += 2) {
		char two[3] = { hex[0], hex[1], 0 }, *end;
		out[n++] = (char)strtoul(two, &end, 16);
		if (*end)
			return 0;
	}
	if (!hex && text)
		n = (size_t)snprintf(out, NAME_MOST, "%s", text);
	return n < NAME_MOST ? n : 0;
}

static void hear_entry(void *arg, const json_t *event)
{
	struct listing *l = arg;
	char name[NAME_MOST];
	const char *what = json_string_value(json_object_get(event, "event"));
	const char *mode = json_string_value(json_object_get(event, "mode"));
	if (!what || strcmp(what, "entry") != 0 || !mode || mode[0] != '-')
		return;
	size_t len = name_of(name, event);
	l->strange |= !len;
	buf_bytes(&l->names, name, len);
	buf_u8(&l->names, 0);
}

static int write_list(const char *path, const struct buf *b, struct err *err)
{
	char temporary[PATH_MOST + 8];
	snprintf(temporary, sizeof temporary, "%s.new", path);
	AUTO(fd_closep) int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, -errno, "%s", temporary);
	int status = fd_write_at(fd, b->data, b->len, 0);
	if (!status && fsync(fd))
		status = -errno;
	if (!status && rename(temporary, path))
		status = -errno;
	return status ? err_set(err, status, "%s", path) : 0;
}

static int read_list(const char *path, struct buf *out, struct err *err)
{
	struct stat st;
	AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return err_set(err, -errno, "%s", path);
	uint8_t *at = buf_reserve(out, (size_t)st.st_size);
	ssize_t n = at ? fd_read_at(fd, at, (size_t)st.st_size, 0) : -ENOMEM;
	if (n < 0)
		return err_set(err, (int)n, "%s", path);
	out->len += (size_t)n;
	return 0;
}

/* Lists every mail folder at the source, beside whatever else the team is told. */
static enum step_break list(struct step *s, struct listing *at, struct err *err)
{
	for (size_t i = 0; i < s->party.item_count; i++) {
		const struct store_item *item = &s->party.items[i];
		struct job j = {
			.name = "list", .item = item, .engine = -1, .hear = hear_entry, .arg = &at[i]
		};
		if (strcmp(item->kind, "mail") != 0)
			continue;
		buf_init(&at[i].names, LIST_MOST);
		if (orders_files(&j.words, &s->orders, item, PASS_LIST, NULL, err) ||
		    team_add(&s->team, &j, err))
			return BREAK_STORE;
	}
	return step_wait(s);
}

static void free_listings(struct listing *at, size_t count)
{
	for (size_t i = 0; at && i < count; i++)
		buf_fini(&at[i].names);
	free(at);
}

static int check_listing(const struct listing *l, const struct store_item *item, struct err *err)
{
	return l->names.failed || l->strange
		       ? err_say(err, -E2BIG, "mail %s: its names cannot be kept", item->value)
		       : 0;
}

int step_gather_list(struct step *s, struct err *err)
{
	struct step only = *s; /* a team of its own, before the scan's */
	char path[PATH_MOST];
	only.team = (struct team){ 0 };
	struct listing *at = calloc(s->party.item_count + 1, sizeof *at);
	int status = at ? 0 : err_set(err, -ENOMEM, "lists");
	if (!status && (list(&only, at, err) != BREAK_NONE || !team_succeeded(&only.team, only.cause)))
		status = err_say(err, -EIO, "%s", only.cause[0] ? only.cause : "the mail was not listed");
	for (size_t i = 0; !status && i < s->party.item_count; i++) {
		const struct store_item *item = &s->party.items[i];
		if (strcmp(item->kind, "mail") != 0)
			continue;
		status = check_listing(&at[i], item, err);
		if (!status)
			status = path_of(path, s, item, "", err);
		if (!status)
			status = write_list(path, &at[i].names, err);
	}
	free_listings(at, s->party.item_count);
	team_fini(&only.team);
	return status;
}

/* What is in `now` and not in `then`, into out. */
static int subtract(struct buf *out, const struct buf *now, const struct buf *then)
{
	struct hsearch_data known = { 0 };
	size_t count = 0;
	for (size_t i = 0; i < then->len; i++)
		count += !then->data[i];
	if (!hcreate_r(count * 5 / 4 + 16, &known))
		return -ENOMEM;
	ENTRY e, *found;
	int status = 0;
	for (size_t i = 0; !status && i < then->len; i += strlen((char *)then->data + i) + 1) {
		e = (ENTRY){ .key = (char *)then->data + i };
		status = hsearch_r(e, ENTER, &found, &known) ? 0 : -ENOMEM;
	}
	for (size_t i = 0; !status && i < now->len; i += strlen((char *)now->data + i) + 1) {
		e = (ENTRY){ .key = (char *)now->data + i };
		if (!hsearch_r(e, FIND, &found, &known))
			buf_bytes(out, now->data + i, strlen((char *)now->data + i) + 1);
	}
	hdestroy_r(&known);
	return status ? status : out->failed ? -ENOMEM : 0;
}

/* The job that adds what has come to this folder; none where nothing has. */
static int add_late(struct step *s, const struct store_item *item, const struct listing *now, struct err *err)
{
	char path[PATH_MOST];
	AUTO(buf_fini) struct buf then = { .limit = LIST_MOST }, late = { .limit = LIST_MOST };
	int status = check_listing(now, item, err);
	if (!status)
		status = path_of(path, s, item, "", err);
	if (!status)
		status = read_list(path, &then, err);
	if (!status && (status = subtract(&late, &now->names, &then)))
		err_set(err, status, "mail %s", item->value);
	if (status || !late.len)
		return status;
	struct job j = { .name = "late mail", .item = item, .engine = -1 };
	status = path_of(path, s, item, ".late", err);
	if (!status)
		status = write_list(path, &late, err);
	if (!status)
		status = orders_files(&j.words, &s->orders, item, PASS_ADD, path, err);
	return status ? status : team_add(&s->team, &j, err);
}

/* One look, and what came. */
static enum step_break gather_once(struct step *s, enum cutover_event *on)
{
	struct err err = { 0 };
	struct listing *at = calloc(s->party.item_count + 1, sizeof *at);
	enum step_break b = at ? list(s, at, &err) : BREAK_STORE;
	int status = b == BREAK_NONE && team_succeeded(&s->team, s->cause) ? 0 : -EIO;
	team_fini(&s->team);
	for (size_t i = 0; !status && i < s->party.item_count; i++)
		if (!strcmp(s->party.items[i].kind, "mail"))
			status = add_late(s, &s->party.items[i], &at[i], &err);
	free_listings(at, s->party.item_count);
	if (status && err.text[0])
		snprintf(s->cause, sizeof s->cause, "%s", err.text);
	if (!status) {
		b = step_wait(s);
		status = team_succeeded(&s->team, s->cause) ? 0 : -EIO;
	}
	*on = status ? CUT_FAIL : CUT_OK;
	return b;
}

enum step_break step_gather(struct step *s, enum cutover_event *on)
{
	int64_t until = s->party.cutover.ended + s->work->site->gather_for_s;
	*on = CUT_OK;
	if (!party_has(&s->party, "mail"))
		return BREAK_NONE;
	for (;;) {
		bool last = time(NULL) >= until;
		enum step_break b = gather_once(s, on);
		if (b != BREAK_NONE || *on != CUT_OK)
			return b;
		if (last) /* the lists stay: before that server is emptied it is looked once more */
			return BREAK_NONE;
		int64_t next = time(NULL) + s->work->site->gather_every_s;
		next = next < until ? next : until;
		while (b == BREAK_NONE && time(NULL) < next) {
			work_pause(TEAM_TICK_MS);
			b = step_tick(s, &s->team);
		}
		if (b != BREAK_NONE)
			return b;
		team_fini(&s->team); /* what it has said is told by the last one's */
	}
}

/* Once more. */

static int keep_arrived(void *arg, const struct store_cutover *c)
{
	struct store_cutover *last = arg;
	if (c->state == CUTOVER_DONE)
		*last = *c;
	return 0;
}

/* Was its mail listed? What was claimed later was not there to be frozen. */
static bool has_list(const struct step *s)
{
	char path[PATH_MOST];
	for (size_t i = 0; i < s->party.item_count; i++)
		if (!strcmp(s->party.items[i].kind, "mail") &&
		    (path_of(path, s, &s->party.items[i], "", NULL) || access(path, F_OK)))
			return false;
	return party_has(&s->party, "mail");
}

static int gather_again(struct step *s, int64_t account, const char *old_side, struct err *err)
{
	struct store *store = s->work->store;
	struct store_cutover last = { 0 };
	enum cutover_event on = CUT_FAIL;
	int status = party_read(&s->party, store, account, err);
	if (!status)
		status = store_each_cutover_of(store, account, keep_arrived, &last, err);
	s->party.cutover = last;
	if (status || !last.id || strcmp(last.from, old_side) != 0 || !has_list(s))
		return status;
	status = store_find_server(store, &s->party.from, last.from, err);
	if (!status)
		status = store_find_server(store, &s->party.to, last.to, err);
	if (status)
		return status;
	s->orders = (struct orders){ s->work->site, &s->party };
	if (gather_once(s, &on) != BREAK_NONE)
		return -ECANCELED;
	return on == CUT_OK
		       ? 0
		       : err_say(err, -EIO, "late mail of account %s: %s", s->party.account.name, s->cause);
}

int step_gather_again(struct work *w, int64_t account, const char *old_side, struct err *err)
{
	struct step *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "late mail");
	s->work = w;
	int status = gather_again(s, account, old_side, err);
	team_fini(&s->team);
	party_fini(&s->party);
	free(s);
	return status;
}
