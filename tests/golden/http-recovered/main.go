// A small HTTP service that logs its requests; one of them panics and net/http recovers it.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
)

type catalog map[string]*item

type item struct{ cents int }

func (c catalog) price(w http.ResponseWriter, r *http.Request) {
	sku := strings.TrimPrefix(r.URL.Path, "/price/")
	fmt.Fprintf(w, "%d\n", c[sku].cents)
}

func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.Printf("%s %s", r.Method, r.URL.Path)
		next.ServeHTTP(w, r)
	})
}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/price/", catalog{"TEA-0042": {450}}.price)
	server := httptest.NewServer(logged(mux))
	defer server.Close()
	for _, sku := range []string{"TEA-0042", "CUP-0007", "TEA-0042", "POT-0001"} {
		answer, err := http.Get(server.URL + "/price/" + sku)
		if err != nil {
			log.Printf("client: %v", strings.Replace(err.Error(), server.URL, "", 1))
			continue
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	log.Print("done")
}
