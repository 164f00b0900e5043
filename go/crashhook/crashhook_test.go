package crashhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"panictrail.dev/go/internal/ring"
)

// toolchains are the oldest that we take, the first with debug.SetCrashOutput, and the one on PATH ("").
var toolchains = []string{"go1.21.13", "go1.23.12", ""}

// minor is 26 of the toolchain go1.26.8.
func minor(t *testing.T, toolchain string) int {
	t.Helper()
	version := toolchain
	if version == "" {
		version = goCommand(t, "", "env", "GOVERSION")
	}
	var found int
	if _, err := fmt.Sscanf(version, "go1.%d", &found); err != nil {
		t.Fatalf("%s: %v", version, err)
	}
	return found
}

func goCommand(t *testing.T, toolchain string, arguments ...string) string {
	t.Helper()
	command := exec.Command("go", arguments...)
	command.Env = append(os.Environ(), "GOFLAGS=-p=2 -buildvcs=false", "GOWORK=off")
	if toolchain != "" {
		command.Env = append(command.Env, "GOTOOLCHAIN="+toolchain)
	}
	out, err := command.Output()
	if err != nil {
		var failed *exec.ExitError
		errors.As(err, &failed)
		t.Fatalf("%s go %s: %v\n%s", toolchain, strings.Join(arguments, " "), err, failed.Stderr)
	}
	return strings.TrimSpace(string(out))
}

var (
	building sync.Mutex
	builds   = map[string]string{}
	programs string
)

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "crashhook")
	if err != nil {
		panic(err)
	}
	programs = folder
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// crasher is testdata/crasher, built with a toolchain.
func crasher(t *testing.T, toolchain string) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	if builds[toolchain] == "" {
		path := filepath.Join(programs, "crasher-"+toolchain)
		goCommand(t, toolchain, "build", "-o", path, "./testdata/crasher")
		builds[toolchain] = path
	}
	return builds[toolchain]
}

// ended is what a process left.
type ended struct {
	stdout, stderr, crash string
	code                  int
	ring                  []string
}

// watched runs a program as panicwatch does: with a file for the crash as descriptor 3, and a ring.
func watched(t *testing.T, program, way string, environment ...string) ended {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "ring")
	if err := ring.Create(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(filepath.Join(folder, ".crash-1"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	environment = append([]string{"PANICWATCH_CRASH_FD=3", "PANICWATCH_RING=" + path}, environment...)
	end := run(t, program, way, []*os.File{file}, environment...)
	crash, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	end.crash, end.ring = string(crash), ring.Read(content)
	return end
}

func run(t *testing.T, program, way string, files []*os.File, environment ...string) ended {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command := exec.Command(program, way)
	command.Env = append(environment, "GOTRACEBACK=single")
	command.ExtraFiles = files
	command.Stdout, command.Stderr = &stdout, &stderr
	var failed *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return ended{stdout: stdout.String(), stderr: stderr.String(), code: command.ProcessState.ExitCode()}
}

func TestCrashesAreInTheFileToo(t *testing.T) {
	headlines := map[string]string{
		"panic":     "panic: checkout: file does not exist\n",
		"nil":       "panic: runtime error: invalid memory address or nil pointer dereference\n",
		"goroutine": "panic: in a goroutine\n",
		"deadlock":  "fatal error: all goroutines are asleep - deadlock!\n",
		"wait":      "fatal error: all goroutines are asleep - deadlock!\n",
		"unlock":    "fatal error: sync: unlock of unlocked mutex\n",
	}
	for _, toolchain := range toolchains {
		program, release := crasher(t, toolchain), minor(t, toolchain)
		for way, headline := range headlines {
			t.Run(toolchain+" "+way, func(t *testing.T) {
				end := watched(t, program, way)
				if !strings.HasPrefix(end.stderr, headline) {
					t.Errorf("standard error begins %.120q, want %q", end.stderr, headline)
				}
				if end.code != 2 || !strings.Contains(end.stderr, "\ngoroutine ") {
					t.Errorf("exit code %d: %s", end.code, end.stderr)
				}
				if release < 23 {
					if end.crash != "" {
						t.Errorf("the file has %q", end.crash)
					}
					return
				}
				// The runtime leaves the headline of a fatal error out (golang.org/issue/76859).
				if end.crash != end.stderr && end.crash != strings.TrimPrefix(end.stderr, headline) {
					t.Errorf("the file has\n%s\nstandard error\n%s", end.crash, end.stderr)
				}
				if !strings.Contains(end.crash, "goroutine ") {
					t.Errorf("the file has %q", end.crash)
				}
			})
		}
	}
}

func TestNoCrashLeavesNothing(t *testing.T) {
	for _, toolchain := range toolchains {
		end := watched(t, crasher(t, toolchain), "exit")
		if end.code != 3 || end.crash != "" || end.stderr != "" || end.ring != nil {
			t.Errorf("%s: %+v", toolchain, end)
		}
	}
}

func TestTheLastEventsAreInTheRing(t *testing.T) {
	for _, toolchain := range toolchains {
		end := watched(t, crasher(t, toolchain), "ring")
		var texts []string
		for _, line := range end.ring {
			_, text, _ := strings.Cut(line, " ")
			texts = append(texts, text)
		}
		want := []string{"INFO order received order=17", "ERROR payment failed error=card declined", "INFO about to die"}
		if !reflect.DeepEqual(texts, want) {
			t.Errorf("%s: got %q, want %q", toolchain, texts, want)
		}
	}
}

func TestWithoutPanicwatchTheHookDoesNothing(t *testing.T) {
	program := crasher(t, "")
	if end := run(t, program, "status", nil); end.stdout != "crash output off, ring off (installed before)\n" || end.stderr != "" {
		t.Errorf("%+v", end)
	}
	for _, way := range []string{"panic", "deadlock", "ring", "exit"} {
		watchedEnd, alone := watched(t, program, way), run(t, program, way, nil)
		if alone.code != watchedEnd.code || firstLine(alone.stderr) != firstLine(watchedEnd.stderr) {
			t.Errorf("%s: alone %+v, watched %+v", way, alone, watchedEnd)
		}
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func TestTheVariablesAreNotHandedOn(t *testing.T) {
	want := "PANICWATCH_CRASH_FD false \nPANICWATCH_RING false \n"
	if end := watched(t, crasher(t, ""), "environment"); end.stdout != want {
		t.Errorf("got %q, want %q", end.stdout, want)
	}
}

func TestStatus(t *testing.T) {
	for toolchain, want := range map[string]string{
		"":          "crash output on, ring on (installed before)\n",
		"go1.21.13": "crash output off, ring on (installed before)\n",
	} {
		if end := watched(t, crasher(t, toolchain), "status"); end.stdout != want || end.stderr != "" {
			t.Errorf("%s: %+v", toolchain, end)
		}
	}
}

func TestWhatCannotBeDoneIsSaidAndTheProgramGoesOn(t *testing.T) {
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer other.Close()
	for _, test := range []struct {
		name, variable string
		want           string
	}{
		{"no number", "PANICWATCH_CRASH_FD=three", "PANICWATCH_CRASH_FD=three: not the number of a descriptor above 2"},
		{"standard error", "PANICWATCH_CRASH_FD=2", "PANICWATCH_CRASH_FD=2: not the number of a descriptor above 2"},
		{"not open", "PANICWATCH_CRASH_FD=99", "PANICWATCH_CRASH_FD=99: no such descriptor was inherited: bad file descriptor"},
		{"a pipe", "PANICWATCH_CRASH_FD=3", "PANICWATCH_CRASH_FD=3: this descriptor is no regular file"},
		{"no ring", "PANICWATCH_RING=/none/ring", "PANICWATCH_RING: open /none/ring: no such file or directory"},
		{"not a ring", "PANICWATCH_RING=/dev/null", "PANICWATCH_RING: /dev/null: not a ring file of 1024 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			end := run(t, crasher(t, ""), "exit", []*os.File{other}, test.variable)
			if want := "crashhook: " + test.want + "; going on without it\n"; end.stderr != want || end.code != 3 {
				t.Errorf("got %d %q, want 3 %q", end.code, end.stderr, want)
			}
		})
	}
}

func TestOneFaultDoesNotTakeTheOther(t *testing.T) {
	end := watched(t, crasher(t, ""), "ring", "PANICWATCH_CRASH_FD=99")
	if len(end.ring) != 3 || !strings.HasPrefix(end.stderr, "crashhook: PANICWATCH_CRASH_FD=99: ") {
		t.Errorf("%+v", end)
	}
}

func TestInstallByManyGoroutines(t *testing.T) {
	var done sync.WaitGroup
	var lock sync.Mutex
	first := 0
	for n := 0; n < 8; n++ {
		done.Add(1)
		go func() {
			defer done.Done()
			if status := Install(); !status.Again {
				lock.Lock()
				defer lock.Unlock()
				first++
			}
		}()
	}
	done.Wait()
	if first != 1 {
		t.Errorf("%d were the first", first)
	}
}

// copied makes a module that has our hook under another import path, as by vendoring, and imports both.
func copied(t *testing.T) string {
	t.Helper()
	ours, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, content string) {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []string{"crashhook", "internal/ring", "internal/errorline"} {
		files, err := filepath.Glob(filepath.Join(ours, part, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file, "_test.go") {
				text := strings.ReplaceAll(string(source), "panictrail.dev/go/", "other.example/hook/")
				write(part+"/"+filepath.Base(file), text)
			}
		}
	}
	write("go.mod", "module other.example/hook\n\ngo 1.21\n\nrequire panictrail.dev/go v0.0.0\n\nreplace panictrail.dev/go => "+ours+"\n")
	write("main.go", `package main

import (
	"fmt"

	copied "other.example/hook/crashhook"
	"panictrail.dev/go/crashhook"
)

func main() {
	fmt.Println(crashhook.Install())
	fmt.Println(copied.Install())
	panic("with two hooks")
}
`)
	program := filepath.Join(folder, "two")
	goCommand(t, "", "-C", folder, "build", "-o", program, ".")
	return program
}

func TestTwoCopiesOfTheHook(t *testing.T) {
	end := watched(t, copied(t), "")
	if want := "crash output on, ring on\ncrash output off, ring off (installed before)\n"; end.stdout != want {
		t.Errorf("got %q, want %q", end.stdout, want)
	}
	if end.crash != end.stderr || !strings.HasPrefix(end.crash, "panic: with two hooks\n") {
		t.Errorf("the file has %q", end.crash)
	}
}

func TestLabelsInTheTrace(t *testing.T) {
	const on = "GODEBUG=tracebacklabels=1"
	for _, test := range []struct {
		way, debug string
		want       string
	}{
		{"labels", on, `[running labels:{"request_id": "r-1", "tenant": "acme"}]`},
		{"labels-inherited", on, `[running labels:{"tenant": "acme"}]`},
		{"labels-do", on, `[running labels:{"tenant": "acme"}]`},
		{"labels-after-do", on, `[running]`},
		// What the advice of pprof's own documentation comes to: its deferred function has run before the trace is printed.
		{"labels-pprof-do", on, `[running]`},
		{"labels", "GODEBUG=tracebacklabels=0", `[running]`},
	} {
		for _, toolchain := range toolchains {
			want := test.want
			if minor(t, toolchain) < 26 {
				want = "[running]"
			}
			end := watched(t, crasher(t, toolchain), test.way, test.debug)
			_, header, _ := strings.Cut(end.stderr, "\n\ngoroutine ")
			if header = firstLine(header); !strings.HasSuffix(header, want+":") {
				t.Errorf("%s %s %s: got %q, want %s", toolchain, test.way, test.debug, header, want)
			}
		}
	}
}

func TestLoggedErrors(t *testing.T) {
	type line struct {
		Msg     string
		Panic   any
		Errors  []Link
		TraceID string `json:"trace_id"`
		Tenant  string
		Build   map[string]any
	}
	end := run(t, crasher(t, ""), "errors", nil)
	var lines []line
	for decoder := json.NewDecoder(strings.NewReader(end.stderr)); decoder.More(); {
		var one line
		if err := decoder.Decode(&one); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, one)
	}
	if len(lines) != 2 {
		t.Fatalf("%d lines, want 2: %s", len(lines), end.stderr)
	}
	chain, tree := lines[0], lines[1]
	wantChain := []Link{
		{Type: "*fmt.wrapError", Message: "start: open /etc/shop: file does not exist"},
		{Type: "*fs.PathError", Message: "open /etc/shop: file does not exist"},
		{Type: "*errors.errorString", Message: "file does not exist"},
	}
	if chain.Msg != "cannot start" || chain.Panic != nil || !reflect.DeepEqual(chain.Errors, wantChain) {
		t.Errorf("chain %+v", chain)
	}
	if chain.TraceID != "0af7" || chain.Tenant != "acme" || chain.Build["module"] != "panictrail.dev/go" {
		t.Errorf("chain %+v", chain)
	}
	depths := []int{}
	for _, link := range tree.Errors {
		depths = append(depths, link.Depth)
	}
	if want := []int{0, 1, 2, 3, 4, 2}; !reflect.DeepEqual(depths, want) || tree.Build != nil {
		t.Errorf("tree %+v", tree)
	}
}
