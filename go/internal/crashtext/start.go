// Package crashtext finds the text of a Go crash in what a process wrote to its standard error: from the first byte that
// the runtime wrote to the last. Pure functions over bytes; the grammar is that of runtime/panic.go, traceback.go and
// signal_unix.go of Go 1.16 to 1.27.
package crashtext

import "bytes"

// Overlap is how many bytes before a chunk have to be searched again with it: the longest Start less one byte.
const Overlap = 40

// The words that every crash text contains early.
var words = [...][]byte{[]byte("panic: "), []byte("fatal"), []byte("goroutine "), []byte("SIG")}

// Start returns the first place in data where a crash text may begin, or -1. It may stand behind a partial line: the
// runtime writes where the program left off.
func Start(data []byte) int {
	first := -1
	for _, word := range words {
		searched := data
		if first >= 0 {
			searched = data[:min(len(data), first+len(word))]
		}
		if at := next(searched, word, data); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

func next(searched, word, data []byte) int {
	for from := 0; ; {
		at := bytes.Index(searched[from:], word)
		if at < 0 {
			return -1
		}
		at += from
		if begins(data[at:]) {
			return at
		}
		from = at + 1
	}
}

func begins(data []byte) bool { return headlineAt(data) != none || headerBegins(data) }

// longLine is where a line is looked through though it begins like no crash: logs have few such lines.
const longLine = 2 << 10

// StartInBulk is Start for a stream that is read in large pieces: it looks where lines begin, within long lines, and within
// the last bytes. A headline behind a partial line is seen by the stacks below it, whose headers begin lines. It is ten times
// faster than Start.
func StartInBulk(data []byte) int {
	if at := startOfLine(data); at >= 0 {
		return at
	}
	last := max(0, len(data)-longLine)
	if at := Start(data[last:]); at >= 0 {
		return last + at
	}
	return -1
}

func startOfLine(data []byte) int {
	for at := 0; at < len(data); {
		switch data[at] {
		case 'p', 'f', 'g', 'S':
			if begins(data[at:]) {
				return at
			}
		}
		size := bytes.IndexByte(data[at:], '\n') + 1
		if size == 0 {
			size = len(data) - at
		}
		if size > longLine {
			if found := Start(data[at : at+size]); found >= 0 {
				return at + found
			}
		}
		at += size
	}
	return -1
}

// Plain says whether data, read in bulk, holds nothing of a crash but, perhaps, a headline with the lines of a value: no stack,
// since each has a line that begins with a tab, no long line, and none of its last lines begins like a crash. It is five times
// faster than StartInBulk.
func Plain(data []byte) bool {
	for at, tabs := 0, 0; ; tabs++ {
		next := bytes.IndexByte(data[at:], '\t')
		if next < 0 {
			break
		}
		if at += next; at == 0 || data[at-1] == '\n' || tabs == fewTabs {
			return false
		}
		at++
	}
	at := 0
	for len(data)-at > longLine {
		size := bytes.LastIndexByte(data[at:at+longLine], '\n') + 1
		if size == 0 {
			return false
		}
		at += size
	}
	return startOfLine(data[at:]) < 0
}

// fewTabs is how many tabs are worth a look at what stands before each.
const fewTabs = 16

// Headline returns the first place in data where a line begins with the headline of a crash, or -1.
func Headline(data []byte) int {
	for from := 0; ; {
		at := Start(data[from:])
		if at < 0 {
			return -1
		}
		at += from
		if headlineAt(data[at:]) != none && (at == 0 || data[at-1] == '\n') {
			return at
		}
		from = at + 1
	}
}

// kind is what a headline says.
type kind uint8

const (
	none kind = iota
	panicked
	fatal
	signalled
)

var (
	panicWord  = []byte("panic: ")
	fatalWords = [...][]byte{
		[]byte("fatal error: "), []byte("fatal: morestack on "), []byte("fatal: systemstack called from "),
	}
)

// headlineAt says which headline data begins with.
func headlineAt(data []byte) kind {
	switch {
	case len(data) == 0:
		return none
	case data[0] == 'p' && bytes.HasPrefix(data, panicWord):
		return panicked
	case data[0] == 'f':
		for _, word := range fatalWords {
			if bytes.HasPrefix(data, word) {
				return fatal
			}
		}
	case data[0] == 'S' && bytes.HasPrefix(data, []byte("SIG")):
		at := len("SIG")
		for at < len(data) && at <= 13 && (data[at] >= 'A' && data[at] <= 'Z' || data[at] >= '0' && data[at] <= '9') {
			at++
		}
		// `SIGQUIT: quit`: two to ten capitals or digits, a colon, and a word in small letters.
		if at >= 5 && at <= 13 && at+2 < len(data) && data[at] == ':' && data[at+1] == ' ' && data[at+2] >= 'a' && data[at+2] <= 'z' {
			return signalled
		}
	}
	return none
}

// headerBegins says whether data begins like a goroutine's header, as far as it is there.
func headerBegins(data []byte) bool {
	const word = "goroutine "
	if len(data) <= len(word) || string(data[:len(word)]) != word {
		return false
	}
	at := len(word)
	for at < len(data) && data[at] >= '0' && data[at] <= '9' {
		at++
	}
	rest := data[at:]
	return at > len(word) && (bytes.HasPrefix(rest, []byte(" [")) || bytes.HasPrefix(rest, []byte(" gp=0x")))
}
