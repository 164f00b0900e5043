package crashhook

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestOnlyWhatWasHandedDownIsTaken(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := inherited(int(file.Fd())); err == nil {
		t.Error("a file that the program opened itself is taken")
	}
	// dup(2) takes the mark off, as a parent does for what its child shall have.
	handed, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(handed)
	if err := inherited(handed); err != nil {
		t.Errorf("a file that was handed down is refused: %v", err)
	}
}
