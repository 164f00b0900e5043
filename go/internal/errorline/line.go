package errorline

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// Line is what a line says; the zero value of a field is written as null.
type Line struct {
	Message string
	// Panic is the value of a panic, Stack its goroutine as debug.Stack prints it.
	Panic, Stack    string
	Panicked        bool
	Errors          []Link
	Method, Route   string
	Status          int
	TraceID, SpanID string
	// Build adds what the binary says of how it was built.
	Build bool
	Attrs []slog.Attr
}

// Write hands the line to the handler, which writes it with one write(2) where it is one of log/slog.
func (l Line) Write(ctx context.Context, to slog.Handler) error {
	if !to.Enabled(ctx, slog.LevelError) {
		return nil
	}
	record := slog.NewRecord(time.Now().UTC(), slog.LevelError, l.Message, 0)
	record.AddAttrs(l.attrs()...)
	record.AddAttrs(l.Attrs...)
	return to.Handle(ctx, record)
}

func (l Line) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.Int("panictrail", 1), slog.Any("panic", nil), slog.Any("stack", nil)}
	if l.Panicked {
		attrs[1] = slog.String("panic", cut(l.Panic))
		attrs[2] = text("stack", l.Stack)
	}
	if l.Errors == nil {
		l.Errors = []Link{}
	}
	status := slog.Any("status", nil)
	if l.Status != 0 {
		status = slog.Int("status", l.Status)
	}
	attrs = append(attrs,
		slog.Any("errors", l.Errors),
		slog.Group("http", text("method", l.Method), text("route", l.Route), status),
		text("trace_id", l.TraceID),
		text("span_id", l.SpanID),
	)
	if l.Build {
		attrs = append(attrs, build())
	}
	return attrs
}

func text(key, value string) slog.Attr {
	if value == "" {
		return slog.Any(key, nil)
	}
	return slog.String(key, value)
}

// Stderr is where lines go if nobody says otherwise: standard error, which panicwatch and container runtimes keep.
func Stderr() slog.Handler {
	return slog.NewJSONHandler(os.Stderr, nil)
}

// build is read once: it does not change while a process lives.
var build = sync.OnceValue(func() slog.Attr {
	attrs := []any{slog.String("go", strings.TrimPrefix(runtime.Version(), "go")), slog.String("goarch", runtime.GOARCH)}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return slog.Group("build", attrs...)
	}
	if info.Main.Path != "" {
		attrs = append(attrs, slog.String("module", info.Main.Path))
	}
	if version := info.Main.Version; version != "" && version != "(devel)" {
		attrs = append(attrs, slog.String("version", version))
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			attrs = append(attrs, slog.String("revision", setting.Value))
		case "vcs.modified":
			attrs = append(attrs, slog.Bool("modified", setting.Value == "true"))
		case "-trimpath":
			attrs = append(attrs, slog.Bool("trimpath", setting.Value == "true"))
		case "-race":
			attrs = append(attrs, slog.Bool("race", setting.Value == "true"))
		case "-gcflags":
			attrs = append(attrs, slog.String("gcflags", setting.Value))
		case "-buildmode":
			attrs = append(attrs, slog.String("mode", setting.Value))
		}
	}
	return slog.Group("build", attrs...)
})
