package httpmw

import (
	"net/http"
	"strings"
)

// Trace returns what the traceparent header of a request says, both "" where it says nothing that is valid.
//
// W3C Trace Context, 3.2: version "-" trace-id "-" parent-id "-" flags, of 2, 32, 16 and 2 lower-case hex digits; no id
// is all zeros, no version is ff, and only versions above 00 may go on after the flags.
func Trace(r *http.Request) (traceID, spanID string) {
	headers := r.Header.Values("Traceparent")
	if len(headers) != 1 {
		return "", ""
	}
	header := strings.Trim(headers[0], " \t")
	const length = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if len(header) < length || len(header) > length && (header[:2] == "00" || header[length] != '-') {
		return "", ""
	}
	version, trace, span, flags := header[:2], header[3:35], header[36:52], header[53:length]
	dashes := header[2] == '-' && header[35] == '-' && header[52] == '-'
	if !dashes || !isHex(version+trace+span+flags) || version == "ff" || isZero(trace) || isZero(span) {
		return "", ""
	}
	return trace, span
}

func isHex(text string) bool {
	return strings.Trim(text, "0123456789abcdef") == ""
}

func isZero(id string) bool {
	return strings.Trim(id, "0") == ""
}

// RequestLabels labels the goroutine with request_id (the X-Request-Id header) and trace_id, where the request has them.
// It is made for Options.Labels.
func RequestLabels(r *http.Request) []string {
	var labels []string
	if id := r.Header.Get("X-Request-Id"); id != "" {
		labels = append(labels, "request_id", id)
	}
	if trace, _ := Trace(r); trace != "" {
		labels = append(labels, "trace_id", trace)
	}
	return labels
}
