"""abacus: a ledger: rows of a table are booked. Data only; frame.py says what it means."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.frame import Frame, words_of
from benchmarks.suspects.names import listed

_TEXT: Final = """
//: file cmd/abacus/main.go
package main

import (
	"os"
	"strings"

	"%M/internal/book"
	"%M/internal/intake"
)

func main() {
	text := strings.Join(os.Args[1:], "\\n")
	if err := intake.Import(strings.NewReader(text), book.Accounts()); err != nil {
		os.Stderr.WriteString("abacus: " + err.Error() + "\\n")
		os.Exit(1)
	}
}
//: file internal/intake/intake.go
// Package intake reads tables of comma separated values.
package intake

import (
	"encoding/csv"
	"errors"
	"io"

	"%M/internal/row"
)

// Poster books one row.
type Poster interface {
	Post(r row.Row) error
}

// Import books all rows.
func Import(from io.Reader, posters map[string]Poster) error {
	rows := csv.NewReader(from)
	rows.FieldsPerRecord = -1
	for {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		//+
		if err := post(fields, posters); err != nil {
			return err
		}
	}
}

func post(fields []string, posters map[string]Poster) error {
	r, err := row.Of(fields)
	if err != nil {
		return err
	}
	poster, ok := posters[r.Account]
	if !ok {
		return row.Wrong("no account " + r.Account)
	}
	//+
	return poster.Post(r)
}
//: file internal/row/row.go
// Package row has what is imported.
package row

import (
	"fmt"
	"strconv"
	"strings"
)

// Row is a line of a table.
type Row struct {
	Account string
	Units   int
	Memo    string
	Entries []int
}

// Of reads account, units, memo, "1;2;3".
func Of(fields []string) (Row, error) {
	if len(fields) < 4 {
		return Row{}, Wrong("short row")
	}
	units, err := strconv.Atoi(fields[1])
	if err != nil {
		return Row{}, err
	}
	r := Row{Account: fields[0], Units: units, Memo: fields[2]}
	//+
	for _, entry := range strings.Split(fields[3], ";") {
		if n, err := strconv.Atoi(entry); err == nil {
			r.Entries = append(r.Entries, n)
		}
	}
	return r, nil
}

// Wrong is what an importer refuses.
func Wrong(text string) error { return fmt.Errorf("row: %s", text) }
//: file internal/journal/journal.go
// Package journal writes what was booked.
package journal

import (
	"fmt"
	"io"
	"os"
)

var out io.Writer = os.Stdout

var lines int

// Book writes one line.
func Book(label string, value any) {
	lines++
	fmt.Fprintln(out, label, value)
}

// Audit counts.
func Audit(name string) { lines += len(name) & 1 }

// Remark is for people who debug.
func Remark(text string) { lines += len(text) & 1 }
//: file internal/book/book.go
// Package book has the accounts.
package book

import (
	"%M/internal/intake"
	"%M/internal/row"
)

type posting func(r row.Row) error

// Post books a row.
func (p posting) Post(r row.Row) error { return p(r) }

// Accounts by name.
func Accounts() map[string]intake.Poster {
	return map[string]intake.Poster{
%routes
	}
}
"""

FRAME: Final = Frame(
    name="abacus",
    text=_TEXT,
    words=words_of(
        "r row.Row r.Units r.Memo r.Entries journal.Book journal.Audit journal.Remark row.Wrong policy"
    ),
    routes="internal/book/book.go",
    route='"%key": posting(%handler),',
    request="{key},{n},{s},{items}",
    separator=";",
    config="internal/policy/policy.conf",
    packages=listed(
        "payroll assets rents levies grants loans dues pensions tithes fees refits bonds"
    ),
    shared=("internal/money", "internal/titles"),
    layout=("internal/{p}", "internal/accounts/{p}"),
    services=("abacus-import", "abacus-close"),
    regions=("eu-1", "us-1"),
    people=("Hanna Koch", "Luis Prado", "Amara Diallo"),
    libraries=listed(
        "stylus.example/cells stylus.example/lookup vellum.example/sheets vellum.example/spans"
    ),
    style="plain",
)
