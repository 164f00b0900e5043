// A healthy service whose log speaks of panics and goroutines.
package main

import (
	"log"
	"os"
	"runtime"
)

func main() {
	log.SetOutput(os.Stderr)
	log.Print("started, no panic expected")
	log.Printf("goroutine count: %d", runtime.NumGoroutine())
	log.Print("recovered from panic: upstream said: panic: out of tea (no trace kept)")
	log.Print("goroutine 7 [running]: this text is a customer's question about a log")
	log.Print("ticket 4711: \"what does fatal error: all goroutines are asleep mean?\"")
	log.Print("don't panic")
	os.Stderr.WriteString("panicked? no.\ngoroutines: 4\n\tpanic level: low\ncreated by: operator\n")
	log.Print("stopped: exit status 2 of job tea-import, see its own log")
}
