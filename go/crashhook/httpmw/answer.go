package httpmw

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// answer notes whether an answer has begun and with which status; everything else is that of the ResponseWriter inside.
type answer struct {
	http.ResponseWriter
	begun  bool
	status int
}

func (a *answer) begin(status int) {
	if !a.begun {
		a.begun, a.status = true, status
	}
}

// WriteHeader implements http.ResponseWriter. Informational answers (100 to 199 but 101) come before the one that counts.
func (a *answer) WriteHeader(status int) {
	a.ResponseWriter.WriteHeader(status)
	if status >= 200 || status == http.StatusSwitchingProtocols {
		a.begin(status)
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(content []byte) (int, error) {
	a.begin(http.StatusOK)
	return a.ResponseWriter.Write(content)
}

// WriteString implements io.StringWriter.
func (a *answer) WriteString(content string) (int, error) {
	a.begin(http.StatusOK)
	return io.WriteString(a.ResponseWriter, content)
}

// FlushError is what http.ResponseController asks for first; http.ErrNotSupported where nothing inside can flush.
func (a *answer) FlushError() error {
	err := http.NewResponseController(a.ResponseWriter).Flush()
	if err == nil {
		a.begin(http.StatusOK)
	}
	return err
}

// Unwrap lets http.ResponseController reach what is inside.
func (a *answer) Unwrap() http.ResponseWriter {
	return a.ResponseWriter
}

type flusher struct{ of *answer }

func (f flusher) Flush() {
	f.of.begin(http.StatusOK)
	f.of.ResponseWriter.(http.Flusher).Flush()
}

type hijacker struct{ of *answer }

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	connection, buffered, err := h.of.ResponseWriter.(http.Hijacker).Hijack()
	if err == nil {
		h.of.begin(0)
	}
	return connection, buffered, err
}

type readerFrom struct{ of *answer }

func (r readerFrom) ReadFrom(from io.Reader) (int64, error) {
	r.of.begin(http.StatusOK)
	return r.of.ResponseWriter.(io.ReaderFrom).ReadFrom(from)
}

type pusher struct{ of *answer }

func (p pusher) Push(target string, options *http.PushOptions) error {
	return p.of.ResponseWriter.(http.Pusher).Push(target, options)
}

// outside is the answer with those optional interfaces that the ResponseWriter inside has: handlers ask by a type
// assertion, so it must have no more of them and no fewer.
func (a *answer) outside() http.ResponseWriter {
	const canFlush, canHijack, canReadFrom, canPush = 1, 2, 4, 8
	can := 0
	if _, ok := a.ResponseWriter.(http.Flusher); ok {
		can |= canFlush
	}
	if _, ok := a.ResponseWriter.(http.Hijacker); ok {
		can |= canHijack
	}
	if _, ok := a.ResponseWriter.(io.ReaderFrom); ok {
		can |= canReadFrom
	}
	if _, ok := a.ResponseWriter.(http.Pusher); ok {
		can |= canPush
	}
	f, h, r, p := flusher{a}, hijacker{a}, readerFrom{a}, pusher{a}
	switch can {
	case canFlush:
		return struct {
			*answer
			flusher
		}{a, f}
	case canHijack:
		return struct {
			*answer
			hijacker
		}{a, h}
	case canFlush | canHijack:
		return struct {
			*answer
			flusher
			hijacker
		}{a, f, h}
	case canReadFrom:
		return struct {
			*answer
			readerFrom
		}{a, r}
	case canFlush | canReadFrom:
		return struct {
			*answer
			flusher
			readerFrom
		}{a, f, r}
	case canHijack | canReadFrom:
		return struct {
			*answer
			hijacker
			readerFrom
		}{a, h, r}
	case canFlush | canHijack | canReadFrom:
		return struct {
			*answer
			flusher
			hijacker
			readerFrom
		}{a, f, h, r}
	case canPush:
		return struct {
			*answer
			pusher
		}{a, p}
	case canFlush | canPush:
		return struct {
			*answer
			flusher
			pusher
		}{a, f, p}
	case canHijack | canPush:
		return struct {
			*answer
			hijacker
			pusher
		}{a, h, p}
	case canFlush | canHijack | canPush:
		return struct {
			*answer
			flusher
			hijacker
			pusher
		}{a, f, h, p}
	case canReadFrom | canPush:
		return struct {
			*answer
			readerFrom
			pusher
		}{a, r, p}
	case canFlush | canReadFrom | canPush:
		return struct {
			*answer
			flusher
			readerFrom
			pusher
		}{a, f, r, p}
	case canHijack | canReadFrom | canPush:
		return struct {
			*answer
			hijacker
			readerFrom
			pusher
		}{a, h, r, p}
	case canFlush | canHijack | canReadFrom | canPush:
		return struct {
			*answer
			flusher
			hijacker
			readerFrom
			pusher
		}{a, f, h, r, p}
	}
	return a
}
