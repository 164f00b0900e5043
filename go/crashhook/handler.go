package crashhook

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"panictrail.dev/go/internal/ring"
)

// HandlerOptions are those of NewHandler; nil is the zero value.
type HandlerOptions struct {
	// Level is the lowest that goes to the ring, whatever the next handler takes; nil: Info.
	Level slog.Leveler
	// ReplaceAttr is as in slog.HandlerOptions, for attributes that go to the ring: who hides secrets in the log there
	// hides them here.
	ReplaceAttr func(groups []string, attr slog.Attr) slog.Attr
}

// Handler is a slog.Handler that puts the beginning of every record into the ring (message, attributes of the record,
// attributes of the logger) and passes all records on. Where there is no ring it only passes on.
type Handler struct {
	next    slog.Handler
	options HandlerOptions
	groups  []string
	// prefix is the groups as they stand before a key; added what WithAttrs gave, as text.
	prefix, added string
}

// NewHandler returns a handler in front of next, which may be nil: then the ring is all.
//
// Where the result goes to slog.SetDefault, next must not be the handler of slog.Default: slog deadlocks with any handler
// around its own (golang.org/issue/62424).
func NewHandler(next slog.Handler, options *HandlerOptions) *Handler {
	handler := &Handler{next: next}
	if options != nil {
		handler.options = *options
	}
	return handler
}

func (h *Handler) kept(level slog.Level) bool {
	lowest := slog.LevelInfo
	if h.options.Level != nil {
		lowest = h.options.Level.Level()
	}
	return level >= lowest
}

// Enabled implements slog.Handler.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.kept(level) && events.Load() != nil || h.next != nil && h.next.Enabled(ctx, level)
}

// Handle implements slog.Handler. The ring comes first: the next handler may block.
func (h *Handler) Handle(ctx context.Context, record slog.Record) error {
	if to := events.Load(); to != nil && h.kept(record.Level) {
		h.write(to, record)
	}
	if h.next == nil || !h.next.Enabled(ctx, record.Level) {
		return nil
	}
	return h.next.Handle(ctx, record)
}

func (h *Handler) write(to *ring.Ring, record slog.Record) {
	var buffer [ring.TextSize + 1]byte
	text := add(buffer[:0], record.Message)
	record.Attrs(func(attr slog.Attr) bool {
		text = h.attr(text, h.groups, h.prefix, attr)
		return room(text) > 0
	})
	text = add(text, h.added)
	at := record.Time
	if at.IsZero() {
		at = time.Now()
	}
	to.Write(at, int(record.Level), text)
}

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	text := make([]byte, 0, ring.TextSize+1)
	text = add(text, h.added)
	for _, attr := range attrs {
		text = h.attr(text, h.groups, h.prefix, attr)
	}
	with := *h
	with.added = string(text)
	if h.next != nil {
		with.next = h.next.WithAttrs(attrs)
	}
	return &with
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	with := *h
	with.groups = append(h.groups[:len(h.groups):len(h.groups)], name)
	with.prefix = h.prefix + name + "."
	if h.next != nil {
		with.next = h.next.WithGroup(name)
	}
	return &with
}

// attr adds ` key=value`.
func (h *Handler) attr(text []byte, groups []string, prefix string, attr slog.Attr) []byte {
	attr.Value = attr.Value.Resolve()
	if h.options.ReplaceAttr != nil && attr.Value.Kind() != slog.KindGroup {
		attr = h.options.ReplaceAttr(groups, attr)
		attr.Value = attr.Value.Resolve()
	}
	if attr.Equal(slog.Attr{}) || room(text) == 0 {
		return text
	}
	if attr.Value.Kind() == slog.KindGroup {
		if attr.Key != "" {
			groups = append(groups[:len(groups):len(groups)], attr.Key)
			prefix += attr.Key + "."
		}
		for _, inner := range attr.Value.Group() {
			text = h.attr(text, groups, prefix, inner)
		}
		return text
	}
	text = add(add(add(add(text, " "), prefix), attr.Key), "=")
	return value(text, attr.Value)
}

// value adds a value as far as there is room; of values that are neither simple nor errors nor know how to print
// themselves the type, because the time that others take to print has no bound.
func value(text []byte, of slog.Value) []byte {
	var buffer [32]byte
	switch of.Kind() {
	case slog.KindString:
		return add(text, of.String())
	case slog.KindInt64:
		return add(text, strconv.AppendInt(buffer[:0], of.Int64(), 10))
	case slog.KindUint64:
		return add(text, strconv.AppendUint(buffer[:0], of.Uint64(), 10))
	case slog.KindFloat64:
		return add(text, strconv.AppendFloat(buffer[:0], of.Float64(), 'g', -1, 64))
	case slog.KindBool:
		return add(text, strconv.AppendBool(buffer[:0], of.Bool()))
	case slog.KindDuration:
		return add(text, of.Duration().String())
	case slog.KindTime:
		return add(text, of.Time().UTC().Format(time.RFC3339))
	}
	switch other := of.Any().(type) {
	case error, fmt.Stringer:
		return add(text, fmt.Sprintf("%v", other))
	default:
		return add(text, fmt.Sprintf("(%T)", other))
	}
}

func room(text []byte) int { return ring.TextSize + 1 - len(text) }

// add appends what there is room for; one byte more than an entry holds, so that a cut shows where runes end.
func add[T string | []byte](text []byte, more T) []byte {
	return append(text, more[:min(len(more), room(text))]...)
}
