package main

import (
	"fmt"
	"time"
)

// push pushes a new layer in each of some streams.
func push(s Settings) (Outcome, error) {
	layers := make([]*layer, s.streams)
	digests := make([]string, s.streams)
	times := make([]time.Duration, s.streams)
	_, err := together(s.streams, func(i int) error {
		layers[i] = newLayer(fmt.Sprint(s.seed, " ", i), s.bytes)
		digests[i] = layers[i].digest()
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	elapsed, err := together(s.streams, func(i int) error {
		begun := time.Now()
		err := pushBlob(s.host, s.repository, digests[i], layers[i])
		times[i] = time.Since(begun)
		return err
	})
	return outcomeOf(elapsed, s.bytes*int64(s.streams), times), err
}
