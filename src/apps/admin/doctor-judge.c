/* doctor-judge: what is wrong with servers, by what they say. Pure functions. */
#include "apps/admin/doctor.h"

enum { NEARLY_FULL_PERCENT = 95 };
#define FULL_BYTES ((PVFS_size)64 << 20) /* StorageReserve unless configured */
#define CLOCK_TOLERANCE ((int64_t)NSEC_PER_SEC)

void
diagnose (struct diagnoses *d, enum diagnosis_kind kind, char *where, char *cause, char *remedy)
{
    d->list = tool_grow (d->list, d->n + 1, sizeof *d->list);
    d->list[d->n++] = (struct diagnosis){ kind, where, cause, remedy };
}

void
diagnoses_free (struct diagnoses *d)
{
    for (size_t i = 0; i < d->n; i++) {
        free (d->list[i].where);
        free (d->list[i].cause);
        free (d->list[i].remedy);
    }
    free (d->list);
    *d = (struct diagnoses){ 0 };
}

const char *
diagnosis_name (enum diagnosis_kind kind)
{
    static const char *const names[] = {
        [DIAGNOSIS_UNREACHABLE] = "unreachable", [DIAGNOSIS_IDENTITY] = "identity",     [DIAGNOSIS_CONFIG] = "config",
        [DIAGNOSIS_VERSION] = "version",         [DIAGNOSIS_CLOCK] = "clock",           [DIAGNOSIS_SPACE] = "space",
        [DIAGNOSIS_MODE] = "mode",               [DIAGNOSIS_UNFINISHED] = "unfinished", [DIAGNOSIS_MOUNT] = "mount",
        [DIAGNOSIS_PERMISSION] = "permission",
    };
    return names[kind];
}

static char *
name_of (const struct survey_server *s)
{
    return tool_text ("%s", s->server.name);
}

/* -- what should be equal on all servers -- */

typedef bool same_fn (const struct survey_server *a, const struct survey_server *b);

static bool
same_config (const struct survey_server *a, const struct survey_server *b)
{
    return a->st.config_epoch == b->st.config_epoch;
}

static bool
same_key (const struct survey_server *a, const struct survey_server *b)
{
    return a->st.key_mark == b->st.key_mark;
}

static bool
same_version (const struct survey_server *a, const struct survey_server *b)
{
    return strcmp (a->st.version, b->st.version) == 0;
}

/* The first of the servers that answer of those that most agree with; NULL: none answers. */
static const struct survey_server *
majority (const struct survey *s, same_fn *same)
{
    const struct survey_server *best = NULL;
    int most = 0;
    for (int i = 0; i < s->n; i++) {
        int agree = 0;
        for (int j = 0; j < s->n && s->list[i].error == 0; j++)
            agree += s->list[j].error == 0 && same (&s->list[i], &s->list[j]);
        if (agree > most) {
            most = agree;
            best = &s->list[i];
        }
    }
    return best;
}

static void
judge_config (const struct survey *s, struct diagnoses *d)
{
    const struct survey_server *right = majority (s, same_config);
    const struct survey_server *keyed = majority (s, same_key);
    for (int i = 0; i < s->n; i++) {
        const struct survey_server *o = &s->list[i];
        if (o->error == 0 && !same_config (o, right))
            diagnose (d, DIAGNOSIS_CONFIG, name_of (o),
                      tool_text ("it runs with another configuration than %s", right->server.name),
                      tool_text ("copy one fs.conf to all servers, and start this one again"));
        else if (o->error == 0 && !same_key (o, keyed))
            diagnose (d, DIAGNOSIS_CONFIG, name_of (o),
                      tool_text ("its SecretKey is not that of %s, so it refuses what that allows", keyed->server.name),
                      tool_text ("copy one fs.conf to all servers, and start this one again"));
    }
}

static void
judge_versions (const struct survey *s, const char *version, struct diagnoses *d)
{
    const struct survey_server *most = majority (s, same_version);
    for (int i = 0; i < s->n; i++) {
        const struct survey_server *o = &s->list[i];
        if (o->error == 0 && !same_version (o, most))
            diagnose (d, DIAGNOSIS_VERSION, name_of (o),
                      tool_text ("it is of version %s, and %s of %s", o->st.version, most->server.name, most->st.version),
                      tool_text ("install one version on all servers, and start this one again"));
    }
    if (most != NULL && strcmp (most->st.version, version) != 0)
        diagnose (d, DIAGNOSIS_VERSION, tool_text ("this machine"),
                  tool_text ("its tools are of version %s, the servers of %s", version, most->st.version),
                  tool_text ("install version %s here", most->st.version));
}

/* -- clocks -- */

/* Beyond what may be due to the question's own time. */
static int64_t
surely_ahead (const struct survey_server *s)
{
    int64_t doubt = s->ahead_error_ns + CLOCK_TOLERANCE;
    return s->ahead_ns > doubt || s->ahead_ns < -doubt ? s->ahead_ns : 0;
}

static char *
ahead_text (int64_t ns, const char *of)
{
    int64_t ms = (ns < 0 ? -ns : ns) / (int64_t)NSEC_PER_MSEC;
    return tool_text ("its clock is %lld.%03lld s %s %s", (long long)(ms / 1000), (long long)(ms % 1000),
                      ns > 0 ? "ahead of" : "behind", of);
}

/* If all servers agree, it is this machine that is wrong. */
static void
judge_clocks (const struct survey *s, struct diagnoses *d)
{
    static const char remedy[] = "let all machines follow one time server (chrony, systemd-timesyncd): times of files come from them";
    const struct survey_server *first = NULL;
    bool all = true, agree = true;
    int n = 0;
    for (int i = 0; i < s->n; i++) {
        const struct survey_server *o = &s->list[i];
        if (o->error != 0)
            continue;
        if (first == NULL)
            first = o;
        int64_t apart = o->ahead_ns - first->ahead_ns;
        agree &= (apart < 0 ? -apart : apart) <= CLOCK_TOLERANCE + o->ahead_error_ns + first->ahead_error_ns;
        all &= surely_ahead (o) != 0;
        n++;
    }
    if (n > 1 && all && agree) {
        diagnose (d, DIAGNOSIS_CLOCK, tool_text ("this machine"), ahead_text (-first->ahead_ns, "that of all servers"),
                  tool_text ("%s", remedy));
        return;
    }
    for (int i = 0; i < s->n; i++) {
        const struct survey_server *o = &s->list[i];
        if (o->error == 0 && surely_ahead (o) != 0)
            diagnose (d, DIAGNOSIS_CLOCK, name_of (o), ahead_text (o->ahead_ns, "this machine's"), tool_text ("%s", remedy));
    }
}

/* -- the rest -- */

static void
judge_space (const struct survey_server *s, struct diagnoses *d)
{
    PVFS_size total = s->st.bytes_total, left = s->st.bytes_available;
    char size[64];
    if (total <= 0)
        return;
    PVFS_util_make_size_human_readable (left, size, sizeof size, 0);
    if (left < FULL_BYTES)
        diagnose (d, DIAGNOSIS_SPACE, name_of (s), tool_text ("its disk is full (%s free): writes and new files fail", size),
                  tool_text ("remove files (pvfs2-rm), or give its storage more room"));
    else if ((total - left) / (total / 100 + 1) >= NEARLY_FULL_PERCENT)
        diagnose (d, DIAGNOSIS_SPACE, name_of (s), tool_text ("its disk is nearly full (%s free)", size),
                  tool_text ("remove files (pvfs2-rm), or give its storage more room before it is full"));
}

static void
judge_mode (const struct survey_server *s, struct diagnoses *d)
{
    if (s->st.mode == PVFS_SERVER_IS_ADMIN)
        diagnose (d, DIAGNOSIS_MODE, name_of (s), tool_text ("it is in admin mode: it refuses all changes"),
                  tool_text ("if nobody works on it, pvfs2-set-mode -s normal"));
    else if (s->st.mode == PVFS_SERVER_IS_FROZEN)
        diagnose (d, DIAGNOSIS_MODE, name_of (s), tool_text ("it holds all changes back, as pvfs2-fsck wants it during a repair"),
                  tool_text ("wait for pvfs2-fsck to end, or end it"));
}

/* A number that was there before and still is: what runs normally is over in a moment. */
static void
judge_unfinished (const struct survey_server *s, const struct survey_server *before, struct diagnoses *d)
{
    if (s->st.intents > 0 && before->error == 0 && before->st.intents > 0)
        diagnose (d, DIAGNOSIS_UNFINISHED, name_of (s),
                  tool_text ("%u of its operations wait to be finished, for another server most likely", s->st.intents),
                  tool_text ("see to the servers that are down; pvfs2-ops says what waits for what"));
}

void
judge_servers (const struct survey *s, const struct survey *before, const char *version, struct diagnoses *d)
{
    judge_config (s, d);
    judge_versions (s, version, d);
    judge_clocks (s, d);
    for (int i = 0; i < s->n; i++) {
        if (s->list[i].error != 0)
            continue;
        judge_space (&s->list[i], d);
        judge_mode (&s->list[i], d);
        if (before != NULL)
            judge_unfinished (&s->list[i], &before->list[i], d);
    }
}
