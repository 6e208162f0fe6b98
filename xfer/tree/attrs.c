#include "xfer/tree/attrs.h"
#include "xfer/tree/posix_acl.h"
#include "xfer/tree/xattr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert((int)ATTRS_VALUE_MAX == (int)XATTR_VALUE_LIMIT, "what can be read can be sent");

static const char ACCESS[] = "system.posix_acl_access", DEFAULT[] = "system.posix_acl_default";

/* Who may carry an attribute is decided by its name. */
enum class { CLASS_NEVER, CLASS_ACCESS, CLASS_DEFAULT, CLASS_USER, CLASS_ROOT };

struct wish {
	bool acls, xattrs, root;
};

struct attr {
	const char *name; /* borrowed, not terminated */
	uint8_t *value;	  /* borrowed; ACLs normalised */
	size_t name_len, len;
	enum class class;
};

/* The attributes of one side, in the order of their names. */
struct attrs {
	uint8_t *bytes; /* owned: what the attributes borrow from */
	struct attr *at;
	size_t count, cap;
};

static void attrs_fini(struct attrs *a)
{
	free(a->at);
	free(a->bytes);
}

static bool is(const char *name, size_t len, const char *what)
{
	return len == strlen(what) && !memcmp(name, what, len);
}

static bool begins(const char *name, size_t len, const char *with)
{
	size_t n = strlen(with);
	return len > n && !memcmp(name, with, n);
}

static enum class class_of(const char *name, size_t len) {
	if (len > ATTRS_NAME_MAX || memchr(name, 0, len)) return CLASS_NEVER;
	if (is(name, len, ACCESS)) return CLASS_ACCESS;
	if (is(name, len, DEFAULT)) return CLASS_DEFAULT;
	if (begins(name, len, "user.")) return CLASS_USER;
	if (is(name, len, "security.selinux") || is(name, len, "security.evm")) return CLASS_NEVER;
	if (begins(name, len, "trusted.") || begins(name, len, "security.")) return CLASS_ROOT;
	return CLASS_NEVER;
}

static bool is_acl(enum class class)
{
	return class == CLASS_ACCESS || class == CLASS_DEFAULT;
}

static bool is_wished(enum class class, struct wish w)
{
	if (is_acl(class))
		return w.acls;
	return w.xattrs && (class == CLASS_USER || (class == CLASS_ROOT && w.root));
}

static struct wish wish_of(bool acls, bool xattrs)
{
	return (struct wish){ acls, xattrs, geteuid() == 0 };
}

/* Reading. */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void namesp_free(const char ***names)
{
	free(*names);
}

/* The wished names out of a terminated list, sorted. The array is the caller's to free, the names are not. */
static int pick_names(const char ***out, size_t *count, const struct buf *list, struct wish w)
{
	size_t all = 0;
	*count = 0;
	for (size_t i = 0; i < list->len; i++)
		all += !list->data[i];
	const char **names = *out = calloc(all + 1, sizeof *names);
	if (!names)
		return -ENOMEM;
	const char *end = (const char *)list->data + list->len;
	for (const char *p = (const char *)list->data; all; p = memchr(p, 0, (size_t)(end - p)), p++, all--)
		if (is_wished(class_of(p, strlen(p)), w))
			names[(*count)++] = p;
	qsort(names, *count, sizeof *names, by_text);
	return 0;
}

static int pack_one(struct buf *out, const struct xattr_object *o, const char *name, struct buf *value,
		    struct err *err)
{
	buf_clear(value);
	int rc = xattr_get(o, name, value, err);
	if (rc <= 0)
		return rc;
	size_t name_len = strlen(name), lengths = 8; /* two varints, generously */
	if (out->len + name_len + value->len + lengths > ATTRS_MAX)
		return xattr_fail(o, -E2BIG, "get", "all extended attributes", err);
	buf_string(out, name, name_len);
	buf_string(out, value->data, value->len);
	return out->failed ? xattr_fail(o, -ENOMEM, "get attribute", name, err) : 0;
}

static int pack_all(struct buf *out, const struct xattr_object *o, struct wish w, struct err *err)
{
	AUTO(buf_fini) struct buf list, value;
	buf_init(&list, XATTR_NAMES_LIMIT);
	buf_init(&value, XATTR_VALUE_LIMIT);
	int rc = xattr_names(o, &list, err);
	if (rc || !list.len)
		return rc;

	AUTO(namesp_free) const char **names = NULL;
	size_t count;
	rc = pick_names(&names, &count, &list, w);
	if (rc)
		return xattr_fail(o, rc, "list", "extended attributes", err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = pack_one(out, o, names[i], &value, err);
	return rc;
}

int attrs_read(struct buf *out, int dirfd, const char *name, bool acls, bool xattrs, struct err *err)
{
	if (!acls && !xattrs)
		return 0;
	struct xattr_object o;
	AUTO(buf_fini) struct buf packed;
	buf_init(&packed, ATTRS_MAX);
	int rc = xattr_object_init(&o, dirfd, name, err);
	if (!rc)
		rc = pack_all(&packed, &o, wish_of(acls, xattrs), err);
	if (rc || !packed.len)
		return rc;
	if (!buf_reserve(out, packed.len)) {
		out->failed = false;
		return xattr_fail(&o, -E2BIG, "keep", "extended attributes", err);
	}
	buf_bytes(out, packed.data, packed.len);
	return 0;
}

/* Taking blobs apart. */

static int by_name(const void *left, const void *right)
{
	const struct attr *a = left, *b = right;
	int order = memcmp(a->name, b->name, a->name_len < b->name_len ? a->name_len : b->name_len);
	return order ? order : (a->name_len > b->name_len) - (a->name_len < b->name_len);
}

/* The next pair. False at the end and when it is none: reader_done tells. */
static bool next_pair(struct attr *out, struct reader *r)
{
	if (r->failed || r->at == r->end)
		return false;
	out->name = reader_string(r, &out->name_len, ATTRS_NAME_MAX);
	/* the bytes that we read are our own copy, or only looked at */
	out->value = (uint8_t *)reader_string(r, &out->len, ATTRS_VALUE_MAX);
	if (!r->failed)
		out->class = class_of(out->name, out->name_len);
	return !r->failed;
}

static int add(struct attrs *a, struct attr attr)
{
	if (a->count == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 8;
		struct attr *more = reallocarray(a->at, cap, sizeof *more);
		if (!more)
			return -ENOMEM;
		a->at = more;
		a->cap = cap;
	}
	a->at[a->count++] = attr;
	return 0;
}

static int add_wished(struct attrs *a, struct attr attr, struct wish w, struct ids *ids)
{
	if (!is_wished(attr.class, w))
		return 0;
	if (is_acl(attr.class)) {
		ssize_t len = posix_acl_normalise(attr.value, attr.len, attr.class == CLASS_ACCESS, ids);
		if (len <= 0)
			return (int)len;
		attr.len = (size_t)len;
	}
	return add(a, attr);
}

/* Parses a->bytes, of which there are len. -EPROTO when they are no blob; then nothing of it may be used. */
static int parse(struct attrs *a, size_t len, struct wish w, struct ids *ids)
{
	struct reader r = reader_of(a->bytes, len);
	struct attr last = { 0 }, attr;
	while (next_pair(&attr, &r)) {
		if (attr.class == CLASS_NEVER || (last.name && by_name(&last, &attr) >= 0))
			return -EPROTO;
		int rc = add_wished(a, attr, w, ids);
		if (rc)
			return rc;
		last = attr;
	}
	return reader_done(&r) ? 0 : -EPROTO;
}

/* What the peer asks for. */
static int wanted(struct attrs *a, const struct xattr_object *o, const uint8_t *blob, size_t len,
		  struct wish w, struct ids *ids, struct err *err)
{
	if (!len)
		return 0;
	if (len > ATTRS_MAX)
		return xattr_fail(o, -EPROTO, "the peer sends too many", "extended attributes", err);
	a->bytes = malloc(len);
	if (!a->bytes)
		return xattr_fail(o, -ENOMEM, "receive", "extended attributes", err);
	memcpy(a->bytes, blob, len);
	int rc = parse(a, len, w, ids);
	return rc ? xattr_fail(o, rc, "the peer sends impossible", "extended attributes", err) : 0;
}

/* What the object has. */
static int present(struct attrs *a, const struct xattr_object *o, struct wish w, struct err *err)
{
	AUTO(buf_fini) struct buf packed;
	buf_init(&packed, ATTRS_MAX);
	int rc = pack_all(&packed, o, w, err);
	if (rc || !packed.len)
		return rc;
	size_t len = packed.len;
	a->bytes = TAKE(packed.data);
	rc = parse(a, len, w, NULL);
	/* ours, so it is not the peer who is to blame: the file system gave us an ACL that is none */
	return rc ? xattr_fail(o, rc == -EPROTO ? -EIO : rc, "understand", "extended attributes", err) : 0;
}

/* Making them equal. */

static bool same(const struct attr *a, const struct attr *b)
{
	return !by_name(a, b) && a->len == b->len && !memcmp(a->value, b->value, a->len);
}

static bool all_same(const struct attrs *a, const struct attrs *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!same(&a->at[i], &b->at[i]))
			return false;
	return true;
}

static const struct attr *find(const struct attrs *a, const struct attr *like)
{
	return a->count ? bsearch(like, a->at, a->count, sizeof *a->at, by_name) : NULL;
}

static const char *terminated(char out[static ATTRS_NAME_MAX + 1], const struct attr *a)
{
	memcpy(out, a->name, a->name_len);
	out[a->name_len] = 0;
	return out;
}

static int set_one(const struct xattr_object *o, const struct attr *a, struct err *err)
{
	char name[ATTRS_NAME_MAX + 1];
	if (a->class == CLASS_ACCESS) {
		mode_t mode;
		int rc = xattr_mode(o, &mode, err);
		if (rc)
			return rc;
		posix_acl_take_mode(a->value, a->len, mode);
	}
	return xattr_set(o, terminated(name, a), a->value, a->len, err);
}

/* Removes first: where a file system has little room for attributes, the new ones may need it. */
static int make_same(const struct xattr_object *o, const struct attrs *want, const struct attrs *have,
		     struct err *err)
{
	char name[ATTRS_NAME_MAX + 1];
	int rc = 0;
	for (size_t i = 0; i < have->count && !rc; i++)
		if (!find(want, &have->at[i]))
			rc = xattr_remove(o, terminated(name, &have->at[i]), err);
	for (size_t i = 0; i < want->count && !rc; i++) {
		const struct attr *old = find(have, &want->at[i]);
		if (!old || !same(old, &want->at[i]))
			rc = set_one(o, &want->at[i], err);
	}
	return rc;
}

/* Reads both sides. */
static int both(struct xattr_object *o, struct attrs *want, struct attrs *have, const uint8_t *blob,
		size_t len, struct wish w, struct ids *ids, struct err *err)
{
	int rc = wanted(want, o, blob, len, w, ids, err);
	return rc ? rc : present(have, o, w, err);
}

int attrs_apply(int dirfd, const char *name, const uint8_t *blob, size_t len, struct ids *ids, bool acls,
		bool xattrs, struct err *err)
{
	AUTO(attrs_fini) struct attrs want = { 0 }, have = { 0 };
	struct xattr_object o;
	int rc = xattr_object_init(&o, dirfd, name, err);
	if (!rc)
		rc = both(&o, &want, &have, blob, len, wish_of(acls, xattrs), ids, err);
	if (rc || all_same(&want, &have))
		return rc;
	rc = make_same(&o, &want, &have, err);
	return rc ? rc : 1;
}

int attrs_equal(int dirfd, const char *name, const uint8_t *blob, size_t len, struct ids *ids, bool acls,
		bool xattrs, struct err *err)
{
	AUTO(attrs_fini) struct attrs want = { 0 }, have = { 0 };
	struct xattr_object o;
	int rc = xattr_object_init(&o, dirfd, name, err);
	if (!rc)
		rc = both(&o, &want, &have, blob, len, wish_of(acls, xattrs), ids, err);
	return rc ? rc : all_same(&want, &have);
}

void attrs_each_id(const uint8_t *blob, size_t len, void (*visit)(void *arg, enum id_kind kind, uint32_t id),
		   void *arg)
{
	struct reader r = reader_of(blob, len);
	for (struct attr a; next_pair(&a, &r);)
		if (is_acl(a.class))
			posix_acl_each_id(a.value, a.len, visit, arg);
}
