/*
 * Whose name an operation is done in: the caller's own, or another user's if the servers trust this machine.
 *
 * Prints:
 *     defaults: the user of this process, for ever
 *     made: another user, for a while
 *     user 4711, group 100
 *     new files could have 644
 */
#include <pvfs2.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
show (const char *what, const PVFS_credential *cred)
{
    printf ("%s: %s, %s\n", what, cred->userid == geteuid () ? "the user of this process" : "another user",
            cred->timeout ? "for a while" : "for ever");
}

int
main (void)
{
    PVFS_credential mine, other, copy;
    int r = PVFS_util_gen_credential_defaults (&mine);
    if (r == 0)
        r = PVFS_util_gen_credential ("4711", "100", 3600, NULL, NULL, &other);
    if (r == 0) {
        copy = other; /* all of it is inside: nothing is shared, nothing need be freed */
        memset (&other, 0, sizeof other);
        r = PVFS_util_refresh_credential (&copy);
    }
    if (r < 0) {
        PVFS_perror ("credentials", r);
        return 1;
    }
    show ("defaults", &mine);
    show ("made", &copy);
    printf ("user %u, group %u\n", copy.userid, copy.group_array[0]);
    printf ("new files could have %03o\n", 0666 & ~(unsigned) PVFS_util_get_umask ());
    return 0;
}
