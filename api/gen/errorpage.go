package main

import (
	"bytes"
	"html/template"
)

// errorPage is the page that the type of a problem links to: /docs/errors#code. It needs no script.
var errorPage = template.Must(template.New("errors").Parse(`<!doctype html>
<!-- Generated from api/errors.yaml; do not edit. -->
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Errors - Beep API</title>
<link rel="stylesheet" href="/docs/style.css">
<main class="page">
<p><a href="/docs/">API reference</a></p>
<h1>Errors</h1>
<p>Errors are <code>application/problem+json</code>. Programs decide by <code>code</code>. Retryable means that the same request may
succeed later, unchanged.</p>
{{range .Errors}}<section id="{{.Code}}">
<h2><a href="#{{.Code}}">{{.Code}}</a></h2>
<p>{{.Status}}{{if .Retryable}}, retryable{{end}} - {{.Title.En}} - <span lang="fr">{{.Title.Fr}}</span></p>
<p>{{.Doc}}</p>
</section>
{{end}}</main>
</html>
`))

// page makes api/docs/dist/errors/index.html.
func (l errorList) page() (output, error) {
	var b bytes.Buffer
	err := errorPage.Execute(&b, l)
	return output{"api/docs/dist/errors/index.html", b.Bytes()}, err
}
