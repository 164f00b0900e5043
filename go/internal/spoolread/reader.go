// Package spoolread takes a segment of a spool apart; tests use it. It is apart from package spool so that the supervisor
// does not carry encoding/json.
package spoolread

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"time"

	"panictrail.dev/go/internal/spool"
)

// Found is a record as read, or bytes that are none.
type Found struct {
	spool.Record
	Damage []byte // bytes that are no record; nothing else is set then
}

// headJSON is a head as it is written; null is the zero value where it is no pointer.
type headJSON struct {
	V         int          `json:"v"`
	At        time.Time    `json:"at"`
	PID       int          `json:"pid"`
	NSPID     int          `json:"nspid"`
	Command   []string     `json:"command"`
	Exit      exitJSON     `json:"exit"`
	Source    spool.Source `json:"source"`
	Raw       int          `json:"raw"`
	Ring      int          `json:"ring"`
	Host      string       `json:"host"`
	Container string       `json:"container"`
	Truncated bool         `json:"truncated"`
	Exe       string       `json:"exe"`
	Build     *struct {
		Go       string `json:"go"`
		Module   string `json:"module"`
		Version  string `json:"version"`
		Revision string `json:"revision"`
		BuildID  string `json:"build_id"`
	} `json:"build"`
	Dump bool `json:"dump"`
}

type exitJSON struct {
	Code   *int  `json:"code"`
	Signal *int  `json:"signal"`
	Core   bool  `json:"core"`
	OOM    *bool `json:"oom"`
}

// Read takes a segment apart. It never fails: where there is no record it looks for the next magic.
func Read(data []byte) []Found {
	var found []Found
	damage := 0
	at := 0
	for at < len(data) {
		record, size := readOne(data[at:])
		if size == 0 {
			next := bytes.Index(data[at+1:], []byte(spool.Magic))
			if next < 0 {
				at = len(data)
			} else {
				at += 1 + next
			}
			continue
		}
		if damage < at {
			found = append(found, Found{Damage: data[damage:at]})
		}
		found = append(found, Found{Record: record})
		at += size
		damage = at
	}
	if damage < len(data) {
		found = append(found, Found{Damage: data[damage:]})
	}
	return found
}

func readOne(data []byte) (spool.Record, int) {
	if len(data) < spool.FrameSize || string(data[:len(spool.Magic)]) != spool.Magic {
		return spool.Record{}, 0
	}
	headSize := int64(binary.BigEndian.Uint32(data[4:]))
	bodySize := int64(binary.BigEndian.Uint32(data[8:]))
	size := int64(spool.FrameSize) + headSize + bodySize
	if size > int64(len(data)) || crc32.ChecksumIEEE(data[spool.FrameSize:size]) != binary.BigEndian.Uint32(data[12:]) {
		return spool.Record{}, 0
	}
	var head headJSON
	if json.Unmarshal(data[spool.FrameSize:int64(spool.FrameSize)+headSize], &head) != nil || head.V != 1 {
		return spool.Record{}, 0
	}
	body := data[int64(spool.FrameSize)+headSize : size]
	if head.Raw < 0 || head.Ring < 0 || head.Raw+head.Ring > len(body) {
		return spool.Record{}, 0
	}
	record := spool.Record{Head: head.value(), Raw: body[:head.Raw], Ring: body[head.Raw : head.Raw+head.Ring]}
	return record, int(size)
}

func (h *headJSON) value() spool.Head {
	return spool.Head{
		At: h.At, PID: h.PID, NSPID: h.NSPID, Command: h.Command, Source: h.Source, Truncated: h.Truncated, Dump: h.Dump,
		Exit: spool.Exit(h.Exit), Host: h.Host, Container: h.Container, Exe: h.Exe, Build: (*spool.Build)(h.Build),
	}
}
