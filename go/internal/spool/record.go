// Package spool keeps records of crashes in a folder: append-only segments of framed records, written by one
// supervisor each, read by anybody. It never loses a record that was written, and never tears one.
//
//	record   "\xf5PS1" | u32 length of the head | u32 length of the body | u32 CRC-32 (IEEE) of both | head | body
//	head     a JSON object (Head)
//	body     the crash text (head.raw bytes), then the ring's lines (head.ring bytes)
//
// Numbers are big-endian. docs/spool.md is the contract that readers in other languages rely on.
package spool

import (
	"encoding/binary"
	"hash/crc32"
	"time"
)

// Magic begins every record; 0xf5 is in no UTF-8 text.
const Magic = "\xf5PS1"

// FrameSize is what stands before the head.
const FrameSize = len(Magic) + 12

// Source says where a crash text was had from.
type Source string

const (
	Stderr      Source = "stderr"
	CrashOutput Source = "crashoutput"
	Both        Source = "both"
	Ring        Source = "ring" // no text at all
)

// Exit is how a process ended; nil fields are not known. All nil: it lives on, or nobody could see it end.
type Exit struct {
	Code   *int
	Signal *int
	Core   bool
	OOM    *bool
}

// Build is what the binary says of itself; empty strings are not known.
type Build struct {
	Go, Module, Version, Revision, BuildID string
}

// Head is what is known of a crash besides its text.
type Head struct {
	At        time.Time
	PID       int
	NSPID     int // 0: not known
	Command   []string
	Exit      Exit
	Source    Source
	Host      string
	Container string
	Truncated bool
	Exe       string
	Build     *Build
	Dump      bool // goroutines of a process that did not crash
}

// Record is a head with its texts.
type Record struct {
	Head
	Raw  []byte
	Ring []byte
}

// frame returns everything that stands before the body.
func (r *Record) frame() []byte {
	out := make([]byte, FrameSize, FrameSize+512)
	out = r.appendHead(out)
	copy(out, Magic)
	head := out[FrameSize:]
	binary.BigEndian.PutUint32(out[4:], uint32(len(head)))
	binary.BigEndian.PutUint32(out[8:], uint32(len(r.Raw)+len(r.Ring)))
	sum := crc32.ChecksumIEEE(head)
	sum = crc32.Update(sum, crc32.IEEETable, r.Raw)
	sum = crc32.Update(sum, crc32.IEEETable, r.Ring)
	binary.BigEndian.PutUint32(out[12:], sum)
	return out
}
