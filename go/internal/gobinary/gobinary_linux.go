// Package gobinary tells whether a program is a Go program, and what its build says of itself, by reading a few hundred
// bytes of the file. debug/buildinfo does the same and brings five more formats and a decompressor.
package gobinary

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
)

// Info is what a Go binary says of itself; empty strings are not known.
type Info struct {
	Go, Module, Version, Revision, BuildID string
}

// The header of .go.buildinfo (cmd/link/internal/ld/data.go buildinfo).
const (
	infoMagic    = "\xff Go buildinf:"
	infoHeader   = 32
	inlineFlag   = 2 // Go 1.18: the strings follow the header; before, pointers to them
	sentinelSize = 16
)

// limits of what a hostile file can make us read
const (
	maxSections = 4096
	maxNames    = 1 << 20
	maxText     = 1 << 20
)

type section struct {
	name         string
	offset, size int64
}

// Is says whether the file is a Go program.
func Is(file *os.File) bool {
	for _, s := range sections(file) {
		if s.name == ".go.buildinfo" || s.name == ".gopclntab" {
			return true
		}
	}
	return false
}

// Read returns what the build of a Go program says; nil for any other file.
func Read(file *os.File) *Info {
	var info Info
	found := false
	for _, s := range sections(file) {
		switch s.name {
		case ".go.buildinfo":
			found = true
			readInfo(&info, readAt(file, s.offset, min(s.size, maxText)))
		case ".gopclntab":
			found = true
		case ".note.go.buildid":
			info.BuildID = readNote(readAt(file, s.offset, min(s.size, 4096)), order(file))
		}
	}
	if !found {
		return nil
	}
	return &info
}

func readAt(file *os.File, offset, size int64) []byte {
	if size <= 0 || offset < 0 {
		return nil
	}
	data := make([]byte, size)
	n, _ := file.ReadAt(data, offset)
	return data[:n]
}

func order(file *os.File) binary.ByteOrder {
	if head := readAt(file, 0, 6); len(head) == 6 && head[5] == 2 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// sections reads the section headers of an ELF file, 32 or 64 bits, either byte order; none where it is no such file.
func sections(file *os.File) []section {
	head := readAt(file, 0, 64)
	if len(head) < 52 || string(head[:4]) != "\x7fELF" {
		return nil
	}
	o := order(file)
	wide := head[4] == 2
	if wide && len(head) < 64 {
		return nil
	}
	var table int64
	var each, count, names int
	if wide {
		table = int64(o.Uint64(head[0x28:]))
		each, count, names = int(o.Uint16(head[0x3a:])), int(o.Uint16(head[0x3c:])), int(o.Uint16(head[0x3e:]))
	} else {
		table = int64(o.Uint32(head[0x20:]))
		each, count, names = int(o.Uint16(head[0x2e:])), int(o.Uint16(head[0x30:])), int(o.Uint16(head[0x32:]))
	}
	if each < 40 || wide && each < 64 || count > maxSections || names >= count {
		return nil
	}
	raw := readAt(file, table, int64(each*count))
	at := func(i int) (name uint32, offset, size int64) {
		entry := raw[i*each:]
		if wide {
			return o.Uint32(entry), int64(o.Uint64(entry[24:])), int64(o.Uint64(entry[32:]))
		}
		return o.Uint32(entry), int64(o.Uint32(entry[16:])), int64(o.Uint32(entry[20:]))
	}
	if len(raw) < each*count {
		return nil
	}
	_, offset, size := at(names)
	texts := readAt(file, offset, min(size, maxNames))
	var found []section
	for i := 0; i < count; i++ {
		name, offset, size := at(i)
		if int64(name) < int64(len(texts)) {
			text, _, _ := bytes.Cut(texts[name:], []byte{0})
			found = append(found, section{string(text), offset, size})
		}
	}
	return found
}

func readInfo(info *Info, data []byte) {
	if len(data) < infoHeader || !bytes.HasPrefix(data, []byte(infoMagic)) || data[15]&inlineFlag == 0 {
		return
	}
	version, rest := prefixed(data[infoHeader:])
	module, _ := prefixed(rest)
	info.Go = version
	if len(module) < 2*sentinelSize {
		return
	}
	for _, line := range strings.Split(module[sentinelSize:len(module)-sentinelSize], "\n") {
		fields := strings.Split(line, "\t")
		switch {
		case fields[0] == "mod" && len(fields) >= 3:
			info.Module, info.Version = fields[1], fields[2]
		case fields[0] == "path" && len(fields) >= 2 && info.Module == "":
			info.Module = fields[1]
		case fields[0] == "build" && len(fields) >= 2:
			if revision, ok := strings.CutPrefix(fields[1], "vcs.revision="); ok {
				info.Revision = revision
			}
		}
	}
}

// prefixed is a string behind its length as a varint.
func prefixed(data []byte) (string, []byte) {
	size, n := binary.Uvarint(data)
	if n <= 0 || size > uint64(len(data)-n) {
		return "", nil
	}
	return string(data[n : n+int(size)]), data[n+int(size):]
}

// readNote is the text of an ELF note of Go: sizes of name and text, kind 4, name "Go\0\0", text.
func readNote(data []byte, o binary.ByteOrder) string {
	if len(data) < 16 || o.Uint32(data) != 4 || o.Uint32(data[8:]) != 4 || string(data[12:16]) != "Go\x00\x00" {
		return ""
	}
	size := o.Uint32(data[4:])
	if int64(size) > int64(len(data)-16) {
		return ""
	}
	return string(data[16 : 16+size])
}
