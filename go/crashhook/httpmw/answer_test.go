package httpmw

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

// full is a ResponseWriter with every optional interface; it notes what was called.
type full struct {
	*httptest.ResponseRecorder
	calls []string
}

func (f *full) Flush() { f.calls = append(f.calls, "flush") }
func (f *full) ReadFrom(from io.Reader) (int64, error) {
	f.calls = append(f.calls, "read from")
	return io.Copy(f.Body, from)
}
func (f *full) Push(string, *http.PushOptions) error {
	f.calls = append(f.calls, "push")
	return nil
}

func TestOptionalInterfacesAreThoseOfTheWriterInside(t *testing.T) {
	all := &full{ResponseRecorder: httptest.NewRecorder()}
	hijacks := &hijackable{}
	parts := []struct {
		bit int
		has func(http.ResponseWriter) bool
	}{
		{1, func(w http.ResponseWriter) bool { _, ok := w.(http.Flusher); return ok }},
		{2, func(w http.ResponseWriter) bool { _, ok := w.(http.Hijacker); return ok }},
		{4, func(w http.ResponseWriter) bool { _, ok := w.(io.ReaderFrom); return ok }},
		{8, func(w http.ResponseWriter) bool { _, ok := w.(http.Pusher); return ok }},
	}
	plain := struct{ http.ResponseWriter }{all}
	type (
		f interface{ Flush() }
		h = http.Hijacker
		r = io.ReaderFrom
		p = http.Pusher
		w = http.ResponseWriter
	)
	writers := []http.ResponseWriter{
		plain,
		struct {
			w
			f
		}{plain, all},
		struct {
			w
			h
		}{plain, hijacks},
		struct {
			w
			f
			h
		}{plain, all, hijacks},
		struct {
			w
			r
		}{plain, all},
		struct {
			w
			f
			r
		}{plain, all, all},
		struct {
			w
			h
			r
		}{plain, hijacks, all},
		struct {
			w
			f
			h
			r
		}{plain, all, hijacks, all},
		struct {
			w
			p
		}{plain, all},
		struct {
			w
			f
			p
		}{plain, all, all},
		struct {
			w
			h
			p
		}{plain, hijacks, all},
		struct {
			w
			f
			h
			p
		}{plain, all, hijacks, all},
		struct {
			w
			r
			p
		}{plain, all, all},
		struct {
			w
			f
			r
			p
		}{plain, all, all, all},
		struct {
			w
			h
			r
			p
		}{plain, hijacks, all, all},
		struct {
			w
			f
			h
			r
			p
		}{plain, all, hijacks, all, all},
	}
	for mask, inside := range writers {
		outside := (&answer{ResponseWriter: inside}).outside()
		for _, part := range parts {
			if want := mask&part.bit != 0; part.has(inside) != want || part.has(outside) != want {
				t.Errorf("%04b: interface %d inside %t, outside %t", mask, part.bit, part.has(inside), part.has(outside))
			}
		}
		if unwrapped := outside.(interface{ Unwrap() http.ResponseWriter }).Unwrap(); unwrapped != inside {
			t.Errorf("%04b: unwraps to %T", mask, unwrapped)
		}
	}
	outside := (&answer{ResponseWriter: writers[15]}).outside()
	outside.(http.Flusher).Flush()
	if _, err := outside.(io.ReaderFrom).ReadFrom(strings.NewReader("body")); err != nil {
		t.Error(err)
	}
	if err := outside.(http.Pusher).Push("/style.css", nil); err != nil {
		t.Error(err)
	}
	if want := []string{"flush", "read from", "push"}; !reflect.DeepEqual(all.calls, want) {
		t.Errorf("calls %q, want %q", all.calls, want)
	}
}

type hijackable struct{}

func (*hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, errors.New("not now")
}

func TestRealConnections(t *testing.T) {
	for _, test := range []struct {
		name   string
		handle http.HandlerFunc
		body   string
	}{
		{"flush by type", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(202)
			w.(http.Flusher).Flush()
		}, ""},
		{"flush by controller", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(202)
			if err := http.NewResponseController(w).Flush(); err != nil {
				panic(err)
			}
		}, ""},
		{"copy by ReadFrom", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(202)
			if _, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader("copied")); err != nil {
				panic(err)
			}
		}, "copied"},
		{"write a string", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(202)
			_, _ = io.WriteString(w, "text")
		}, "text"},
		{"hijack by type", func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(connection, "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nme")
			connection.Close()
		}, "me"},
		{"hijack by controller", func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(connection, "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nme")
			connection.Close()
		}, "me"},
		{"panic after a hijack", func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			defer connection.Close()
			_, _ = io.WriteString(connection, "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nme")
			panic("hijacked")
		}, "me"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out logged
			answer, body, serverLog := serve(t, Options{Handler: out.handler(), Answer500: true}.Wrap(test.handle))
			if answer == nil || answer.StatusCode != 202 || body != test.body {
				t.Errorf("answered %v %q", answer, body)
			}
			want := 0
			if strings.HasPrefix(test.name, "panic") {
				want = 1
			}
			if lines := out.lines(t); len(lines) != want || serverLog != "" {
				t.Errorf("logged %+v; the server %q", lines, serverLog)
			}
		})
	}
}
