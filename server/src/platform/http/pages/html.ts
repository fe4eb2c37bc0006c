/** Text that is HTML already. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | readonly Html[]

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A template whose parts are escaped unless they are HTML. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const rendered = parts.map((part, index) => render(part) + (texts[index + 1] ?? ''))
  return new Html((texts[0] ?? '') + rendered.join(''))
}

function render(part: Part): string {
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(({ text }) => text).join('')
  return String(part).replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '')
}

/** A whole page, without scripts. */
export function htmlPage(title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} – CloudSync</title>
        <link rel="stylesheet" href="/api/docs/pages.css" />
      </head>
      <body>
        <nav>
          <a href="/api/docs">API</a> <a href="/problems">Problems</a>
          <a href="/api/v1/openapi.json">OpenAPI</a>
        </nav>
        <main>${content}</main>
      </body>
    </html> `.text
}
