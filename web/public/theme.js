// Runs before the first paint, so that a chosen theme does not flash. The content security policy
// allows no inline script, therefore it is a file of its own. Keep in step with src/shell/theme.ts.
try {
  const theme = localStorage.getItem('cloudsync.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is blocked: the system's theme applies.
}
