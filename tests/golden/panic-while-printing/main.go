// The Error method of the panic value fails itself.
package main

type cause struct{ text string }

type wrapped struct{ cause *cause }

func (w wrapped) Error() string { return "wrapped: " + w.cause.text }

func main() {
	panic(wrapped{})
}
