package crashhook

import (
	"context"
	"runtime/pprof"
)

// Labels sets labels of the current goroutine (key, value, key, value, …) in addition to those of ctx, and returns a
// context that carries them. Goroutines started from here inherit them. With GODEBUG=tracebacklabels=1 Go 1.26 prints
// them in every trace, `goroutine 7 [running labels:{"tenant": "acme"}]:`, and so does Go 1.27, unasked in modules that
// say `go 1.27`; older releases show them in goroutine profiles only. Who reads the log reads them: no secrets.
//
// They stay until the goroutine ends. A goroutine that serves more than one request takes them off with
// pprof.SetGoroutineLabels and the context from before, but never by defer: deferred functions run before the trace of
// a panic is printed, which is how pprof.Do loses its labels. Do does it right.
//
// Labels panics if a key has no value.
func Labels(ctx context.Context, labels ...string) context.Context {
	ctx = pprof.WithLabels(ctx, pprof.Labels(labels...))
	pprof.SetGoroutineLabels(ctx)
	return ctx
}

// Do runs f with labels, as pprof.Do does, but leaves them set where f panics, so that the trace shows them. Who
// recovers such a panic and goes on has them still.
func Do(ctx context.Context, f func(context.Context), labels ...string) {
	f(Labels(ctx, labels...))
	pprof.SetGoroutineLabels(ctx)
}
