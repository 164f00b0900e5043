// Package httpmw is a net/http middleware that says which request panicked: one JSON line on standard error with
// method, route, status, trace, the value of the panic, its stack and the chain of errors in it. Then the panic goes
// on, or the client gets an answer 500.
//
//	server.Handler = httpmw.Wrap(mux)
//
// While nothing panics it costs two small allocations a request.
package httpmw

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"

	"panictrail.dev/go/crashhook"
	"panictrail.dev/go/internal/errorline"
)

// Options of the middleware; the zero value is ready.
type Options struct {
	// Answer500 ends a panic here with the answer 500. Where the handler has begun an answer of its own that cannot be
	// had any more: the connection is broken off (http.ErrAbortHandler), so that no client takes half for whole.
	Answer500 bool
	// Handler takes the lines; nil: JSON on standard error.
	Handler slog.Handler
	// Route names the route of a request; nil or "": the pattern of http.ServeMux (see Route).
	Route func(*http.Request) string
	// Trace returns the trace and span of a request; nil: those of its traceparent header.
	Trace func(*http.Request) (traceID, spanID string)
	// Labels returns labels for the goroutine while it serves a request (see crashhook.Labels); nil: none are set.
	Labels func(*http.Request) []string
	// Build adds what the binary says of how it was built.
	Build bool
}

// Wrap returns next in the middleware with the zero Options.
func Wrap(next http.Handler) http.Handler {
	return Options{}.Wrap(next)
}

// Wrap returns next in the middleware. Middlewares in one another write one line: the innermost, which knows most.
func (o Options) Wrap(next http.Handler) http.Handler {
	if o.Handler == nil {
		o.Handler = errorline.Stderr()
	}
	return &middleware{next, o}
}

type middleware struct {
	next    http.Handler
	options Options
}

// ServeHTTP implements http.Handler.
func (m *middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := &answer{ResponseWriter: w}
	returned := false
	defer m.unwound(answer, r, &returned)
	if m.options.Labels == nil {
		m.next.ServeHTTP(answer.outside(), r)
	} else {
		m.serveWithLabels(answer, r)
	}
	returned = true
}

// serveWithLabels takes the labels off only where the handler returns; a trace shows them.
func (m *middleware) serveWithLabels(answer *answer, r *http.Request) {
	before := r.Context()
	pprof.SetGoroutineLabels(pprof.WithLabels(before, pprof.Labels(m.options.Labels(r)...)))
	m.next.ServeHTTP(answer.outside(), r)
	pprof.SetGoroutineLabels(before)
}

// unwound is deferred. Where the handler did not return, it panicked or ended its goroutine by runtime.Goexit.
func (m *middleware) unwound(answer *answer, r *http.Request, returned *bool) {
	if *returned {
		return
	}
	way := wayHere()
	if !way.panicked {
		return
	}
	value := recover()
	if value == http.ErrAbortHandler {
		panicAgain(value)
	}
	if !way.logged {
		m.log(answer, r, value)
	}
	if !m.options.Answer500 {
		panicAgain(value)
	}
	if answer.begun {
		panicAgain(http.ErrAbortHandler)
	}
	answer500(answer.ResponseWriter)
}

// panicAgain is a function of its own so that wayHere finds it on the stack.
//
//go:noinline
func panicAgain(value any) {
	panic(value)
}

// answer500 takes off what the handler said of another answer, as http.Error does itself since Go 1.23.
func answer500(w http.ResponseWriter) {
	for _, name := range []string{"Content-Length", "Content-Encoding", "Etag", "Last-Modified", "Cache-Control"} {
		w.Header().Del(name)
	}
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}

type way struct{ panicked, logged bool }

// wayHere reads the stack before a panic is recovered: whether there is one (recover cannot tell a panic(nil) of old
// modules from runtime.Goexit), and whether a middleware further in has logged it and panicked again. The stack tells
// that through any middleware in between, also one that wraps the ResponseWriter, copies the request or panics again.
// All of these stand at the top, however deep the handler was.
func wayHere() way {
	pcs := make([]uintptr, 256)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var found way
	for {
		frame, more := frames.Next()
		switch {
		case frame.Function == "runtime.gopanic":
			found.panicked = true
		case frame.Function == "runtime.Goexit" && !found.panicked:
			return found
		case strings.HasSuffix(frame.Function, "/httpmw.panicAgain"):
			found.logged = true
		}
		if !more {
			return found
		}
	}
}

func (m *middleware) log(answer *answer, r *http.Request, value any) {
	status := answer.status
	if !answer.begun && m.options.Answer500 {
		status = http.StatusInternalServerError
	}
	line := errorline.Line{
		Message:  "panic in HTTP handler",
		Panicked: true,
		Panic:    fmt.Sprint(value), // as net/http logs it
		Stack:    string(debug.Stack()),
		Method:   r.Method,
		Route:    m.route(r),
		Status:   status,
		Build:    m.options.Build,
	}
	if err, ok := value.(error); ok {
		line.Errors = errorline.Chain(err)
	}
	line.TraceID, line.SpanID = m.trace(r)
	crashhook.Note("panic " + line.Method + " " + line.Route + ": " + line.Panic)
	_ = line.Write(context.WithoutCancel(r.Context()), m.options.Handler) // The panic goes on without its log.
}

func (m *middleware) route(r *http.Request) string {
	if m.options.Route != nil {
		if route := m.options.Route(r); route != "" {
			return route
		}
	}
	if route := Route(r); route != "" {
		return route
	}
	if mux, ok := m.next.(*http.ServeMux); ok {
		_, pattern := mux.Handler(r)
		return withoutMethod(pattern)
	}
	return ""
}

func (m *middleware) trace(r *http.Request) (traceID, spanID string) {
	if m.options.Trace != nil {
		return m.options.Trace(r)
	}
	return Trace(r)
}

// withoutMethod is `/items/{id}` of the pattern `GET /items/{id}`.
func withoutMethod(pattern string) string {
	if at := strings.IndexAny(pattern, " \t"); at >= 0 {
		return strings.TrimLeft(pattern[at:], " \t")
	}
	return pattern
}
