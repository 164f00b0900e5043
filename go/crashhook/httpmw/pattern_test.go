//go:build go1.23

// Programs of modules that ask for Go 1.22 or later have the mux with methods and wildcards; this module is older.
//go:debug httpmuxgo121=0

package httpmw

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestThePatternOfARequestWithoutItsMethod(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                                 "",
		"/items/":                          "/items/",
		"GET /items/{id}":                  "/items/{id}",
		"GET\t shop.example/items/{id...}": "shop.example/items/{id...}",
	} {
		request := httptest.NewRequest("GET", "/items/17", nil)
		request.Pattern = pattern
		if got := Route(request); got != want {
			t.Errorf("%q: %q, want %q", pattern, got, want)
		}
	}
}

func TestAMiddlewareInsideTheMuxKnowsTheRoute(t *testing.T) {
	var out logged
	mux := http.NewServeMux()
	boom := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })
	mux.Handle("/items/", Options{Handler: out.handler()}.Wrap(between["copies the request"](boom)))
	serve(t, between["copies the request"](mux))
	if lines := out.lines(t); len(lines) != 1 || text(lines[0].HTTP.Route) != "/items/" {
		t.Errorf("got %+v", lines)
	}
}
