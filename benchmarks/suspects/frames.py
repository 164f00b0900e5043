"""The services: their own code. Data only; frame.py says what it means."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.frame import Frame

_CONF: Final = """
// Package %p reads the settings that are built in.
package %p

import (
	_ "embed"
	"strconv"
	"strings"
)

//go:embed %f
var raw string

var values = parse(raw)

func parse(text string) map[string]string {
	found := map[string]string{}
	for _, line := range strings.Split(text, "\\n") {
		key, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		found[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return found
}

// Int is a number; 0 where there is none.
func Int(key string) int {
	n, _ := strconv.Atoi(values[key])
	return n
}

// Text is a text; empty where there is none.
func Text(key string) string { return values[key] }

// List is a list of texts, separated by commas.
func List(key string) []string {
	text := values[key]
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
"""


def _conf(package: str, file: str) -> str:
    return _CONF.replace("%p", package).replace("%f", file)


_ROUTER: Final = """
//: file cmd/gatehouse/main.go
package main

import (
	"fmt"
	"os"

	"%M/internal/routes"
	"%M/internal/server"
)

func main() {
	mux := server.New(server.Timing, server.Tracing)
	for path, handler := range routes.All() {
		mux.Handle(path, handler)
	}
	for _, line := range os.Args[1:] {
		if err := mux.Serve(line); err != nil {
			fmt.Fprintln(os.Stderr, "gatehouse:", err)
			os.Exit(1)
		}
	}
}
//: file internal/server/mux.go
// Package server takes requests to handlers, through middlewares.
package server

import (
	"%M/internal/wire"
)

// Handler answers one kind of request.
type Handler func(req *wire.Request) error

// Middleware wraps a handler.
type Middleware func(next Handler) Handler

// Mux finds handlers by path.
type Mux struct {
	around []Middleware
	table  map[string]Handler
}

// New is a mux whose handlers are wrapped in middlewares, the first outermost.
func New(around ...Middleware) *Mux {
	return &Mux{around: around, table: map[string]Handler{}}
}

// Handle adds a handler.
func (m *Mux) Handle(path string, h Handler) {
	for i := len(m.around) - 1; i >= 0; i-- {
		h = m.around[i](h)
	}
	m.table[path] = h
}

// Serve answers one request line.
func (m *Mux) Serve(line string) error {
	req, err := wire.Parse(line)
	if err != nil {
		return err
	}
	//+
	h, ok := m.table[req.Path]
	if !ok {
		return wire.Refuse("no route " + req.Path)
	}
	//+
	return h(req)
}
//: file internal/server/around.go
package server

import (
	"%M/internal/stats"
	"%M/internal/wire"
)

// Timing counts what comes in and what goes out.
func Timing(next Handler) Handler {
	return func(req *wire.Request) error {
		stats.Inc("begun")
		//+
		err := next(req)
		stats.Inc("ended")
		return err
	}
}

// Tracing notes the path.
func Tracing(next Handler) Handler {
	return func(req *wire.Request) error {
		//+
		stats.Note(req.Path)
		return next(req)
	}
}
//: file internal/wire/request.go
// Package wire has requests and replies.
package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Request is what a client asked for.
type Request struct {
	Verb  string
	Path  string
	Count int
	Name  string
	Items []int
}

// Refuse is an error that clients see.
func Refuse(text string) error { return errors.New(text) }

// Parse reads "GET /path?count=1&name=x&items=1,2".
func Parse(line string) (*Request, error) {
	verb, rest, ok := strings.Cut(line, " ")
	if !ok {
		return nil, Refuse("no verb")
	}
	path, query, _ := strings.Cut(rest, "?")
	req := &Request{Verb: verb, Path: path}
	//+
	for _, pair := range strings.Split(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		switch key {
		case "count":
			req.Count, _ = strconv.Atoi(value)
		case "name":
			req.Name = value
		case "items":
			for _, item := range strings.Split(value, ",") {
				if n, err := strconv.Atoi(item); err == nil {
					req.Items = append(req.Items, n)
				}
			}
		}
	}
	return req, nil
}

// Write sends a line of the reply.
func Write(label string, value any) { fmt.Println(label, value) }
//: file internal/stats/stats.go
// Package stats counts.
package stats

import "sync"

var (
	mu     sync.Mutex
	counts = map[string]int{}
)

// Inc adds one.
func Inc(name string) {
	mu.Lock()
	defer mu.Unlock()
	counts[name]++
}

// Note remembers that something was seen.
func Note(text string) { Inc("seen " + text) }
//: file internal/routes/routes.go
// Package routes is the table of what is served.
package routes

import "%M/internal/server"

// All is every route.
func All() map[string]server.Handler {
	return map[string]server.Handler{
%routes
	}
}
//: file internal/settings/settings.go""" + _conf("settings", "settings.conf")

_POOL: Final = """
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
//: file env/env.go""" + _conf("env", "defaults.env")

_CACHE: Final = """
//: file cmd/larder/main.go
package main

import (
	"os"

	"%M/internal/session"
	"%M/internal/store"
	"%M/internal/table"
)

func main() {
	s := session.New(store.New(8), table.Loaders)
	os.Exit(s.Loop(os.Args[1:]))
}
//: file internal/session/session.go
// Package session talks with one client.
package session

import (
	"fmt"
	"os"

	"%M/internal/query"
	"%M/internal/store"
)

// Session has a cache and what fills it.
type Session struct {
	cache   *store.Store
	loaders map[string]store.Loader
}

// New begins a session.
func New(cache *store.Store, loaders map[string]store.Loader) *Session {
	return &Session{cache: cache, loaders: loaders}
}

// Loop answers all lines; the exit code.
func (s *Session) Loop(lines []string) int {
	for _, line := range lines {
		if err := s.answer(line); err != nil {
			fmt.Fprintln(os.Stderr, "ERR", err)
			return 1
		}
	}
	return 0
}

func (s *Session) answer(line string) error {
	q := query.Read(line)
	load, ok := s.loaders[q.Table]
	if !ok {
		return query.Bad("no table " + q.Table)
	}
	//+
	return s.cache.Fetch(q, load)
}
//: file internal/store/store.go
// Package store is a cache that evicts what was used least recently.
package store

import (
	"container/list"

	"%M/internal/query"
)

// Loader computes what is not in the cache.
type Loader func(q *query.Query) error

// Store keeps the newest keys.
type Store struct {
	size  int
	order *list.List
	keys  map[string]*list.Element
}

// New is an empty store.
func New(size int) *Store {
	return &Store{size: size, order: list.New(), keys: map[string]*list.Element{}}
}

// Fetch loads what is not there yet.
func (s *Store) Fetch(q *query.Query, load Loader) error {
	key := q.Key()
	if known, ok := s.keys[key]; ok {
		s.order.MoveToFront(known)
		return nil
	}
	//+
	if err := load(q); err != nil {
		return err
	}
	s.keys[key] = s.order.PushFront(key)
	s.evict()
	return nil
}

func (s *Store) evict() {
	for s.order.Len() > s.size {
		last := s.order.Back()
		s.order.Remove(last)
		delete(s.keys, last.Value.(string))
	}
}
//: file internal/query/query.go
// Package query has what clients ask.
package query

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Query is one question.
type Query struct {
	Table string
	Limit int
	Match string
	Ids   []int
}

// Read takes "table/limit/match/1+2+3".
func Read(line string) *Query {
	parts := append(strings.Split(line, "/"), "", "", "")
	q := &Query{Table: parts[0], Match: parts[2]}
	q.Limit, _ = strconv.Atoi(parts[1])
	//+
	for _, id := range strings.Split(parts[3], "+") {
		if n, err := strconv.Atoi(id); err == nil {
			q.Ids = append(q.Ids, n)
		}
	}
	return q
}

// Key is the same for the same question.
func (q *Query) Key() string { return fmt.Sprint(q.Table, q.Limit, q.Match, q.Ids) }

// Bad is an error of the client.
func Bad(text string) error { return errors.New(text) }
//: file internal/reply/reply.go
// Package reply prints answers.
package reply

import "fmt"

var sent, noted int

// Send prints one field.
func Send(label string, value any) {
	sent++
	fmt.Println("+"+label, value)
}

// Tick counts.
func Tick(name string) { noted += len(name) }

// Trace keeps a remark.
func Trace(text string) { noted += len(text) }
//: file internal/table/table.go
// Package table is the list of what can be cached.
package table

import "%M/internal/store"

// Loaders by table.
var Loaders = map[string]store.Loader{
%routes
}
//: file internal/options/options.go""" + _conf("options", "options.ini")

_LEDGER: Final = """
//: file cmd/abacus/main.go
package main

import (
	"os"
	"strings"

	"%M/internal/book"
	"%M/internal/intake"
)

func main() {
	text := strings.Join(os.Args[1:], "\\n")
	if err := intake.Import(strings.NewReader(text), book.Accounts()); err != nil {
		os.Stderr.WriteString("abacus: " + err.Error() + "\\n")
		os.Exit(1)
	}
}
//: file internal/intake/intake.go
// Package intake reads tables of comma separated values.
package intake

import (
	"encoding/csv"
	"errors"
	"io"

	"%M/internal/row"
)

// Poster books one row.
type Poster interface {
	Post(r row.Row) error
}

// Import books all rows.
func Import(from io.Reader, posters map[string]Poster) error {
	rows := csv.NewReader(from)
	rows.FieldsPerRecord = -1
	for {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		//+
		if err := post(fields, posters); err != nil {
			return err
		}
	}
}

func post(fields []string, posters map[string]Poster) error {
	r, err := row.Of(fields)
	if err != nil {
		return err
	}
	poster, ok := posters[r.Account]
	if !ok {
		return row.Wrong("no account " + r.Account)
	}
	//+
	return poster.Post(r)
}
//: file internal/row/row.go
// Package row has what is imported.
package row

import (
	"fmt"
	"strconv"
	"strings"
)

// Row is a line of a table.
type Row struct {
	Account string
	Units   int
	Memo    string
	Entries []int
}

// Of reads account, units, memo, "1;2;3".
func Of(fields []string) (Row, error) {
	if len(fields) < 4 {
		return Row{}, Wrong("short row")
	}
	units, err := strconv.Atoi(fields[1])
	if err != nil {
		return Row{}, err
	}
	r := Row{Account: fields[0], Units: units, Memo: fields[2]}
	//+
	for _, entry := range strings.Split(fields[3], ";") {
		if n, err := strconv.Atoi(entry); err == nil {
			r.Entries = append(r.Entries, n)
		}
	}
	return r, nil
}

// Wrong is what an importer refuses.
func Wrong(text string) error { return fmt.Errorf("row: %s", text) }
//: file internal/journal/journal.go
// Package journal writes what was booked.
package journal

import (
	"fmt"
	"io"
	"os"
)

var out io.Writer = os.Stdout

var lines int

// Book writes one line.
func Book(label string, value any) {
	lines++
	fmt.Fprintln(out, label, value)
}

// Audit counts.
func Audit(name string) { lines += len(name) & 1 }

// Remark is for people who debug.
func Remark(text string) { lines += len(text) & 1 }
//: file internal/book/book.go
// Package book has the accounts.
package book

import (
	"%M/internal/intake"
	"%M/internal/row"
)

type posting func(r row.Row) error

// Post books a row.
func (p posting) Post(r row.Row) error { return p(r) }

// Accounts by name.
func Accounts() map[string]intake.Poster {
	return map[string]intake.Poster{
%routes
	}
}
//: file internal/policy/policy.go""" + _conf("policy", "policy.conf")

_SCHEDULER: Final = """
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
//: file tune/tune.go""" + _conf("tune", "tune.txt")

_LIMITER: Final = """
//: file cmd/weir/main.go
package main

import (
	"fmt"
	"os"

	"%M/pkg/bucket"
	"%M/pkg/gateway"
	"%M/pkg/upstream"
)

func main() {
	g := gateway.Gateway{Limit: bucket.New(20, 5), Find: upstream.Find}
	for _, text := range os.Args[1:] {
		code, err := g.Forward(text)
		if err != nil {
			fmt.Fprintln(os.Stderr, code, err)
			os.Exit(1)
		}
	}
}
//: file pkg/bucket/bucket.go
// Package bucket limits rates.
package bucket

// Bucket has tokens.
type Bucket struct {
	tokens, size, refill int
}

// New is a full bucket.
func New(size, refill int) *Bucket { return &Bucket{size, size, refill} }

// Take uses one token; false where there is none.
func (b *Bucket) Take() bool {
	if b.tokens == 0 {
		return false
	}
	b.tokens--
	return true
}

// Refill adds tokens.
func (b *Bucket) Refill() {
	b.tokens += b.refill
	if b.tokens > b.size {
		b.tokens = b.size
	}
}
//: file pkg/gateway/gateway.go
// Package gateway lets calls through when they are within the limit.
package gateway

import (
	"%M/pkg/bucket"
	"%M/pkg/call"
	"%M/pkg/upstream"
)

// Gateway has a limit and upstreams.
type Gateway struct {
	Limit *bucket.Bucket
	Find  func(name string) (upstream.Upstream, bool)
}

// Forward passes one call on.
func (g *Gateway) Forward(text string) (int, error) {
	if !g.Limit.Take() {
		g.Limit.Refill()
		return 429, call.Reject("too many calls")
	}
	c := call.Open(text)
	//+
	up, ok := g.Find(c.Target)
	if !ok {
		return 404, call.Reject("no upstream " + c.Target)
	}
	return g.send(c, up)
}

func (g *Gateway) send(c *call.Call, up upstream.Upstream) (int, error) {
	//+
	if err := up.Invoke(c); err != nil {
		return 502, err
	}
	return 200, nil
}
//: file pkg/call/call.go
// Package call has what comes in.
package call

import (
	"fmt"
	"strconv"
	"strings"
)

// Call is one call.
type Call struct {
	Target string
	Weight int
	Client string
	Hops   []int
}

// Open reads "target;weight;client;1|2|3".
func Open(text string) *Call {
	parts := strings.SplitN(text, ";", 4)
	for len(parts) < 4 {
		parts = append(parts, "")
	}
	c := &Call{Target: parts[0], Client: parts[2]}
	c.Weight, _ = strconv.Atoi(parts[1])
	//+
	for _, hop := range strings.Split(parts[3], "|") {
		if n, err := strconv.Atoi(hop); err == nil {
			c.Hops = append(c.Hops, n)
		}
	}
	return c
}

// Reject is an answer without a reply.
func Reject(text string) error { return fmt.Errorf("rejected: %s", text) }
//: file pkg/tap/tap.go
// Package tap shows what passes.
package tap

import "fmt"

var seen = make(chan string, 4096)

// Show prints a part of the answer.
func Show(label string, value any) { fmt.Println(label+":", value) }

// Mark counts.
func Mark(name string) {
	select {
	case seen <- name:
	default:
	}
}

// Detail is for debugging.
func Detail(text string) { Mark(text) }
//: file pkg/upstream/upstream.go
// Package upstream knows where calls go.
package upstream

import "%M/pkg/call"

// Upstream answers calls.
type Upstream struct {
	Name   string
	Invoke func(c *call.Call) error
}

var all = []Upstream{
%routes
}

// Find is an upstream by name.
func Find(name string) (Upstream, bool) {
	for _, up := range all {
		if up.Name == name {
			return up, true
		}
	}
	return Upstream{}, false
}
//: file pkg/knobs/knobs.go""" + _conf("knobs", "knobs.conf")

_METRICS: Final = """
//: file cmd/gauger/main.go
package main

import (
	"fmt"
	"os"
	"strings"

	"%M/internal/ingest"
)

func main() {
	if err := ingest.All(strings.Join(os.Args[1:], "\\n")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
//: file internal/ingest/ingest.go
// Package ingest reads lines of samples and gives them to aggregators.
package ingest

import (
	"strings"

	"%M/internal/point"
)

// Aggregate takes a sample in.
type Aggregate func(p point.Point) error

// All takes lines.
func All(text string) error {
	var bad []string
	for _, line := range strings.Split(text, "\\n") {
		p, ok := point.Scan(line)
		if !ok {
			bad = append(bad, line)
			continue
		}
		//+
		if err := one(p); err != nil {
			return err
		}
	}
	if len(bad) > 0 {
		return point.Invalid(strings.Join(bad, "; "))
	}
	return nil
}

func one(p point.Point) error {
	aggregate := aggregates[p.Metric]
	if aggregate == nil {
		return point.Invalid("no metric " + p.Metric)
	}
	//+
	return aggregate(p)
}
//: file internal/ingest/known.go
package ingest

var aggregates map[string]Aggregate

func init() {
	aggregates = map[string]Aggregate{
%routes
	}
}
//: file internal/point/point.go
// Package point has samples.
package point

import (
	"errors"
	"strconv"
	"strings"
)

// Point is one sample.
type Point struct {
	Metric string
	Value  int
	Series string
	Values []int
}

// Scan reads "metric{series} value v1 v2 v3".
func Scan(line string) (Point, bool) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return Point{}, false
	}
	metric, series, ok := strings.Cut(words[0], "{")
	if !ok {
		return Point{}, false
	}
	p := Point{Metric: metric, Series: strings.TrimSuffix(series, "}")}
	p.Value, _ = strconv.Atoi(words[1])
	//+
	for _, word := range words[2:] {
		if n, err := strconv.Atoi(word); err == nil {
			p.Values = append(p.Values, n)
		}
	}
	return p, true
}

// Invalid is a sample that cannot be taken.
func Invalid(text string) error { return errors.New(text) }
//: file internal/expose/expose.go
// Package expose prints what was aggregated.
package expose

import (
	"fmt"
	"strings"
)

var self strings.Builder

// Metric prints one value.
func Metric(label string, value any) { fmt.Printf("%s %v\\n", label, value) }

// Self counts our own work.
func Self(name string) {
	if self.Len() < 1<<16 {
		self.WriteString(name)
	}
}

// Comment is a line for people.
func Comment(text string) { Self(text) }
//: file internal/limits/limits.go""" + _conf("limits", "limits.conf")

_MAILER: Final = """
//: file cmd/inkwell/main.go
package main

import (
	"fmt"
	"os"

	"%M/letters"
	"%M/press"
)

func main() {
	p := press.Press{Blocks: letters.Blocks}
	for _, text := range os.Args[1:] {
		if err := p.Print(text); err != nil {
			fmt.Fprintf(os.Stderr, "inkwell: %v\\n", err)
			os.Exit(1)
		}
	}
}
//: file press/press.go
// Package press makes mails of templates.
package press

import (
	"%M/data"
)

// Block renders a part of a mail.
type Block func(v data.Vars) error

// Press has blocks by name.
type Press struct {
	Blocks func(name string) Block
	Copies int
}

// Print renders one mail.
func (p *Press) Print(text string) error {
	v, err := data.Load(text)
	if err != nil {
		return err
	}
	if p.Copies == 0 {
		p.Copies = 1
	}
	for i := 0; i < p.Copies; i++ {
		//+
		if err := p.render(v); err != nil {
			return err
		}
	}
	return nil
}

func (p *Press) render(v data.Vars) error {
	block := p.Blocks(v.Block)
	if block == nil {
		return data.Missing("block " + v.Block)
	}
	//+
	return block(v)
}
//: file data/vars.go
// Package data has what fills a template.
package data

import (
	"fmt"
	"strconv"
	"strings"
)

// Vars of one mail.
type Vars struct {
	Block  string
	Number int
	Person string
	Lines  []int
}

// Load reads "block:number:person:1,2,3".
func Load(text string) (Vars, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 4 {
		return Vars{}, Missing("fields")
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return Vars{}, err
	}
	v := Vars{Block: parts[0], Number: n, Person: parts[2]}
	//+
	for _, line := range strings.Split(parts[3], ",") {
		if n, err := strconv.Atoi(line); err == nil {
			v.Lines = append(v.Lines, n)
		}
	}
	return v, nil
}

// Missing is something that a template lacks.
func Missing(text string) error { return fmt.Errorf("missing %s", text) }
//: file paper/paper.go
// Package paper is where letters go.
package paper

import "fmt"

var used int

// Line prints.
func Line(label string, value any) {
	used++
	fmt.Printf("%s: %v\\n", label, value)
}

// Sheet counts.
func Sheet(name string) { used += len(name) }

// Margin is a note.
func Margin(text string) { used += len(text) }
//: file letters/letters.go
// Package letters is the list of blocks.
package letters

import "%M/press"

// Blocks finds a block.
func Blocks(name string) press.Block {
	switch name {
%routes
	}
	return nil
}
//: file style/style.go""" + _conf("style", "style.ini")


def _many(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _words(text: str) -> dict[str, str]:
    keys = ("@in", "@T", "@n", "@s", "@list", "@emit", "@count", "@log", "@fail", "@conf")
    return dict(zip(keys, text.split(), strict=True))


FRAMES: Final = (
    Frame(
        name="gatehouse",
        module="gatehouse.example/gatehouse",
        text=_ROUTER,
        words=_words(
            "req *wire.Request req.Count req.Name req.Items wire.Write stats.Inc stats.Note wire.Refuse settings"
        ),
        routes="internal/routes/routes.go",
        route='"/%key": %handler,',
        request="GET /{key}?count={n}&name={s}&items={items}",
        config="internal/settings/settings.conf",
        packages=_many(
            "badges visitors tenants consent webhooks quotas profiles avatars sitemap locale devices audits"
        ),
        shared=("internal/lookup", "internal/textform", "internal/quantity"),
        layout=("internal/{p}", "internal/api/{p}"),
        services=("gatehouse",),
        regions=("eu-north", "us-central"),
        people=("Ines Duarte", "Tom Okafor", "Mira Lund", "Yusuf Kaya"),
        libraries=_many(
            "lantern.example/words lantern.example/tables nimbus.example/ringkit nimbus.example/pacing"
        ),
    ),
    Frame(
        name="quarry",
        module="quarry.example/quarry",
        text=_POOL,
        words=_words(
            "task job.Task task.Size task.Label task.Parts meter.Result meter.Hit meter.Debug job.Fault env"
        ),
        routes="registry/registry.go",
        route='"%key": %handler,',
        request="{key} {n} {s} {items}",
        separator=":",
        config="env/defaults.env",
        packages=_many(
            "thumbs exports imports mirrors digests renders archives reports crawls syncs vaults snapshots"
        ),
        shared=("shared/catalogs", "shared/measures"),
        layout=("work/{p}", "work/heavy/{p}"),
        services=("quarry-fast", "quarry-bulk"),
        regions=("fra", "iad", "syd"),
        people=("Rosa Berg", "Nikhil Rao", "Jon Sande"),
        libraries=_many(
            "granite.example/splitter granite.example/atlas basalt.example/buffers basalt.example/steps"
        ),
        styles=("ticket",),
    ),
    Frame(
        name="larder",
        module="larder.example/larder",
        text=_CACHE,
        words=_words(
            "q *query.Query q.Limit q.Match q.Ids reply.Send reply.Tick reply.Trace query.Bad options"
        ),
        routes="internal/table/table.go",
        route='"%key": %handler,',
        request="{key}/{n}/{s}/{items}",
        separator="+",
        config="internal/options/options.ini",
        packages=_many(
            "recipes spices racks menus stocks labels jars batches ovens tins crates cellars"
        ),
        shared=("internal/sets", "internal/codec", "internal/find"),
        layout=("internal/{p}", "internal/goods/{p}"),
        services=("larder",),
        regions=("eu-west", "ap-south"),
        people=("Petra Vogel", "Sam Adeyemi", "Ling Zhao", "Otto Brandt"),
        libraries=_many(
            "pantry.example/fields pantry.example/index cooper.example/hoops cooper.example/beats"
        ),
        vendor=True,
    ),
    Frame(
        name="abacus",
        module="abacus.example/abacus",
        text=_LEDGER,
        words=_words(
            "r row.Row r.Units r.Memo r.Entries journal.Book journal.Audit journal.Remark row.Wrong policy"
        ),
        routes="internal/book/book.go",
        route='"%key": posting(%handler),',
        request="{key},{n},{s},{items}",
        separator=";",
        config="internal/policy/policy.conf",
        packages=_many(
            "payroll assets rents levies grants loans dues pensions tithes fees refits bonds"
        ),
        shared=("internal/money", "internal/titles"),
        layout=("internal/{p}", "internal/accounts/{p}"),
        services=("abacus-import", "abacus-close"),
        regions=("eu-1", "us-1"),
        people=("Hanna Koch", "Luis Prado", "Amara Diallo"),
        libraries=_many(
            "stylus.example/cells stylus.example/lookup vellum.example/sheets vellum.example/spans"
        ),
        styles=("plain",),
    ),
    Frame(
        name="almanac",
        module="almanac.example/almanac",
        text=_SCHEDULER,
        words=_words(
            "e *clockwork.Event e.Times e.Tag e.Marks output.Say output.Bump output.Hint clockwork.Problem tune"
        ),
        routes="plan/plan.go",
        route='"%key": %handler,',
        request="{key} @{n} {s} {items}",
        separator=" ",
        config="tune/tune.txt",
        packages=_many(
            "tides harvests moons feasts frosts sowing fairs eclipses seasons vigils comets rains"
        ),
        shared=("calendar", "lore"),
        layout=("{p}", "tasks/{p}"),
        services=("almanac",),
        regions=("north", "south", "west"),
        people=("Greta Lindqvist", "Paul Mbeki", "Noor Haddad"),
        libraries=_many(
            "orrery.example/signs orrery.example/houses gnomon.example/circle gnomon.example/hours"
        ),
    ),
    Frame(
        name="weir",
        module="weir.example/weir",
        text=_LIMITER,
        words=_words(
            "c *call.Call c.Weight c.Client c.Hops tap.Show tap.Mark tap.Detail call.Reject knobs"
        ),
        routes="pkg/upstream/upstream.go",
        route='{Name: "%key", Invoke: %handler},',
        request="{key};{n};{s};{items}",
        separator="|",
        config="pkg/knobs/knobs.conf",
        packages=_many(
            "salmon sluice delta brook reservoir turbine ferry canal estuary lagoon rapids mill"
        ),
        shared=("pkg/flow", "pkg/signs"),
        layout=("pkg/{p}", "pkg/routes/{p}"),
        services=("weir",),
        regions=("us-west", "eu-central"),
        people=("Dana Novak", "Felix Amsel", "Keiko Mori", "Ravi Menon"),
        libraries=_many(
            "eddy.example/tokens eddy.example/charts pebble.example/wheel pebble.example/period"
        ),
        styles=("ticket",),
    ),
    Frame(
        name="gauger",
        module="gauger.example/gauger",
        text=_METRICS,
        words=_words(
            "p point.Point p.Value p.Series p.Values expose.Metric expose.Self expose.Comment point.Invalid limits"
        ),
        routes="internal/ingest/known.go",
        route='"%key": %handler,',
        request="{key}{{{s}}} {n} {items}",
        separator=" ",
        config="internal/limits/limits.conf",
        packages=_many(
            "latency faults uptime heat traffic memory disks fans voltage pressure humidity drift"
        ),
        shared=("internal/windows", "internal/units", "internal/tags"),
        layout=("internal/{p}", "internal/metric/{p}"),
        services=("gauger-hot", "gauger-cold"),
        regions=("use1", "euw3"),
        people=("Bea Fontaine", "Igor Savic", "Tess Wynn"),
        libraries=_many(
            "dial.example/parts dial.example/atlas needle.example/arc needle.example/cadence"
        ),
        vendor=True,
    ),
    Frame(
        name="inkwell",
        module="inkwell.example/inkwell",
        text=_MAILER,
        words=_words(
            "v data.Vars v.Number v.Person v.Lines paper.Line paper.Sheet paper.Margin data.Missing style"
        ),
        routes="letters/letters.go",
        route='case "%key":\n\t\treturn %handler',
        request="{key}:{n}:{s}:{items}",
        config="style/style.ini",
        packages=_many(
            "welcome requests reminders digests invites alerts surveys farewell newsletters petitions vouches holidays"
        ),
        shared=("wording", "figures"),
        layout=("blocks/{p}", "blocks/extra/{p}"),
        services=("inkwell",),
        regions=("dub", "pdx"),
        people=("Clara Weiss", "Ben Achterberg", "Mo Farouk", "Edda Roth"),
        libraries=_many(
            "nib.example/pieces nib.example/glossary quill.example/rolls quill.example/rests"
        ),
        styles=("plain",),
    ),
)
