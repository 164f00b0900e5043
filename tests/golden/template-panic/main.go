// A mail that is made of a template: the method that it calls panics, and text/template makes an error of it.
package main

import (
	"io"
	"log/slog"
	"os"
	"text/template"
)

type order struct{ Lines []int }

func (o *order) First() int { return o.Lines[0] }

func mail(text string) *template.Template {
	return template.Must(template.New("mail").Parse(text))
}

func send(o *order) error {
	return mail("first: {{.First}}").Execute(io.Discard, o)
}

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := send(&order{}); err != nil {
		log.Error("mail not sent", "error", err.Error())
	}
	mail("first: {{.First")
}
