// Before the first paint: the theme this person chose on this device. Everything else waits for the client.
try {
  const theme = localStorage.getItem('beep.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Nothing is kept in this browser: the page follows the system.
}
