// An event with no handler: the missing function itself is called.
package main

import "fmt"

type dispatcher struct{ handlers map[string]func(string) error }

func (d *dispatcher) dispatch(event, payload string) error {
	return d.handlers[event](payload)
}

func main() {
	d := &dispatcher{map[string]func(string) error{}}
	fmt.Println(d.dispatch("order.paid", "{}"))
}
