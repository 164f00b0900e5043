// A service whose own middleware recovers and logs debug.Stack().
package main

import (
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
)

type stock struct{ reserved map[string]int }

func (s *stock) reserve(w http.ResponseWriter, r *http.Request) {
	s.reserved[r.FormValue("sku")]++
	w.WriteHeader(http.StatusCreated)
}

func recovered(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if value := recover(); value != nil {
				log.Printf("panic: %v\n%s", value, debug.Stack())
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next(w, r)
	}
}

func request(method, target string, handler http.HandlerFunc) {
	answer := httptest.NewRecorder()
	handler(answer, httptest.NewRequest(method, target, nil))
	log.Printf("%s %s %d", method, target, answer.Code)
}

func main() {
	log.SetOutput(os.Stderr)
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	s := &stock{}
	request("GET", "/health", func(w http.ResponseWriter, r *http.Request) {})
	request("POST", "/reserve?sku=TEA-0042", recovered(s.reserve))
	request("GET", "/health", func(w http.ResponseWriter, r *http.Request) {})
}
