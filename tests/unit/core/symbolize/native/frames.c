/* Faults on the way through C that a test wants to see unwound, and says what libgcc makes of the same stack.
 *
 * stdout: the stack from the ucontext of the last signal on, as bytes. stderr: `context`, `map` and `frame` lines.
 */
#define _GNU_SOURCE
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#define LEVEL __attribute__((noinline, noclone))

static volatile int levels;

static void tell(int number, siginfo_t *info, void *context)
{
	char line[512];
	void *frames[128];
	int count = 0, at = 0;
	unsigned long pc = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP], low, high = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	(void)number, (void)info;
	while (fgets(line, sizeof line, maps)) {
		fprintf(stderr, "map %s", line);
		if (strstr(line, "[stack]"))
			sscanf(line, "%lx-%lx", &low, &high);
	}
	/* libgcc reads code at every pc, and faults where there is none. */
	if (pc > 4096)
		count = backtrace(frames, 128);
	while (at < count && (unsigned long)frames[at] != pc)
		at++;
	for (; at < count; at++)
		fprintf(stderr, "frame %lx\n", (unsigned long)frames[at]);
	fprintf(stderr, "context %lx\n", (unsigned long)context);
	fwrite(context, 1, high - (unsigned long)context, stdout);
	exit(0);
}

LEVEL static void write_to(volatile int *address) { *address = 1; levels++; }

LEVEL void deeper(int depth)
{
	if (depth > 0)
		deeper(depth - 1);
	else
		write_to((volatile int *)8);
	levels++;
}

/* A frame of no fixed size: it is found by rbp. */
LEVEL void sized(int size)
{
	volatile char room[size];
	memset((char *)room, size, size);
	deeper(room[size - 1] & 1);
	levels++;
}

LEVEL static int compare(const void *a, const void *b)
{
	sized(33);
	return *(const int *)a - *(const int *)b;
}

/* Back through the C library. */
LEVEL void sorted(void)
{
	int numbers[] = {3, 1, 2};
	qsort(numbers, 3, sizeof *numbers, compare);
	levels++;
}

LEVEL void nowhere(void (*function)(void)) { function(); levels++; }

static void handle(int number) { (void)number; sorted(); levels++; }

/* Through a signal that C handles itself. */
LEVEL void handled(void)
{
	signal(SIGUSR1, handle);
	raise(SIGUSR1);
	levels++;
}

int main(int count, char **names)
{
	struct sigaction action;
	void *first[1];
	memset(&action, 0, sizeof action);
	action.sa_sigaction = tell;
	action.sa_flags = SA_SIGINFO;
	sigaction(SIGSEGV, &action, 0);
	sigaction(SIGABRT, &action, 0);
	/* libgcc is loaded before the fault. */
	backtrace(first, 1);
	if (count < 2)
		return 2;
	if (!strcmp(names[1], "sorted"))
		sorted();
	else if (!strcmp(names[1], "handled"))
		handled();
	else if (!strcmp(names[1], "abort"))
		abort();
	else if (!strcmp(names[1], "nowhere"))
		nowhere((void (*)(void))8);
	return levels;
}
