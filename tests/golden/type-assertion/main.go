// A notification payload that is not what the sender expects.
package main

import "fmt"

type sms struct{ Number, Text string }

type email struct{ To, Subject string }

func send(message interface{}) {
	m := message.(*sms)
	fmt.Println(m.Number, m.Text)
}

func main() {
	send(&email{"desk@example.com", "shipped"})
}
