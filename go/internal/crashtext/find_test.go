package crashtext

import (
	"bytes"
	"strings"
	"testing"
)

// Texts as Go 1.26 wrote them (shortened to a frame or two), with what else was on the stream.
const (
	trace   = "goroutine 1 [running]:\nmain.main()\n\t/src/main.go:10 +0x345\n"
	other   = "\ngoroutine 18 [select (no cases), 2 minutes]:\nmain.park.func1()\n\t/src/main.go:9 +0x2d\ncreated by main.park in goroutine 1\n\t/src/main.go:8 +0x45\n"
	panics  = "panic: boom\n\n" + trace
	segv    = "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x49ff48]\n\n" + trace
	fatals  = "fatal error: concurrent map writes\n\n" + trace + other
	stack   = "runtime: goroutine stack exceeds 1000000000-byte limit\nruntime: sp=0x10b6 stack=[0x10b6, 0x10b7]\nfatal error: stack overflow\n\nruntime stack:\nruntime.throw({0x4c8528?, 0x10b6?})\n\t/go/src/runtime/panic.go:1229 +0x48 fp=0x1 sp=0x2 pc=0x3\n\n" + trace
	quit    = "SIGQUIT: quit\nPC=0x481341 m=0 sigcode=0\n\ngoroutine 0 gp=0x5891c0 m=0 mp=0x589f80 [idle]:\nruntime.futex(0x58a0d8, 0x80)\n\t/go/src/runtime/sys_linux_amd64.s:569 +0x21\n\nrax    0xca\nrflags 0x286\ngs     0x0\n"
	abort   = "free(): invalid pointer\nSIGABRT: abort\nPC=0x7f m=0 sigcode=18446744073709551610\nsignal arrived during cgo execution\n\n" + trace
	threads = panics + other + "\n-----\n\nSIGQUIT: quit\nPC=0x481341 m=2 sigcode=0\n\ngoroutine 0 gp=0x1 m=2 mp=0x2 [idle]:\nruntime.futex()\n\t/go/src/runtime/sys_linux_amd64.s:569 +0x21\nrax    0xca\n-----\n"
	old     = "panic: first\nsecond line of Go 1.21\n\ngoroutine 9 [running]:\nfake.f()\n\nthird\n\n" + trace
	tabbed  = "panic: first\n\tgoroutine 9 [running]:\n\tfake.f()\n\n" + trace
	chain   = "panic: once [recovered]\n\tpanic: again\n\n" + trace
	bare    = "panic: boom\n"
)

func TestFind(t *testing.T) {
	for name, c := range map[string]struct {
		before, text, after string
	}{
		"a panic":                     {"2026/11/27 10:00:00 started\n", panics, ""},
		"behind half a line":          {"2026/11/27 10:00:00 half", panics, ""},
		"a signal":                    {"", segv, ""},
		"a fatal error":               {"x\n", fatals, ""},
		"a stack overflow":            {"half", stack, ""},
		"lines before the headline":   {"x\n", stack, ""},
		"SIGQUIT":                     {"x\n", quit, ""},
		"C's message before":          {"x\n", abort, ""},
		"GOTRACEBACK=crash":           {"x\n", threads, ""},
		"a value with stacks, 1.21":   {"x\n", old, ""},
		"a value with stacks":         {"", tabbed, ""},
		"recovered and panicked":      {"", chain, ""},
		"what a shell says after it":  {"", panics, "Aborted (core dumped)\n"},
		"a log line after it":         {"", panics, "2026/11/27 10:00:00 stopped\n"},
		"a log line within it":        {"", fatals[:60] + "2026/11/27 10:00:00 still here\n" + fatals[60:], ""},
		"words of a log before it":    {"2026/11/27 10:00:00 panic: no, recovered\nfine\n", panics, ""},
		"a word at a line's start":    {"panic: 3 was recovered\n2026/11/27 10:00:00 fine\n", panics, ""},
		"two panics, stacks of one":   {"", "panic: a\n" + panics, ""},
		"Windows' line ends":          {"", strings.ReplaceAll(panics, "\n", "\r\n"), ""},
		"a header with labels":        {"", "panic: boom\n\ngoroutine 1 [running labels:{\"a\": \"b]\"}]:\nmain.main()\n\t/src/main.go:10 +0x345\n", ""},
		"cut off in a line":           {"", panics[:len(panics)-9], ""},
		"a value that looks like log": {"", "panic: a\n2026/11/27 10:00:00 x\nb\n\n" + trace, ""},
	} {
		data := []byte(c.before + c.text + c.after)
		var whole []string
		for _, text := range Find(data) {
			if text.Whole() {
				whole = append(whole, string(data[text.Begin:text.End]))
			}
		}
		// Which of the empty lines behind a text are its own nobody can know.
		if len(whole) != 1 || strings.TrimRight(whole[0], "\n") != strings.TrimRight(c.text, "\n") {
			t.Errorf("%s: %d texts: %q", name, len(whole), whole)
		}
	}
}

func TestFindNone(t *testing.T) {
	for name, data := range map[string]string{
		"nothing":            "",
		"words":              "panic: mode\nfatal error: disk\nSIGTERM: received\ngoroutine 5 is late\n",
		"a logged stack":     "panic: boom\n\ngoroutine 1 [running]:\nruntime/debug.Stack()\n\t/go/src/runtime/debug/stack.go:26 +0x5e\n",
		"a recovered one":    "http: panic serving 127.0.0.1:1: boom\n" + trace,
		"a JVM's dump":       "Full thread dump OpenJDK 64-Bit Server VM:\n\n\"main\" #1 prio=5 os_prio=0 tid=0x1 nid=0x2 runnable [0x3]\n   java.lang.Thread.State: RUNNABLE\n\tat Main.main(Main.java:1)\n",
		"a JVM's own crash":  "# A fatal error has been detected by the Java Runtime Environment:\n#  SIGSEGV (0xb) at pc=0x7f\n",
		"a word in a string": "{\"msg\":\"panic: boom\",\"stack\":\"goroutine 1 [running]:\\nmain.main()\"}\n",
	} {
		for _, text := range Find([]byte(data)) {
			if text.Whole() || text.IsDump() {
				t.Errorf("%s: %+v", name, text)
			}
		}
	}
}

func TestSeveralTexts(t *testing.T) {
	data := []byte(panics + "2026/11/27 10:00:00 started again\n" + fatals + "x\n" + segv)
	texts := Find(data)
	if len(texts) != 3 || texts[1].Goroutines != 2 {
		t.Fatalf("%+v", texts)
	}
	if merged := Merge(data, texts); len(merged) != 3 {
		t.Errorf("merged though a log is between: %+v", merged)
	}
	data = []byte(panics + "\n" + fatals)
	if merged := Merge(data, Find(data)); len(merged) != 1 || merged[0].End != len(data) || merged[0].Goroutines != 3 {
		t.Errorf("%+v", merged)
	}
}

func TestADumpIsNoCrash(t *testing.T) {
	data := []byte("dump follows\n" + trace + other + "done\n")
	texts := Find(data)
	if len(texts) != 1 || !texts[0].IsDump() || texts[0].Whole() || string(data[texts[0].Begin:texts[0].End]) != trace+other {
		t.Errorf("%+v", texts)
	}
}

// Every start is seen in whatever pieces the stream comes, when the last bytes of what came before are searched again.
func TestStartInPieces(t *testing.T) {
	for _, text := range []string{panics, fatals, quit, stack, trace} {
		data := []byte("2026/11/27 10:00:00 half a line " + text)
		want := Start(data)
		for cut := 1; cut < len(data); cut++ {
			first := Start(data[:cut])
			second := Start(data[max(0, cut-Overlap):])
			if second >= 0 {
				second += max(0, cut-Overlap)
			}
			if first != want && second != want {
				t.Errorf("%.20q cut at %d: %d, %d, not %d", text, cut, first, second, want)
			}
		}
	}
}

func TestStartInBulkSeesWhatStartSees(t *testing.T) {
	log := strings.Repeat("2026-11-27T10:00:00Z INFO request served in 12 ms\n", 2000)
	for name, data := range map[string]string{
		"a line":            log + panics + log,
		"a long line":       log + strings.Repeat("x", 5000) + "panic: boom\n" + log,
		"nothing":           log,
		"one line of zeros": strings.Repeat("\x00", 1<<16),
	} {
		if a, b := Start([]byte(data)), StartInBulk([]byte(data)); a != b {
			t.Errorf("%s: %d, %d", name, a, b)
		}
	}
	// Far from the end, a headline behind half a line is known by the stacks below it.
	data := []byte(log + "half" + panics + log)
	if at := StartInBulk(data); !bytes.HasPrefix(data[at:], []byte("goroutine 1 ")) {
		t.Errorf("%d", at)
	}
}

func TestCombine(t *testing.T) {
	output := "\n" + trace + other // the runtime leaves out `fatal error:`
	for name, c := range map[string]struct {
		stderr, output, want string
		alone                bool
		used                 int
	}{
		"both whole":             {fatals, output, fatals, true, len(output)},
		"a panic, both whole":    {panics, panics, panics, true, len(panics)},
		"stderr cut off":         {fatals[:70], output, fatals, true, len(output)},
		"output cut off":         {fatals, output[:50], fatals, true, 50},
		"stderr mixed with logs": {strings.Replace(fatals, "main.main()\n", "main.main()\n2026 log\n", 1), output, fatals, true, len(output)},
		"stderr has no stacks":   {"fatal error: concurrent map writes\n", output, fatals, true, len(output)},
		"no output":              {fatals, "", fatals, true, 0},
		"of another crash":       {panics, "panic: other\n\ngoroutine 7 [running]:\nmain.f()\n\t/src/f.go:1 +0x1\n", panics, true, 0},
		"the next crash behind":  {panics, panics + output, panics, false, len(panics)},
	} {
		raw, used := Combine([]byte(c.stderr), []byte(c.output), c.alone)
		if string(raw) != c.want || used != c.used {
			t.Errorf("%s: used %d, not %d: %q", name, used, c.used, raw)
		}
	}
}

func TestAbort(t *testing.T) {
	for data, want := range map[string]string{
		"x\n*** stack smashing detected ***: terminated\n":                                                          "*** stack smashing detected ***: terminated\n",
		"x\nprog: main.c:3: main: Assertion `a == b' failed.\n":                                                     "prog: main.c:3: main: Assertion `a == b' failed.\n",
		"terminate called after throwing an instance of 'std::runtime_error'\n  what():  no\n":                      "terminate called after throwing an instance of 'std::runtime_error'\n  what():  no\n",
		"*** Error in `./a': double free or corruption: 0x1 ***\n======= Backtrace: =========\n/lib/libc.so[0x7]\n": "*** Error in `./a': double free or corruption: 0x1 ***\n======= Backtrace: =========\n/lib/libc.so[0x7]\n",
		"nothing of that kind\n": "",
	} {
		begin, end := Abort([]byte(data))
		got := ""
		if begin >= 0 {
			got = data[begin:end]
		}
		if got != want {
			t.Errorf("%q: %q", data, got)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, text := range []string{panics, segv, fatals, stack, quit, abort, threads, old, chain, bare} {
		f.Add([]byte("half" + text + "more\n"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		end := 0
		for _, text := range Find(data) {
			if text.Begin < end || text.End < text.Begin || text.End > len(data) {
				t.Fatalf("%+v of %d bytes, the one before ended at %d", text, len(data), end)
			}
			end = text.End
		}
		Abort(data)
		Combine(data, data[len(data)/2:], true)
	})
}

func TestPlain(t *testing.T) {
	logs := strings.Repeat("2026/11/27 10:00:00 INFO served path=/orders\n", 500)
	tabs := strings.Repeat("a\tb\n", fewTabs)
	for name, c := range map[string]struct {
		data string
		want bool
	}{
		"lines of a log":              {logs, true},
		"tabs, but few":               {logs + tabs + logs, true},
		"tabs, and many":              {logs + tabs + "a\tb\n" + logs, false},
		"a stack":                     {logs + panics + logs, false},
		"a stack, cut at its tab":     {"\t/src/main.go:10 +0x345\n" + logs, false},
		"a long line":                 {logs + strings.Repeat("x", longLine) + "\n" + logs, false},
		"a headline before many":      {bare + logs, true},
		"a headline among the last":   {logs + bare + "[signal SIGSEGV: segmentation violation]\n", false},
		"a headline that is cut off":  {logs + "fatal error: concurrent", false},
		"a line that is not over yet": {logs + strings.Repeat("x", longLine/2), true},
	} {
		if got := Plain([]byte(c.data)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
