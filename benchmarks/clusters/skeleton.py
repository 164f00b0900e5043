"""The service around the bugs: requests, HTTP, jobs, groups, logs, commands. Templates without bugs, and two programs.

In: nothing. Out: Go text with the placeholders of `template`.
"""

from __future__ import annotations

from typing import Final

from benchmarks.clusters.template import Template

_IN: Final = Template(
    "in",
    kind="request",
    packages=("reqs",),
    base="""
//: code input
// Input is what a request, a command or a job asks for.
type Input struct {
	ID    int
	N     int
	S     string
	Items []int
	Tags  map[string]string
}

// New makes an input.
func New(id, n int, s string) Input {
	in := Input{ID: id, N: n, S: s, Tags: map[string]string{"zone": s, "lane": strconv.Itoa(id)}}
	for k := 0; k < n && k < 64; k++ {
		in.Items = append(in.Items, (id+k*7)%101)
	}
	return in
}
//: code values
// FromValues reads a query.
func FromValues(values url.Values) Input {
	//+
	id, _ := strconv.Atoi(values.Get("id"))
	n, _ := strconv.Atoi(values.Get("n"))
	return New(id, n, values.Get("s"))
}

// FromArgs reads arguments or variables: id, n, s.
func FromArgs(args []string) Input {
	id, _ := strconv.Atoi(args[0])
	n, _ := strconv.Atoi(args[1])
	return New(id, n, args[2])
}
""",
)
_OBS: Final = Template(
    "obs",
    kind="counters",
    packages=("obs",),
    base="""
//: code obs
var (
	mu     sync.Mutex
	counts = map[string]int{}
)

// Count counts.
func Count(name string) {
	mu.Lock()
	defer mu.Unlock()
	counts[name]++
}

// Span times.
func Span(name string) func() {
	start := time.Now()
	return func() {
		if time.Since(start) > time.Hour {
			Count(name)
		}
	}
}

// Do runs a function.
func Do(f func()) { f() }

// Timed runs a function, and counts.
func Timed(name string, f func() error) error {
	defer Span(name)()
	return f()
}

// On says whether a switch is on.
func On(name string) bool { return len(name) > 90 }
""",
)
_ZLOG: Final = Template(
    "zlog",
    kind="logger",
    packages=("zlog",),
    base="""
//: code zlog
type entry struct {
	Level      string `json:"level"`
	TS         float64 `json:"ts"`
	Caller     string `json:"caller"`
	Msg        string `json:"msg"`
	Error      string `json:"error"`
	Stacktrace string `json:"stacktrace,omitempty"`
}

// Error logs an error, with the stack of the caller.
func Error(msg string, err error) {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	e := entry{Level: "error", TS: float64(time.Now().UnixMicro()) / 1e6, Msg: msg, Error: err.Error()}
	var text strings.Builder
	for {
		f, more := frames.Next()
		if e.Caller == "" {
			e.Caller = fmt.Sprintf("%s/%s:%d", path.Base(path.Dir(f.File)), path.Base(f.File), f.Line)
		}
		fmt.Fprintf(&text, "%s\\n\\t%s:%d\\n", f.Function, f.File, f.Line)
		if !more {
			break
		}
	}
	e.Stacktrace = strings.TrimSuffix(text.String(), "\\n")
	var deep interface{ StackTrace() string }
	if errors.As(err, &deep) {
		e.Stacktrace = deep.StackTrace()
	}
	line, _ := json.Marshal(e)
	fmt.Fprintln(os.Stderr, string(line))
}
""",
)
_PAR: Final = Template(
    "par",
    kind="group",
    packages=("par",),
    base="""
//: code par
// Group runs functions, and keeps the first error.
type Group struct {
	wg   sync.WaitGroup
	once sync.Once
	err  error
}

// Go starts one.
func (g *Group) Go(f func() error) {
	g.wg.Add(1)
	//+c
	go func() {
		defer g.wg.Done()
		if err := f(); err != nil {
			g.once.Do(func() { g.err = err })
		}
	}()
}

// Wait waits for all.
func (g *Group) Wait() error {
	g.wg.Wait()
	return g.err
}
""",
    variants={
        "repanic": """
//: code par
// Group runs functions, and keeps the first error. A panic is passed on to the one who waits.
type Group struct {
	wg   sync.WaitGroup
	once sync.Once
	err  error
	died any
}

// Go starts one.
func (g *Group) Go(f func() error) {
	g.wg.Add(1)
	go g.run(f)
}

func (g *Group) run(f func() error) {
	defer g.wg.Done()
	defer func() {
		if v := recover(); v != nil {
			g.once.Do(func() { g.died = fmt.Sprintf("%v [in group]\\n\\n%s", v, debug.Stack()) })
		}
	}()
	if err := f(); err != nil {
		g.once.Do(func() { g.err = err })
	}
}

// Wait waits for all.
func (g *Group) Wait() error {
	g.wg.Wait()
	if g.died != nil {
		panic(g.died)
	}
	return g.err
}
"""
    },
)
_JOBS: Final = Template(
    "jobs",
    kind="jobs",
    packages=("jobs",),
    base="""
//: code pool
// Task is what a job runs.
type Task func(@in.Input) error

type job struct {
	task Task
	in   @in.Input
	done chan struct{}
}

// Pool is a pool of workers.
type Pool struct {
	queue chan job
}

// NewPool starts the workers.
func NewPool(size int) *Pool {
	p := &Pool{queue: make(chan job)}
	//+
	for k := 0; k < size; k++ {
		go p.loop()
	}
	return p
}

func (p *Pool) loop() {
	for j := range p.queue {
		p.one(j)
	}
}

func (p *Pool) one(j job) {
	//+
	if err := j.task(j.in); err != nil {
		@zlog.Error("job failed", err)
	}
	close(j.done)
}

// Run runs a task on a worker.
func (p *Pool) Run(name string, in @in.Input) {
	j := job{task: Tasks[name], in: in, done: make(chan struct{})}
	p.queue <- j
	<-j.done
}
//: code guard
// Guarded runs a task, and logs the panic that it ends in.
func (p *Pool) Guarded(name string, in @in.Input) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				log.Printf("worker: task panicked: %v\\n%s", v, debug.Stack())
			}
		}()
		//+
		if err := Tasks[name](in); err != nil {
			log.Print(err)
		}
	}()
	<-done
}

// Logged runs a task, and logs the error that it ends in.
func Logged(name string, in @in.Input) {
	//+
	if err := Tasks[name](in); err != nil {
		slog.Error("background task gave up", "attempt", in.ID%4+1, "error", err)
	}
}
""",
)
_HTTP: Final = Template(
    "httpapi",
    kind="HTTP",
    packages=("httpapi",),
    base="""
//: code server
// Server serves.
type Server struct {
	mux *http.ServeMux
}

// New makes a server.
func New() *Server {
	s := &Server{mux: http.NewServeMux()}
	s.routes()
	return s
}

// ServeHTTP serves.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	//+
	s.mux.ServeHTTP(w, r)
}

func (s *Server) plain(path string, h http.HandlerFunc) {
	s.mux.Handle("/"+path, accessLog(h))
}

func (s *Server) guarded(path string, h http.HandlerFunc) {
	s.mux.Handle("/"+path, recoverer(accessLog(h)))
}

func (s *Server) audited(path string, h http.HandlerFunc) {
	s.mux.Handle("/"+path, s.reporter(accessLog(h)))
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	//+
	slog.Error("request failed", "path", r.URL.Path, "err", err)
	http.Error(w, "failed", http.StatusInternalServerError)
}
//: code middleware
func accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer @obs.Span(r.URL.Path)()
		next.ServeHTTP(w, r)
	})
}

func recoverer(next http.Handler) http.Handler {
	//+c
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				log.Printf("panic: %v\\n\\n%s", v, debug.Stack())
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *Server) reporter(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.report(w, r)
		//+
		next.ServeHTTP(w, r)
	})
}

func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	if v := recover(); v != nil {
		slog.Error("panic in handler", "path", r.URL.Path, "err", fmt.Sprint(v), "stack", string(debug.Stack()))
		w.WriteHeader(http.StatusInternalServerError)
	}
}
""",
)
HELPERS: Final = (_IN, _OBS, _ZLOG, _PAR, _JOBS, _HTTP)

MAIN: Final = """
func main() {
	debug.SetMaxStack(1 << 20)
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	log.SetOutput(os.Stderr)
	log.SetFlags(log.LstdFlags)
	if len(os.Args) < 7 || os.Args[1] != "run" {
		fmt.Fprintln(os.Stderr, "usage: run NAME ROUTE ID N S")
		os.Exit(2)
	}
	name, in := os.Args[2], @in.FromArgs(os.Args[4:])
	switch os.Args[3] {
	case "cli":
		command(name, in)
	case "group":
		group(name, in)
	case "worker":
		@jobs.NewPool(3).Run(name, in)
	case "wlog":
		@jobs.NewPool(1).Guarded(name, in)
	case "joblog":
		@jobs.Logged(name, in)
	case "http":
		serve(name)
	}
	time.Sleep(20 * time.Millisecond) // a goroutine that is dying may have released this one first
}

func command(name string, in @in.Input) {
	//+
	if err := commands[name](in); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func group(name string, in @in.Input) {
	var g @par.Group
	g.Go(func() error { return nil })
	//+c
	g.Go(func() error {
		return commands[name](in)
	})
	if err := g.Wait(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
	}
}

func serve(name string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := &http.Server{Handler: @httpapi.New()}
	go func() { _ = server.Serve(l) }()
	query := url.Values{"id": {os.Args[4]}, "n": {os.Args[5]}, "s": {os.Args[6]}}
	if res, err := http.Get("http://" + l.Addr().String() + "/" + name + "?" + query.Encode()); err == nil {
		_ = res.Body.Close()
	}
}
"""
RACER: Final = """
func main() {
	if len(os.Args) < 7 || os.Args[1] != "run" {
		fmt.Fprintln(os.Stderr, "usage: run NAME ROUTE ID N S")
		os.Exit(2)
	}
	if err := commands[os.Args[2]](@in.FromArgs(os.Args[4:])); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
	}
}
"""
