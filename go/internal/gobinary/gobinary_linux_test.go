package gobinary

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The Go command and debug/buildinfo are asked for what we read ourselves.
func TestOwnBinary(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "panicwatch")
	if output, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, "panictrail.dev/go/panicwatch").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	id, err := exec.Command("go", "tool", "buildid", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := Read(file)
	if got == nil || !Is(file) || got.Go != want.GoVersion || got.Module != want.Main.Path || got.Version != want.Main.Version ||
		got.BuildID != strings.TrimSpace(string(id)) {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsNoGoProgram(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{
		"empty": "", "text": "#!/bin/sh\n", "elf": "\x7fELF", "header": "\x7fELF\x02\x01" + strings.Repeat("\xff", 58),
		"wild": "\x7fELF\x01\x02" + strings.Repeat("\x00\x28", 200),
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if Is(file) || Read(file) != nil {
			t.Errorf("%s is taken for a Go program", name)
		}
		file.Close()
	}
	file, err := os.Open("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if Is(file) {
		t.Error("the shell is taken for a Go program")
	}
}
