#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/base/fd.h"
#include "xfer/tree/filter.h"
#include "xfer/tree/filter_text.h"

enum { MERGE_DEPTH_MAX = 16 }; /* a merge file that names itself must end somewhere */

struct expander {
	struct strings *out;
	bool from0;
	int depth;
	bool in_cvs; /* within "-C": a "!" clears that list only, which begins at cvs_start */
	size_t cvs_start;
};

static int add(void *ctx, const struct rule_text *rule, struct err *err);

static void close_unless_stdin(int *fd)
{
	if (*fd != STDIN_FILENO)
		fd_closep(fd);
}

/* Adds the rules of a file. "-" is standard input. */
static int add_file(struct expander *x, const char *name, struct rule_style *style, struct err *err)
{
	AUTO(fd_free_buffer) char *text = NULL;
	size_t len = 0;

	AUTO(close_unless_stdin)
	int fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -errno : rule_text_read(&text, &len, fd, RULE_USER_FILE_MAX);
	if (rc < 0)
		return err_set(err, rc, "%s: read filter rules", name);
	style->from0 = x->from0;
	rc = rule_text_parse_file(text, len, style, &(struct rule_taker){ add, x }, err);
	if (rc < 0 && err)
		err_context(err, "%s", name);
	return rc;
}

static int add_merge(struct expander *x, const struct rule_text *rule, struct err *err)
{
	struct rule_style style = { .container = rule->flags };
	int rc = 0;

	AUTO(fd_free_buffer) char *name = strndup(rule->pattern, rule->len);
	if (!name)
		return err_set(err, -ENOMEM, "filter rule");
	if (x->depth == MERGE_DEPTH_MAX)
		return err_say(err, -EINVAL, "merge files within merge files are too deep, at 'merge %s'",
			       name);
	if (rule->flags & RULE_EXCLUDE_SELF) {
		struct rule_text self = rule_text_self(rule);
		rc = add(x, &self, err);
	}
	if (rc < 0)
		return rc;
	x->depth++;
	rc = add_file(x, name, &style, err);
	x->depth--;
	return rc;
}

/* The user's own list; that there is none is no error. */
static int add_cvs_home(struct expander *x, struct rule_style *style, struct err *err)
{
	const char *home = getenv("HOME");
	AUTO(fd_free_buffer) char *name = NULL;

	if (!home || !*home)
		return 0;
	if (asprintf(&name, "%s/.cvsignore", home) < 0)
		return err_set(err, -ENOMEM, "filter rule");
	if (access(name, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	return add_file(x, name, style, err);
}

/* "-C": what CVS ignores by itself, for this user, and in this environment. */
static int add_cvs(struct expander *x, const struct rule_text *rule, struct err *err)
{
	struct rule_style style = { .container = rule->flags };
	struct rule_taker to = { add, x };
	const char *more = getenv("CVSIGNORE");

	x->in_cvs = true;
	x->cvs_start = x->out->count;
	int rc = rule_text_cvs_default(rule, &to, err);
	if (rc == 0)
		rc = add_cvs_home(x, &style, err);
	style.from0 = false;
	if (rc == 0 && more)
		rc = rule_text_parse(more, strlen(more), &style, &to, err);
	x->in_cvs = false;
	return rc;
}

static int add(void *ctx, const struct rule_text *rule, struct err *err)
{
	struct expander *x = ctx;

	if (rule->flags & RULE_CLEAR && x->in_cvs) {
		strings_cut(x->out, x->cvs_start);
		return 0;
	}
	if (rule->flags & RULE_MERGE && !(rule->flags & RULE_PER_DIR))
		return add_merge(x, rule, err);
	if (rule->flags & RULE_CVS && !(rule->flags & RULE_MERGE))
		return add_cvs(x, rule, err);
	int rc = rule_text_format(x->out, rule);
	return rc < 0 ? err_set(err, rc, "filter rule") : 0;
}

int filter_expand(struct strings *out, const char *arg, enum filter_option kind, bool from0, struct err *err)
{
	struct expander x = { .out = out, .from0 = from0 };
	bool include = kind == FILTER_OPTION_INCLUDE || kind == FILTER_OPTION_INCLUDE_FROM;
	bool from_file = kind == FILTER_OPTION_INCLUDE_FROM || kind == FILTER_OPTION_EXCLUDE_FROM;
	struct rule_style style = {
		.container = include ? RULE_INCLUDE : 0,
		.old_prefixes = kind != FILTER_OPTION_RULE,
	};
	size_t before = out->count;

	int rc = from_file ? add_file(&x, arg, &style, err)
			   : rule_text_parse(arg, strlen(arg), &style, &(struct rule_taker){ add, &x }, err);
	if (rc < 0)
		strings_cut(out, before);
	return rc;
}
