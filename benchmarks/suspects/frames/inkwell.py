"""inkwell: a mailer: templates are rendered block by block. Data only; frame.py says what it means."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.frame import Frame, words_of
from benchmarks.suspects.names import listed

_TEXT: Final = """
//: file cmd/inkwell/main.go
package main

import (
	"fmt"
	"os"

	"%M/letters"
	"%M/press"
)

func main() {
	p := press.Press{Blocks: letters.Blocks}
	for _, text := range os.Args[1:] {
		if err := p.Print(text); err != nil {
			fmt.Fprintf(os.Stderr, "inkwell: %v\\n", err)
			os.Exit(1)
		}
	}
}
//: file press/press.go
// Package press makes mails of templates.
package press

import (
	"%M/data"
)

// Block renders a part of a mail.
type Block func(v data.Vars) error

// Press has blocks by name.
type Press struct {
	Blocks func(name string) Block
	Copies int
}

// Print renders one mail.
func (p *Press) Print(text string) error {
	v, err := data.Load(text)
	if err != nil {
		return err
	}
	if p.Copies == 0 {
		p.Copies = 1
	}
	for i := 0; i < p.Copies; i++ {
		//+
		if err := p.render(v); err != nil {
			return err
		}
	}
	return nil
}

func (p *Press) render(v data.Vars) error {
	block := p.Blocks(v.Block)
	if block == nil {
		return data.Missing("block " + v.Block)
	}
	//+
	return block(v)
}
//: file data/vars.go
// Package data has what fills a template.
package data

import (
	"fmt"
	"strconv"
	"strings"
)

// Vars of one mail.
type Vars struct {
	Block  string
	Number int
	Person string
	Lines  []int
}

// Load reads "block:number:person:1,2,3".
func Load(text string) (Vars, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 4 {
		return Vars{}, Missing("fields")
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return Vars{}, err
	}
	v := Vars{Block: parts[0], Number: n, Person: parts[2]}
	//+
	for _, line := range strings.Split(parts[3], ",") {
		if n, err := strconv.Atoi(line); err == nil {
			v.Lines = append(v.Lines, n)
		}
	}
	return v, nil
}

// Missing is something that a template lacks.
func Missing(text string) error { return fmt.Errorf("missing %s", text) }
//: file paper/paper.go
// Package paper is where letters go.
package paper

import "fmt"

var used int

// Line prints.
func Line(label string, value any) {
	used++
	fmt.Printf("%s: %v\\n", label, value)
}

// Sheet counts.
func Sheet(name string) { used += len(name) }

// Margin is a note.
func Margin(text string) { used += len(text) }
//: file letters/letters.go
// Package letters is the list of blocks.
package letters

import "%M/press"

// Blocks finds a block.
func Blocks(name string) press.Block {
	switch name {
%routes
	}
	return nil
}
"""

FRAME: Final = Frame(
    name="inkwell",
    text=_TEXT,
    words=words_of(
        "v data.Vars v.Number v.Person v.Lines paper.Line paper.Sheet paper.Margin data.Missing style"
    ),
    routes="letters/letters.go",
    route='case "%key":\n\t\treturn %handler',
    request="{key}:{n}:{s}:{items}",
    config="style/style.ini",
    packages=listed(
        "welcome requests reminders digests invites alerts surveys farewell newsletters petitions vouches holidays"
    ),
    shared=("wording", "figures"),
    layout=("blocks/{p}", "blocks/extra/{p}"),
    services=("inkwell",),
    regions=("dub", "pdx"),
    people=("Clara Weiss", "Ben Achterberg", "Mo Farouk", "Edda Roth"),
    libraries=listed(
        "nib.example/pieces nib.example/glossary quill.example/rolls quill.example/rests"
    ),
    style="plain",
)
