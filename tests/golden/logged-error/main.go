// An error that is wrapped on two ways and logged where each ends: what failed stands at the end of the text.
package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
)

var errFull = errors.New("no space left on device")

func write(name string) error {
	return fmt.Errorf("write %q: %w", name, errFull)
}

func checkout(order int) error {
	if err := write(fmt.Sprintf("order-%d.json", order)); err != nil {
		return fmt.Errorf("checkout of order %d: %w", order, err)
	}
	return nil
}

func export(day string) error {
	if err := write(day + ".csv"); err != nil {
		return fmt.Errorf("nightly export: %w", err)
	}
	return nil
}

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	for order := 17; order < 19; order++ {
		if err := checkout(order); err != nil {
			log.Error("no receipt", "error", err.Error())
		}
	}
	if err := export("2026-11-27"); err != nil {
		log.Error("job failed", "error", err.Error())
	}
}
