package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

var web = &http.Client{
	Transport: &http.Transport{
		MaxIdleConnsPerHost: 256,
		WriteBufferSize:     64 << 10,
		ReadBufferSize:      64 << 10,
		DisableCompression:  true,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// request expects one status and gives the headers; any other status is an error.
func request(method, url string, body io.Reader, kind string, expected int) (http.Header, error) {
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := web.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != expected {
		return nil, fmt.Errorf("%s %s: %d instead of %d: %s", method, url, answer.StatusCode, expected, text)
	}
	return answer.Header, nil
}

// follow makes a Location absolute.
func follow(host string, headers http.Header) (string, error) {
	base := &url.URL{Scheme: "http", Host: host}
	next, err := base.Parse(headers.Get("Location"))
	if err != nil || headers.Get("Location") == "" {
		return "", fmt.Errorf("no usable Location: %q", headers.Get("Location"))
	}
	return next.String(), nil
}

// pushBlob pushes as Docker does: POST, one PATCH with a chunked body, PUT with the digest.
func pushBlob(host, repository, digest string, body io.Reader) error {
	headers, err := request("POST", "http://"+host+"/v2/"+repository+"/blobs/uploads/", nil, "", 202)
	if err != nil {
		return err
	}
	location, err := follow(host, headers)
	if err != nil {
		return err
	}
	// The wrapper hides the length, so that the body is chunked.
	headers, err = request("PATCH", location, struct{ io.Reader }{body}, "application/octet-stream", 202)
	if err != nil {
		return err
	}
	if location, err = follow(host, headers); err != nil {
		return err
	}
	separator := "?"
	if strings.Contains(location, "?") {
		separator = "&"
	}
	_, err = request("PUT", location+separator+"digest="+url.QueryEscape(digest), nil, "", 201)
	return err
}
