// A retry loop that is tested inside a bubble.
package main

import "time"

func retry(times int, pause time.Duration, work func(int) error) error {
	var err error
	for i := 0; i < times; i++ {
		if err = work(i); err == nil {
			return nil
		}
		time.Sleep(pause)
	}
	return err
}

func main() {
	retry(0, 0, nil)
}
