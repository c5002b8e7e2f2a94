// Before the first paint: the theme this person chose on this device. Everything else waits for the client.
const theme = localStorage.getItem('beep.theme')
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
