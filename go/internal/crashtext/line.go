package crashtext

import "bytes"

// isHeader says whether a line without its end is a goroutine's header: `goroutine 7 gp=0xc000 m=0 mp=0x56a0 [running]:`.
func isHeader(line []byte) bool {
	line = bytes.TrimRight(line, " \r")
	return headerBegins(line) && bytes.HasSuffix(line, []byte(":")) && bytes.IndexByte(line, '[') > 0
}

var tracePrefixes = [...][]byte{
	[]byte("created by "), []byte("..."), []byte("[originating from goroutine "), []byte("[signal "),
	[]byte("runtime stack:"), []byte("-----"), []byte("PC="), []byte("runtime: "), []byte("stack: frame="),
	[]byte("traceback: "), []byte("signal arrived during "), []byte("instruction bytes:"),
	[]byte("[failed to restore the stack]"), []byte("non-Go function"), []byte("panic during "),
	[]byte("goroutine running on other thread"), []byte("[recovered"), []byte("unexpected fault address "),
	[]byte("exit status "),
}

// inTrace says whether a line without its end is one that the runtime writes once it prints stacks.
func inTrace(line []byte) bool {
	line = bytes.TrimRight(line, "\r")
	if len(line) == 0 || line[0] == '\t' {
		return true
	}
	for _, prefix := range tracePrefixes {
		if bytes.HasPrefix(line, prefix) {
			return true
		}
	}
	return isHeader(line) || isFunction(line) || isRegister(line) || isHexDump(line) || headlineAt(line) != none
}

// isFunction says whether a line reads like `path/pkg.Func(args)`: no blank before the arguments.
func isFunction(line []byte) bool {
	if line[len(line)-1] != ')' {
		return false
	}
	name := line[:max(0, openBracket(line))]
	if len(name) == 0 {
		return false
	}
	return bytes.IndexByte(name, ' ') < 0 || bytes.Contains(name, []byte("struct {")) || bytes.Contains(name, []byte("interface {"))
}

// openBracket is the place of the bracket that the last one closes.
func openBracket(line []byte) int {
	depth := 0
	for at := len(line) - 1; at >= 0; at-- {
		switch line[at] {
		case ')':
			depth++
		case '(':
			if depth--; depth == 0 {
				return at
			}
		}
	}
	return -1
}

// isRegister: `rax    0x0`, `r10 0x7f…`, `lr      0x4004f8`.
func isRegister(line []byte) bool {
	at := 0
	for at < len(line) && (line[at] >= 'a' && line[at] <= 'z' || line[at] >= '0' && line[at] <= '9') {
		at++
	}
	if at < 2 || at > 8 || at == len(line) || line[at] != ' ' {
		return false
	}
	rest := bytes.TrimLeft(line[at:], " ")
	return bytes.HasPrefix(rest, []byte("0x")) && bytes.IndexByte(rest, ' ') < 0
}

// isHexDump: `0x000000c000046f40:  0x00…` (runtime/hexdump.go), printed where a stack is damaged.
func isHexDump(line []byte) bool {
	at := 0
	if bytes.HasPrefix(line, []byte("0x")) {
		at = 2
	}
	digits := 0
	for at < len(line) && (line[at] >= '0' && line[at] <= '9' || line[at] >= 'a' && line[at] <= 'f') {
		at++
		digits++
	}
	return digits >= 4 && digits <= 16 && bytes.HasPrefix(line[at:], []byte(": "))
}

var preambles = [...][]byte{
	[]byte("runtime: "), []byte("unexpected fault address "), []byte("stack: frame="),
	// What C libraries print before they abort.
	[]byte("*** "), []byte("free(): "), []byte("malloc(): "), []byte("realloc(): "), []byte("calloc(): "),
	[]byte("munmap_chunk(): "), []byte("malloc_consolidate(): "), []byte("double free or corruption"),
	[]byte("corrupted "), []byte("terminate called "), []byte("  what():  "),
	[]byte("libc++abi: "), []byte("Fatal glibc error: "), []byte("FATAL: exception not rethrown"), []byte("break adjusted to free malloc space"),
}

// isPreamble says whether a line is one that precedes the headline of a crash.
func isPreamble(line []byte) bool {
	for _, prefix := range preambles {
		if bytes.HasPrefix(line, prefix) {
			return true
		}
	}
	return isHexDump(line) || isAssertion(line)
}

// isAssertion: "prog: file.c:12: main: Assertion `x' failed." (glibc; musl writes "Assertion failed: x (file.c: main: 12)").
func isAssertion(line []byte) bool {
	return bytes.Contains(line, []byte(": Assertion `")) && bytes.HasSuffix(line, []byte("' failed.")) ||
		bytes.HasPrefix(line, []byte("Assertion failed: "))
}

var levels = [...][]byte{
	[]byte("TRACE"), []byte("DEBUG"), []byte("INFO"), []byte("NOTICE"), []byte("WARN"), []byte("ERROR"), []byte("FATAL"),
	[]byte("time="), []byte("ts="), []byte("level="), []byte("lvl="), []byte("msg="), []byte("severity="), []byte(`{"`),
}

// isLog says whether a line begins like one of an ordinary log: a time, a klog or logfmt head, a level, an object.
func isLog(line []byte) bool {
	line = bytes.TrimPrefix(line, []byte("["))
	for _, level := range levels {
		if bytes.HasPrefix(line, level) {
			return true
		}
	}
	return like(line, "0000-00-00") || like(line, "0000/00/00") || like(line, "00:00:00") ||
		len(line) > 5 && bytes.IndexByte([]byte("IWEFD"), line[0]) >= 0 && like(line[1:], "0000 00:00:00")
}

// like says whether a line begins with such a pattern; 0 stands for any digit.
func like(line []byte, pattern string) bool {
	if len(line) < len(pattern) {
		return false
	}
	for i := range pattern {
		if pattern[i] == '0' && (line[i] < '0' || line[i] > '9') || pattern[i] != '0' && line[i] != pattern[i] {
			return false
		}
	}
	return true
}
