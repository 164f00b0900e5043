package httpmw

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"panictrail.dev/go/crashhook"
)

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// written is the line as an outside reader sees it.
type written struct {
	Level, Msg string
	Panictrail int
	Panic      *string
	Stack      *string
	Errors     []crashhook.Link
	HTTP       struct {
		Method, Route *string
		Status        *int
	}
	TraceID *string `json:"trace_id"`
	SpanID  *string `json:"span_id"`
	Build   map[string]any
}

// logged collects lines, from many goroutines.
type logged struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(text []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.text.Write(text)
}

func (l *logged) handler() slog.Handler { return slog.NewJSONHandler(l, nil) }

func (l *logged) lines(t testing.TB) []written {
	t.Helper()
	l.lock.Lock()
	defer l.lock.Unlock()
	var lines []written
	decoder := json.NewDecoder(&l.text)
	for {
		var line written
		if err := decoder.Decode(&line); errors.Is(err, io.EOF) {
			return lines
		} else if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
}

// serve asks a real server for /items/17 and returns the answer (nil where the connection broke) and the server's log.
func serve(t testing.TB, handler http.Handler) (*http.Response, string, string) {
	t.Helper()
	var serverLog logged
	done := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		handler.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(&serverLog, "", 0)
	server.Start()
	request, err := http.NewRequest("GET", server.URL+"/items/17", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Traceparent", traceparent)
	request.Header.Set("X-Request-Id", "r-17")
	answer, err := server.Client().Do(request)
	var body []byte
	if err == nil {
		var cut error
		if body, cut = io.ReadAll(answer.Body); cut != nil {
			body = append(body, " (cut off)"...)
		}
		answer.Body.Close()
	}
	<-done // A hijacked connection is none of the server's any more: Close does not wait for it.
	server.Close()
	return answer, string(body), serverLog.text.String()
}

func text(of *string) string {
	if of == nil {
		return "null"
	}
	return *of
}

var errSold = errors.New("sold out")

func TestWhatIsLoggedAndAnswered(t *testing.T) {
	wrapped := fmt.Errorf("item 17: %w", &fs.PathError{Op: "open", Path: "/17", Err: errSold})
	chain := []crashhook.Link{
		{Type: "*fmt.wrapError", Message: "item 17: open /17: sold out"},
		{Type: "*fs.PathError", Message: "open /17: sold out"},
		{Type: "*errors.errorString", Message: "sold out"},
	}
	for _, test := range []struct {
		name      string
		handle    http.HandlerFunc
		answer500 bool
		// code is 0 where the connection breaks before an answer.
		code   int
		body   string
		panics string
		errors []crashhook.Link
		status int
		repeat bool
	}{
		{name: "no panic", handle: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, code: 204},
		{name: "error", handle: func(http.ResponseWriter, *http.Request) { panic(wrapped) },
			panics: wrapped.Error(), errors: chain, repeat: true},
		{name: "error, answered", handle: func(http.ResponseWriter, *http.Request) { panic(wrapped) }, answer500: true,
			code: 500, body: "Internal Server Error\n", panics: wrapped.Error(), errors: chain, status: 500},
		{name: "text", handle: func(http.ResponseWriter, *http.Request) { panic("no stock") },
			panics: "no stock", errors: []crashhook.Link{}, repeat: true},
		{name: "runtime error", handle: func(_ http.ResponseWriter, r *http.Request) { _ = r.Cookies()[3] },
			panics: "runtime error: index out of range [3] with length 0", repeat: true,
			errors: []crashhook.Link{{Type: "runtime.boundsError", Message: "runtime error: index out of range [3] with length 0"}}},
		{name: "header written", handle: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); panic("late") },
			panics: "late", errors: []crashhook.Link{}, status: 201, repeat: true},
		{name: "header written, to be answered", answer500: true,
			handle: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); panic("late") },
			panics: "late", errors: []crashhook.Link{}, status: 201},
		{name: "half a body sent, to be answered", answer500: true, code: 200, body: "half (cut off)",
			handle: func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				w.(http.Flusher).Flush()
				panic("late")
			},
			panics: "late", errors: []crashhook.Link{}, status: 200},
		{name: "headers of another answer", answer500: true,
			handle: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "3"); panic("x") },
			code:   500, body: "Internal Server Error\n", panics: "x", errors: []crashhook.Link{}, status: 500},
		{name: "informational answer first", answer500: true,
			handle: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); panic("x") },
			code:   500, body: "Internal Server Error\n", panics: "x", errors: []crashhook.Link{}, status: 500},
		{name: "abort", handle: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{name: "abort, to be answered", answer500: true,
			handle: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{name: "recovered by the handler", code: 200,
			handle: func(http.ResponseWriter, *http.Request) {
				defer func() { _ = recover() }()
				panic("handled")
			}},
		{name: "value that cannot be compared", handle: func(http.ResponseWriter, *http.Request) { panic([]int{1}) },
			panics: "[1]", errors: []crashhook.Link{}, repeat: true},
		{name: "error that panics", handle: func(http.ResponseWriter, *http.Request) { panic((*fs.PathError)(nil)) },
			panics: "<nil>", errors: []crashhook.Link{{Type: "*fs.PathError", Message: "<nil>"}}, repeat: true},
		{name: "panic while panicking", repeat: true, panics: "second", errors: []crashhook.Link{},
			handle: func(http.ResponseWriter, *http.Request) {
				defer func() { panic("second") }()
				panic("first")
			}},
		{name: "very deep", handle: func(http.ResponseWriter, *http.Request) { deep(5000) },
			panics: "bottom", errors: []crashhook.Link{}, repeat: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out logged
			options := Options{Answer500: test.answer500, Handler: out.handler(), Route: func(*http.Request) string { return "/items" }}
			answer, body, serverLog := serve(t, options.Wrap(test.handle))
			code := 0
			if answer != nil {
				code = answer.StatusCode
			}
			if code != test.code || body != test.body {
				t.Errorf("answered %d %q, want %d %q", code, body, test.code, test.body)
			}
			if repeated := strings.Contains(serverLog, "http: panic serving"); repeated != test.repeat {
				t.Errorf("the server saw a panic: %t, want %t: %s", repeated, test.repeat, serverLog)
			}
			lines := out.lines(t)
			if test.panics == "" {
				if len(lines) != 0 {
					t.Errorf("logged %+v", lines)
				}
				return
			}
			if len(lines) != 1 {
				t.Fatalf("%d lines, want 1", len(lines))
			}
			line := lines[0]
			if line.Level != "ERROR" || line.Panictrail != 1 || text(line.Panic) != test.panics {
				t.Errorf("logged %s %d %q", line.Level, line.Panictrail, text(line.Panic))
			}
			if !reflect.DeepEqual(line.Errors, test.errors) {
				t.Errorf("errors %+v, want %+v", line.Errors, test.errors)
			}
			if !strings.HasPrefix(text(line.Stack), "goroutine ") || !strings.Contains(text(line.Stack), "httpmw_test.go:") {
				t.Errorf("stack %q", text(line.Stack))
			}
			if got := text(line.HTTP.Method) + " " + text(line.HTTP.Route); got != "GET /items" {
				t.Errorf("request %s", got)
			}
			status := 0
			if line.HTTP.Status != nil {
				status = *line.HTTP.Status
			}
			if status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			if text(line.TraceID) != traceparent[3:35] || text(line.SpanID) != traceparent[36:52] {
				t.Errorf("trace %s, span %s", text(line.TraceID), text(line.SpanID))
			}
		})
	}
}

//go:noinline
func deep(depth int) int {
	if depth == 0 {
		panic("bottom")
	}
	return deep(depth-1) + 1
}

func TestRuntimeGoexitIsNoPanic(t *testing.T) {
	var out logged
	done := make(chan struct{})
	go func() {
		defer close(done)
		handler := Options{Handler: out.handler()}.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { runtime.Goexit() }))
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		t.Error("the goroutine went on")
	}()
	<-done
	if lines := out.lines(t); len(lines) != 0 {
		t.Errorf("logged %+v", lines)
	}
}

// between are middlewares that may stand between two of ours, with what they do.
var between = map[string]func(http.Handler) http.Handler{
	"nothing": func(next http.Handler) http.Handler { return next },
	"copies the request": func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), traceparent, 1)))
		})
	},
	"hides the writer": func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
		})
	},
	"panics again": func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if value := recover(); value != nil {
					panic(fmt.Errorf("wrapped: %v", value))
				}
			}()
			next.ServeHTTP(w, r)
		})
	},
}

func TestMiddlewaresInOneAnotherLogOnce(t *testing.T) {
	for name, middle := range between {
		for _, answer500 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, answer %t", name, answer500), func(t *testing.T) {
				var out logged
				mux := http.NewServeMux()
				inner := Options{Handler: out.handler(), Build: true}
				outer := Options{Handler: out.handler(), Answer500: answer500}
				mux.Handle("/items/", inner.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("once") })))
				answer, _, _ := serve(t, outer.Wrap(middle(outer.Wrap(mux))))
				if answered := answer != nil && answer.StatusCode == 500; answered != answer500 {
					t.Errorf("answered %v", answer)
				}
				lines := out.lines(t)
				if len(lines) != 1 {
					t.Fatalf("%d lines, want 1", len(lines))
				}
				if text(lines[0].Panic) != "once" || lines[0].Build["go"] == nil {
					t.Errorf("not logged by the innermost: %+v", lines[0])
				}
			})
		}
	}
}

func TestTheNextRequestOfAConnectionIsLoggedToo(t *testing.T) {
	var out logged
	handler := Options{Handler: out.handler(), Answer500: true}.Wrap(
		Options{Handler: out.handler()}.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("again") })))
	server := httptest.NewServer(handler)
	defer server.Close()
	for request := 0; request < 3; request++ {
		answer, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	if lines := out.lines(t); len(lines) != 3 {
		t.Errorf("%d lines, want 3", len(lines))
	}
}

func TestRoutes(t *testing.T) {
	boom := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })
	for _, test := range []struct {
		name    string
		options Options
		pattern string
		around  func(Options, *http.ServeMux, string) http.Handler
		want    string
	}{
		{"mux inside", Options{}, "/items/", func(o Options, mux *http.ServeMux, pattern string) http.Handler {
			mux.Handle(pattern, boom)
			return o.Wrap(mux)
		}, "/items/"},
		{"no mux", Options{}, "", func(o Options, _ *http.ServeMux, _ string) http.Handler { return o.Wrap(boom) }, "null"},
		{"named by another router", Options{Route: func(*http.Request) string { return "/chi/{id}" }}, "/items/",
			func(o Options, mux *http.ServeMux, pattern string) http.Handler {
				mux.Handle(pattern, o.Wrap(boom))
				return mux
			}, "/chi/{id}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out logged
			test.options.Handler = out.handler()
			serve(t, test.around(test.options, http.NewServeMux(), test.pattern))
			lines := out.lines(t)
			if len(lines) != 1 || text(lines[0].HTTP.Route) != test.want {
				t.Errorf("got %+v, want route %s", lines, test.want)
			}
		})
	}
}

func BenchmarkServe(b *testing.B) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	request := httptest.NewRequest("GET", "/", nil)
	for name, one := range map[string]http.Handler{"bare": handler, "wrapped": Wrap(handler)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			writer := httptest.NewRecorder()
			for n := 0; n < b.N; n++ {
				one.ServeHTTP(writer, request)
			}
		})
	}
}
