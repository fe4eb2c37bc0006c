import type { OpenApiDocument } from '../openapi/openapi-document.ts'
import type { Answer, Operation, Parameter } from '../openapi/operation.ts'
import type { JsonSchema } from '../openapi/schema-book.ts'
import { html, htmlPage, type Html } from './html.ts'

/** The OpenAPI document for people to read. It needs no script, so that nothing foreign runs where people sign in. */
export function apiPage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
  const sections = document.tags.map(({ name }) => {
    const tagged = operations.filter(({ operation }) => operation.tags.includes(name))
    return html`<h2 id="${name}">${name}</h2>
      ${tagged.map((entry) => renderOperation(entry))}`
  })
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      html`<details id="schema-${name}">
        <summary><code>${name}</code></summary>
        ${renderSchema(schema)}
      </details> `,
  )
  const paragraphs = document.info.description.split('\n\n').map((text) => html`<p>${text}</p> `)
  return htmlPage(
    'API',
    html`<h1>CloudSync API, version ${document.info.version}</h1>
      ${paragraphs} ${sections}
      <h2 id="schemas">Schemas</h2>
      ${schemas}`,
  )
}

interface PlacedOperation {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

function renderOperation({ method, path, operation }: PlacedOperation): Html {
  const { operationId, parameters = [], requestBody, responses, security, summary } = operation
  const bodies = Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema }]) =>
      html`<h4>Body: ${type}</h4>
        ${renderSchema(schema)}`,
  )
  return html`<details id="${operationId}">
    <summary><code>${method.toUpperCase()} ${path}</code> ${summary}</summary>
    <p class="muted">${describeCallers(security)}</p>
    ${parameters.length > 0 ? renderParameters(parameters) : ''} ${bodies}
    <h4>Answers</h4>
    <table>
      <tbody>
        ${Object.entries(responses).map(([status, answer]) => renderAnswer(status, answer))}
      </tbody>
    </table>
  </details> `
}

function describeCallers(security: Operation['security']): string {
  if (security.some((scheme) => Object.keys(scheme).length === 0)) return 'Anybody may ask.'
  const scopes = security.flatMap(({ accessToken = [] }) => accessToken)
  const needs = scopes.length > 0 ? `, of which one for programs needs ${scopes.join(', ')}` : ''
  return `With an access token${needs}; or in a browser that is signed in.`
}

function renderParameters(parameters: readonly Parameter[]): Html {
  const rows = parameters.map(
    ({ name, in: place, required, description, schema }) =>
      html`<tr>
        <td><code>${name}</code></td>
        <td>${place}${required ? ', required' : ''}</td>
        <td>${description ?? ''} ${describe(schema)}</td>
      </tr>`,
  )
  return html`<h4>Parameters</h4>
    <table>
      <tbody>
        ${rows}
      </tbody>
    </table>`
}

function renderAnswer(status: string, { description, content }: Answer): Html {
  const lines = description.split('\n\n').map((line) => html`<div>${line}</div>`)
  const bodies = Object.entries(content ?? {}).flatMap(([type, { schema }]) =>
    type.includes('problem') ? [] : [html`<div>${type} ${describe(schema)}</div>`],
  )
  return html`<tr>
    <td>${status}</td>
    <td>${lines}${bodies}</td>
  </tr>`
}

/** In a word where it has one, else all of it. */
function describe(schema: JsonSchema): Html {
  const name = schema.$ref?.split('/').at(-1)
  if (name !== undefined) return html`<a href="#schema-${name}">${name}</a>`
  if (Object.keys(schema).length === 0) return html``
  if (schema.type === 'object' || schema.anyOf || schema.oneOf) return renderSchema(schema)
  return html`<code>${JSON.stringify(schema)}</code>`
}

function renderSchema(schema: JsonSchema): Html {
  return schema.$ref === undefined
    ? html`<pre>${JSON.stringify(schema, null, 2)}</pre>`
    : html`<p>${describe(schema)}</p>`
}
