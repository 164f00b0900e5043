// Workers with profiler labels; main fails while they wait.
package main

import (
	"context"
	"runtime/pprof"
	"time"
)

func wait(ctx context.Context) { <-ctx.Done() }

func main() {
	for _, tenant := range []string{"acme", "quo\"ted, inc"} {
		labels := pprof.Labels("tenant", tenant, "queue", "orders")
		go pprof.Do(context.Background(), labels, func(ctx context.Context) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			wait(ctx)
		})
	}
	time.Sleep(50 * time.Millisecond)
	panic("queue is gone")
}
