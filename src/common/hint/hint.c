/* hint.c: lists of hints, the table of known names, PVFS2_HINTS, and the wire form. */
#include "common/hint/hint.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/base.h"
#include "common/error/error.h"

enum hint_type { HINT_RAW, HINT_U32, HINT_U64, HINT_STRING };

#define HINT_PREFIX "pvfs.hint."

static const struct hint_info {
    const char *name;
    enum hint_type type;
    bool transfer; /* travels to the servers */
} infos[] = {
    { PVFS_HINT_REQUEST_ID_NAME, HINT_U32, true },
    { PVFS_HINT_CLIENT_ID_NAME, HINT_U32, true },
    { PVFS_HINT_HANDLE_NAME, HINT_U64, true },
    { PVFS_HINT_OP_ID_NAME, HINT_U32, false },
    { PVFS_HINT_RANK_NAME, HINT_U32, true },
    { PVFS_HINT_SERVER_ID_NAME, HINT_U32, true },
    { PVFS_HINT_DISTRIBUTION_NAME, HINT_STRING, false },
    { PVFS_HINT_DFILE_COUNT_NAME, HINT_U32, false },
    { PVFS_HINT_LAYOUT_NAME, HINT_U32, false },
    { PVFS_HINT_SERVERLIST_NAME, HINT_STRING, false },
    { PVFS_HINT_CACHE_NAME, HINT_U32, false },
    { PVFS_HINT_DISTRIBUTION_PV_NAME, HINT_STRING, false },
    { PVFS_HINT_LOCAL_UID_NAME, HINT_U32, false },
    { PVFS_HINT_OWNER_GID_NAME, HINT_U32, true },
};
static const struct hint_info unknown_info = { NULL, HINT_RAW, true };

struct hint_entry {
    const char *name;
    const void *value;
    uint32_t size;
};

struct PVFS_hint_s {
    bool borrowed; /* lives in an arena */
    uint32_t count;
    struct hint_entry entry[PVFS_HINT_MAX];
};

static const struct hint_info *
info_of (const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE (infos); i++)
        if (strcmp (infos[i].name, name) == 0)
            return &infos[i];
    return &unknown_info;
}

static struct hint_entry *
entry_of (PVFS_hint hint, const char *name)
{
    for (uint32_t i = 0; hint && name && i < hint->count; i++)
        if (strcmp (hint->entry[i].name, name) == 0)
            return &hint->entry[i];
    return NULL;
}

static int
check_value (const char *name, size_t size, const void *value)
{
    if (!name || !*name || (size && !value))
        return -EINVAL;
    if (strlen (name) > PVFS_HINT_MAX_NAME)
        return -ENAMETOOLONG;
    if (size > PVFS_HINT_MAX_LENGTH)
        return -EMSGSIZE;
    switch (info_of (name)->type) {
    case HINT_U32:
        return size == sizeof (uint32_t) ? 0 : -EINVAL;
    case HINT_U64:
        return size == sizeof (uint64_t) ? 0 : -EINVAL;
    case HINT_STRING:
    case HINT_RAW:
        return 0;
    }
    return -EINVAL;
}

/* A copy of value with a NUL behind it, so that strings with and without one are both safe. */
static void *
copy_value (const void *value, size_t size)
{
    char *copy = malloc (size + 1);
    if (copy) {
        if (size)
            memcpy (copy, value, size);
        copy[size] = '\0';
    }
    return copy;
}

static void
entry_fini (struct hint_entry *entry)
{
    free ((void *) entry->name);
    free ((void *) entry->value);
}

static int
set_entry (PVFS_hint *hint, const char *name, size_t size, const void *value, bool replace)
{
    int err = hint ? check_value (name, size, value) : -EINVAL;
    if (err)
        return err;
    struct hint_entry *old = entry_of (*hint, name);
    if (old && !replace)
        return -EEXIST;
    if ((*hint && (*hint)->borrowed) || (!old && *hint && (*hint)->count == PVFS_HINT_MAX))
        return -ENOSPC;

    struct hint_entry fresh = { strdup (name), copy_value (value, size), (uint32_t) size };
    if (!*hint && fresh.name && fresh.value)
        *hint = calloc (1, sizeof (**hint));
    if (!fresh.name || !fresh.value || !*hint) {
        entry_fini (&fresh);
        return -ENOMEM;
    }
    if (old)
        entry_fini (old);
    else
        old = &(*hint)->entry[(*hint)->count++];
    *old = fresh;
    return 0;
}

int
PVFS_hint_add (PVFS_hint *hint, const char *name, int length, void *value)
{
    if (length < 0)
        return -PVFS_EINVAL;
    return pvfs_error_from_errno (set_entry (hint, name, (size_t) length, value, false));
}

int
PVFS_hint_replace (PVFS_hint *hint, const char *name, int length, void *value)
{
    if (length < 0)
        return -PVFS_EINVAL;
    return pvfs_error_from_errno (set_entry (hint, name, (size_t) length, value, true));
}

static int
add_all (PVFS_hint *to, PVFS_hint from, bool skip_present)
{
    for (uint32_t i = 0; from && i < from->count; i++) {
        const struct hint_entry *e = &from->entry[i];
        int err = set_entry (to, e->name, e->size, e->value, false);
        if (err && !(skip_present && err == -EEXIST))
            return err;
    }
    return 0;
}

int
PVFS_hint_copy (PVFS_hint old_hint, PVFS_hint *new_hint)
{
    PVFS_hint copy = NULL;
    if (!new_hint)
        return -PVFS_EINVAL;
    int err = add_all (&copy, old_hint, false);
    if (err)
        PVFS_hint_free (&copy);
    else
        *new_hint = copy;
    return pvfs_error_from_errno (err);
}

void
PVFS_hint_free (PVFS_hint *hint)
{
    if (!hint || !*hint)
        return;
    if (!(*hint)->borrowed) {
        for (uint32_t i = 0; i < (*hint)->count; i++)
            entry_fini (&(*hint)->entry[i]);
        free (*hint);
    }
    *hint = NULL;
}

int
PVFS_hint_check (PVFS_hint *hints, const char *name)
{
    return hints && entry_of (*hints, name) != NULL;
}

static uint32_t
transfer_count (PVFS_hint hint)
{
    uint32_t n = 0;
    for (uint32_t i = 0; hint && i < hint->count; i++)
        n += info_of (hint->entry[i].name)->transfer;
    return n;
}

int
PVFS_hint_check_transfer (PVFS_hint *hints)
{
    return hints && transfer_count (*hints) > 0;
}

const void *
hint_get (PVFS_hint hint, const char *name, uint32_t *ret_size)
{
    const struct hint_entry *e = entry_of (hint, name);
    if (!e)
        return NULL;
    if (ret_size)
        *ret_size = e->size;
    return e->value;
}

bool
hint_get_u32 (PVFS_hint hint, const char *name, uint32_t *ret)
{
    uint32_t size;
    const void *value = hint_get (hint, name, &size);
    if (!value || size != sizeof (*ret))
        return false;
    memcpy (ret, value, sizeof (*ret));
    return true;
}

bool
hint_get_u64 (PVFS_hint hint, const char *name, uint64_t *ret)
{
    uint32_t size;
    const void *value = hint_get (hint, name, &size);
    if (!value || size != sizeof (*ret))
        return false;
    memcpy (ret, value, sizeof (*ret));
    return true;
}

const char *
hint_get_string (PVFS_hint hint, const char *name)
{
    return info_of (name)->type == HINT_STRING ? hint_get (hint, name, NULL) : NULL;
}

/* ---- PVFS2_HINTS -------------------------------------------------------------------------- */

static int
add_number (PVFS_hint *hint, const struct hint_info *info, const char *text)
{
    char *end;
    if (!isdigit ((unsigned char) *text))
        return -EINVAL;
    errno = 0;
    uint64_t u64 = strtoull (text, &end, 0);
    if (*end || errno)
        return -EINVAL;
    if (info->type == HINT_U64)
        return set_entry (hint, info->name, sizeof (u64), &u64, false);
    uint32_t u32 = (uint32_t) u64;
    return u32 == u64 ? set_entry (hint, info->name, sizeof (u32), &u32, false) : -EINVAL;
}

/* One "name:value"; the name may lack the prefix if it is known with it. */
static int
add_pair (PVFS_hint *hint, char *pair)
{
    char full[sizeof (HINT_PREFIX) + PVFS_HINT_MAX_NAME];
    char *value = strchr (pair, ':');
    if (!value || value == pair || value - pair > PVFS_HINT_MAX_NAME)
        return -EINVAL;
    *value++ = '\0';
    memcpy (full, HINT_PREFIX, sizeof (HINT_PREFIX));
    strcat (full, pair);
    const struct hint_info *info = info_of (full);
    if (!info->name)
        info = info_of (pair);
    if (info->type == HINT_U32 || info->type == HINT_U64)
        return add_number (hint, info, value);
    return set_entry (hint, info->name ? info->name : pair, strlen (value) + 1, value, false);
}

int
PVFS_hint_import_env (PVFS_hint *out_hint)
{
    const char *env = getenv ("PVFS2_HINTS");
    if (!out_hint)
        return -PVFS_EINVAL;
    if (!env || !*env)
        return 0;
    CLEANUP_FREE char *text = strdup (env);
    PVFS_hint parsed = NULL, result = NULL;
    int err = text ? 0 : -ENOMEM;

    for (char *rest = text, *pair; !err && rest && (pair = strsep (&rest, "+"));)
        err = add_pair (&parsed, pair);
    if (!err)
        err = add_all (&result, *out_hint, false);
    if (!err)
        err = add_all (&result, parsed, true);
    PVFS_hint_free (&parsed);
    if (err) {
        PVFS_hint_free (&result);
        return err == -EEXIST ? -PVFS_EINVAL : pvfs_error_from_errno (err);
    }
    PVFS_hint_free (out_hint);
    *out_hint = result;
    return 0;
}

/* ---- wire --------------------------------------------------------------------------------- */

static void
encode_list (struct wire *w, PVFS_hint hint)
{
    uint32_t count = transfer_count (hint);
    wire_u32 (w, &count);
    for (uint32_t i = 0; hint && i < hint->count; i++) {
        struct hint_entry *e = &hint->entry[i];
        if (info_of (e->name)->transfer) {
            wire_string (w, &e->name, PVFS_HINT_MAX_NAME);
            wire_bytes (w, &e->value, &e->size, PVFS_HINT_MAX_LENGTH);
        }
    }
}

static void
decode_list (struct wire *w, PVFS_hint *ret_hint)
{
    uint32_t count;
    if (!wire_count (w, &count, PVFS_HINT_MAX, 9))
        return;
    PVFS_hint hint = NULL;
    if (count && !(hint = arena_alloc (w->arena, sizeof (*hint)))) {
        wire_fail (w, -ENOMEM);
        return;
    }
    for (uint32_t i = 0; i < count && !w->err; i++) {
        struct hint_entry e = { NULL, NULL, 0 };
        wire_string (w, &e.name, PVFS_HINT_MAX_NAME);
        wire_bytes (w, &e.value, &e.size, PVFS_HINT_MAX_LENGTH);
        if (w->err)
            return;
        char *copy = arena_alloc (w->arena, e.size + 1); /* zeroed: ends in NUL */
        if (!copy)
            wire_fail (w, -ENOMEM);
        else if (check_value (e.name, e.size, e.value) || entry_of (hint, e.name))
            wire_fail (w, -EPROTO);
        else
            hint->entry[hint->count++] = (struct hint_entry){
                e.name, e.size ? memcpy (copy, e.value, e.size) : copy, e.size };
    }
    if (w->err)
        return;
    if (hint)
        hint->borrowed = true;
    *ret_hint = hint;
}

void
hint_wire (struct wire *w, PVFS_hint *hint)
{
    if (w->encoding)
        encode_list (w, *hint);
    else
        decode_list (w, hint);
}
