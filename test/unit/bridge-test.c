/*
 * The parts of the kernel bridge that need no kernel: mount options, receive slots, what is
 * remembered of nodes, packets between supervisor and core.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/fuse.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/object/object.h"
#include "kernel-bridge/control.h"
#include "kernel-bridge/mount-options.h"
#include "kernel-bridge/nodes.h"
#include "kernel-bridge/slots.h"

/* --- mount options -------------------------------------------------------------------------- */

static struct mount_options
parsed (const char *list)
{
    struct mount_options o;
    char why[MOUNT_OPTIONS_WHY] = "";
    assert_int_equal (mount_options_parse (list, &o, why), 0);
    return o;
}

static void
refused (const char *list, const char *word)
{
    struct mount_options o;
    char why[MOUNT_OPTIONS_WHY] = "";
    assert_int_equal (mount_options_parse (list, &o, why), -EINVAL);
    assert_non_null (strstr (why, word));
}

static void
no_options_mean_the_defaults (void **state)
{
    struct mount_options o = parsed (NULL);
    assert_int_equal (o.op_timeout, 60 * NSEC_PER_SEC);
    assert_int_equal (o.mount_timeout, 30 * NSEC_PER_SEC);
    assert_int_equal (o.attr_timeout, NSEC_PER_SEC);
    assert_int_equal (o.acache_timeout, 0);
    assert_string_equal (o.kernel, "");
}

static void
times_have_their_units (void **state)
{
    struct mount_options o =
        parsed ("op-timeout=7,attr-timeout=0.5,ncache-timeout=250,num_dfiles=3");
    assert_int_equal (o.op_timeout, 7 * NSEC_PER_SEC);
    assert_int_equal (o.attr_timeout, 500 * NSEC_PER_MSEC);
    assert_int_equal (o.ncache_timeout, 250 * NSEC_PER_MSEC);
    assert_int_equal (o.num_dfiles, 3);
}

static void
the_kernels_options_are_passed_on_and_generic_ones_are_not (void **state)
{
    struct mount_options o =
        parsed ("ro,_netdev,nofail,noatime,x-systemd.automount,user=me,nosuid");
    assert_string_equal (o.kernel, "ro,noatime,nosuid");
}

static void
an_unknown_option_is_refused_by_name (void **state)
{
    refused ("rw,frobnicate=1", "frobnicate");
    refused ("op-timeout=", "op-timeout");
    refused ("op-timeout=-1", "op-timeout");
    refused ("num_dfiles=1.5", "num_dfiles");
    refused ("ro=1", "ro=1");
}

static void
sloppy_ignores_what_is_unknown (void **state)
{
    assert_true (parsed ("frobnicate=1,sloppy,ro").sloppy);
}

static void
the_last_word_about_access_times_counts (void **state)
{
    assert_int_equal (parsed ("").atime, ATIME_RELATIVE);
    assert_int_equal (parsed ("strictatime").atime, ATIME_STRICT);
    assert_int_equal (parsed ("noatime,relatime").atime, ATIME_RELATIVE);
    assert_int_equal (parsed ("relatime,noatime").atime, ATIME_NEVER);
    assert_true (parsed ("nodiratime").no_diratime);
    assert_false (parsed ("nodiratime,diratime").no_diratime);
    assert_true (parsed ("ro").read_only);
    assert_false (parsed ("ro,rw").read_only);
    assert_true (parsed ("noacl").no_acl);
    assert_false (parsed ("noacl,acl").no_acl);
}

static void
cache_none_turns_all_caches_off (void **state)
{
    struct mount_options o = parsed ("cache=none");
    assert_int_equal (o.attr_timeout + o.entry_timeout + o.ncache_timeout + o.acache_timeout, 0);
    assert_true (o.no_cache);
}

/* --- open files ----------------------------------------------------------------------------- */

static void
open_files_are_there_in_the_next_life (void **state)
{
    struct slots s;
    int fd;
    assert_int_equal (slots_create (&fd), 0);
    assert_int_equal (slots_map (fd, &s), 0);
    struct open_file *f[3];
    for (unsigned i = 0; i < 3; i++) {
        f[i] = slots_open_add (&s, 10 + i);
        f[i]->opens = 1 + i;
    }
    assert_int_equal (slots_open_remove (&s, f[0]), 12); /* the last one takes its place */
    slots_unmap (&s);
    assert_int_equal (slots_map (fd, &s), 0);
    assert_int_equal (s.head->open_files, 2);
    assert_int_equal (slots_open_file (&s, 0)->handle, 12);
    assert_int_equal (slots_open_file (&s, 0)->opens, 3);
    assert_int_equal (slots_open_file (&s, 1)->handle, 11);
    slots_open_remove (&s, slots_open_file (&s, 1));
    slots_open_remove (&s, slots_open_file (&s, 0));
    assert_int_equal (s.head->open_files, 0);
    slots_unmap (&s);
    close (fd);
}

/* --- slots ---------------------------------------------------------------------------------- */

static void
a_write_payload_begins_on_a_page (void **state)
{
    struct slots s;
    int fd;
    assert_int_equal (slots_create (&fd), 0);
    assert_int_equal (slots_map (fd, &s), 0);
    for (int i = 0; i < SLOT_BIG_COUNT; i++) {
        struct slot *slot = slots_take_big (&s);
        assert_int_equal (((uintptr_t)slots_message (&s, slot) + SLOT_WRITE_HEADER) % SLOT_PAGE, 0);
    }
    assert_null (slots_take_big (&s));
    slots_unmap (&s);
    close (fd);
}

static void
slots_do_not_overlap_and_come_back (void **state)
{
    struct slots s;
    int fd;
    struct slot *small[SLOT_SMALL_COUNT];
    assert_int_equal (slots_create (&fd), 0);
    assert_int_equal (slots_map (fd, &s), 0);
    for (int i = 0; i < SLOT_SMALL_COUNT; i++) {
        small[i] = slots_take_small (&s);
        memset (slots_message (&s, small[i]), i, SLOT_SMALL_MESSAGE);
        small[i]->unique = (uint64_t)i;
    }
    assert_null (slots_take_small (&s));
    for (int i = 0; i < SLOT_SMALL_COUNT; i++) {
        assert_int_equal (small[i]->unique, i);
        assert_int_equal ((uint8_t)slots_message (&s, small[i])[SLOT_SMALL_MESSAGE - 1],
                          (uint8_t)i);
        slots_give_back (&s, small[i]);
    }
    assert_int_equal (s.nsmall, SLOT_SMALL_COUNT);
    assert_int_equal (s.nbig, SLOT_BIG_COUNT);
    slots_unmap (&s);
    close (fd);
}

static struct slot *
receive (struct slots *s, uint64_t unique, bool settle)
{
    struct slot *big = slots_take_big (s), *slot = big;
    struct fuse_in_header *in = (void *)slots_message (s, big);
    *in = (struct fuse_in_header){ .len = sizeof *in, .unique = unique };
    if (!settle)
        return big;
    slot = slots_take_small (s);
    memcpy (slots_message (s, slot), in, sizeof *in);
    slots_received (s, slot, sizeof *in, UINT64_C (77) << JOURNAL_INDEX_BITS, true);
    slots_give_back (s, big);
    return slot;
}

/* What the next life finds; the memory stays mapped for the comparison. */
static unsigned
next_life (int fd, struct slots *next, struct slot **ret_first)
{
    unsigned from = 0, n = 0;
    assert_int_equal (slots_map (fd, next), 0);
    for (struct slot *slot; (slot = slots_left (next, &from)); n++)
        if (n == 0)
            *ret_first = slot;
    return n;
}

static void
an_unanswered_request_is_found_by_the_next_life (void **state)
{
    struct slots s, next;
    struct slot *first = NULL;
    int fd;
    assert_int_equal (slots_create (&fd), 0);
    assert_int_equal (slots_map (fd, &s), 0);
    slots_give_back (&s, receive (&s, 2, true));
    uint64_t id = receive (&s, 4, true)->request_id;
    assert_int_equal (next_life (fd, &next, &first), 1);
    assert_int_equal (first->unique, 4);
    assert_int_equal (first->state, SLOT_RECEIVED);
    assert_int_equal (first->request_id, id);
    assert_int_equal (next.nsmall, SLOT_SMALL_COUNT - 1);
    assert_int_equal (next.nbig, SLOT_BIG_COUNT);
    assert_int_equal (next.head->life, 2);
    slots_unmap (&next);
    slots_unmap (&s);
    close (fd);
}

static void
a_message_that_was_read_but_not_marked_is_found (void **state)
{
    struct slots s, next;
    struct slot *first = NULL;
    int fd;
    assert_int_equal (slots_create (&fd), 0);
    assert_int_equal (slots_map (fd, &s), 0);
    receive (&s, 6, false);
    slots_take_big (&s); /* nothing came into this one */
    assert_int_equal (next_life (fd, &next, &first), 1);
    assert_int_equal (first->unique, 6);
    assert_int_equal (first->state, SLOT_RECEIVED);
    slots_unmap (&next);
    slots_unmap (&s);
    close (fd);
}

static void
a_message_in_two_slots_is_done_once (void **state)
{
    struct slots s, next;
    struct slot *first = NULL;
    int fd;
    assert_int_equal (slots_create (&fd), 0);
    assert_int_equal (slots_map (fd, &s), 0);
    receive (&s, 8, true);
    receive (&s, 8, false);
    assert_int_equal (next_life (fd, &next, &first), 1);
    slots_unmap (&next);
    slots_unmap (&s);
    close (fd);
}

static void
an_answer_is_kept_until_the_slot_is_free (void **state)
{
    struct slots s, next;
    struct slot *first = NULL;
    int fd;
    char head[16] = "head", tail[8] = "tail";
    struct iovec iov[2] = { { head, sizeof head }, { tail, sizeof tail } };
    assert_int_equal (slots_create (&fd), 0);
    assert_int_equal (slots_map (fd, &s), 0);
    struct slot *slot = receive (&s, 10, true);
    assert_ptr_equal (slots_by_unique (&s, 10), slot);
    slots_answered (&s, slot, iov, 2);
    assert_null (slots_by_unique (&s, 10));
    assert_int_equal (next_life (fd, &next, &first), 1);
    assert_int_equal (first->state, SLOT_ANSWERED);
    assert_int_equal (slots_record (&next, first)->answer_size, sizeof head + sizeof tail);
    assert_string_equal (slots_record (&next, first)->answer + sizeof head, "tail");
    slots_unmap (&next);
    slots_unmap (&s);
    close (fd);
}

static void
slots_of_another_version_are_refused (void **state)
{
    struct slots s;
    int fd;
    assert_int_equal (slots_create (&fd), 0);
    assert_int_equal (slots_map (fd, &s), 0);
    s.head->layout++;
    slots_unmap (&s);
    assert_int_equal (slots_map (fd, &s), -EPROTO);
    close (fd);
}

static void
notes_are_found_by_the_next_life_in_their_order (void **state)
{
    struct slots s, next;
    struct slot *first = NULL;
    bool old = true;
    int fd;
    assert_int_equal (slots_create (&fd), 0);
    assert_int_equal (slots_map (fd, &s), 0);
    uint64_t id = receive (&s, 12, true)->request_id;
    struct journal_page *p = journal_page (&s.journal, id);
    struct journal_note *refused = journal_take (&s.journal, p, 1, 5, &old);
    assert_false (old);
    journal_sent (refused, 3, 100);
    journal_answered (p, refused, "no", 3);
    struct journal_note *again = journal_take (&s.journal, p, 1, 5, &old); /* the same words once more */
    assert_false (old);
    assert_ptr_not_equal (again, refused);
    journal_sent (again, 4, 200);
    assert_int_equal (next_life (fd, &next, &first), 1);
    p = journal_page (&next.journal, id);
    assert_true (journal_left_over (&next.journal, &p->notes[1]));
    struct journal_note *n = journal_take (&next.journal, p, 1, 5, &old);
    assert_true (old);
    assert_int_equal (n->state, NOTE_ANSWERED);
    assert_string_equal (p->room + n->answer_at, "no");
    n = journal_take (&next.journal, p, 1, 5, &old);
    assert_true (old);
    assert_int_equal (n->state, NOTE_SENT);
    assert_int_equal (n->slot, 4);
    assert_int_equal (n->seq, 200);
    assert_false (journal_left_over (&next.journal, n));
    assert_non_null (journal_take (&next.journal, p, 1, 5, &old));
    assert_false (old);
    slots_unmap (&next);
    slots_unmap (&s);
    close (fd);
}

/* --- nodes ---------------------------------------------------------------------------------- */

static void
an_unchanged_file_keeps_its_pages_at_the_next_open (void **state)
{
    struct nodes t;
    struct object_attr a = { .size = 5, .mtime = 7, .change = 1 };
    nodes_init (&t);
    assert_false (nodes_open (&t, 42, &a, 1));
    assert_true (nodes_open (&t, 42, &a, 2));
    a.change++;
    assert_false (nodes_open (&t, 42, &a, 3));
    nodes_forget (&t, 42);
    assert_false (nodes_open (&t, 42, &a, 4));
    nodes_fini (&t);
}

static void
absence_is_known_only_while_it_is_young (void **state)
{
    struct nodes t;
    struct object_attr a = { .flags = OBJ_HAS_XATTR };
    nodes_init (&t);
    assert_false (nodes_lacks (&t, 42, OBJ_HAS_SECURITY, 10, 100));
    nodes_saw (&t, 42, &a, 10);
    assert_true (nodes_lacks (&t, 42, OBJ_HAS_SECURITY, 110, 100));
    assert_false (nodes_lacks (&t, 42, OBJ_HAS_SECURITY, 111, 100));
    assert_false (nodes_lacks (&t, 42, OBJ_HAS_XATTR, 10, 100));
    nodes_note_unknown (&t, 42);
    assert_false (nodes_lacks (&t, 42, OBJ_HAS_SECURITY, 11, 100));
    nodes_fini (&t);
}

static void
a_read_counts_once_after_a_change_and_once_a_day (void **state)
{
    const uint64_t hour = 3600 * NSEC_PER_SEC;
    struct nodes t;
    struct object_attr a = { .atime = 10 * hour, .mtime = 10 * hour, .ctime = 10 * hour };
    nodes_init (&t);
    nodes_saw (&t, 42, &a, 1);
    assert_true (nodes_read (&t, 42, 11 * hour));
    assert_false (nodes_read (&t, 42, 12 * hour));
    nodes_saw (&t, 42, &a, 2); /* the server does not know yet */
    assert_false (nodes_read (&t, 42, 13 * hour));
    a.ctime = 14 * hour;
    nodes_saw (&t, 42, &a, 3);
    assert_true (nodes_read (&t, 42, 15 * hour));
    assert_false (nodes_read (&t, 42, 38 * hour));
    assert_true (nodes_read (&t, 42, 39 * hour));
    nodes_fini (&t);
}

static void
the_table_of_nodes_is_bounded (void **state)
{
    struct nodes t;
    struct object_attr a = { 0 };
    nodes_init (&t);
    for (uint64_t h = 2; h < NODES_MAX + 1000; h++)
        nodes_saw (&t, h, &a, 1);
    assert_int_equal (t.table.count, NODES_MAX);
    assert_true (nodes_lacks (&t, NODES_MAX + 999, OBJ_HAS_SECURITY, 1, 1));
    assert_false (nodes_lacks (&t, 2, OBJ_HAS_SECURITY, 1, 1));
    nodes_fini (&t);
}

/* --- control -------------------------------------------------------------------------------- */

static void
a_descriptor_travels_with_its_packet (void **state)
{
    int pair[2], sent[2], fd = -1;
    char kind = 0, data[16];
    assert_int_equal (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_int_equal (pipe (sent), 0);
    assert_int_equal (control_send (pair[0], CONTROL_SESSION, "init", 4, sent[1]), 0);
    assert_int_equal (control_receive (pair[1], &kind, data, sizeof data, &fd), 4);
    assert_int_equal (kind, CONTROL_SESSION);
    assert_memory_equal (data, "init", 4);
    assert_int_equal (write (fd, "x", 1), 1);
    assert_int_equal (read (sent[0], data, 1), 1);
    close (pair[0]);
    assert_int_equal (control_receive (pair[1], &kind, data, sizeof data, &fd), -EPIPE);
    close (pair[1]);
    close (sent[0]);
    close (sent[1]);
    close (fd);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (no_options_mean_the_defaults),
        cmocka_unit_test (times_have_their_units),
        cmocka_unit_test (the_kernels_options_are_passed_on_and_generic_ones_are_not),
        cmocka_unit_test (an_unknown_option_is_refused_by_name),
        cmocka_unit_test (sloppy_ignores_what_is_unknown),
        cmocka_unit_test (the_last_word_about_access_times_counts),
        cmocka_unit_test (cache_none_turns_all_caches_off),
        cmocka_unit_test (a_write_payload_begins_on_a_page),
        cmocka_unit_test (slots_do_not_overlap_and_come_back),
        cmocka_unit_test (open_files_are_there_in_the_next_life),
        cmocka_unit_test (an_unanswered_request_is_found_by_the_next_life),
        cmocka_unit_test (a_message_that_was_read_but_not_marked_is_found),
        cmocka_unit_test (a_message_in_two_slots_is_done_once),
        cmocka_unit_test (an_answer_is_kept_until_the_slot_is_free),
        cmocka_unit_test (slots_of_another_version_are_refused),
        cmocka_unit_test (notes_are_found_by_the_next_life_in_their_order),
        cmocka_unit_test (an_unchanged_file_keeps_its_pages_at_the_next_open),
        cmocka_unit_test (absence_is_known_only_while_it_is_young),
        cmocka_unit_test (a_read_counts_once_after_a_change_and_once_a_day),
        cmocka_unit_test (the_table_of_nodes_is_bounded),
        cmocka_unit_test (a_descriptor_travels_with_its_packet),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
