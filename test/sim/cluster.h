/*
 * cluster: servers, clients, network and disks of one simulated world, and what can happen to them.
 *
 * The objects are the real ones – struct server, struct client – on simulated reactors, bmi_mem and
 * trove mem. A server's disk outlives its processes. Everything but world.c hangs from struct sim.
 */
#ifndef TEST_SIM_CLUSTER_H
#define TEST_SIM_CLUSTER_H

#include "client/sysint/client.h"
#include "io/trove/mem/disk.h"
#include "server/server.h"
#include "world.h"

enum { SIM_MAX_SERVERS = 4, SIM_MAX_CLIENTS = 4, SIM_FS_ID = 9, SIM_ROOT = 1048576 };

/* Known bugs that can be switched on: they show that the simulation finds such things. */
struct sim_bug {
    const char *name;
    unsigned server;        /* enum server_bug */
    bool flow_before_ack, size_off_by_strip, skipped_bucket; /* fields of struct client */
};
const struct sim_bug *sim_find_bug (const char *name);
const struct sim_bug *sim_bug_at (unsigned i); /* NULL: no more */

/* What kind of world the seed makes. "one in": 0 = never. */
struct sim_params {
    unsigned nservers, nclients;
    bool metadata_only[SIM_MAX_SERVERS], data_only[SIM_MAX_SERVERS];
    bool sync_data;
    uint32_t dir_split, dir_initial, dir_max; /* DistrDir…; dir_max 0: directories stay whole */
    bool no_tickets;                          /* the rename ticket is everybody's */
    uint32_t strip, flow_buffer, flow_buffers;
    size_t net_capacity;
    uint64_t net_delay, net_slow_one_in;   /* ns */
    uint64_t cut_one_in;                   /* messages */
    uint64_t disk_slow_one_in, disk_slow;  /* operations; ns at most */
    uint64_t fault_every;                  /* ns on average; 0 = none */
    unsigned ops;                          /* per client */
    unsigned parallel;                     /* operations at a time per client */
    bool big;                              /* much large I/O on few files */
};

struct sim;

struct sim_server {
    struct sim *sim;
    unsigned nr;
    char alias[16];
    struct node *node;
    struct server *server;  /* NULL: down */
    struct trove_mem_disk *disk;
    bool starting, draining;
    uint64_t drain_until;
};

struct sim_client {
    struct sim *sim;
    unsigned nr;
    struct node *node;
    struct client *client;
    PVFS_fs_id fs;
    bool mounted;
};

struct sim {
    struct world w;
    struct sim_params p;
    const struct sim_bug *bug; /* or NULL */
    struct config *config;
    struct bmi_mem_net *net;
    struct sim_server servers[SIM_MAX_SERVERS];
    struct sim_client clients[SIM_MAX_CLIENTS];
    bool faults;               /* may happen now */
    bool no_cuts;              /* the net is perfect for a moment */
    bool disk_was_full;        /* once */
    bool hard_death;           /* the net cuts everything: a client dies without a word */
    void (*on_power_off) (struct sim *);
    void (*on_mounted) (struct sim_client *);
    void (*on_client_death) (struct sim_client *);
    uint64_t (*net_delay) (struct sim *, size_t);           /* NULL: by chance, as `p` says */
    uint64_t (*disk_delay) (struct sim *, const char *what);
    void *user;
};

/* 0, or -1 with a violation told. A config and disks that are there already are used; see cluster_close. */
int cluster_new (struct sim *s);
/* Clients and servers end properly; the config and the disks stay. */
void cluster_close (struct sim *s);
void cluster_free (struct sim *s);

int sim_server_start (struct sim_server *v);
void sim_server_kill (struct sim_server *v, bool power_off);
/* What of the disk survives is said by random; see trove_mem_disk_power_off. NULL: everything. */
void sim_server_stop (struct sim_server *v, uint64_t (*random) (void *), void *arg);
int sim_client_start (struct sim_client *c);  /* mounts; on_mounted follows */
void sim_client_stop (struct sim_client *c, bool hard);

/* If it is up it is killed or loses power now, and comes back after a while. */
void sim_server_down (struct sim_server *v, bool power_off);
/* One fault, chosen by the seed; what was broken mends itself later. */
void sim_fault (struct sim *s);
/* No more faults: everything broken is mended now. */
void sim_heal (struct sim *s);

/* Who waits for whom: from the live structures. */
void sim_print_chain (struct sim *s, FILE *to);

#endif
