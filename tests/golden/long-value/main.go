// Package main panics with a value that no container engine writes in one line.
package main

import "strings"

func load(name string) { panic("cannot load " + strings.Repeat(name+" ", 4000)) }

func main() { load("cart") }
