// The client of the benchmark: makes load that wrk can't make, with little work of its own.
// Each command prints one line of JSON; anything but the expected answer ends it with exit code 1.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"
	"sync"
	"time"
)

// Outcome is what a command prints.
type Outcome struct {
	Seconds float64 `json:"seconds"`
	// Bytes, images or requests.
	Units int64 `json:"units"`
	// Milliseconds of one unit of work.
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
	// Of content.
	Digest string `json:"digest,omitempty"`
}

// Settings are the flags of all commands.
type Settings struct {
	host       string
	repository string
	digest     string
	path       string
	accept     string
	seed       string
	file       string
	streams    int
	count      int
	pulls      int
	bytes      int64
	seconds    float64
}

var commands = map[string]func(Settings) (Outcome, error){
	"content": content,
	"push":    push,
	"images":  images,
	"pull":    pull,
	"mount":   mount,
	"head":    head,
	"latency": latency,
	"crowd":   crowd,
}

func readSettings(arguments []string) Settings {
	var s Settings
	flags := flag.NewFlagSet("client", flag.ExitOnError)
	flags.StringVar(&s.host, "host", "", "host:port of the registry")
	flags.StringVar(&s.repository, "repository", "bench/app", "repository")
	flags.StringVar(&s.digest, "digest", "", "blob to pull or mount")
	flags.StringVar(&s.path, "path", "", "path to ask for")
	flags.StringVar(&s.accept, "accept", "*/*", "Accept header")
	flags.StringVar(&s.seed, "seed", "0", "what makes content new")
	flags.StringVar(&s.file, "file", "", "file to write content to")
	flags.IntVar(&s.streams, "streams", 1, "at the same time")
	flags.IntVar(&s.count, "count", 1, "how many in all")
	flags.IntVar(&s.pulls, "pulls", 0, "pulls at the same time, beside the pushes (crowd)")
	flags.Int64Var(&s.bytes, "bytes", 0, "size of one layer")
	flags.Float64Var(&s.seconds, "seconds", 1, "how long")
	_ = flags.Parse(arguments)
	return s
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: client content|push|images|pull|mount|head|latency|crowd [flags]")
		os.Exit(2)
	}
	outcome, err := commands[os.Args[1]](readSettings(os.Args[2:]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(outcome)
}

// together runs `work` in `n` goroutines and gives the time of all and the first error.
func together(n int, work func(i int) error) (time.Duration, error) {
	var group sync.WaitGroup
	errors := make(chan error, n)
	begun := time.Now()
	for i := 0; i < n; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			if err := work(i); err != nil {
				errors <- err
			}
		}(i)
	}
	group.Wait()
	elapsed := time.Since(begun)
	close(errors)
	return elapsed, <-errors
}

// outcomeOf sums up: units done in a time, and how long each took.
func outcomeOf(elapsed time.Duration, units int64, times []time.Duration) Outcome {
	sort.Slice(times, func(a, b int) bool { return times[a] < times[b] })
	at := func(share float64) float64 {
		if len(times) == 0 {
			return 0
		}
		i := int(share * float64(len(times)))
		if i >= len(times) {
			i = len(times) - 1
		}
		return float64(times[i].Microseconds()) / 1000
	}
	return Outcome{Seconds: elapsed.Seconds(), Units: units, P50: at(0.5), P99: at(0.99), Max: at(1)}
}
