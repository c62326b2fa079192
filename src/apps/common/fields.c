/* See fields.h. */
#include "apps/common/fields.h"

#include <stdio.h>

#include "apps/common/format.h"

void
fields_open (const struct fields *f)
{
    if (f->json)
        printf ("[");
}

void
fields_close (const struct fields *f)
{
    if (f->json)
        printf ("\n]\n");
}

void
fields_begin (struct fields *f, const char *title)
{
    if (f->json) {
        printf ("%s{\"name\": ", f->any ? ",\n" : "\n");
        print_json_text (title);
    } else {
        printf ("%s%s\n", f->any ? "\n" : "", title);
    }
    f->any = true;
}

void
fields_end (const struct fields *f)
{
    if (f->json)
        printf ("}");
}

void
fields_number (const struct fields *f, const char *name, long long value)
{
    printf (f->json ? ", \"%s\": %lld" : "  %s: %lld\n", name, value);
}

void
fields_handle (const struct fields *f, const char *name, PVFS_handle value)
{
    printf (f->json ? ", \"%s\": %llu" : "  %s: %llu\n", name, (unsigned long long) value);
}

void
fields_text (const struct fields *f, const char *name, const char *value)
{
    if (!f->json) {
        printf ("  %s: %s\n", name, value);
        return;
    }
    printf (", \"%s\": ", name);
    print_json_text (value);
}

void
fields_stat (const struct fields *f, const PVFS_stat *st)
{
    char mode[FORMAT_ROOM];
    snprintf (mode, sizeof mode, "%o", st->mode);
    fields_text (f, "mode", mode);
    fields_number (f, "links", st->nlink);
    fields_number (f, "owner", st->owner);
    fields_number (f, "group", st->group);
    fields_number (f, "size", st->size);
    if (S_ISREG (st->mode))
        fields_number (f, "blocks", st->blocks);
    if (S_ISCHR (st->mode) || S_ISBLK (st->mode))
        fields_number (f, "device", (long long) st->rdev);
    fields_number (f, "atime", (long long) st->atime);
    fields_number (f, "mtime", (long long) st->mtime);
    fields_number (f, "ctime", (long long) st->ctime);
    fields_number (f, "changes", (long long) st->change);
}

void
fields_attr (const struct fields *f, const PVFS_sys_attr *a)
{
    if (a->objtype == PVFS_TYPE_SYMLINK && a->link_target != NULL)
        fields_text (f, "target", a->link_target);
    if (a->objtype == PVFS_TYPE_DIRECTORY && (a->mask & PVFS_ATTR_SYS_DIRENT_COUNT))
        fields_number (f, "entries", a->dirent_count);
    if (a->mask & PVFS_ATTR_SYS_DISTDIR_ATTR) {
        fields_number (f, "servers_initial", a->distr_dir_servers_initial);
        fields_number (f, "servers_max", a->distr_dir_servers_max);
        fields_number (f, "split_size", a->distr_dir_split_size);
    }
    if (a->objtype != PVFS_TYPE_METAFILE)
        return;
    fields_number (f, "flags", (long long) a->flags);
    fields_text (f, "dist_name", a->dist_name != NULL ? a->dist_name : "");
    fields_text (f, "dist_params", a->dist_params != NULL ? a->dist_params : "");
}
