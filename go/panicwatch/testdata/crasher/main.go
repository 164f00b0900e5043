// Command crasher dies in the way that its first argument names. It waits for the end of its standard input before, so that
// many can be made to die at once. CRASHER_REF names a file for debug.SetCrashOutput: what the runtime says it wrote.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"panictrail.dev/go/crashhook"
)

func main() {
	mode := os.Args[1]
	number := 0
	if len(os.Args) > 2 {
		number, _ = strconv.Atoi(os.Args[2])
	}
	if os.Getenv("CRASHER_HOOK") != "" {
		crashhook.Install().Announce()
	}
	keepReference()
	if number > 0 {
		park(number)
	}
	if os.Getenv("CRASHER_WAIT") != "" {
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
	}
	modes[mode](number)
}

var modes = map[string]func(int){
	"panic":     func(int) { panic(errors.New("order 4711: no such customer")) },
	"nil":       func(int) { var order *struct{ id int }; fmt.Println(order.id) },
	"map":       func(int) { writeMap() },
	"deadlock":  func(int) { select {} },
	"unlock":    func(int) { var lock sync.Mutex; lock.Unlock() },
	"goexit":    func(int) { runtime.Goexit() },
	"printing":  func(int) { panic(unprintable{}) },
	"overflow":  func(int) { debug.SetMaxStack(1 << 20); fmt.Println(deeper(1)) },
	"oom":       func(int) { fmt.Println(len(make([]byte, 1<<47-1<<20))) },
	"mebibyte":  func(int) { panic(strings.Repeat("0123456789abcdef", 1<<16)) },
	"lines":     func(int) { panic("first\n\ngoroutine 7 [running]:\nmain.fake()\n\t/fake.go:1 +0x1\npanic: fake\n") },
	"partial":   func(int) { fmt.Fprint(os.Stderr, "half a line, then "); panic("glued") },
	"logged":    func(int) { log.Print("panic: a word in a log"); log.Print("fatal error: another"); panic("real") },
	"repanic":   func(int) { defer func() { panic(fmt.Sprint("again: ", recover())) }(); panic("once") },
	"fault":     func(int) { debug.SetPanicOnFault(false); touch() },
	"late":      func(int) { go func() { panic("in another goroutine") }(); time.Sleep(time.Hour) },
	"exitdefer": func(int) { defer os.Exit(3); panic("never printed") },
	"recover":   func(int) { recovered("boom"); fmt.Fprintln(os.Stderr, "went on") },
	"stack":     func(int) { recoveredWithStack(); os.Exit(1) },
	"stack2":    func(int) { recoveredWithStack(); os.Exit(2) },
	"logfatal":  func(int) { log.Fatal("panic: cannot go on") },
	"usage":     func(int) { fmt.Fprintln(os.Stderr, "usage: crasher MODE"); os.Exit(2) },
	"dump":      func(int) { pprof.Lookup("goroutine").WriteTo(os.Stderr, 2) },
	"ready":     func(int) { fmt.Println("ready"); time.Sleep(time.Hour) },
	"caught":    func(int) { caught() },
	"events":    func(int) { events(); fmt.Println("ready"); time.Sleep(time.Hour) },
	"kill":      func(int) { syscall.Kill(os.Getpid(), syscall.SIGKILL) },
	"tick":      func(int) { tick() },
	"flood":     flood,
	"deluge":    func(megabytes int) { flood(megabytes); panic(errors.New("after the flood")) },
	"orphan":    func(int) { orphan() },
	"isatty":    func(int) { _, err := os.Open("/dev/tty"); fmt.Fprintln(os.Stderr, "tty", terminal(), err == nil) },
}

// CRASHER_INIT makes the package's initialisation fail, before any hook can be installed.
var _ = initialised()

func initialised() int {
	if os.Getenv("CRASHER_INIT") != "" {
		panic("cannot initialise")
	}
	return 1
}

func park(number int) {
	var started sync.WaitGroup
	started.Add(number)
	for i := 0; i < number; i++ {
		go func() {
			started.Done()
			select {}
		}()
	}
	started.Wait()
}

func writeMap() {
	counts := map[int]int{}
	for i := 0; i < 4; i++ {
		go func() {
			for {
				counts[1]++
			}
		}()
	}
	select {}
}

type unprintable struct{}

func (unprintable) Error() string { panic("no text for this error") }

func deeper(depth int) int { return deeper(depth+1) + 1 }

func recovered(value any) {
	defer func() { fmt.Fprintln(os.Stderr, "recovered from panic:", recover()) }()
	panic(value)
}

func recoveredWithStack() {
	defer func() { fmt.Fprintf(os.Stderr, "panic: %v\n\n%s", recover(), debug.Stack()) }()
	panic("handled")
}

func caught() {
	received := make(chan os.Signal, 1)
	signal.Notify(received)
	fmt.Println("ready")
	for got := range received {
		if got != syscall.SIGURG {
			fmt.Println(got.(syscall.Signal).String())
			if got == syscall.SIGTERM {
				os.Exit(0)
			}
		}
	}
}

func events() {
	logger := slog.New(crashhook.NewHandler(slog.NewTextHandler(io.Discard, nil), nil))
	for i := 1; i <= 20; i++ {
		logger.Info("event " + strconv.Itoa(i))
	}
}

// tick writes a line that looks like the beginning of a crash, again and again, and lives on until its input ends.
func tick() {
	for i := 0; i < 20; i++ {
		fmt.Fprintf(os.Stderr, "panic: %d was recovered\n", i)
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}

// flood writes so many MB of log, so many lines at once as the third argument says.
func flood(megabytes int) {
	lines := 800
	if len(os.Args) > 3 {
		lines, _ = strconv.Atoi(os.Args[3])
	}
	line := []byte(strings.Repeat("2026-11-27T10:00:00Z INFO request served in 12 ms path=/orders status=200\n", lines))
	if os.Getenv("CRASHER_NUMBERED") != "" { // so that a block which is lost, or comes twice, is seen
		for i := 0; i < lines; i++ {
			copy(line[i*len(line)/lines:], fmt.Sprintf("%020d", i))
		}
	}
	for written := 0; written < megabytes<<20; written += len(line) {
		os.Stderr.Write(line)
	}
}

// orphan leaves a child to whoever takes orphans and ends when that is dead.
func orphan() {
	process, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "sleep 0.05 & echo $!; exec sleep 0"}, &os.ProcAttr{Files: []*os.File{nil, os.Stdout, os.Stderr}})
	if err != nil {
		panic(err)
	}
	process.Wait()
	time.Sleep(300 * time.Millisecond)
}
