package crashtext

import "bytes"

// Combine joins what one crash left on standard error with what it left in the file of debug.SetCrashOutput. The file
// lacks the `fatal error:` line and is never mixed with other output; standard error has that line, and may have been cut
// off or mixed with logs. Equal parts are taken once. used says how much of output is of this crash; 0: nothing. alone: no
// other process wrote to output.
func Combine(stderr, output []byte, alone bool) (raw []byte, used int) {
	body := bytes.TrimLeft(output, "\n")
	first := firstLine(body)
	if len(body) == 0 {
		return stderr, 0
	}
	best := -1
	for at := 0; ; {
		next := bytes.Index(stderr[at:], first)
		if next < 0 {
			break
		}
		at += next
		if best < 0 {
			best = at
		}
		switch there := stderr[at:]; {
		case bytes.HasPrefix(there, body):
			return stderr, len(output)
		case bytes.HasPrefix(body, there) && !alone: // what follows is of the next crash
			return stderr, len(output) - len(body) + len(there)
		case bytes.HasPrefix(body, there):
			return join(stderr[:at], body), len(output)
		}
		at++
	}
	if best >= 0 {
		if headers(body) >= headers(stderr[best:]) {
			return join(stderr[:best], body), len(output)
		}
		return stderr, len(output)
	}
	if headlineAt(body) == none && headers(stderr) == 0 && Start(stderr) >= 0 {
		return join(stderr, output), len(output)
	}
	return stderr, 0
}

func join(a, b []byte) []byte {
	if len(a) == 0 {
		return b
	}
	return append(append(make([]byte, 0, len(a)+len(b)), a...), b...)
}

func headers(data []byte) int {
	n := 0
	for len(data) > 0 {
		line := firstLine(data)
		if isHeader(bytes.TrimRight(line, "\r\n")) {
			n++
		}
		data = data[len(line):]
	}
	return n
}

// abortLines is how many lines may follow a C library's message: glibc before 2.26 printed a backtrace and a memory map.
const abortLines = 400

// Abort finds the message that a C library, or the C++ runtime, printed last before it aborted; begin is -1 where there is
// none.
func Abort(data []byte) (begin, end int) {
	begin = -1
	for at, lines := len(data), 0; at > 0 && lines <= abortLines; lines++ {
		line := lineBefore(data, at)
		at -= len(line)
		bare := bytes.TrimRight(line, "\r\n")
		switch {
		case isPreamble(bare) && !bytes.HasPrefix(bare, []byte("runtime: ")):
			begin = at
		case begin >= 0:
			return begin, len(data)
		}
	}
	return begin, len(data)
}
