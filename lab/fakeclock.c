/* A kernel whose clock is what a file says: the wall clock of whoever preloads this (LD_PRELOAD) is off by so
 * much, and adjtimex says so much of it. FAKECLOCK names the file: three 64-bit numbers, read anew each time.
 * Built at need: cc -O2 -shared -fPIC -o fakeclock.so fakeclock.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <time.h>

struct told {
    int64_t off_ns;
    int64_t synchronised;
    int64_t error_us;
};

static volatile const struct told *told(void)
{
    static volatile const struct told *here;
    if (!here) {
        int file = open(getenv("FAKECLOCK"), O_RDONLY | O_CLOEXEC);
        here = mmap(NULL, sizeof *here, PROT_READ, MAP_SHARED, file, 0);
    }
    return here;
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int answer = real(which, now);
    if (answer == 0 && which == CLOCK_REALTIME) {
        int64_t at = (int64_t)now->tv_sec * 1000000000 + now->tv_nsec + told()->off_ns;
        now->tv_sec = at / 1000000000;
        now->tv_nsec = at % 1000000000;
    }
    return answer;
}

int adjtimex(struct timex *asked)
{
    memset(asked, 0, sizeof *asked);
    asked->maxerror = told()->error_us;
    return told()->synchronised ? TIME_OK : TIME_ERROR;
}
