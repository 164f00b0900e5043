package supervise

import (
	"bytes"
	"testing"
)

const stack = "goroutine 1 [running]:\nmain.main()\n\t/src/main.go:10 +0x345\n"

// What is read in bulk and has no stack in it is not looked through; where a stack follows, its headline is found there.
func TestAHeadlineThatCameInBulkIsFoundWithTheStack(t *testing.T) {
	logs := bytes.Repeat([]byte("2026-11-27T10:00:00Z INFO request served\n"), 600)
	value := bytes.Repeat([]byte("a line of the value, as Go before 1.23 writes it\n"), 100)
	first := append(append(append([]byte{}, logs...), "half panic: no\npanic: several lines\n"...), value...)
	headline := bytes.Index(first, []byte("\npanic: several")) + 1
	for name, next := range map[string][]byte{"little": []byte(stack), "bulk": append([]byte(stack), logs...)} {
		c := &capture{}
		if at := c.search(first, 0); at >= 0 || !c.unsearched {
			t.Fatalf("%s: found at %d before there is a stack", name, at)
		}
		c.floor = len(first)
		window := append(append([]byte{}, first...), next...)
		if at := c.search(window, len(first)); at != headline {
			t.Errorf("%s: found at %d, not at the headline at %d", name, at, headline)
		}
		c.floor = 10 // all but so much was judged before
		if at := c.search(window, len(first)); at != len(first) {
			t.Errorf("%s: found at %d, in what was judged before", name, at)
		}
	}
}
