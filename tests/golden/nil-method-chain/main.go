// A request goes through handler, service and repository; the repository was never wired.
package main

import (
	"context"
	"fmt"
)

type repository struct{ orders map[int]string }

func (r *repository) Load(ctx context.Context, id int) (string, error) {
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return r.orders[id], nil
}

type loader interface {
	Load(ctx context.Context, id int) (string, error)
}

type service struct{ orders loader }

func (s service) Describe(ctx context.Context, id int) (string, error) {
	name, err := s.orders.Load(ctx, id)
	if err != nil {
		return "", fmt.Errorf("describe order %d: %w", id, err)
	}
	return "order " + name, nil
}

type handler struct{ service *service }

func (h *handler) Handle(ids ...int) {
	for _, id := range ids {
		fmt.Println(h.service.Describe(context.Background(), id))
	}
}

func main() {
	var orders *repository
	h := &handler{&service{orders}}
	h.Handle(7, 8)
}
