package crashhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"

	"panictrail.dev/go/internal/ring"
)

// withRing gives this process a ring until the test ends; it returns what reads its entries, without their times.
func withRing(t testing.TB) func() []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring")
	if err := ring.Create(path); err != nil {
		t.Fatal(err)
	}
	mapped, err := ring.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	events.Store(mapped)
	t.Cleanup(func() { events.Store(nil) })
	return func() []string {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := ring.Read(content)
		for at := range lines {
			_, lines[at], _ = strings.Cut(lines[at], " ")
		}
		return lines
	}
}

type secret string

func (secret) LogValue() slog.Value { return slog.StringValue("***") }

func TestRecordsInTheRing(t *testing.T) {
	hide := &HandlerOptions{ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
		if attr.Key == "token" {
			return slog.String(strings.Join(append(groups, "token"), "/"), "hidden")
		}
		if attr.Key == "drop" {
			return slog.Attr{}
		}
		return attr
	}}
	for _, test := range []struct {
		name    string
		options *HandlerOptions
		log     func(*slog.Logger)
		want    []string
	}{
		{"message", nil, func(l *slog.Logger) { l.Info("started") }, []string{"INFO started"}},
		{"levels", nil, func(l *slog.Logger) { l.Debug("no"); l.Warn("yes"); l.Error("yes") }, []string{"WARN yes", "ERROR yes"}},
		{"lower level", &HandlerOptions{Level: slog.LevelDebug}, func(l *slog.Logger) { l.Debug("yes") }, []string{"DEBUG yes"}},
		{"kinds", nil, func(l *slog.Logger) {
			l.Info("k", "s", "x", "i", -1, "u", uint64(2), "f", 1.5, "b", true, "d", time.Second, "n", nil, "l", []int{1})
		}, []string{"INFO k s=x i=-1 u=2 f=1.5 b=true d=1s n=(<nil>) l=([]int)"}},
		{"time", nil, func(l *slog.Logger) { l.Info("t", "at", time.Unix(0, 0)) }, []string{"INFO t at=1970-01-01T00:00:00Z"}},
		{"error", nil, func(l *slog.Logger) { l.Error("e", "err", fmt.Errorf("a: %w", io.EOF)) }, []string{"ERROR e err=a: EOF"}},
		{"error that panics", nil, func(l *slog.Logger) { l.Error("e", "err", (*os.PathError)(nil)) }, []string{"ERROR e err=<nil>"}},
		{"value that hides itself", nil, func(l *slog.Logger) { l.Info("v", "key", secret("s3cret")) }, []string{"INFO v key=***"}},
		{"replaced", hide, func(l *slog.Logger) { l.WithGroup("g").Info("r", "token", "t", "drop", 1) }, []string{"INFO r g.g/token=hidden"}},
		{"groups", nil, func(l *slog.Logger) {
			l.With("service", "shop").WithGroup("req").With("id", 7).Info("g", "a", 1, slog.Group("in", "b", 2), slog.Group("", "c", 3))
		}, []string{"INFO g req.a=1 req.in.b=2 req.c=3 service=shop req.id=7"}},
		{"too long", nil, func(l *slog.Logger) { l.With("z", 1).Info(strings.Repeat("é", 40), "a", 1) }, []string{"INFO " + strings.Repeat("é", 34)}},
		{"value too long", nil, func(l *slog.Logger) { l.Info("v", "a", strings.Repeat("x", 1<<20), "b", 1) }, []string{"INFO v a=" + strings.Repeat("x", 64)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			entries := withRing(t)
			test.log(slog.New(NewHandler(nil, test.options)))
			if got := entries(); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestTheNextHandlerGetsWhatItWouldGetAlone(t *testing.T) {
	for _, on := range []bool{false, true} {
		t.Run(fmt.Sprintf("ring %t", on), func(t *testing.T) {
			if on {
				withRing(t)
			}
			var out bytes.Buffer
			handler := NewHandler(slog.NewJSONHandler(&out, nil), nil)
			err := slogtest.TestHandler(handler, func() []map[string]any {
				var lines []map[string]any
				decoder := json.NewDecoder(&out)
				for decoder.More() {
					var line map[string]any
					if err := decoder.Decode(&line); err != nil {
						t.Fatal(err)
					}
					lines = append(lines, line)
				}
				return lines
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheLevelOfTheNextHandlerStands(t *testing.T) {
	entries := withRing(t)
	var out bytes.Buffer
	logger := slog.New(NewHandler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelError}), nil))
	logger.Info("for the ring alone")
	if out.Len() > 0 || len(entries()) != 1 {
		t.Errorf("written %q, ring %q", out.String(), entries())
	}
}

func TestWithoutARingNothingIsTaken(t *testing.T) {
	handler := NewHandler(nil, nil)
	if handler.Enabled(context.Background(), slog.LevelError) {
		t.Error("enabled")
	}
	logger := slog.New(handler)
	if allocated := testing.AllocsPerRun(100, func() { Note("x"); logger.Info("x", "a", 1) }); allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
}

func TestNotesOfManyGoroutines(t *testing.T) {
	entries := withRing(t)
	logger := slog.New(NewHandler(nil, nil))
	var done sync.WaitGroup
	for writer := 0; writer < 8; writer++ {
		done.Add(1)
		go func() {
			defer done.Done()
			for n := 0; n < 200; n++ {
				Note("note " + strings.Repeat("n", 90))
				logger.Info("log", "err", errors.New("e"))
			}
		}()
	}
	done.Wait()
	got := entries()
	if len(got) != 12 {
		t.Errorf("%d entries", len(got))
	}
	for _, line := range got {
		if line != "INFO log err=e" && line != "INFO note "+strings.Repeat("n", 63) {
			t.Errorf("%q", line)
		}
	}
}

func BenchmarkNote(b *testing.B) {
	withRing(b)
	b.ReportAllocs()
	for n := 0; n < b.N; n++ {
		Note("order received 17 from tenant acme")
	}
}

func BenchmarkRecord(b *testing.B) {
	for _, on := range []bool{false, true} {
		b.Run(fmt.Sprintf("ring=%t", on), func(b *testing.B) {
			if on {
				withRing(b)
			}
			logger := slog.New(NewHandler(nil, nil))
			b.ReportAllocs()
			for n := 0; n < b.N; n++ {
				logger.LogAttrs(context.Background(), slog.LevelInfo, "order received", slog.Int("order", n), slog.String("tenant", "acme"))
			}
		})
	}
}

// BenchmarkHandle is what the handler itself takes, without the record that slog makes (its caller and time).
func BenchmarkHandle(b *testing.B) {
	withRing(b)
	handler := NewHandler(nil, nil)
	record := slog.NewRecord(time.Now(), slog.LevelInfo, "order received", 0)
	record.AddAttrs(slog.Int("order", 17), slog.String("tenant", "acme"))
	b.ReportAllocs()
	for n := 0; n < b.N; n++ {
		_ = handler.Handle(context.Background(), record)
	}
}
