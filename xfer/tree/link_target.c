#include "xfer/tree/link_target.h"

#include <string.h>

bool link_is_safe(const char *target, const char *path)
{
	if (*target == '/' || !*target)
		return false;
	long depth = 0;
	for (const char *p = path; *p; p++)
		depth += *p == '/' && p[1];

	bool named = false;
	for (const char *p = target; *p;) {
		size_t n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.') {
			if (named || --depth < 0)
				return false;
		} else if (n && !(n == 1 && *p == '.')) {
			named = true;
		}
		p += n + (p[n] == '/');
	}
	return true;
}
