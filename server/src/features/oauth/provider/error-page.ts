import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'

/** What somebody sees whose app has sent them here with a request that cannot be answered to the app. */
export function renderErrorPage(context: KoaContextWithOIDC, out: ErrorOut): void {
  context.type = 'html'
  context.body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>The app cannot sign in · CloudSync</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem }
  h1 { font-size: 1.25rem }
  code { overflow-wrap: anywhere }
</style>
<h1>The app cannot sign in</h1>
<p>The app that brought you here has sent a request that CloudSync cannot accept. Nothing was shared with it.</p>
<p><code>${escapeHtml(out.error)}</code>${describe(out.error_description)}</p>
<p><a href="/">To your files</a></p>
</html>`
}

function describe(text: string | undefined): string {
  return text === undefined ? '' : `: ${escapeHtml(text)}`
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
