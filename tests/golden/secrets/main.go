// A client that panics with the request it could not send: everything in it is invented.
package main

import (
	"errors"
	"fmt"
	"os"
)

const (
	bearer = "Bearer 3f1c9a7be54d4c0f9d0a62c7b1e8d5a4f6b7"
	awsKey = "AKIAIOSFODNN7EXAMPLE"
	jwt    = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkphbmUifQ." +
		"dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1gFWFOEjXkQ"
	card   = "4111 1111 1111 1111"
	dsn    = "postgres://shop:hunter2-secret@db.internal:5432/shop?sslmode=disable"
	client = "jane.doe@example.com"
)

func charge(token, number string) error {
	return fmt.Errorf("charge %s for %s: Authorization: %s, password=correct-horse-battery", number, client, token)
}

func main() {
	fmt.Fprintf(os.Stderr, "level=info msg=\"using %s\" aws_access_key_id=%s\n", dsn, awsKey)
	err := charge(bearer, card)
	panic(errors.New(err.Error() + "\nsession: " + jwt + "\ncard " + "4111111111111111" + " key " + awsKey))
}
