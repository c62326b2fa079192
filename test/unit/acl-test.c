/*
 * Access control lists: what is a valid one, who gets what – by a table and against a model in POSIX's own words – and how list and mode follow
 * each other.
 */
#include "server/acl.h"

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MAX = 12, LISTS = 3000, OWNER = 10, GROUP = 20 };

struct entry {
    uint16_t tag, perm;
    uint32_t id;
};

struct access_list {
    size_t n;
    struct entry e[MAX];
};

#define LIST(...) ((struct access_list){ sizeof ((struct entry[]){ __VA_ARGS__ }) / sizeof (struct entry), { __VA_ARGS__ } })
#define U(perm) { ACL_USER_OBJ, perm, -1u }
#define UID(id, perm) { ACL_USER, perm, id }
#define G(perm) { ACL_GROUP_OBJ, perm, -1u }
#define GID(id, perm) { ACL_GROUP, perm, id }
#define M(perm) { ACL_MASK, perm, -1u }
#define O(perm) { ACL_OTHER, perm, -1u }

static size_t
pack (const struct access_list *l, uint8_t *bytes)
{
    uint32_t version = htole32 (ACL_VERSION);
    memcpy (bytes, &version, sizeof version);
    for (size_t i = 0; i < l->n; i++) {
        struct entry e = { htole16 (l->e[i].tag), htole16 (l->e[i].perm), htole32 (l->e[i].id) };
        memcpy (bytes + ACL_HEADER_SIZE + i * ACL_ENTRY_SIZE, &e, sizeof e);
    }
    return ACL_HEADER_SIZE + l->n * ACL_ENTRY_SIZE;
}

static void
unpack (const uint8_t *bytes, size_t len, struct access_list *l)
{
    l->n = (len - ACL_HEADER_SIZE) / ACL_ENTRY_SIZE;
    for (size_t i = 0; i < l->n; i++) {
        memcpy (&l->e[i], bytes + ACL_HEADER_SIZE + i * ACL_ENTRY_SIZE, sizeof l->e[i]);
        l->e[i] = (struct entry){ le16toh (l->e[i].tag), le16toh (l->e[i].perm), le32toh (l->e[i].id) };
    }
}

/* --- valid or not ----------------------------------------------------------------------------------------------------------------- */

static void
only_well_formed_lists_are_valid (void **state)
{
    const struct {
        const char *what;
        int result;
        struct access_list list;
    } table[] = {
        { "minimal", 0, LIST (U (7), G (5), O (0)) },
        { "with a mask alone", 0, LIST (U (7), G (5), M (4), O (0)) },
        { "full", 0, LIST (U (7), UID (1, 7), UID (2, 0), G (5), GID (3, 1), M (4), O (0)) },
        { "named user without a mask", -EINVAL, LIST (U (7), UID (1, 7), G (5), O (0)) },
        { "named group without a mask", -EINVAL, LIST (U (7), G (5), GID (1, 7), O (0)) },
        { "no owner", -EINVAL, LIST (G (5), O (0)) },
        { "no group", -EINVAL, LIST (U (7), O (0)) },
        { "no other", -EINVAL, LIST (U (7), G (5)) },
        { "no other behind the mask", -EINVAL, LIST (U (7), G (5), M (7)) },
        { "two owners", -EINVAL, LIST (U (7), U (7), G (5), O (0)) },
        { "two masks", -EINVAL, LIST (U (7), G (5), M (7), M (7), O (0)) },
        { "two others", -EINVAL, LIST (U (7), G (5), O (0), O (0)) },
        { "user behind the group", -EINVAL, LIST (U (7), G (5), UID (1, 7), M (7), O (0)) },
        { "group before the group", -EINVAL, LIST (U (7), GID (1, 7), G (5), M (7), O (0)) },
        { "a permission that is none", -EINVAL, LIST (U (8), G (5), O (0)) },
        { "a tag that is none", -EINVAL, LIST (U (7), { 64, 7, 1 }, G (5), M (7), O (0)) },
        { "two tags in one", -EINVAL, LIST (U (7), { ACL_USER | ACL_GROUP_OBJ, 7, 1 }, G (5), M (7), O (0)) },
        { "a tag of zero", -EINVAL, LIST (U (7), { 0, 7, 1 }, G (5), M (7), O (0)) },
        { "a user that is nobody", -EINVAL, LIST (U (7), UID (-1u, 7), G (5), M (7), O (0)) },
    };
    uint8_t bytes[256];
    for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
        int r = acl_validate (bytes, pack (&table[i].list, bytes));
        if (r != table[i].result)
            fail_msg ("%s: %d", table[i].what, r);
    }
}

static void
cut_and_foreign_values_are_refused (void **state)
{
    struct access_list l = LIST (U (7), UID (1, 7), G (5), M (7), O (0));
    uint8_t bytes[256];
    size_t len = pack (&l, bytes);
    for (size_t n = 0; n < len; n++)
        assert_int_equal (acl_validate (bytes, n), -EINVAL);
    bytes[0] = 1;
    assert_int_equal (acl_validate (bytes, len), -EOPNOTSUPP);
}

/* --- who gets what ---------------------------------------------------------------------------------------------------------------- */

static void
the_matching_entry_decides (void **state)
{
    const struct access_list full = LIST (U (4), UID (11, 7), UID (12, 0), G (1), GID (21, 4), GID (22, 2), M (6), O (1));
    const struct access_list plain = LIST (U (6), G (4), O (0));
    const struct {
        const char *what;
        const struct access_list *list;
        uint32_t uid, gid, extra;
        unsigned granted; /* of each single permission */
        bool read_and_write;
    } table[] = {
        { "the owner, not the mask", &full, OWNER, 1, 0, 4, false },
        { "the owner, although others might", &full, OWNER, 22, 0, 4, false },
        { "a named user, cut by the mask", &full, 11, 1, 0, 6, true },
        { "a named user with nothing, although in a group", &full, 12, 21, 0, 0, false },
        { "the owning group, cut by the mask", &full, 1, GROUP, 0, 0, false },
        { "a named group", &full, 1, 21, 0, 4, false },
        { "a named group among the further ones", &full, 1, 1, 21, 4, false },
        { "two groups: each what it has, not both together", &full, 1, 21, 22, 6, false },
        { "anybody else, not the mask", &full, 1, 1, 0, 1, false },
        { "minimal: owner", &plain, OWNER, 1, 0, 6, true },
        { "minimal: group", &plain, 1, GROUP, 0, 4, false },
        { "minimal: other", &plain, 1, 1, 0, 0, false },
    };
    const struct object_attr a = { .uid = OWNER, .gid = GROUP };
    for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
        uint8_t bytes[256];
        uint32_t extra = table[i].extra;
        struct proto_cred c = { .uid = table[i].uid, .gid = table[i].gid, .ngroups = extra != 0, .groups = &extra };
        size_t len = pack (table[i].list, bytes);
        unsigned granted = 0;
        for (unsigned bit = 1; bit <= 4; bit <<= 1)
            granted |= acl_grants (bytes, len, &a, &c, bit) ? bit : 0;
        if (granted != table[i].granted || acl_grants (bytes, len, &a, &c, MAY_READ | MAY_WRITE) != table[i].read_and_write)
            fail_msg ("%s: %u", table[i].what, granted);
    }
}

static uint64_t
any (uint64_t *seed, uint64_t n)
{
    *seed = hash_u64 (*seed + 1);
    return *seed % n;
}

/* Ids from few, so that they meet. */
static struct access_list
any_list (uint64_t *seed)
{
    struct access_list l = LIST (U (any (seed, 8)));
    size_t users = any (seed, 3), groups = any (seed, 3);
    for (size_t i = 0; i < users; i++)
        l.e[l.n++] = (struct entry) UID (OWNER + any (seed, 4), any (seed, 8));
    l.e[l.n++] = (struct entry) G (any (seed, 8));
    for (size_t i = 0; i < groups; i++)
        l.e[l.n++] = (struct entry) GID (GROUP + any (seed, 4), any (seed, 8));
    if (users || groups || any (seed, 2))
        l.e[l.n++] = (struct entry) M (any (seed, 8));
    l.e[l.n++] = (struct entry) O (any (seed, 8));
    return l;
}

static const struct entry *
first (const struct access_list *l, uint16_t tag, uint32_t id)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->e[i].tag == tag && (tag != ACL_USER || l->e[i].id == id))
            return &l->e[i];
    return NULL;
}

static bool
is_of (const struct proto_cred *c, uint32_t gid)
{
    return c->gid == gid || (c->ngroups > 0 && c->groups[0] == gid) || (c->ngroups > 1 && c->groups[1] == gid);
}

/* POSIX 1003.1e 23.1.5, step by step. */
static bool
model (const struct access_list *l, const struct object_attr *a, const struct proto_cred *c, unsigned may)
{
    const struct entry *mask = first (l, ACL_MASK, 0), *e;
    unsigned bound = mask ? mask->perm : 7;
    if (c->uid == a->uid)
        return !(may & ~first (l, ACL_USER_OBJ, 0)->perm);
    if ((e = first (l, ACL_USER, c->uid)))
        return !(may & ~(e->perm & bound));
    bool any_matches = false;
    for (e = l->e; e < l->e + l->n; e++) {
        bool matches = e->tag == ACL_GROUP_OBJ ? is_of (c, a->gid) : e->tag == ACL_GROUP && is_of (c, e->id);
        if (matches && !(may & ~(e->perm & bound)))
            return true;
        any_matches |= matches;
    }
    return !any_matches && !(may & ~first (l, ACL_OTHER, 0)->perm);
}

static void
random_lists_agree_with_the_model (void **state)
{
    uint64_t seed = 20061016;
    for (int k = 0; k < LISTS; k++) {
        uint8_t bytes[256];
        struct access_list l = any_list (&seed);
        size_t len = pack (&l, bytes);
        const struct object_attr a = { .uid = OWNER, .gid = GROUP };
        uint32_t groups[2] = { (uint32_t) (GROUP + any (&seed, 6)), (uint32_t) (GROUP + any (&seed, 6)) };
        struct proto_cred c = { .uid = (uint32_t) (OWNER + any (&seed, 6)), .gid = (uint32_t) (GROUP + any (&seed, 6)),
                                .ngroups = (uint32_t) any (&seed, 3), .groups = groups };
        assert_int_equal (acl_validate (bytes, len), 0);
        for (unsigned may = 1; may <= 7; may++)
            if (acl_grants (bytes, len, &a, &c, may) != model (&l, &a, &c, may))
                fail_msg ("list %d, permissions %u", k, may);
    }
}

/* --- list and mode ---------------------------------------------------------------------------------------------------------------- */

static void
the_mode_shows_the_mask (void **state)
{
    uint8_t bytes[256];
    struct access_list plain = LIST (U (6), G (4), O (1)), masked = LIST (U (6), UID (1, 7), G (4), M (2), O (1));
    assert_int_equal (acl_mode (bytes, pack (&plain, bytes)), 0641);
    assert_true (acl_is_minimal (bytes, pack (&plain, bytes)));
    assert_int_equal (acl_mode (bytes, pack (&masked, bytes)), 0621);
    assert_false (acl_is_minimal (bytes, pack (&masked, bytes)));
}

static void
chmod_changes_owner_mask_and_other (void **state)
{
    struct access_list l = LIST (U (6), UID (1, 7), G (4), GID (2, 3), M (2), O (1)), got;
    uint8_t bytes[256];
    size_t len = pack (&l, bytes);
    acl_chmod (bytes, len, 0750);
    unpack (bytes, len, &got);
    struct access_list want = LIST (U (7), UID (1, 7), G (4), GID (2, 3), M (5), O (0));
    assert_memory_equal (got.e, want.e, want.n * sizeof *want.e);
}

static void
chmod_without_a_mask_changes_the_group (void **state)
{
    struct access_list l = LIST (U (6), G (4), O (1)), got, want = LIST (U (7), G (5), O (0));
    uint8_t bytes[256];
    size_t len = pack (&l, bytes);
    acl_chmod (bytes, len, 0750);
    unpack (bytes, len, &got);
    assert_memory_equal (got.e, want.e, want.n * sizeof *want.e);
}

static void
what_is_made_gets_what_both_allow (void **state)
{
    const struct {
        struct access_list in;
        uint32_t mode, result;
        struct access_list out;
    } table[] = {
        { LIST (U (7), G (5), O (4)), 0666, 0644, LIST (U (6), G (4), O (4)) },
        { LIST (U (7), UID (1, 7), G (5), M (7), O (4)), 0640, 0640, LIST (U (6), UID (1, 7), G (5), M (4), O (0)) },
        { LIST (U (5), UID (1, 7), G (7), M (1), O (7)), 02777, 02517, LIST (U (5), UID (1, 7), G (7), M (1), O (7)) },
        { LIST (U (0), G (0), O (0)), 0777, 0, LIST (U (0), G (0), O (0)) },
    };
    for (size_t i = 0; i < ARRAY_SIZE (table); i++) {
        uint8_t bytes[256];
        struct access_list got;
        size_t len = pack (&table[i].in, bytes);
        assert_int_equal (acl_create (bytes, len, table[i].mode), table[i].result);
        unpack (bytes, len, &got);
        assert_memory_equal (got.e, table[i].out.e, got.n * sizeof *got.e);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (only_well_formed_lists_are_valid),
        cmocka_unit_test (cut_and_foreign_values_are_refused),
        cmocka_unit_test (the_matching_entry_decides),
        cmocka_unit_test (random_lists_agree_with_the_model),
        cmocka_unit_test (the_mode_shows_the_mask),
        cmocka_unit_test (chmod_changes_owner_mask_and_other),
        cmocka_unit_test (chmod_without_a_mask_changes_the_group),
        cmocka_unit_test (what_is_made_gets_what_both_allow),
    };
    return cmocka_run_group_tests_name ("acl", tests, NULL, NULL);
}
