// Command peers reads a goroutine dump with one of the parsers that Go programs use, and prints how many goroutines it
// found and in how many seconds, the median of three times: bytes in memory to the parser's own result.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/DataDog/gostackparse"
	"github.com/maruel/panicparse/v2/stack"
)

func read(parser string, data []byte) (int, error) {
	switch parser {
	case "gostackparse":
		goroutines, failed := gostackparse.Parse(bytes.NewReader(data))
		return len(goroutines), errors.Join(failed...)
	case "panicparse": // all that it can leave out is left out
		snapshot, _, err := stack.ScanSnapshot(bytes.NewReader(data), io.Discard, &stack.Opts{})
		if snapshot == nil {
			return 0, err
		}
		return len(snapshot.Goroutines), nil
	}
	return 0, fmt.Errorf("no parser is called %q", parser)
}

func main() {
	data, err := os.ReadFile(os.Args[2])
	found, took := 0, make([]time.Duration, 3)
	for i := range took {
		if err == nil {
			began := time.Now()
			found, err = read(os.Args[1], data)
			took[i] = time.Since(began)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	slices.Sort(took)
	fmt.Println(found, took[1].Seconds())
}
