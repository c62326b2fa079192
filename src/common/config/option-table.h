/* Inside of config: sections, the table of options, the parsed tree. Not for other folders. */
#ifndef COMMON_CONFIG_OPTION_TABLE_H
#define COMMON_CONFIG_OPTION_TABLE_H

#include "common/base/arena.h"
#include "common/config/config.h"

enum config_context {
    CTX_GLOBAL,
    CTX_DEFAULTS,
    CTX_ALIASES,
    CTX_SERVER_OPTIONS,
    CTX_SECURITY,
    CTX_LDAP,
    CTX_FILE_SYSTEM,
    CTX_META_RANGES,
    CTX_DATA_RANGES,
    CTX_STORAGE_HINTS,
    CTX_EXPORT_OPTIONS,
    CTX_DISTRIBUTION,
    CTX_COUNT,
};

#define IN(context) (1u << (context))

enum config_type {
    TYPE_SPECIAL,  /* no field; build.c knows it */
    TYPE_BOOL,     /* bool: yes | no */
    TYPE_U32,      /* uint32_t within min..max */
    TYPE_INFINITE, /* the same, or "infinity" = UINT32_MAX */
    TYPE_U64,      /* uint64_t */
    TYPE_SIZE,     /* uint64_t bytes, with an optional K, M, G or T */
    TYPE_STRING,   /* const char * */
    TYPE_WORD,     /* const char *, one of choices */
    TYPE_PER_TYPE, /* uint32_t [CONFIG_N_OBJECT_TYPES], comma list */
};

enum config_flags {
    HONOURED = 1, /* has an effect here */
    SECURITY = 2, /* not enforced here: a server refuses to start with it */
    SECRET = 4,   /* never leaves the servers */
};

struct config_option {
    const char *name;
    unsigned contexts; /* IN (...) | ... */
    enum config_type type;
    unsigned flags;
    const char *preset; /* the default as text; NULL: zero */
    size_t offset;      /* in struct config_fs for options of a volume, else in the server's */
    uint64_t min, max;
    const char *choices;  /* of a TYPE_WORD: "a|b|c" */
    const char *harmless; /* not honoured, but this value asks for nothing */
};

struct config_setting {
    const struct config_option *option;
    const char *value;
    int line;
    size_t start, end; /* the bytes of the text that it takes, without the last newline */
    struct config_setting *next;
};

struct config_section {
    enum config_context context;
    int line;
    struct config_setting *settings, **settings_tail;
    struct config_section *children, **children_tail;
    struct config_section *parent, *next;
};

const struct config_option *config_options (size_t *ret_count);
const struct config_option *config_find_option (const char *name, enum config_context context);
bool config_option_is_fs (const struct config_option *option);

const char *config_context_name (enum config_context context);
/* The context of a section of this name (any case) inside `parent`; CTX_COUNT if there is none. */
enum config_context config_find_context (enum config_context parent, const char *name, size_t len);

/* Stores the value in the option's field of *base (strings are copied to the arena). 0, -ENOMEM, or
 * -EINVAL with the reason in why[]. base NULL: only checks. */
enum { CONFIG_WHY = 120 };
int config_set_value (const struct config_option *option, const char *value, void *base,
                      struct arena *arena, char why[CONFIG_WHY]);
bool config_parse_u64 (const char *text, size_t len, uint64_t *ret);

/* What is wrong, and where. `text` is malloc'd. */
struct config_error {
    const char *name;
    char *text;
};
/* Returns -EINVAL; keeps the first text. line 0: none. */
int config_fail (struct config_error *error, int line, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* The text to a tree of sections in the arena. */
int config_read_tree (const char *text, size_t len, struct arena *arena, struct config_error *error,
                      struct config_section **ret);

/* A config and the arena that holds everything of it. */
struct config_holder {
    struct config config;
    struct arena arena;
};
int config_build (struct config_holder *holder, const struct config_section *tree,
                  struct config_error *error);

#endif
