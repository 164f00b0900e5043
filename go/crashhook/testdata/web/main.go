//go:build go1.22

//go:debug httpmuxgo121=0

// Command web serves one request of its own that panics in the way that its argument names, on a real connection.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"panictrail.dev/go/crashhook/httpmw"
)

func ship(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("id") == "17" {
		panic(fmt.Errorf("ship order 17: %w", &os.PathError{Op: "open", Path: "/labels/17", Err: os.ErrPermission}))
	}
	var shelves []string
	_, _ = io.WriteString(w, shelves[len(r.PathValue("id"))])
}

func main() {
	options := httpmw.Options{Build: true, Labels: httpmw.RequestLabels}
	options.Answer500 = os.Args[1] == "answer"
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders/{id}/ship", ship)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, options.Wrap(options.Wrap(mux)))
	for _, id := range os.Args[2:] {
		url := "http://" + listener.Addr().String() + "/orders/" + id + "/ship"
		request, err := http.NewRequest("POST", url, nil)
		if err != nil {
			panic(err)
		}
		request.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		request.Header.Set("X-Request-Id", "r-"+id)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println("no answer")
			continue
		}
		body, _ := io.ReadAll(answer.Body)
		fmt.Println(answer.StatusCode, string(body))
	}
}
