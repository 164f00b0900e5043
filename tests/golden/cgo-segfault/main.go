// A segmentation violation inside C code that Go calls.
package main

/*
#include <stddef.h>

static int length(const char *text) {
	int n = 0;
	while (text[n] != 0) {
		n++;
	}
	return n;
}

static int broken(int at) { return length((const char *)(size_t)at); }
*/
import "C"

import "fmt"

func measure(at int) int { return int(C.broken(C.int(at))) }

func main() {
	go func() { select {} }()
	fmt.Println(measure(8))
}
