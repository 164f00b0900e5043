// Package errorline writes the JSON line by which panictrail learns of an error or of a panic that was recovered.
//
// The line is one of log/slog, with these fields in this order; what is not known is null:
//
//	{"time","level":"ERROR","msg","panictrail":1,"panic","stack","errors":[{"type","message"}],
//	 "http":{"method","route","status"},"trace_id","span_id"}
//
// and after them `build`, where it is asked for, and the caller's own.
package errorline

import (
	"fmt"
	"reflect"
	"unicode/utf8"
)

const (
	mostLinks    = 32
	mostMessage  = 16 << 10
	cutOffMarker = "…"
)

// Link is one error of a chain. Depth is 0 in a chain without branches, where each error wraps the next; in a tree of
// errors.Join or of several %w it is the number of errors that the link is wrapped in.
type Link struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Depth   int    `json:"depth,omitempty"`
}

// Chain returns err and the errors that it wraps, in the order in which errors.Is and errors.As ask them: the outermost
// first, branches from left to right. It returns at most 32 links (an Unwrap may lead in a circle), and an empty slice
// for nil.
func Chain(err error) []Link {
	links := []Link{}
	branched := follow(&links, err, 0)
	if !branched {
		for at := range links {
			links[at].Depth = 0
		}
	}
	return links
}

// follow adds err and all below it; it returns whether one of them wraps more than one.
func follow(links *[]Link, err error, depth int) bool {
	if err == nil || len(*links) == mostLinks {
		return false
	}
	*links = append(*links, Link{fmt.Sprintf("%T", err), message(err), depth})
	branched := false
	wrapped := unwrap(err)
	for _, inner := range wrapped {
		branched = follow(links, inner, depth+1) || branched
	}
	return branched || len(wrapped) > 1
}

// message asks through fmt, which survives an Error method that panics, as with a nil pointer.
func message(err error) string {
	return cut(fmt.Sprintf("%v", err))
}

func unwrap(err error) []error {
	if value := reflect.ValueOf(err); value.Kind() == reflect.Pointer && value.IsNil() {
		return nil
	}
	switch wrapper := err.(type) {
	case interface{ Unwrap() error }:
		return []error{wrapper.Unwrap()}
	case interface{ Unwrap() []error }:
		return wrapper.Unwrap()
	}
	return nil
}

func cut(text string) string {
	if len(text) <= mostMessage {
		return text
	}
	end := mostMessage
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + cutOffMarker
}
