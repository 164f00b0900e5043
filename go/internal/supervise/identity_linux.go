package supervise

import (
	"strings"
)

// containerID is the container that we are in, where /proc says so: 64 hexadecimal digits in the path of our control group
// or in a mount of the container's own files.
func containerID() string {
	for _, path := range []string{"/proc/self/cgroup", "/proc/self/mountinfo"} {
		if data, err := slurp(path); err == nil {
			if id := longHex(string(data)); id != "" {
				return id
			}
		}
	}
	return ""
}

const idLength = 64

// longHex is the first word of exactly 64 small hexadecimal digits that a container runtime's path holds.
func longHex(text string) string {
	for _, line := range strings.Split(text, "\n") {
		if !strings.Contains(line, "docker") && !strings.Contains(line, "containerd") && !strings.Contains(line, "kubepods") &&
			!strings.Contains(line, "crio") && !strings.Contains(line, "libpod") && !strings.Contains(line, "containers") {
			continue
		}
		run := 0
		for i := 0; i <= len(line); i++ {
			if i < len(line) && (line[i] >= '0' && line[i] <= '9' || line[i] >= 'a' && line[i] <= 'f') {
				run++
				continue
			}
			if run == idLength {
				return line[i-run : i]
			}
			run = 0
		}
	}
	return ""
}
