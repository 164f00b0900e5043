// C code that calls abort() on a broken invariant.
package main

/*
#include <stdlib.h>

static void check(int ok) {
	if (!ok) {
		abort();
	}
}
*/
import "C"

func check(ok bool) {
	value := C.int(0)
	if ok {
		value = 1
	}
	C.check(value)
}

func main() {
	check(true)
	check(false)
}
