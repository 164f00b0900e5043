package errorline

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"runtime"
	"strings"
	"testing"
)

func TestTheShapeOfALine(t *testing.T) {
	const empty = `"level":"ERROR","msg":"m","panictrail":1,"panic":null,"stack":null,"errors":[],` +
		`"http":{"method":null,"route":null,"status":null},"trace_id":null,"span_id":null`
	const full = `"level":"ERROR","msg":"m","panictrail":1,"panic":"p","stack":"s","errors":[{"type":"T","message":"<x>"}],` +
		`"http":{"method":"GET","route":"/r","status":500},"trace_id":"t","span_id":"u","tenant":"acme"`
	for want, line := range map[string]Line{
		empty: {Message: "m"},
		full: {Message: "m", Panicked: true, Panic: "p", Stack: "s", Errors: []Link{{Type: "T", Message: "<x>"}},
			Method: "GET", Route: "/r", Status: 500, TraceID: "t", SpanID: "u", Attrs: []slog.Attr{slog.String("tenant", "acme")}},
	} {
		var out bytes.Buffer
		if err := line.Write(context.Background(), slog.NewJSONHandler(&out, nil)); err != nil {
			t.Fatal(err)
		}
		time, rest, _ := strings.Cut(out.String(), `Z",`)
		if !strings.HasPrefix(time, `{"time":"20`) || rest != want+"}\n" {
			t.Errorf("got  %s\nwant %s", out.String(), want)
		}
	}
}

func TestTheBuild(t *testing.T) {
	var out bytes.Buffer
	if err := (Line{Build: true}).Write(context.Background(), slog.NewJSONHandler(&out, nil)); err != nil {
		t.Fatal(err)
	}
	var line struct{ Build map[string]any }
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if "go"+line.Build["go"].(string) != runtime.Version() || line.Build["goarch"] != runtime.GOARCH {
		t.Errorf("got %v", line.Build)
	}
	// Before Go 1.24 test programs do not know their module; other programs do (TestLoggedErrors of crashhook).
	if module, known := line.Build["module"]; known && module != "panictrail.dev/go" {
		t.Errorf("got %v", line.Build)
	}
}

func TestALevelThatIsNotTakenIsNotWritten(t *testing.T) {
	var out bytes.Buffer
	silent := slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelError + 1})
	if err := (Line{}).Write(context.Background(), silent); err != nil || out.Len() > 0 {
		t.Errorf("%v, %q", err, out.String())
	}
}
