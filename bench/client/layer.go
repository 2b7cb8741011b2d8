package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand"
	"os"
)

// What all layers are made of: random, so that nothing can compress it.
var block = func() []byte {
	bytes := make([]byte, 8<<20)
	rand.New(rand.NewSource(1)).Read(bytes)
	return bytes
}()

// layer is content of any size that needs no memory of its own: 32 bytes of its seed, then the block
// again and again.
type layer struct {
	head   [32]byte
	size   int64
	offset int64
}

func newLayer(seed string, size int64) *layer {
	return &layer{head: sha256.Sum256([]byte(seed)), size: size}
}

func (l *layer) Read(p []byte) (int, error) {
	if l.offset >= l.size {
		return 0, io.EOF
	}
	var n int
	if l.offset < int64(len(l.head)) {
		n = copy(p, l.head[l.offset:])
	} else {
		n = copy(p, block[l.offset%int64(len(block)):])
	}
	if left := l.size - l.offset; int64(n) > left {
		n = int(left)
	}
	l.offset += int64(n)
	return n, nil
}

// digest reads it all, so that it is known before the clock starts.
func (l *layer) digest() string {
	hash := sha256.New()
	l.offset = 0
	_, _ = io.CopyBuffer(hash, struct{ io.Reader }{l}, make([]byte, 1<<20))
	l.offset = 0
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}

func digestOf(bytes []byte) string {
	sum := sha256.Sum256(bytes)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// content tells a layer's digest, and writes it to a file if there is a name for it.
func content(s Settings) (Outcome, error) {
	l := newLayer(s.seed, s.bytes)
	outcome := Outcome{Units: s.bytes, Digest: l.digest()}
	if s.file == "" {
		return outcome, nil
	}
	file, err := os.Create(s.file)
	if err != nil {
		return outcome, err
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{file}, l, make([]byte, 1<<20)); err != nil {
		return outcome, err
	}
	return outcome, file.Close()
}
