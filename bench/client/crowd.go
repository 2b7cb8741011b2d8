package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

// crowd keeps pulls and pushes going for some seconds and counts their bytes. A push or a pull under
// way when the time is over is still finished.
func crowd(s Settings) (Outcome, error) {
	var moved atomic.Int64
	var number atomic.Int64
	end := time.Now().Add(time.Duration(s.seconds * float64(time.Second)))
	elapsed, err := together(s.pulls+s.streams, func(i int) error {
		if i < s.pulls {
			return pullUntil(s, end, &moved)
		}
		for time.Now().Before(end) {
			l := newLayer(fmt.Sprint(s.seed, " ", number.Add(1)), s.bytes)
			if err := pushBlob(s.host, s.repository, l.digest(), l); err != nil {
				return err
			}
			moved.Add(s.bytes)
		}
		return nil
	})
	return outcomeOf(elapsed, moved.Load(), nil), err
}

func pullUntil(s Settings, end time.Time, moved *atomic.Int64) error {
	w, err := dial(s.host, "GET", blobPath(s), "*/*")
	if err != nil {
		return err
	}
	for time.Now().Before(end) {
		if err := w.fetch(s.bytes); err != nil {
			return err
		}
		moved.Add(s.bytes)
	}
	return nil
}
