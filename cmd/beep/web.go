package main

import (
	"net/http"
)

// webHandler serves what is not the API.
func webHandler() http.Handler {
	mux := http.NewServeMux()
	return mux
}
