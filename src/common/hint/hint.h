/* hint: the inside of PVFS_hint, for the code that honours hints or sends them.
 *
 * A hint list is a small array of (name, value), in order of addition.  Names with a known type
 * have values of that type and size, checked when they enter by any way.  A decoded list lives in
 * the arena of its message and is never freed; it points into the message.
 */
#ifndef COMMON_HINT_HINT_H
#define COMMON_HINT_HINT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/wire.h"
#include "pvfs2-hint.h"

/* The value of a hint and its size in bytes; NULL if the list has none of that name. */
const void *hint_get (PVFS_hint hint, const char *name, uint32_t *ret_size);

/* The same by type; false, and *ret untouched, if absent or of another type. */
bool hint_get_u32 (PVFS_hint hint, const char *name, uint32_t *ret);
bool hint_get_u64 (PVFS_hint hint, const char *name, uint64_t *ret);
const char *hint_get_string (PVFS_hint hint, const char *name);

/* Encodes the hints that servers are told about, decodes a list (NULL if empty) into w->arena. */
void hint_wire (struct wire *w, PVFS_hint *hint);

#endif
