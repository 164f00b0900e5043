package supervise

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"panictrail.dev/go/internal/gobinary"
)

// process is one that may have crashed: which one of all that ever had its PID, and its binary while it can be had.
type process struct {
	pid   int
	start string // in clock ticks since boot, as /proc states it: a PID may come again
	nspid int
	exe   string
	file  *os.File // its binary, open; nil where that could not be had
}

func (p *process) close() {
	if p.file != nil {
		p.file.Close()
		p.file = nil
	}
}

// alive says whether the process still runs; a zombie does not.
func (p *process) alive() bool {
	_, state, start, ok := readStat(p.pid)
	return ok && start == p.start && state != 'Z' && state != 'X'
}

// readStat reads /proc/PID/stat: parent, state, start. The name in it may hold blanks and brackets.
func readStat(pid int) (parent int, state byte, start string, ok bool) {
	data, err := slurp("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, 0, "", false
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	const startField = 19
	if len(fields) <= startField {
		return 0, 0, "", false
	}
	parent, err = strconv.Atoi(fields[1])
	return parent, fields[0][0], fields[startField], err == nil
}

// goProcesses returns the topmost Go programs below a process: what they start is theirs.
func goProcesses(root int) []process {
	children := childrenByParent()
	var found []process
	seen := map[int]bool{}
	queue := children(root)
	for len(queue) > 0 {
		pid := queue[0]
		queue = queue[1:]
		if seen[pid] {
			continue
		}
		seen[pid] = true
		p, isGo := examine(pid)
		if isGo {
			found = append(found, p)
			continue
		}
		p.close()
		queue = append(queue, children(pid)...)
	}
	return found
}

// childrenByParent finds children by /proc/PID/task/TID/children, or by reading all processes where the kernel has none
// of these (CONFIG_PROC_CHILDREN).
func childrenByParent() func(int) []int {
	var all map[int][]int
	return func(pid int) []int {
		if all == nil {
			if found, ok := childrenOf(pid); ok {
				return found
			}
			all = scanParents()
		}
		return all[pid]
	}
}

func childrenOf(pid int) (found []int, ok bool) {
	folder := "/proc/" + strconv.Itoa(pid) + "/task"
	for _, thread := range names(folder) {
		data, err := slurp(folder + "/" + thread + "/children")
		if err != nil {
			continue
		}
		ok = true
		for _, field := range strings.Fields(string(data)) {
			if child, err := strconv.Atoi(field); err == nil {
				found = append(found, child)
			}
		}
	}
	return found, ok
}

func scanParents() map[int][]int {
	all := map[int][]int{}
	for _, name := range names("/proc") {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if parent, _, _, ok := readStat(pid); ok {
			all[parent] = append(all[parent], pid)
		}
	}
	return all
}

func names(folder string) []string {
	file, err := os.Open(folder)
	if err != nil {
		return nil
	}
	defer file.Close()
	found, _ := file.Readdirnames(-1)
	return found
}

// examine reads what can be known of a process only while it lives, and whether it is a Go program.
func examine(pid int) (process, bool) {
	_, state, start, ok := readStat(pid)
	p := process{pid: pid, start: start}
	if !ok || state == 'Z' || state == 'X' {
		return p, false
	}
	path := "/proc/" + strconv.Itoa(pid)
	p.exe, _ = os.Readlink(path + "/exe")
	p.exe = strings.TrimSuffix(p.exe, " (deleted)")
	if value := statusField(pid, "NSpid:"); value != "" {
		fields := strings.Fields(value)
		p.nspid, _ = strconv.Atoi(fields[len(fields)-1])
	}
	file, err := os.Open(path + "/exe")
	if err != nil {
		return p, false
	}
	p.file = file
	return p, gobinary.Is(file)
}

// statusField is the rest of a line of /proc/PID/status.
func statusField(pid int, name string) string {
	data, err := slurp("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return ""
	}
	for _, line := range strings.Split(string(data), "\n") {
		if value, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// catches says whether a process has a handler for a signal.
func catches(pid, signal int) bool {
	mask, err := strconv.ParseUint(statusField(pid, "SigCgt:"), 16, 64)
	return err == nil && mask>>(signal-1)&1 == 1
}

var shells = map[string]bool{
	"sh": true, "bash": true, "dash": true, "ash": true, "busybox": true, "ksh": true, "mksh": true, "zsh": true, "fish": true,
}

// isShell says whether a process runs a command shell.
func isShell(pid int) bool {
	exe, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
	return shells[exe[strings.LastIndexByte(exe, '/')+1:]]
}
