/*
 * mount.pvfs2 and mount.fuse.pvfs2: the helper that mount(8) calls,
 *
 *     mount.pvfs2 SPEC DIR [-sfnv] [-o OPTIONS] [-t TYPE]
 *
 * Only the command line is translated; pvfs2-client, run in place of this program, does the rest
 * and knows the options.
 */
#include <limits.h>
#include <unistd.h>

#include "kernel-bridge/mount-options.h"

enum { NOT_MOUNTED = 1, FAILED = 32 }; /* mount(8)'s exit codes */

struct choices {
    bool sloppy, fake, no_mtab, verbose, read_only, read_write;
    const char *options, *type;
};

static const struct tool_option options[] = {
    OPT_LIST ('o', "options", "OPTIONS", struct choices, options, "mount options, a comma list"),
    OPT_SWITCH ('r', "read-only", struct choices, read_only, "same as -o ro"),
    OPT_SWITCH ('w', "rw", struct choices, read_write, "accepted: to be written to is the default"),
    OPT_SWITCH ('s', "sloppy", struct choices, sloppy, "same as -o sloppy"),
    OPT_SWITCH ('f', "fake", struct choices, fake, "do not mount"),
    OPT_SWITCH ('v', "verbose", struct choices, verbose, "say what is run"),
    OPT_SWITCH ('n', "no-mtab", struct choices, no_mtab, "accepted: no mtab is written anyway"),
    OPT_TEXT ('t', "types", "TYPE", struct choices, type, "accepted: the type that mount(8) was given"),
};
static const char *const usage[] = { "SPEC DIR [OPTION...]", NULL };
static const struct tool_section sections[] = {
    { "FSTAB", "A line for /etc/fstab:\n"
               "\n"
               "  tcp://host:3334/pvfs2-fs /mnt/pvfs2 pvfs2 _netdev,nofail 0 0\n"
               "\n"
               "or, mounted at its first use and never in the way of a boot:\n"
               "\n"
               "  tcp://host:3334/pvfs2-fs /mnt/pvfs2 fuse.pvfs2 _netdev,nofail,x-systemd.automount,x-systemd.mount-timeout=30 0 0" },
    { "LIMITS", "No shared writable mappings across mounts beyond close-to-open, locks only within one mount." },
    { "SEE ALSO", "pvfs2-client(8), mount(8), umount(8), fstab(5)" },
    { NULL, NULL },
};
static const struct tool_example examples[] = {
    { "A mount whose reads leave no trace; mount -t pvfs2 -o noatime with the same SPEC and DIR makes the same:",
      "mount.pvfs2 tcp://127.0.0.1:3334/pvfs2-fs /mnt/pvfs2 -o noatime\n"
      "echo hello > /mnt/pvfs2/hello\n"
      "umount /mnt/pvfs2\n"
      "pvfs2-cp /mnt/pvfs2/hello /dev/stdout",
      "hello" },
    { "What it would run:",
      "mount.pvfs2 tcp://127.0.0.1:3334/pvfs2-fs /mnt/pvfs2 -fv -o op-timeout=10,nosuid",
      "mount.pvfs2: ...pvfs2-client -o op-timeout=10,nosuid tcp://127.0.0.1:3334/pvfs2-fs /mnt/pvfs2" },
};
static const struct tool tool = {
    .name = "mount.pvfs2",
    .usage = usage,
    .purpose = "mounts a PVFS2 volume, for mount(8)",
    .description = "mount(8) calls it for the type pvfs2, and by the name of mount.fuse.pvfs2 for fuse.pvfs2. It runs\n"
                   "pvfs2-client(8), which mounts the volume SPEC (tcp://HOST:PORT/NAME, or a comma list of these)\n"
                   "on the directory DIR.\n"
                   "\n"
                   "mount(8) looks for helpers in /sbin only: after an installation below another prefix, link them\n"
                   "there.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 2,
    .max_operands = 2,
    .admin = true,
    .failure = FAILED,
    .wrong_usage = NOT_MOUNTED,
    .exit_status = "As mount(8). 0: mounted. 1: not mounted, or wrong usage. 32: pvfs2-client could not be run.",
    .environment = "",
    .sections = sections,
    .words = &mount_option_words,
};

static const char *
find_client (char path[PATH_MAX])
{
    ssize_t n = readlink ("/proc/self/exe", path, PATH_MAX - 32);
    if (n > 0) {
        path[n] = 0;
        char *slash = strrchr (path, '/');
        strcpy (slash ? slash + 1 : path, "pvfs2-client");
        if (access (path, X_OK) == 0)
            return path;
    }
    return access (SBINDIR "/pvfs2-client", X_OK) == 0 ? SBINDIR "/pvfs2-client" : "pvfs2-client";
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    char path[PATH_MAX];
    char **operands = tool_parse (&tool, argc, argv, &c);
    const char *client = find_client (path);
    CLEANUP_FREE char *list = tool_text ("%s%s%s", c.options != NULL ? c.options : "defaults", c.read_only ? ",ro" : "",
                                         c.sloppy ? ",sloppy" : "");
    const char *command[] = { "pvfs2-client", "-o", list, "--", operands[0], operands[1], NULL };
    if (c.verbose)
        printf ("mount.pvfs2: %s -o %s %s %s\n", client, list, operands[0], operands[1]);
    if (tool_end (TOOL_OK) != TOOL_OK)
        return FAILED;
    if (c.fake)
        return TOOL_OK;
    execvp (client, (char **)command);
    tool_die ("cannot run %s: %s", client, strerror (errno));
}
