// A service that logs JSON; its middleware puts the stack into one field.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
)

type invoice struct{ Lines []int }

func (i *invoice) total() (sum int) {
	for n := 0; n <= len(i.Lines); n++ {
		sum += i.Lines[n]
	}
	return sum
}

func recovered(ctx context.Context, log *slog.Logger, work func()) {
	defer func() {
		if value := recover(); value != nil {
			log.ErrorContext(ctx, "panic recovered", "panic", fmt.Sprint(value), "stack", string(debug.Stack()))
		}
	}()
	work()
}

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil)).With("service", "billing")
	log.Info("listening", "address", ":8080")
	for id, lines := range [][]int{{450, 1200}, {}} {
		request := log.With("request", fmt.Sprintf("r-%04d", id))
		request.Info("invoice requested", "lines", len(lines))
		recovered(context.Background(), request, func() { (&invoice{lines}).total() })
		request.Warn("no invoice", slog.Group("http", "status", 500, "path", "/invoice"))
	}
	log.Info("stopped")
}
