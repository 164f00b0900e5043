//go:build linux

package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"panictrail.dev/go/internal/supervise"
)

func TestFlags(t *testing.T) {
	environment := map[string]string{"PANICWATCH_SPOOL": "/env", "PANICWATCH_GRACE": "3s"}
	get := func(name string) string { return environment[name] }
	for line, want := range map[string]supervise.Options{
		"app -x --spool y":            {Spool: "/env", Grace: 3 * time.Second, Command: []string{"app", "-x", "--spool", "y"}},
		"--spool /s -- app":           {Spool: "/s", Grace: 3 * time.Second, Command: []string{"app"}},
		"--spool=/s --grace 1m -- -x": {Spool: "/s", Grace: time.Minute, Command: []string{"-x"}},
		"--grace 0.5 --ring r --spool-max 4096 a": {Spool: "/env", Ring: "r", SpoolMax: 4096, Grace: 500 * time.Millisecond,
			Command: []string{"a"}},
	} {
		got, done, fault := parse(strings.Fields(line), get)
		if done != "" || fault != "" || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v %q %q", line, got, done, fault)
		}
	}
	for line, want := range map[string]string{
		"": "no command", "--": "no command", "--spol x app": "unknown flag --spol", "--spool": "--spool needs a value",
		"--grace soon app": "--grace: \"soon\" is no duration, such as 30s", "--spool-max 1MB app": "--spool-max: \"1MB\" is no number of bytes",
		"--grace -1s app": "--grace: \"-1s\" is no duration, such as 30s",
	} {
		if _, _, fault := parse(strings.Fields(line), get); fault != want {
			t.Errorf("%s: %q", line, fault)
		}
	}
	if _, done, _ := parse([]string{"--help"}, get); !strings.Contains(done, "--spool-max BYTES") {
		t.Error(done)
	}
}
