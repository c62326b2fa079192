/* How pvfs2-cp and pvfs2-write begin and end, and where their target is. See cp.h. */
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "apps/user/cp.h"

/* -- signals: the first asks for a clean end, which is enforced after a moment or by a second -- */

enum { PATIENCE_SECS = 5 };

static bool *stop_flag; /* that of the one struct cp */

static void
on_signal (int number)
{
    __atomic_store_n (stop_flag, true, __ATOMIC_RELAXED);
    signal (number, SIG_DFL);
    alarm (PATIENCE_SECS);
}

static void
on_alarm (int number)
{
    static const char text[] = ": interrupted while nothing moved; a temporary file named "
                               ".*.pvfs2-cp.* may be left\n";
    const char *name = program_invocation_short_name;
    ssize_t ignored = write (STDERR_FILENO, name, strlen (name));
    ignored = write (STDERR_FILENO, text, sizeof text - 1);
    (void) ignored;
    _exit (TOOL_FAILED);
}

static void
catch_signals (struct cp *cp)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    struct sigaction last = { .sa_handler = on_alarm };
    stop_flag = &cp->stop;
    for (size_t i = 0; i < ARRAY_SIZE (numbers); i++)
        sigaction (numbers[i], &action, NULL);
    sigaction (SIGALRM, &last, NULL);
}

/* -- operands -- */

/* The last name of a path; NULL where that is no name: "/", "." and "..". */
char *
cp_last_name (const char *path)
{
    char *copy = tool_text ("%s", path);
    char *name = tool_text ("%s", basename (copy));
    free (copy);
    if (strcmp (name, "/") != 0 && strcmp (name, ".") != 0 && strcmp (name, "..") != 0)
        return name;
    free (name);
    return NULL;
}

/* The directory that a path's last name is in. */
bool
cp_find_parent (struct cp *cp, const char *path, struct item *ret)
{
    char *copy = tool_text ("%s", path);
    const char *parent = dirname (copy);
    int error;
    bool found = item_find (cp, parent, true, ret, &error);
    if (!found && (error == -PVFS_ENOENT || error == -ENOENT))
        tool_fail (parent, error);
    if (found && ret->kind != ITEM_DIRECTORY) {
        tool_fail (parent, -ENOTDIR);
        item_free (ret);
        found = false;
    }
    free (copy);
    return found;
}

/* -- start and end -- */

static void
apply_choices (struct cp *cp, const struct cp_choices *c)
{
    if (c->buffer_size > TRANSFER_MAX_BUFFER)
        tool_usage ("-b: more than %dM", TRANSFER_MAX_BUFFER >> 20);
    if (c->ndfiles > PVFS_REQ_LIMIT_DFILE_COUNT)
        tool_usage ("-n: more than %d", PVFS_REQ_LIMIT_DFILE_COUNT);
    cp->buffer_size = c->buffer_size;
    cp->ndfiles = (int32_t) c->ndfiles;
    if (c->strip_size == 0)
        return;
    PVFS_size strip_size = c->strip_size;
    cp->dist = PVFS_sys_dist_lookup (PVFS_DIST_SIMPLE_STRIPE_NAME);
    if (cp->dist == NULL)
        tool_die ("out of memory");
    int r = PVFS_sys_dist_setparam (cp->dist, "strip_size", &strip_size);
    if (r < 0)
        tool_usage ("-s %lld: not a strip size", (long long) strip_size);
}

static double
now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

void
cp_begin (struct cp *cp, const struct cp_choices *c)
{
    apply_choices (cp, c);
    session_open (&cp->session);
    catch_signals (cp);
    cp->began = now ();
    progress_begin (progress_wish (c->progress, c->no_progress), &cp->counts, "file", true);
}

int
cp_end (struct cp *cp, const struct cp_choices *c)
{
    double took = now () - cp->began;
    progress_end ();
    if (cp->dist != NULL)
        PVFS_sys_dist_free (cp->dist);
    session_close (&cp->session);
    if (c->timing)
        printf ("Wrote %lld bytes in %.6f seconds. %.6f MB/seconds\n", (long long) cp->counts.bytes, took,
                took > 0 ? (double) cp->counts.bytes / took / (1 << 20) : 0);
    return tool_end (cp->failed || cp->stop ? TOOL_FAILED : TOOL_OK);
}
