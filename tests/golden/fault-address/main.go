// A memory-mapped file that was truncated under its reader.
package main

import (
	"fmt"
	"os"
	"syscall"
)

func checksum(data []byte) (sum int) {
	for _, b := range data {
		sum += int(b)
	}
	return sum
}

func main() {
	file, err := os.CreateTemp("", "stock")
	if err != nil {
		panic(err)
	}
	os.Remove(file.Name())
	file.Truncate(4096)
	data, err := syscall.Mmap(int(file.Fd()), 0, 4096, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	file.Truncate(0)
	fmt.Println(checksum(data))
}
