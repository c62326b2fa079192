PINT_SOURCES += src/io/job/job.h src/io/job/job.c
