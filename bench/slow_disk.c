/* A disk that needs a while to be sure: preloaded, fdatasync and fsync take SLOW_SYNC_US microseconds more.
   Only the wait is played; what is written goes where it went before. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_a_while(void)
{
    const char *us = getenv("SLOW_SYNC_US");
    long rest = us ? atol(us) : 0;
    struct timespec left = {rest / 1000000, rest % 1000000 * 1000};
    while (rest && nanosleep(&left, &left))
        ;
}

static int synced(const char *name, int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    wait_a_while();
    return real(fd);
}

int fdatasync(int fd) { return synced("fdatasync", fd); }

int fsync(int fd) { return synced("fsync", fd); }
