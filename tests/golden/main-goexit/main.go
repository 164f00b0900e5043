// main ends itself with runtime.Goexit and nobody else is left.
package main

import "runtime"

func main() {
	go func() {}()
	runtime.Goexit()
}
