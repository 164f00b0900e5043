package crashtext

import "bytes"

// Text is one crash text in data.
type Text struct {
	Begin, End int
	Headline   bool // it has one; else it is a dump of goroutines
	Glued      bool // its headline stands behind other text in its line
	Goroutines int
	Logged     bool // its first stack is one that the program itself printed (runtime/debug.Stack)
	System     bool // it has a `runtime stack:`, as some fatal errors have nothing else
}

// Whole says whether the runtime's stacks follow the headline, as they do unless GOTRACEBACK=none.
func (t Text) Whole() bool { return t.Headline && !t.Logged && (t.Goroutines > 0 || t.System) }

// IsDump says whether it is the goroutines of a process that did not crash: more than the one of a logged stack.
func (t Text) IsDump() bool { return !t.Headline && t.Goroutines > 1 }

// Find returns the crash texts in data, in order, apart from each other.
func Find(data []byte) []Text {
	var found []Text
	for at := 0; at < len(data); {
		start := Start(data[at:])
		if start < 0 {
			break
		}
		text := read(data, at, at+start)
		if len(found) > 0 && headless(found[len(found)-1]) && goesOn(data, found[len(found)-1], text) {
			// `panic: a`, then `panic: b` of another goroutine, before the stacks: one crash.
			text.Begin, text.Glued = found[len(found)-1].Begin, found[len(found)-1].Glued
			found = found[:len(found)-1]
		}
		found = append(found, text)
		at = max(text.End, at+start+1)
	}
	return found
}

func headless(t Text) bool { return t.Headline && t.Goroutines == 0 && !t.System }

// goesOn says whether the second text is of the same crash as the headline before it: nothing but what the runtime indents
// stands between the two.
func goesOn(data []byte, first, second Text) bool {
	if !second.Headline || second.Glued || first.Glued {
		return false
	}
	between := data[first.Begin:second.Begin]
	for lines := between[len(firstLine(between)):]; len(lines) > 0; {
		line := firstLine(lines)
		if line[0] != '\t' && line[0] != '[' && line[0] != '\n' {
			return false
		}
		lines = lines[len(line):]
	}
	return true
}

// Merge makes texts that follow each other without anything between them one: a process crashes once, so whoever knows
// that all are of one process knows that the later ones are what happened while it crashed.
func Merge(data []byte, texts []Text) []Text {
	var out []Text
	for _, text := range texts {
		if n := len(out); n > 0 && out[n-1].Whole() && len(bytes.TrimSpace(data[out[n-1].End:text.Begin])) == 0 {
			out[n-1].End = text.End
			out[n-1].Goroutines += text.Goroutines
			continue
		}
		out = append(out, text)
	}
	return out
}

// read takes the text that starts at `start`; nothing before `floor` belongs to it.
func read(data []byte, floor, start int) Text {
	text := Text{Begin: start, End: start}
	r := reader{data: data, text: &text}
	text.Glued = start > 0 && data[start-1] != '\n'
	if headlineAt(data[start:]) == none {
		r.trace(start)
		return text
	}
	text.Headline = true
	text.Begin = withPreamble(data, floor, start)
	r.head(start)
	return text
}

// withPreamble is where the lines begin that the runtime, or a C library, wrote right before the headline.
func withPreamble(data []byte, floor, start int) int {
	begin := start
	if begin > 0 && data[begin-1] != '\n' {
		return begin
	}
	for begin > floor {
		line := lineBefore(data, begin)
		at := begin - len(line)
		if at < floor {
			break
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		if !isPreamble(line) {
			// `partial lineruntime: goroutine stack exceeds`
			if glued := gluedPreamble(line); glued >= 0 {
				return at + glued
			}
			break
		}
		begin = at
	}
	return begin
}

var gluedPreambles = [...][]byte{
	[]byte("runtime: goroutine stack exceeds "), []byte("runtime: out of memory"), []byte("runtime: program exceeds "),
	[]byte("unexpected fault address "),
}

func gluedPreamble(line []byte) int {
	for _, word := range gluedPreambles {
		if at := bytes.Index(line, word); at >= 0 {
			return at
		}
	}
	return -1
}

// lineBefore is the line that ends right before `at`, with its end.
func lineBefore(data []byte, at int) []byte {
	return data[bytes.LastIndexByte(data[:at-1], '\n')+1 : at]
}

type reader struct {
	data []byte
	text *Text
}

// head reads from the headline to the stacks: a panic's value may have any lines, so only a header, or a headline at the
// beginning of a line, ends it.
func (r *reader) head(start int) {
	at := start + len(firstLine(r.data[start:]))
	r.text.End = at
	value := true // still the value's lines: those that begin with a tab, and those of Go before 1.23
	for at < len(r.data) {
		line := firstLine(r.data[at:])
		bare := bytes.TrimRight(line, "\r\n")
		switch {
		case isHeader(bare):
			r.trace(at)
			return
		case string(bare) == "runtime stack:":
			r.text.System = true
			r.trace(at)
			return
		case headlineAt(bare) != none:
			return
		case isLog(bare):
			value = false
		case value || inTrace(bare) && len(bare) > 0:
			r.text.End = at + len(line)
		}
		at += len(line)
	}
}

// trace reads stacks: what the runtime would not write is part of the text only where more of it follows.
func (r *reader) trace(at int) {
	first := true      // the first function of the first stack is still to come
	separator := false // the line before was a rule
	end := r.text.End
	for at < len(r.data) {
		line := firstLine(r.data[at:])
		bare := bytes.TrimRight(line, "\r\n")
		open := len(line) == len(bare) // cut off: any beginning of a line may be one of ours
		if r.text.Goroutines > 0 && !separator && headlineAt(bare) != none {
			break
		}
		fits := inTrace(bare) || open && end == at
		switch {
		case isHeader(bare):
			r.text.Goroutines++
		case first && fits && len(bare) > 0 && bare[0] != '\t' && r.text.Goroutines > 0:
			first = false
			r.text.Logged = bytes.HasPrefix(bare, []byte("runtime/debug.Stack(")) ||
				bytes.HasPrefix(bare, []byte("runtime/debug.PrintStack("))
		}
		if len(bare) > 0 {
			// GOTRACEBACK=crash: the threads follow, each behind a rule and a SIGQUIT of the runtime's own.
			separator = string(bare) == "-----"
		}
		if fits && (len(bare) > 0 || end == at) {
			end = at + len(line)
		}
		at += len(line)
	}
	r.text.End = max(r.text.End, end)
}

// firstLine is the first line with its end.
func firstLine(data []byte) []byte {
	if end := bytes.IndexByte(data, '\n'); end >= 0 {
		return data[:end+1]
	}
	return data
}
