package errorline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// circle wraps itself; grim panics when it is asked.
type circle struct{}

func (c *circle) Error() string { return "round" }
func (c *circle) Unwrap() error { return c }

type grim struct{ *bytes.Buffer }

func (grim) Error() string { panic("no words") }

type many []error

func (m many) Error() string   { return "many" }
func (m many) Unwrap() []error { return m }

func TestChain(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: "/x", Err: io.EOF}
	eof := Link{Type: "*errors.errorString", Message: "EOF"}
	for _, test := range []struct {
		name string
		err  error
		want []Link
	}{
		{"nil", nil, []Link{}},
		{"single", io.EOF, []Link{eof}},
		{"chain", fmt.Errorf("a: %w", path), []Link{
			{"*fmt.wrapError", "a: open /x: EOF", 0}, {"*fs.PathError", "open /x: EOF", 0}, eof}},
		{"join of one", errors.Join(io.EOF), []Link{{"*errors.joinError", "EOF", 0}, eof}},
		{"tree", fmt.Errorf("a: %w", errors.Join(path, nil, context.Canceled)), []Link{
			{"*fmt.wrapError", "a: open /x: EOF\ncontext canceled", 0},
			{"*errors.joinError", "open /x: EOF\ncontext canceled", 1},
			{"*fs.PathError", "open /x: EOF", 2},
			{"*errors.errorString", "EOF", 3},
			{"*errors.errorString", "context canceled", 2}}},
		{"several %w", fmt.Errorf("%w, then %w", io.EOF, io.EOF), []Link{
			{"*fmt.wrapErrors", "EOF, then EOF", 0},
			{"*errors.errorString", "EOF", 1}, {"*errors.errorString", "EOF", 1}}},
		{"nil among wrapped", many{nil, io.EOF}, []Link{
			{"errorline.many", "many", 0}, {"*errors.errorString", "EOF", 1}}},
		{"nil pointer", (*fs.PathError)(nil), []Link{{"*fs.PathError", "<nil>", 0}}},
		{"wrapped nil pointer", fmt.Errorf("a: %w", (*circle)(nil)), []Link{
			{"*fmt.wrapError", "a: round", 0}, {"*errorline.circle", "round", 0}}},
		{"error that panics", grim{}, []Link{{"errorline.grim", "%!v(PANIC=Error method: no words)", 0}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Chain(test.err); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// noted tells when errors.Is asks it.
type noted struct {
	text  string
	inner []error
	asked *[]string
}

func (n noted) Error() string   { return n.text }
func (n noted) Unwrap() []error { return n.inner }
func (n noted) Is(error) bool {
	*n.asked = append(*n.asked, n.text)
	return false
}

func TestChainHasTheOrderOfErrorsIs(t *testing.T) {
	var asked, links []string
	node := func(text string, inner ...error) error { return noted{text, inner, &asked} }
	err := node("a", node("b", node("c"), node("d", node("e"))), node("f", node("g")))
	if errors.Is(err, io.EOF) {
		t.Fatal("it is none")
	}
	for _, link := range Chain(err) {
		links = append(links, link.Message)
	}
	if !reflect.DeepEqual(links, asked) {
		t.Errorf("got %q, want %q", links, asked)
	}
}

func TestNoChainIsEndless(t *testing.T) {
	wide := make(many, 1000)
	for at := range wide {
		wide[at] = errors.Join(io.EOF, &circle{})
	}
	for name, err := range map[string]error{"circle": &circle{}, "wide": wide} {
		if got := len(Chain(err)); got != mostLinks {
			t.Errorf("%s: %d links", name, got)
		}
	}
	long := Chain(errors.New(strings.Repeat("é", mostMessage)))[0].Message
	if len(long) > mostMessage+len(cutOffMarker) || !utf8.ValidString(long) {
		t.Errorf("%d bytes", len(long))
	}
}
