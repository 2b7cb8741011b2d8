package main

import (
	"bytes"
	"fmt"
	"time"
)

const manifestType = "application/vnd.oci.image.manifest.v1+json"

type image struct {
	config, layer, manifest []byte
	configDigest, digest    string
	tag                     string
}

func makeImage(seed string, number int) image {
	l := newLayer(fmt.Sprint(seed, " ", number), 4096)
	content := make([]byte, l.size)
	for n := 0; n < len(content); {
		m, _ := l.Read(content[n:])
		n += m
	}
	digest := digestOf(content)
	config := fmt.Sprintf(
		`{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["%s"]}}`, digest)
	configDigest := digestOf([]byte(config))
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"%s",`+
		`"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},`+
		`"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"%s","size":%d}]}`,
		manifestType, configDigest, len(config), digest, len(content))
	return image{[]byte(config), content, []byte(manifest), configDigest, digest, fmt.Sprint("v", seed, "-", number)}
}

func (i image) push(host, repository string) error {
	base := "http://" + host + "/v2/" + repository
	blobs := map[string][]byte{i.digest: i.layer, i.configDigest: i.config}
	for digest, content := range blobs {
		if _, err := request("HEAD", base+"/blobs/"+digest, nil, "", 404); err != nil {
			return err
		}
		if err := pushBlob(host, repository, digest, bytes.NewReader(content)); err != nil {
			return err
		}
	}
	_, err := request("PUT", base+"/manifests/"+i.tag, bytes.NewReader(i.manifest), manifestType, 201)
	return err
}

// images pushes whole images, each of a layer, a config and a manifest that are new.
func images(s Settings) (Outcome, error) {
	all := make([]image, s.count)
	for i := range all {
		all[i] = makeImage(s.seed, i)
	}
	return share(s, func(i int) error { return all[i].push(s.host, s.repository) })
}

// share does `count` pieces of work in `streams` goroutines.
func share(s Settings, work func(i int) error) (Outcome, error) {
	times := make([]time.Duration, s.count)
	queue := make(chan int, s.count)
	for i := 0; i < s.count; i++ {
		queue <- i
	}
	close(queue)
	elapsed, err := together(s.streams, func(int) error {
		for i := range queue {
			begun := time.Now()
			if err := work(i); err != nil {
				return err
			}
			times[i] = time.Since(begun)
		}
		return nil
	})
	return outcomeOf(elapsed, int64(s.count), times), err
}

// mount gives a blob to `count` repositories that are new.
func mount(s Settings) (Outcome, error) {
	return share(s, func(i int) error {
		url := fmt.Sprintf("http://%s/v2/mount/%s-%d/blobs/uploads/?mount=%s&from=%s",
			s.host, s.seed, i, s.digest, s.repository)
		_, err := request("POST", url, nil, "", 201)
		return err
	})
}
