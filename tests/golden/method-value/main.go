// Method values as callbacks: the wrapper has the name of the method with -fm.
package main

type handler func(id int) error

type server struct{ routes map[string]handler }

//go:noinline
func (s *server) serve(route string, id int) error { return s.routes[route](id) }

type orders struct{ names []string }

//go:noinline
func (o *orders) show(id int) error {
	println(o.names[id])
	return nil
}

func main() {
	o := &orders{}
	s := &server{map[string]handler{"show": o.show}}
	s.serve("show", 4)
}
