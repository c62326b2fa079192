# For programs that have a command line; the libraries have none.
TOOL_SOURCES = src/common/tool/tool.c src/common/tool/tool.h
