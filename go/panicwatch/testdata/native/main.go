// Command native dies in C, in the way that its argument names.
package main

/*
#include <stdio.h>
#include <stdlib.h>
static void segv(void) { volatile int *nowhere = 0; *nowhere = 1; }
static void die(void) { fprintf(stderr, "corrupted double-linked list\n"); abort(); }
*/
import "C"

import "os"

func main() {
	switch os.Args[1] {
	case "segv":
		C.segv()
	case "abort":
		C.abort()
	case "message":
		C.die()
	}
}
