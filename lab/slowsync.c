/* A disk that takes its time: every fsync and fdatasync sleeps SLOWSYNC_US microseconds before it is done.
 * Preloaded (LD_PRELOAD) into a process that writes to memory, so that measurements do not depend on what
 * else the machine's disk is doing. Built at need: cc -O2 -shared -fPIC -o slowsync.so slowsync.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_for_disk(void)
{
    const char *said = getenv("SLOWSYNC_US");
    long us = said ? atol(said) : 0;
    struct timespec pause = {us / 1000000, (us % 1000000) * 1000};
    nanosleep(&pause, NULL);
}

int fsync(int fd)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_for_disk();
    return real(fd);
}

int fdatasync(int fd)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_for_disk();
    return real(fd);
}
