package crashtext

import (
	"bytes"
	"testing"
)

// BenchmarkStart is over lines of a log; a pipe passes about 2,000 MB/s.
func BenchmarkStart(b *testing.B) { overLog(b, Start) }

// BenchmarkStartInBulk is over the same.
func BenchmarkStartInBulk(b *testing.B) { overLog(b, StartInBulk) }

// BenchmarkPlain is over the same.
func BenchmarkPlain(b *testing.B) {
	overLog(b, func(data []byte) int {
		if Plain(data) {
			return -1
		}
		return 0
	})
}

func overLog(b *testing.B, start func([]byte) int) {
	data := bytes.Repeat([]byte("2026-11-27T10:00:00Z INFO request served in 12 ms path=/orders/4711 status=200 user=\"pat finger\"\n"), 640)
	b.SetBytes(int64(len(data)))
	for i := 0; i < b.N; i++ {
		if start(data) >= 0 {
			b.Fatal("found")
		}
	}
}
