package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// wire is a connection read by hand: net/http would copy what is only to be counted.
type wire struct {
	socket *net.TCPConn
	raw    syscall.RawConn
	reader *bufio.Reader
	text   []byte
	sink   []byte
}

func dial(host, method, path, accept string) (*wire, error) {
	socket, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	tcp := socket.(*net.TCPConn)
	raw, err := tcp.SyscallConn()
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nAccept: %s\r\n\r\n", method, path, host, accept)
	return &wire{tcp, raw, bufio.NewReaderSize(tcp, 4096), []byte(text), make([]byte, 1<<20)}, err
}

// ask sends the request and reads the headers; gives the length of the body that follows.
func (w *wire) ask() (int64, error) {
	if _, err := w.socket.Write(w.text); err != nil {
		return 0, err
	}
	status, err := w.reader.ReadString('\n')
	if err != nil {
		return 0, err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 200") {
		return 0, fmt.Errorf("%s: %s", strings.TrimSpace(strings.SplitN(string(w.text), "\r\n", 2)[0]), status)
	}
	length := int64(-1)
	for {
		line, err := w.reader.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		if len(line) > 16 && strings.EqualFold(string(line[:15]), "content-length:") {
			if length, err = strconv.ParseInt(strings.TrimSpace(string(line[15:])), 10, 64); err != nil {
				return 0, err
			}
		}
	}
	if length < 0 {
		return 0, fmt.Errorf("an answer without Content-Length")
	}
	return length, nil
}

// drop takes a body off the socket without copying it (MSG_TRUNC).
func (w *wire) drop(length int64) error {
	held := int64(w.reader.Buffered())
	if held > length {
		held = length
	}
	if _, err := w.reader.Discard(int(held)); err != nil {
		return err
	}
	left := length - held
	for left > 0 {
		want := min(left, int64(len(w.sink)))
		var n int
		var failure error
		err := w.raw.Read(func(fd uintptr) bool {
			n, _, failure = syscall.Recvfrom(int(fd), w.sink[:want], syscall.MSG_TRUNC)
			return failure != syscall.EAGAIN && failure != syscall.EINTR
		})
		if err != nil {
			return err
		}
		if failure != nil {
			return failure
		}
		if n == 0 {
			return fmt.Errorf("the body ended %d bytes early: %w", left, io.ErrUnexpectedEOF)
		}
		left -= int64(n)
	}
	return nil
}

// fetch asks for a whole body and checks its length.
func (w *wire) fetch(expected int64) error {
	length, err := w.ask()
	if err != nil {
		return err
	}
	if expected > 0 && length != expected {
		return fmt.Errorf("a body of %d bytes instead of %d", length, expected)
	}
	return w.drop(length)
}

func blobPath(s Settings) string {
	return "/v2/" + s.repository + "/blobs/" + s.digest
}

// pull pulls the same blob in each of some streams, each on a connection of its own.
func pull(s Settings) (Outcome, error) {
	wires := make([]*wire, s.streams)
	times := make([]time.Duration, s.streams)
	for i := range wires {
		var err error
		if wires[i], err = dial(s.host, "GET", blobPath(s), "*/*"); err != nil {
			return Outcome{}, err
		}
	}
	elapsed, err := together(s.streams, func(i int) error {
		begun := time.Now()
		err := wires[i].fetch(s.bytes)
		times[i] = time.Since(begun)
		return err
	})
	return outcomeOf(elapsed, s.bytes*int64(s.streams), times), err
}

// repeat asks again and again for some seconds, on each of some connections.
func repeat(s Settings, method string, take func(w *wire) error) (Outcome, error) {
	times := make([][]time.Duration, s.streams)
	elapsed, err := together(s.streams, func(i int) error {
		w, err := dial(s.host, method, s.path, s.accept)
		if err != nil {
			return err
		}
		for begun := time.Now(); time.Since(begun).Seconds() < s.seconds; {
			asked := time.Now()
			if err := take(w); err != nil {
				return err
			}
			times[i] = append(times[i], time.Since(asked))
		}
		return nil
	})
	var all []time.Duration
	for _, some := range times {
		all = append(all, some...)
	}
	return outcomeOf(elapsed, int64(len(all)), all), err
}

// head measures HEAD requests, which wrk can't read: it waits for the body that is announced.
func head(s Settings) (Outcome, error) {
	return repeat(s, "HEAD", func(w *wire) error {
		_, err := w.ask()
		return err
	})
}

// latency measures GET requests one after another.
func latency(s Settings) (Outcome, error) {
	return repeat(s, "GET", func(w *wire) error { return w.fetch(s.bytes) })
}
