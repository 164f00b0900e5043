package supervise

import (
	"errors"
	"os"
	"strings"
	"syscall"
)

// What shells return where a command cannot be started (POSIX, "Exit Status for Commands").
const (
	exitNotExecutable = 126
	exitNotFound      = 127
)

// defaultPath is what execvp uses where PATH is not set.
const defaultPath = "/bin:/usr/bin"

// startError says why a command could not be started, and the exit code for it.
type startError struct {
	command string
	code    int
	cause   error
}

func (e *startError) Error() string {
	if e.code == exitNotFound && !strings.Contains(e.command, "/") {
		return e.command + ": not found in PATH"
	}
	return e.command + ": " + e.cause.Error()
}

func startFailure(command string, err error) *startError {
	code := exitNotExecutable
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR) {
		code = exitNotFound
	}
	return &startError{command, code, err}
}

// lookup finds the program as execvp does: a file that may not be executed is remembered, the search goes on.
func lookup(command string, environment []string) (string, error) {
	if command == "" {
		return "", syscall.ENOENT
	}
	if strings.Contains(command, "/") {
		return command, nil
	}
	path := defaultPath
	for _, variable := range environment {
		if value, ok := strings.CutPrefix(variable, "PATH="); ok {
			path = value
		}
	}
	var refused error = syscall.ENOENT
	for _, folder := range strings.Split(path, ":") {
		if folder == "" {
			folder = "."
		}
		candidate := folder + "/" + command
		info, err := os.Stat(candidate)
		if err != nil || info.IsDir() {
			continue
		}
		const execute = 1
		if err := syscall.Access(candidate, execute); err != nil {
			refused = err
			continue
		}
		return candidate, nil
	}
	return "", refused
}

// start runs the command with stderr as its standard error, in a process group of its own, so that a signal from the
// terminal does not reach it twice. It returns its PID and the file that runs.
func start(command, environment []string, stderr int, terminal int) (int, string, *startError) {
	path, err := lookup(command[0], environment)
	if err != nil {
		return 0, "", startFailure(command[0], err)
	}
	attributes := &syscall.ProcAttr{
		Env:   environment,
		Files: []uintptr{0, 1, uintptr(stderr)},
		Sys:   &syscall.SysProcAttr{Setpgid: true, Foreground: terminal >= 0, Ctty: max(terminal, 0)},
	}
	pid, err := syscall.ForkExec(path, command, attributes)
	if err == syscall.ENOEXEC {
		// A script without `#!`: execvp, and with it every other init, gives it to the shell.
		script := append([]string{"/bin/sh", path}, command[1:]...)
		pid, err = syscall.ForkExec("/bin/sh", script, attributes)
	}
	if err != nil {
		return 0, "", startFailure(command[0], err)
	}
	return pid, path, nil
}
