#include "dbdump/findings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *severity_word(enum severity severity)
{
	static const char *const words[] = { "certain", "likely", "note" };
	return words[severity];
}

static void finding_fini(struct finding *f)
{
	free(f->object);
	free(f->reason);
	free(f->remedy);
}

void findings_fini(struct findings *f)
{
	for (size_t i = 0; i < f->count; i++)
		finding_fini(&f->at[i]);
	free(f->at);
	free(f->totals);
	strings_fini(&f->unseen);
	*f = (struct findings){ 0 };
}

/* The number of all of this kind; NULL: no memory. */
static uint64_t *total(struct findings *f, enum severity severity, const char *code)
{
	for (size_t i = 0; i < f->total_count; i++)
		if (f->totals[i].severity == severity && !strcmp(f->totals[i].code, code))
			return &f->totals[i].count;
	struct beyond *grown = reallocarray(f->totals, f->total_count + 1, sizeof *grown);
	if (!grown)
		return NULL;
	f->totals = grown;
	f->totals[f->total_count] = (struct beyond){ severity, code, 0 };
	return &f->totals[f->total_count++].count;
}

static bool is_there(const struct findings *f, const char *code, struct finding_text text)
{
	for (size_t i = 0; i < f->count; i++)
		if (!strcmp(f->at[i].code, code) && !strcmp(f->at[i].object, text.object) &&
		    !strcmp(f->at[i].reason, text.reason))
			return true;
	return false;
}

static int append(struct findings *f, enum severity severity, const char *code, struct finding_text text)
{
	/* room by the count alone: doubled at each power of two */
	if ((f->count & (f->count - 1)) == 0) {
		struct finding *grown = reallocarray(f->at, f->count ? f->count * 2 : 1, sizeof *grown);
		if (!grown)
			return -ENOMEM;
		f->at = grown;
	}
	struct finding new = { severity, code, strdup(text.object), strdup(text.reason),
			       strdup(text.remedy) };
	if (!new.object || !new.reason || !new.remedy) {
		finding_fini(&new);
		return -ENOMEM;
	}
	f->at[f->count++] = new;
	return 0;
}

int findings_add(struct findings *f, enum severity severity, const char *code, struct finding_text text)
{
	uint64_t *all = total(f, severity, code);
	if (!all)
		return -ENOMEM;
	if (is_there(f, code, text))
		return 0;
	return ++*all > FINDINGS_OF_A_CODE ? 0 : append(f, severity, code, text);
}

int findings_unseen(struct findings *f, const char *what, const char *why)
{
	char *text = NULL;
	if (asprintf(&text, "%s: %s", what, why) < 0)
		return -ENOMEM;
	int r = 0;
	for (size_t i = 0; i < f->unseen.count && !r; i++)
		r = !strcmp(f->unseen.at[i], text);
	r = r ? 0 : strings_add(&f->unseen, text, strlen(text));
	free(text);
	return r;
}

static int by_severity(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	if (x->severity != y->severity)
		return x->severity < y->severity ? -1 : 1;
	int order = strcmp(x->code, y->code);
	if (!order)
		order = strcmp(x->object, y->object);
	return order ? order : strcmp(x->reason, y->reason);
}

static int add_beyond(struct findings *f, const struct beyond *b)
{
	char reason[64];
	snprintf(reason, sizeof reason, "as those above of the code %s", b->code);
	char object[48];
	snprintf(object, sizeof object, "%" PRIu64 " more", b->count - FINDINGS_OF_A_CODE);
	return append(f, b->severity, b->code, (struct finding_text){ object, reason, "as there" });
}

int findings_sort(struct findings *f)
{
	int r = 0;
	for (size_t i = 0; i < f->total_count && !r; i++)
		if (f->totals[i].count > FINDINGS_OF_A_CODE)
			r = add_beyond(f, &f->totals[i]);
	if (f->count)
		qsort(f->at, f->count, sizeof *f->at, by_severity);
	return r;
}

uint64_t findings_count(const struct findings *f, enum severity severity)
{
	uint64_t count = 0;
	for (size_t i = 0; i < f->total_count; i++)
		if (f->totals[i].severity == severity)
			count += f->totals[i].count;
	return count;
}

enum exit_status findings_status(const struct findings *f)
{
	return findings_count(f, SEVERITY_CERTAIN) ? EXIT_REFUSED : EXIT_OK;
}
