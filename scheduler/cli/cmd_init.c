#include <errno.h>

#include "scheduler/cli/cmd.h"

/* The lines end where the text says. */
static int print_config(struct session *s)
{
	struct buf text;
	buf_init(&text, 1 << 20);
	site_describe(&text);
	if (text.failed) {
		buf_fini(&text);
		return err_set(&s->err, -ENOMEM, "configuration");
	}
	if (s->tell.json) {
		event_begin(&s->tell.event, "config");
		event_string(&s->tell.event, "text", text.data, text.len);
		event_end(&s->tell.event);
	} else {
		buf_bytes(&s->tell.people.text, text.data, text.len);
		line_end(&s->tell.people);
	}
	buf_fini(&text);
	return 0;
}

int cmd_init(struct session *s)
{
	if (s->o->print_config)
		return print_config(s);
	struct store *made = NULL;
	int r = store_open(&made, s->site.store, true, &s->err);
	if (r)
		return r == -ENOENT ? -EIO : r; /* of a folder, not of a campaign */
	store_close(made);
	tell_begin(&s->tell, "store", NULL);
	tell_text(&s->tell, "path", s->site.store);
	tell_end(&s->tell);
	return 0;
}
