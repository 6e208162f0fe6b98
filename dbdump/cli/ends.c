#include "dbdump/cli/ends.h"

#include <errno.h>

static const struct engine *engine_of(enum uri_kind kind)
{
	return kind == URI_MYSQL ? &engine_mariadb : &engine_postgresql;
}

void ends_fini(struct ends *e)
{
	for (size_t i = 0; i < 2; i++)
		uri_fini(&e->at[i]);
}

int ends_parse(struct ends *out, const struct strings *operands, struct err *err)
{
	for (size_t i = 0; i < operands->count; i++) {
		int r = uri_parse(&out->at[i], operands->at[i], err);
		if (r < 0)
			return r;
	}
	if (operands->count > 1 && out->at[0].kind != out->at[1].kind)
		return err_say(err, -EINVAL, "%s, %s: from %s to %s there is no way", out->at[0].shown,
			       out->at[1].shown, engine_of(out->at[0].kind)->name,
			       engine_of(out->at[1].kind)->name);
	out->engine = engine_of(out->at[0].kind);
	return 0;
}
