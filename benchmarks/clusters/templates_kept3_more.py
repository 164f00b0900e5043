"""Templates kept aside, third set, second part: logged errors, hangs, races, pools, and plain service code.

In: nothing. Out: HELPERS and TEMPLATES. Written without knowledge of the method that they measure.
"""

from __future__ import annotations

from typing import Final

from benchmarks.clusters.template import Template

# ------------------------------------------------------------------------------- service code that fails in the open

_DESK: Final = (
    Template(
        "seat_plan",
        kind="seats of a hall: a row and a number that it does not have, a hold that is gone",
        base="""
//: code t
type $ta struct {
	Guest string
	Count int
}

type $tb struct {
	rows  [][]bool
	holds map[string]*$ta
}

func $fb(wide, deep int) *$tb {
	hall := &$tb{holds: map[string]*$ta{}}
	for k := 0; k < deep; k++ {
		hall.rows = append(hall.rows, make([]bool, wide))
	}
	return hall
}
//: code a
// $Fa takes the seats of a request out of sale.
func $Fa(in @in.Input) error {
	hall := $fb(8, 6)
	//+
	for _, label := range strings.Split(in.S, ",") {
		$va := int(label[0] - 'A')
		line := hall.rows[$va] //!1
		$vb, err := strconv.Atoi(label[1:])
		if err != nil {
			return fmt.Errorf("seat %q: %w", label, err)
		}
		//+
		if line[$vb] { //!2
			return fmt.Errorf("seat %s is sold", label)
		}
		line[$vb] = true
	}
	//+
	hold := hall.holds[in.S]
	hold.Count-- //!3
	return nil
}
//: call 1 s=K3 expect="index out of range"
$P.$Fa(in)
//: call 2 s=B8 expect="index out of range"
$P.$Fa(in)
//: call 3 s=C5,C6 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            # The loop's body becomes a method; the hold is released by another.
            "method": """
//: code t
type $ta struct {
	Guest string
	Count int
}

type $tb struct {
	rows  [][]bool
	holds map[string]*$ta
}

func $fb(wide, deep int) *$tb {
	hall := &$tb{rows: make([][]bool, deep), holds: make(map[string]*$ta)}
	for k := range hall.rows {
		hall.rows[k] = make([]bool, wide)
	}
	return hall
}

func (h *$tb) $ma(label string) error {
	//+
	row := h.rows[int(label[0]-'A')] //!1
	number, err := strconv.Atoi(label[1:])
	if err != nil {
		return fmt.Errorf("seat %q: %w", label, err)
	}
	if row[number] { //!2
		return fmt.Errorf("seat %s is sold", label)
	}
	row[number] = true
	return nil
}

func (h *$tb) $mb(key string) {
	//+
	h.holds[key].Count-- //!3
}
//: code a
// $Fa takes the seats of a request out of sale.
func $Fa(in @in.Input) error {
	hall := $fb(8, 6)
	for _, label := range strings.Split(in.S, ",") {
		if err := hall.$ma(label); err != nil {
			return err
		}
	}
	//+
	hall.$mb(in.S)
	return nil
}
""",
            # Options come in, the place of a seat is parsed elsewhere, counters are added.
            "options": """
//: code t
type $ta struct {
	Count int
	Guest string
}

type $tb struct {
	holds map[string]*$ta
	rows  [][]bool
}

// $Tc is how seats are taken.
type $Tc struct {
	Labels []string
	Key    string
	Dry    bool
}

func $fb(wide, deep int) *$tb {
	hall := &$tb{holds: map[string]*$ta{}}
	for k := 0; k < deep; k++ {
		hall.rows = append(hall.rows, make([]bool, wide))
	}
	return hall
}
//: code b
func $fa(label string) (int, int, error) {
	$vb, err := strconv.Atoi(label[1:])
	if err != nil {
		return 0, 0, fmt.Errorf("seat %q: %w", label, err)
	}
	return int(label[0] - 'A'), $vb, nil
}
//: code a
// $Fa takes the seats of a request out of sale.
func $Fa(opt $Tc) error {
	hall, sold := $fb(8, 6), 0
	for k := 0; k < len(opt.Labels); k++ {
		at, number, err := $fa(opt.Labels[k])
		if err != nil {
			return err
		}
		//+
		line := hall.rows[at] //!1
		switch {
		case line[number]: //!2
			return fmt.Errorf("seat %s is sold", opt.Labels[k])
		case !opt.Dry:
			line[number] = true
		}
		sold++
	}
	//+
	hold, count := hall.holds[opt.Key], sold-1
	hold.Count -= count //!3
	return nil
}
//: call 1 s=K3 expect="index out of range"
$P.$Fa($P.$Tc{Labels: []string{in.S}})
//: call 2 s=B8 expect="index out of range"
$P.$Fa(($P.$Tc{Labels: []string{in.S}}))
//: call 3 s=C5,C6 expect="nil pointer"
$P.$Fa(($P.$Tc{Labels: strings.Split(in.S, ","), Key: in.S}))
""",
        },
    ),
    Template(
        "stop_board",
        kind="departures of a stop: after the last one, without a next stop, without a headway",
        base="""
//: code t
type $ta struct {
	Name       string
	Departures []int
	Onward     *$ta
	Headway    int
}

func $fa(n, id int) *$ta {
	first := &$ta{Name: "harbour", Headway: n / 20}
	for k := 0; k < 4; k++ {
		first.Departures = append(first.Departures, 360+k*15+id%10)
	}
	if n >= 10 {
		first.Onward = &$ta{Name: "mill", Departures: first.Departures[1:]}
	}
	return first
}
//: code a
// $Fa says when the bus comes, and how long the ride takes.
func $Fa(in @in.Input) error {
	stop, now := $fa(in.N, in.ID), 380
	if in.N == 0 {
		now = 23 * 60
	}
	//+
	$va := sort.SearchInts(stop.Departures, now)
	leaves := stop.Departures[$va] //!1
	//+
	$vb := stop.Onward.Departures[0] - leaves //!2
	if $vb < 0 {
		$vb += 1440
	}
	//+
	$vc := ($vb + 59) / stop.Headway //!3
	return fmt.Errorf("$Wa %d min, %d buses", $vb, $vc)
}
//: call 1 n=0 expect="index out of range"
$P.$Fa(in)
//: call 2 n=1..9 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=10..19 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            # The search becomes a method of the stop, the ride one of its own; a value receiver.
            "methods": """
//: code t
type $ta struct {
	Name       string
	Headway    int
	Departures []int
	Onward     *$ta
}

func (s $ta) $ma(now int) int {
	//+
	k := sort.Search(len(s.Departures), func(k int) bool { return s.Departures[k] >= now })
	return s.Departures[k] //!1
}

func (s $ta) $mb(leaves int) int {
	ride := s.Onward.Departures[0] - leaves //!2
	//+
	if ride >= 0 {
		return ride
	}
	return ride + 1440
}

func $fa(n, id int) *$ta {
	first := &$ta{Name: "harbour", Headway: n / 20}
	for k := 0; k < 4; k++ {
		first.Departures = append(first.Departures, 360+k*15+id%10)
	}
	if n >= 10 {
		first.Onward = &$ta{Name: "mill", Departures: first.Departures[1:]}
	}
	return first
}
//: code a
// $Fa says when the bus comes, and how long the ride takes.
func $Fa(in @in.Input) error {
	stop, now := $fa(in.N, in.ID), 380
	if in.N == 0 {
		now = 23 * 60
	}
	ride := stop.$mb(stop.$ma(now))
	//+
	return fmt.Errorf("$Wa %d min, %d buses", ride, (ride+59)/stop.Headway) //!3
}
""",
            # A loop in place of the search, and the figures in a struct.
            "loop": """
//: code t
type $ta struct {
	Name       string
	Departures []int
	Onward     *$ta
	Headway    int
}

type $tb struct{ leaves, ride, buses int }

func $fa(n, id int) *$ta {
	first := &$ta{Name: "harbour", Headway: n / 20}
	for k := 0; k < 4; k++ {
		first.Departures = append(first.Departures, 360+k*15+id%10)
	}
	if n >= 10 {
		first.Onward = &$ta{Name: "mill", Departures: first.Departures[1:]}
	}
	return first
}
//: code b
func $fb(stop *$ta, now int) (board $tb) {
	k := 0
	for k < len(stop.Departures) && stop.Departures[k] < now {
		k++
	}
	//+
	board.leaves = stop.Departures[k] //!1
	board.ride = stop.Onward.Departures[0] - board.leaves //!2
	if board.ride < 0 {
		board.ride += 1440
	}
	board.buses = (board.ride + 59) / stop.Headway //!3
	return board
}
//: code a
// $Fa says when the bus comes, and how long the ride takes.
func $Fa(in @in.Input) error {
	now := 380
	if in.N == 0 {
		now = 23 * 60
	}
	//+
	board := $fb($fa(in.N, in.ID), now)
	return fmt.Errorf("$Wa %d min, %d buses", board.ride, board.buses)
}
""",
        },
    ),
    Template(
        "pay_slip",
        kind="parts of a wage from decoded JSON: a number of another type, a list that is none, a map never made",
        base="""
//: code t
type $ta struct {
	Gross    int
	Withheld map[string]int
}
//: code a
// $Fa works out a wage.
func $Fa(raw string, unpaid int) error {
	var doc map[string]any
	if err := json.Unmarshal([]byte(raw), &doc); err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	//+
	slip := $ta{}
	slip.Gross = doc["base"].(int) //!1
	return fmt.Errorf("$Wa %d", slip.Gross-unpaid)
}
//: code b
// $Fb adds the extras of a month.
func $Fb(raw string, month int) error {
	doc := map[string]any{}
	if err := json.Unmarshal([]byte(raw), &doc); err != nil {
		return fmt.Errorf("$Wa extras: %w", err)
	}
	//+
	var slip $ta
	for _, extra := range doc["extras"].([]any) { //!2
		if sum, ok := extra.(float64); ok {
			slip.Gross += int(sum)
		}
	}
	//+
	if slip.Gross > 100 {
		slip.Withheld["tax"] = slip.Gross / 5 //!3
	}
	return fmt.Errorf("$Wa %d of month %d", slip.Gross, month)
}
//: call 1 n=1..9 expect="interface conversion"
$P.$Fa(fmt.Sprintf(`{"base": %d, "name": %q}`, in.ID, in.S), in.N)
//: call 2 n=1..9 expect="interface conversion"
$P.$Fb(fmt.Sprintf(`{"name": %q}`, in.S), in.N)
//: call 3 n=1..9 expect="nil map"
$P.$Fb(fmt.Sprintf(`{"extras": [%d, 99]}`, in.ID), in.N)
""",
        variants={
            # Both are methods of the slip now, and share the decoding.
            "method": """
//: code t
type $ta struct {
	Gross    int
	Withheld map[string]int
	doc      map[string]any
}

func $fa(raw string) (*$ta, error) {
	slip := &$ta{doc: map[string]any{}}
	if err := json.NewDecoder(strings.NewReader(raw)).Decode(&slip.doc); err != nil {
		return nil, fmt.Errorf("$Wa: %w", err)
	}
	return slip, nil
}

func (s *$ta) $ma() {
	//+
	for _, extra := range s.doc["extras"].([]any) { //!2
		if sum, ok := extra.(float64); ok {
			s.Gross += int(sum)
		}
	}
}
//: code a
// $Fa works out a wage.
func $Fa(raw string, unpaid int) error {
	slip, err := $fa(raw)
	if err != nil {
		return err
	}
	//+
	wage := slip.doc["base"].(int) //!1
	slip.Gross = wage
	return fmt.Errorf("$Wa %d", wage-unpaid)
}
//: code b
// $Fb adds the extras of a month.
func $Fb(raw string, month int) error {
	slip, err := $fa(raw)
	if err != nil {
		return err
	}
	slip.$ma()
	if slip.Gross <= 100 {
		return nil
	}
	//+
	slip.Withheld["tax"] = slip.Gross / 5 //!3
	return fmt.Errorf("$Wa %d of month %d", slip.Gross, month)
}
""",
            # A context comes in; checks before the operations, temporary variables, another loop.
            "context": """
//: code t
type $ta struct {
	Gross    int
	Withheld map[string]int
}
//: code a
// $Fa works out a wage.
func $Fa(ctx context.Context, raw string, unpaid int) error {
	var doc map[string]any
	if err := json.Unmarshal([]byte(raw), &doc); err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	gross := 0
	//+
	if base, given := doc["base"]; given && ctx.Err() == nil {
		gross = base.(int) //!1
	}
	return fmt.Errorf("$Wa %d", gross-unpaid)
}
//: code b
// $Fb adds the extras of a month.
func $Fb(ctx context.Context, raw string, month int) error {
	var doc map[string]any
	if err := json.Unmarshal([]byte(raw), &doc); err != nil {
		return fmt.Errorf("$Wa extras: %w", err)
	}
	slip := new($ta)
	extras := doc["extras"].([]any) //!2
	for k := range extras {
		//+
		sum, ok := extras[k].(float64)
		if !ok {
			continue
		}
		slip.Gross += int(sum)
	}
	if slip.Gross > 100 && ctx.Err() == nil {
		due := slip.Gross / 5
		slip.Withheld["tax"] = due //!3
	}
	return fmt.Errorf("$Wa %d of month %d", slip.Gross, month)
}
//: call 1 n=1..9 expect="interface conversion"
$P.$Fa(context.Background(), fmt.Sprintf(`{"base": %d, "name": %q}`, in.ID, in.S), in.N)
//: call 2 n=1..9 expect="interface conversion"
$P.$Fb(context.Background(), fmt.Sprintf(`{"name": %q}`, in.S), in.N)
//: call 3 n=1..9 expect="nil map"
$P.$Fb(context.Background(), fmt.Sprintf(`{"extras": [%d, 99]}`, in.ID), in.N)
""",
        },
    ),
    Template(
        "captions",
        kind="a parser of subtitles: a cue without an arrow, a time without a second, a tag that does not close",
        base="""
//: code t
type $ta struct {
	From, To int
	Text     string
}
//: code b
func $fa(clock string) int {
	//+
	parts := strings.Split(clock, ":")
	hours, _ := strconv.Atoi(parts[0])
	minutes, _ := strconv.Atoi(parts[1])
	seconds, _ := strconv.Atoi(parts[2]) //!2
	return (hours*60+minutes)*60 + seconds
}

func $fb(text string) string {
	open := strings.IndexByte(text, '<')
	if open < 0 {
		return text
	}
	//+
	shut := strings.IndexByte(text, '>')
	tag := text[open:shut] //!3
	if tag == "<br" {
		return text[:open] + " " + $fb(text[shut+1:])
	}
	return text[:open] + $fb(text[shut+1:])
}
//: code a
// $Fa reads the cues of a film.
func $Fa(blocks []string) error {
	var cues []$ta
	for _, block := range blocks {
		head, text, _ := strings.Cut(block, "|")
		$va := strings.Split(head, "-->")
		//+
		$vb, $vc := $va[0], $va[1] //!1
		cues = append(cues, $ta{$fa($vb), $fa($vc), $fb(text)})
	}
	return fmt.Errorf("$Wa: %d cues to %d", len(cues), cues[len(cues)-1].To)
}
//: call 1 expect="index out of range"
$P.$Fa([]string{"0:0:1-->0:0:2|" + in.S, "0:0:4->0:0:6|" + in.S})
//: call 2 expect="index out of range"
$P.$Fa([]string{"0:0:1-->0:0:2|" + in.S, "0:0:4-->6:09|" + in.S})
//: call 3 expect="slice bounds out of range"
$P.$Fa([]string{"0:0:1-->0:0:2|<i>" + in.S, "0:0:4-->0:0:6|" + in.S + "<b"})
""",
        variants={
            # A reader with a place in the input; the tags are stripped by a loop.
            "reader": """
//: code t
type $ta struct {
	Text     string
	From, To int
}

type $tb struct {
	cues []$ta
	at   int
}

func (r *$tb) $ma(block string) {
	head, text, _ := strings.Cut(block, "|")
	//+
	ends := strings.Split(head, "-->")
	from := $fa(ends[0])
	to := $fa(ends[1]) //!1
	r.cues = append(r.cues, $ta{From: from, To: to, Text: $fb(text)})
	r.at = to
}
//: code b
func $fa(clock string) int {
	parts := strings.Split(clock, ":")
	total := 0
	for k := 0; k < 3; k++ {
		//+
		part, _ := strconv.Atoi(parts[k]) //!2
		total = total*60 + part
	}
	return total
}

func $fb(text string) string {
	for {
		open := strings.IndexByte(text, '<')
		if open < 0 {
			return text
		}
		shut, gap := strings.IndexByte(text, '>'), ""
		//+
		if strings.EqualFold(text[open:shut], "<br") { //!3
			gap = " "
		}
		text = text[:open] + gap + text[shut+1:]
	}
}
//: code a
// $Fa reads the cues of a film.
func $Fa(blocks []string) error {
	r := &$tb{}
	for k := range blocks {
		//+
		r.$ma(blocks[k])
	}
	return fmt.Errorf("$Wa: %d cues to %d", len(r.cues), r.at)
}
""",
            # All in one function, with the clock inlined.
            "inlined": """
//: code b
func $fb(text string) string {
	if open := strings.IndexByte(text, '<'); open >= 0 {
		//+
		shut := strings.IndexByte(text, '>')
		tag := text[open:shut] //!3
		return text[:open] + $fb(text[open+len(tag)+1:])
	}
	return text
}
//: code a
// $Fa reads the cues of a film.
func $Fa(blocks []string) error {
	last, count := 0, 0
	for _, block := range blocks {
		head, text, _ := strings.Cut(block, "|")
		ends := strings.Split(head, "-->")
		for _, end := range []string{ends[0], ends[1]} { //!1
			parts := strings.SplitN(end, ":", 3)
			hours, _ := strconv.Atoi(parts[0])
			minutes, _ := strconv.Atoi(parts[1])
			//+
			seconds, _ := strconv.Atoi(parts[2]) //!2
			last = hours*3600 + minutes*60 + seconds
		}
		if $fb(text) != "" {
			count++
		}
	}
	return fmt.Errorf("$Wa: %d cues to %d", count, last)
}
""",
        },
    ),
    Template(
        "formula",
        kind="a sheet's formulas: kinds of expressions behind one interface, each with a mistake",
        base="""
//: code t
type $ta interface {
	$ma(sheet [][]int) int
}

type $tb struct{ col, row int }

type $tc struct {
	op          byte
	left, right $ta
}

type $td struct {
	name string
	of   []$ta
}

type $te int

func (n $te) $ma([][]int) int { return int(n) }

func (c $tb) $ma(sheet [][]int) int {
	//+
	return sheet[c.row][c.col] //!1
}

func (b *$tc) $ma(sheet [][]int) int {
	left, right := b.left.$ma(sheet), b.right.$ma(sheet)
	switch b.op {
	case '+':
		return left + right
	case '-':
		return left - right
	default:
		//+
		return left / right //!2
	}
}

func (f $td) $ma(sheet [][]int) int {
	//+
	most := f.of[0].$ma(sheet) //!3
	for _, one := range f.of {
		most = max(most, one.$ma(sheet))
	}
	return most
}
//: code a
// $Fa works a formula out.
func $Fa(in @in.Input) error {
	sheet := [][]int{in.Items, {in.ID, in.N}}
	//+
	var $va $ta = $tb{in.N, 0}
	switch {
	case in.N > 20:
		$va = $td{name: in.S}
	case in.N > 10:
		$va = &$tc{'+', $te(3), &$tc{'/', $te(in.ID), &$tc{'-', $te(in.N), $te(in.N)}}}
	}
	return fmt.Errorf("$Wa = %d", $va.$ma(sheet))
}
//: call 1 n=2..9 expect="index out of range"
$P.$Fa(in)
//: call 2 n=11..20 expect="divide by zero"
$P.$Fa(in)
//: call 3 n=21..30 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            # Nodes of one struct, and a switch in place of the interface.
            "switch": """
//: code t
type $ta struct {
	kind     string
	col, row int
	kids     []*$ta
}

func $fa(n *$ta, sheet [][]int) int {
	switch n.kind {
	case "number":
		return n.col
	case "cell":
		return sheet[n.row][n.col] //!1
	case "max":
		//+
		most := $fa(n.kids[0], sheet) //!3
		for _, kid := range n.kids[1:] {
			most = max(most, $fa(kid, sheet))
		}
		return most
	}
	left := $fa(n.kids[0], sheet)
	//+
	right := $fa(n.kids[1], sheet)
	if n.kind == "-" {
		return left - right
	}
	return left / right //!2
}
//: code a
// $Fa works a formula out.
func $Fa(in @in.Input) error {
	sheet := [][]int{in.Items, {in.ID, in.N}}
	same := &$ta{kind: "number", col: in.N}
	$va := &$ta{kind: "cell", col: in.N}
	if in.N > 20 {
		$va = &$ta{kind: "max"}
	} else if in.N > 10 {
		$va = &$ta{kind: "/", kids: []*$ta{same, {kind: "-", kids: []*$ta{same, same}}}}
	}
	//+
	return fmt.Errorf("$Wa = %d", $fa($va, sheet))
}
""",
            # The sheet becomes a type, the interface takes it, and the receivers change.
            "sheet": """
//: code t
type $tf struct{ cells [][]int }

func (s *$tf) $mb(row, col int) int {
	//+
	return s.cells[row][col] //!1
}

type $ta interface{ $ma(s *$tf) (int, bool) }

type $tb struct{ col, row int }

type $tc struct {
	left, right $ta
	op          byte
}

type $td struct{ of []$ta }

type $te int

func (n $te) $ma(*$tf) (int, bool) { return int(n), true }

func (c *$tb) $ma(s *$tf) (int, bool) { return s.$mb(c.row, c.col), true }

func (b $tc) $ma(s *$tf) (int, bool) {
	left, good := b.left.$ma(s)
	right, fine := b.right.$ma(s)
	if b.op == '-' {
		return left - right, good && fine
	}
	//+
	share := left / right //!2
	return share, good && fine
}

func (f *$td) $ma(s *$tf) (most int, ok bool) {
	most, ok = f.of[0].$ma(s) //!3
	//+
	for _, one := range f.of[1:] {
		if other, fine := one.$ma(s); fine && other > most {
			most = other
		}
	}
	return most, ok
}
//: code a
// $Fa works a formula out.
func $Fa(in @in.Input) error {
	s := &$tf{[][]int{in.Items, {in.ID, in.N}}}
	var $va $ta = &$tb{col: in.N}
	if in.N > 20 {
		$va = &$td{}
	} else if in.N > 10 {
		$va = $tc{op: '/', left: $te(in.ID), right: $tc{$te(in.N), $te(in.N), '-'}}
	}
	value, ok := $va.$ma(s)
	//+
	return fmt.Errorf("$Wa = %d %t", value, ok)
}
""",
        },
    ),
    Template(
        "access_rules",
        kind="rules of access: an operator nobody registered, a pattern of one letter, a condition that is nil",
        base="""
//: code t
type $ta struct {
	Effect    string
	Pattern   string
	Condition *$tb
}

type $tb struct {
	Op, Key, Want string
}

var $ga = map[string]func(got, want string) bool{
	"eq":     func(got, want string) bool { return got == want },
	"prefix": strings.HasPrefix,
}

func (r $ta) $ma(tags map[string]string) bool {
	//+
	if r.Condition.Key == "" { //!1
		return true
	}
	//+
	return $ga[r.Condition.Op](tags[r.Condition.Key], r.Condition.Want) //!2
}

func (r $ta) $mb(name string) bool {
	cut := len(r.Pattern) - 1
	//+
	return r.Pattern[cut] == '*' && strings.HasPrefix(name, r.Pattern[:cut]) //!3
}
//: code a
// $Fa decides whether a caller may do something.
func $Fa(in @in.Input) error {
	rules := []$ta{{"allow", "read*", &$tb{"eq", "zone", in.S}}}
	switch in.N {
	case 1:
		rules = append(rules, $ta{Effect: "deny", Pattern: "list*"})
	case 2:
		rules = append(rules, $ta{"deny", "list*", &$tb{"suffix", "zone", in.S}})
	default:
		rules = append(rules, $ta{Effect: "deny"})
	}
	//+
	for _, rule := range rules {
		if rule.$mb("list-"+in.S) && rule.$ma(in.Tags) {
			return fmt.Errorf("$Wa: %s", rule.Effect)
		}
	}
	return nil
}
//: call 1 n=1 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=2 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=3..9 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            # An engine holds the operators; the rules are pointers; what was a method of the rule is one of the engine.
            "engine": """
//: code t
type $ta struct {
	Effect, Pattern string
	Condition       *$tb
}

type $tb struct {
	Op, Key, Want string
}

type $tc struct {
	ops   map[string]func(got, want string) bool
	rules []*$ta
}

func $fa() *$tc {
	return &$tc{ops: map[string]func(got, want string) bool{
		"prefix": strings.HasPrefix,
		"eq":     func(got, want string) bool { return got == want },
	}}
}

func (e *$tc) $ma(rule *$ta, tags map[string]string) bool {
	cond := rule.Condition
	if cond.Key == "" { //!1
		return true
	}
	got := tags[cond.Key]
	//+
	op := e.ops[cond.Op]
	return op(got, cond.Want) //!2
}

func (e *$tc) $mb(name string, tags map[string]string) (string, bool) {
	for _, rule := range e.rules {
		//+
		cut := len(rule.Pattern) - 1
		if rule.Pattern[cut] != '*' || !strings.HasPrefix(name, rule.Pattern[:cut]) { //!3
			continue
		}
		if e.$ma(rule, tags) {
			return rule.Effect, true
		}
	}
	return "", false
}
//: code a
// $Fa decides whether a caller may do something.
func $Fa(in @in.Input) error {
	e := $fa()
	e.rules = []*$ta{{"allow", "read*", &$tb{"eq", "zone", in.S}}, {Effect: "deny"}}
	if in.N < 3 {
		e.rules[1].Pattern = "list*"
	}
	if in.N == 2 {
		e.rules[1].Condition = &$tb{Op: "suffix", Key: "zone", Want: in.S}
	}
	//+
	if effect, ok := e.$mb("list-"+in.S, in.Tags); ok {
		return fmt.Errorf("$Wa: %s", effect)
	}
	return nil
}
""",
            # Functions, and a condition that is checked in the loop.
            "functions": """
//: code t
type $ta struct {
	Effect    string
	Pattern   string
	Condition *$tb
}

type $tb struct {
	Op, Key, Want string
}

var $ga = map[string]func(got, want string) bool{
	"eq":     func(got, want string) bool { return got == want },
	"prefix": strings.HasPrefix,
}
//: code b
func $fb(pattern, name string) bool {
	//+
	if last := pattern[len(pattern)-1]; last != '*' { //!3
		return pattern == name
	}
	return strings.HasPrefix(name, strings.TrimSuffix(pattern, "*"))
}
//: code a
// $Fa decides whether a caller may do something.
func $Fa(in @in.Input) error {
	extra := $ta{Effect: "deny"}
	if in.N < 3 {
		extra.Pattern = "list*"
	}
	if in.N == 2 {
		extra.Condition = &$tb{"suffix", "zone", in.S}
	}
	for k, rule := range []$ta{{"allow", "read*", &$tb{"eq", "zone", in.S}}, extra} {
		if !$fb(rule.Pattern, "list-"+in.S) {
			continue
		}
		//+
		key := rule.Condition.Key //!1
		if key == "" {
			return fmt.Errorf("$Wa: %s by rule %d", rule.Effect, k)
		}
		//+
		if $ga[rule.Condition.Op](in.Tags[key], rule.Condition.Want) { //!2
			return fmt.Errorf("$Wa: %s", rule.Effect)
		}
	}
	return nil
}
""",
        },
    ),
)

_ENGINES: Final = (
    Template(
        "draft_states",
        kind="a state machine: a state without a hook, an undo too many, a state without a rank",
        base="""
//: code t
type $ta struct {
	state string
	past  []string
	hooks map[string]func(*$ta) error
}

var $ga = map[string]map[string]string{
	"draft":  {"submit": "review", "drop": "closed"},
	"review": {"accept": "live", "reject": "draft"},
	"live":   {"retire": "closed"},
}

var $gb = []string{"draft", "review", "live"}

func (d *$ta) $ma(event string) error {
	to, ok := $ga[d.state][event]
	if !ok {
		return fmt.Errorf("no %s in state %s", event, d.state)
	}
	d.past = append(d.past, d.state)
	d.state = to
	//+
	return d.hooks[to](d) //!1
}

func (d *$ta) $mb() {
	//+
	d.state = d.past[len(d.past)-1] //!2
	d.past = d.past[:len(d.past)-1]
}

func (d *$ta) $mc() string {
	//+
	return $gb[slices.Index($gb, d.state)] //!3
}
//: code a
// $Fa moves a draft by events; "undo" takes one back.
func $Fa(state string, events ...string) error {
	quiet := func(*$ta) error { return nil }
	d := &$ta{state: state, hooks: map[string]func(*$ta) error{"review": quiet, "live": quiet}}
	for _, event := range events {
		//+
		if event == "undo" {
			d.$mb()
			continue
		}
		if err := d.$ma(event); err != nil {
			return fmt.Errorf("$Wa: %w", err)
		}
	}
	return fmt.Errorf("$Wa ends in %s", d.$mc())
}
//: call 1 expect="nil pointer"
$P.$Fa("draft", "submit", "accept", "retire", in.S)
//: call 1 expect="nil pointer"
$P.$Fa("draft", "drop", in.S)
//: call 2 expect="index out of range"
$P.$Fa("draft", "submit", "undo", "undo", in.S)
//: call 3 expect="index out of range"
$P.$Fa(in.S)
""",
        variants={
            # States and events are numbers in a table of structs; the undo is inlined.
            "table": """
//: code t
type $ta int

type $tb struct {
	from, to $ta
	event    string
}

var $ga = []$tb{{0, 1, "submit"}, {0, 3, "drop"}, {1, 2, "accept"}, {1, 0, "reject"}, {2, 3, "retire"}}

var $gb = []string{"draft", "review", "live", "closed"}

type $tc struct {
	state $ta
	past  []$ta
	hooks []func(*$tc) error
}

func (m *$tc) $ma(event string) error {
	for _, row := range $ga {
		if row.from != m.state || row.event != event {
			continue
		}
		m.past, m.state = append(m.past, m.state), row.to
		//+
		hook := m.hooks[row.to]
		return hook(m) //!1
	}
	return fmt.Errorf("no %s in state %d", event, m.state)
}

func (m $tc) $mc() string {
	return $gb[m.state] //!3
}
//: code a
// $Fa moves a draft by events; "undo" takes one back.
func $Fa(state string, events ...string) error {
	quiet := func(*$tc) error { return nil }
	m := &$tc{state: $ta(slices.Index($gb, state)), hooks: []func(*$tc) error{quiet, quiet, quiet, nil}}
	for _, event := range events {
		switch event {
		case "undo":
			//+
			m.state = m.past[len(m.past)-1] //!2
			m.past = slices.Delete(m.past, len(m.past)-1, len(m.past))
		default:
			if err := m.$ma(event); err != nil {
				return fmt.Errorf("$Wa: %w", err)
			}
		}
	}
	//+
	return fmt.Errorf("$Wa ends in %s", m.$mc())
}
""",
            # A generic machine; the history is a type of its own.
            "generic": """
//: code t
type $tb[S comparable] struct{ states []S }

func (p *$tb[S]) $mb() S {
	//+
	last := p.states[len(p.states)-1] //!2
	p.states = p.states[:len(p.states)-1]
	return last
}

type $ta[S, E comparable] struct {
	state S
	past  $tb[S]
	moves map[S]map[E]S
	ranks []S
	greet map[S]func(S) error
}

func (m *$ta[S, E]) $ma(event E) error {
	to, ok := m.moves[m.state][event]
	if !ok {
		return fmt.Errorf("no %v in state %v", event, m.state)
	}
	//+
	m.past.states = append(m.past.states, m.state)
	m.state = to
	if err := m.greet[to](to); err != nil { //!1
		return fmt.Errorf("enter %v: %w", to, err)
	}
	return nil
}

func (m *$ta[S, E]) $mc() S {
	rank := slices.Index(m.ranks, m.state)
	//+
	return m.ranks[rank] //!3
}

var $ga = map[string]map[string]string{
	"draft":  {"submit": "review", "drop": "closed"},
	"review": {"accept": "live", "reject": "draft"},
	"live":   {"retire": "closed"},
}
//: code a
// $Fa moves a draft by events; "undo" takes one back.
func $Fa(state string, events ...string) error {
	quiet := func(string) error { return nil }
	m := $ta[string, string]{state: state, moves: $ga, ranks: []string{"draft", "review", "live"}}
	m.greet = map[string]func(string) error{"review": quiet, "live": quiet}
	for _, event := range events {
		if event == "undo" {
			m.state = m.past.$mb()
		} else if err := m.$ma(event); err != nil {
			return fmt.Errorf("$Wa: %w", err)
		}
	}
	//+
	return fmt.Errorf("$Wa ends in %s", m.$mc())
}
""",
        },
    ),
    Template(
        "recent_cache",
        kind="a generic cache of the service: of size zero, moved without an entry, an assertion of the wrong type",
        base="""
//: code t
type $tb[K comparable, V any] struct {
	key   K
	value V
}

// $Ta keeps what was used of late.
type $Ta[K comparable, V any] struct {
	size  int
	order *list.List
	byKey map[K]*list.Element
}

// $Fb makes one.
func $Fb[K comparable, V any](size int) *$Ta[K, V] {
	return &$Ta[K, V]{size: size, order: list.New(), byKey: map[K]*list.Element{}}
}

// $Ma keeps a value; the oldest has to go.
func (c *$Ta[K, V]) $Ma(key K, value V) {
	if c.order.Len() >= c.size {
		oldest := c.order.Back()
		//+
		delete(c.byKey, oldest.Value.($tb[K, V]).key) //!1
		c.order.Remove(oldest)
	}
	c.byKey[key] = c.order.PushFront($tb[K, V]{key, value})
}

// $Mb says that a value is in use.
func (c *$Ta[K, V]) $Mb(key K) {
	//+
	c.order.MoveToFront(c.byKey[key]) //!2
}

// $Mc is the value used last.
func (c *$Ta[K, V]) $Mc() (value V) {
	if first := c.order.Front(); first != nil {
		//+
		value = first.Value.(V) //!3
	}
	return value
}
//: code a
// $Fa remembers the lanes of a request.
func $Fa(in @in.Input) error {
	lanes := $Fb[string, int](in.N / 3)
	lanes.$Ma(in.S, in.ID)
	//+
	if in.N < 6 {
		lanes.$Mb(in.S + "/old")
	}
	return fmt.Errorf("$Wa %d", lanes.$Mc())
}
//: code b
// $Fc remembers the items of a request.
func $Fc(in @in.Input) error {
	kept := $Fb[int, []int](in.N / 3)
	//+
	for k := range in.Items {
		kept.$Ma(k, in.Items[k:])
	}
	if in.N < 6 {
		kept.$Mb(-in.ID)
	}
	return fmt.Errorf("$Wb %d", len(kept.$Mc()))
}
//: call 1 n=1..2 expect="nil pointer"
$P.$Fa(in)
//: call 1 n=1..2 expect="nil pointer"
$P.$Fc(in)
//: call 2 n=3..5 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=3..5 expect="nil pointer"
$P.$Fc(in)
//: call 3 n=6..9 expect="interface conversion"
$P.$Fa(in)
//: call 3 n=6..9 expect="interface conversion"
$P.$Fc(in)
""",
        variants={
            # One type of entries, no generic type; eviction in a method of its own; the last used by a function.
            "plain": """
//: code t
type $tb struct {
	key   string
	value any
}

// $Ta keeps what was used of late.
type $Ta struct {
	order list.List
	byKey map[string]*list.Element
	size  int
}

// $Fb makes one.
func $Fb(size int) *$Ta {
	return &$Ta{size: size, byKey: map[string]*list.Element{}}
}

// $Ma keeps a value; the oldest has to go.
func (c *$Ta) $Ma(key string, value any) {
	for c.order.Len() >= c.size {
		c.$md()
	}
	//+
	c.byKey[key] = c.order.PushFront($tb{key: key, value: value})
}

func (c *$Ta) $md() {
	//+
	oldest := c.order.Back()
	gone := oldest.Value.($tb) //!1
	delete(c.byKey, gone.key)
	c.order.Remove(oldest)
}

// $Mb says that a value is in use.
func (c *$Ta) $Mb(key string) {
	//+
	used := c.byKey[key]
	c.order.MoveToFront(used) //!2
}

func $fa[V any](c *$Ta) V {
	first := c.order.Front()
	//+
	return first.Value.(V) //!3
}
//: code a
// $Fa remembers the lanes of a request.
func $Fa(in @in.Input) error {
	lanes := $Fb(in.N / 3)
	lanes.$Ma(in.S, in.ID)
	if in.N < 6 {
		lanes.$Mb(in.S + "/old")
	}
	//+
	return fmt.Errorf("$Wa %d", $fa[int](lanes))
}
//: code b
// $Fc remembers the items of a request.
func $Fc(in @in.Input) error {
	kept := $Fb(in.N / 3)
	for k := range in.Items {
		kept.$Ma(strconv.Itoa(k), in.Items[k:])
	}
	//+
	if in.N < 6 {
		kept.$Mb(in.S)
	}
	return fmt.Errorf("$Wb %d", len($fa[[]int](kept)))
}
""",
            # The order is a type of its own, with the methods that fail.
            "order": """
//: code o
type $tc[E any] struct{ list.List }

func (o *$tc[E]) $md() E {
	oldest := o.Back()
	//+
	last := oldest.Value.(E) //!1
	o.Remove(oldest)
	return last
}
//: code t
type $tb[K comparable, V any] struct {
	value V
	key   K
}

// $Ta keeps what was used of late.
type $Ta[K comparable, V any] struct {
	$tc[$tb[K, V]]
	byKey map[K]*list.Element
	size  int
}

// $Fb makes one.
func $Fb[K comparable, V any](size int) *$Ta[K, V] {
	c := &$Ta[K, V]{size: size}
	c.byKey = make(map[K]*list.Element, size)
	return c
}

// $Ma keeps a value; the oldest has to go.
func (c *$Ta[K, V]) $Ma(key K, value V) {
	if c.Len() >= c.size {
		//+
		delete(c.byKey, c.$md().key)
	}
	c.byKey[key] = c.PushFront($tb[K, V]{value, key})
}

// $Mb says that a value is in use.
func (c *$Ta[K, V]) $Mb(key K) {
	c.MoveToFront(c.byKey[key]) //!2
}

// $Mc is the value used last.
func (c *$Ta[K, V]) $Mc() (value V) {
	first := c.Front()
	if first == nil {
		return value
	}
	//+
	value = first.Value.(V) //!3
	return value
}
//: code a
// $Fa remembers the lanes of a request.
func $Fa(in @in.Input) error {
	lanes := $Fb[string, int](in.N / 3)
	//+
	lanes.$Ma(in.S, in.ID)
	if in.N < 6 {
		lanes.$Mb(in.S + "/old")
	}
	return fmt.Errorf("$Wa %d", lanes.$Mc())
}
//: code b
// $Fc remembers the items of a request.
func $Fc(in @in.Input) error {
	kept := $Fb[int, []int](in.N / 3)
	for k := range in.Items {
		kept.$Ma(k, in.Items[k:])
	}
	if in.N < 6 {
		kept.$Mb(-in.ID)
	}
	return fmt.Errorf("$Wb %d", len(kept.$Mc()))
}
""",
        },
    ),
    Template(
        "notices",
        kind="ways to tell a customer, behind one interface: an address, a length, headers, a device each wrong",
        base="""
//: code t
type $ta interface {
	$ma(to, text string) error
}

type $tb struct{ domains map[string]bool }

func (m $tb) $ma(to, text string) error {
	parts := strings.Split(to, "@")
	//+
	if !m.domains[parts[1]] { //!1
		return fmt.Errorf("mail to %s is not allowed", parts[0])
	}
	return nil
}

type $tc struct{ sender string }

func (m $tc) $ma(to, text string) error {
	//+
	first := text[:160] //!2
	return fmt.Errorf("%s: %s not sent to %s", m.sender, first, to)
}

type $td struct{ headers map[string]string }

func (m *$td) $ma(to, text string) error {
	//+
	m.headers["X-Digest"] = fmt.Sprintf("%x", sha1.Sum([]byte(text))) //!3
	return fmt.Errorf("hook %s: %d headers", to, len(m.headers))
}

type $te struct{ devices map[string]*struct{ Token []byte } }

func (m *$te) $ma(to, text string) error {
	//+
	return fmt.Errorf("push to %x", m.devices[to].Token) //!4
}
//: code a
// $Fa tells a customer on the way that was chosen.
func $Fa(way, to, text string) error {
	ways := map[string]$ta{"mail": $tb{}, "text": $tc{"$Wa"}, "hook": &$td{}, "push": &$te{}}
	//+
	if chosen, ok := ways[way]; ok {
		return chosen.$ma(to, text)
	}
	return fmt.Errorf("no way %q", way)
}
//: call 1 expect="index out of range"
$P.$Fa("mail", in.S, "welcome")
//: call 2 expect="slice bounds out of range"
$P.$Fa("text", in.S, "welcome")
//: call 3 expect="nil map"
$P.$Fa("hook", in.S, "welcome")
//: call 4 expect="nil pointer"
$P.$Fa("push", in.S, "welcome")
""",
        variants={
            # The interface goes; functions in a table take a message.
            "functions": """
//: code t
type $tf struct {
	to, text string
	headers  map[string]string
}
//: code b
func $fa(msg $tf) error {
	_, domain := strings.Split(msg.to, "@")[0], strings.Split(msg.to, "@")[1] //!1
	if domain == "" {
		return fmt.Errorf("mail to %s is not allowed", msg.to)
	}
	return nil
}

func $fb(msg $tf) error {
	//+
	return fmt.Errorf("$Wa: %s not sent to %s", msg.text[:160], msg.to) //!2
}

func $fc(msg $tf) error {
	digest := sha1.Sum([]byte(msg.text))
	//+
	msg.headers["X-Digest"] = hex.EncodeToString(digest[:]) //!3
	return fmt.Errorf("hook %s: %d headers", msg.to, len(msg.headers))
}

var $ga = map[string]*struct{ Token []byte }{}

func $fd(msg $tf) error {
	device := $ga[msg.to]
	//+
	return fmt.Errorf("push to %x", device.Token) //!4
}
//: code a
// $Fa tells a customer on the way that was chosen.
func $Fa(way, to, text string) error {
	msg := $tf{to: to, text: text}
	switch way {
	case "mail":
		return $fa(msg)
	case "text":
		return $fb(msg)
	case "hook":
		return $fc(msg)
	case "push":
		//+
		return $fd(msg)
	}
	return fmt.Errorf("no way %q", way)
}
""",
            # A wrapper counts, pointer receivers, a context; parts are extracted.
            "counted": """
//: code t
type $ta interface {
	$ma(ctx context.Context, to, text string) error
}

type $tf struct {
	$ta
	calls int
}

func (c *$tf) $ma(ctx context.Context, to, text string) error {
	c.calls++
	//+
	return c.$ta.$ma(ctx, to, text)
}

type $tb struct{ domains map[string]bool }

func (m *$tb) $ma(_ context.Context, to, _ string) error {
	if domain := $fe(to); !m.domains[domain] {
		return fmt.Errorf("mail to %s is not allowed", domain)
	}
	return nil
}

func $fe(to string) string {
	//+
	return strings.Split(to, "@")[1] //!1
}

type $tc struct {
	sender string
	parts  int
}

func (m *$tc) $ma(ctx context.Context, to, text string) error {
	for ctx.Err() == nil && m.parts < 9 {
		//+
		part := text[m.parts*160 : (m.parts+1)*160] //!2
		if part == "" {
			break
		}
		m.parts++
	}
	return ctx.Err()
}

type $td struct{ headers map[string]string }

func (m *$td) $mb(key, value string) { m.headers[key] = value } //!3

func (m *$td) $ma(_ context.Context, to, text string) error {
	//+
	m.$mb("X-Digest", fmt.Sprintf("%x", sha1.Sum([]byte(text))))
	return fmt.Errorf("hook %s: %d headers", to, len(m.headers))
}

type $te struct{ devices map[string]*struct{ Token []byte } }

func (m $te) $ma(ctx context.Context, to, text string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	token := m.devices[to].Token //!4
	return fmt.Errorf("push to %x", token)
}
//: code a
// $Fa tells a customer on the way that was chosen.
func $Fa(way, to, text string) error {
	ways := map[string]$ta{"push": $te{}, "mail": &$tb{}, "text": &$tc{sender: "$Wa"}, "hook": &$td{}}
	chosen, ok := ways[way]
	if !ok {
		return fmt.Errorf("no way %q", way)
	}
	//+
	return (&$tf{$ta: chosen}).$ma(context.Background(), to, text)
}
""",
        },
    ),
    Template(
        "probe_frames",
        kind="a decoder of frames: a head too short, a length that lies, a kind without a name",
        base="""
//: code t
type $ta struct {
	kind  string
	size  int
	value []byte
}

var $ga = [...]string{"ping", "state", "alarm"}
//: code b
func $fa(data []byte) ($ta, []byte) {
	var one $ta
	//+
	one.size = int(binary.BigEndian.Uint16(data[1:3])) //!1
	one.value = data[3 : 3+one.size] //!2
	one.kind = $ga[data[0]] //!3
	//+
	return one, data[3+one.size:]
}
//: code a
// $Fa takes the frames of a probe apart.
func $Fa(data []byte) error {
	var all []$ta
	for len(data) > 0 {
		one, rest := $fa(data)
		//+
		all = append(all, one)
		data = rest
	}
	return fmt.Errorf("$Wa: %d frames", len(all))
}
//: call 1 n=1..9 expect="slice bounds out of range"
$P.$Fa([]byte{0, 0, 1, byte(in.N), 1, 0})
//: call 2 n=1..9 expect="slice bounds out of range"
$P.$Fa(append([]byte{0, 1, byte(in.N)}, in.S...))
//: call 3 n=3..9 expect="index out of range"
$P.$Fa(append([]byte{byte(in.N), 0, byte(len(in.S))}, in.S...))
""",
        variants={
            # A decoder with a place; the head is read by a method, the kind is named by another.
            "decoder": """
//: code t
type $tb struct {
	data []byte
	at   int
}

var $ga = [...]string{"ping", "state", "alarm"}

func (d *$tb) $ma() (kind byte, size int) {
	kind = d.data[d.at]
	//+
	size = int(binary.BigEndian.Uint16(d.data[d.at+1 : d.at+3])) //!1
	d.at += 3
	return kind, size
}

func (d *$tb) $mb() string {
	kind, size := d.$ma()
	//+
	value := d.data[d.at : d.at+size] //!2
	d.at += len(value)
	return $ga[kind] //!3
}
//: code a
// $Fa takes the frames of a probe apart.
func $Fa(data []byte) error {
	d, names := &$tb{data: data}, []string(nil)
	for d.at < len(d.data) {
		//+
		names = append(names, d.$mb())
	}
	return fmt.Errorf("$Wa: %d frames", len(names))
}
""",
            # Shifts in place of the package, one function, the kinds in a switch of slices.
            "inlined": """
//: code t
var $ga = []string{"ping", "state", "alarm"}
//: code a
// $Fa takes the frames of a probe apart.
func $Fa(data []byte) error {
	count, bytes := 0, 0
	for at := 0; at < len(data); count++ {
		head := data[at+1 : at+3] //!1
		size := int(head[0])<<8 | int(head[1])
		//+
		body := data[at+3 : at+3+size] //!2
		if name := $ga[data[at]]; name == "alarm" { //!3
			return fmt.Errorf("$Wa: alarm %x", body)
		}
		bytes += size
		at += 3 + size
	}
	//+
	return fmt.Errorf("$Wa: %d frames, %d bytes", count, bytes)
}
""",
        },
    ),
    Template(
        "row_kit",
        kind="a generic table that is wrong itself: a change to a row that is not there, a page beyond the end",
        packages=("rowkit", "shelfdb"),
        across=4,
        base="""
//: code table
// Table keeps rows by key, in the order of their coming.
type Table[K comparable, R any] struct {
	rows map[K]*R
	keys []K
}

// New makes an empty one.
func New[K comparable, R any]() *Table[K, R] {
	return &Table[K, R]{rows: map[K]*R{}}
}

// Add adds a row.
func (t *Table[K, R]) Add(key K, row R) {
	t.rows[key] = &row
	t.keys = append(t.keys, key)
}

// Change changes a row, and gives what it was before.
func (t *Table[K, R]) Change(key K, change func(R) R) R {
	had := t.rows[key]
	//+
	before := *had //!1
	*had = change(before)
	return before
}

// Page is a page of keys.
func (t *Table[K, R]) Page(number, size int) []K {
	//+
	first := number * size
	return t.keys[first : first+size : len(t.keys)] //!2
}
//: code b @1
// $Fb counts the calls of a client.
func $Fb(in @in.Input) error {
	calls := $P.New[string, int]()
	calls.Add("total", in.N)
	//+
	was := calls.Change(in.S, func(n int) int { return n + 1 })
	return fmt.Errorf("$Wa %d", was)
}
//: code c @2
type $ta struct {
	name  string
	stock int
}

// $Fc books goods out.
func $Fc(in @in.Input) error {
	goods := $P.New[int, $ta]()
	for k, item := range in.Items {
		goods.Add(k, $ta{in.S, item})
	}
	//+
	if in.N > 5 {
		return fmt.Errorf("$Wb %d", len(goods.Page(in.N/4, 4)))
	}
	was := goods.Change(in.ID, func(one $ta) $ta {
		one.stock--
		return one
	})
	return fmt.Errorf("$Wb %s", was.name)
}
//: code d @3
// $Fd shows the last page.
func $Fd(in @in.Input) error {
	words := $P.New[string, []byte]()
	for k := 0; k < in.N; k++ {
		words.Add(strconv.Itoa(k), []byte(in.S))
	}
	//+
	return fmt.Errorf("$Wc %s", words.Page(1, in.N)[0])
}
//: call 1 n=1..9 expect="nil pointer"
$P1.$Fb(in)
//: call 1 n=1..5 expect="nil pointer"
$P2.$Fc(in)
//: call 2 n=6..7 expect="slice bounds out of range"
$P2.$Fc(in)
//: call 2 n=1..9 expect="slice bounds out of range"
$P3.$Fd(in)
""",
        variants={
            # The table is two types; the change goes through a function of the package.
            "split": """
//: code order
type order[K any] struct{ keys []K }

func (o *order[K]) Page(number, size int) []K {
	page := o.keys[number*size:]
	//+
	return page[:size:len(page)] //!2
}
//: code table
// Table keeps rows by key, in the order of their coming.
type Table[K comparable, R any] struct {
	*order[K]
	rows map[K]*R
}

// New makes an empty one.
func New[K comparable, R any]() Table[K, R] {
	return Table[K, R]{&order[K]{}, make(map[K]*R)}
}

// Add adds a row.
func (t Table[K, R]) Add(key K, row R) {
	t.keys = append(t.keys, key)
	t.rows[key] = &row
}

// Change changes a row, and gives what it was before.
func (t Table[K, R]) Change(key K, change func(R) R) R {
	//+
	return swap(t.rows[key], change)
}

func swap[R any](row *R, change func(R) R) (before R) {
	before = *row //!1
	*row = change(before)
	return before
}
//: code b @1
// $Fb counts the calls of a client.
func $Fb(in @in.Input) error {
	calls := $P.New[string, int]()
	//+
	calls.Add("total", in.N)
	was := calls.Change(in.S, func(n int) int { return n + 1 })
	return fmt.Errorf("$Wa %d", was)
}
//: code c @2
type $ta struct {
	stock int
	name  string
}

// $Fc books goods out.
func $Fc(in @in.Input) error {
	goods := $P.New[int, $ta]()
	for k := range in.Items {
		goods.Add(k, $ta{in.Items[k], in.S})
	}
	if in.N > 5 {
		return fmt.Errorf("$Wb %d", len(goods.Page(in.N/4, 4)))
	}
	//+
	was := goods.Change(in.ID, $fa)
	return fmt.Errorf("$Wb %s", was.name)
}

func $fa(one $ta) $ta {
	one.stock--
	return one
}
//: code d @3
// $Fd shows the last page.
func $Fd(in @in.Input) error {
	words := $P.New[string, []byte]()
	//+
	for k := 0; k < in.N; k++ {
		words.Add(strconv.Itoa(k), []byte(in.S))
	}
	return fmt.Errorf("$Wc %s", words.Page(1, in.N)[0])
}
""",
            # No generics: keys are texts, rows are any, in a slice of entries; the change is a method of the entry.
            "plain": """
//: code table
type entry struct {
	key string
	row any
}

func (e *entry) apply(change func(any) any) (before any) {
	//+
	before = e.row //!1
	e.row = change(before)
	return before
}

// Table keeps rows by key, in the order of their coming.
type Table struct {
	entries []*entry
	changes int
}

// New makes an empty one.
func New() *Table { return new(Table) }

func (t *Table) find(key string) *entry {
	for _, one := range t.entries {
		if one.key == key {
			return one
		}
	}
	return nil
}

// Add adds a row.
func (t *Table) Add(key string, row any) {
	t.entries = append(t.entries, &entry{key, row})
}

// Change changes a row, and gives what it was before.
func (t *Table) Change(key string, change func(any) any) any {
	t.changes++
	//+
	return t.find(key).apply(change) //!1
}

// Page is a page of keys.
func (t *Table) Page(number, size int) []string {
	keys := make([]string, 0, size)
	for k := 0; k < size; k++ {
		//+
		keys = append(keys, t.entries[number*size+k].key) //!2
	}
	return keys
}
//: code b @1
// $Fb counts the calls of a client.
func $Fb(in @in.Input) error {
	calls := $P.New()
	calls.Add("total", in.N)
	//+
	was := calls.Change(in.S, func(n any) any { return n.(int) + 1 })
	return fmt.Errorf("$Wa %v", was)
}
//: code c @2
type $ta struct {
	name  string
	stock int
}

// $Fc books goods out.
func $Fc(in @in.Input) error {
	goods := $P.New()
	for k, item := range in.Items {
		goods.Add(strconv.Itoa(k), $ta{in.S, item})
	}
	//+
	if in.N <= 5 {
		was := goods.Change(in.S, func(one any) any {
			good := one.($ta)
			good.stock--
			return good
		})
		return fmt.Errorf("$Wb %v", was)
	}
	return fmt.Errorf("$Wb %d", len(goods.Page(in.N/4, 4)))
}
//: code d @3
// $Fd shows the last page.
func $Fd(in @in.Input) error {
	words := $P.New()
	for k := 0; k < in.N; k++ {
		words.Add(fmt.Sprint(k), in.S)
	}
	//+
	page := words.Page(1, in.N)
	return fmt.Errorf("$Wc %s", page[0])
}
//: call 1 n=1..9 expect="nil pointer"
$P1.$Fb(in)
//: call 1 n=1..5 expect="nil pointer"
$P2.$Fc(in)
//: call 2 n=6..7 expect="index out of range"
$P2.$Fc(in)
//: call 2 n=1..9 expect="index out of range"
$P3.$Fd(in)
""",
        },
    ),
    Template(
        "price_steps",
        kind="steps of a price: above the last step, a step without a rebate",
        base="""
//: code t
type $ta struct {
	upto   int
	cents  int
	rebate *$tb
}

type $tb struct{ percent int }
//: code a
// $Fa prices an amount.
func $Fa(in @in.Input) error {
	steps := []$ta{{10, 90, &$tb{1}}, {100, 80, nil}, {1000, 65, &$tb{5}}}
	amount := in.N * 10
	//+
	k := sort.Search(len(steps), func(k int) bool { return steps[k].upto >= amount })
	price := amount * steps[k].cents //!1
	//+
	price -= price * steps[k].rebate.percent / 100 //!2
	return fmt.Errorf("$Wa %d", price)
}
//: call 1 n=101..900 expect="index out of range"
$P.$Fa(in)
//: call 2 n=2..9 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            # The steps are a type; the step is found by a method, the rebate is one of the step.
            "methods": """
//: code t
type $tc []$ta

type $ta struct {
	rebate      *$tb
	upto, cents int
}

type $tb struct{ percent int }

func (l $tc) $ma(amount int) int {
	at, _ := slices.BinarySearchFunc(l, amount, func(step $ta, amount int) int { return step.upto - amount })
	//+
	return at
}

func (s $ta) $mb(price int) int {
	//+
	off := s.rebate.percent //!2
	return price - price*off/100
}
//: code a
// $Fa prices an amount.
func $Fa(in @in.Input) error {
	steps := $tc{{&$tb{1}, 10, 90}, {upto: 100, cents: 80}, {&$tb{5}, 1000, 65}}
	step := steps[steps.$ma(in.N*10)] //!1
	//+
	return fmt.Errorf("$Wa %d", step.$mb(in.N*10*step.cents))
}
""",
            # A function that gives the step, by a loop, and a map of rebates beside it.
            "loop": """
//: code t
type $ta struct{ upto, cents int }

type $tb struct{ percent int }

var $ga = []$ta{{10, 90}, {100, 80}, {1000, 65}}
//: code b
func $fa(amount int) $ta {
	k := 0
	for ; k < len($ga); k++ {
		if amount <= $ga[k].upto {
			break
		}
	}
	//+
	return $ga[k] //!1
}
//: code a
// $Fa prices an amount.
func $Fa(in @in.Input) error {
	rebates := map[int]*$tb{10: {1}, 1000: {5}}
	step := $fa(in.N * 10)
	full := in.N * 10 * step.cents
	//+
	if percent := rebates[step.upto].percent; percent > 0 { //!2
		full -= full * percent / 100
	}
	return fmt.Errorf("$Wa %d", full)
}
""",
        },
    ),
    Template(
        "round_draw",
        kind="a draw of a tournament: an odd number of players, standings that nobody made, a seed outside",
        base="""
//: code t
type $ta struct{ home, away string }

type $tb struct {
	round     int
	pairs     []$ta
	standings map[string]int
}
//: code a
// $Fa draws a round, and books its results.
func $Fa(in @in.Input) error {
	players := make([]string, 0, in.N)
	for k := range in.Items {
		players = append(players, fmt.Sprintf("%s-%d", in.S, k))
	}
	draw := $tb{round: in.ID % 7}
	for k := 0; k < len(players); k += 2 {
		//+
		draw.pairs = append(draw.pairs, $ta{players[k], players[k+1]}) //!1
	}
	//+
	for _, pair := range draw.pairs {
		draw.standings[pair.home] += 3 //!2
	}
	return fmt.Errorf("$Wa %d", len(draw.standings))
}
//: code b
// $Fb gives a bye to a seeded player.
func $Fb(names []string, seeds []int) error {
	byes := make([]bool, len(names))
	for _, seed := range seeds {
		//+
		byes[seed-1] = true //!3
	}
	return fmt.Errorf("$Wb %v", byes)
}
//: call 1 n=3 expect="index out of range"
$P.$Fa(in)
//: call 1 n=7 expect="index out of range"
$P.$Fa(in)
//: call 2 n=2 expect="nil map"
$P.$Fa(in)
//: call 2 n=8 expect="nil map"
$P.$Fa(in)
//: call 3 expect="index out of range"
$P.$Fb([]string{in.S, "b", "c"}, []int{2, 0, 1})
""",
        variants={
            # Methods of the draw; the loop is a while over what is left.
            "methods": """
//: code t
type $ta struct{ home, away string }

type $tb struct {
	standings map[string]int
	pairs     []$ta
	waiting   []string
}

func (d *$tb) $ma() {
	for len(d.waiting) > 0 {
		//+
		pair := $ta{home: d.waiting[0], away: d.waiting[1]} //!1
		d.pairs = append(d.pairs, pair)
		d.waiting = d.waiting[2:]
	}
}

func (d *$tb) $mb(name string, points int) {
	//+
	d.standings[name] += points //!2
}
//: code a
// $Fa draws a round, and books its results.
func $Fa(in @in.Input) error {
	var draw $tb
	for k := range in.Items {
		draw.waiting = append(draw.waiting, fmt.Sprintf("%s-%d", in.S, k))
	}
	draw.$ma()
	for k := range draw.pairs {
		//+
		draw.$mb(draw.pairs[k].home, 3)
	}
	return fmt.Errorf("$Wa %d", len(draw.standings))
}
//: code b
// $Fb gives a bye to a seeded player.
func $Fb(names []string, seeds []int) error {
	byes := map[string]bool{}
	for _, seed := range seeds {
		//+
		byes[names[seed-1]] = true //!3
	}
	return fmt.Errorf("$Wb %v", byes)
}
""",
            # An options struct, the results are booked by a closure, seeds are a set, the loop counts pairs.
            "options": """
//: code t
type $ta struct {
	home string
	away string
}

type $tc struct {
	Players []string
	Round   int
	Win     int
}
//: code c
func $fa(opt $tc) ([]$ta, func(pair $ta)) {
	var standings map[string]int
	half := (len(opt.Players) + 1) / 2
	pairs := make([]$ta, half)
	for k := range pairs {
		pairs[k].home = opt.Players[2*k]
		//+
		pairs[k].away = opt.Players[2*k+1] //!1
	}
	return pairs, func(pair $ta) {
		//+
		standings[pair.home] += opt.Win //!2
	}
}
//: code a
// $Fa draws a round, and books its results.
func $Fa(in @in.Input) error {
	opt := $tc{Round: in.ID % 7, Win: 3}
	for k := range in.Items {
		opt.Players = append(opt.Players, in.S+strconv.Itoa(k))
	}
	pairs, book := $fa(opt)
	for _, pair := range pairs {
		//+
		book(pair)
	}
	return fmt.Errorf("$Wa %d", len(pairs))
}
//: code b
// $Fb gives a bye to a seeded player.
func $Fb(names []string, seeds []int) error {
	var byes []string
	for k := 0; k < len(seeds); k++ {
		at := seeds[k] - 1
		//+
		name := names[at] //!3
		byes = append(byes, name)
	}
	return fmt.Errorf("$Wb %s", strings.Join(byes, ", "))
}
""",
        },
    ),
)

# ------------------------------------------------------------------------------- hangs, races, fatal errors, pools

_WAITS: Final = (
    Template(
        "purse_locks",
        kind="a lock that a refusal keeps, two locks taken in two orders",
        base="""
//: code t
type $ta struct {
	mu    sync.Mutex
	owner string
	cents int
}

func (p *$ta) $ma(cents int) error {
	p.mu.Lock() //!1
	//+
	if p.cents < cents {
		return fmt.Errorf("%s has %d, not %d", p.owner, p.cents, cents)
	}
	p.cents -= cents
	p.mu.Unlock()
	return nil
}

func $fa(from, to *$ta, cents int) {
	from.mu.Lock()
	defer from.mu.Unlock()
	//+
	time.Sleep(5 * time.Millisecond)
	to.mu.Lock() //!2
	defer to.mu.Unlock()
	from.cents, to.cents = from.cents-cents, to.cents+cents
}
//: code a
// $Fa pays a bill in parts.
func $Fa(in @in.Input) error {
	purse := &$ta{owner: in.S, cents: in.N}
	var last error
	//+
	for k := 0; k < 3; k++ {
		last = purse.$ma(in.ID)
	}
	return fmt.Errorf("$Wa: %w", last)
}
//: code b
// $Fb settles what two owe each other.
func $Fb(in @in.Input) error {
	one, two := &$ta{owner: in.S, cents: in.ID}, &$ta{owner: "bank", cents: in.N}
	var wg sync.WaitGroup
	wg.Add(2)
	//+
	go func() {
		defer wg.Done()
		$fa(one, two, in.N)
	}()
	go func() {
		defer wg.Done()
		$fa(two, one, 1)
	}()
	wg.Wait()
	return fmt.Errorf("$Wb %d", one.cents)
}
//: call 1 routes=hang
$P.$Fa(in)
//: call 1 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
//: call 2 n=1..9 routes=hang
$P.$Fb(in)
//: call 2 n=1..9 routes=dead expect="all goroutines are asleep"
$P.$Fb(in)
""",
        variants={
            # A ledger owns the locks; the parts are methods; the goroutines are started by a loop.
            "ledger": """
//: code t
type $tb struct {
	locks map[string]*sync.RWMutex
	cents map[string]int
}

func (l *$tb) $ma(owner string, cents int) error {
	lock := l.locks[owner]
	lock.Lock() //!1
	had := l.cents[owner]
	//+
	if had < cents {
		return fmt.Errorf("%s has %d, not %d", owner, had, cents)
	}
	l.cents[owner] = had - cents
	lock.Unlock()
	return nil
}

func (l *$tb) $mb(from, to string) {
	l.locks[from].Lock()
	defer l.locks[from].Unlock()
	time.Sleep(5 * time.Millisecond)
	//+
	l.locks[to].Lock() //!2
	defer l.locks[to].Unlock()
	//+
}

func $fb(owners ...string) *$tb {
	l := &$tb{map[string]*sync.RWMutex{}, map[string]int{}}
	for _, owner := range owners {
		l.locks[owner] = new(sync.RWMutex)
	}
	return l
}
//: code a
// $Fa pays a bill in parts.
func $Fa(in @in.Input) (err error) {
	l := $fb(in.S)
	//+
	for k := 0; k < 3; k++ {
		if err = l.$ma(in.S, in.ID); err == nil {
			return nil
		}
	}
	return fmt.Errorf("$Wa: %w", err)
}
//: code b
// $Fb settles what two owe each other.
func $Fb(in @in.Input) error {
	l, done := $fb(in.S, "bank"), make(chan string)
	for _, pair := range [][2]string{{in.S, "bank"}, {"bank", in.S}} {
		pair := pair
		go func() {
			l.$mb(pair[0], pair[1])
			done <- pair[0]
		}()
	}
	//+
	return fmt.Errorf("$Wb %s %s", <-done, <-done)
}
""",
            # The transfer is inlined into named goroutines; the refusal moves to a switch.
            "named": """
//: code t
type $ta struct {
	sync.Mutex
	cents int
}

func (p *$ta) $ma(cents int) (err error) {
	p.Lock() //!1
	switch {
	case p.cents < cents:
		//+
		return fmt.Errorf("%d of %d", p.cents, cents)
	default:
		p.cents -= cents
	}
	p.Unlock()
	return err
}

func (p *$ta) $mb(to *$ta, cents int, wg *sync.WaitGroup) {
	defer wg.Done()
	p.Lock()
	p.cents -= cents
	time.Sleep(5 * time.Millisecond)
	//+
	to.Lock() //!2
	to.cents += cents
	to.Unlock()
	p.Unlock()
}
//: code a
// $Fa pays a bill in parts.
func $Fa(in @in.Input) error {
	purse, tries := $ta{cents: in.N}, 0
	//+
	for purse.$ma(in.ID) != nil {
		tries++
	}
	return fmt.Errorf("$Wa: %d", tries)
}
//: code b
// $Fb settles what two owe each other.
func $Fb(in @in.Input) error {
	var one, two $ta
	var wg sync.WaitGroup
	wg.Add(2)
	go one.$mb(&two, in.N, &wg)
	//+
	go two.$mb(&one, 1, &wg)
	wg.Wait()
	return fmt.Errorf("$Wb %d", one.cents)
}
""",
        },
    ),
    Template(
        "page_fetch",
        kind="senders that nobody reads, a worker that does not say that it is done",
        base="""
//: code b
func $fa(id, page int) error {
	if page%3 == 1 {
		return fmt.Errorf("page %d of %d is gone", page, id)
	}
	return nil
}
//: code a
// $Fa fetches pages until one fails.
func $Fa(in @in.Input) error {
	errs := make(chan error)
	var wg sync.WaitGroup
	for page := 0; page < in.N; page++ {
		wg.Add(1)
		go func(page int) {
			defer wg.Done()
			//+
			errs <- $fa(in.ID, page) //!1
		}(page)
	}
	var first error
	for page := 0; page < in.N && first == nil; page++ {
		first = <-errs
	}
	//+
	wg.Wait() //!1
	return fmt.Errorf("$Wa: %w", first)
}
//: code c
// $Fb counts the pages that are there.
func $Fb(in @in.Input) error {
	var wg sync.WaitGroup
	var good atomic.Int64
	wg.Add(in.N)
	for page := 0; page < in.N; page++ {
		go func(page int) {
			//+
			if err := $fa(in.ID, page); err != nil {
				return
			}
			good.Add(1)
			wg.Done()
		}(page)
	}
	//+
	wg.Wait() //!2
	return fmt.Errorf("$Wb %d", good.Load())
}
//: call 1 n=6..12 routes=hang
$P.$Fa(in)
//: call 1 n=6..12 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
//: call 2 n=3..9 routes=hang
$P.$Fb(in)
//: call 2 n=3..9 routes=dead expect="all goroutines are asleep"
$P.$Fb(in)
""",
        variants={
            # A fetcher with methods; the sending goroutine is one.
            "fetcher": """
//: code t
type $ta struct {
	id   int
	errs chan error
	wg   sync.WaitGroup
	good atomic.Int64
}

func (f *$ta) $ma(page int) error {
	if page%3 == 1 {
		return fmt.Errorf("page %d of %d is gone", page, f.id)
	}
	return nil
}

func (f *$ta) $mb(page int) {
	defer f.wg.Done()
	err := f.$ma(page)
	//+
	f.errs <- err //!1
}

func (f *$ta) $mc(page int) {
	if f.$ma(page) == nil {
		//+
		f.good.Add(1)
		f.wg.Done()
	}
}
//: code a
// $Fa fetches pages until one fails.
func $Fa(in @in.Input) error {
	f := &$ta{id: in.ID, errs: make(chan error)}
	for page := 0; page < in.N; page++ {
		f.wg.Add(1)
		go f.$mb(page)
	}
	//+
	for err := range f.errs {
		if err != nil {
			f.wg.Wait() //!1
			return fmt.Errorf("$Wa: %w", err)
		}
	}
	return nil
}
//: code c
// $Fb counts the pages that are there.
func $Fb(in @in.Input) error {
	f := &$ta{id: in.ID}
	for page := 0; page < in.N; page++ {
		f.wg.Add(1)
		go f.$mc(page)
	}
	//+
	f.wg.Wait() //!2
	return fmt.Errorf("$Wb %d", f.good.Load())
}
""",
            # A struct of results goes through the channel, of too small a size; the wait is deferred.
            "results": """
//: code t
type $ta struct {
	page int
	err  error
}
//: code b
func $fa(id, page int) (got $ta) {
	got.page = page
	//+
	if page%3 == 1 {
		got.err = fmt.Errorf("page %d of %d is gone", page, id)
	}
	return got
}

func $fb(id, page int, into chan<- $ta) {
	//+
	into <- $fa(id, page) //!1
}
//: code a
// $Fa fetches pages until one fails.
func $Fa(in @in.Input) error {
	into := make(chan $ta, 1)
	var wg sync.WaitGroup
	wg.Add(in.N)
	defer wg.Wait() //!1
	for page := 0; page < in.N; page++ {
		go func(page int) {
			defer wg.Done()
			$fb(in.ID, page, into)
		}(page)
	}
	for page := 0; page < in.N; page++ {
		//+
		if got := <-into; got.err != nil {
			return fmt.Errorf("$Wa page %d: %w", got.page, got.err)
		}
	}
	return nil
}
//: code c
// $Fb counts the pages that are there.
func $Fb(in @in.Input) error {
	good := make([]bool, in.N)
	wg := new(sync.WaitGroup)
	for page := range good {
		wg.Add(1)
		go $fc(in.ID, page, good, wg)
	}
	//+
	wg.Wait() //!2
	return fmt.Errorf("$Wb %v", good)
}

func $fc(id, page int, good []bool, wg *sync.WaitGroup) {
	if got := $fa(id, page); got.err != nil {
		//+
		return
	}
	good[page] = true
	wg.Done()
}
""",
        },
    ),
    Template(
        "oven_slots",
        kind="a semaphore that a failure keeps, a condition that only one is told of",
        base="""
//: code t
type $ta struct{ slots chan struct{} }

func (o *$ta) $ma(job string) error {
	o.slots <- struct{}{} //!1
	//+
	if len(job) > 3 {
		return fmt.Errorf("job %s is too big", job)
	}
	<-o.slots
	return nil
}

type $tb struct {
	mu   sync.Mutex
	warm *sync.Cond
	hot  bool
}

func (o *$tb) $mb() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.hot {
		//+
		o.warm.Wait() //!2
	}
}

func (o *$tb) $mc() {
	o.mu.Lock()
	o.hot = true
	o.mu.Unlock()
	//+
	o.warm.Signal()
}
//: code a
// $Fa bakes a batch.
func $Fa(in @in.Input) error {
	oven, failed := &$ta{make(chan struct{}, 2)}, 0
	//+
	for k := 0; k < 9; k++ {
		if err := oven.$ma(in.S); err != nil {
			failed++
		}
	}
	return fmt.Errorf("$Wa: %d failed", failed)
}
//: code b
// $Fb lets all wait until the oven is warm.
func $Fb(in @in.Input) error {
	oven := &$tb{}
	oven.warm = sync.NewCond(&oven.mu)
	var wg sync.WaitGroup
	for k := 0; k < in.N; k++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			oven.$mb()
		}()
	}
	time.Sleep(10 * time.Millisecond)
	oven.$mc()
	//+
	wg.Wait()
	return errors.New("$Wb")
}
//: call 1 routes=hang
$P.$Fa(in)
//: call 1 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
//: call 2 n=3..9 routes=hang
$P.$Fb(in)
//: call 2 n=3..9 routes=dead expect="all goroutines are asleep"
$P.$Fb(in)
""",
        variants={
            # Taking a slot becomes a method that gives the release back; the oven is one type.
            "release": """
//: code t
type $ta struct {
	sync.Mutex
	warm  *sync.Cond
	hot   bool
	slots chan int
}

func $fa(size int) *$ta {
	o := &$ta{slots: make(chan int, size)}
	o.warm = sync.NewCond(o)
	return o
}

func (o *$ta) $md(k int) func() {
	//+
	o.slots <- k //!1
	return func() { <-o.slots }
}

func (o *$ta) $ma(k int, job string) error {
	release := o.$md(k)
	if len(job) > 3 {
		//+
		return fmt.Errorf("job %s is too big", job)
	}
	release()
	return nil
}

func (o *$ta) $mb(wg *sync.WaitGroup) {
	defer wg.Done()
	o.Lock()
	//+
	for !o.hot {
		o.warm.Wait() //!2
	}
	o.Unlock()
}
//: code a
// $Fa bakes a batch.
func $Fa(in @in.Input) error {
	oven, failed := $fa(2), 0
	for k := 0; k < 9; k++ {
		//+
		if oven.$ma(k, in.S) != nil {
			failed++
		}
	}
	return fmt.Errorf("$Wa: %d failed", failed)
}
//: code b
// $Fb lets all wait until the oven is warm.
func $Fb(in @in.Input) error {
	oven, wg := $fa(2), new(sync.WaitGroup)
	wg.Add(in.N)
	for k := 0; k < in.N; k++ {
		go oven.$mb(wg)
	}
	time.Sleep(10 * time.Millisecond)
	oven.Lock()
	oven.hot = true
	oven.warm.Signal()
	oven.Unlock()
	//+
	wg.Wait()
	return errors.New("$Wb")
}
""",
            # Functions over channels and conditions; a batch is baked by goroutines, one after the other.
            "functions": """
//: code t
type $tc struct {
	lock sync.Mutex
	warm *sync.Cond
	heat int
}

func $fb(slots chan<- string, job string) bool {
	//+
	slots <- job //!1
	return len(job) <= 3
}

func $fc(slots <-chan string) { <-slots }

func $fd(c *$tc, least int) int {
	c.lock.Lock()
	defer c.lock.Unlock()
	for c.heat < least {
		c.warm.Wait() //!2
	}
	//+
	return c.heat
}
//: code a
// $Fa bakes a batch.
func $Fa(in @in.Input) error {
	slots, failed := make(chan string, 2), 0
	//+
	for k := 0; k < 9; k++ {
		if !$fb(slots, in.S) {
			failed++
			continue
		}
		$fc(slots)
	}
	return fmt.Errorf("$Wa: %d failed", failed)
}
//: code b
// $Fb lets all wait until the oven is warm.
func $Fb(in @in.Input) error {
	oven, heats := new($tc), make(chan int)
	oven.warm = sync.NewCond(&oven.lock)
	for k := 0; k < in.N; k++ {
		go func() { heats <- $fd(oven, 200) }()
	}
	time.Sleep(10 * time.Millisecond)
	oven.lock.Lock()
	oven.heat = 210
	oven.lock.Unlock()
	oven.warm.Signal()
	sum := 0
	//+
	for k := 0; k < in.N; k++ {
		sum += <-heats
	}
	return fmt.Errorf("$Wb %d", sum)
}
""",
        },
    ),
    Template(
        "room_maps",
        kind="maps of a chat without a lock: who is there, and a listing while others come",
        base="""
//: code t
type $ta struct {
	seen  map[int]int
	rooms map[int]string
}

func (c *$ta) $ma(user int) {
	//+
	c.seen[user%61]++ //!1
}

func (c *$ta) $mb(user int, room string) {
	c.rooms[user%97] = room //!2
}

func (c *$ta) $mc(room string) (count int) {
	for _, one := range c.rooms { //!2
		//+
		if one == room {
			count++
		}
	}
	return count
}
//: code a
// $Fa marks users as present.
func $Fa(in @in.Input) error {
	chat := &$ta{seen: map[int]int{}}
	var wg sync.WaitGroup
	for k := 0; k < 4; k++ {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			//+
			for user := 0; user < 900000; user++ {
				chat.$ma(user + k)
			}
		}(k)
	}
	wg.Wait()
	return fmt.Errorf("$Wa %d", len(chat.seen))
}
//: code b
// $Fb lists a room while users join it.
func $Fb(in @in.Input) error {
	chat, done := &$ta{rooms: map[int]string{1: in.S}}, make(chan int)
	go func() {
		for user := 0; user < 9000000; user++ {
			chat.$mb(user, in.S)
		}
		done <- 0
	}()
	//+
	most := 0
	for k := 0; k < 300000; k++ {
		most = max(most, chat.$mc(in.S))
	}
	<-done
	return fmt.Errorf("$Wb %d", most)
}
//: call 1 routes=fatal expect="concurrent map"
$P.$Fa(in)
//: call 2 routes=fatal expect="concurrent map"
$P.$Fb(in)
""",
        variants={
            # Two types, with functions in place of methods; the readers are goroutines, too.
            "split": """
//: code t
type $ta map[int]int

type $tb struct{ rooms map[int]string }
//: code m
func $fa(seen $ta, from int, wg *sync.WaitGroup) {
	defer wg.Done()
	for user := from; user < 900000; user++ {
		//+
		seen[user%61] += 1 //!1
	}
}

func $fb(all *$tb, room string) int {
	count := 0
	//+
	for user := range all.rooms { //!2
		if user > 3 {
			count++
		}
	}
	return count + len(room)
}
//: code a
// $Fa marks users as present.
func $Fa(in @in.Input) error {
	seen, wg := $ta{}, new(sync.WaitGroup)
	for k := 0; k < 4; k++ {
		wg.Add(1)
		go $fa(seen, k, wg)
	}
	//+
	wg.Wait()
	return fmt.Errorf("$Wa %d", len(seen))
}
//: code b
// $Fb lists a room while users join it.
func $Fb(in @in.Input) error {
	all, quit := &$tb{map[int]string{}}, make(chan bool)
	go func() {
		defer close(quit)
		//+
		for user := 0; user < 9000000; user++ {
			all.rooms[user%97] = in.S //!2
		}
	}()
	sum := 0
	for k := 0; k < 300000; k++ {
		sum += $fb(all, in.S)
	}
	<-quit
	return fmt.Errorf("$Wb %d", sum)
}
""",
            # A generic map with a counter; the writers share a closure.
            "generic": """
//: code t
type $tc[K comparable, V any] struct {
	items map[K]V
	puts  int
}

func (m *$tc[K, V]) $md(key K, change func(V) V) {
	//+
	m.items[key] = change(m.items[key]) //!1
}

func (m *$tc[K, V]) $me(key K, value V) {
	m.items[key] = value //!2
}

func (m *$tc[K, V]) $mf(visit func(K, V)) {
	//+
	for key, value := range m.items { //!2
		visit(key, value)
	}
}
//: code a
// $Fa marks users as present.
func $Fa(in @in.Input) error {
	seen := &$tc[int, int]{items: make(map[int]int)}
	var wg sync.WaitGroup
	mark := func(from int) {
		defer wg.Done()
		for user := from; user < from+900000; user++ {
			seen.$md(user%61, func(count int) int { return count + 1 })
		}
	}
	wg.Add(4)
	for k := 0; k < 4; k++ {
		//+
		go mark(k)
	}
	wg.Wait()
	return fmt.Errorf("$Wa %d", len(seen.items))
}
//: code b
// $Fb lists a room while users join it.
func $Fb(in @in.Input) error {
	rooms, done := &$tc[int, string]{items: map[int]string{1: in.S}}, make(chan int)
	go func() {
		for user := 0; user < 9000000; user++ {
			//+
			rooms.$me(user%97, in.S)
		}
		done <- 1
	}()
	count := 0
	for k := 0; k < 300000; k++ {
		rooms.$mf(func(_ int, room string) {
			if room == in.S {
				count++
			}
		})
	}
	return fmt.Errorf("$Wb %d", count+<-done)
}
""",
        },
    ),
    Template(
        "meter_races",
        kind="data races: a total, a list that two append to, settings that are loaded anew",
        base="""
//: code t
type $ta struct {
	total int
	peaks []int
	limit *int
}

func (m *$ta) $ma(watts int) {
	//+
	m.total += watts //!1
}

func (m *$ta) $mb(watts int) {
	m.peaks = append(m.peaks, watts) //!2
}

func (m *$ta) $mc(limit int) {
	//+
	m.limit = &limit //!3
}

func (m *$ta) $md(watts int) bool {
	return watts > *m.limit //!3
}
//: code a
// $Fa adds up what two meters say.
func $Fa(in @in.Input) error {
	m, done := &$ta{}, make(chan bool)
	for k := 0; k < 2; k++ {
		go func(k int) {
			time.Sleep(time.Duration(k) * 3 * time.Millisecond)
			//+
			if in.N > 5 {
				m.$mb(in.ID + k)
			} else {
				m.$ma(in.ID)
			}
			done <- true
		}(k)
	}
	<-done
	<-done
	return fmt.Errorf("$Wa %d", m.total+len(m.peaks))
}
//: code b
// $Fb checks against settings that may change.
func $Fb(in @in.Input) error {
	m, done, high := &$ta{limit: new(int)}, make(chan bool), 0
	go func() {
		time.Sleep(time.Millisecond)
		m.$mc(in.N)
		close(done)
	}()
	for k := 0; k < 30; k++ {
		//+
		if m.$md(k) {
			high++
		}
		time.Sleep(200 * time.Microsecond)
	}
	<-done
	return fmt.Errorf("$Wb %d", high)
}
//: call 1 n=1..5 routes=race expect="DATA RACE"
$P.$Fa(in)
//: call 2 n=6..9 routes=race expect="DATA RACE"
$P.$Fa(in)
//: call 3 n=1..9 routes=race expect="DATA RACE"
$P.$Fb(in)
""",
        variants={
            # The goroutines do it themselves; the settings are a type with a method.
            "inlined": """
//: code t
type $tb struct{ limit int }

func (s *$tb) $mc(limit int) {
	s.limit = limit //!3
}
//: code a
// $Fa adds up what two meters say.
func $Fa(in @in.Input) error {
	total, peaks := 0, []int(nil)
	var wg sync.WaitGroup
	for k := 0; k < 2; k++ {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			time.Sleep(time.Duration(k) * 3 * time.Millisecond)
			if in.N <= 5 {
				total += in.ID //!1
				return
			}
			//+
			peaks = append(peaks, in.ID+k) //!2
		}(k)
	}
	wg.Wait()
	//+
	return fmt.Errorf("$Wa %d", total+len(peaks))
}
//: code b
// $Fb checks against settings that may change.
func $Fb(in @in.Input) error {
	settings, done, high := new($tb), make(chan bool), 0
	go func() {
		defer close(done)
		time.Sleep(time.Millisecond)
		//+
		settings.$mc(in.N)
	}()
	for k := 0; k < 30; k++ {
		if k > settings.limit { //!3
			high++
		}
		time.Sleep(200 * time.Microsecond)
	}
	<-done
	return fmt.Errorf("$Wb %d", high)
}
""",
            # Generic, with a mutex that only some take; the reader is a goroutine.
            "generic": """
//: code t
type $ta[N ~int | ~int64] struct {
	mu    sync.Mutex
	peaks []N
	total N
	limit N
}

func (m *$ta[N]) $ma(watts N) {
	had := m.total //!1
	//+
	m.total = had + watts //!1
}

func (m *$ta[N]) $mb(watts N) {
	if watts == 0 {
		return
	}
	//+
	m.peaks = append(m.peaks, watts) //!2
}

func (m *$ta[N]) $mc(limit N) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.limit = limit //!3
}

func (m *$ta[N]) $me(k int, item N, peak bool, wg *sync.WaitGroup) {
	defer wg.Done()
	time.Sleep(time.Duration(k) * 3 * time.Millisecond)
	//+
	if peak {
		m.$mb(item)
		return
	}
	m.$ma(item)
}
//: code a
// $Fa adds up what two meters say.
func $Fa(in @in.Input) error {
	var m $ta[int]
	var wg sync.WaitGroup
	wg.Add(2)
	go m.$me(0, in.ID, in.N > 5, &wg)
	//+
	go m.$me(1, in.ID, in.N > 5, &wg)
	wg.Wait()
	return fmt.Errorf("$Wa %d", m.total+len(m.peaks))
}
//: code b
// $Fb checks against settings that may change.
func $Fb(in @in.Input) error {
	var m $ta[int64]
	done, high := make(chan int), 0
	go func() {
		for k := 0; k < 30; k++ {
			//+
			if int64(k) > m.limit { //!3
				high++
			}
			time.Sleep(200 * time.Microsecond)
		}
		done <- high
	}()
	time.Sleep(time.Millisecond)
	m.$mc(int64(in.N))
	return fmt.Errorf("$Wb %d", <-done)
}
""",
        },
    ),
    Template(
        "shared_error",
        kind="data races: one error variable for all goroutines, a table that is made when first asked for",
        base="""
//: code t
type $ta struct {
	names map[int]string
}

func (r *$ta) $ma(id int) string {
	if r.names == nil { //!2
		//+
		r.names = map[int]string{id: "first"} //!2
	}
	return r.names[0]
}

func $fa(id int) (int, error) {
	time.Sleep(time.Duration(id) * 2 * time.Millisecond)
	return id, fmt.Errorf("no tariff %d", id)
}
//: code a
// $Fa asks for two tariffs at once.
func $Fa(in @in.Input) error {
	var err error
	var wg sync.WaitGroup
	for k := 1; k < 3; k++ {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			//+
			_, err = $fa(k) //!1
		}(k)
	}
	wg.Wait()
	return fmt.Errorf("$Wa %d: %w", in.ID, err)
}
//: code b
// $Fb names two tariffs at once.
func $Fb(in @in.Input) error {
	names, done := &$ta{}, make(chan string)
	for k := 0; k < 2; k++ {
		go func(k int) {
			time.Sleep(time.Duration(k) * 3 * time.Millisecond)
			//+
			done <- names.$ma(in.ID)
		}(k)
	}
	return fmt.Errorf("$Wb %s %s", <-done, <-done)
}
//: call 1 routes=race expect="DATA RACE"
$P.$Fa(in)
//: call 2 routes=race expect="DATA RACE"
$P.$Fb(in)
""",
        variants={
            # Named results, a closure for both; the table is a variable of the package's function.
            "closure": """
//: code t
type $ta struct {
	names []string
}

func (r *$ta) $mb() []string {
	//+
	if len(r.names) == 0 { //!2
		r.names = append(r.names, "first") //!2
	}
	return r.names
}

func $fa(id int) (int, error) {
	time.Sleep(time.Duration(id) * 2 * time.Millisecond)
	return id, fmt.Errorf("no tariff %d", id)
}
//: code a
// $Fa asks for two tariffs at once.
func $Fa(in @in.Input) (err error) {
	var wg sync.WaitGroup
	ask := func(k int) {
		defer wg.Done()
		//+
		if _, err = $fa(k); err != nil { //!1
			return
		}
	}
	wg.Add(2)
	go ask(1)
	//+
	go ask(2)
	wg.Wait()
	return err
}
//: code b
// $Fb names two tariffs at once.
func $Fb(in @in.Input) error {
	names := &$ta{}
	var wg sync.WaitGroup
	wg.Add(2)
	for k := 0; k < 2; k++ {
		go func(k int) {
			defer wg.Done()
			time.Sleep(time.Duration(k) * 3 * time.Millisecond)
			_ = names.$mb()[0] + in.S
		}(k)
	}
	//+
	wg.Wait()
	return errors.New("$Wb")
}
""",
            # The error is a field of what is asked for; the table is made by a function.
            "results": """
//: code t
type $tb struct {
	rates []int
	err   error
}

func (r *$tb) $mc(id int) {
	time.Sleep(time.Duration(id) * 2 * time.Millisecond)
	err := fmt.Errorf("no tariff %d", id)
	//+
	r.err = err //!1
}

type $ta struct {
	names *[]string
}

func $fb(names **[]string) []string {
	//+
	if *names == nil { //!2
		*names = &[]string{"first"} //!2
	}
	return **names //!2
}
//: code a
// $Fa asks for two tariffs at once.
func $Fa(in @in.Input) error {
	r, done := new($tb), make(chan int)
	for k := 1; k < 3; k++ {
		go func(k int) {
			r.$mc(k)
			done <- k
		}(k)
	}
	//+
	<-done
	<-done
	return fmt.Errorf("$Wa %d: %w", in.ID, r.err)
}
//: code b
// $Fb names two tariffs at once.
func $Fb(in @in.Input) error {
	var table $ta
	var wg sync.WaitGroup
	wg.Add(2)
	//+
	for k := 0; k < 2; k++ {
		go func(k int) {
			defer wg.Done()
			time.Sleep(time.Duration(k) * 3 * time.Millisecond)
			_ = len($fb(&table.names)) + in.N
		}(k)
	}
	wg.Wait()
	return errors.New("$Wb")
}
""",
        },
    ),
)

_TXN: Final = Template(
    "unit",
    kind="a unit of work, which passes panics on; its caller asks for a row that is not there",
    packages=("txscope", "unitwork"),
    names={"Within": ("Within", "Run", "Atomically"), "Value": ("Value", "Row", "Must")},
    base="""
//: code tx
// Tx is a unit of work.
type Tx struct {
	rows map[string]int
	undo []string
}

// Set sets a row.
func (t *Tx) Set(key string, value int) {
	t.undo = append(t.undo, key)
	t.rows[key] = value
}

// $Value is a row that is there.
func (t *Tx) $Value(key string) int {
	value, ok := t.rows[key]
	//+
	if !ok {
		panic(fmt.Errorf("tx: no row %q", key))
	}
	return value
}

func (t *Tx) rollback() {
	for _, key := range t.undo {
		delete(t.rows, key)
	}
}
//: code within
// $Within does some work, wholly or not at all.
func $Within(work func(*Tx) error) (err error) {
	tx := &Tx{rows: map[string]int{}}
	defer func() {
		//+
		if v := recover(); v != nil {
			tx.rollback()
			panic(v)
		}
		if err != nil {
			tx.rollback()
		}
	}()
	return work(tx)
}
""",
    variants={
        # What is passed on says that it was rolled back.
        "wrapped": """
//: code tx
// Tx is a unit of work.
type Tx struct {
	undo []string
	rows map[string]int
}

// Set sets a row.
func (t *Tx) Set(key string, value int) {
	t.rows[key] = value
	t.undo = append(t.undo, key)
}

// $Value is a row that is there.
func (t *Tx) $Value(key string) int {
	if value, ok := t.rows[key]; ok {
		return value
	}
	//+
	panic(fmt.Errorf("tx: no row %q", key))
}
//: code within
func (t *Tx) end(err *error) {
	v := recover()
	if v == nil && *err == nil {
		return
	}
	//+
	for _, key := range t.undo {
		delete(t.rows, key)
	}
	if v != nil {
		panic(fmt.Sprintf("rolled back %d rows: %v", len(t.undo), v))
	}
}

// $Within does some work, wholly or not at all.
func $Within(work func(*Tx) error) (err error) {
	tx := &Tx{rows: map[string]int{}}
	defer tx.end(&err)
	//+
	return work(tx)
}
""",
        # Nothing is recovered: a mark says that the work ended well.
        "mark": """
//: code tx
// Tx is a unit of work.
type Tx struct {
	rows map[string]int
	undo []string
	well bool
}

// Set sets a row.
func (t *Tx) Set(key string, value int) {
	t.rows[key], t.undo = value, append(t.undo, key)
}

// $Value is a row that is there.
func (t *Tx) $Value(key string) int {
	//+
	value, ok := t.rows[key]
	if !ok {
		panic(fmt.Errorf("tx: no row %q", key))
	}
	return value
}

func (t *Tx) close() {
	if t.well {
		return
	}
	for _, key := range t.undo {
		delete(t.rows, key)
	}
}
//: code within
// $Within does some work, wholly or not at all.
func $Within(work func(*Tx) error) error {
	tx := &Tx{rows: map[string]int{}}
	defer tx.close()
	err := work(tx)
	//+
	tx.well = err == nil
	return err
}
""",
    },
)

_PASSED_ON: Final = (
    Template(
        "tx_stock",
        kind="work within a transaction that passes panics on: a map, an index, a row that is not there",
        base="""
//: code a
// $Fa reserves goods.
func $Fa(in @in.Input) error {
	var held map[string]int
	return @unit.Within(func(tx *@unit.Tx) error {
		//+
		tx.Set(in.S, in.ID)
		if in.N < 4 {
			held[in.S] += in.N //!1
		}
		if in.N < 7 {
			tx.Set("next", in.Items[in.N]) //!2
		}
		//+
		left := tx.@unit:Value(in.S) - tx.@unit:Value("$Sa") //!3
		return fmt.Errorf("$Wa %d, %d held", left, len(held))
	})
}
//: call 1 n=1..3 expect="nil map"
$P.$Fa(in)
//: call 2 n=4..6 expect="index out of range"
$P.$Fa(in)
//: call 3 n=7..9 expect="no row"
$P.$Fa(in)
""",
        variants={
            # The work is a method, handed over as a value.
            "method": """
//: code t
type $ta struct {
	in   @in.Input
	held map[string]int
}

func (r *$ta) $ma(tx *@unit.Tx) error {
	tx.Set(r.in.S, r.in.ID)
	//+
	switch {
	case r.in.N < 4:
		r.held[r.in.S] += r.in.N //!1
	case r.in.N < 7:
		next := r.in.Items[r.in.N] //!2
		tx.Set("next", next)
	}
	have := tx.@unit:Value(r.in.S)
	//+
	gone := tx.@unit:Value("$Sa") //!3
	return fmt.Errorf("$Wa %d, %d held", have-gone, len(r.held))
}
//: code a
// $Fa reserves goods.
func $Fa(in @in.Input) error {
	//+
	return @unit.Within((&$ta{in: in}).$ma)
}
""",
            # Two transactions, one after the other; the first is in a function of its own.
            "two": """
//: code b
func $fa(in @in.Input, held map[string]int) error {
	//+c
	return @unit.Within(func(tx *@unit.Tx) error {
		if in.N < 4 {
			//+
			held[in.S] += in.N //!1
		}
		if in.N >= 7 {
			return nil
		}
		tx.Set("next", in.Items[in.N]) //!2
		return nil
	})
}
//: code a
// $Fa reserves goods.
func $Fa(in @in.Input) error {
	if err := $fa(in, nil); err != nil {
		return err
	}
	left := 0
	err := @unit.Within(func(tx *@unit.Tx) error {
		tx.Set(in.S, in.ID)
		//+
		left = tx.@unit:Value(in.S)
		left -= tx.@unit:Value("$Sa") //!3
		return nil
	})
	return errors.Join(err, fmt.Errorf("$Wa %d", left))
}
""",
        },
    ),
    Template(
        "tx_points",
        kind="points booked within a transaction: a member that is nil, a row read before it is set",
        base="""
//: code t
type $ta struct {
	name   string
	points int
	host   *$ta
}

func (m *$ta) $ma() string { return m.name } //!1
//: code a
// $Fa moves points to the host of a member.
func $Fa(in @in.Input) error {
	member := &$ta{name: in.S, points: in.N}
	if in.N > 5 {
		member.host = &$ta{name: "host"}
	}
	//+
	return @unit.Within(func(tx *@unit.Tx) error {
		key := member.host.$ma() //!1
		//+
		had := tx.@unit:Value(key) //!2
		tx.Set(key, had+member.points)
		return fmt.Errorf("$Wa %d", had)
	})
}
//: call 1 n=1..5 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=6..9 expect="no row"
$P.$Fa(in)
""",
        variants={
            # The closure goes into a function; a field in place of the method; a loop over hosts.
            "chain": """
//: code t
type $ta struct {
	host   *$ta
	name   string
	points int
}
//: code b
func $fa(member *$ta) func(*@unit.Tx) error {
	return func(tx *@unit.Tx) error {
		sum := 0
		for at := member; at.points >= 0; at = at.host { //!1
			//+
			if at == member {
				continue
			}
			sum += tx.@unit:Value(at.name) //!2
		}
		return fmt.Errorf("$Wa %d", sum)
	}
}
//: code a
// $Fa moves points to the host of a member.
func $Fa(in @in.Input) error {
	member := &$ta{name: in.S, points: in.N}
	if in.N > 5 {
		member.host = &$ta{name: "host", points: 1}
	}
	work := $fa(member)
	//+
	return @unit.Within(work)
}
""",
            # A service with a book of members; the work is a method, the points are counted before and after.
            "service": """
//: code t
type $ta struct {
	name   string
	host   *$ta
	points int
}

type $tb struct {
	book  map[string]*$ta
	moved int
}

func (s *$tb) $mb(from string) func(*@unit.Tx) error {
	return func(tx *@unit.Tx) error {
		//+
		host := s.book[from].host
		if host.name == "" { //!1
			return errors.New("host without a name")
		}
		before := tx.@unit:Value(host.name) //!2
		s.moved += before
		//+
		tx.Set(host.name, before+s.book[from].points)
		return nil
	}
}
//: code a
// $Fa moves points to the host of a member.
func $Fa(in @in.Input) error {
	s := &$tb{book: map[string]*$ta{in.S: {name: in.S, points: in.N}}}
	if in.N > 5 {
		s.book[in.S].host = &$ta{name: "host"}
	}
	//+
	err := @unit.Within(s.$mb(in.S))
	return fmt.Errorf("$Wa %d: %w", s.moved, err)
}
""",
        },
    ),
    Template(
        "code_once",
        kind="a table loaded once: a line without a code, a load that loads itself, a failure nobody looked at",
        base="""
//: code t
type $ta struct {
	once  sync.Once
	codes map[string]string
	text  string
}

func (c *$ta) $ma() {
	c.once.Do(func() {
		c.codes = map[string]string{}
		//+
		for _, line := range strings.Split(c.text, ";") {
			parts := strings.Split(line, "=")
			c.codes[parts[0]] = parts[1] //!1
		}
	})
}

func (c *$ta) $mb() {
	c.once.Do(func() { //!2
		//+
		c.codes = map[string]string{"EUR": c.$mc("euro")} //!2
	})
}

func (c *$ta) $mc(name string) string {
	c.$mb() //!2
	return c.codes[name]
}
//: code a
// $Fa reads the codes of currencies.
func $Fa(in @in.Input) error {
	table := &$ta{text: "EUR=978;" + in.S}
	if in.N > 5 {
		$fa(table)
	}
	//+
	table.$ma()
	return fmt.Errorf("$Wa %d", len(table.codes))
}

func $fa(table *$ta) {
	defer func() { _ = recover() }()
	table.$ma()
	//+
	table.text = ""
}
//: code b
// $Fb names a currency.
func $Fb(in @in.Input) error {
	//+
	return fmt.Errorf("$Wb %s", new($ta).$mc(in.S))
}
//: code c
var $ga = sync.OnceValues(func() (*$ta, error) {
	return nil, errors.New("no codes in this zone")
})

// $Fc counts the codes.
func $Fc(in @in.Input) error {
	table, err := $ga()
	//+
	if in.N > 50 {
		return fmt.Errorf("$Wc: %w", err)
	}
	return fmt.Errorf("$Wc %d", len(table.codes)) //!3
}
//: call 1 n=1..5 expect="index out of range"
$P.$Fa(in)
//: call 2 routes=hang
$P.$Fb(in)
//: call 2 routes=dead expect="all goroutines are asleep"
$P.$Fb(in)
//: call 3 n=1..9 expect="nil pointer"
$P.$Fc(in)
""",
        variants={
            # Functions and variables in place of the methods; the lines are cut, not split.
            "values": """
//: code t
type $ta struct {
	codes map[string]string
}

func $fb(text string) (codes map[string]string) {
	codes = make(map[string]string)
	for _, line := range strings.Split(text, ";") {
		//+
		name, code := line[:3], line[strings.IndexByte(line, '=')+1:]
		codes[name] = code
		if parts := strings.SplitN(line, "=", 2); parts[1] == "" { //!1
			delete(codes, name)
		}
	}
	return codes
}

var $gb sync.Once

var $gc *$ta

func $fc(name string) string {
	//+
	$gb.Do($fd) //!2
	return $gc.codes[name]
}

func $fd() {
	euro := $fc("euro") //!2
	$gc = &$ta{codes: map[string]string{"EUR": euro}}
}
//: code a
// $Fa reads the codes of currencies.
func $Fa(in @in.Input) error {
	//+
	load := sync.OnceValue(func() map[string]string { return $fb("EUR=978;" + in.S) })
	return fmt.Errorf("$Wa %d", len(load()))
}
//: code b
// $Fb names a currency.
func $Fb(in @in.Input) error {
	return fmt.Errorf("$Wb %s", $fc(in.S))
}
//: code c
var $ga = sync.OnceValues($fe)

func $fe() (*$ta, error) {
	//+
	return nil, errors.New("no codes in this zone")
}

// $Fc counts the codes.
func $Fc(in @in.Input) error {
	table, err := $ga()
	if err != nil && in.N > 50 {
		return fmt.Errorf("$Wc: %w", err)
	}
	count := len(table.codes) //!3
	//+
	return fmt.Errorf("$Wc %d", count)
}
""",
            # A loader type with an interface; the once is a pointer; the lines come by a scanner.
            "loader": """
//: code t
type $td interface{ $md() string }

type $ta struct {
	once  *sync.Once
	from  $td
	codes map[string]string
}

type $te string

func (s $te) $md() string { return string(s) }

type $tf struct{ table *$ta }

func (s $tf) $md() string {
	//+
	return "EUR=" + s.table.$me("euro") //!2
}

func $fb(from $td) *$ta {
	return &$ta{once: new(sync.Once), from: from}
}

func (c *$ta) $mf() {
	c.codes = make(map[string]string)
	lines := bufio.NewScanner(strings.NewReader(strings.ReplaceAll(c.from.$md(), ";", "\\n"))) //!2
	for lines.Scan() {
		//+
		pair := strings.Split(lines.Text(), "=")
		name, code := pair[0], pair[1] //!1
		c.codes[name] = code
	}
}

func (c *$ta) $me(name string) string {
	c.once.Do(c.$mf) //!2
	//+
	return c.codes[name]
}
//: code a
// $Fa reads the codes of currencies.
func $Fa(in @in.Input) error {
	table := $fb($te("EUR=978;" + in.S))
	//+
	return fmt.Errorf("$Wa %s", table.$me("EUR"))
}
//: code b
// $Fb names a currency.
func $Fb(in @in.Input) error {
	loop := &$tf{}
	loop.table = $fb(loop)
	//+
	return fmt.Errorf("$Wb %s", loop.table.$me(in.S))
}
//: code c
var $ga *$ta

func $fc() (*$ta, error) {
	if $ga == nil {
		//+
		return nil, errors.New("no codes in this zone")
	}
	return $ga, nil
}

// $Fc counts the codes.
func $Fc(in @in.Input) error {
	table, err := $fc()
	if in.N > 50 {
		return err
	}
	//+
	for name := range table.codes { //!3
		return fmt.Errorf("$Wc %s: %w", name, err)
	}
	return nil
}
""",
        },
    ),
    Template(
        "menu_loops",
        kind="recursions without an end: a text of itself, a parent that is its own child, a mean of a mean",
        base="""
//: code t
type $ta struct {
	Name   string
	Parent *$ta
}

func (m $ta) String() string {
	//+
	return fmt.Sprintf("menu %v", m) //!1
}

func (m *$ta) $ma() int {
	if m.Parent == nil {
		return 0
	}
	//+
	return m.Parent.$ma() + 1 //!2
}

type $tb struct {
	kids  []*$tb
	price int
}

func (d *$tb) MarshalJSON() ([]byte, error) {
	//+
	return json.Marshal(d) //!3
}
//: code a
// $Fa shows a menu.
func $Fa(in @in.Input) error {
	//+
	return errors.New("$Wa: " + $ta{Name: in.S}.String())
}
//: code b
// $Fb says how deep a menu is.
func $Fb(in @in.Input) error {
	top := &$ta{Name: in.S}
	low := &$ta{Name: "low", Parent: &$ta{Parent: top}}
	if in.N > 0 {
		top.Parent = low
	}
	//+
	return fmt.Errorf("$Wb: %d", low.$ma())
}
//: code c
// $Fc sends a dish.
func $Fc(in @in.Input) error {
	dish := &$tb{price: in.N, kids: []*$tb{nil}}
	//+
	text, err := json.Marshal(dish)
	return fmt.Errorf("$Wc: %s %w", text, err)
}
//: call 1 routes=fatal expect="stack overflow|exceeds"
$P.$Fa(in)
//: call 2 n=1..9 routes=fatal expect="stack overflow|exceeds"
$P.$Fb(in)
//: call 3 n=1..9 routes=fatal expect="stack overflow|exceeds"
$P.$Fc(in)
""",
        variants={
            # The depth is a function with a counter; the texts go through a helper of the package.
            "functions": """
//: code t
type $ta struct {
	Parent *$ta
	Name   string
}

func (m *$ta) String() string {
	//+
	return "menu " + fmt.Sprint(m) //!1
}
//: code f
func $fa(m *$ta, depth int) int {
	if m.Parent != nil {
		//+
		return $fa(m.Parent, depth+1) //!2
	}
	return depth
}

type $tb struct{ price int }

func (d $tb) MarshalJSON() ([]byte, error) {
	//+
	text, err := json.Marshal(d) //!3
	return append([]byte("{}"), text...), err
}
//: code a
// $Fa shows a menu.
func $Fa(in @in.Input) error {
	menu := &$ta{Name: in.S}
	//+
	return errors.New("$Wa: " + menu.String())
}
//: code b
// $Fb says how deep a menu is.
func $Fb(in @in.Input) error {
	low := &$ta{Name: in.S}
	low.Parent = &$ta{Name: "mid", Parent: &$ta{Parent: low}}
	//+
	return fmt.Errorf("$Wb: %d", $fa(low, in.N))
}
//: code c
// $Fc sends a dish.
func $Fc(in @in.Input) error {
	text, err := json.Marshal($tb{in.N})
	//+
	return fmt.Errorf("$Wc: %s %w", text, err)
}
""",
            # A generic tree; the depth is the largest of its kids; the texts are written to a builder.
            "generic": """
//: code t
type $tc[T any] struct {
	value T
	kids  []*$tc[T]
}

func (n *$tc[T]) $mb() (most int) {
	for _, kid := range n.kids {
		//+
		most = max(most, kid.$mb()+1) //!2
	}
	return most
}

type $ta struct {
	Name string
	Kids []string
}

func (m $ta) String() string {
	var out strings.Builder
	//+
	fmt.Fprintf(&out, "menu %s", m) //!1
	return out.String()
}

type $tb struct {
	Price int
	Notes map[string]string
}

func (d $tb) MarshalJSON() ([]byte, error) {
	if d.Notes == nil {
		d.Notes = map[string]string{}
	}
	//+
	return json.MarshalIndent(d, "", " ") //!3
}
//: code a
// $Fa shows a menu.
func $Fa(in @in.Input) error {
	//+
	text := $ta{in.S, nil}.String()
	return errors.New("$Wa: " + text)
}
//: code b
// $Fb says how deep a menu is.
func $Fb(in @in.Input) error {
	top := &$tc[string]{value: in.S}
	top.kids = []*$tc[string]{{value: "a"}, {value: "b", kids: []*$tc[string]{top}}}
	//+
	return fmt.Errorf("$Wb: %d", top.$mb())
}
//: code c
// $Fc sends a dish.
func $Fc(in @in.Input) error {
	dish := $tb{Price: in.N}
	if text, err := dish.MarshalJSON(); err == nil {
		return fmt.Errorf("$Wc: %s", text)
	}
	//+
	return errors.New("$Wc")
}
""",
        },
    ),
    Template(
        "clip_pool",
        kind="jobs of a pool of the service: a nil profile, an output without a place, a result of another type",
        base="""
//: code t
type $ta interface{ $ma() any }

type $tb struct{ profile *struct{ rate int } }

func (c *$tb) $ma() any {
	//+
	return c.profile.rate * 8 //!1
}

type $tc struct {
	frames []int
	every  int
}

func (c *$tc) $ma() any {
	//+
	return c.frames[len(c.frames)-c.every] //!2
}

type $td struct{ text string }

func (c $td) $ma() any { return c.text }
//: code p
func $fa(queue <-chan $ta, sizes chan<- int) {
	for job := range queue {
		//+
		result := job.$ma()
		sizes <- result.(int) //!3
	}
}
//: code a
// $Fa works on clips, three at a time.
func $Fa(in @in.Input) error {
	queue, sizes := make(chan $ta), make(chan int, 9)
	for k := 0; k < 3; k++ {
		go $fa(queue, sizes)
	}
	queue <- &$tc{in.Items, 1}
	//+
	switch {
	case in.N < 4:
		queue <- new($tb)
	case in.N < 7:
		queue <- &$tc{frames: in.Items, every: in.N + 3}
	default:
		queue <- $td{in.S}
	}
	close(queue)
	return fmt.Errorf("$Wa %d %d", <-sizes, <-sizes)
}
//: call 1 n=1..3 routes=fatal expect="nil pointer"
$P.$Fa(in)
//: call 2 n=4..6 routes=fatal expect="index out of range"
$P.$Fa(in)
//: call 3 n=7..9 routes=fatal expect="interface conversion"
$P.$Fa(in)
""",
        variants={
            # The pool is a type; jobs are functions that give their result to it.
            "closures": """
//: code p
type $te struct {
	queue chan func() any
	wg    sync.WaitGroup
	mu    sync.Mutex
	total int
}

func (p *$te) $mb() {
	defer p.wg.Done()
	for job := range p.queue {
		p.$mc(job())
	}
}

func (p *$te) $mc(result any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	//+
	p.total += result.(int) //!3
}
//: code a
// $Fa works on clips, three at a time.
func $Fa(in @in.Input) error {
	p := &$te{queue: make(chan func() any)}
	p.wg.Add(3)
	for k := 0; k < 3; k++ {
		go p.$mb()
	}
	//+
	if in.N < 4 {
		var profile *struct{ rate int }
		p.queue <- func() any { return profile.rate * 8 } //!1
	} else if in.N < 7 {
		p.queue <- func() any {
			//+
			return in.Items[len(in.Items)-in.N-3] //!2
		}
	} else {
		p.queue <- func() any { return in.S }
	}
	close(p.queue)
	p.wg.Wait()
	return fmt.Errorf("$Wa %d", p.total)
}
""",
            # A generic pool, started per batch; jobs of one struct, with a switch.
            "generic": """
//: code t
type $tb struct {
	profile *struct{ rate int }
	frames  []int
	every   int
	text    string
}

func (c $tb) $md() any {
	switch {
	case c.text != "":
		return c.text
	case c.frames != nil:
		at := len(c.frames) - c.every
		//+
		return c.frames[at] //!2
	}
	rate := c.profile.rate //!1
	return rate * 8
}
//: code p
func $fb[J any, R any](jobs []J, work func(J) any, into []R) {
	var wg sync.WaitGroup
	for k := range jobs {
		k := k
		wg.Add(1)
		//+
		go func() {
			defer wg.Done()
			into[k] = work(jobs[k]).(R) //!3
		}()
	}
	wg.Wait()
}
//: code a
// $Fa works on clips, three at a time.
func $Fa(in @in.Input) error {
	jobs := []$tb{{frames: in.Items, every: 1}, {}}
	if in.N >= 7 {
		jobs[1].text = in.S
	} else if in.N >= 4 {
		jobs[1] = $tb{frames: in.Items, every: in.N + 3}
	}
	//+
	sizes := make([]int, len(jobs))
	$fb(jobs, $tb.$md, sizes)
	return fmt.Errorf("$Wa %d", sizes)
}
""",
        },
    ),
    Template(
        "stage_ends",
        kind="stages of a pipeline: closed by each of two, sent to after the end, done more often than begun",
        base="""
//: code t
type $ta struct {
	out chan int
	wg  sync.WaitGroup
}

func (s *$ta) $ma(items []int) {
	//+
	for _, item := range items {
		s.out <- item //!2
	}
}

func (s *$ta) $mb() {
	//+
	close(s.out) //!1
}

func (s *$ta) $mc(times int) {
	for k := 0; k < times; k++ {
		s.wg.Done() //!3
	}
}
//: code a
// $Fa runs a stage to its end.
func $Fa(in @in.Input) error {
	s, done := &$ta{out: make(chan int, 99)}, make(chan bool)
	s.wg.Add(1)
	go func() {
		defer close(done)
		//+
		if in.N > 9 {
			s.$mc(2)
		}
		s.$mb()
		if in.N > 5 {
			s.$ma(in.Items)
		}
		s.$mb()
	}()
	<-done
	return fmt.Errorf("$Wa %d", len(s.out))
}
//: call 1 n=1..5 routes=fatal expect="close of closed channel"
$P.$Fa(in)
//: call 2 n=6..9 routes=fatal expect="send on closed channel"
$P.$Fa(in)
//: call 3 n=10..15 routes=fatal expect="negative WaitGroup counter"
$P.$Fa(in)
""",
        variants={
            # Generic, with functions over channels; no goroutine any more.
            "generic": """
//: code t
type $ta[T any] struct {
	out   chan T
	group *sync.WaitGroup
}

func $fa[T any](into chan<- T, items ...T) (sent int) {
	for ; sent < len(items); sent++ {
		//+
		into <- items[sent] //!2
	}
	return sent
}

func (s $ta[T]) $mb(begun int) {
	for ; begun > 0; begun-- {
		//+
		s.group.Done() //!3
	}
}
//: code a
// $Fa runs a stage to its end.
func $Fa(in @in.Input) error {
	s := $ta[int]{make(chan int, 99), new(sync.WaitGroup)}
	s.group.Add(1)
	if in.N > 9 {
		s.$mb(2)
	}
	for k := 0; k < 2; k++ {
		//+
		close(s.out) //!1
		if in.N > 5 {
			k += $fa(s.out, in.Items...)
		}
	}
	return fmt.Errorf("$Wa %d", len(s.out))
}
""",
            # Stages that know the next; the end of one ends the next; the goroutine is named.
            "chain": """
//: code t
type $tb struct {
	next *$tb
	out  chan int
	wg   *sync.WaitGroup
}

func (s *$tb) $md() {
	//+
	if s.next != nil {
		s.next.$md()
	}
	close(s.out) //!1
}

func (s *$tb) $me(item int) *$tb {
	s.out <- item //!2
	return s.next
}

func $fb(s *$tb, in @in.Input, done chan<- bool) {
	defer close(done)
	if in.N > 9 {
		s.wg.Done()
		//+
		s.wg.Done() //!3
	}
	s.$md()
	if in.N > 5 {
		for at := s; at != nil; {
			at = at.$me(in.ID)
		}
	}
	//+
	s.$md() //!1
}
//: code a
// $Fa runs a stage to its end.
func $Fa(in @in.Input) error {
	last := &$tb{out: make(chan int, 9), wg: new(sync.WaitGroup)}
	first := &$tb{next: last, out: make(chan int, 9), wg: last.wg}
	first.wg.Add(1)
	done := make(chan bool)
	//+
	go $fb(first, in, done)
	<-done
	return fmt.Errorf("$Wa %d", len(first.out))
}
""",
        },
    ),
    Template(
        "desk_waits",
        kind="waits without an end: for a nil channel, for a stream that nobody closes, for a timer that was read",
        base="""
//: code t
type $ta struct {
	ready chan struct{}
	lines chan string
	timer *time.Timer
}
//: code a
// $Fa waits for a desk.
func $Fa(in @in.Input) error {
	desk := $ta{lines: make(chan string, 9)}
	//+
	if in.N > 5 {
		for k := 0; k < in.N; k++ {
			desk.lines <- in.S
			if k == 3 {
				break
			}
		}
		count := 0
		//+
		for line := range desk.lines { //!2
			count += len(line)
		}
		return fmt.Errorf("$Wa %d", count)
	}
	<-desk.ready //!1
	return errors.New("$Wa ready")
}
//: code b
// $Fb waits for a while, and puts its timer away.
func $Fb(in @in.Input) error {
	desk := $ta{timer: time.NewTimer(time.Millisecond)}
	<-desk.timer.C
	//+
	if !desk.timer.Stop() {
		<-desk.timer.C //!3
	}
	return fmt.Errorf("$Wb %d", in.N)
}
//: call 1 n=1..5 routes=hang
$P.$Fa(in)
//: call 1 n=1..5 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
//: call 2 n=6..9 routes=hang
$P.$Fa(in)
//: call 2 n=6..9 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
//: call 3 routes=hang
$P.$Fb(in)
//: call 3 routes=dead expect="all goroutines are asleep"
$P.$Fb(in)
""",
        variants={
            # Methods; the stream is read by a goroutine, whose end another waits for.
            "methods": """
//: code t
type $ta struct {
	lines chan string
	ready chan struct{}
	chars int
}

func (d *$ta) $ma() bool {
	//+
	_, open := <-d.ready //!1
	return !open
}

func (d *$ta) $mb(done chan<- int) {
	for {
		line, more := <-d.lines //!2
		if !more {
			break
		}
		//+
		d.chars += len(line)
	}
	done <- d.chars
}

func $fa(timer *time.Timer) {
	//+
	if timer.Stop() {
		return
	}
	<-timer.C //!3
}
//: code a
// $Fa waits for a desk.
func $Fa(in @in.Input) error {
	desk := &$ta{lines: make(chan string, 9)}
	if in.N <= 5 {
		return fmt.Errorf("$Wa ready: %t", desk.$ma())
	}
	done := make(chan int)
	//+
	go desk.$mb(done)
	desk.lines <- in.S
	return fmt.Errorf("$Wa %d", <-done)
}
//: code b
// $Fb waits for a while, and puts its timer away.
func $Fb(in @in.Input) error {
	timer := time.NewTimer(time.Millisecond)
	select {
	case <-timer.C:
	}
	$fa(timer)
	//+
	return fmt.Errorf("$Wb %d", in.N)
}
""",
            # Selects, and a context.
            "selects": """
//: code t
type $ta struct {
	ready <-chan struct{}
	lines chan string
}

func $fb(ctx context.Context, ready <-chan struct{}) error {
	select { //!1
	case <-ready: //!1
		return nil
	case <-ctx.Done(): //!1
		//+
		return ctx.Err()
	}
}
//: code a
// $Fa waits for a desk.
func $Fa(in @in.Input) error {
	desk, size := $ta{lines: make(chan string, 9)}, 0
	if in.N <= 5 {
		//+
		return $fb(context.Background(), desk.ready)
	}
	desk.lines <- in.S
	for size >= 0 {
		select { //!2
		case line, more := <-desk.lines: //!2
			size += len(line)
			if !more {
				return fmt.Errorf("$Wa %d", size)
			}
		}
	}
	return nil
}
//: code b
// $Fb waits for a while, and puts its timer away.
func $Fb(in @in.Input) error {
	timer := time.NewTimer(time.Millisecond)
	fired := <-timer.C
	//+
	for !timer.Stop() {
		fired = <-timer.C //!3
	}
	return fmt.Errorf("$Wb %d %s", in.N, fired)
}
""",
        },
    ),
)

# --------------------------------------------------------------------------------------------------- logged errors

_KEYSTORE: Final = Template(
    "keystore",
    kind="a stub of a store of keys; its errors are for callers who ask for the wrong key",
    packages=("keystore", "kvlink"),
    names={"Load": ("Load", "Read", "Pull"), "Keep": ("Keep", "Save")},
    base="""
//: code errors
// What can go wrong.
var (
	ErrAbsent = errors.New("key is absent")
	ErrStale  = errors.New("version is stale")
)
//: code client
// Client asks a store.
type Client struct {
	kept map[string]int
}

// New makes one.
func New() *Client { return &Client{kept: map[string]int{}} }

// $Keep keeps a version.
func (c *Client) $Keep(key string, version int) { c.kept[key] = version }

// $Load loads a version.
func (c *Client) $Load(key string, version int) (string, error) {
	//+
	had, ok := c.kept[key]
	if !ok {
		return "", fmt.Errorf("keystore: load %s: %w", key, ErrAbsent)
	}
	if version < had {
		return "", fmt.Errorf("keystore: load %s@%d: %w", key, version, ErrStale)
	}
	return fmt.Sprint(key, "@", had), nil
}
""",
    variants={
        # The checks move to a function; the errors say less.
        "check": """
//: code errors
// ErrAbsent and ErrStale are what can go wrong.
var (
	ErrStale  = errors.New("version is stale")
	ErrAbsent = errors.New("key is absent")
)
//: code client
// Client asks a store.
type Client struct {
	kept map[string]int
	asks int
}

// New makes one.
func New() *Client { return &Client{kept: make(map[string]int)} }

// $Keep keeps a version.
func (c *Client) $Keep(key string, version int) { c.kept[key] = version }

func (c *Client) check(key string, version int) error {
	had, ok := c.kept[key]
	switch {
	case !ok:
		return ErrAbsent
	case version < had:
		//+
		return ErrStale
	}
	return nil
}

// $Load loads a version.
func (c *Client) $Load(key string, version int) (string, error) {
	c.asks++
	//+
	if err := c.check(key, version); err != nil {
		return "", fmt.Errorf("keystore: %q: %w", key, err)
	}
	return fmt.Sprint(key, "@", c.kept[key]), nil
}
"""
    },
)
_FAULTS: Final = Template(
    "faults",
    kind="errors that carry the stack of where they were made",
    packages=("faults", "tracerr"),
    names={"Newf": ("Newf", "Make"), "Annotate": ("Annotate", "With")},
    base="""
//: code fault
type fault struct {
	error
	at []uintptr
}

// Unwrap is what is below.
func (f *fault) Unwrap() error { return f.error }

// StackTrace says where it was made.
func (f *fault) StackTrace() string {
	frames := runtime.CallersFrames(f.at)
	var lines []string
	for {
		frame, more := frames.Next()
		lines = append(lines, frame.Function+"\\n\\t"+frame.File+":"+strconv.Itoa(frame.Line))
		if !more {
			return strings.Join(lines, "\\n")
		}
	}
}
//: code make
func here() []uintptr {
	at := make([]uintptr, 24)
	return at[:runtime.Callers(3, at)]
}

// $Newf makes an error.
func $Newf(format string, args ...any) error {
	return &fault{fmt.Errorf(format, args...), here()}
}

// $Annotate puts a text before an error; it keeps the first stack.
func $Annotate(err error, text string) error {
	var had *fault
	if errors.As(err, &had) {
		return fmt.Errorf("%s: %w", text, err)
	}
	//+
	return &fault{fmt.Errorf("%s: %w", text, err), here()}
}
""",
)

_LOGGED: Final = (
    Template(
        "hold_refusals",
        kind="sentinels of one function, three of them, wrapped at each level",
        base="""
//: code e
var (
	$Ea = errors.New("the hold has run out")
	$Eb = errors.New("the guest is on the stop list")
	$Ec = errors.New("the deposit does not match")
)
//: code b
func $fa(guest, kind int) error {
	//+
	switch {
	case kind < 4:
		return $Ea //!1
	case kind < 7:
		return fmt.Errorf("guest %d: %w", guest, $Eb) //!2
	}
	return fmt.Errorf("guest %d: receipt %x: %w", guest, guest*7919, $Ec) //!3
}
//: code a
// $Fa checks a guest in.
func $Fa(in @in.Input) error {
	//+
	if err := $fa(in.ID, in.N); err != nil {
		return fmt.Errorf("$Wa %s: %w", in.S, err)
	}
	return nil
}
//: call 1 n=1..3 routes=log expect="has run out"
$P.$Fa(in)
//: call 2 n=4..6 routes=log expect="stop list"
$P.$Fa(in)
//: call 3 n=7..9 routes=log expect="deposit"
$P.$Fa(in)
""",
        variants={
            # A desk with methods, one check each; the id comes after the cause.
            "desk": """
//: code e
var $Ea = errors.New("the hold has run out")

var $Eb = errors.New("the guest is on the stop list")

var $Ec = errors.New("the deposit does not match")
//: code t
type $ta struct {
	guest int
	kind  int
}

func (d $ta) $ma() error {
	if d.kind >= 4 {
		return nil
	}
	return fmt.Errorf("%w (guest %d)", $Ea, d.guest) //!1
}

func (d $ta) $mb() error {
	if d.kind >= 7 {
		return nil
	}
	//+
	return fmt.Errorf("%w (guest %d)", $Eb, d.guest) //!2
}
//: code a
// $Fa checks a guest in.
func $Fa(in @in.Input) error {
	d := $ta{in.ID, in.N}
	for _, check := range []func() error{d.$ma, d.$mb} {
		if err := check(); err != nil {
			return fmt.Errorf("$Wa %s: %w", in.S, err)
		}
	}
	//+
	return fmt.Errorf("$Wa %s: receipt %x: %w", in.S, in.ID*7919, $Ec) //!3
}
""",
            # One more level, with a text of its own; early returns.
            "levels": """
//: code e
var (
	$Ec = errors.New("the deposit does not match")
	$Eb = errors.New("the guest is on the stop list")
	$Ea = errors.New("the hold has run out")
)
//: code b
func $fa(guest, kind int) (err error) {
	defer func() {
		if err != nil {
			//+
			err = fmt.Errorf("front desk: guest %d: %w", guest, err)
		}
	}()
	if kind < 4 {
		return $Ea //!1
	}
	//+
	if kind < 7 {
		return $Eb //!2
	}
	return $Ec //!3
}
//: code a
// $Fa checks a guest in.
func $Fa(in @in.Input) error {
	err := $fa(in.ID, in.N)
	//+
	if errors.Is(err, $Ea) {
		return fmt.Errorf("$Wa %s, hold %d: %w", in.S, in.ID%97, err)
	}
	return fmt.Errorf("$Wa %s: %w", in.S, err)
}
""",
        },
    ),
    Template(
        "key_asked",
        kind="asks a store for a key that nobody kept, and for a version that is past",
        base="""
//: code a
// $Fa reads the settings of a client.
func $Fa(in @in.Input) error {
	keys := @keystore.New()
	keys.@keystore:Keep(in.S, in.ID)
	//+
	if in.N > 5 {
		_, err := keys.@keystore:Load(in.S, in.ID-in.N)
		return fmt.Errorf("$Wb of %s: %w", in.S, err) //!2
	}
	if _, err := keys.@keystore:Load(in.S+"/limits", in.ID); err != nil {
		//+
		return fmt.Errorf("$Wa of %s: %w", in.S, err) //!1
	}
	return nil
}
//: call 1 n=1..5 routes=log expect="key is absent"
$P.$Fa(in)
//: call 2 n=6..9 routes=log expect="version is stale"
$P.$Fa(in)
""",
        variants={
            # A type keeps the client; the two loads are methods of it, their errors are wrapped once more.
            "reader": """
//: code t
type $ta struct {
	keys *@keystore.Client
	zone string
}

func (r *$ta) $ma(version int) (string, error) {
	text, err := r.keys.@keystore:Load(r.zone+"/limits", version)
	if err != nil {
		return "", fmt.Errorf("$Wa of %s: %w", r.zone, err) //!1
	}
	//+
	return text, nil
}

func (r *$ta) $mb(version int) (string, error) {
	//+
	text, err := r.keys.@keystore:Load(r.zone, version)
	if err == nil {
		return text, nil
	}
	return "", fmt.Errorf("$Wb of %s: %w", r.zone, err) //!2
}
//: code a
// $Fa reads the settings of a client.
func $Fa(in @in.Input) error {
	r := &$ta{@keystore.New(), in.S}
	r.keys.@keystore:Keep(in.S, in.ID)
	read, version := r.$ma, in.ID
	if in.N > 5 {
		read, version = r.$mb, in.ID-in.N
	}
	//+
	if _, err := read(version); err != nil {
		return fmt.Errorf("settings %d: %w", in.ID, err)
	}
	return nil
}
""",
            # One load, whose key and version are chosen before; the texts of both are in a table; joined with a note.
            "inlined": """
//: code a
// $Fa reads the settings of a client.
func $Fa(in @in.Input) error {
	keys := @keystore.New()
	keys.@keystore:Keep(in.S, in.ID)
	ask := struct {
		key, what string
		version   int
	}{in.S + "/limits", "$Wa", in.ID}
	//+
	if in.N > 5 {
		ask.key, ask.what, ask.version = in.S, "$Wb", in.ID-in.N
		_, err := keys.@keystore:Load(ask.key, ask.version)
		return fmt.Errorf("%s of %s, attempt %d: %w", ask.what, in.S, in.N, err) //!2
	}
	_, err := keys.@keystore:Load(ask.key, ask.version)
	//+
	return fmt.Errorf("%s of %s: %w", ask.what, in.S, err) //!1
}
""",
        },
    ),
    Template(
        "key_batch",
        kind="a batch of keys: one that was never kept, all read with the version of the first",
        base="""
//: code a
// $Fa warms a region up.
func $Fa(in @in.Input) error {
	keys := @keystore.New()
	names := []string{in.S + "/a", in.S + "/b", in.S + "/c"}
	for k, name := range names {
		keys.@keystore:Keep(name, in.ID+k)
	}
	//+
	if in.N > 5 {
		for _, name := range append(names, "$Sa") {
			if _, err := keys.@keystore:Load(name, in.ID+9); err != nil {
				return fmt.Errorf("$Wa: %w", err) //!1
			}
		}
		return nil
	}
	//+
	for k := range names {
		if _, err := keys.@keystore:Load(names[k], in.ID); err != nil {
			return fmt.Errorf("$Wb: name %d: %w", k, err) //!2
		}
	}
	return nil
}
//: call 1 n=6..9 routes=log expect="key is absent"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="version is stale"
$P.$Fa(in)
""",
        variants={
            # Two functions, one per batch; all errors are joined.
            "joined": """
//: code b
func $fa(keys *@keystore.Client, version int, names ...string) (all error) {
	for _, name := range names {
		//+
		_, err := keys.@keystore:Load(name, version)
		all = errors.Join(all, err)
	}
	return all
}
//: code a
// $Fa warms a region up.
func $Fa(in @in.Input) error {
	keys := @keystore.New()
	first, last := in.S+"/a", in.S+"/b"
	keys.@keystore:Keep(first, in.ID)
	keys.@keystore:Keep(last, in.ID+1)
	//+
	if in.N > 5 {
		if err := $fa(keys, in.ID+9, first, last, "$Sa"); err != nil {
			return fmt.Errorf("$Wa: %w", err) //!1
		}
		return nil
	}
	if err := $fa(keys, in.ID, first, last); err != nil {
		return fmt.Errorf("$Wb: %w", err) //!2
	}
	return nil
}
""",
            # The keys are read side by side; a type collects what fails.
            "goroutines": """
//: code t
type $ta struct {
	mu   sync.Mutex
	errs []error
}

func (c *$ta) $ma(keys *@keystore.Client, version int, names []string) error {
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Add(1)
		go func(name string) {
			defer wg.Done()
			if _, err := keys.@keystore:Load(name, version); err != nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				//+
				c.errs = append(c.errs, err)
			}
		}(name)
	}
	wg.Wait()
	if len(c.errs) == 0 {
		return nil
	}
	return c.errs[0]
}
//: code a
// $Fa warms a region up.
func $Fa(in @in.Input) error {
	keys, c := @keystore.New(), new($ta)
	names := []string{in.S + "/a", in.S + "/b"}
	keys.@keystore:Keep(names[0], in.ID)
	keys.@keystore:Keep(names[1], in.ID+1)
	//+
	if in.N > 5 {
		names = append(names, "$Sa")
		return fmt.Errorf("$Wa: %w", c.$ma(keys, in.ID+9, names)) //!1
	}
	err := c.$ma(keys, in.ID, names)
	//+
	return fmt.Errorf("$Wb: %w", err) //!2
}
""",
        },
    ),
    Template(
        "card_refusals",
        kind="an error type with fields: three ways to fail, one of them with a cause",
        base="""
//: code t
// $Ta is what a bank says.
type $Ta struct {
	Op    string
	Code  int
	Cause error
}

func (r *$Ta) Error() string {
	if r.Cause != nil {
		return fmt.Sprintf("bank: %s: code %d: %v", r.Op, r.Code, r.Cause)
	}
	return fmt.Sprintf("bank: %s: code %d", r.Op, r.Code)
}

// Unwrap is the cause.
func (r *$Ta) Unwrap() error { return r.Cause }
//: code a
// $Fa charges a card, or pays back.
func $Fa(in @in.Input) error {
	//+
	if in.N < 4 {
		return fmt.Errorf("$Wa of %s: %w", in.S, &$Ta{Op: "charge", Code: 402}) //!1
	}
	if in.N < 7 {
		return fmt.Errorf("$Wa of %s: %w", in.S, &$Ta{Op: "pay back", Code: 409}) //!2
	}
	//+
	return fmt.Errorf("$Wa of %s: %w", in.S, &$Ta{"charge", 502, io.ErrUnexpectedEOF}) //!3
}
//: call 1 n=1..3 routes=log expect="charge: code 402"
$P.$Fa(in)
//: call 2 n=4..6 routes=log expect="pay back: code 409"
$P.$Fa(in)
//: call 3 n=7..9 routes=log expect="code 502: unexpected EOF"
$P.$Fa(in)
""",
        variants={
            # A bank with methods gives the refusals; the caller wraps, with the number of the payment.
            "bank": """
//: code t
// $Ta is what a bank says.
type $Ta struct {
	Op    string
	Code  int
	cause error
}

func (r $Ta) Error() string {
	text := fmt.Sprintf("bank: %s: code %d", r.Op, r.Code)
	if r.cause == nil {
		return text
	}
	return text + ": " + r.cause.Error()
}

type $tb struct{ down bool }

func (b $tb) $ma() error {
	if b.down {
		return $Ta{"charge", 502, io.ErrUnexpectedEOF} //!3
	}
	//+
	return $Ta{Op: "charge", Code: 402} //!1
}

func (b $tb) $mb() error {
	//+
	return $Ta{Op: "pay back", Code: 409} //!2
}
//: code a
// $Fa charges a card, or pays back.
func $Fa(in @in.Input) error {
	bank := $tb{down: in.N >= 7}
	ask := bank.$ma
	if in.N >= 4 && in.N < 7 {
		ask = bank.$mb
	}
	//+
	err := ask()
	if err == nil {
		return nil
	}
	return fmt.Errorf("payment %d: $Wa of %s: %w", in.ID, in.S, err)
}
""",
            # The refusals are kinds of one list; a table of texts; the wrapping is one function for all.
            "codes": """
//: code t
// $Ta is what a bank says.
type $Ta struct {
	Op    string
	Code  int
	Cause error
}

func (r *$Ta) Error() (text string) {
	text = "bank: " + r.Op + ": code " + strconv.Itoa(r.Code)
	if r.Cause != nil {
		text += ": " + r.Cause.Error()
	}
	return text
}

func (r *$Ta) Unwrap() error { return r.Cause }
//: code b
func $fa(zone string, refusal *$Ta) error {
	if refusal == nil {
		return nil
	}
	//+
	return fmt.Errorf("$Wa of %s: %w", zone, refusal)
}

func $fb(op string, code int, cause error) *$Ta {
	return &$Ta{Op: op, Code: code, Cause: cause}
}
//: code a
// $Fa charges a card, or pays back.
func $Fa(in @in.Input) error {
	switch {
	case in.N >= 7:
		//+
		return $fa(in.S, $fb("charge", 502, io.ErrUnexpectedEOF)) //!3
	case in.N >= 4:
		return $fa(in.S, $fb("pay back", 409, nil)) //!2
	}
	//+
	if err := $fa(in.S, $fb("charge", 402, nil)); err != nil {
		return fmt.Errorf("card %d: %w", in.ID%10000, err) //!1
	}
	return nil
}
""",
        },
    ),
    Template(
        "feed_fields",
        kind="errors of the standard library, four in one function",
        base="""
//: code a
// $Fa takes an entry of a feed.
func $Fa(in @in.Input) error {
	//+
	switch in.N % 4 {
	case 0:
		if _, err := strconv.ParseInt(in.S, 10, 64); err != nil {
			return fmt.Errorf("$Wa %d: size: %w", in.ID, err) //!1
		}
	case 1:
		if _, err := time.Parse("2006-01-02", fmt.Sprintf("%d-13-01", 2000+in.ID%30)); err != nil {
			return fmt.Errorf("$Wa %d: day: %w", in.ID, err) //!2
		}
	case 2:
		var tags []string
		//+
		if err := json.Unmarshal([]byte(`{"tags": "`+in.S+`"}`), &tags); err != nil {
			return fmt.Errorf("$Wa %d: tags: %w", in.ID, err) //!3
		}
	default:
		if _, err := url.Parse("feed://" + in.S + ":port/"); err != nil {
			return fmt.Errorf("$Wa %d: link: %w", in.ID, err) //!4
		}
	}
	return nil
}
//: call 1 n=8 routes=log expect="ParseInt"
$P.$Fa(in)
//: call 2 n=5 routes=log expect="month out of range"
$P.$Fa(in)
//: call 3 n=6 routes=log expect="cannot unmarshal"
$P.$Fa(in)
//: call 4 n=7 routes=log expect="invalid port"
$P.$Fa(in)
""",
        variants={
            # A function per field; the caller wraps.
            "fields": """
//: code b
func $fa(text string) (int64, error) {
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		//+
		return 0, fmt.Errorf("size: %w", err) //!1
	}
	return size, nil
}

func $fb(year int) (day time.Time, err error) {
	day, err = time.Parse("2006-01-02", fmt.Sprintf("%d-13-01", year))
	if err != nil {
		err = fmt.Errorf("day: %w", err) //!2
	}
	return day, err
}

func $fc(text string) ([]string, error) {
	var tags []string
	//+
	err := json.NewDecoder(strings.NewReader(`{"tags": "` + text + `"}`)).Decode(&tags)
	if err != nil {
		return nil, fmt.Errorf("tags: %w", err) //!3
	}
	return tags, nil
}

func $fd(host string) error {
	if _, err := url.Parse("feed://" + host + ":port/"); err != nil {
		return fmt.Errorf("link: %w", err) //!4
	}
	return nil
}
//: code a
// $Fa takes an entry of a feed.
func $Fa(in @in.Input) (err error) {
	switch in.N % 4 {
	case 0:
		_, err = $fa(in.S)
	case 1:
		_, err = $fb(2000 + in.ID%30)
	case 2:
		//+
		_, err = $fc(in.S)
	case 3:
		err = $fd(in.S)
	}
	if err != nil {
		return fmt.Errorf("$Wa %d: %w", in.ID, err)
	}
	return nil
}
""",
            # A type for the entry; the order of the checks is another; one has no text of its own any more.
            "entry": """
//: code t
type $ta struct {
	id   int
	text string
}

func (e *$ta) $ma() error {
	_, err := url.Parse("feed://" + e.text + ":port/")
	if err == nil {
		return nil
	}
	//+
	return fmt.Errorf("$Wa %d: link: %w", e.id, err) //!4
}

func (e *$ta) $mb() (n int64, err error) {
	n, err = strconv.ParseInt(e.text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("$Wa %d: %w", e.id, err) //!1
	}
	return n, nil
}
//: code a
// $Fa takes an entry of a feed.
func $Fa(in @in.Input) error {
	e := &$ta{in.ID, in.S}
	//+
	if in.N%4 == 3 {
		return e.$ma()
	}
	if in.N%4 == 2 {
		var tags []string
		if err := json.Unmarshal([]byte(`{"tags": "`+in.S+`"}`), &tags); err != nil {
			return fmt.Errorf("$Wa %d: tags: %w", e.id, err) //!3
		}
	}
	if in.N%4 == 1 {
		day := fmt.Sprintf("%d-13-01", 2000+in.ID%30)
		//+
		if _, err := time.Parse("2006-01-02", day); err != nil {
			return fmt.Errorf("$Wa %d: day: %w", e.id, err) //!2
		}
	}
	_, err := e.$mb()
	return err
}
""",
        },
    ),
    Template(
        "form_checks",
        kind="checks of a form, whose errors are joined",
        base="""
//: code t
type $ta struct {
	Field string
	Given string
}

func (p $ta) Error() string { return fmt.Sprintf("field %s: %q is not allowed", p.Field, p.Given) }
//: code a
// $Fa checks a form.
func $Fa(in @in.Input) error {
	var found []error
	//+
	if in.N < 6 {
		found = append(found, $ta{"postcode", in.S}, $ta{"city", in.S}) //!1
	} else {
		found = append(found, fmt.Errorf("tax number %d: wrong check digit", in.ID)) //!2
		//+
		found = append(found, $ta{"country", in.S})
	}
	return fmt.Errorf("$Wa: %w", errors.Join(found...))
}
//: call 1 n=1..5 routes=log expect="postcode"
$P.$Fa(in)
//: call 2 n=6..9 routes=log expect="wrong check digit"
$P.$Fa(in)
""",
        variants={
            # A form collects; the checks are methods.
            "form": """
//: code t
type $ta struct{ Field, Given string }

func (p *$ta) Error() string { return fmt.Sprintf("field %s: %q is not allowed", p.Field, p.Given) }

type $tb struct {
	in    @in.Input
	found error
}

func (f *$tb) $ma(err error) {
	//+
	f.found = errors.Join(f.found, err)
}

func (f *$tb) $mb() {
	f.$ma(&$ta{"postcode", f.in.S}) //!1
	f.$ma(&$ta{"city", f.in.S})
}

func (f *$tb) $mc() {
	//+
	f.$ma(fmt.Errorf("tax number %d: wrong check digit", f.in.ID)) //!2
	f.$ma(&$ta{Field: "country", Given: f.in.S})
}
//: code a
// $Fa checks a form.
func $Fa(in @in.Input) error {
	f := &$tb{in: in}
	if in.N < 6 {
		f.$mb()
	} else {
		f.$mc()
	}
	//+
	if f.found != nil {
		return fmt.Errorf("$Wa: form %d: %w", in.ID, f.found)
	}
	return nil
}
""",
            # The checks are rows of a table; an order of their own; errors are joined one by one.
            "table": """
//: code t
type $ta struct {
	Given string
	Field string
}

func (p $ta) Error() string { return "field " + p.Field + ": " + strconv.Quote(p.Given) + " is not allowed" }

type $tc struct {
	from, upto int
	check      func(in @in.Input) error
}
//: code c
func $fa(field string) func(in @in.Input) error {
	return func(in @in.Input) error { return $ta{Field: field, Given: in.S} }
}

var $ga = []$tc{
	{0, 5, $fa("postcode")}, //!1
	{0, 5, $fa("city")},
	{6, 99, $fb}, //!2
	{6, 99, $fa("country")},
}

func $fb(in @in.Input) error {
	//+
	return fmt.Errorf("tax number %d: wrong check digit", in.ID)
}
//: code a
// $Fa checks a form.
func $Fa(in @in.Input) (err error) {
	for _, row := range $ga {
		if in.N >= row.from && in.N <= row.upto {
			//+
			err = errors.Join(err, row.check(in))
		}
	}
	return fmt.Errorf("$Wa: %w", err)
}
""",
        },
    ),
    Template(
        "feed_deadlines",
        kind="a call that takes too long, and one whose context was given up too early",
        base="""
//: code b
func $fa(ctx context.Context, name string) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("feed %s: %w", name, ctx.Err())
	case <-time.After(5 * time.Second):
		return nil
	}
}
//: code a
// $Fa asks two feeds for prices.
func $Fa(in @in.Input) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Millisecond)
	defer cancel()
	//+
	if in.N > 5 {
		cancel()
		err := $fa(ctx, in.S)
		return fmt.Errorf("$Wb %d: %w", in.ID, err) //!2
	}
	if err := $fa(ctx, in.S); err != nil {
		//+
		return fmt.Errorf("$Wa %d: %w", in.ID, err) //!1
	}
	return nil
}
//: call 1 n=1..5 routes=log expect="deadline exceeded"
$P.$Fa(in)
//: call 2 n=6..9 routes=log expect="context canceled"
$P.$Fa(in)
""",
        variants={
            # Two functions; the wait is one for both, and takes what it says from the caller.
            "split": """
//: code b
func $fb(ctx context.Context, what, name string) error {
	<-ctx.Done()
	//+
	return fmt.Errorf("%s: feed %s: %w", what, name, ctx.Err())
}

func $fc(in @in.Input) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	//+
	return $fb(ctx, fmt.Sprintf("$Wb %d", in.ID), in.S) //!2
}
//: code a
// $Fa asks two feeds for prices.
func $Fa(in @in.Input) error {
	if in.N > 5 {
		return $fc(in)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(in.N)*time.Millisecond)
	defer cancel()
	//+
	return $fb(ctx, fmt.Sprintf("$Wa %d", in.ID), in.S) //!1
}
""",
            # A type of feeds with methods, its context comes from outside, the texts change their order.
            "feeds": """
//: code t
type $ta struct {
	name string
	id   int
	wait chan struct{}
}

func (f *$ta) $ma(ctx context.Context) error {
	for {
		select {
		case <-f.wait:
			return nil
		case <-ctx.Done():
			//+
			return ctx.Err()
		}
	}
}

func (f *$ta) $mb(most time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	if err := f.$ma(ctx); err != nil {
		return fmt.Errorf("$Wa %d: feed %s: after %s: %w", f.id, f.name, most, err) //!1
	}
	return nil
}

func (f *$ta) $mc() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	//+
	go cancel()
	err := f.$ma(ctx)
	return fmt.Errorf("$Wb %d: feed %s: %w", f.id, f.name, err) //!2
}
//: code a
// $Fa asks two feeds for prices.
func $Fa(in @in.Input) error {
	f := &$ta{in.S, in.ID, make(chan struct{})}
	//+
	if in.N <= 5 {
		return f.$mb(2 * time.Millisecond)
	}
	return f.$mc()
}
""",
        },
    ),
    Template(
        "upload_tries",
        kind="tries of an upload: each says how often it was tried, and what went wrong last",
        base="""
//: code e
var (
	$Ea = errors.New("the checksum of the part differs")
	$Eb = errors.New("the session belongs to another node")
)
//: code b
func $fa(part, try int, name string) error {
	//+
	if part > 5 {
		return fmt.Errorf("part %d of %s: %w", part, name, $Ea) //!1
	}
	return fmt.Errorf("node-%d: %w", try*13%7, $Eb) //!2
}
//: code a
// $Fa uploads a file.
func $Fa(in @in.Input) error {
	var last error
	//+
	for try := 1; try <= 2+in.ID%3; try++ {
		if last = $fa(in.N, try, in.S); last == nil {
			return nil
		}
		last = fmt.Errorf("try %d: %w", try, last)
	}
	return fmt.Errorf("$Wa: gave up: %w", last)
}
//: call 1 n=6..9 routes=log expect="checksum of the part differs"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="belongs to another node"
$P.$Fa(in)
""",
        variants={
            # A closure is tried by a function of its own, which keeps all that went wrong.
            "closure": """
//: code e
var $Ea, $Eb = errors.New("the checksum of the part differs"), errors.New("the session belongs to another node")
//: code b
func $fb(times int, f func(try int) error) (err error) {
	for try := 0; try < times; try++ {
		//+
		if err = f(try); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%d tries: %w", times, err)
}
//: code a
// $Fa uploads a file.
func $Fa(in @in.Input) error {
	//+c
	err := $fb(2+in.ID%3, func(try int) error {
		if in.N <= 5 {
			return fmt.Errorf("node-%d: %w", try*13%7, $Eb) //!2
		}
		//+
		return fmt.Errorf("part %d of %s: %w", in.N, in.S, $Ea) //!1
	})
	if err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	return nil
}
""",
            # An uploader with a state; the tries are counted by it; errors keep only the last try.
            "uploader": """
//: code e
var (
	$Eb = errors.New("the session belongs to another node")
	$Ea = errors.New("the checksum of the part differs")
)
//: code t
type $ta struct {
	name  string
	chunk int
	tried int
	limit int
}

func (u *$ta) $ma() error {
	u.tried++
	//+
	if u.chunk <= 5 {
		return $Eb //!2
	}
	return $Ea //!1
}

func (u *$ta) $mb() error {
	err := u.$ma()
	if err == nil || u.tried > u.limit {
		return err
	}
	return u.$mb()
}
//: code a
// $Fa uploads a file.
func $Fa(in @in.Input) error {
	u := &$ta{name: in.S, chunk: in.N, limit: 1 + in.ID%3}
	//+
	if err := u.$mb(); err != nil {
		return fmt.Errorf("$Wa: part %d of %s after %d tries: %w", u.chunk, u.name, u.tried, err)
	}
	return nil
}
""",
        },
    ),
    Template(
        "token_check",
        kind="a check of tokens that is wrong itself: seconds against milliseconds",
        packages=("tokenkit", "passes"),
        across=4,
        base="""
//: code errors
// ErrExpired is for tokens whose time has come.
var ErrExpired = errors.New("token has expired")
//: code token
// Token is what a client shows.
type Token struct {
	Owner  string
	Expiry int64
}

// Check checks a token.
func Check(t Token, now time.Time) error {
	//+
	if t.Expiry < now.UnixMilli() {
		return fmt.Errorf("token of %s: %w", t.Owner, ErrExpired) //!1
	}
	return nil
}
//: code b @1
// $Fb lets a client in.
func $Fb(in @in.Input) error {
	now := time.Now()
	//+
	if err := $P.Check($P.Token{Owner: in.S, Expiry: now.Unix() + 3600}, now); err != nil {
		return fmt.Errorf("$Wa %d: %w", in.ID, err)
	}
	return nil
}
//: code c @2
// $Fc renews a session.
func $Fc(in @in.Input) error {
	token := $P.Token{Owner: in.S, Expiry: time.Now().Add(time.Hour).Unix()}
	//+
	return $P.Check(token, time.Now())
}
//: code d @3
// $Fd signs what a client sent.
func $Fd(in @in.Input) error {
	for k := range in.Items {
		token := $P.Token{Expiry: time.Now().Unix() + int64(k) + 60, Owner: fmt.Sprint(in.S, "/", k)}
		if err := $P.Check(token, time.Now()); err != nil {
			//+
			return fmt.Errorf("$Wb: item %d: %w", k, err)
		}
	}
	return nil
}
//: call 1 n=1..9 routes=log expect="token has expired"
$P1.$Fb(in)
//: call 1 n=1..9 routes=log expect="token has expired"
$P2.$Fc(in)
//: call 1 n=1..9 routes=log expect="token has expired"
$P3.$Fd(in)
""",
        variants={
            # A method with a clock; the age is computed elsewhere.
            "method": """
//: code errors
// ErrExpired is for tokens whose time has come.
var ErrExpired = errors.New("token has expired")
//: code token
// Token is what a client shows.
type Token struct {
	Owner  string
	Expiry int64
}

func (t Token) left(now time.Time) int64 { return t.Expiry - now.UnixMilli() }

// Check checks a token.
func Check(t Token, now time.Time) error {
	left := t.left(now)
	//+
	if left >= 0 {
		return nil
	}
	return fmt.Errorf("%w: %s, %d ms ago", ErrExpired, t.Owner, -left) //!1
}
//: code b @1
// $Fb lets a client in.
func $Fb(in @in.Input) error {
	now := time.Now()
	token := $P.Token{Owner: in.S, Expiry: now.Unix() + 3600}
	if err := $P.Check(token, now); err != nil {
		//+
		return fmt.Errorf("$Wa %d: %w", in.ID, err)
	}
	return nil
}
//: code c @2
// $Fc renews a session.
func $Fc(in @in.Input) error {
	//+
	if err := $P.Check($P.Token{Owner: in.S, Expiry: time.Now().Add(time.Hour).Unix()}, time.Now()); err != nil {
		return fmt.Errorf("session %d: %w", in.ID, err)
	}
	return nil
}
//: code d @3
// $Fd signs what a client sent.
func $Fd(in @in.Input) error {
	for k := range in.Items {
		//+
		token := $P.Token{Expiry: time.Now().Unix() + int64(k) + 60, Owner: fmt.Sprint(in.S, "/", k)}
		if err := $P.Check(token, time.Now()); err != nil {
			return fmt.Errorf("$Wb: item %d: %w", k, err)
		}
	}
	return nil
}
""",
            # A checker with a clock, made by an option; the message says who, and why.
            "clock": """
//: code errors
// ErrExpired is for tokens whose time has come.
var ErrExpired = errors.New("token has expired")
//: code token
// Token is what a client shows.
type Token struct {
	Expiry int64
	Owner  string
}

type checker struct {
	now   int64
	slack int64
}

func (c checker) ok(t Token) bool { return t.Expiry+c.slack >= c.now }

func (c checker) check(t Token) (err error) {
	if !c.ok(t) {
		//+
		err = fmt.Errorf("owner %q: %w", t.Owner, ErrExpired) //!1
	}
	return err
}

// Check checks a token.
func Check(t Token, now time.Time) error {
	c := checker{now: now.UnixMilli(), slack: 5000}
	//+
	return c.check(t)
}
//: code b @1
// $Fb lets a client in.
func $Fb(in @in.Input) error {
	token := $P.Token{Owner: in.S}
	token.Expiry = time.Now().Unix() + 3600
	//+
	err := $P.Check(token, time.Now())
	if err == nil {
		return nil
	}
	return fmt.Errorf("$Wa %d: %w", in.ID, err)
}
//: code c @2
// $Fc renews a session.
func $Fc(in @in.Input) error {
	return $fa(in, time.Now())
}

func $fa(in @in.Input, now time.Time) error {
	//+
	return $P.Check($P.Token{Owner: in.S, Expiry: now.Add(time.Hour).Unix()}, now)
}
//: code d @3
// $Fd signs what a client sent.
func $Fd(in @in.Input) error {
	now := time.Now()
	for k := 0; k < len(in.Items); k++ {
		//+
		if err := $P.Check($P.Token{now.Unix() + int64(k) + 60, in.S}, now); err != nil {
			return fmt.Errorf("$Wb: item %d: %w", k, err)
		}
	}
	return nil
}
""",
        },
    ),
    Template(
        "import_faults",
        kind="errors that know where they were made: two of an import, one of them of the library",
        base="""
//: code b
func $fa(line string, k int) error {
	//+
	if strings.Count(line, ",") < 2 {
		return @faults.Newf("line %d has %d columns", k, strings.Count(line, ",")+1) //!1
	}
	if _, err := hex.DecodeString(line[:4]); err != nil {
		return @faults.Annotate(err, "checksum") //!2
	}
	return nil
}
//: code a
// $Fa imports lines.
func $Fa(in @in.Input) error {
	lines := []string{"ab12,x,y", in.S}
	if in.N > 5 {
		lines = []string{"ab12,x,y", in.S + ",x,y"}
	}
	//+
	for k, line := range lines {
		if err := $fa(line, k); err != nil {
			return fmt.Errorf("$Wa %d: %w", in.ID, err)
		}
	}
	return nil
}
//: call 1 n=1..5 routes=log expect="columns"
$P.$Fa(in)
//: call 2 n=6..9 routes=log expect="checksum"
$P.$Fa(in)
""",
        variants={
            # An importer with a method for each check.
            "importer": """
//: code t
type $ta struct {
	line string
	at   int
}

func (i *$ta) $ma() error {
	columns := strings.Split(i.line, ",")
	if len(columns) >= 3 {
		return i.$mb(columns[0])
	}
	//+
	return @faults.Newf("line %d has %d columns", i.at, len(columns)) //!1
}

func (i *$ta) $mb(sum string) error {
	_, err := hex.DecodeString(sum)
	if err == nil {
		return nil
	}
	//+
	return @faults.Annotate(err, "checksum") //!2
}
//: code a
// $Fa imports lines.
func $Fa(in @in.Input) error {
	i := &$ta{line: in.S}
	if in.N > 5 {
		i.line += ",x,y"
	}
	//+
	return i.$ma()
}
""",
            # All in one function, and a text more before the cause.
            "inlined": """
//: code a
// $Fa imports lines.
func $Fa(in @in.Input) error {
	line := in.S + strings.Repeat(",x", in.N/3)
	if count := strings.Count(line, ","); count < 2 {
		//+
		return fmt.Errorf("$Wa %d: %w", in.ID, @faults.Newf("line %d has %d columns", in.N, count+1)) //!1
	}
	first, _, _ := strings.Cut(line, ",")
	if _, err := hex.DecodeString(first); err != nil {
		return @faults.Annotate(@faults.Annotate(err, "checksum"), "first column") //!2
	}
	return nil
}
""",
        },
    ),
)

# ------------------------------------------------------------------------ more service code, of other constructions

_SHAPES: Final = (
    Template(
        "watering_rule",
        kind="rules of a timetable, parsed: a step of zero, a span with one end, a day that has no name",
        base="""
//: code t
type $ta struct {
	low, high, every int
}

var $ga = map[string]func(hour int) int{
	"mon": func(hour int) int { return hour },
	"tue": func(hour int) int { return hour + 24 },
}
//: code b
func $fa(field string) (span $ta, err error) {
	span.every = 1
	text, step, stepped := strings.Cut(field, "/")
	if stepped {
		if span.every, err = strconv.Atoi(step); err != nil {
			return span, fmt.Errorf("step: %w", err)
		}
	}
	//+
	ends := strings.Split(text, "-")
	if span.low, err = strconv.Atoi(ends[0]); err != nil {
		return span, fmt.Errorf("from: %w", err)
	}
	span.high, err = strconv.Atoi(ends[1]) //!2
	return span, err
}

func (s $ta) $ma(hour int) bool {
	if hour < s.low || hour > s.high {
		return false
	}
	//+
	return (hour-s.low)%s.every == 0 //!1
}
//: code a
// $Fa says when a field is watered next.
func $Fa(rule, day string, hour int) error {
	span, err := $fa(rule)
	if err != nil {
		return fmt.Errorf("$Wa %q: %w", rule, err)
	}
	//+
	for k := 0; k < 48; k++ {
		if span.$ma((hour + k) % 24) {
			return fmt.Errorf("$Wa at %d", $ga[day](hour+k)) //!3
		}
	}
	return fmt.Errorf("$Wa never")
}
//: call 1 n=1..5 expect="divide by zero"
$P.$Fa("2-20/0", "mon", 2+in.N)
//: call 2 n=1..5 expect="index out of range"
$P.$Fa("7/2", "mon", in.N)
//: call 3 n=1..5 expect="nil pointer"
$P.$Fa("2-20/3", in.S, in.N)
""",
        variants={
            # A parser with options that are functions; a switch of the days.
            "options": """
//: code t
type $tb struct {
	low, high, every int
	days            [7]func(int) int
}

type $tc func(r *$tb) error

func $fb(text string) $tc {
	return func(r *$tb) (err error) {
		ends := strings.SplitN(text, "-", 2)
		if r.low, err = strconv.Atoi(ends[0]); err == nil {
			//+
			r.high, err = strconv.Atoi(ends[1]) //!2
		}
		return err
	}
}

func $fc(text string) $tc {
	return func(r *$tb) (err error) {
		r.every, err = strconv.Atoi(text)
		return err
	}
}

func $fd(opts ...$tc) (*$tb, error) {
	r := &$tb{every: 1}
	r.days[0] = func(hour int) int { return hour }
	r.days[1] = func(hour int) int { return hour + 24 }
	for _, opt := range opts {
		if err := opt(r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *$tb) $mb(day string) func(int) int {
	//+
	switch day {
	case "mon":
		return r.days[0]
	case "tue":
		return r.days[1]
	default:
		return r.days[6]
	}
}
//: code a
// $Fa says when a field is watered next.
func $Fa(rule, day string, hour int) error {
	text, step, stepped := strings.Cut(rule, "/")
	opts := []$tc{$fb(text)}
	if stepped {
		opts = append(opts, $fc(step))
	}
	r, err := $fd(opts...)
	if err != nil {
		return fmt.Errorf("$Wa %q: %w", rule, err)
	}
	//+
	for at := hour; at < hour+48; at++ {
		now := at % 24
		if now < r.low || now > r.high || (now-r.low)%r.every != 0 { //!1
			continue
		}
		next := r.$mb(day)
		//+
		return fmt.Errorf("$Wa at %d", next(at)) //!3
	}
	return errors.New("$Wa never")
}
""",
            # Methods of the span; what is found is given to a function that is handed over.
            "visit": """
//: code t
type $ta struct {
	low, high int
	every     int
}

func (s *$ta) $mc(text string) error {
	//+
	for k, into := range []*int{&s.low, &s.high} {
		end := strings.Split(text, "-")[k] //!2
		value, err := strconv.Atoi(end)
		if err != nil {
			return fmt.Errorf("end %d: %w", k, err)
		}
		*into = value
	}
	return nil
}

func (s *$ta) $md(hour int, visit func(at int) bool) {
	for at := hour; at < hour+48; at++ {
		now := at % 24
		if now < s.low || now > s.high {
			continue
		}
		//+
		if off := (now - s.low) % s.every; off == 0 && !visit(at) { //!1
			return
		}
	}
}

var $ga = map[string]func(hour int) int{
	"tue": func(hour int) int { return hour + 24 },
	"mon": func(hour int) int { return hour },
}
//: code a
// $Fa says when a field is watered next.
func $Fa(rule, day string, hour int) (err error) {
	s := &$ta{every: 1}
	text, step, stepped := strings.Cut(rule, "/")
	if stepped {
		s.every, _ = strconv.Atoi(step)
	}
	if err = s.$mc(text); err != nil {
		return fmt.Errorf("$Wa %q: %w", rule, err)
	}
	err = errors.New("$Wa never")
	//+
	s.$md(hour, func(at int) bool {
		move := $ga[day]
		err = fmt.Errorf("$Wa at %d", move(at)) //!3
		return false
	})
	return err
}
""",
        },
    ),
    Template(
        "build_order",
        kind="an order of builds: a target that nobody declared, a circle that leaves nothing to take",
        base="""
//: code t
type $ta struct {
	name  string
	needs []string
	left  int
	users []*$ta
}
//: code a
// $Fa orders the targets of a build.
func $Fa(decls ...string) error {
	byName := map[string]*$ta{}
	var all, free []*$ta
	for _, decl := range decls {
		name, needs, _ := strings.Cut(decl, ":")
		one := &$ta{name: name, needs: strings.Fields(needs)}
		byName[name], all = one, append(all, one)
	}
	//+
	for _, one := range all {
		for _, need := range one.needs {
			target := byName[need]
			target.users = append(target.users, one) //!1
			one.left++
		}
		if one.left == 0 {
			free = append(free, one)
		}
	}
	//+
	var names []string
	for len(names) < len(all) {
		next := free[len(free)-1] //!2
		free = free[:len(free)-1]
		names = append(names, next.name)
		for _, user := range next.users {
			if user.left--; user.left == 0 {
				free = append(free, user)
			}
		}
	}
	return fmt.Errorf("$Wa %v", names)
}
//: call 1 expect="nil pointer"
$P.$Fa("app: lib log", "lib: log", "log: "+in.S)
//: call 1 expect="nil pointer"
$P.$Fa("app: "+in.S)
//: call 2 expect="index out of range"
$P.$Fa("app: lib", "lib: log", "log: app "+in.S, in.S+":")
//: call 2 expect="index out of range"
$P.$Fa("app: "+in.S, in.S+": app")
""",
        variants={
            # A graph with methods; the targets are numbers in slices, found by a map of numbers.
            "graph": """
//: code t
type $tb struct {
	byName map[string]*$tc
	order  []string
	free   []*$tc
}

type $tc struct {
	users []*$tc
	name  string
	left  int
}

func (g *$tb) $ma(user, need string) {
	target, one := g.byName[need], g.byName[user]
	//+
	one.left++
	target.users = append(target.users, one) //!1
}

func (g *$tb) $mb() *$tc {
	last := len(g.free) - 1
	//+
	one := g.free[last] //!2
	g.free = g.free[:last]
	g.order = append(g.order, one.name)
	return one
}

func (g *$tb) $mc() []string {
	for _, one := range g.byName {
		if one.left == 0 {
			g.free = append(g.free, one)
		}
	}
	for len(g.order) < len(g.byName) {
		//+
		for _, user := range g.$mb().users {
			user.left--
			if user.left == 0 {
				g.free = append(g.free, user)
			}
		}
	}
	return g.order
}
//: code a
// $Fa orders the targets of a build.
func $Fa(decls ...string) error {
	g := &$tb{byName: map[string]*$tc{}}
	for _, decl := range decls {
		name, _, _ := strings.Cut(decl, ":")
		g.byName[name] = &$tc{name: name}
	}
	for _, decl := range decls {
		name, needs, _ := strings.Cut(decl, ":")
		for _, need := range strings.Fields(needs) {
			g.$ma(name, need)
		}
	}
	//+
	return fmt.Errorf("$Wa %v", g.$mc())
}
""",
            # Generic over the key, and the first free one is taken, not the last.
            "generic": """
//: code t
type $ta[K comparable] struct {
	left  int
	name  K
	users []*$ta[K]
}
//: code b
func $fb[K comparable](names []K, needs func(K) []K) (order []K) {
	byName := make(map[K]*$ta[K], len(names))
	for _, name := range names {
		byName[name] = &$ta[K]{name: name}
	}
	free := make([]*$ta[K], 0, len(names))
	for _, name := range names {
		for _, need := range needs(name) {
			//+
			byName[need].users = append(byName[need].users, byName[name]) //!1
			byName[name].left++
		}
		if byName[name].left == 0 {
			free = append(free, byName[name])
		}
	}
	for range names {
		next := free[0] //!2
		order, free = append(order, next.name), free[1:]
		//+
		for _, user := range next.users {
			if user.left--; user.left == 0 {
				free = append(free, user)
			}
		}
	}
	return order
}
//: code a
// $Fa orders the targets of a build.
func $Fa(decls ...string) error {
	needs, names := map[string][]string{}, []string(nil)
	for _, decl := range decls {
		name, rest, _ := strings.Cut(decl, ":")
		names, needs[name] = append(names, name), strings.Fields(rest)
	}
	//+
	order := $fb(names, func(name string) []string { return needs[name] })
	return fmt.Errorf("$Wa %v", order)
}
""",
        },
    ),
    Template(
        "topic_bus",
        kind="a bus of topics: a listener that is nil, a payload of another type, a topic without a level",
        base="""
//: code t
type $ta struct {
	listeners map[string][]func(payload any) error
}

func (b *$ta) $ma(topic string, f func(payload any) error) {
	b.listeners[topic] = append(b.listeners[topic], f)
}

func (b *$ta) $mb(topic string, payload any) error {
	//+
	for _, f := range b.listeners[topic] {
		if err := f(payload); err != nil { //!1
			return fmt.Errorf("topic %s: %w", topic, err)
		}
	}
	return nil
}
//: code b
func $fa(payload any) error {
	//+
	reading := payload.(map[string]int) //!2
	return fmt.Errorf("%d readings", len(reading))
}

func $fb(payload any) error {
	levels := strings.Split(fmt.Sprint(payload), "/")
	//+
	return fmt.Errorf("sensor %s", levels[2]) //!3
}
//: code a
// $Fa tells the listeners of a topic.
func $Fa(topic string, payload any) error {
	bus := &$ta{map[string][]func(any) error{"late": {nil}}}
	bus.$ma("raw", $fa)
	//+
	bus.$ma("name", $fb)
	if err := bus.$mb(topic, payload); err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	return nil
}
//: call 1 expect="nil pointer"
$P.$Fa("late", in.S)
//: call 2 expect="interface conversion"
$P.$Fa("raw", in.Tags)
//: call 2 expect="interface conversion"
$P.$Fa("raw", in.N)
//: call 3 expect="index out of range"
$P.$Fa("name", "site/"+in.S)
""",
        variants={
            # Listeners are an interface with a generic adapter, which makes the assertion.
            "adapter": """
//: code t
type $tb interface{ $mc(payload any) error }

type $tc[T any] func(payload T) error

func (f $tc[T]) $mc(payload any) error {
	//+
	return f(payload.(T)) //!2
}

type $ta struct{ topics map[string]*$td }

type $td struct {
	listener $tb
	told     int
}

func (b *$ta) $mb(topic string, payload any) error {
	at, ok := b.topics[topic]
	if !ok {
		return nil
	}
	at.told++
	//+
	return at.listener.$mc(payload) //!1
}
//: code b
func $fc(topic string) error {
	parts := strings.FieldsFunc(topic, func(r rune) bool { return r == '/' })
	//+
	if sensor := parts[2]; sensor != "" { //!3
		return fmt.Errorf("sensor %s", sensor)
	}
	return nil
}
//: code a
// $Fa tells the listeners of a topic.
func $Fa(topic string, payload any) error {
	bus := &$ta{map[string]*$td{
		"late": {},
		"name": {listener: $tc[string]($fc)},
		"raw": {listener: $tc[map[string]int](func(reading map[string]int) error {
			return fmt.Errorf("%d readings", len(reading))
		})},
	}}
	//+
	err := bus.$mb(topic, payload)
	if err != nil {
		err = fmt.Errorf("$Wa: topic %s: %w", topic, err)
	}
	return err
}
""",
            # A switch in place of the map.
            "switch": """
//: code b
func $fd(payload any) (count int) {
	for _, value := range payload.(map[string]int) { //!2
		count += value
	}
	return count
}

func $fe(topic string, late func(any) error, payload any) error {
	//+
	switch topic {
	case "late":
		return late(payload) //!1
	case "raw":
		return fmt.Errorf("%d readings", $fd(payload))
	case "name":
		_, rest, _ := strings.Cut(fmt.Sprint(payload), "/")
		//+
		sensor := strings.Split(rest, "/")[1] //!3
		return fmt.Errorf("sensor %s", sensor)
	}
	return nil
}
//: code a
// $Fa tells the listeners of a topic.
func $Fa(topic string, payload any) error {
	//+
	if err := $fe(topic, nil, payload); err != nil {
		return fmt.Errorf("$Wa: topic %s: %w", topic, err)
	}
	return nil
}
""",
        },
    ),
    Template(
        "call_layers",
        kind="layers around a call: a user whom nobody put into the context, a range without an end",
        base="""
//: code t
type $ta func(ctx context.Context, head map[string]string) (int, error)

type $tb struct{}

func $fa(next $ta) $ta {
	return func(ctx context.Context, head map[string]string) (int, error) {
		if head["user"] != "" {
			ctx = context.WithValue(ctx, $tb{}, head["user"])
		}
		//+
		return next(ctx, head)
	}
}

func $fb(next $ta) $ta {
	//+c
	return func(ctx context.Context, head map[string]string) (int, error) {
		user := ctx.Value($tb{}).(string) //!1
		size, err := next(ctx, head)
		if err != nil {
			return 0, fmt.Errorf("user %s: %w", user, err)
		}
		return size, nil
	}
}

func $fc(_ context.Context, head map[string]string) (int, error) {
	ends := strings.Split(strings.TrimPrefix(head["range"], "bytes="), "-")
	//+
	first, err := strconv.Atoi(ends[0])
	if err != nil {
		return 0, fmt.Errorf("range: %w", err)
	}
	last, err := strconv.Atoi(ends[1]) //!2
	return last - first, err
}
//: code a
// $Fa serves a part of a file.
func $Fa(head map[string]string) error {
	call := $fa($fb($fc))
	//+
	size, err := call(context.Background(), head)
	return fmt.Errorf("$Wa %d: %w", size, err)
}
//: call 1 n=1..9 expect="interface conversion"
$P.$Fa(map[string]string{"range": fmt.Sprint("bytes=", in.N, "-99")})
//: call 2 n=1..9 expect="index out of range"
$P.$Fa(map[string]string{"user": in.S, "range": fmt.Sprint("bytes=", in.N)})
""",
        variants={
            # The layers are types with a method; the innermost is one, too.
            "types": """
//: code t
type $tc interface {
	$ma(ctx context.Context, head map[string]string) (int, error)
}

type $tb struct{}

type $td struct{ next $tc }

func (l $td) $ma(ctx context.Context, head map[string]string) (int, error) {
	if user, given := head["user"]; given {
		ctx = context.WithValue(ctx, $tb{}, user)
	}
	return l.next.$ma(ctx, head)
}

type $te struct{ next $tc }

func (l *$te) $mb(ctx context.Context) string {
	//+
	return ctx.Value($tb{}).(string) //!1
}

func (l *$te) $ma(ctx context.Context, head map[string]string) (int, error) {
	user := l.$mb(ctx)
	//+
	size, err := l.next.$ma(ctx, head)
	if err != nil {
		err = fmt.Errorf("user %s: %w", user, err)
	}
	return size, err
}

type $tf struct{ most int }

func (f $tf) $ma(_ context.Context, head map[string]string) (size int, err error) {
	_, text, _ := strings.Cut(head["range"], "=")
	var ends [2]int
	for k := range ends {
		//+
		part := strings.Split(text, "-")[k] //!2
		if ends[k], err = strconv.Atoi(part); err != nil {
			return 0, fmt.Errorf("range: %w", err)
		}
	}
	return min(ends[1]-ends[0], f.most), nil
}
//: code a
// $Fa serves a part of a file.
func $Fa(head map[string]string) error {
	var call $tc = $td{&$te{$tf{1 << 20}}}
	size, err := call.$ma(context.Background(), head)
	//+
	return fmt.Errorf("$Wa %d: %w", size, err)
}
""",
            # No layers: one function, and a helper that takes the user out.
            "flat": """
//: code t
type $tb struct{}
//: code b
func $fd(ctx context.Context) (user string) {
	value := ctx.Value($tb{})
	//+
	user = value.(string) //!1
	return user
}
//: code a
// $Fa serves a part of a file.
func $Fa(head map[string]string) error {
	ctx := context.Background()
	if head["user"] != "" {
		ctx = context.WithValue(ctx, $tb{}, head["user"])
	}
	user := $fd(ctx)
	//+
	ends := strings.Split(strings.TrimPrefix(head["range"], "bytes="), "-")
	first, last := ends[0], ends[1] //!2
	return fmt.Errorf("$Wa for %s: %s to %s", user, first, last)
}
""",
        },
    ),
    Template(
        "map_tiles",
        kind="a tree of tiles: a quarter that was never split, a place left of the map",
        base="""
//: code t
type $ta struct {
	kids  [4]*$ta
	marks int
}

func (t *$ta) $ma(x, y, size int) int {
	if size == 1 {
		return t.marks
	}
	half := size / 2
	//+
	k := x/half + y/half*2
	next := t.kids[k] //!2
	return next.marks + next.$ma(x%half, y%half, half) //!1
}

func $fa(size int) *$ta {
	tile := &$ta{marks: size}
	if size > 1 {
		tile.kids[0], tile.kids[1] = $fa(size/2), $fa(size/2)
	}
	return tile
}
//: code a
// $Fa counts the marks down to a tile.
func $Fa(x, y int) error {
	//+
	return fmt.Errorf("$Wa %d", $fa(16).$ma(x, y, 16))
}
//: call 1 n=8..15 expect="nil pointer"
$P.$Fa(in.ID%8, in.N)
//: call 1 n=4..7 expect="nil pointer"
$P.$Fa(in.ID%8, in.N)
//: call 2 n=17..90 expect="index out of range"
$P.$Fa(-in.N, in.N%2)
""",
        variants={
            # A loop in place of the recursion.
            "loop": """
//: code t
type $ta struct {
	marks int
	kids  [4]*$ta
}

func $fa(size int) *$ta {
	tile := &$ta{marks: size}
	if size > 1 {
		tile.kids[0], tile.kids[1] = $fa(size/2), $fa(size/2)
	}
	return tile
}
//: code a
// $Fa counts the marks down to a tile.
func $Fa(x, y int) error {
	tile, sum := $fa(16), 0
	for half := 8; half > 0; half /= 2 {
		place := x/half + y/half*2
		//+
		tile = tile.kids[place] //!2
		sum += tile.marks //!1
		x, y = x%half, y%half
	}
	//+
	return fmt.Errorf("$Wa %d", sum)
}
""",
            # A function over a generic tree, which is told what to do at each tile.
            "walk": """
//: code t
type $tb[V any] struct {
	kids  []*$tb[V]
	value V
}

type $tc struct{ x, y int }

func (p $tc) $mb(half int) (int, $tc) {
	return p.x/half + p.y/half*2, $tc{p.x % half, p.y % half}
}

func $fb[V any](tile *$tb[V], at $tc, size int, visit func(V)) {
	if size == 1 {
		return
	}
	k, rest := at.$mb(size / 2)
	kid := tile.kids[k] //!2
	//+
	visit(kid.value) //!1
	$fb(kid, rest, size/2, visit)
}

func $fc(size int) *$tb[int] {
	tile := &$tb[int]{value: size, kids: make([]*$tb[int], 4)}
	for k := 0; k < 2 && size > 1; k++ {
		tile.kids[k] = $fc(size / 2)
	}
	return tile
}
//: code a
// $Fa counts the marks down to a tile.
func $Fa(x, y int) error {
	sum := 0
	//+
	$fb($fc(16), $tc{x, y}, 16, func(marks int) { sum += marks })
	return fmt.Errorf("$Wa %d", sum)
}
""",
        },
    ),
    Template(
        "stage_group",
        kind="steps of a group: each in a goroutine, one that the library runs later",
        base="""
//: code b
func $fa(items []int, k int) int {
	//+
	return items[k] / (k + 1) //!1
}
//: code a
// $Fa works on items side by side.
func $Fa(in @in.Input) error {
	var group @par.Group
	var names map[int]string
	sums := make([]int, in.N+1)
	//+
	group.Go(func() error {
		for k := range sums {
			if in.N <= 5 {
				sums[k] = $fa(in.Items, k)
			}
		}
		return nil
	})
	group.Go(func() error {
		if in.N > 5 {
			//+
			names[in.ID] = in.S //!2
		}
		return nil
	})
	return fmt.Errorf("$Wa %d: %w", len(names), group.Wait())
}
//: code c
// $Fb gives a lease up after a while.
func $Fb(in @in.Input) error {
	var lease *struct{ owner string }
	done := make(chan string)
	//+
	time.AfterFunc(time.Millisecond, func() {
		done <- lease.owner //!3
	})
	return fmt.Errorf("$Wb %s", <-done)
}
//: call 1 n=1..5 routes=go expect="index out of range"
$P.$Fa(in)
//: call 2 n=6..9 routes=go expect="nil map"
$P.$Fa(in)
//: call 3 routes=fatal expect="nil pointer"
$P.$Fb(in)
""",
        variants={
            # A type with methods, which are the steps; plain goroutines in place of the group.
            "methods": """
//: code t
type $ta struct {
	in    @in.Input
	wg    sync.WaitGroup
	sums  []int
	names map[int]string
}

func (s *$ta) $ma() {
	defer s.wg.Done()
	if s.in.N > 5 {
		return
	}
	for k := range s.sums {
		//+
		s.sums[k] = s.in.Items[k] / (k + 1) //!1
	}
}

func (s *$ta) $mb() {
	defer s.wg.Done()
	//+
	if s.in.N > 5 {
		s.names[s.in.ID] = s.in.S //!2
	}
}
//: code a
// $Fa works on items side by side.
func $Fa(in @in.Input) error {
	s := &$ta{in: in, sums: make([]int, in.N+1)}
	s.wg.Add(2)
	go s.$ma()
	//+
	go s.$mb()
	s.wg.Wait()
	return fmt.Errorf("$Wa %d", len(s.names))
}
//: code c
type $tb struct{ owner string }

func (l *$tb) $mc(into chan<- string) {
	//+
	into <- l.owner //!3
}

// $Fb gives a lease up after a while.
func $Fb(in @in.Input) error {
	var lease *$tb
	done := make(chan string, 1)
	timer := time.AfterFunc(time.Millisecond, func() { lease.$mc(done) })
	defer timer.Stop()
	//+
	return fmt.Errorf("$Wb %s", <-done)
}
""",
            # The group runs named functions; a check before, the sums are halved; the timer is a method's.
            "named": """
//: code t
type $tc struct {
	items []int
	sums  []int
}

func (s *$tc) $md(k int) {
	half := s.items[k] / 2 //!1
	//+
	s.sums = append(s.sums, half)
}

func (s *$tc) $me(times int) error {
	for k := 0; k <= times; k++ {
		//+
		s.$md(k)
	}
	return nil
}
//: code b
func $fb(names map[int]string, id int, name string) error {
	if name == "" {
		return errors.New("no name")
	}
	//+
	names[id] = name //!2
	return nil
}
//: code a
// $Fa works on items side by side.
func $Fa(in @in.Input) error {
	group, s := new(@par.Group), &$tc{items: in.Items}
	//+
	if in.N <= 5 {
		group.Go(func() error { return s.$me(in.N) })
	} else {
		group.Go(func() error {
			return $fb(nil, in.ID, in.S)
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("$Wa %d: %w", len(s.sums), err)
	}
	return nil
}
//: code c
type $td struct {
	lease *struct{ owner string }
	done  chan string
}

func (t *$td) $mf() {
	owner := t.lease.owner //!3
	//+
	t.done <- owner
}

// $Fb gives a lease up after a while.
func $Fb(in @in.Input) error {
	t := &$td{done: make(chan string)}
	time.AfterFunc(time.Duration(in.N)*time.Microsecond, t.$mf)
	//+
	return fmt.Errorf("$Wb %s", <-t.done)
}
""",
        },
    ),
    Template(
        "zone_table",
        kind="one lookup that is wrong, reached by all that a package offers; one offer with a mistake of its own",
        base="""
//: code t
type $ta struct {
	code string
	rate int
}

var $ga = []$ta{{"north", 3}, {"west", 5}, {"south", 8}}

func $fa(code string) $ta {
	k := 0
	//+
	for k < len($ga) && $ga[k].code != code {
		k++
	}
	return $ga[k] //!1
}
//: code a
// $Fa rates a parcel.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", $fa(in.S).rate*in.N)
}
//: code b
// $Fb rates parcels by weight.
func $Fb(codes map[int]string) error {
	sum := 0
	for weight, code := range codes {
		//+
		sum += weight * $fa(code).rate
	}
	return fmt.Errorf("$Wb %d", sum)
}
//: code c
// $Tb quotes.
type $Tb struct {
	Base  int
	codes []string
}

// $Ma quotes the way between two zones.
func (q *$Tb) $Ma(from, to string) error {
	first, last := $fa(from), $fa(to)
	//+
	if last.rate < first.rate {
		return fmt.Errorf("$Wc %d from %s", last.rate, q.codes[q.Base]) //!2
	}
	return fmt.Errorf("$Wc %d", q.Base+last.rate-first.rate)
}
//: call 1 n=1..9 expect="index out of range"
$P.$Fa(in)
//: call 1 n=1..9 expect="index out of range"
$P.$Fb(map[int]string{in.ID: in.S})
//: call 1 n=1..9 expect="index out of range"
(&$P.$Tb{Base: in.N}).$Ma("north", in.S)
//: call 2 n=1..9 expect="index out of range"
(&$P.$Tb{Base: in.N}).$Ma("south", "north")
""",
        variants={
            # The table is a type; the lookup is its method, by the package of slices.
            "type": """
//: code t
type $ta struct {
	rate int
	code string
}

type $tc []$ta

func (l $tc) $ma(code string) $ta {
	at := slices.IndexFunc(l, func(zone $ta) bool { return zone.code == code })
	//+
	return l[at] //!1
}

var $ga = $tc{{3, "north"}, {5, "west"}, {8, "south"}}
//: code a
// $Fa rates a parcel.
func $Fa(in @in.Input) error {
	zone := $ga.$ma(in.S)
	//+
	return fmt.Errorf("$Wa %d", zone.rate*in.N)
}
//: code b
// $Fb rates parcels by weight.
func $Fb(codes map[int]string) error {
	sums := make(chan int)
	for weight, code := range codes {
		rate := $ga.$ma(code).rate
		//+
		go func(sum int) { sums <- sum }(weight * rate)
	}
	return fmt.Errorf("$Wb %d", <-sums)
}
//: code c
// $Tb quotes.
type $Tb struct {
	codes []string
	Base  int
}

// $Ma quotes the way between two zones.
func (q $Tb) $Ma(from, to string) error {
	rates := [2]int{}
	for k, code := range []string{from, to} {
		rates[k] = $ga.$ma(code).rate
	}
	if rates[0] <= rates[1] {
		return fmt.Errorf("$Wc %d", q.Base+rates[1]-rates[0])
	}
	//+
	code := q.codes[q.Base] //!2
	return fmt.Errorf("$Wc %d from %s", rates[1], code)
}
//: call 1 n=1..9 expect="index out of range"
$P.$Fa(in)
//: call 1 n=1..9 expect="index out of range"
$P.$Fb(map[int]string{in.ID: in.S})
//: call 1 n=1..9 expect="index out of range"
($P.$Tb{Base: in.N}).$Ma("north", in.S)
//: call 2 n=1..9 expect="index out of range"
($P.$Tb{Base: in.N}).$Ma("south", "north")
""",
            # The table is sorted, and searched by a generic function; the quote's codes go to a method.
            "search": """
//: code t
type $ta struct {
	code string
	rate int
}

func $fb[E any](items []E, diff func(E) int) E {
	low, high := 0, len(items)
	for low < high {
		mid := (low + high) / 2
		if diff(items[mid]) < 0 {
			low = mid + 1
		} else {
			high = mid
		}
	}
	//+
	return items[low] //!1
}

func $fc(code string) (rate int) {
	zones := []$ta{{"aa", 3}, {"north", 4}, {"south", 8}}
	//+
	return $fb(zones, func(zone $ta) int { return strings.Compare(zone.code, code) }).rate
}
//: code a
// $Fa rates a parcel.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", in.N*$fc("z"+in.S))
}
//: code b
// $Fb rates parcels by weight.
func $Fb(codes map[int]string) error {
	var sum int
	for weight := range codes {
		//+
		sum += weight * $fc("z"+codes[weight])
	}
	return fmt.Errorf("$Wb %d", sum)
}
//: code c
// $Tb quotes.
type $Tb struct {
	Base  int
	codes []string
}

func (q *$Tb) $mb() string {
	//+
	return q.codes[q.Base] //!2
}

// $Ma quotes the way between two zones.
func (q *$Tb) $Ma(from, to string) error {
	diff := -$fc(from)
	if diff += $fc(to); diff < 0 {
		return fmt.Errorf("$Wc %d from %s", diff, q.$mb())
	}
	//+
	return fmt.Errorf("$Wc %d", q.Base+diff)
}
//: call 1 n=1..9 expect="index out of range"
$P.$Fa(in)
//: call 1 n=1..9 expect="index out of range"
$P.$Fb(map[int]string{in.ID: in.S})
//: call 1 n=1..9 expect="index out of range"
(&$P.$Tb{Base: in.N}).$Ma("north", "z"+in.S)
//: call 2 n=1..9 expect="index out of range"
(&$P.$Tb{Base: in.N}).$Ma("south", "north")
""",
        },
    ),
    Template(
        "bit_kit",
        kind="a generic set of flags that is too small for its last ones",
        packages=("flagset", "bitkit"),
        kit=True,
        across=4,
        base="""
//: code set
// Set holds small numbers.
type Set[N ~int] struct {
	words []uint32
}

// New makes a set for numbers below a limit.
func New[N ~int](limit N) *Set[N] {
	return &Set[N]{make([]uint32, int(limit)/32)}
}

// Put adds a number.
func (s *Set[N]) Put(n N) {
	//+
	s.words[n/32] |= 1 << (n % 32) //!1
}
//: code b @1
// $Fb marks items.
func $Fb(in @in.Input) error {
	marks := $P.New(101)
	//+
	for k := range in.Items {
		marks.Put(k + 97)
	}
	return errors.New("$Wa")
}
//: code c @2
type $ta int

// $Fc switches features on.
func $Fc(in @in.Input) error {
	on := $P.New($ta(in.N))
	//+
	on.Put($ta(in.N - 1))
	return fmt.Errorf("$Wb %d", in.N)
}
//: code d @3
// $Fd collects the letters of a name.
func $Fd(in @in.Input) error {
	letters := $P.New(int('z'-'a') + 1)
	for _, letter := range in.S {
		if letter >= 'a' {
			//+
			letters.Put(int(letter - 'a'))
		}
	}
	return errors.New("$Wc")
}
//: call 1 n=1..9 expect="index out of range"
$P1.$Fb(in)
//: call 1 n=1..7 expect="index out of range"
$P2.$Fc(in)
//: call 1 expect="index out of range"
$P3.$Fd(in)
""",
        variants={
            # The place of a flag is computed by a method of its own; another size of words.
            "place": """
//: code set
// Set holds small numbers.
type Set[N ~int] struct {
	words []byte
	count int
}

// New makes a set for numbers below a limit.
func New[N ~int](limit N) *Set[N] {
	words := make([]byte, limit/8)
	return &Set[N]{words: words}
}

func (s *Set[N]) place(n N) (*byte, byte) {
	word := &s.words[n>>3] //!1
	//+
	return word, byte(1) << (n & 7)
}

// Put adds a number.
func (s *Set[N]) Put(n N) {
	word, bit := s.place(n)
	//+
	if *word&bit == 0 {
		s.count++
	}
	*word |= bit
}
//: code b @1
// $Fb marks items.
func $Fb(in @in.Input) error {
	marks := $P.New(101)
	for k := range in.Items {
		//+
		marks.Put(k + 97)
	}
	return errors.New("$Wa")
}
//: code c @2
type $ta int

// $Fc switches features on.
func $Fc(in @in.Input) error {
	//+
	on := $P.New($ta(in.N))
	on.Put($ta(in.N - 1))
	return fmt.Errorf("$Wb %d", in.N)
}
//: code d @3
// $Fd collects the letters of a name.
func $Fd(in @in.Input) error {
	letters := $P.New(int('z'-'a') + 1)
	//+
	for _, letter := range in.S + "xyz" {
		if letter >= 'a' {
			letters.Put(int(letter - 'a'))
		}
	}
	return errors.New("$Wc")
}
""",
            # Words are rows of an array; the set is a value; New is a function of another form.
            "rows": """
//: code row
const width = 16

type row [width]bool

func (r *row) put(at int) bool {
	had := r[at]
	r[at] = true
	return had
}
//: code set
// Set holds small numbers.
type Set[N ~int] struct {
	rows []row
	twice int
}

// New makes a set for numbers below a limit.
func New[N ~int](limit N) *Set[N] {
	s := new(Set[N])
	for at := width; at <= int(limit); at += width {
		s.rows = append(s.rows, row{})
	}
	return s
}

// Put adds a number.
func (s *Set[N]) Put(n N) {
	if at := int(n); s.rows[at/width].put(at % width) { //!1
		//+
		s.twice++
	}
}
//: code b @1
// $Fb marks items.
func $Fb(in @in.Input) error {
	marks, first := $P.New(101), 97
	for k := range in.Items {
		//+
		marks.Put(first + k)
	}
	return fmt.Errorf("$Wa %d", in.N)
}
//: code c @2
type $ta int

func $fa(on *$P.Set[$ta], features ...$ta) {
	for _, feature := range features {
		//+
		on.Put(feature)
	}
}

// $Fc switches features on.
func $Fc(in @in.Input) error {
	$fa($P.New($ta(in.N)), $ta(in.N-1))
	return fmt.Errorf("$Wb %d", in.N)
}
//: code d @3
// $Fd collects the letters of a name.
func $Fd(in @in.Input) error {
	letters := $P.New(int('z'-'a') + 1)
	//+
	for _, letter := range []byte(in.S + "xyz") {
		if letter >= 'a' {
			letters.Put(int(letter - 'a'))
		}
	}
	return errors.New("$Wc")
}
""",
        },
    ),
    Template(
        "doc_nodes",
        kind="a document is written out: a node of a kind that nobody writes, a table with a row that is too short",
        base="""
//: code t
type $ta interface{ isNode() }

type $tb struct{ text string }

type $tc struct {
	heads []string
	rows  [][]string
}

type $td struct{ kids []$ta }

type $te struct{ url string }

func ($tb) isNode()  {}
func (*$tc) isNode() {}
func ($td) isNode()  {}
func ($te) isNode()  {}
//: code b
func $fa(node $ta, out *strings.Builder) {
	switch node := node.(type) {
	case $tb:
		out.WriteString(node.text)
	case *$tc:
		for _, row := range node.rows {
			for k, head := range node.heads {
				//+
				fmt.Fprintf(out, "%s=%s ", head, row[k]) //!2
			}
		}
	case $td:
		for _, kid := range node.kids {
			//+
			$fa(kid, out)
		}
	default:
		panic(fmt.Sprintf("$Wa: cannot write a %T", node)) //!1
	}
}
//: code a
// $Fa writes a document out.
func $Fa(in @in.Input) error {
	var out strings.Builder
	doc := $td{kids: []$ta{$tb{in.S}}}
	//+
	if in.N > 5 {
		doc.kids = append(doc.kids, &$tc{[]string{"a", "b", "c"}, [][]string{{"1", "2", "3"}, {in.S}}})
	} else {
		doc.kids = append(doc.kids, $td{[]$ta{$te{in.S}}})
	}
	$fa(doc, &out)
	return fmt.Errorf("$Wb %d", out.Len())
}
//: call 1 n=1..5 expect="cannot write a"
$P.$Fa(in)
//: call 2 n=6..9 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            # A writer with a method for each kind, and a chain of ifs.
            "writer": """
//: code t
type $ta any

type $tb struct{ text string }

type $tc struct {
	rows  [][]string
	heads []string
}

type $td struct{ kids []$ta }

type $te struct{ url string }

type $tf struct {
	out   bytes.Buffer
	depth int
}

func (w *$tf) $ma(node $ta) {
	w.depth++
	defer func() { w.depth-- }()
	if text, ok := node.($tb); ok {
		w.out.WriteString(text.text)
		return
	}
	if table, ok := node.(*$tc); ok {
		//+
		w.$mb(table)
		return
	}
	group, ok := node.($td)
	if !ok {
		panic(fmt.Sprintf("$Wa: cannot write a %T", node)) //!1
	}
	for k := range group.kids {
		w.$ma(group.kids[k])
	}
}

func (w *$tf) $mb(table *$tc) {
	for k, head := range table.heads {
		for _, row := range table.rows {
			cell := row[k] //!2
			//+
			fmt.Fprintln(&w.out, head, cell)
		}
	}
}
//: code a
// $Fa writes a document out.
func $Fa(in @in.Input) error {
	w := &$tf{}
	doc := $td{kids: []$ta{$tb{in.S}, $td{[]$ta{$te{in.S}}}}}
	if in.N > 5 {
		doc.kids[1] = &$tc{heads: []string{"a", "b", "c"}, rows: [][]string{{"1", "2", "3"}, {in.S}}}
	}
	//+
	w.$ma(doc)
	return fmt.Errorf("$Wb %d", w.out.Len())
}
""",
            # The nodes write themselves; the kind that cannot says so itself.
            "selves": """
//: code t
type $ta interface{ $mc(out io.Writer) }

type $tb struct{ text string }

type $tc struct {
	heads []string
	rows  [][]string
}

type $td []$ta

type $te struct{ url string }

func (n $tb) $mc(out io.Writer) { fmt.Fprint(out, n.text) }

func (n $tc) $mc(out io.Writer) {
	for _, row := range n.rows {
		for k := 0; k < len(n.heads); k++ {
			//+
			line := n.heads[k] + "=" + row[k] //!2
			fmt.Fprintln(out, line)
		}
	}
}

func (n $td) $mc(out io.Writer) {
	for _, kid := range n {
		//+
		kid.$mc(out)
	}
}

func (n $te) $mc(io.Writer) {
	panic(fmt.Sprintf("$Wa: cannot write a %T", n)) //!1
}
//: code a
// $Fa writes a document out.
func $Fa(in @in.Input) error {
	doc := $td{$tb{in.S}, $td{$te{in.S}}}
	if in.N > 5 {
		doc[1] = $tc{[]string{"a", "b", "c"}, [][]string{{"1", "2", "3"}, {in.S}}}
	}
	out := bytes.NewBufferString("# ")
	//+
	doc.$mc(out)
	return fmt.Errorf("$Wb %d", out.Len())
}
""",
        },
    ),
)

# ------------------------------------------------------------------------- longer functions, several mistakes in each

_LONG: Final = (
    Template(
        "power_bill",
        kind="a long function that bills power: no contract, a quarter without days, a reading too few, no notes",
        base="""
//: code t
type $ta struct {
	Meter  string
	Reads  []int
	Tariff *$tb
}

type $tb struct {
	Base, PerUnit int
	Quarters      map[int]int
}

type $tc struct {
	units, cents int
	notes        map[string]string
}
//: code a
// $Fa bills the power that a household used.
func $Fa(in @in.Input) error {
	house := $ta{Meter: in.S, Reads: in.Items}
	if in.N != 1 {
		house.Tariff = &$tb{Base: 900, PerUnit: 31, Quarters: map[int]int{1: 90, 2: 91, 3: 92}}
	}
	var bill $tc
	//+
	bill.cents = house.Tariff.Base //!1
	days := house.Tariff.Quarters[in.ID%3+1]
	if in.N == 2 {
		days = house.Tariff.Quarters[4]
	}
	for k := 1; k < len(house.Reads); k++ {
		used := house.Reads[k] - house.Reads[k-1]
		if used < 0 {
			used += 101
		}
		bill.units += used
	}
	//+
	daily := bill.units * 100 / days //!2
	if in.N < 6 {
		last := house.Reads[len(house.Reads)-4] //!3
		bill.cents += last
	}
	bill.cents += bill.units * house.Tariff.PerUnit
	//+
	if daily >= 0 {
		bill.notes["daily"] = strconv.Itoa(daily) //!4
	}
	return fmt.Errorf("$Wa %d for %d units", bill.cents, bill.units)
}
//: call 1 n=1 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=2 expect="divide by zero"
$P.$Fa(in)
//: call 3 n=3 expect="index out of range"
$P.$Fa(in)
//: call 4 n=6..12 expect="nil map"
$P.$Fa(in)
""",
        variants={
            # A biller with methods in place of the long function; the notes go to a method of the bill.
            "methods": """
//: code t
type $ta struct {
	Reads  []int
	Meter  string
	Tariff *$tb
}

type $tb struct {
	Quarters map[int]int
	PerUnit  int
	Base     int
}

type $tc struct {
	notes map[string]string
	units int
	cents int
}

func (b *$tc) $ma(key string, value int) {
	//+
	b.notes[key] = strconv.Itoa(value) //!4
}

func (h *$ta) $mb() (units int) {
	before := -1
	for _, now := range h.Reads {
		if before >= 0 {
			units += (now - before + 101) % 101
		}
		before = now
	}
	return units
}

func (h *$ta) $mc(quarter, units int) int {
	days := h.Tariff.Quarters[quarter]
	//+
	return units * 100 / days //!2
}
//: code a
// $Fa bills the power that a household used.
func $Fa(in @in.Input) error {
	house, quarter := &$ta{Meter: in.S, Reads: in.Items}, in.ID%3+1
	if in.N != 1 {
		house.Tariff = &$tb{map[int]int{1: 90, 2: 91, 3: 92}, 31, 900}
	}
	if in.N == 2 {
		quarter = 4
	}
	base := house.Tariff.Base //!1
	bill := &$tc{cents: base, units: house.$mb()}
	//+
	daily := house.$mc(quarter, bill.units)
	if in.N < 6 {
		bill.cents += house.Reads[len(house.Reads)-4] //!3
	}
	bill.cents += bill.units * house.Tariff.PerUnit
	if daily < 0 {
		return errors.New("$Wa")
	}
	bill.$ma("daily", daily)
	//+
	return fmt.Errorf("$Wa %d for %d units", bill.cents, bill.units)
}
""",
            # Functions, an options struct, the bill is returned by value, early returns.
            "functions": """
//: code t
type $tb struct {
	Base, PerUnit int
	Quarters      map[int]int
}

type $td struct {
	Quarter int
	Late    bool
	Tariff  *$tb
}

type $tc struct {
	units, cents int
	notes        map[string]string
}
//: code b
func $fa(reads []int, opt $td) (bill $tc, err error) {
	if opt.Tariff.Base < 0 { //!1
		return bill, errors.New("no base")
	}
	for k := range reads[1:] {
		bill.units += (reads[k+1] - reads[k] + 101) % 101
	}
	//+
	if bill.units < 0 {
		return bill, errors.New("meter runs backwards")
	}
	daily := 100 * bill.units
	daily /= opt.Tariff.Quarters[opt.Quarter] //!2
	if opt.Late {
		bill.cents = $fb(reads)
	}
	bill.cents += opt.Tariff.Base + bill.units*opt.Tariff.PerUnit
	//+
	bill.notes["daily"] = fmt.Sprint(daily) //!4
	return bill, nil
}

func $fb(reads []int) int {
	at := len(reads) - 4
	//+
	return reads[at] //!3
}
//: code a
// $Fa bills the power that a household used.
func $Fa(in @in.Input) error {
	opt := $td{Quarter: in.ID%3 + 1, Late: in.N < 6}
	switch in.N {
	case 1:
	case 2:
		opt.Quarter = 4
		fallthrough
	default:
		opt.Tariff = &$tb{900, 31, map[int]int{1: 90, 2: 91, 3: 92}}
	}
	//+
	bill, err := $fa(in.Items, opt)
	if err != nil {
		return fmt.Errorf("$Wa of %s: %w", in.S, err)
	}
	return fmt.Errorf("$Wa %d for %d units", bill.cents, bill.units)
}
""",
            # Stages that are closures in a list.
            "stages": """
//: code t
type $tb struct {
	Base, PerUnit int
	Quarters      map[int]int
}

type $tc struct {
	cents, units int
	notes        map[string]string
	tariff       *$tb
}
//: code a
// $Fa bills the power that a household used.
func $Fa(in @in.Input) error {
	bill, quarter, daily := new($tc), in.ID%3+1, 0
	if in.N != 1 {
		bill.tariff = &$tb{Base: 900, PerUnit: 31, Quarters: map[int]int{1: 90, 2: 91, 3: 92}}
	}
	if in.N == 2 {
		quarter = 4
	}
	stages := []func(){
		func() {
			//+
			bill.cents += bill.tariff.Base //!1
		},
		func() {
			for k := 1; k < len(in.Items); k++ {
				bill.units += (in.Items[k] - in.Items[k-1] + 101) % 101
			}
		},
		func() {
			daily = bill.units * 100 / bill.tariff.Quarters[quarter] //!2
		},
		func() {
			if in.N < 6 {
				bill.cents += in.Items[len(in.Items)-4] //!3
			}
		},
		func() {
			//+
			bill.notes["daily"] = strconv.Itoa(daily) //!4
		},
	}
	for _, stage := range stages {
		//+
		stage()
	}
	return fmt.Errorf("$Wa %d for %d units", bill.cents, bill.units)
}
""",
        },
    ),
    Template(
        "list_merge",
        kind="merges two sorted lists of contacts: beyond the end of one, a contact without a number, a conversion",
        base="""
//: code t
type $ta struct {
	id   int
	name string
	phone *string
}
//: code b
func $fa(n, first, step int) (side []$ta) {
	for k := 0; k < n; k++ {
		phone := fmt.Sprintf("tel:555-%d", first+k*step)
		side = append(side, $ta{id: first + k*step, name: "c", phone: &phone})
	}
	return side
}
//: code a
// $Fa merges what a phone and the server know.
func $Fa(in @in.Input) error {
	ours, theirs := $fa(4, 10, 2), $fa(4, 11, 2)
	switch in.N % 3 {
	case 1:
		theirs[2].phone = nil
		theirs = append(theirs, $ta{id: 99})
	case 2:
		theirs[0].id, theirs[0].name = 10, in.S[:3]
		theirs = append(theirs, $ta{id: 98})
	}
	var merged []string
	i, j := 0, 0
	//+
	for i < len(ours) {
		if ours[i].id < theirs[j].id { //!1
			merged = append(merged, *ours[i].phone)
			i++
			continue
		}
		if ours[i].id == theirs[j].id {
			//+
			short := [4]byte([]byte(theirs[j].name)) //!3
			merged = append(merged, string(short[:]))
		} else {
			merged = append(merged, *theirs[j].phone) //!2
		}
		j++
		//+
		if in.N%3 == 0 && j == 3 {
			theirs = theirs[:j]
		}
	}
	return fmt.Errorf("$Wa %d", len(merged))
}
//: call 1 n=3 expect="index out of range"
$P.$Fa(in)
//: call 1 n=6 expect="index out of range"
$P.$Fa(in)
//: call 2 n=4 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=5 expect="cannot convert slice"
$P.$Fa(in)
""",
        variants={
            # A merger with methods, an enum of what comes next.
            "merger": """
//: code t
type $ta struct {
	phone *string
	name string
	id   int
}

type $tb struct {
	ours, theirs []$ta
	merged       []string
	i, j         int
}

func (m *$tb) $ma() int {
	//+
	return m.ours[m.i].id - m.theirs[m.j].id //!1
}

func (m *$tb) $mb() {
	head := [4]byte([]byte(m.theirs[m.j].name)) //!3
	//+
	m.merged = append(m.merged, string(head[:]))
}

func (m *$tb) $mc(from []$ta, at int) {
	//+
	phone := *from[at].phone //!2
	m.merged = append(m.merged, phone)
}
//: code b
func $fa(n, first, step int) []$ta {
	side := make([]$ta, n)
	for k := range side {
		phone := fmt.Sprintf("tel:555-%d", first+k*step)
		side[k] = $ta{&phone, "c", first + k*step}
	}
	return side
}
//: code a
// $Fa merges what a phone and the server know.
func $Fa(in @in.Input) error {
	m := &$tb{ours: $fa(4, 10, 2), theirs: $fa(4, 11, 2)}
	if in.N%3 == 1 {
		m.theirs[2].phone = nil
		m.theirs = append(m.theirs, $ta{id: 99})
	} else if in.N%3 == 2 {
		m.theirs[0].name, m.theirs[0].id = in.S[:3], 10
	} else {
		m.theirs = m.theirs[:3]
	}
	for ; m.i < len(m.ours); m.j++ {
		//+
		for m.i < len(m.ours) && m.$ma() < 0 {
			m.$mc(m.ours, m.i)
			m.i++
		}
		if m.i == len(m.ours) {
			break
		}
		if m.$ma() == 0 {
			m.$mb()
			continue
		}
		m.$mc(m.theirs, m.j)
	}
	return fmt.Errorf("$Wa %d", len(m.merged))
}
""",
            # Iteration by what is left of the slices; generic function for the merge, closures for the rest.
            "rest": """
//: code t
type $ta struct {
	id   int
	name string
	phone *string
}
//: code m
func $fb[T any](ours, theirs []T, diff func(T, T) int, both func(T), one func(T)) {
	for len(ours) > 0 {
		//+
		next := theirs[0] //!1
		switch d := diff(ours[0], next); {
		case d < 0:
			one(ours[0])
			ours = ours[1:]
		case d == 0:
			both(next)
			theirs = theirs[1:]
		default:
			one(next)
			theirs = theirs[1:]
		}
	}
}
//: code a
// $Fa merges what a phone and the server know.
func $Fa(in @in.Input) error {
	make4 := func(id int) (side []$ta) {
		for ; len(side) < 4; id += 2 {
			phone := "tel:555-" + strconv.Itoa(id)
			side = append(side, $ta{id, "c", &phone})
		}
		return side
	}
	ours, theirs := make4(10), make4(11)
	switch in.N % 3 {
	case 0:
		theirs = theirs[:3]
	case 1:
		theirs[2].phone = nil
	case 2:
		theirs[0] = $ta{id: 10, name: in.S[:3]}
	}
	var merged []string
	//+
	diff := func(a, b $ta) int { return a.id - b.id }
	$fb(ours, theirs, diff, func(same $ta) {
		four := [4]byte([]byte(same.name)) //!3
		merged = append(merged, string(four[:]))
	}, func(only $ta) {
		//+
		merged = append(merged, *only.phone) //!2
	})
	return fmt.Errorf("$Wa %d", len(merged))
}
""",
        },
    ),
    Template(
        "ward_queue",
        kind="a queue by urgency on a heap: an element of another type, one taken out that has left, an empty queue",
        base="""
//: code t
type $ta struct {
	name    string
	urgency int
	at      int
}

type $tb []*$ta

func (q $tb) Len() int           { return len(q) }
func (q $tb) Less(i, j int) bool { return q[i].urgency > q[j].urgency }
func (q $tb) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].at, q[j].at = i, j
}

func (q *$tb) Push(x any) {
	//+
	one := x.(*$ta) //!1
	one.at = len(*q)
	*q = append(*q, one)
}

func (q *$tb) Pop() any {
	old := *q
	one := old[len(old)-1]
	one.at = -1
	*q = old[:len(old)-1]
	return one
}
//: code a
// $Fa treats patients by urgency.
func $Fa(in @in.Input) error {
	queue := &$tb{}
	//+
	for k, item := range in.Items {
		heap.Push(queue, &$ta{name: fmt.Sprint(in.S, k), urgency: item})
	}
	if in.N < 4 {
		heap.Push(queue, $ta{name: in.S}) //!1
	}
	first := heap.Pop(queue).(*$ta)
	if in.N < 7 {
		//+
		heap.Remove(queue, first.at) //!2
	}
	for k := 0; k < in.N; k++ {
		//+
		first = heap.Pop(queue).(*$ta) //!3
	}
	return fmt.Errorf("$Wa %s", first.name)
}
//: call 1 n=1..3 expect="interface conversion"
$P.$Fa(in)
//: call 2 n=4..6 expect="index out of range"
$P.$Fa(in)
//: call 3 n=7..12 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            # A ward around the heap, whose type is generic now.
            "ward": """
//: code t
type $tc[T any] struct {
	items []T
	less  func(a, b T) bool
	moved func(item T, at int)
}

func (h *$tc[T]) Len() int           { return len(h.items) }
func (h *$tc[T]) Less(i, j int) bool { return h.less(h.items[i], h.items[j]) }
func (h *$tc[T]) Swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	h.moved(h.items[i], i)
	h.moved(h.items[j], j)
}

func (h *$tc[T]) Push(x any) {
	h.items = append(h.items, x.(T)) //!1
	//+
	h.moved(h.items[len(h.items)-1], len(h.items)-1)
}

func (h *$tc[T]) Pop() any {
	last := len(h.items) - 1
	item := h.items[last]
	h.items = h.items[:last]
	h.moved(item, -1)
	return item
}

type $ta struct {
	at, urgency int
	name        string
}

type $td struct{ heap *$tc[*$ta] }

func (w $td) $ma() *$ta {
	//+
	next := heap.Pop(w.heap) //!3
	return next.(*$ta)
}

func (w $td) $mb(one *$ta) string {
	//+
	gone := heap.Remove(w.heap, one.at) //!2
	return gone.(*$ta).name
}
//: code a
// $Fa treats patients by urgency.
func $Fa(in @in.Input) error {
	w := $td{&$tc[*$ta]{
		less:  func(a, b *$ta) bool { return a.urgency > b.urgency },
		moved: func(one *$ta, at int) { one.at = at },
	}}
	for k, item := range in.Items {
		heap.Push(w.heap, &$ta{urgency: item, name: fmt.Sprint(in.S, k)})
	}
	//+
	if in.N < 4 {
		late := $ta{name: in.S}
		heap.Push(w.heap, late) //!1
	}
	first := w.$ma()
	if in.N < 7 {
		_ = w.$mb(first)
	}
	for k := 0; k < in.N; k++ {
		first = w.$ma()
	}
	return fmt.Errorf("$Wa %s", first.name)
}
""",
            # The treatment is in a function with early returns; patients are made by another; nobody is asserted twice.
            "functions": """
//: code t
type $ta struct {
	name    string
	at      int
	urgency int
}

type $tb struct{ all []*$ta }

func (q *$tb) Len() int           { return len(q.all) }
func (q *$tb) Less(i, j int) bool { return q.all[j].urgency < q.all[i].urgency }
func (q *$tb) Swap(i, j int) {
	one, two := q.all[i], q.all[j]
	one.at, two.at = j, i
	q.all[i], q.all[j] = two, one
}

func (q *$tb) Push(x any) {
	q.all = append(q.all, x.(*$ta)) //!1
	//+
	q.all[len(q.all)-1].at = len(q.all) - 1
}

func (q *$tb) Pop() any {
	last := len(q.all) - 1
	one := q.all[last]
	q.all, one.at = q.all[:last], -1
	return one
}
//: code b
func $fa(queue heap.Interface, late bool, names ...string) {
	for k, name := range names {
		if late && k == len(names)-1 {
			//+
			heap.Push(queue, $ta{name: name}) //!1
			continue
		}
		heap.Push(queue, &$ta{name: name, urgency: len(name) + k})
	}
}

func $fb(queue heap.Interface) (string, *$ta) {
	//+
	one := heap.Pop(queue).(*$ta) //!3
	return one.name, one
}
//: code a
// $Fa treats patients by urgency.
func $Fa(in @in.Input) error {
	queue, names := new($tb), []string(nil)
	for k := range in.Items {
		names = append(names, in.S+strconv.Itoa(k))
	}
	$fa(queue, in.N < 4, names...)
	//+
	name, gone := $fb(queue)
	if in.N < 7 {
		heap.Remove(queue, gone.at) //!2
		return fmt.Errorf("$Wa: %s is gone", name)
	}
	for ; name != ""; name, _ = $fb(queue) {
		//+
		gone.urgency++
	}
	return errors.New("$Wa")
}
""",
        },
    ),
    Template(
        "gate_locks",
        kind="locks given back that nobody holds, a value of two types",
        base="""
//: code t
type $ta struct {
	mu    sync.Mutex
	rw    sync.RWMutex
	plan  atomic.Value
	opens int
}

func (g *$ta) $ma(code int) error {
	g.mu.Lock()
	defer g.mu.Unlock() //!1
	//+
	if code < 1000000 {
		g.mu.Unlock()
		return fmt.Errorf("code %d is refused", code) //!1
	}
	g.opens++
	return nil
}

func (g *$ta) $mb() int {
	g.rw.RLock()
	opens := g.opens
	g.rw.RUnlock()
	//+
	if opens == 0 {
		g.rw.RUnlock() //!2
	}
	return opens
}

func (g *$ta) $mc(plan string, size int) {
	g.plan.Store(plan)
	//+
	g.plan.Store(size) //!3
}
//: code a
// $Fa opens a gate.
func $Fa(in @in.Input) error {
	gate := &$ta{}
	//+
	if in.N > 5 {
		return fmt.Errorf("$Wa %d", gate.$mb())
	}
	return gate.$ma(in.ID)
}
//: code b
// $Fb plans when a gate is open.
func $Fb(in @in.Input) error {
	gate := new($ta)
	//+
	gate.$mc(in.S, in.N)
	return fmt.Errorf("$Wb %v", gate.plan.Load())
}
//: call 1 n=1..5 routes=fatal expect="unlock of unlocked"
$P.$Fa(in)
//: call 2 n=6..9 routes=fatal expect="RUnlock of unlocked"
$P.$Fa(in)
//: call 3 expect="inconsistently typed"
$P.$Fb(in)
""",
        variants={
            # Functions over the parts; the unlocking is a closure that is called twice.
            "functions": """
//: code t
type $ta struct {
	sync.RWMutex
	opens int
}
//: code f
func $fa(mu sync.Locker, code int) (err error) {
	mu.Lock()
	free := func() {
		//+
		mu.Unlock() //!1
	}
	if code < 1000000 {
		free()
		err = fmt.Errorf("code %d is refused", code)
	}
	//+
	free() //!1
	return err
}

func $fb(gate *$ta) (opens int) {
	gate.RLock()
	if opens = gate.opens; opens == 0 {
		gate.RUnlock()
	}
	//+
	gate.RUnlock() //!2
	return opens
}

func $fc(into *atomic.Value, plans ...any) {
	for _, plan := range plans {
		//+
		into.Store(plan) //!3
	}
}
//: code a
// $Fa opens a gate.
func $Fa(in @in.Input) error {
	if in.N <= 5 {
		//+
		return $fa(new(sync.Mutex), in.ID)
	}
	return fmt.Errorf("$Wa %d", $fb(new($ta)))
}
//: code b
// $Fb plans when a gate is open.
func $Fb(in @in.Input) error {
	var plan atomic.Value
	//+
	$fc(&plan, in.S, in.N)
	return fmt.Errorf("$Wb %v", plan.Load())
}
""",
            # A guard that is generic over what it guards; the readers are counted by it; the plan is in a box.
            "guard": """
//: code t
type $tc[T any] struct {
	rw    sync.RWMutex
	mu    sync.Mutex
	value T
}

func (g *$tc[T]) $md(change func(*T) error) error {
	g.mu.Lock()
	if err := change(&g.value); err != nil {
		g.mu.Unlock()
		//+
		g.$me()
		return err
	}
	g.mu.Unlock()
	return nil
}

func (g *$tc[T]) $me() {
	//+
	g.mu.Unlock() //!1
}

func (g *$tc[T]) $mf() T {
	g.rw.RLock()
	value := g.value
	for k := 0; k < 2; k++ {
		//+
		g.rw.RUnlock() //!2
	}
	return value
}

type $td struct{ atomic.Value }

func (b *$td) $mg(values ...any) (had any) {
	for k := range values {
		had = b.Swap(values[k]) //!3
	}
	//+
	return had
}
//: code a
// $Fa opens a gate.
func $Fa(in @in.Input) error {
	var gate $tc[int]
	if in.N > 5 {
		//+
		return fmt.Errorf("$Wa %d", gate.$mf())
	}
	return gate.$md(func(opens *int) error {
		*opens++
		return fmt.Errorf("code %d is refused", in.ID)
	})
}
//: code b
// $Fb plans when a gate is open.
func $Fb(in @in.Input) error {
	had := new($td).$mg(in.S, in.N)
	//+
	return fmt.Errorf("$Wb %v", had)
}
""",
        },
    ),
    Template(
        "web_asks",
        kind="requests to others: one that could not be made, an answer that never came, a header with one part",
        base="""
//: code b
func $fa(method, link string) *http.Request {
	req, _ := http.NewRequest(method, link, nil)
	//+
	req.Header.Set("Accept", "text/plain") //!1
	return req
}

func $fb(head http.Header) string {
	kind := head.Get("Content-Type")
	//+
	return strings.Split(kind, "; charset=")[1] //!3
}
//: code a
// $Fa asks another service.
func $Fa(in @in.Input) error {
	link := "http://127.0.0.1:1/" + in.S
	if in.N < 4 {
		link = "http://127.0.0.1:" + in.S
	}
	req := $fa("GET", link)
	//+
	if in.N > 6 {
		req.Header.Set("Content-Type", "text/"+in.S)
		return fmt.Errorf("$Wa in %s", $fb(req.Header))
	}
	res, err := http.DefaultClient.Do(req)
	//+
	if res.StatusCode > 299 { //!2
		return fmt.Errorf("$Wa: %d: %w", res.StatusCode, err)
	}
	return err
}
//: call 1 n=1..3 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=4..6 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=7..9 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            # A client with methods and a context; the answer's status is read by a function.
            "client": """
//: code t
type $ta struct {
	base string
	head http.Header
}

func (c *$ta) $ma(ctx context.Context, path string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	for key := range c.head {
		//+
		req.Header.Set(key, c.head.Get(key)) //!1
	}
	return req, err
}

func (c *$ta) $mb() string {
	kinds := strings.SplitN(c.head.Get("Content-Type"), "; charset=", 2)
	return kinds[1] //!3
}
//: code b
func $fc(res *http.Response, err error) error {
	defer @obs.Span("$Wb")()
	//+
	if code := res.StatusCode; code > 299 { //!2
		return fmt.Errorf("%d: %w", code, err)
	}
	return err
}
//: code a
// $Fa asks another service.
func $Fa(in @in.Input) error {
	c := &$ta{"http://127.0.0.1:", http.Header{"Accept": {"text/plain"}}}
	if in.N > 3 {
		c.base += "1/"
	}
	req, err := c.$ma(context.Background(), in.S)
	if err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	//+
	if in.N > 6 {
		c.head.Set("Content-Type", "text/"+in.S)
		return fmt.Errorf("$Wa in %s", c.$mb())
	}
	if err := $fc(http.DefaultClient.Do(req)); err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	return nil
}
""",
            # A generic ask that decodes; the request is an option struct's; the answer goes to a closure.
            "generic": """
//: code t
type $tc struct {
	Method string
	Link   string
	Accept string
}

func (o $tc) $md() *http.Request {
	req, err := http.NewRequest(o.Method, o.Link, nil)
	if err != nil && o.Accept == "" {
		return nil
	}
	//+
	req.Header.Add("Accept", o.Accept) //!1
	return req
}

func $fd[T any](req *http.Request, read func(res *http.Response) T) (value T, err error) {
	res, err := http.DefaultClient.Do(req)
	//+
	return read(res), err
}

func $fe(kind string) (charset string) {
	for k, part := range []string{"type", "charset"} {
		//+
		charset = part + "=" + strings.Split(kind, "; charset=")[k] //!3
	}
	return charset
}
//: code a
// $Fa asks another service.
func $Fa(in @in.Input) error {
	opt := $tc{"GET", "http://127.0.0.1:1/" + in.S, "text/plain"}
	if in.N < 4 {
		opt.Link = "http://127.0.0.1:" + in.S
	}
	req := opt.$md()
	if in.N > 6 {
		//+
		return fmt.Errorf("$Wa in %s", $fe("text/"+in.S))
	}
	code, err := $fd(req, func(res *http.Response) int {
		//+
		return res.StatusCode //!2
	})
	return fmt.Errorf("$Wa: %d: %w", code, err)
}
""",
        },
    ),
    Template(
        "stock_sheet",
        kind="a sheet of stock: a row that is shorter, a text without rows, a share of no stock",
        base="""
//: code t
type $ta struct {
	heads []string
	rows  [][]string
}

func $fa(text string) (*$ta, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("sheet: %w", err)
	}
	//+
	heads := all[0] //!2
	return &$ta{heads, all[1:]}, nil
}

func (s *$ta) $ma(head string) (total int) {
	column := slices.Index(s.heads, head)
	for _, row := range s.rows {
		//+
		value, _ := strconv.Atoi(row[column]) //!1
		total += value
	}
	return total
}
//: code a
// $Fa says how much of a stock is held back.
func $Fa(text string) error {
	sheet, err := $fa(text)
	if err != nil {
		return err
	}
	//+
	stock, held := sheet.$ma("stock"), sheet.$ma("held")
	return fmt.Errorf("$Wa %d", held*100/stock) //!3
}
//: call 1 n=1..9 expect="index out of range"
$P.$Fa(fmt.Sprintf("name,stock,held\\n%s,%d,1\\nrest,7\\n", in.S, in.N))
//: call 2 expect="index out of range"
$P.$Fa(in.S[:0])
//: call 3 n=1..9 expect="divide by zero"
$P.$Fa(fmt.Sprintf("name,stock,held\\n%s,0,%d\\n", in.S, in.N))
""",
        variants={
            # The rows are read one by one, and summed up at once.
            "stream": """
//: code t
type $tb struct {
	sums  []int
	heads []string
}

func (s *$tb) $mb(row []string) {
	for k := range s.heads {
		//+
		value, _ := strconv.Atoi(row[k]) //!1
		s.sums[k] += value
	}
}

func (s *$tb) $mc(part, whole string) int {
	//+
	return s.sums[slices.Index(s.heads, part)] * 100 / s.sums[slices.Index(s.heads, whole)] //!3
}
//: code a
// $Fa says how much of a stock is held back.
func $Fa(text string) error {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\\n' })
	s := &$tb{heads: strings.Split(lines[0], ",")} //!2
	s.sums = make([]int, len(s.heads))
	for _, line := range lines[1:] {
		//+
		s.$mb(strings.Split(line, ","))
	}
	return fmt.Errorf("$Wa %d", s.$mc("held", "stock"))
}
""",
            # Rows become maps by head; generic function for sums.
            "maps": """
//: code t
type $tc map[string]string

func $fb(all [][]string) (rows []$tc) {
	heads := all[0] //!2
	for _, cells := range all[1:] {
		row := $tc{}
		for k, head := range heads {
			row[head] = cells[k] //!1
		}
		//+
		rows = append(rows, row)
	}
	return rows
}

func $fc[T any](items []T, value func(T) string) (sum int) {
	for _, item := range items {
		number, err := strconv.Atoi(value(item))
		if err == nil {
			sum += number
		}
	}
	return sum
}
//: code a
// $Fa says how much of a stock is held back.
func $Fa(text string) error {
	r := csv.NewReader(bytes.NewBufferString(text))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	rows := $fb(all)
	held := $fc(rows, func(row $tc) string { return row["held"] })
	//+
	stock := $fc(rows, func(row $tc) string { return row["stock"] })
	return fmt.Errorf("$Wa %d", 100*held/stock) //!3
}
""",
        },
    ),
    Template(
        "crew_rota",
        kind="a rota of crews: a week without shifts, a swap with nobody, a shift that ends before it begins",
        base="""
//: code t
type $ta struct {
	from, to int
	crew     *$tb
}

type $tb struct {
	name  string
	hours int
}
//: code b
func $fa(shifts []$ta) (busy []bool) {
	busy = make([]bool, 24)
	for _, shift := range shifts {
		//+
		for k := range busy[shift.from:shift.to] { //!3
			busy[shift.from+k] = true
		}
	}
	return busy
}
//: code a
// $Fa plans a day, and swaps the crews of its ends.
func $Fa(in @in.Input) error {
	crew := &$tb{name: in.S, hours: in.N}
	var shifts []$ta
	if in.N > 3 {
		shifts = append(shifts, $ta{6, 14, crew}, $ta{14, 22, nil})
	}
	if in.N > 6 {
		shifts[1] = $ta{22, 6, crew}
	}
	//+
	first, last := &shifts[0], &shifts[len(shifts)-1] //!1
	if last.crew.hours > first.crew.hours { //!2
		first.crew, last.crew = last.crew, first.crew
	}
	//+
	return fmt.Errorf("$Wa %v", $fa(shifts))
}
//: call 1 n=1..3 expect="index out of range"
$P.$Fa(in)
//: call 2 n=4..6 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=7..9 expect="slice bounds out of range"
$P.$Fa(in)
""",
        variants={
            # A rota with methods; hours in an array; the swap in a function that takes pointers.
            "rota": """
//: code t
type $ta struct {
	crew     *$tb
	from, to int
}

type $tb struct {
	hours int
	name  string
}

type $tc struct {
	shifts []*$ta
	busy   [24]bool
}

func (r *$tc) $ma() (first, last *$ta) {
	//+
	first = r.shifts[0] //!1
	return first, r.shifts[len(r.shifts)-1]
}

func (r *$tc) $mb() int {
	count := 0
	for _, shift := range r.shifts {
		part := r.busy[shift.from:shift.to] //!3
		for k := range part {
			part[k] = true
		}
		//+
		count += len(part)
	}
	return count
}

func $fb(first, last *$ta) {
	a, b := first.crew, last.crew
	//+
	if b.hours > a.hours { //!2
		first.crew, last.crew = b, a
	}
}
//: code a
// $Fa plans a day, and swaps the crews of its ends.
func $Fa(in @in.Input) error {
	var rota $tc
	crew := &$tb{in.N, in.S}
	switch {
	case in.N > 6:
		rota.shifts = []*$ta{{crew, 6, 14}, {crew, 22, 6}}
	case in.N > 3:
		rota.shifts = []*$ta{{crew, 6, 14}, {from: 14, to: 22}}
	}
	first, last := rota.$ma()
	$fb(first, last)
	//+
	return fmt.Errorf("$Wa %d", rota.$mb())
}
""",
            # Keys of a map in place of a list, and closures.
            "closures": """
//: code t
type $ta struct {
	from, to int
	crew     *$tb
}

type $tb struct {
	name  string
	hours int
}
//: code a
// $Fa plans a day, and swaps the crews of its ends.
func $Fa(in @in.Input) error {
	crew, shifts := &$tb{in.S, in.N}, []$ta(nil)
	add := func(from, to int, crew *$tb) { shifts = append(shifts, $ta{from, to, crew}) }
	if in.N > 3 {
		add(6, 14, crew)
	}
	if in.N > 6 {
		add(22, 6, crew)
	} else if in.N > 3 {
		add(14, 22, nil)
	}
	//+
	swap := func(first, last *$ta) bool {
		if more := last.crew.hours - first.crew.hours; more <= 0 { //!2
			return false
		}
		first.crew, last.crew = last.crew, first.crew
		return true
	}
	swapped := swap(&shifts[0], &shifts[len(shifts)-1]) //!1
	busy := make([]int, 24)
	for k, shift := range shifts {
		//+
		hours := busy[shift.from:shift.to] //!3
		for at := range hours {
			hours[at] += k + 1
		}
	}
	return fmt.Errorf("$Wa %v %t", busy, swapped)
}
""",
        },
    ),
)

# ---------------------------------------------------------------------------------------- more waits and more races

_STUCK: Final = (
    Template(
        "desk_actor",
        kind="one goroutine that owns its state: it asks itself, it forgets to answer",
        base="""
//: code t
type $ta struct {
	op    string
	key   string
	reply chan int
}

type $tb struct {
	inbox chan $ta
	stock map[string]int
}

func (d *$tb) $ma(op, key string) int {
	msg := $ta{op, key, make(chan int)}
	//+
	d.inbox <- msg //!1
	return <-msg.reply //!2
}

func (d *$tb) $mb() {
	for msg := range d.inbox {
		switch msg.op {
		case "get":
			msg.reply <- d.stock[msg.key]
		case "sum":
			//+
			msg.reply <- d.$ma("get", msg.key) + len(d.stock) //!1
		}
	}
}
//: code a
// $Fa asks the desk for a figure.
func $Fa(op, key string) error {
	desk := &$tb{make(chan $ta), map[string]int{key: 1}}
	go desk.$mb()
	//+
	one := desk.$ma("get", key)
	return fmt.Errorf("$Wa %d %d", one, desk.$ma(op, key))
}
//: call 1 routes=hang
$P.$Fa("sum", in.S)
//: call 2 routes=hang
$P.$Fa("drop", in.S)
//: call 2 routes=dead expect="all goroutines are asleep"
$P.$Fa("drop", in.S)
""",
        variants={
            # Closures go through the inbox in place of messages.
            "closures": """
//: code t
type $tb struct {
	inbox chan func()
	stock map[string]int
}

func (d *$tb) $mc(work func(answer chan<- int)) int {
	answer := make(chan int, 1)
	d.inbox <- func() { work(answer) } //!1
	//+
	return <-answer //!2
}

func (d *$tb) $md(key string) int {
	return d.$mc(func(answer chan<- int) { answer <- d.stock[key] }) //!1
}

func (d *$tb) $ma(op, key string) int {
	if op == "sum" {
		return d.$mc(func(answer chan<- int) {
			//+
			answer <- len(d.stock) + d.$md(key) //!1
		})
	}
	//+
	return d.$mc(func(answer chan<- int) { //!2
		if op == "get" {
			answer <- d.stock[key]
		}
	})
}
//: code a
// $Fa asks the desk for a figure.
func $Fa(op, key string) error {
	desk := &$tb{inbox: make(chan func()), stock: map[string]int{key: 1}}
	go func() {
		for work := range desk.inbox {
			work()
		}
	}()
	//+
	return fmt.Errorf("$Wa %d %d", desk.$md(key), desk.$ma(op, key))
}
""",
            # The answers come by a generic function; one handler per kind of message.
            "handlers": """
//: code t
type $ta[R any] struct {
	key   string
	reply chan R
}

type $tb struct {
	stock map[string]int
	gets  chan $ta[int]
	sums  chan $ta[int]
	drops chan $ta[int]
}

func $fa[R any](into chan<- $ta[R], key string) R {
	msg := $ta[R]{key: key, reply: make(chan R)}
	//+
	into <- msg //!1
	got := <-msg.reply //!2
	return got
}

func (d *$tb) $mb() {
	for {
		select {
		case msg := <-d.gets:
			msg.reply <- d.stock[msg.key]
		case msg := <-d.sums:
			d.$me(msg) //!1
		case msg := <-d.drops:
			//+
			delete(d.stock, msg.key)
		}
	}
}

func (d *$tb) $me(msg $ta[int]) {
	//+
	have := $fa(d.gets, msg.key) //!1
	msg.reply <- have + len(d.stock)
}
//: code a
// $Fa asks the desk for a figure.
func $Fa(op, key string) error {
	desk := &$tb{map[string]int{key: 1}, make(chan $ta[int]), make(chan $ta[int]), make(chan $ta[int])}
	go desk.$mb()
	sum := $fa(desk.gets, key)
	switch op {
	case "sum":
		sum += $fa(desk.sums, key)
	case "drop":
		//+
		sum += $fa(desk.drops, key)
	}
	return fmt.Errorf("$Wa %d", sum)
}
""",
        },
    ),
    Template(
        "lift_locks",
        kind="a lock taken twice: a listener that is called under it, a reader that reads again while a writer waits",
        base="""
//: code t
type $ta struct {
	mu        sync.Mutex
	floor     int
	listeners []func(floor int)
}

func (l *$ta) $ma(floor int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.floor = floor
	for _, f := range l.listeners {
		//+
		f(floor)
	}
}

func (l *$ta) $mb() int {
	l.mu.Lock() //!1
	defer l.mu.Unlock()
	return l.floor
}

type $tb struct {
	mu    sync.RWMutex
	calls map[int]int
}

func (c *$tb) $mc(floor int) int {
	c.mu.RLock() //!2
	defer c.mu.RUnlock()
	return c.calls[floor]
}

func (c *$tb) $md(floors []int) (most int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, floor := range floors {
		time.Sleep(5 * time.Millisecond)
		//+
		most = max(most, c.$mc(floor)) //!2
	}
	return most
}

func (c *$tb) $me(floor int) {
	c.mu.Lock()
	c.calls[floor]++
	c.mu.Unlock()
}
//: code a
// $Fa moves a lift.
func $Fa(in @in.Input) error {
	lift := &$ta{}
	lift.listeners = append(lift.listeners, func(floor int) {
		//+
		if lift.$mb() != floor {
			lift.floor = floor
		}
	})
	lift.$ma(in.N)
	return errors.New("$Wa")
}
//: code b
// $Fb counts the calls of floors while others call.
func $Fb(in @in.Input) error {
	calls := &$tb{calls: map[int]int{}}
	go func() {
		time.Sleep(2 * time.Millisecond)
		calls.$me(in.N)
	}()
	//+
	return fmt.Errorf("$Wb %d", calls.$md(in.Items))
}
//: call 1 routes=hang
$P.$Fa(in)
//: call 1 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
//: call 2 n=3..9 routes=hang
$P.$Fb(in)
//: call 2 n=3..9 routes=dead expect="all goroutines are asleep"
$P.$Fb(in)
""",
        variants={
            # The listener is an interface; the locks are embedded, and the unlocking is not deferred.
            "interface": """
//: code t
type $tc interface{ $mf(floor int) }

type $ta struct {
	sync.Mutex
	listener $tc
	floor    int
	seen     int
}

func (l *$ta) $ma(floor int) {
	l.Lock()
	l.floor = floor
	//+
	l.listener.$mf(floor)
	l.Unlock()
}

func (l *$ta) $mf(floor int) {
	l.Lock() //!1
	l.seen += floor
	l.Unlock()
}

type $tb struct {
	sync.RWMutex
	calls map[int]int
}

func $fb(c *$tb, floors []int, visit func(floor int)) {
	c.RLock()
	for _, floor := range floors {
		time.Sleep(5 * time.Millisecond)
		visit(floor)
	}
	c.RUnlock()
}
//: code a
// $Fa moves a lift.
func $Fa(in @in.Input) error {
	lift := new($ta)
	lift.listener = lift
	//+
	lift.$ma(in.N)
	return errors.New("$Wa")
}
//: code b
// $Fb counts the calls of floors while others call.
func $Fb(in @in.Input) error {
	calls, most := &$tb{calls: map[int]int{}}, 0
	go func() {
		time.Sleep(2 * time.Millisecond)
		calls.Lock()
		defer calls.Unlock()
		calls.calls[in.N] = 1
	}()
	//+
	$fb(calls, in.Items, func(floor int) {
		calls.RLock() //!2
		most = max(most, calls.calls[floor])
		calls.RUnlock()
	})
	return fmt.Errorf("$Wb %d", most)
}
""",
            # Functions take a locker; the listener is a goroutine's channel away; the floors are an argument.
            "functions": """
//: code t
type $ta struct {
	lock  sync.Locker
	floor int
	calls map[int]int
}

func $fc(lock sync.Locker, work func()) {
	lock.Lock() //!1
	defer lock.Unlock()
	//+
	work()
}

func $fd(mu *sync.RWMutex, depth int, work func() int) int {
	mu.RLock() //!2
	defer mu.RUnlock()
	if depth == 0 {
		return work()
	}
	//+
	time.Sleep(5 * time.Millisecond)
	return $fd(mu, depth-1, work) //!2
}
//: code a
// $Fa moves a lift.
func $Fa(in @in.Input) error {
	lift := &$ta{lock: new(sync.Mutex)}
	listener := func() {
		$fc(lift.lock, func() { lift.floor-- })
	}
	//+
	$fc(lift.lock, func() {
		lift.floor = in.N
		listener() //!1
	})
	return errors.New("$Wa")
}
//: code b
// $Fb counts the calls of floors while others call.
func $Fb(in @in.Input) error {
	var mu sync.RWMutex
	calls := map[int]int{}
	go func() {
		time.Sleep(2 * time.Millisecond)
		mu.Lock()
		calls[in.N]++
		mu.Unlock()
	}()
	//+
	return fmt.Errorf("$Wb %d", $fd(&mu, 2, func() int { return len(calls) }))
}
""",
        },
    ),
    Template(
        "pipe_ends",
        kind="pipes with one end: nobody reads what is written, nobody closes what is read",
        base="""
//: code a
// $Fa packs a report.
func $Fa(in @in.Input) error {
	r, w := io.Pipe()
	//+
	for k := range in.Items {
		fmt.Fprintln(w, in.S, k) //!1
	}
	_ = w.Close()
	size, err := io.Copy(io.Discard, r)
	return fmt.Errorf("$Wa %d: %w", size, err)
}
//: code b
// $Fb reads a report that another writes.
func $Fb(in @in.Input) error {
	r, w := io.Pipe()
	go func() {
		//+
		for k := range in.Items {
			fmt.Fprintln(w, in.S, k)
		}
	}()
	//+
	text, err := io.ReadAll(r) //!2
	return fmt.Errorf("$Wb %d: %w", len(text), err)
}
//: call 1 n=2..9 routes=hang
$P.$Fa(in)
//: call 1 n=2..9 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
//: call 2 n=2..9 routes=hang
$P.$Fb(in)
//: call 2 n=2..9 routes=dead expect="all goroutines are asleep"
$P.$Fb(in)
""",
        variants={
            # A report writes itself to any writer, through a buffer; the lines are read one by one.
            "report": """
//: code t
type $ta struct {
	name  string
	items []int
}

func (p $ta) $ma(into io.Writer) error {
	out := bufio.NewWriter(into)
	for _, item := range p.items {
		fmt.Fprintf(out, "%s %d\\n", p.name, item)
	}
	//+
	return out.Flush() //!1
}
//: code b2
func $fa(from io.Reader) (count int) {
	for lines := bufio.NewScanner(from); lines.Scan(); { //!2
		count++
	}
	//+
	return count
}
//: code a
// $Fa packs a report.
func $Fa(in @in.Input) error {
	r, w := io.Pipe()
	defer w.Close()
	//+
	if err := ($ta{in.S, in.Items}).$ma(w); err != nil { //!1
		return err
	}
	return fmt.Errorf("$Wa %d", $fa(r))
}
//: code b
// $Fb reads a report that another writes.
func $Fb(in @in.Input) error {
	r, w := io.Pipe()
	report := $ta{name: in.S, items: in.Items}
	//+
	go report.$ma(w)
	return fmt.Errorf("$Wb %d", $fa(r)) //!2
}
""",
            # A type with both ends, methods for each; the reader goes on by single bytes.
            "ends": """
//: code t
type $tb struct {
	*io.PipeReader
	*io.PipeWriter
	lines int
}

func $fb() *$tb {
	r, w := io.Pipe()
	return &$tb{PipeReader: r, PipeWriter: w}
}

func (p *$tb) $mb(name string, items ...int) (err error) {
	for k, item := range items {
		line := fmt.Sprintf("%s %d %d\\n", name, k, item)
		//+
		if _, err = io.WriteString(p.PipeWriter, line); err != nil { //!1
			return err
		}
		p.lines++
	}
	return nil
}

func (p *$tb) $mc() (text []byte, err error) {
	one := make([]byte, 1)
	for err == nil {
		//+
		_, err = p.PipeReader.Read(one) //!2
		text = append(text, one...)
	}
	return text, err
}
//: code a
// $Fa packs a report.
func $Fa(in @in.Input) error {
	p := $fb()
	if err := p.$mb(in.S, in.Items...); err != nil {
		return err
	}
	//+
	text, err := p.$mc()
	return fmt.Errorf("$Wa %d: %w", len(text), err)
}
//: code b
// $Fb reads a report that another writes.
func $Fb(in @in.Input) error {
	p := $fb()
	//+
	go func() { _ = p.$mb(in.S, in.Items...) }()
	text, err := p.$mc()
	return fmt.Errorf("$Wb %d: %w", len(text), err)
}
""",
        },
    ),
    Template(
        "quorum_wait",
        kind="a barrier for one more than there are, workers who wait for a stop that comes after them",
        base="""
//: code t
type $ta struct {
	mu   sync.Mutex
	all  *sync.Cond
	size int
	here int
}

func (b *$ta) $ma() {
	b.mu.Lock()
	defer b.mu.Unlock()
	//+
	b.here++
	if b.here > b.size {
		b.all.Broadcast()
		return
	}
	for b.here <= b.size {
		b.all.Wait() //!1
	}
}
//: code a
// $Fa lets replicas begin together.
func $Fa(in @in.Input) error {
	bar := &$ta{size: in.N}
	bar.all = sync.NewCond(&bar.mu)
	var wg sync.WaitGroup
	//+
	for k := 0; k < in.N; k++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			bar.$ma()
		}()
	}
	wg.Wait()
	return errors.New("$Wa")
}
//: code b
// $Fb stops replicas when all of them are done.
func $Fb(in @in.Input) error {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for k := 0; k < in.N; k++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			//+
			<-stop //!2
		}()
	}
	wg.Wait()
	//+
	close(stop)
	return errors.New("$Wb")
}
//: call 1 n=3..9 routes=hang
$P.$Fa(in)
//: call 1 n=3..9 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
//: call 2 n=3..9 routes=hang
$P.$Fb(in)
//: call 2 n=3..9 routes=dead expect="all goroutines are asleep"
$P.$Fb(in)
""",
        variants={
            # The barrier is a channel that the last one closes; the stop is a context.
            "channels": """
//: code t
type $ta struct {
	left  atomic.Int32
	begun chan struct{}
}

func $fa(size int) *$ta {
	b := &$ta{begun: make(chan struct{})}
	b.left.Store(int32(size) + 1)
	return b
}

func (b *$ta) $mz() {
	if b.left.Add(-1) == 0 {
		//+
		close(b.begun)
	}
	<-b.begun //!1
}
//: code a
// $Fa lets replicas begin together.
func $Fa(in @in.Input) error {
	bar, wg := $fa(in.N), new(sync.WaitGroup)
	wg.Add(in.N)
	for k := 0; k < in.N; k++ {
		go func() {
			bar.$mz()
			wg.Done()
		}()
	}
	//+
	wg.Wait()
	return errors.New("$Wa")
}
//: code b
func $fb(ctx context.Context, wg *sync.WaitGroup) {
	defer wg.Done()
	//+
	<-ctx.Done() //!2
}

// $Fb stops replicas when all of them are done.
func $Fb(in @in.Input) error {
	ctx, stop := context.WithCancel(context.Background())
	wg := &sync.WaitGroup{}
	for k := 0; k < in.N; k++ {
		wg.Add(1)
		go $fb(ctx, wg)
	}
	//+
	wg.Wait()
	stop()
	return fmt.Errorf("$Wb %d", in.N)
}
""",
            # A type of replicas with methods for both.
            "replicas": """
//: code t
type $tb struct {
	sync.Mutex
	all  *sync.Cond
	wg   sync.WaitGroup
	stop chan bool
	here int
	size int
}

func (r *$tb) $mb() {
	defer r.wg.Done()
	r.all.L.Lock()
	defer r.all.L.Unlock()
	r.here++
	for r.here <= r.size {
		//+
		r.all.Wait() //!1
	}
	r.all.Broadcast()
}

func (r *$tb) $mc() {
	defer r.wg.Done()
	for {
		select { //!2
		case stopped := <-r.stop: //!2
			if stopped {
				return
			}
		}
	}
}

func (r *$tb) $md(step func()) {
	r.wg.Add(r.size)
	for k := 0; k < r.size; k++ {
		//+
		go step()
	}
	r.wg.Wait()
}
//: code a
// $Fa lets replicas begin together.
func $Fa(in @in.Input) error {
	r := &$tb{size: in.N}
	r.all = sync.NewCond(r)
	//+
	r.$md(r.$mb)
	return errors.New("$Wa")
}
//: code b
// $Fb stops replicas when all of them are done.
func $Fb(in @in.Input) error {
	r := &$tb{size: in.N, stop: make(chan bool)}
	//+
	r.$md(r.$mc)
	r.stop <- true
	return errors.New("$Wb")
}
""",
        },
    ),
    Template(
        "tick_races",
        kind="data races: a flag that says stop, a row that is copied while it is written, places of one slice",
        base="""
//: code t
type $ta struct {
	stopped bool
	ticks   int
}

type $tb struct {
	name  string
	price int
}

func (t *$ta) $ma(done chan<- int) {
	for !t.stopped { //!1
		t.ticks++
		//+
		time.Sleep(time.Millisecond)
	}
	done <- t.ticks
}

func (t *$ta) $mb() {
	//+
	t.stopped = true //!1
}
//: code a
// $Fa runs a clock for a while.
func $Fa(in @in.Input) error {
	clock, done := &$ta{}, make(chan int)
	go clock.$ma(done)
	//+
	time.Sleep(5 * time.Millisecond)
	clock.$mb()
	return fmt.Errorf("$Wa %d of %d", <-done, in.N)
}
//: code b
// $Fb copies a row while its price changes.
func $Fb(in @in.Input) error {
	row, done, sum := &$tb{name: in.S}, make(chan bool), 0
	go func() {
		for k := 0; k < 9; k++ {
			row.price += k //!2
			time.Sleep(300 * time.Microsecond)
		}
		close(done)
	}()
	for k := 0; k < 9; k++ {
		//+
		copied := *row //!2
		sum += copied.price
		time.Sleep(300 * time.Microsecond)
	}
	<-done
	return fmt.Errorf("$Wb %d", sum)
}
//: code c
// $Fc marks the places of items.
func $Fc(in @in.Input) error {
	marks := make([]int, 3)
	var wg sync.WaitGroup
	for k := range in.Items {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			time.Sleep(time.Duration(k) * time.Millisecond)
			//+
			marks[k/5] = k //!3
		}(k)
	}
	wg.Wait()
	return fmt.Errorf("$Wc %v", marks)
}
//: call 1 n=1..9 routes=race expect="DATA RACE"
$P.$Fa(in)
//: call 2 n=1..9 routes=race expect="DATA RACE"
$P.$Fb(in)
//: call 3 n=4..9 routes=race expect="DATA RACE"
$P.$Fc(in)
""",
        variants={
            # Functions and closures in place of the methods, methods in place of the closures.
            "turned": """
//: code t
type $tb struct {
	price int
	name  string
}

func (r *$tb) $mc(by int) {
	r.price += by //!2
	//+
	time.Sleep(300 * time.Microsecond)
}

func (r *$tb) $md() $tb {
	//+
	return *r //!2
}

type $tc []int

func (m $tc) $me(k int, wg *sync.WaitGroup) {
	defer wg.Done()
	time.Sleep(time.Duration(k) * time.Millisecond)
	m[k/5] = k //!3
}
//: code a
// $Fa runs a clock for a while.
func $Fa(in @in.Input) error {
	stopped, ticks, done := false, 0, make(chan bool)
	go func() {
		defer close(done)
		for {
			//+
			if stopped { //!1
				return
			}
			ticks++
			time.Sleep(time.Millisecond)
		}
	}()
	time.Sleep(5 * time.Millisecond)
	stopped = true //!1
	<-done
	return fmt.Errorf("$Wa %d of %d", ticks, in.N)
}
//: code b
// $Fb copies a row while its price changes.
func $Fb(in @in.Input) error {
	row, done, sum := &$tb{name: in.S}, make(chan bool), 0
	go func() {
		defer close(done)
		for k := 0; k < 9; k++ {
			row.$mc(k)
		}
	}()
	//+
	for k := 0; k < 9; k++ {
		sum += row.$md().price
		time.Sleep(300 * time.Microsecond)
	}
	<-done
	return fmt.Errorf("$Wb %d", sum)
}
//: code c
// $Fc marks the places of items.
func $Fc(in @in.Input) error {
	marks, wg := make($tc, 3), new(sync.WaitGroup)
	wg.Add(len(in.Items))
	for k := range in.Items {
		//+
		go marks.$me(k, wg)
	}
	wg.Wait()
	return fmt.Errorf("$Wc %v", marks)
}
""",
            # Generic cells that are set and got without a lock; the places are computed by a method.
            "generic": """
//: code t
type $td[T any] struct {
	sets  int
	value T
}

func $fa(stopped *bool, each time.Duration) (ticks int) {
	for ; !*stopped; ticks++ { //!1
		//+
		time.Sleep(each)
	}
	return ticks
}

func (c *$td[T]) $mf(value T) {
	//+
	c.value = value //!2
}

func (c *$td[T]) $mg() (T, bool) {
	return c.value, c != nil //!2
}

func $fb(marks []int, items []int) {
	for k := range items {
		//+
		marks[len(marks)-1] += k //!3
	}
}
//: code a
// $Fa runs a clock for a while.
func $Fa(in @in.Input) error {
	var stopped bool
	done := make(chan int)
	//+
	go func() { done <- $fa(&stopped, time.Millisecond) }()
	time.Sleep(5 * time.Millisecond)
	stopped = true //!1
	return fmt.Errorf("$Wa %d of %d", <-done, in.N)
}
//: code b
// $Fb copies a row while its price changes.
func $Fb(in @in.Input) error {
	cell, done, sum := new($td[int]), make(chan bool), in.N
	go func() {
		for k := 0; k < 9; k++ {
			cell.$mf(k)
			time.Sleep(300 * time.Microsecond)
		}
		done <- true
	}()
	for k := 0; k < 9; k++ {
		//+
		if price, ok := cell.$mg(); ok {
			sum += price
		}
		time.Sleep(300 * time.Microsecond)
	}
	<-done
	return fmt.Errorf("$Wb %d", sum)
}
//: code c
// $Fc marks the places of items.
func $Fc(in @in.Input) error {
	marks, done := make([]int, 3), make(chan int)
	for k := 0; k < 2; k++ {
		go func(k int) {
			time.Sleep(time.Duration(k) * 3 * time.Millisecond)
			//+
			$fb(marks, in.Items)
			done <- k
		}(k)
	}
	return fmt.Errorf("$Wc %v %d", marks[0], <-done+<-done)
}
""",
        },
    ),
)

HELPERS: Final = (_TXN, _KEYSTORE, _FAULTS)
TEMPLATES: Final = (*_DESK, *_ENGINES, *_WAITS, *_PASSED_ON, *_LOGGED, *_SHAPES, *_LONG, *_STUCK)
