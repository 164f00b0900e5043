"""Open templates, second part: goroutines, hangs, races, deferred functions, logged errors.

In: nothing. Out: HELPERS and TEMPLATES.
"""

from __future__ import annotations

from typing import Final

from benchmarks.clusters.template import Template

_CREW: Final = Template(
    "crew",
    kind="a pool; tasks are closures",
    packages=("crew", "gang", "spool"),
    names={"Each": ("Each", "All", "Over")},
    base="""
//: code crew
type task struct {
	run  func()
	done *sync.WaitGroup
}

var queue = make(chan task)

func worker() {
	for t := range queue {
		//+
		t.run()
		t.done.Done()
	}
}

var start sync.Once

// $Each runs a function for each number, on the pool.
func $Each(n int, f func(k int)) {
	start.Do(func() {
		for k := 0; k < 3; k++ {
			go worker()
		}
	})
	var done sync.WaitGroup
	for k := 0; k < n; k++ {
		k := k
		done.Add(1)
		queue <- task{func() { f(k) }, &done}
	}
	done.Wait()
}
""",
    variants={
        "method": """
//: code crew
type crew struct {
	queue chan func()
	done  sync.WaitGroup
}

func (c *crew) work() {
	for f := range c.queue {
		c.one(f)
	}
}

func (c *crew) one(f func()) {
	//+
	defer c.done.Done()
	f()
}

// $Each runs a function for each number, on a pool.
func $Each(n int, f func(k int)) {
	c := &crew{queue: make(chan func())}
	for k := 0; k < 2; k++ {
		go c.work()
	}
	for k := 0; k < n; k++ {
		k := k
		c.done.Add(1)
		c.queue <- func() { f(k) }
	}
	c.done.Wait()
	close(c.queue)
}
"""
    },
)
_RENDER: Final = Template(
    "render",
    kind="renders a text template; the caller's template is wrong",
    packages=("render", "views"),
    names={"Text": ("Text", "Page"), "Show": ("Show", "Fill")},
    base="""
//: code render
// $Text renders.
func $Text(name, text string, data any) string {
	var b strings.Builder
	//+
	t := template.Must(template.New(name).Parse(text))
	if err := t.Execute(&b, data); err != nil {
		panic(err)
	}
	return b.String()
}
""",
)
HELPERS: Final = (_CREW, _RENDER)

TEMPLATES: Final = (
    Template(
        "crew_task",
        kind="tasks of one pool",
        copies=3,
        base="""
//: code a
// $Fa weighs all.
func $Fa(in @in.Input) error {
	$va := make([]int, in.N)
	//+c
	@crew.Each(in.N+2, func(k int) {
		//+
		$va[k] = in.ID / (k + 1) //!1
	})
	return fmt.Errorf("$Wa %d", $va[0])
}
//: call 1 n=2..6 expect="index out of range" routes=fatal
$P.$Fa(in)
""",
        variants={
            "named": """
//: code a
// $Fa weighs all.
func $Fa(in @in.Input) error {
	$va := make([]int, in.N)
	//+
	@crew.Each(in.N+2, func(k int) { $fa($va, k, in.ID) })
	return fmt.Errorf("$Wa %d", $va[0])
}

func $fa(into []int, k, id int) {
	//+
	into[k] = id / (k + 1) //!1
}
"""
        },
    ),
    Template(
        "crew_two",
        kind="two tasks of one pool, of one function",
        base="""
//: code a
// $Fa does both.
func $Fa(in @in.Input) error {
	var $va map[int]string
	if in.N > 5 {
		$va = map[int]string{}
	}
	@crew.Each(1, func(k int) {
		//+
		$va[k] = in.S //!1
	})
	//+c
	@crew.Each(2, func(k int) {
		_ = in.S[len(in.S)*k*9+k:] //!2
	})
	return nil
}
//: call 1 n=1..5 expect="nil map" routes=fatal
$P.$Fa(in)
//: call 2 n=6..9 expect="slice bounds" routes=fatal
$P.$Fa(in)
""",
    ),
    Template(
        "fan",
        kind="a goroutine of its own dies",
        copies=2,
        base="""
//: code a
// $Fa fans out.
func $Fa(in @in.Input) error {
	var wg sync.WaitGroup
	//+
	for k := range in.Items {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			//+
			if in.Items[k+1] > in.ID { //!1
				return
			}
		}(k)
	}
	wg.Wait()
	return nil
}
//: call 1 n=1..5 expect="index out of range" routes=fatal
$P.$Fa(in)
""",
        variants={
            "named": """
//: code a
// $Fa fans out.
func $Fa(in @in.Input) error {
	var wg sync.WaitGroup
	for k := range in.Items {
		wg.Add(1)
		go $fa(in, k, &wg)
	}
	//+
	wg.Wait()
	return nil
}

func $fa(in @in.Input, k int, wg *sync.WaitGroup) {
	defer wg.Done()
	if in.Items[k+1] > in.ID { //!1
		return
	}
}
""",
            "plain": """
//: code a
// $Fa goes through.
func $Fa(in @in.Input) error {
	for k := range in.Items {
		//+
		if in.Items[k+1] > in.ID { //!1
			return nil
		}
	}
	return nil
}
""",
        },
    ),
    Template(
        "template_error",
        kind="text templates that fail",
        copies=2,
        base="""
//: code t
type $ta struct {
	Name  string
	Items []int
}

// $Ma is the largest.
func ($va $ta) $Ma() int {
	return $va.Items[len($va.Items)-1] + 1000/len($va.Name)
}
//: code a
// $Fa writes a letter.
func $Fa(in @in.Input) error {
	$va := $ta{in.S, in.Items}
	//+
	if in.N > 5 {
		_ = @render.Text("$Wa", "Dear {{.Name}}, {{.Missing}} is due.", $va) //!1
	}
	return errors.New(@render.Text("$Wb", "At most {{.$Ma}} of {{len .Items}}", $va)) //!2
}
//: call 1 n=6..9 expect="can't evaluate field Missing"
$P.$Fa(in)
//: call 2 n=0 expect="error calling"
$P.$Fa(in)
""",
    ),
    Template(
        "once",
        kind="a sync.Once and OnceValue that fail: later calls, too",
        copies=2,
        base="""
//: code a
var $ga = sync.OnceValue(func() int {
	//+
	var $va []int
	return $va[3] //!1
})

// $Fa reads the table.
func $Fa(in @in.Input) error {
	if in.N > 5 {
		func() {
			defer func() { _ = recover() }()
			_ = $ga()
		}()
	}
	//+
	return fmt.Errorf("$Wa %d", $ga()) //!1
}
//: call 1 n=1..5 expect="index out of range"
$P.$Fa(in)
//: call 1 n=6..9 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "named": """
//: code a
func $fa() int {
	var $va []int
	//+
	return $va[3] //!1
}

var $ga = sync.OnceValue($fa)

// $Fa reads the table.
func $Fa(in @in.Input) error {
	if in.N > 5 {
		func() {
			defer func() { _ = recover() }()
			_ = $ga()
		}()
	}
	return fmt.Errorf("$Wa %d", $ga()) //!1
}
""",
            "once": """
//: code a
type $ta struct {
	once sync.Once
	$aa  *$ta
	$ab  int
}

// $Fa reads the table.
func $Fa(in @in.Input) error {
	var t $ta
	t.once.Do(func() {
		//+
		var $va []int
		t.$ab = $va[3] //!1
	})
	return nil
}
""",
        },
    ),
    Template(
        "late_panic",
        kind="a deferred function panics during a panic",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa *sync.WaitGroup
	$ab []int
}

func (t *$ta) Close() {
	//+
	t.$aa.Done()
}
//: code a
// $Fa finishes.
func $Fa(in @in.Input) error {
	t := &$ta{$ab: in.Items}
	defer t.Close()
	//+
	return fmt.Errorf("$Wa %d", t.$ab[in.N]) //!1
}
//: call 1 n=1..9 expect="index out of range|nil pointer"
$P.$Fa(in)
""",
    ),
    Template(
        "rethrow",
        kind="passed on by a deferred function",
        copies=2,
        base="""
//: code b
func $fa(done *bool) {
	v := recover()
	//+
	if v != nil && !*done {
		panic(v)
	}
}
//: code a
// $Fa books.
func $Fa(in @in.Input) error {
	$va := false
	defer $fa(&$va)
	//+
	$vb := 1000 / (len(in.Items) - in.N) //!1
	$va = true
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=1..9 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            "wrapped": """
//: code a
// $Fa books.
func $Fa(in @in.Input) (err error) {
	defer func() {
		if v := recover(); v != nil {
			//+
			panic(fmt.Errorf("$Wb %d undone: %v", in.ID, v))
		}
	}()
	$vb := 1000 / (len(in.Items) - in.N) //!1
	return fmt.Errorf("$Wa %d", $vb)
}
"""
        },
    ),
    Template(
        "channels",
        kind="closed twice, sent after closing",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa chan int
	$ab bool
}

func (t *$ta) $ma() {
	//+
	close(t.$aa)
	t.$ab = true
}
//: code a
// $Fa hands over.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: make(chan int, 4)}
	t.$ma()
	//+
	if in.N > 5 {
		t.$aa <- in.ID //!1
	}
	t.$ma() //!2
	return nil
}
//: call 1 n=6..9 expect="send on closed channel"
$P.$Fa(in)
//: call 2 n=1..5 expect="close of closed channel"
$P.$Fa(in)
""",
    ),
    Template(
        "convoy",
        kind="all wait for a lock whose holder waits",
        copies=2,
        base="""
//: code t
type $ta struct {
	mu  sync.Mutex
	$aa map[int]int
	$ab chan int
}

func (t *$ta) $ma(id int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	//+
	t.$aa[id] = <-t.$ab //!1
}

func (t *$ta) $mb(id int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.$aa[id]
}
//: code a
// $Fa answers.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: map[int]int{}, $ab: make(chan int)}
	go t.$ma(in.ID)
	time.Sleep(10 * time.Millisecond)
	var wg sync.WaitGroup
	//+
	for k := 0; k < 10+in.N; k++ {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			_ = t.$mb(k)
		}(k)
	}
	wg.Wait()
	return nil
}
//: call 1 n=3..30 routes=hang
$P.$Fa(in)
""",
    ),
    Template(
        "upgrade",
        kind="takes a lock that it holds",
        copies=2,
        base="""
//: code t
type $ta struct {
	mu  sync.RWMutex
	$aa map[int]int
}

func (t *$ta) $ma(id int) {
	t.mu.Lock() //!1
	defer t.mu.Unlock()
	t.$aa[id]++
}

func (t *$ta) $mb(id int) int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	//+
	if t.$aa[id] == 0 {
		t.$ma(id) //!1
	}
	return t.$aa[id]
}
//: code a
// $Fa counts.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: map[int]int{}}
	return fmt.Errorf("$Wa %d", t.$mb(in.ID))
}
//: call 1 routes=hang
$P.$Fa(in)
//: call 1 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
""",
    ),
    Template(
        "select_wait",
        kind="a queue that nobody empties, and one that nobody fills",
        copies=2,
        base="""
//: code a
// $Fa pumps.
func $Fa(in @in.Input) error {
	$va, $vb := make(chan int, 2), make(chan struct{})
	go func() {
		for k := 0; ; k++ {
			if in.N > 5 {
				break
			}
			$va <- k //!1
		}
		close($va)
	}()
	//+
	select {
	case <-$vb: //!2
	case <-time.After(time.Hour):
	}
	return nil
}
//: call 1 n=1..5 routes=hang at=1
$P.$Fa(in)
""",
    ),
    Template(
        "map_kinds",
        kind="a map without a lock: writes, and reads and writes",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa map[int]int
	$ab int
}

func (t *$ta) $ma(k int) {
	//+
	t.$aa[k%89] = k //!1
}

func (t *$ta) $mb(k int) int {
	return t.$aa[k%89] + t.$ab //!1
}
//: code a
// $Fa remembers.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: map[int]int{}}
	var wg sync.WaitGroup
	for k := 0; k < 4; k++ {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			for n := 0; n < 400000; n++ {
				if in.N > 5 && k > 0 {
					t.$mb(n)
					continue
				}
				//+
				t.$ma(n + k)
			}
		}(k)
	}
	wg.Wait()
	return nil
}
//: call 1 n=1..5 expect="concurrent map" routes=fatal
$P.$Fa(in)
//: call 1 n=6..9 expect="concurrent map" routes=fatal
$P.$Fa(in)
""",
    ),
    Template(
        "race_field",
        kind="a data race, reported in both orders",
        copies=3,
        base="""
//: code t
type $ta struct {
	$aa int
	$ab []int
}

func (t *$ta) $ma(n int) {
	//+
	t.$aa += n //!1
}

func (t *$ta) $mb() int {
	//+
	return t.$aa + 1 //!1
}
//: code a
// $Fa adds.
func $Fa(in @in.Input) error {
	t := &$ta{}
	done := make(chan bool)
	go func() {
		if in.N > 5 {
			time.Sleep(5 * time.Millisecond)
		}
		t.$ma(in.N)
		done <- true
	}()
	if in.N <= 5 {
		time.Sleep(5 * time.Millisecond)
	}
	//+
	$va := t.$mb()
	<-done
	return fmt.Errorf("$Wa %d", $va)
}
//: call 1 n=1..5 routes=race expect="DATA RACE"
$P.$Fa(in)
//: call 1 n=6..9 routes=race expect="DATA RACE"
$P.$Fa(in)
""",
    ),
    Template(
        "race_two",
        kind="two data races in one function",
        copies=2,
        base="""
//: code a
// $Fa shares.
func $Fa(in @in.Input) error {
	$va, $vb := 0, map[string]int{"$Wb": 1}
	var wg sync.WaitGroup
	wg.Add(2)
	for k := 0; k < 2; k++ {
		go func(k int) {
			defer wg.Done()
			time.Sleep(time.Duration(k) * 3 * time.Millisecond)
			//+
			if in.N > 5 {
				$va += in.ID //!1
				return
			}
			$vb[in.S] = k //!2
		}(k)
	}
	wg.Wait()
	return fmt.Errorf("$Wa %d", $va+len($vb))
}
//: call 1 n=6..9 routes=race expect="DATA RACE"
$P.$Fa(in)
//: call 2 n=1..5 routes=race expect="DATA RACE"
$P.$Fa(in)
""",
    ),
    Template(
        "logged_store",
        kind="the store's error, logged: the caller asked for the wrong row",
        copies=3,
        base="""
//: code a
// $Fa loads a row.
func $Fa(in @in.Input) error {
	$va := @store.Open(in.S)
	//+
	if _, err := $va.@store:Query(in.ID * 2); err != nil {
		return fmt.Errorf("$Wa of $Wb: %w", err) //!1
	}
	return nil
}
//: call 1 routes=log expect="has no row"
$P.$Fa(in)
""",
    ),
    Template(
        "logged_stack",
        kind="errors that know where they were made",
        copies=3,
        base="""
//: code b
func $fa(in @in.Input) error {
	//+
	if in.N > 5 {
		return @errs.New("$Wa %d of %s refused", in.ID, in.S) //!1
	}
	return @errs.Wrap(io.ErrUnexpectedEOF, "$Wa cut short") //!2
}
//: code a
// $Fa negotiates.
func $Fa(in @in.Input) error {
	//+
	if err := $fa(in); err != nil {
		return fmt.Errorf("negotiate %d: %w", in.ID, err)
	}
	return nil
}
//: call 1 n=6..9 routes=log expect="refused"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="cut short"
$P.$Fa(in)
""",
    ),
    Template(
        "logged_join",
        kind="joined errors, logged",
        copies=1,
        base="""
//: code e
type $Ta struct {
	Code int
	Zone string
}

func (e *$Ta) Error() string { return fmt.Sprintf("status %d in %q", e.Code, e.Zone) }
//: code a
// $Fa gathers.
func $Fa(in @in.Input) error {
	$va := errors.Join(&$Ta{500 + in.N, in.S}, fmt.Errorf("attempt %d: %w", in.ID, io.EOF))
	//+
	return fmt.Errorf("$Wa: %w", $va) //!1
}
//: call 1 n=1..3 routes=log expect="status 50"
$P.$Fa(in)
""",
    ),
)
