/* See format.h. */
#include "apps/common/format.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <time.h>

static const struct file_type {
    uint32_t bits;
    char letter;
    const char *words;
} file_types[] = {
    { S_IFREG, '-', "file" },
    { S_IFDIR, 'd', "directory" },
    { S_IFLNK, 'l', "symbolic link" },
    { S_IFIFO, 'p', "fifo" },
    { S_IFSOCK, 's', "socket" },
    { S_IFCHR, 'c', "character device" },
    { S_IFBLK, 'b', "block device" },
};

static const struct file_type *
type_of (uint32_t mode)
{
    static const struct file_type unknown = { 0, '?', "unknown" };
    for (size_t i = 0; i < ARRAY_SIZE (file_types); i++) {
        if (file_types[i].bits == (mode & S_IFMT))
            return &file_types[i];
    }
    return &unknown;
}

const char *
format_type (uint32_t mode)
{
    return type_of (mode)->words;
}

void
format_mode (uint32_t mode, char buf[FORMAT_ROOM])
{
    static const char letters[] = "rwxrwxrwx";
    buf[0] = type_of (mode)->letter;
    for (int i = 0; i < 9; i++)
        buf[1 + i] = mode & (0400u >> i) ? letters[i] : '-';
    if (mode & PVFS_U_SUID)
        buf[3] = mode & PVFS_U_EXECUTE ? 's' : 'S';
    if (mode & PVFS_G_SGID)
        buf[6] = mode & PVFS_G_EXECUTE ? 's' : 'S';
    if (mode & PVFS_U_VTX)
        buf[9] = mode & PVFS_O_EXECUTE ? 't' : 'T';
    buf[10] = '\0';
}

void
format_device (uint64_t rdev, char buf[FORMAT_ROOM])
{
    snprintf (buf, FORMAT_ROOM, "%u, %u", major ((dev_t)rdev), minor ((dev_t)rdev));
}

void
format_time (PVFS_time_ns t, bool long_form, char buf[FORMAT_ROOM])
{
    struct timespec at = timespec_of (t);
    struct tm tm;
    char zone[16] = "";
    size_t n = 0;
    if (localtime_r (&at.tv_sec, &tm) != NULL)
        n = strftime (buf, FORMAT_ROOM, long_form ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M", &tm);
    if (n == 0) {
        snprintf (buf, FORMAT_ROOM, "@%lld", (long long)at.tv_sec);
    } else if (long_form) {
        strftime (zone, sizeof zone, "%z", &tm);
        snprintf (buf + n, FORMAT_ROOM - n, ".%09u %s", (unsigned)at.tv_nsec, zone);
    }
}

void
format_user (PVFS_uid uid, bool numeric, char buf[FORMAT_ROOM])
{
    const struct passwd *pw = numeric ? NULL : getpwuid (uid);
    if (pw != NULL)
        snprintf (buf, FORMAT_ROOM, "%s", pw->pw_name);
    else
        snprintf (buf, FORMAT_ROOM, "%u", uid);
}

void
format_group (PVFS_gid gid, bool numeric, char buf[FORMAT_ROOM])
{
    const struct group *gr = numeric ? NULL : getgrgid (gid);
    if (gr != NULL)
        snprintf (buf, FORMAT_ROOM, "%s", gr->gr_name);
    else
        snprintf (buf, FORMAT_ROOM, "%u", gid);
}

void
format_size (PVFS_size size, bool human, char buf[FORMAT_ROOM])
{
    if (human)
        PVFS_util_make_size_human_readable (size, buf, FORMAT_ROOM, 0);
    else
        snprintf (buf, FORMAT_ROOM, "%lld", (long long)size);
}

void
format_uptime (uint64_t seconds, char buf[FORMAT_ROOM])
{
    snprintf (buf, FORMAT_ROOM, "%llud%02llu:%02llu", (unsigned long long)seconds / 86400,
              (unsigned long long)seconds / 3600 % 24, (unsigned long long)seconds / 60 % 60);
}

void
print_json_text (const char *text)
{
    putchar ('"');
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            printf ("\\%c", *p);
        else if (*p < 0x20)
            printf ("\\u%04x", *p);
        else
            putchar (*p);
    }
    putchar ('"');
}

/* -- modes -- */

static bool
parse_octal (const char *text, uint32_t *ret)
{
    uint32_t mode = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '7' || p - text > 4)
            return false;
        mode = mode * 8 + (uint32_t)(*p - '0');
    }
    if (mode > 07777)
        return false;
    *ret = mode;
    return true;
}

/* The bits of one permission letter for all three classes, set-id and sticky included. */
static bool
letter_bits (char c, uint32_t old, bool directory, uint32_t *bits)
{
    switch (c) {
    case 'r':
        *bits |= 0444;
        return true;
    case 'w':
        *bits |= 0222;
        return true;
    case 'x':
        *bits |= 0111;
        return true;
    case 'X':
        *bits |= directory || (old & 0111) ? 0111 : 0;
        return true;
    case 's':
        *bits |= 06000;
        return true;
    case 't':
        *bits |= 01000;
        return true;
    case 'u':
        *bits |= (old >> 6 & 7) * 0111;
        return true;
    case 'g':
        *bits |= (old >> 3 & 7) * 0111;
        return true;
    case 'o':
        *bits |= (old & 7) * 0111;
        return true;
    default:
        return false;
    }
}

/* One clause, "ug+rw"; *p is moved behind it. */
static bool
apply_clause (const char **p, bool directory, mode_t mask, uint32_t *mode)
{
    uint32_t who = 0;
    for (;; (*p)++) {
        if (**p == 'u')
            who |= 04700;
        else if (**p == 'g')
            who |= 02070;
        else if (**p == 'o')
            who |= 01007;
        else if (**p == 'a')
            who |= 07777;
        else
            break;
    }
    uint32_t spared = who == 0 ? mask & 0777 : 0;
    who = who == 0 ? 07777 : who;
    if (**p == '\0' || strchr ("+-=", **p) == NULL)
        return false;
    while (**p != '\0' && strchr ("+-=", **p) != NULL) {
        char operation = *(*p)++;
        uint32_t bits = 0;
        while (**p != '\0' && strchr ("+-=,", **p) == NULL) {
            if (!letter_bits (*(*p)++, *mode, directory, &bits))
                return false;
        }
        bits &= (who | 01000) & ~spared;
        if (operation == '-')
            *mode &= ~bits;
        else
            *mode = (operation == '=' ? *mode & ~(who & 0777) : *mode) | bits;
    }
    return true;
}

bool
parse_mode (const char *text, uint32_t old, bool directory, mode_t mask, uint32_t *ret)
{
    uint32_t mode = old & 07777;
    if (*text >= '0' && *text <= '7')
        return parse_octal (text, ret);
    for (const char *p = text;; p++) {
        if (!apply_clause (&p, directory, mask, &mode))
            return false;
        if (*p == '\0')
            break;
        if (*p != ',')
            return false;
    }
    *ret = mode;
    return true;
}
