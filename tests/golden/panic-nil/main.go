// panic(nil): since Go 1.21 it has a message of its own.
package main

func main() {
	panic(nil)
}
