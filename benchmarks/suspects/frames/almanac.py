"""almanac: a scheduler: tasks run when they are due. Data only; frame.py says what it means."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.frame import Frame, words_of
from benchmarks.suspects.names import listed

_TEXT: Final = """
//: file main.go
package main

import (
	"log"
	"os"

	"%M/clockwork"
	"%M/plan"
)

func main() {
	wheel := clockwork.New(60)
	for i, text := range os.Args[1:] {
		e, err := clockwork.ParseEvent(text)
		if err != nil {
			log.Fatal(err)
		}
		wheel.At(i%60, plan.Lookup(e.Task), e)
	}
	wheel.Turn()
	if err := wheel.Err(); err != nil {
		log.Fatal(err)
	}
}
//: file clockwork/wheel.go
// Package clockwork runs tasks when they are due.
package clockwork

// Task is something that is run.
type Task func(e *Event) error

type due struct {
	task Task
	on   *Event
}

// Wheel has a slot per minute.
type Wheel struct {
	slots [][]due
	err   error
}

// New is a wheel without tasks.
func New(size int) *Wheel { return &Wheel{slots: make([][]due, size)} }

// At puts a task into a slot.
func (w *Wheel) At(slot int, task Task, e *Event) {
	w.slots[slot] = append(w.slots[slot], due{task, e})
}

// Turn runs everything once, each slot on its own goroutine.
func (w *Wheel) Turn() {
	done := make(chan error)
	for _, slot := range w.slots {
		if len(slot) == 0 {
			continue
		}
		//+
		go func() { done <- w.fire(slot) }()
		if err := <-done; err != nil {
			w.err = err
		}
	}
}

// Err is what went wrong last.
func (w *Wheel) Err() error { return w.err }

func (w *Wheel) fire(slot []due) error {
	for _, d := range slot {
		if d.task == nil {
			return Problem("no task " + d.on.Task)
		}
		//+
		if err := d.task(d.on); err != nil {
			return err
		}
	}
	return nil
}
//: file clockwork/event.go
package clockwork

import (
	"errors"
	"strconv"
	"strings"
)

// Event is why a task runs.
type Event struct {
	Task  string
	Times int
	Tag   string
	Marks []int
}

// Problem is an error of the plan.
func Problem(text string) error { return errors.New("almanac: " + text) }

// ParseEvent reads "task @times tag [1 2 3]".
func ParseEvent(text string) (*Event, error) {
	words := strings.Fields(text)
	if len(words) < 3 {
		return nil, Problem("short event")
	}
	times, err := strconv.Atoi(strings.TrimPrefix(words[1], "@"))
	if err != nil {
		return nil, err
	}
	e := &Event{Task: words[0], Times: times, Tag: words[2]}
	//+
	for _, word := range words[3:] {
		if n, err := strconv.Atoi(word); err == nil {
			e.Marks = append(e.Marks, n)
		}
	}
	return e, nil
}
//: file output/output.go
// Package output keeps what tasks say.
package output

import (
	"fmt"
	"sync"
)

var (
	lock  sync.Mutex
	total = map[string]int{}
)

// Say prints a result.
func Say(label string, value any) { fmt.Printf("%-12s %v\\n", label, value) }

// Bump counts.
func Bump(name string) {
	lock.Lock()
	total[name]++
	lock.Unlock()
}

// Hint is a remark.
func Hint(text string) { Bump(text) }
//: file plan/plan.go
// Package plan names the tasks.
package plan

import "%M/clockwork"

// Lookup is the task of a name, or nil.
func Lookup(name string) clockwork.Task { return tasks[name] }

var tasks = map[string]clockwork.Task{
%routes
}
"""

FRAME: Final = Frame(
    name="almanac",
    text=_TEXT,
    words=words_of(
        "e *clockwork.Event e.Times e.Tag e.Marks output.Say output.Bump output.Hint clockwork.Problem tune"
    ),
    routes="plan/plan.go",
    route='"%key": %handler,',
    request="{key} @{n} {s} {items}",
    separator=" ",
    config="tune/tune.txt",
    packages=listed(
        "tides harvests moons feasts frosts sowing fairs eclipses seasons vigils comets rains"
    ),
    shared=("calendar", "lore"),
    layout=("{p}", "tasks/{p}"),
    services=("almanac",),
    regions=("north", "south", "west"),
    people=("Greta Lindqvist", "Paul Mbeki", "Noor Haddad"),
    libraries=listed(
        "orrery.example/signs orrery.example/houses gnomon.example/circle gnomon.example/hours"
    ),
)
