// Command consume-reports follows root-cause reports: the newest of every cluster first, then each change.
//
//	consume-reports HOST:PORT [TOPIC]
//
// It keeps no position: the topic is compacted, so reading it from its beginning gives the state of every cluster.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: consume-reports HOST:PORT [TOPIC]")
		os.Exit(2)
	}
	topic := "reports.root_cause"
	if len(os.Args) > 2 {
		topic = os.Args[2]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := follow(ctx, os.Args[1], topic); err != nil {
		fmt.Fprintln(os.Stderr, "consume-reports:", err)
		os.Exit(1)
	}
}

// follow prints a line for every report that is newer than what was seen of its cluster, until ctx ends.
func follow(ctx context.Context, broker, topic string) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(broker),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		// A report counts when its transaction does, so that each is seen once.
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	newest := Newest{}
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, record := range fetches.Records() {
			line, err := newest.Take(record.Key, record.Value)
			if err != nil {
				return err
			}
			if line != "" {
				fmt.Println(line)
			}
		}
	}
}
