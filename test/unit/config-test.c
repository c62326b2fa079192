/* fs.conf: what parses, what it means, what is refused and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/base.h"
#include "common/config/config.h"
#include "common/config/option-table.h"

#define ALIASES "<Aliases>\nAlias a tcp://a:1\nAlias b tcp://b:1\n</Aliases>\n"
#define RANGES                                                     \
    "<MetaHandleRanges>\nRange a 3-2000000\n</MetaHandleRanges>\n" \
    "<DataHandleRanges>\nRange b 3000000-4000000\n</DataHandleRanges>\n"
#define ID1 "Name x\nID 1\nRootHandle 1048576\n"
#define FS1 "<FileSystem>\n" ID1 RANGES "</FileSystem>\n"

static struct config *
parse (const char *text)
{
    struct config *cfg = NULL;
    char *error = NULL;
    if (config_parse_text (text, strlen (text), "fs.conf", &cfg, &error) != 0)
        fail_msg ("%s", error);
    return cfg;
}

/* The text is refused with exactly these words. */
static void
refused (const char *text, const char *words)
{
    struct config *cfg = NULL;
    CLEANUP_FREE char *error = NULL;
    assert_int_equal (config_parse_text (text, strlen (text), "fs.conf", &cfg, &error), -EINVAL);
    assert_null (cfg);
    assert_non_null (error);
    assert_string_equal (error, words);
}

static char *
sample_path (void)
{
    static char path[4096];
    const char *srcdir = getenv ("srcdir");
    snprintf (path, sizeof path, "%s/test/unit/data/orangefs.conf", srcdir != NULL ? srcdir : ".");
    if (access (path, R_OK) != 0) { /* beside this source file, wherever the test runs */
        const char *slash = strrchr (__FILE__, '/');
        snprintf (path, sizeof path, "%.*s/data/orangefs.conf",
                  slash != NULL ? (int) (slash - __FILE__) : 1, slash != NULL ? __FILE__ : ".");
    }
    return path;
}

static struct config *
sample (void)
{
    struct config *cfg = NULL;
    char *error = NULL;
    if (config_parse_file (sample_path (), &cfg, &error) != 0)
        fail_msg ("%s", error);
    return cfg;
}

static void
an_orangefs_config_parses (void **state)
{
    struct config *cfg = sample ();
    assert_int_equal (cfg->n_aliases, 5);
    assert_string_equal (cfg->aliases[0].addr, "tcp://meta1.example.org:3334,ib://meta1-ib:3335");
    assert_int_equal (cfg->n_fs, 2);
    const struct config_fs *fs = config_find_fs (cfg, "orangefs");
    assert_int_equal (fs->id, 1615492168);
    assert_int_equal (fs->root_handle, 1048576);
    assert_int_equal (fs->flow_buffer_size, 1048576);
    assert_int_equal (fs->flow_buffers, 4);
    assert_int_equal (fs->default_num_dfiles, 2);
    assert_string_equal (fs->dist_name, "simple_stripe");
    assert_string_equal (fs->dist_params, "strip_size:131072");
    assert_string_equal (fs->trove_method, "directio");
    assert_true (fs->trove_sync_meta && !fs->trove_sync_data);
    assert_true (fs->coalescing_high == UINT32_MAX);
    assert_int_equal (fs->n_meta_servers, 2);
    assert_int_equal (fs->n_data_servers, 3);
    assert_int_equal (fs->n_data_ranges, 4);
    assert_string_equal (config_find_fs_id (cfg, 2)->name, "scratch");
    assert_string_equal (config_find_fs_id (cfg, 2)->trove_method, "alt-aio");
    assert_null (config_find_fs_id (cfg, 3));
    config_free (cfg);
}

static void
server_options_lie_over_the_defaults (void **state)
{
    struct config *cfg = sample ();
    const struct config_server_options *io1 = config_server_options (cfg, "io1");
    const struct config_server_options *io2 = config_server_options (cfg, "io2");
    assert_string_equal (io1->data_storage, "/opt/orangefs/storage/data");
    assert_string_equal (io2->data_storage, "/bigdisk/data");
    assert_string_equal (io2->meta_storage, "/opt/orangefs/storage/meta");
    assert_string_equal (io2->log_file, "/var/log/orangefs #2.log");
    assert_int_equal (io1->capability_timeout_secs, 900);
    assert_int_equal (io2->capability_timeout_secs, 300);
    assert_string_equal (io2->user_cert_dn, "C=US, O=OrangeFS");
    assert_int_equal (io2->perf_update_history, 20);
    assert_null (config_server_options (cfg, "io9"));
    config_free (cfg);
}

static void
what_is_not_set_has_the_default (void **state)
{
    struct config *cfg = parse (ALIASES FS1);
    const struct config_server_options *o = config_server_options (cfg, "a");
    assert_int_equal (o->storage_reserve, 64 << 20);
    assert_int_equal (o->server_reactors, 1);
    assert_int_equal (o->slow_op_msecs, 1000);
    assert_int_equal (o->op_timeout_secs, 60);
    assert_int_equal (o->request_slots, 128);
    assert_int_equal (o->client_bmi_timeout_secs, 300);
    assert_int_equal (o->precreate_batch_size[4], 32);
    assert_string_equal (o->log_file, "/tmp/pvfs2-server.log");
    assert_null (o->data_storage);
    assert_int_equal (cfg->fs[0].flow_buffer_size, 262144);
    assert_int_equal (cfg->fs[0].flow_buffers, 8);
    assert_true (cfg->fs[0].file_stuffing && cfg->fs[0].trove_sync_data);
    assert_string_equal (cfg->fs[0].dist_name, "simple_stripe");
    assert_string_equal (cfg->fs[0].trove_method, "dbpf");
    assert_null (cfg->fs[0].secret_key);
    config_free (cfg);
}

static void
every_default_is_a_value_that_its_option_takes (void **state)
{
    size_t n;
    const struct config_option *options = config_options (&n);
    for (size_t i = 0; i < n; i++) {
        char why[CONFIG_WHY];
        if (options[i].preset != NULL)
            assert_int_equal (config_set_value (&options[i], options[i].preset, NULL, NULL, why),
                              0);
        assert_true (options[i].contexts != 0);
    }
}

static void
sizes_take_a_unit (void **state)
{
    struct config *cfg =
        parse ("<Defaults>\nStorageReserve 3G\n</Defaults>\n" ALIASES
               "<ServerOptions>\nServer b\nStorageReserve 96k\n</ServerOptions>\n" FS1);
    assert_true (config_server_options (cfg, "a")->storage_reserve == UINT64_C (3) << 30);
    assert_true (config_server_options (cfg, "b")->storage_reserve == 96 << 10);
    config_free (cfg);
    refused ("<Defaults>\nStorageReserve 99999999999999T\n</Defaults>\n",
             "fs.conf:2: StorageReserve: '99999999999999T' is not a size (a number with an "
             "optional K, M, "
             "G or T)");
    refused (
        "<Defaults>\nStorageReserve K\n</Defaults>\n",
        "fs.conf:2: StorageReserve: 'K' is not a size (a number with an optional K, M, G or T)");
}

static void
a_single_storage_space_serves_for_both (void **state)
{
    struct config *cfg =
        parse ("<Defaults>\nStorageSpace /s\nDataStorageSpace /d\n</Defaults>\n" ALIASES
               "<ServerOptions>\nServer b\nStorageSpace /b\n</ServerOptions>\n" FS1);
    assert_string_equal (config_server_options (cfg, "a")->data_storage, "/d");
    assert_string_equal (config_server_options (cfg, "a")->meta_storage, "/s");
    assert_string_equal (config_server_options (cfg, "b")->data_storage, "/b");
    assert_string_equal (config_server_options (cfg, "b")->meta_storage, "/b");
    config_free (cfg);
}

static void
an_unknown_option_is_refused_with_its_place_and_a_hint (void **state)
{
    refused ("\n<Defaults>\n  LogFil x\n",
             "fs.conf:3: unknown option 'LogFil' in <Defaults>; did you mean "
             "'LogFile'?");
    refused ("<Defaults>\nlogfile x\n",
             "fs.conf:2: unknown option 'logfile' in <Defaults>; did you mean "
             "'LogFile'?");
    refused ("<Defaults>\nTroveSyncMeta yes\n",
             "fs.conf:2: unknown option 'TroveSyncMeta' in <Defaults>; it "
             "belongs in StorageHints");
    refused ("<Aliases>\nEntirelyWrong 1\n",
             "fs.conf:2: unknown option 'EntirelyWrong' in <Aliases>; known "
             "there: Alias");
    refused ("Zzzzzzzz 1\n",
             "fs.conf:1: unknown option 'Zzzzzzzz' outside any section; options stand inside "
             "sections such as <Defaults>");
}

static void
broken_sections_are_refused (void **state)
{
    refused ("<Nonsense>\n", "fs.conf:1: unknown section <Nonsense>");
    refused ("<Defaults>\n<LDAP>\n",
             "fs.conf:2: unknown section <LDAP> in <Defaults>, which line 1 opened");
    refused ("<Defaults>\n</Aliases>\n",
             "fs.conf:2: </Aliases> where </Defaults> is due: line 1 opened <Defaults>");
    refused ("</Defaults>\n", "fs.conf:1: </Defaults> closes nothing");
    refused ("<Defaults>\nLogFile x\n", "fs.conf:1: <Defaults> is never closed");
    refused ("<Defaults\n", "fs.conf:1: a section's tag lacks its '>'");
    refused ("<Defaults>\nLogFile \"x\n</Defaults>\n",
             "fs.conf:2: a quote is not closed on its line");
    refused ("<Defaults>\nLogFile\n", "fs.conf:2: option 'LogFile' has no value");
    refused ("<Defaults>\nLogType tape\n", "fs.conf:2: LogType: 'tape' is not one of file|syslog");
    refused ("<Defaults>\nTCPBindSpecific 1\n",
             "fs.conf:2: TCPBindSpecific: '1' is neither yes nor no");
}

static void
aliases_must_make_sense (void **state)
{
    refused ("<Aliases>\nAlias a\n</Aliases>\n", "fs.conf:2: Alias needs a name and an address");
    refused ("<Aliases>\nAlias a b\n</Aliases>\n",
             "fs.conf:2: 'b' is not an address such as tcp://host:3334");
    refused ("<Aliases>\nAlias a tcp://b:70000\n</Aliases>\n",
             "fs.conf:2: 'tcp://b:70000' is not an address such as tcp://host:3334");
    refused ("<Aliases>\nAlias a tcp://a:1\nAlias a tcp://a:2\n</Aliases>\n" FS1,
             "fs.conf:1: alias 'a' is there twice");
    refused (ALIASES "<ServerOptions>\nLogFile x\n</ServerOptions>\n",
             "fs.conf:5: <ServerOptions> must begin with 'Server ALIAS'");
    refused (ALIASES "<ServerOptions>\nServer c\n</ServerOptions>\n",
             "fs.conf:6: alias 'c' is not in <Aliases>");
    refused ("", "fs.conf: no server: <Aliases> needs a line 'Alias NAME ADDRESS'");
}

static void
ranges_must_make_sense (void **state)
{
#define WITH(meta, data)                                                               \
    ALIASES "<FileSystem>\n" ID1 "<MetaHandleRanges>\n" meta "\n</MetaHandleRanges>\n" \
            "<DataHandleRanges>\n" data "\n</DataHandleRanges>\n</FileSystem>\n"
    refused (
        WITH ("Range a 3-2000000", "Range b 2000000-3000000"),
        "fs.conf:5: ranges of 'x' overlap: 3-2000000 of a (meta) and 2000000-3000000 of b (data)");
    refused (WITH ("Range c 3-2000000", "Range b 2-2"),
             "fs.conf:10: alias 'c' is not in <Aliases>");
    refused (WITH ("Range a 1-2000000", "Range b 2-2"),
             "fs.conf:10: range 1-2000000: handles 0 and 1 are reserved");
    refused (WITH ("Range a 9-3", "Range b 2-2"), "fs.conf:10: range 9-3 ends before it begins");
    refused (WITH ("Range a", "Range b 2-2"),
             "fs.conf:10: Range needs a server and a range: Range a 3-1000");
    refused (WITH ("Range a 3-x", "Range b 2-2"),
             "fs.conf:10: '3-x' is not a range such as 3-1000000");
    refused (WITH ("Range a 3-1000", "Range b 1048576"),
             "fs.conf:8: RootHandle 1048576 is in no range of <MetaHandleRanges>");
    refused (WITH ("Range a 3-2000000", ""),
             "fs.conf:5: file system 'x' has no <DataHandleRanges>");
}

static void
file_systems_must_make_sense (void **state)
{
    refused (ALIASES, "fs.conf: no <FileSystem> section");
    refused (ALIASES "<FileSystem>\nID 1\nRootHandle 3\n</FileSystem>\n",
             "fs.conf:5: <FileSystem> without Name");
    refused (ALIASES "<FileSystem>\nRootHandle 1\n",
             "fs.conf:6: RootHandle: '1' is not between 2 and 18446744073709551615");
    refused (ALIASES "<FileSystem>\nFlowBufferSizeBytes 1G\n",
             "fs.conf:6: FlowBufferSizeBytes: '1G' is not between 1024 and 16777216");
    refused (ALIASES "<FileSystem>\nID 2147483648\n",
             "fs.conf:6: ID: '2147483648' is not between 1 and 2147483647");
    refused (ALIASES FS1 FS1, "fs.conf:17: a second file system of the name 'x'");
    refused (ALIASES FS1 "<FileSystem>\nName y\nID 1\nRootHandle 3\n" RANGES "</FileSystem>\n",
             "fs.conf:18: 'y' has the same ID as 'x'");
    refused (ALIASES "<FileSystem>\n" ID1 "<Distribution>\nParam p\n</Distribution>\n" RANGES
                     "</FileSystem>\n",
             "fs.conf:10: a Value must follow its Param");
}

static void
a_handle_finds_its_server (void **state)
{
    struct config *cfg = sample ();
    const struct config_fs *fs = &cfg->fs[0];
    assert_int_equal (config_handle_server (fs, 3), config_find_alias (cfg, "meta1"));
    assert_int_equal (config_handle_server (fs, 1152921504606846977),
                      config_find_alias (cfg, "meta1"));
    assert_int_equal (config_handle_server (fs, 1152921504606846978),
                      config_find_alias (cfg, "meta2"));
    assert_int_equal (config_handle_server (fs, 3458764513820540928),
                      config_find_alias (cfg, "io2"));
    assert_int_equal (config_handle_server (fs, 6000000000000000000),
                      config_find_alias (cfg, "io3"));
    assert_int_equal (config_handle_server (fs, 0), -ENOENT);
    assert_int_equal (config_handle_server (fs, 2), -ENOENT);
    assert_int_equal (config_handle_server (fs, 5999999999999999999), -ENOENT);
    assert_true (config_handle_server (fs, UINT64_MAX) == -ENOENT);
    config_free (cfg);
}

static void
collect (void *arg, const char *option, const char *section, int line)
{
    char *list = arg;
    sprintf (list + strlen (list), "%s@%s ", option, section);
}

static void
options_without_effect_are_listed_once_each (void **state)
{
    char list[4096] = "";
    struct config *cfg =
        parse ("<Defaults>\nUnexpectedRequests 5\nBMIModules bmi_tcp\nEnableTracing no\n"
               "</Defaults>\n" ALIASES "<ServerOptions>\nServer a\n"
               "UnexpectedRequests 6\n</ServerOptions>\n"
               "<FileSystem>\n" ID1 "TreeWidth 3\n" RANGES "</FileSystem>\n");
    config_each_unhonoured (cfg, collect, list);
    assert_string_equal (list, "UnexpectedRequests@Defaults TreeWidth@FileSystem ");
    config_free (cfg);
}

static void
security_options_that_nobody_enforces_are_named (void **state)
{
    struct config *cfg = sample (); /* its RootSquash is empty */
    assert_null (config_security_unenforced (cfg));
    config_free (cfg);
    cfg = parse ("<Defaults>\n<Security>\nKeyStore /k\nTrustedPorts "
                 "1-1023\n</Security>\n</Defaults>\n" ALIASES "<FileSystem>\n" ID1 RANGES
                 "<ExportOptions>\nReadOnly tcp://10.*\n</ExportOptions>\n"
                 "</FileSystem>\n");
    assert_string_equal (config_security_unenforced (cfg),
                         "KeyStore (line 3), TrustedPorts (line 4), ReadOnly (line 22)");
    config_free (cfg);
}

static void
the_public_text_has_no_secret_and_the_same_epoch (void **state)
{
    static const char text[] =
        ALIASES "<FileSystem>\n" ID1 "\tSecretKey \\\n  deadbeef\n" RANGES "</FileSystem>\n";
    struct config *server = parse (text);
    assert_string_equal (server->text, text);
    assert_string_equal (server->fs[0].secret_key, "deadbeef");
    assert_null (strstr (server->public_text, "deadbeef"));
    struct config *client = parse (server->public_text);
    assert_null (client->fs[0].secret_key);
    assert_string_equal (client->public_text, server->public_text);
    assert_true (client->epoch == server->epoch && client->epoch != 0);
    struct config *other = parse (ALIASES FS1);
    assert_true (other->epoch != client->epoch);
    config_free (other);
    config_free (client);
    config_free (server);
}

static void
a_written_config_parses_to_the_same (void **state)
{
    struct config *cfg = sample ();
    char *once = NULL, *twice = NULL;
    size_t len;
    FILE *out = open_memstream (&once, &len);
    assert_int_equal (config_write (cfg, out), 0);
    fclose (out);
    struct config *again = parse (once);
    out = open_memstream (&twice, &len);
    assert_int_equal (config_write (again, out), 0);
    fclose (out);
    assert_string_equal (once, twice);
    assert_int_equal (again->fs[0].n_ranges, cfg->fs[0].n_ranges);
    assert_memory_equal (again->fs[0].ranges, cfg->fs[0].ranges,
                         sizeof (struct config_range) * (size_t) cfg->fs[0].n_ranges);
    assert_string_equal (config_server_options (again, "io2")->log_file,
                         "/var/log/orangefs #2.log");
    free (once);
    free (twice);
    config_free (again);
    config_free (cfg);
}

static void
the_writer_refuses_what_the_parser_would (void **state)
{
    struct config_writer w;
    FILE *null = fopen ("/dev/null", "w");
    config_writer_begin (&w, null);
    config_writer_put (&w, "LogFile", "x");
    assert_int_equal (config_writer_end (&w), -EINVAL);
    assert_string_equal (w.error, "option 'LogFile' does not belong here");
    config_writer_begin (&w, null);
    config_writer_open (&w, "Defaults");
    config_writer_put (&w, "RequestSlots", "%d", -1);
    assert_int_equal (config_writer_end (&w), -EINVAL);
    assert_string_equal (w.error, "RequestSlots '-1' is not a number");
    fclose (null);
}

static void
a_missing_file_and_a_huge_one_are_refused (void **state)
{
    struct config *cfg = NULL;
    char *error = NULL;
    assert_int_equal (config_parse_file ("/no/such/file", &cfg, &error), -ENOENT);
    assert_string_equal (error, "/no/such/file: No such file or directory");
    free (error);
    char *huge = calloc (1, CONFIG_MAX_TEXT + 1);
    assert_int_equal (config_parse_text (huge, CONFIG_MAX_TEXT + 1, "huge", &cfg, NULL), -EINVAL);
    free (huge);
    assert_null (cfg);
}

static void
a_damaged_file_never_crashes_the_parser (void **state)
{
    uint64_t seed = getenv ("SEED") != NULL ? strtoull (getenv ("SEED"), NULL, 0) : 7;
    print_message ("SEED=%llu\n", (unsigned long long) seed);
    struct config *good = sample ();
    char *copy = malloc (good->text_len);
    for (int i = 0; i < 2000; i++) {
        memcpy (copy, good->text, good->text_len);
        for (int k = 0; k < 1 + i % 4; k++) {
            seed = hash_u64 (seed);
            copy[(seed >> 8) % good->text_len] = (char) seed;
        }
        struct config *cfg = NULL;
        CLEANUP_FREE char *error = NULL;
        size_t len = i % 3 == 0 ? (seed >> 20) % good->text_len : good->text_len;
        int r = config_parse_text (copy, len, "damaged", &cfg, &error);
        assert_true (r == 0 ? error == NULL : error != NULL);
        config_free (cfg);
    }
    free (copy);
    config_free (good);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (an_orangefs_config_parses),
        cmocka_unit_test (server_options_lie_over_the_defaults),
        cmocka_unit_test (what_is_not_set_has_the_default),
        cmocka_unit_test (every_default_is_a_value_that_its_option_takes),
        cmocka_unit_test (sizes_take_a_unit),
        cmocka_unit_test (a_single_storage_space_serves_for_both),
        cmocka_unit_test (an_unknown_option_is_refused_with_its_place_and_a_hint),
        cmocka_unit_test (broken_sections_are_refused),
        cmocka_unit_test (aliases_must_make_sense),
        cmocka_unit_test (ranges_must_make_sense),
        cmocka_unit_test (file_systems_must_make_sense),
        cmocka_unit_test (a_handle_finds_its_server),
        cmocka_unit_test (options_without_effect_are_listed_once_each),
        cmocka_unit_test (security_options_that_nobody_enforces_are_named),
        cmocka_unit_test (the_public_text_has_no_secret_and_the_same_epoch),
        cmocka_unit_test (a_written_config_parses_to_the_same),
        cmocka_unit_test (the_writer_refuses_what_the_parser_would),
        cmocka_unit_test (a_missing_file_and_a_huge_one_are_refused),
        cmocka_unit_test (a_damaged_file_never_crashes_the_parser),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
