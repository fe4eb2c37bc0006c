import { namedSchemas } from '@cloudsync/protocol'
import type { Endpoint } from '../endpoint.ts'
import { describeOperation, templateOf, type Operation } from './operation.ts'
import { SchemaBook, type JsonSchema } from './schema-book.ts'

export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>
  }
}

const description = `Lists are pages: \`items\`, and \`nextCursor\` to go on with as \`cursor\`.

Failures are problems (RFC 9457): clients branch on \`code\`, and \`type\` is the page that tells what it means.

Requests are counted: see the headers \`RateLimit\` and \`RateLimit-Policy\`, and \`Retry-After\` of an answer 429 or 503.
A \`traceparent\` (W3C Trace Context) is continued; \`X-Request-Id\` of an answer is what the server's log calls it.

Live documents are opened at \`/live\` (Hocuspocus) and \`/live/y/<document>\` (the plain Yjs protocol).`

/** The OpenAPI 3.1 document of all endpoints below `/api/v1`, made from what they themselves are made of. */
export function makeOpenApiDocument(endpoints: readonly Endpoint[]): OpenApiDocument {
  const book = new SchemaBook(namedSchemas)
  book.output(namedSchemas.Problem)
  const paths: Record<string, Record<string, Operation>> = {}
  for (const endpoint of endpoints) {
    const methods = (paths[templateOf(endpoint)] ??= {})
    methods[endpoint.method] = describeOperation(endpoint, book)
  }
  const tags = new Set(endpoints.map(({ path }) => path.split('/')[1] ?? ''))
  return {
    openapi: '3.1.0',
    info: { title: 'CloudSync', version: '1', description },
    servers: [{ url: '/api/v1' }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: {
      schemas: book.components,
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          description:
            '`accessToken` of POST /auth/sign-in or /auth/refresh, which may do all that the account may; or a token of a program or an app, which needs the scope that is named. `session`: none has it, somebody has to have signed in themselves',
        },
        sessionCookie: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-cs_session',
          description:
            'The session of a browser, for pages of this server alone: sign-in sets it when asked with `CloudSync-Session: cookie`, and what changes something by it needs that header. Over plain HTTP `cs_session`; where the address names a port, `_<port>` follows',
        },
      },
    },
  }
}
