//go:build go1.23

package httpmw

import "net/http"

// Route is the pattern that http.ServeMux found for the request, without its method: `/items/{id}`. It is "" before the
// mux was asked, and outside of a middleware that handed the mux a copy of the request. Before Go 1.23 requests do not
// say; there the middleware asks the mux, where it is what Wrap was given.
func Route(r *http.Request) string {
	return withoutMethod(r.Pattern)
}
