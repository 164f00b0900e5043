// The crash of a program whose log was cut off.
package main

import "os"

type report struct{ rows map[string][]float64 }

//go:noinline
func (r *report) cell(name string, column int) float64 { return r.rows[name][column] }

//go:noinline
func (r *report) average(names []string) (sum float64) {
	for _, name := range names {
		sum += r.cell(name, len(names))
	}
	return sum / float64(len(names))
}

func main() {
	r := &report{map[string][]float64{"tea": {1, 2}}}
	os.Exit(int(r.average([]string{"tea", "cup"})))
}
