package supervise

import (
	"os"
	"strings"
	"syscall"
)

const (
	debugVariable = "GODEBUG"
	savedVariable = "PANICWATCH_GODEBUG"
)

// WithoutTraces starts this program again where GODEBUG, meant for the command, would make our own runtime print
// (gctrace=1, schedtrace=1000): it is read before main.
func WithoutTraces() {
	value := os.Getenv(debugVariable)
	if !strings.Contains(value, "trace=") {
		return
	}
	environment := append(without(os.Environ(), debugVariable), savedVariable+"="+value)
	syscall.Exec("/proc/self/exe", os.Args, environment) // where that fails, traces are all the harm
}

// withTraces gives the command the GODEBUG that was taken from us.
func withTraces(environment []string) []string {
	for _, variable := range environment {
		if value, ok := strings.CutPrefix(variable, savedVariable+"="); ok {
			return append(without(environment, savedVariable), debugVariable+"="+value)
		}
	}
	return environment
}
