/* --usermap and --groupmap, and the owners' names that a peer announces: no id becomes another without a rule or a name. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "xfer/tree/ids.h"

enum { NAME_MOST = 40 };

static void learn_and_map(struct ids *s, struct reader *in, bool no_rules)
{
	struct err err = { 0 };
	while (in->at < in->end) {
		enum id_kind kind = reader_u8(in) & 1 ? ID_USER : ID_GROUP;
		uint32_t id = reader_u8(in);
		size_t len;
		const uint8_t *name = fuzz_part(in, &len);
		if (in->failed)
			return;
		int r = ids_learn(s, kind, id, (const char *)name, len < NAME_MOST ? len : NAME_MOST, &err);
		CHECK(r <= 0);
		uint32_t to = ids_map(s, kind, id);
		CHECK(!no_rules || to == id || (id != 0 && len > 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader in = reader_of(data, size);
	size_t users_len, groups_len;
	const uint8_t *users = fuzz_part(&in, &users_len), *groups = fuzz_part(&in, &groups_len);
	if (in.failed)
		return 0;
	AUTO(fuzz_freep) char *usermap = fuzz_text(users, users_len);
	AUTO(fuzz_freep) char *groupmap = fuzz_text(groups, groups_len);
	struct options o = { .usermap = *usermap ? usermap : NULL, .groupmap = *groupmap ? groupmap : NULL };
	struct ids *s = NULL;
	struct err err = { 0 };
	int r = ids_new(&s, &o, &err);
	CHECK(r == 0 || (r < 0 && err.code == r && err.text[0]));
	if (r < 0)
		return 0;
	learn_and_map(s, &in, !o.usermap && !o.groupmap);
	ids_free(s);
	return 0;
}
