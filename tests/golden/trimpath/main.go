// A report that is built from a template; the failure is in a callback of the standard library.
package main

import "sort"

type byPrice []int

func (b byPrice) Len() int           { return len(b) + 1 }
func (b byPrice) Less(i, j int) bool { return b[i] < b[j] }
func (b byPrice) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func main() {
	sort.Sort(byPrice{3, 1, 2})
}
