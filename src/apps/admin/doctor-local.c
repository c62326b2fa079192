/* doctor-local: what can be wrong on this machine – mounts, the tab file, and the storage of servers that are here. */
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apps/admin/doctor.h"

/* -- mounts -- */

/* A mount that does not answer holds whoever asks: so a child does. 0, an errno, or ETIMEDOUT. */
static int
ask_mount (const char *dir, int64_t timeout)
{
    struct timespec pause = { .tv_nsec = 10 * NSEC_PER_MSEC };
    int status;
    pid_t pid = fork ();
    if (pid < 0)
        return errno;
    if (pid == 0) {
        struct statfs st;
        _exit (statfs (dir, &st) == 0 ? 0 : errno & 0xff);
    }
    for (int64_t waited = 0; waited < timeout * 100; waited++) {
        if (waitpid (pid, &status, WNOHANG) == pid)
            return WIFEXITED (status) ? WEXITSTATUS (status) : EIO;
        nanosleep (&pause, NULL);
    }
    kill (pid, SIGKILL);
    waitpid (pid, &status, WNOHANG);
    return ETIMEDOUT;
}

static void
look_at_mount (const char *dir, int64_t timeout, struct diagnoses *d)
{
    int error = ask_mount (dir, timeout);
    if (error == ENOTCONN || error == ECONNABORTED)
        diagnose (d, DIAGNOSIS_MOUNT, tool_text ("%s", dir), tool_text ("the mount is dead: its client has gone"),
                  tool_text ("umount %s (-l if it is in use), and mount it again", dir));
    else if (error == ETIMEDOUT)
        diagnose (d, DIAGNOSIS_MOUNT, tool_text ("%s", dir), tool_text ("the mount does not answer within %lld s", (long long)timeout),
                  tool_text ("see to the servers that are down; umount -l %s if they will not come back", dir));
    else if (error == EACCES || error == EPERM)
        diagnose (d, DIAGNOSIS_PERMISSION, tool_text ("%s", dir), tool_text ("the mount may not be used: %s", strerror (error)),
                  tool_text ("let who mounted it do so with -o allow_other, or be that user"));
    else if (error != 0)
        diagnose (d, DIAGNOSIS_MOUNT, tool_text ("%s", dir), tool_text ("the mount does not work: %s", strerror (error)),
                  tool_text ("see what its client says in the log; umount %s, and mount it again", dir));
}

/* "\040" stands for a blank. */
static void
unescape (char *text)
{
    char *to = text;
    for (const char *p = text; *p != '\0'; p++) {
        unsigned code;
        if (*p == '\\' && sscanf (p + 1, "%3o", &code) == 1) {
            *to++ = (char)code;
            p += 3;
        } else {
            *to++ = *p;
        }
    }
    *to = '\0';
}

/* By its directory, or by its source: "tcp://a:3334,tcp://b:3334/name" with one of the volume's servers. */
static bool
is_of_volume (const char *dir, const char *source, const struct PVFS_sys_mntent *m)
{
    const char *name = strrchr (source, '/');
    if (m->mnt_dir != NULL && strcmp (dir, m->mnt_dir) == 0)
        return true;
    for (int i = 0; name != NULL && strcmp (name + 1, m->pvfs_fs_name) == 0 && i < m->num_pvfs_config_servers; i++) {
        size_t len = strlen (m->pvfs_config_servers[i]);
        for (const char *at = source; (at = strstr (at, m->pvfs_config_servers[i])) != NULL; at++) {
            if (at[len] == '/' || at[len] == ',')
                return true;
        }
    }
    return false;
}

void
look_at_mounts (const struct PVFS_sys_mntent *m, int64_t timeout, struct diagnoses *d)
{
    FILE *f = fopen ("/proc/self/mountinfo", "r");
    char *line = NULL;
    size_t room = 0;
    while (f != NULL && getline (&line, &room, f) > 0) {
        char *dir = NULL, *source = NULL, *type = strstr (line, " - ");
        if (type != NULL && sscanf (line, "%*s %*s %*s %*s %ms", &dir) == 1 && sscanf (type, " - fuse.pvfs2 %ms", &source) == 1) {
            unescape (dir);
            unescape (source);
            if (is_of_volume (dir, source, m))
                look_at_mount (dir, timeout, d);
        }
        free (dir);
        free (source);
    }
    free (line);
    if (f != NULL)
        fclose (f);
}

/* -- tab file and mount directory -- */

void
look_at_tab (const char *tab, const char *mount_dir, struct diagnoses *d)
{
    struct stat st;
    if (tab != NULL && stat (tab, &st) == 0 && S_ISREG (st.st_mode) && (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        diagnose (d, DIAGNOSIS_PERMISSION, tool_text ("%s", tab),
                  tool_text ("others than its owner may write it, and so lead programs to servers of their own"),
                  tool_text ("chmod go-w %s", tab));
    if (mount_dir == NULL || mount_dir[0] != '/')
        return;
    if (lstat (mount_dir, &st) == 0 && S_ISREG (st.st_mode))
        diagnose (d, DIAGNOSIS_PERMISSION, tool_text ("%s", mount_dir), tool_text ("the mount directory is a file"),
                  tool_text ("remove the file, and mkdir %s", mount_dir));
    else if (access (mount_dir, X_OK) < 0 && errno == EACCES)
        diagnose (d, DIAGNOSIS_PERMISSION, tool_text ("%s", mount_dir), tool_text ("you may not enter the mount directory"),
                  tool_text ("let root say chmod a+rx to it and to the directories above it"));
}

/* -- storage -- */

/* An address can be bound where it is one's own. */
static bool
is_here (const char *addr)
{
    struct addrinfo *all, hints = { .ai_socktype = SOCK_DGRAM };
    const char *host = strstr (addr, "://") != NULL ? strstr (addr, "://") + 3 : addr, *colon = strrchr (host, ':');
    bool brackets = host[0] == '[', here = false;
    if (colon == NULL)
        return false;
    char *name = tool_text ("%.*s", (int)(colon - host) - 2 * brackets, host + brackets);
    if (getaddrinfo (name, "0", &hints, &all) == 0) {
        for (const struct addrinfo *a = all; a != NULL && !here; a = a->ai_next) {
            int fd = socket (a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            here = fd >= 0 && bind (fd, a->ai_addr, a->ai_addrlen) == 0;
            if (fd >= 0)
                close (fd);
        }
        freeaddrinfo (all);
    }
    free (name);
    return here;
}

static void
look_at_folder (const char *alias, const char *folder, struct diagnoses *d)
{
    struct stat st;
    if (folder == NULL)
        return;
    if (stat (folder, &st) < 0) {
        if (errno == ENOENT)
            diagnose (d, DIAGNOSIS_PERMISSION, tool_text ("%s", folder), tool_text ("the storage of %s is not there", alias),
                      tool_text ("mount the disk that it is on; for a new server, pvfs2-server -f -a %s FS.CONF makes it", alias));
    } else if (!S_ISDIR (st.st_mode)) {
        diagnose (d, DIAGNOSIS_PERMISSION, tool_text ("%s", folder), tool_text ("the storage of %s is no directory", alias),
                  tool_text ("correct DataStorageSpace and MetadataStorageSpace in fs.conf"));
    } else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        diagnose (d, DIAGNOSIS_PERMISSION, tool_text ("%s", folder),
                  tool_text ("others than its owner may enter the storage of %s, past all permissions", alias),
                  tool_text ("chmod 700 %s", folder));
    }
}

void
look_at_storage (const struct config *cfg, struct diagnoses *d)
{
    for (int i = 0; i < cfg->n_aliases; i++) {
        const struct config_alias *a = &cfg->aliases[i];
        if (a->options == NULL || !is_here (a->addr))
            continue;
        const char *data = a->options->data_storage, *meta = a->options->meta_storage;
        look_at_folder (a->name, data, d);
        if (meta != NULL && (data == NULL || strcmp (meta, data) != 0))
            look_at_folder (a->name, meta, d);
    }
}
