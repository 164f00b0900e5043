// A start-up failure that is logged and raised by log.Panicf.
package main

import "log"

func connect(address string) {
	log.Panicf("connect to %s: %d attempts", address, 3)
}

func main() {
	log.Print("starting")
	connect("db.internal:5432")
}
