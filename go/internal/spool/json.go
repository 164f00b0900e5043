package spool

import (
	"strconv"
	"unicode/utf8"
)

// The head is encoded by hand: encoding/json would make the binary, its start and its memory half as big again.

// timeLayout, of heads and of lost.txt, is RFC 3339 with all nine digits, so that times compare as text.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

func (r *Record) appendHead(out []byte) []byte {
	out = append(out, `{"v":1,"at":"`...)
	out = r.At.UTC().AppendFormat(out, timeLayout)
	out = append(out, `","pid":`...)
	out = strconv.AppendInt(out, int64(r.PID), 10)
	out = append(out, `,"nspid":`...)
	out = appendNumber(out, r.NSPID, r.NSPID != 0)
	out = append(out, `,"command":[`...)
	for i, word := range r.Command {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendString(out, word)
	}
	out = append(out, `],"exit":`...)
	out = appendExit(out, r.Exit)
	out = append(out, `,"source":`...)
	out = appendString(out, string(r.Source))
	out = append(out, `,"raw":`...)
	out = strconv.AppendInt(out, int64(len(r.Raw)), 10)
	out = append(out, `,"ring":`...)
	out = strconv.AppendInt(out, int64(len(r.Ring)), 10)
	out = append(out, `,"host":`...)
	out = appendKnown(out, r.Host)
	out = append(out, `,"container":`...)
	out = appendKnown(out, r.Container)
	out = append(out, `,"truncated":`...)
	out = strconv.AppendBool(out, r.Truncated)
	out = append(out, `,"exe":`...)
	out = appendKnown(out, r.Exe)
	out = append(out, `,"build":`...)
	out = appendBuild(out, r.Build)
	out = append(out, `,"dump":`...)
	out = strconv.AppendBool(out, r.Dump)
	return append(out, '}')
}

func appendExit(out []byte, exit Exit) []byte {
	out = append(out, `{"code":`...)
	out = appendPointer(out, exit.Code)
	out = append(out, `,"signal":`...)
	out = appendPointer(out, exit.Signal)
	out = append(out, `,"core":`...)
	out = strconv.AppendBool(out, exit.Core)
	out = append(out, `,"oom":`...)
	if exit.OOM == nil {
		out = append(out, "null"...)
	} else {
		out = strconv.AppendBool(out, *exit.OOM)
	}
	return append(out, '}')
}

func appendBuild(out []byte, build *Build) []byte {
	if build == nil {
		return append(out, "null"...)
	}
	out = append(out, `{"go":`...)
	out = appendKnown(out, build.Go)
	out = append(out, `,"module":`...)
	out = appendKnown(out, build.Module)
	out = append(out, `,"version":`...)
	out = appendKnown(out, build.Version)
	out = append(out, `,"revision":`...)
	out = appendKnown(out, build.Revision)
	out = append(out, `,"build_id":`...)
	out = appendKnown(out, build.BuildID)
	return append(out, '}')
}

func appendPointer(out []byte, number *int) []byte {
	if number == nil {
		return append(out, "null"...)
	}
	return strconv.AppendInt(out, int64(*number), 10)
}

func appendNumber(out []byte, number int, known bool) []byte {
	if !known {
		return append(out, "null"...)
	}
	return strconv.AppendInt(out, int64(number), 10)
}

func appendKnown(out []byte, text string) []byte {
	if text == "" {
		return append(out, "null"...)
	}
	return appendString(out, text)
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string; bytes that are no UTF-8 (arguments may hold any) become U+FFFD.
func appendString(out []byte, text string) []byte {
	out = append(out, '"')
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			switch {
			case c == '"' || c == '\\':
				out = append(out, '\\', c)
			case c < ' ':
				out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			default:
				out = append(out, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		out = utf8.AppendRune(out, r)
		i += size
	}
	return append(out, '"')
}
