// A net/rpc service: its method panics in the goroutine of the call, below reflect and net/rpc.
package main

import (
	"net"
	"net/rpc"
)

type Stock struct{ left map[string]int }

func (s *Stock) Put(sku string, count *int) error {
	s.left[sku]++
	*count = s.left[sku]
	return nil
}

func main() {
	client, server := net.Pipe()
	if err := rpc.Register(&Stock{}); err != nil {
		panic(err)
	}
	go rpc.ServeConn(server)
	var count int
	rpc.NewClient(client).Call("Stock.Put", "TEA-0042", &count)
}
