package supervise

import "runtime"

// memfdCreate is the number of memfd_create(2), which package syscall of Go 1.21 does not have.
var memfdCreate = map[string]uintptr{
	"amd64": 319, "386": 356, "arm": 385, "s390x": 350, "ppc64": 360, "ppc64le": 360,
	"mips": 4354, "mipsle": 4354, "mips64": 5314, "mips64le": 5314,
}[runtime.GOARCH] | generic[runtime.GOARCH]

// generic is the number on all architectures that came after 2010.
var generic = map[string]uintptr{"arm64": 279, "riscv64": 279, "loong64": 279}
