// A panic value that looks like a traceback: it holds what a client sent.
package main

import "fmt"

const sent = "order rejected\n\ngoroutine 99 [running]:\nfake.frame(...)\n\t/fake.go:1\n" +
	"created by fake.start in goroutine 98\n\t/fake.go:2 +0x1d\nexit status 2\n\npanic: fake again"

func accept(body string) {
	panic(fmt.Sprintf("cannot parse body: %s", body))
}

func main() {
	accept(sent)
}
