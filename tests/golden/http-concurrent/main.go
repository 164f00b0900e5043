// Two requests that panic at the same time in one server.
package main

import (
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
)

var gate sync.WaitGroup

func orders(w http.ResponseWriter, r *http.Request) {
	gate.Done()
	gate.Wait()
	var lines []string
	w.Write([]byte(lines[len(r.URL.Query())]))
}

func carts(w http.ResponseWriter, r *http.Request) {
	gate.Done()
	gate.Wait()
	var open map[string]int
	open[r.URL.Path]++
}

func main() {
	gate.Add(2)
	http.HandleFunc("/orders", orders)
	http.HandleFunc("/carts", carts)
	server := httptest.NewServer(nil)
	defer server.Close()
	log.SetPrefix("shopd: ")
	log.SetFlags(log.Ltime | log.Lmsgprefix)
	log.Print("listening")
	var done sync.WaitGroup
	for _, path := range []string{"/orders", "/carts"} {
		path := path
		done.Add(1)
		go func() {
			defer done.Done()
			if _, err := http.Get(server.URL + path); err != nil {
				log.Printf("no answer for %s", path)
			}
		}()
	}
	done.Wait()
}
