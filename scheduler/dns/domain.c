#include "scheduler/dns/domain.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <idn2.h>
#include <string.h>
#include <strings.h>

enum { LABEL_MOST = 63 };

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text > 0x7e)
			return false;
	return true;
}

/* The underscore is in no host's name, but clients have domains with it, and they are found. */
static const char *wrong_with_label(const char *label, size_t len)
{
	if (!len)
		return "a label is empty";
	if (len > LABEL_MOST)
		return "a label is longer than 63 characters";
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)label[i]) && label[i] != '-' && label[i] != '_')
			return "it has a character that no name has";
	if (label[0] == '-' || label[len - 1] == '-')
		return "a label begins or ends with \"-\"";
	return NULL;
}

/* name has no dot at its end. */
static const char *wrong_with(const char *name)
{
	struct in_addr a;
	size_t labels = 0;
	if (strlen(name) >= DOMAIN_NAME)
		return "it is longer than 253 characters";
	if (inet_pton(AF_INET, name, &a) == 1 || strchr(name, ':'))
		return "it is an address";
	for (const char *label = name;; labels++) {
		size_t len = strcspn(label, ".");
		const char *wrong = wrong_with_label(label, len);
		if (wrong)
			return wrong;
		if (!label[len]) {
			if (strspn(label, "0123456789") == len)
				return "its last label is a number";
			return labels ? NULL : "it has one label only";
		}
		label += len + 1;
	}
}

static int refuse(struct err *err, const char *text, const char *why)
{
	return err_say(err, -EINVAL, "\"%s\" is no name of a domain: %s", text, why);
}

static void freep(char **p)
{
	idn2_free(*p);
}

int domain_ascii(char out[static DOMAIN_NAME], const char *text, struct err *err)
{
	__attribute__((cleanup(freep))) char *labels = NULL;
	const char *name = text;
	if (!is_ascii(text)) {
		int status = idn2_to_ascii_8z(text, &labels, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
		if (status == IDN2_MALLOC)
			return err_set(err, -ENOMEM, "%s", text);
		if (status != IDN2_OK)
			return refuse(err, text, idn2_strerror(status));
		name = labels;
	}
	size_t len = strlen(name);
	if (len && name[len - 1] == '.')
		len--;
	if (len >= DOMAIN_NAME)
		return refuse(err, text, "it is longer than 253 characters");
	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)name[i]);
	out[len] = 0;
	const char *wrong = wrong_with(out);
	return wrong ? refuse(err, text, wrong) : 0;
}

const char *domain_parent(const char *name)
{
	const char *dot = strchr(name, '.');
	return dot && dot[1] ? dot + 1 : NULL;
}

bool domain_within(const char *name, const char *above)
{
	size_t n = strlen(name), m = strlen(above);
	if (n < m || strcasecmp(name + n - m, above) != 0)
		return false;
	return n == m || name[n - m - 1] == '.';
}

bool domain_matches(const char *name, const char *pattern)
{
	return !fnmatch(pattern, name, FNM_CASEFOLD | FNM_NOESCAPE);
}
