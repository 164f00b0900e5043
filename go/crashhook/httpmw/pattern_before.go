//go:build !go1.23

package httpmw

import "net/http"

// Route is "": before Go 1.23 a request does not say which pattern of http.ServeMux it met.
func Route(*http.Request) string {
	return ""
}
