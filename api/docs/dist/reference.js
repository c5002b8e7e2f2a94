// Shows the contract with the bundle beside this file. Without the bundle the plain page stays. Nothing is fetched from
// another host: no fonts, no telemetry, no assistant.
if (window.Scalar) {
  document.getElementById('plain').hidden = true
  window.Scalar.createApiReference('#reference', {
    url: '/api/openapi.yaml',
    withDefaultFonts: false,
    telemetry: false,
    hideClientButton: true,
    showDeveloperTools: 'never',
    agent: { disabled: true },
  })
}
