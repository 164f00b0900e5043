//go:build unix

package ring

import (
	"bufio"
	"os"
	"os/exec"
	"reflect"
	"testing"
)

const ringOfChild = "RING_TEST_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(ringOfChild); path != "" {
		writeAndWait(path)
	}
	os.Exit(m.Run())
}

// writeAndWait is the process that is killed: it says when the last entry is written.
func writeAndWait(path string) {
	ring, err := Open(path)
	if err != nil {
		panic(err)
	}
	ring.Write(at, 0, []byte("first"))
	ring.Write(at, 8, []byte("last words"))
	os.Stdout.WriteString("written\n")
	os.Stdin.Read(make([]byte, 1))
}

func TestEntriesOfAKilledProcess(t *testing.T) {
	_, path := mapped(t)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), ringOfChild+"="+path)
	if _, err := child.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "written\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil || child.ProcessState.String() != "signal: killed" {
		t.Fatalf("it ended by itself: %v", child.ProcessState)
	}
	want := []string{"2026-11-27T21:17:13.123Z INFO first", "2026-11-27T21:17:13.123Z ERROR last words"}
	if got := read(t, path); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
