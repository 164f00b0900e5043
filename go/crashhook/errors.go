package crashhook

import (
	"context"
	"log/slog"

	"panictrail.dev/go/internal/errorline"
)

// Link is one error of a chain: its type as %T prints it, and what it says.
type Link = errorline.Link

// Chain returns err and the errors that it wraps by %w or errors.Join, in the order in which errors.Is asks them.
func Chain(err error) []Link {
	return errorline.Chain(err)
}

// ErrorLog says where and how LogError writes; the zero value is ready.
type ErrorLog struct {
	// Handler takes the lines; nil: JSON on standard error.
	Handler slog.Handler
	// Build adds what the binary says of how it was built: module, version, revision, release of Go.
	Build bool
	// Trace returns the trace and the span of a context; nil: neither is logged.
	Trace func(context.Context) (traceID, spanID string)
}

// LogError writes an error with the types and messages of its whole chain in one line that panictrail reads. Other log
// lines keep the message alone, so that nobody can tell later what errors.Is and errors.As would have answered.
// Where err is nil nothing is written.
func (l ErrorLog) LogError(ctx context.Context, message string, err error, attrs ...slog.Attr) {
	if err == nil {
		return
	}
	line := errorline.Line{Message: message, Errors: Chain(err), Build: l.Build, Attrs: attrs}
	if l.Trace != nil {
		line.TraceID, line.SpanID = l.Trace(ctx)
	}
	to := l.Handler
	if to == nil {
		to = errorline.Stderr()
	}
	_ = line.Write(ctx, to) // A program does not fail because its log does.
}

// LogError writes an error as the zero ErrorLog does.
func LogError(ctx context.Context, message string, err error, attrs ...slog.Attr) {
	ErrorLog{}.LogError(ctx, message, err, attrs...)
}
