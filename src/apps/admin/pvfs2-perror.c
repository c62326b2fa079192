/* pvfs2-perror: what error codes mean. Single-threaded. */
#include <ctype.h>
#include <stdio.h>

#include "apps/common/tool.h"

struct choices {
    bool json;
};

static const struct tool_option options[] = {
    OPT_SWITCH (0, "json", struct choices, json, "an array with an object for each code"),
};
static const char *const usage[] = { "CODE...", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-perror 1073741826 -1073741831\n"
      "pvfs2-perror --json 13",
      "1073741826: No such file or directory\n"
      "-1073741831: Resource temporarily unavailable\n"
      "[\n"
      "{\"code\": 13, \"errno\": 13, \"text\": \"Permission denied\"}\n"
      "]" },
};
static const struct tool tool = {
    .name = "pvfs2-perror",
    .usage = usage,
    .purpose = "says what error codes of PVFS2 mean",
    .description =
        "A CODE is a number as the library, the servers' logs and older programs show it, of\n"
        "either sign, with 0x before it hexadecimal. Small ones are the system's errnos.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .environment = "",
    .min_operands = 1,
    .max_operands = -1,
};

static bool
parse_code (const char *text, int *ret)
{
    char *end;
    errno = 0;
    long long value = strtoll (text, &end, 0);
    if (errno != 0 || end == text || *end != '\0' || value < -INT32_MAX || value > INT32_MAX)
        return false;
    *ret = (int) value;
    return true;
}

/* What an errno would say of it; 0: no errno does. */
static int
errno_of (int code)
{
    int e = code < 0 ? -code : code;
    if (e < 4096)
        return e;
    return IS_PVFS_ERROR (e) && !IS_PVFS_NON_ERRNO_ERROR (e) ? PVFS_get_errno_mapping (e) : 0;
}

static void
print_code (const char *given, int code, bool json, bool first)
{
    char text[256];
    PVFS_strerror_r (code, text, sizeof text);
    if (!json) {
        printf ("%s: %s\n", given, text);
        return;
    }
    printf ("%s{\"code\": %d, \"errno\": ", first ? "\n" : ",\n", code);
    int e = errno_of (code);
    if (e != 0)
        printf ("%d", e);
    else
        printf ("null");
    printf (", \"text\": \"%s\"}", text); /* texts have no quotes */
}

/* Negative numbers look like options: all that follow are operands. */
static char **
guard_operands (int *argc, char **argv)
{
    char **guarded = tool_alloc ((size_t) (*argc + 2) * sizeof *guarded);
    int n = 0;
    bool done = false;
    for (int i = 0; i < *argc; i++) {
        if (!done && i > 0 && argv[i][0] == '-' && isdigit ((unsigned char) argv[i][1])) {
            guarded[n++] = "--";
            done = true;
        }
        done |= strcmp (argv[i], "--") == 0;
        guarded[n++] = argv[i];
    }
    *argc = n;
    return guarded;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    bool failed = false, first = true;
    char **guarded = guard_operands (&argc, argv);
    char **codes = tool_parse (&tool, argc, guarded, &c);
    if (c.json)
        printf ("[");
    for (; *codes != NULL; codes++) {
        int code;
        if (!parse_code (*codes, &code)) {
            tool_error ("%s: not a number", *codes);
            failed = true;
            continue;
        }
        print_code (*codes, code, c.json, first);
        first = false;
    }
    if (c.json)
        printf ("\n]\n");
    free (guarded);
    return tool_end (failed ? TOOL_USAGE : TOOL_OK);
}
