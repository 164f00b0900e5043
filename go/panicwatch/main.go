//go:build linux

// Command panicwatch runs a command as its init and supervisor, and keeps the text of its crash in a spool.
// docs/panicwatch.md says what it does.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"panictrail.dev/go/internal/supervise"
)

const usage = `panicwatch [--spool DIR] [--ring FILE] [--grace DURATION] [--spool-max BYTES] [--version] [--] COMMAND ARGS...

Runs COMMAND, passes its standard error on unchanged, and keeps the text of a crash in the spool.

  --spool DIR         where records are kept; made if missing. Default: $PANICWATCH_SPOOL; without both, nothing is kept
  --ring FILE         the 1 KiB file of the last events before the end. Default: one in the spool while COMMAND runs
  --grace DURATION    how long the rest of a large dump is waited for, such as 30s. Default: $PANICWATCH_GRACE, or 10s
  --spool-max BYTES   the oldest closed segments are removed above this size. Default: 268435456
  --version           print the version

Exit status: that of COMMAND, or its signal; 127 when it was not found, 126 when it cannot be run, 2 for wrong usage.
`

const wrongUsage = 2

func main() {
	supervise.WithoutTraces()
	options, done, fault := parse(os.Args[1:], os.Getenv)
	switch {
	case fault != "":
		os.Stderr.WriteString("panicwatch: " + fault + "\n" + usage)
		os.Exit(wrongUsage)
	case done != "":
		os.Stdout.WriteString(done)
		return
	}
	os.Exit(supervise.Run(options))
}

// parse reads the command line. done is what to print in place of running; fault says what is wrong.
func parse(words []string, environment func(string) string) (options supervise.Options, done, fault string) {
	options = supervise.Options{Spool: environment("PANICWATCH_SPOOL"), Grace: supervise.DefaultGrace}
	if value := environment("PANICWATCH_GRACE"); value != "" {
		if fault = setGrace(&options, value); fault != "" {
			return options, "", "PANICWATCH_GRACE: " + fault
		}
	}
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		word := words[0]
		words = words[1:]
		switch word {
		case "--":
			options.Command = words
			if len(words) == 0 {
				return options, "", "no command"
			}
			return options, "", ""
		case "--version":
			return options, version(), ""
		case "-h", "--help":
			return options, usage, ""
		}
		name, value, joined := strings.Cut(word, "=")
		set, known := flags[name]
		if !known {
			return options, "", "unknown flag " + word
		}
		if !joined {
			if len(words) == 0 {
				return options, "", name + " needs a value"
			}
			value, words = words[0], words[1:]
		}
		if fault = set(&options, value); fault != "" {
			return options, "", name + ": " + fault
		}
	}
	if len(words) == 0 {
		return options, "", "no command"
	}
	options.Command = words
	return options, "", ""
}

var flags = map[string]func(*supervise.Options, string) string{
	"--spool":     func(o *supervise.Options, value string) string { o.Spool = value; return "" },
	"--ring":      func(o *supervise.Options, value string) string { o.Ring = value; return "" },
	"--grace":     setGrace,
	"--spool-max": setMax,
}

func setGrace(options *supervise.Options, value string) string {
	grace, err := time.ParseDuration(value)
	if seconds, failed := strconv.ParseFloat(value, 64); failed == nil {
		grace, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || grace < 0 {
		return strconv.Quote(value) + " is no duration, such as 30s"
	}
	options.Grace = grace
	return ""
}

func setMax(options *supervise.Options, value string) string {
	size, err := strconv.ParseInt(value, 10, 64)
	if err != nil || size <= 0 {
		return strconv.Quote(value) + " is no number of bytes"
	}
	options.SpoolMax = size
	return ""
}

func version() string {
	text := "panicwatch"
	if info, ok := debug.ReadBuildInfo(); ok {
		text += " " + info.Main.Version
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				text += " " + setting.Value
			}
		}
	}
	return text + " " + runtime.Version() + "\n"
}
