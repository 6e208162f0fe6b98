/* mail_name.h - what the names in a maildir say.
 *
 * A message's name is its base name, which it keeps for life, and its flags: "BASE:2,RS". In new/ there are none, and some
 * programs leave them out in cur/ too. A base name may carry the message's size, "BASE,S=1234": then nobody need look. Names that
 * begin with a dot are no messages. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mail_name {
	size_t base_len; /* 0: not a message's name */
	bool has_size;
	uint64_t size;
};

struct mail_name mail_name_parse(const char *name, size_t len);

/* What a server keeps beside the messages of a folder. */
enum mail_file {
	MAIL_FILE_OTHER,
	MAIL_FILE_LAST, /* says something about names: UIDs, keywords. To be read after them and put in place after them */
	MAIL_FILE_INDEX, /* can be rebuilt, and must not be copied while it is written */
	MAIL_FILE_LOCK,	 /* of a running server's: of no use to another */
};

enum { MAIL_LAST = 3 };
extern const char *const mail_last[MAIL_LAST];

enum mail_file mail_file_kind(const char *name, size_t len);
