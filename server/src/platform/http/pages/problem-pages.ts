import { errorCodes, type ErrorCode } from '@cloudsync/protocol'
import type { Endpoint } from '../endpoint.ts'
import { problemsOf } from '../openapi/implied-problems.ts'
import { templateOf } from '../openapi/operation.ts'
import { html, htmlPage } from './html.ts'
import { problemHelp } from './problem-help.ts'

const codes = Object.keys(errorCodes) as ErrorCode[]

/** All problems that the API may answer. */
export function problemIndex(): string {
  const rows = codes.toSorted().map((code) => {
    const { status, title } = errorCodes[code]
    return html`<tr>
      <td>
        <a href="/problems/${code}"><code>${code}</code></a>
      </td>
      <td>${status}</td>
      <td>${title}</td>
    </tr> `
  })
  return htmlPage(
    'Problems',
    html`<h1>Problems</h1>
      <p>
        What the API answers when it does not do what it was asked, as
        <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a> has it. A code never changes
        its meaning.
      </p>
      <table>
        <thead>
          <tr>
            <th>Code</th>
            <th>Status</th>
            <th>Meaning</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
  )
}

/** The page that the `type` of a problem leads to; `undefined` for a code that there is not. */
export function problemPage(name: string, endpoints: readonly Endpoint[]): string | undefined {
  const code = codes.find((known) => known === name)
  if (!code) return undefined
  const { status, title, retryable } = errorCodes[code]
  const help = problemHelp[code]
  const answering = endpoints.filter((endpoint) => problemsOf(endpoint).includes(code))
  const rows = answering.map(
    (endpoint) =>
      html`<tr>
        <td><code>${endpoint.method.toUpperCase()} ${templateOf(endpoint)}</code></td>
        <td>${endpoint.summary}</td>
      </tr> `,
  )
  return htmlPage(
    code,
    html`<h1>${title}</h1>
      <p><code>${code}</code>, status ${status}</p>
      ${help === undefined ? '' : html`<p>${help}</p>`}
      <p>
        ${retryable ? 'The same request may succeed later.' : 'The same request fails again until something changes.'}
        The answer’s <code>requestId</code> is what the server’s log calls it.
      </p>
      <h2>Who answers it</h2>
      <table>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
  )
}
