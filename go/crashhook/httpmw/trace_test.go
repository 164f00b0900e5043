package httpmw

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func TestTraceparent(t *testing.T) {
	const trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for header, want := range map[string]string{
		traceparent:              trace + " " + span,
		" " + traceparent + "\t": trace + " " + span,
		"cc-" + trace + "-" + span + "-01-future":             trace + " " + span,
		"00-" + trace + "-" + span + "-01-more":               " ",
		"cc-" + trace + "-" + span + "-01future":              " ",
		"ff-" + trace + "-" + span + "-01":                    " ",
		"00-" + strings.Repeat("0", 32) + "-" + span + "-01":  " ",
		"00-" + trace + "-" + strings.Repeat("0", 16) + "-01": " ",
		"00-" + strings.ToUpper(trace) + "-" + span + "-01":   " ",
		"00_" + trace + "-" + span + "-01":                    " ",
		"00-" + trace:                                         " ",
		"":                                                    " ",
	} {
		request := httptest.NewRequest("GET", "/", nil)
		request.Header.Set("traceparent", header)
		got, gotSpan := Trace(request)
		if got+" "+gotSpan != want {
			t.Errorf("%q: %q %q, want %q", header, got, gotSpan, want)
		}
		request.Header.Add("traceparent", header)
		if got, _ := Trace(request); got != "" {
			t.Errorf("two headers %q: %q", header, got)
		}
	}
}

func TestLabelsAreThereWhilePanicking(t *testing.T) {
	var out logged
	request := httptest.NewRequest("GET", "/", nil)
	request.Header.Set("X-Request-Id", "r-17")
	request.Header.Set("Traceparent", traceparent)
	if got := RequestLabels(request); !reflect.DeepEqual(got, []string{"request_id", "r-17", "trace_id", traceparent[3:35]}) {
		t.Errorf("labels %q", got)
	}
	t.Setenv("GODEBUG", "tracebacklabels=1")
	handler := Options{Handler: out.handler(), Labels: RequestLabels, Answer500: true}.Wrap(
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("labelled") }))
	handler.ServeHTTP(httptest.NewRecorder(), request)
	head, _, _ := strings.Cut(text(out.lines(t)[0].Stack), "\n")
	if printed := strings.Contains(head, `"request_id": "r-17"`); printed != printsLabels() {
		t.Errorf("%s prints %q", runtime.Version(), head)
	}
}

// printsLabels: tracebacks have labels since Go 1.26.
func printsLabels() bool {
	var minor int
	_, err := fmt.Sscanf(runtime.Version(), "go1.%d", &minor)
	return err != nil || minor >= 26
}
