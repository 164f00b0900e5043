// A validation report of several lines, with an empty one in it, as the panic value.
package main

import "errors"

var report = `configuration is not valid:
  listen: port 99999 is out of range

	database: no host
done`

func main() {
	panic(errors.New(report))
}
