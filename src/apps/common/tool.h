/* The command line tools' name for what all programs share; see common/tool/tool.h. */
#ifndef APPS_COMMON_TOOL_H
#define APPS_COMMON_TOOL_H

#include "common/tool/tool.h"

#endif
