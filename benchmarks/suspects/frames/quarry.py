"""quarry: a pool of workers: jobs of a queue run on goroutines. Data only; frame.py says what it means."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.frame import Frame, words_of
from benchmarks.suspects.names import listed

_TEXT: Final = """
//: file cmd/quarry/main.go
package main

import (
	"fmt"
	"os"

	"%M/job"
	"%M/pool"
	"%M/registry"
)

func main() {
	work := pool.New(3, registry.Find)
	for _, text := range os.Args[1:] {
		work.Submit(job.Decode(text))
	}
	if failed := work.Close(); len(failed) > 0 {
		fmt.Fprintln(os.Stderr, failed[0])
		os.Exit(1)
	}
}
//: file pool/pool.go
// Package pool runs jobs on a few workers.
package pool

import (
	"sync"

	"%M/job"
	"%M/meter"
)

// Work is what runs a job.
type Work func(task job.Task) error

// Pool has a queue and workers.
type Pool struct {
	queue  chan job.Task
	find   func(kind string) (Work, error)
	wg     sync.WaitGroup
	mu     sync.Mutex
	failed []error
}

// New starts workers.
func New(workers int, find func(kind string) (Work, error)) *Pool {
	p := &Pool{queue: make(chan job.Task, 16), find: find}
	for i := 0; i < workers; i++ {
		p.wg.Add(1)
		go p.worker(i)
	}
	return p
}

// Submit queues a job.
func (p *Pool) Submit(task job.Task) {
	meter.Hit("queued")
	p.queue <- task
}

// Close waits for all jobs; the errors of those that failed.
func (p *Pool) Close() []error {
	close(p.queue)
	p.wg.Wait()
	return p.failed
}

func (p *Pool) worker(number int) {
	for task := range p.queue {
		//+
		if err := p.run(task); err != nil {
			p.mu.Lock()
			p.failed = append(p.failed, err)
			p.mu.Unlock()
		}
	}
	// not deferred: a panic must not let Close return before the program ends
	p.wg.Done()
}

func (p *Pool) run(task job.Task) error {
	work, err := p.find(task.Kind)
	if err != nil {
		return err
	}
	//+
	meter.Hit("run")
	return work(task)
}
//: file job/task.go
// Package job has what is queued.
package job

import (
	"fmt"
	"strconv"
	"strings"
)

// Task is one job.
type Task struct {
	Kind  string
	Size  int
	Label string
	Parts []int
}

// Decode reads "kind size label 1:2:3".
func Decode(text string) Task {
	var task Task
	words := strings.Split(text, " ")
	//+
	for i, word := range words {
		switch i {
		case 0:
			task.Kind = word
		case 1:
			task.Size, _ = strconv.Atoi(word)
		case 2:
			task.Label = word
		case 3:
			for _, part := range strings.Split(word, ":") {
				if n, err := strconv.Atoi(part); err == nil {
					task.Parts = append(task.Parts, n)
				}
			}
		}
	}
	return task
}

// Fault is why a job failed.
func Fault(text string) error { return fmt.Errorf("job: %s", text) }
//: file meter/meter.go
// Package meter counts and prints.
package meter

import (
	"fmt"
	"sync/atomic"
)

var hits atomic.Int64

// Hit counts.
func Hit(name string) {
	if name != "" {
		hits.Add(1)
	}
}

// Result prints what a job made.
func Result(label string, value any) { fmt.Printf("%s=%v\\n", label, value) }

// Debug says something to nobody.
func Debug(text string) { Hit(text) }
//: file registry/registry.go
// Package registry knows the kinds of jobs.
package registry

import (
	"%M/job"
	"%M/pool"
)

var kinds = map[string]pool.Work{
%routes
}

// Find is what runs a kind of job.
func Find(kind string) (pool.Work, error) {
	work, ok := kinds[kind]
	if !ok {
		return nil, job.Fault("unknown kind " + kind)
	}
	return work, nil
}
"""

FRAME: Final = Frame(
    name="quarry",
    text=_TEXT,
    words=words_of(
        "task job.Task task.Size task.Label task.Parts meter.Result meter.Hit meter.Debug job.Fault env"
    ),
    routes="registry/registry.go",
    route='"%key": %handler,',
    request="{key} {n} {s} {items}",
    separator=":",
    config="env/defaults.env",
    packages=listed(
        "thumbs exports imports mirrors digests renders archives reports crawls syncs vaults snapshots"
    ),
    shared=("shared/catalogs", "shared/measures"),
    layout=("work/{p}", "work/heavy/{p}"),
    services=("quarry-fast", "quarry-bulk"),
    regions=("fra", "iad", "syd"),
    people=("Rosa Berg", "Nikhil Rao", "Jon Sande"),
    libraries=listed(
        "granite.example/splitter granite.example/atlas basalt.example/buffers basalt.example/steps"
    ),
    style="ticket",
)
