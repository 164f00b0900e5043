// Command peers reads a goroutine dump with one of the parsers that Go programs use, and prints how many goroutines it
// found and in how many seconds, the median of three times: bytes in memory to the parser's own result.
//
// Asked for groups, it prints those of panicparse, arguments left out: how many goroutines, and their stack.
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

func groups(data []byte) error {
	snapshot, _, err := stack.ScanSnapshot(bytes.NewReader(data), io.Discard, &stack.Opts{})
	if snapshot == nil {
		return err
	}
	for _, bucket := range snapshot.Aggregate(stack.AnyValue).Buckets {
		fmt.Print(len(bucket.IDs))
		for _, call := range bucket.Stack.Calls {
			fmt.Printf("\t%s %s:%d", call.Func.Complete, call.RemoteSrcPath, call.Line)
		}
		fmt.Println()
	}
	return nil
}

func main() {
	data, err := os.ReadFile(os.Args[2])
	if err == nil && os.Args[1] == "groups" {
		if err := groups(data); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
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
