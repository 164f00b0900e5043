// Command crasher dies in the way that its argument names, with the hook in it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/pprof"
	"sync"

	"panictrail.dev/go/crashhook"
	_ "panictrail.dev/go/crashhook/auto"
)

var ways = map[string]func(){
	"panic":    func() { panic(fmt.Errorf("checkout: %w", os.ErrNotExist)) },
	"deadlock": func() { <-make(chan int) },
	"wait":     func() { var group sync.WaitGroup; group.Add(1); group.Wait() },
	"unlock":   func() { var mutex sync.Mutex; mutex.Unlock() },
	"nil":      func() { var pointer *int; *pointer = 1 },
	"exit":     func() { os.Exit(3) },
	"goroutine": func() {
		go panic("in a goroutine")
		select {}
	},
	"ring": func() {
		slog.SetDefault(slog.New(crashhook.NewHandler(nil, nil)))
		slog.Info("order received", "order", 17)
		slog.Error("payment failed", "error", errors.New("card declined"))
		crashhook.Note("about to die")
		panic("after events")
	},
	"labels": func() {
		crashhook.Labels(context.Background(), "request_id", "r-1", "tenant", "acme")
		panic("labelled")
	},
	"labels-inherited": func() {
		crashhook.Labels(context.Background(), "tenant", "acme")
		go panic("labelled")
		select {}
	},
	"labels-do": func() {
		crashhook.Do(context.Background(), func(context.Context) { panic("labelled") }, "tenant", "acme")
	},
	"labels-after-do": func() {
		crashhook.Do(context.Background(), func(context.Context) {}, "tenant", "acme")
		panic("not labelled")
	},
	"labels-pprof-do": func() {
		pprof.Do(context.Background(), pprof.Labels("tenant", "acme"), func(context.Context) { panic("lost") })
	},
	"status": func() { fmt.Println(crashhook.Install()) },
	"environment": func() {
		for _, name := range []string{"PANICWATCH_CRASH_FD", "PANICWATCH_RING"} {
			value, set := os.LookupEnv(name)
			fmt.Println(name, set, value)
		}
	},
	"errors": func() {
		path := &os.PathError{Op: "open", Path: "/etc/shop", Err: os.ErrNotExist}
		tree := errors.Join(fmt.Errorf("load prices: %w", path), context.DeadlineExceeded)
		log := crashhook.ErrorLog{Build: true, Trace: func(context.Context) (string, string) { return "0af7", "b7ad" }}
		log.LogError(context.Background(), "cannot start", fmt.Errorf("start: %w", path), slog.String("tenant", "acme"))
		crashhook.LogError(context.Background(), "cannot stop", fmt.Errorf("stop: %w", tree))
		crashhook.LogError(context.Background(), "nothing happened", nil)
	},
}

func main() {
	ways[os.Args[1]]()
}
