/* pvfs2-ops: what servers do just now, and what each operation waits for. Single-threaded. */
#include <stdio.h>

#include "apps/common/format.h"
#include "apps/common/servers.h"

struct choices {
    const char *mount, *server;
    bool json;
};

static const struct tool_option options[] = {
    OPT_MOUNT (struct choices, mount),
    OPT_SERVER ('s', struct choices, server),
    OPT_SWITCH (0, "json", struct choices, json, "an array with an object for each server"),
};
static const char *const usage[] = { "[OPTION...]", NULL };
static const struct tool_example examples[] = {
    { "A file system at rest:",
      "pvfs2-ops -m /mnt/pvfs2",
      "tcp://127.0.0.1:3334: 0 operations\n"
      "tcp://127.0.0.1:3335: 0 operations\n"
      "tcp://127.0.0.1:3336: 0 operations\n"
      "tcp://127.0.0.1:3337: 0 operations" },
    { "One server, for a program:",
      "pvfs2-ops -s 127.0.0.1:3335 --json",
      "[\n"
      "{\"server\": \"tcp://127.0.0.1:3335\", \"operations\": [], \"connections\": [...]}\n"
      "]" },
};
static const struct tool tool = {
    .name = "pvfs2-ops",
    .usage = usage,
    .purpose = "lists the operations that run or wait on the servers of a PVFS2 file system",
    .description =
        "For each operation it shows its id on that server, its name, the handle it acts on, who\n"
        "asked, the state of its machine, its age, what it waits for, and the id of the operation\n"
        "that it is queued behind. A connection is blocked when a large message for which no "
        "receive\n"
        "is posted heads its stream; the tag is that of the operation it belongs to.\n"
        "\n"
        "Only root may ask.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 0,
    .admin = true,
};

struct answer {
    struct PVFS_mgmt_live_op *ops;
    struct PVFS_mgmt_live_connection *connections;
    int nops, nconnections;
};

static void
print_words (const struct server *s, const struct answer *a)
{
    printf ("%s: %d operation%s\n", s->name, a->nops, a->nops == 1 ? "" : "s");
    for (int i = 0; i < a->nops; i++) {
        const struct PVFS_mgmt_live_op *o = &a->ops[i];
        printf ("  %llu %s handle %llu tag %llu from %s, %llu.%03llu s in %s",
                (unsigned long long)o->id, o->name, (unsigned long long)o->handle,
                (unsigned long long)o->tag, o->client, (unsigned long long)o->age_ms / 1000,
                (unsigned long long)o->age_ms % 1000, o->state);
        if (o->waits_for[0] != '\0')
            printf (", waits for %s", o->waits_for);
        else if (o->waits_for_data)
            printf (", waits for data");
        if (o->behind != 0)
            printf (", behind %llu", (unsigned long long)o->behind);
        putchar ('\n');
    }
    for (int i = 0; i < a->nconnections; i++) {
        const struct PVFS_mgmt_live_connection *c = &a->connections[i];
        if (c->blocked)
            printf ("  connection %llu of %s is blocked by a large message with tag %llu\n",
                    (unsigned long long)c->connection, c->client,
                    (unsigned long long)c->blocked_tag);
    }
}

static void
print_json_op (const struct PVFS_mgmt_live_op *o)
{
    printf ("{\"id\": %llu, \"op\": ", (unsigned long long)o->id);
    print_json_text (o->name);
    printf (", \"handle\": %llu, \"tag\": %llu, \"connection\": %llu, \"age_ms\": %llu",
            (unsigned long long)o->handle, (unsigned long long)o->tag,
            (unsigned long long)o->connection, (unsigned long long)o->age_ms);
    printf (", \"client\": ");
    print_json_text (o->client);
    printf (", \"state\": ");
    print_json_text (o->state);
    printf (", \"waits_for\": ");
    print_json_text (o->waits_for);
    printf (", \"waits_for_data\": %s, \"behind\": %llu}", o->waits_for_data ? "true" : "false",
            (unsigned long long)o->behind);
}

static void
print_json (const struct server *s, const struct answer *a)
{
    printf ("{\"server\": ");
    print_json_text (s->name);
    printf (", \"operations\": [");
    for (int i = 0; i < a->nops; i++) {
        printf (i > 0 ? ", " : "");
        print_json_op (&a->ops[i]);
    }
    printf ("], \"connections\": [");
    for (int i = 0; i < a->nconnections; i++) {
        const struct PVFS_mgmt_live_connection *c = &a->connections[i];
        printf ("%s{\"connection\": %llu, \"client\": ", i > 0 ? ", " : "",
                (unsigned long long)c->connection);
        print_json_text (c->client);
        printf (", \"blocked\": %s, \"blocked_tag\": %llu}", c->blocked ? "true" : "false",
                (unsigned long long)c->blocked_tag);
    }
    printf ("]}");
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct session s;
    struct servers servers;
    bool failed = false, first = true;
    tool_parse (&tool, argc, argv, &c);
    PVFS_fs_id fs = session_open_volume (&s, c.mount);
    servers_of (fs, c.server, &servers);
    if (c.json)
        printf ("[");
    for (int i = 0; i < servers.n; i++) {
        struct answer a = { 0 };
        int r = PVFS_mgmt_live_ops (fs, &s.cred, servers.list[i].addr, &a.ops, &a.nops,
                                    &a.connections, &a.nconnections, PVFS_HINT_NULL);
        if (r < 0) {
            tool_fail (servers.list[i].name, r);
            failed = true;
            continue;
        }
        if (c.json) {
            printf (first ? "\n" : ",\n");
            print_json (&servers.list[i], &a);
        } else {
            print_words (&servers.list[i], &a);
        }
        first = false;
        free (a.ops);
        free (a.connections);
    }
    if (c.json)
        printf ("\n]\n");
    servers_free (&servers);
    session_close (&s);
    return tool_end (failed ? TOOL_FAILED : TOOL_OK);
}
