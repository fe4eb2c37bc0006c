import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openLog } from '../src/open-log.ts'
import { endpoint, json } from '../src/platform/http/endpoint.ts'
import type { OpenApiDocument } from '../src/platform/http/openapi/openapi-document.ts'
import { ProblemError } from '../src/platform/problem-error.ts'
import { LogLines } from '../testing/log-lines.ts'
import { startTestServer, testAdmin, TestPage, waitUntil } from '../testing/index.ts'
import { openTestApp } from '../testing/test-app.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`

suite('the log', () => {
  test('names the request and its trace in every line that is written on the way to the answer', async () => {
    const lines = new LogLines()
    const log = openLog({ logLevel: 'debug' }, lines)
    await using app = await openTestApp({
      log,
      endpoints: [
        endpoint({
          summary: 'Logs',
          answers: { 200: 'empty' },
          method: 'get',
          path: '/logs',
          access: 'public',
          async handle() {
            await new Promise(setImmediate)
            log.info('from within')
            return json({})
          },
        }),
      ],
    })
    const headers = { traceparent, 'x-request-id': 'the-request' }
    const answer = await fetch(`${app.url}/api/v1/logs?token=secret`, { headers })
    assert.equal(answer.headers.get('x-request-id'), 'the-request')
    const [, answeredTrace, spanId] = answer.headers.get('traceparent')?.split('-') ?? []
    assert.equal(answeredTrace, traceId)
    await waitUntil('the request is logged', () => lines.of('request').length > 0)
    for (const [entry] of [lines.of('from within'), lines.of('request')]) {
      assert.equal(entry?.['http.request.id'], 'the-request')
      assert.equal(entry['trace.id'], traceId)
      assert.equal(entry['span.id'], spanId)
      assert.equal(entry['parent.id'], '00f067aa0ba902b7')
    }
    const [request] = lines.of('request')
    assert.equal(request?.['http.route'], '/logs')
    assert.equal(request['url.path'], '/api/v1/logs')
    assert.equal(request['http.response.status_code'], 200)
    log.info('afterwards')
    assert.equal(lines.of('afterwards')[0]?.['trace.id'], undefined)
  })

  test('names the failure that an answer does not tell, under the id of the answer', async () => {
    const lines = new LogLines()
    await using app = await openTestApp({
      log: openLog({ logLevel: 'info' }, lines),
      endpoints: [
        endpoint({
          summary: 'Fails',
          answers: { 200: 'empty' },
          method: 'get',
          path: '/fails',
          access: 'public',
          handle: () => Promise.reject(new Error('the inner workings')),
        }),
      ],
    })
    const answer = await fetch(`${app.url}/api/v1/fails`)
    const text = await answer.text()
    assert.doesNotMatch(text, /inner workings/)
    const [entry] = lines.of('request failed')
    assert.equal(entry?.['http.request.id'], (JSON.parse(text) as { requestId: string }).requestId)
    assert.match(JSON.stringify(entry['error'] ?? entry['err']), /the inner workings/)
  })

  test('tells at its usual level of who was forbidden something, and of who came too often', async () => {
    const lines = new LogLines()
    const refusing = (path: `/${string}`, code: 'forbidden' | 'rate_limited' | 'not_found') =>
      endpoint({
        summary: 'Refuses',
        answers: { 200: 'empty' },
        method: 'get',
        path,
        access: 'public',
        handle: () => Promise.reject(new ProblemError(code)),
      })
    await using app = await openTestApp({
      log: openLog({ logLevel: 'info' }, lines),
      endpoints: [
        refusing('/forbidden', 'forbidden'),
        refusing('/often', 'rate_limited'),
        refusing('/nothing', 'not_found'),
      ],
    })
    for (const path of ['/nothing', '/forbidden', '/often'])
      await (await fetch(`${app.url}/api/v1${path}`)).arrayBuffer()
    await waitUntil('both are logged', () => lines.of('request').length >= 2)
    assert.deepEqual(
      lines.of('request').map((line) => [line['http.route'], line['http.response.status_code']]),
      [
        ['/forbidden', 403],
        ['/often', 429],
      ],
    )
  })

  test('holds no token, password, ticket or cookie, whatever endpoint they are sent to', async () => {
    const lines = new LogLines()
    const log = openLog({ logLevel: 'trace' }, lines)
    await using server = await startTestServer({ log })
    const nodeId = await server.admin.createText('a.md')
    const ticket = await server.admin.post<{ ticket: string }>('/live/tickets', {
      document: `text:${nodeId}`,
    })
    const page = await TestPage.signIn(server.url, testAdmin)
    const secrets = {
      password: 'correct horse battery',
      accessToken: server.admin.accessToken,
      refreshToken: server.admin.refreshToken,
      ticket: ticket.ticket,
      cookie: page.secret,
      typed: 'a passphrase that nobody knows',
    }
    const document = (await (
      await fetch(`${server.url}/api/v1/openapi.json`)
    ).json()) as OpenApiDocument
    const query = new URLSearchParams({
      token: secrets.ticket,
      password: secrets.typed,
    }).toString()
    for (const [path, methods] of Object.entries(document.paths))
      for (const method of Object.keys(methods)) {
        // Which would end the session that the others need.
        if (path === '/auth/sign-out') continue
        const url = `${server.url}/api/v1${path.replaceAll(/\{\w+\}/g, nodeId)}?${query}`
        for (const type of ['application/json', 'text/plain', 'application/json;charset=nonsense'])
          for (const body of [JSON.stringify(secrets), `{"password":"${secrets.typed}`])
            await (
              await fetch(url, {
                method: method.toUpperCase(),
                headers: {
                  authorization: `Bearer ${secrets.accessToken}`,
                  cookie: page.cookie ?? '',
                  'content-type': type,
                },
                ...(['get', 'head'].includes(method) ? {} : { body }),
              })
            ).arrayBuffer()
      }
    for (const method of ['GET', 'PATCH']) {
      await page.send(method, '/account')
      await page.sendBare(method, '/account', { headers: { origin: 'https://evil.example' } })
    }
    await page.send('POST', '/auth/sign-out')
    await fetch(`${server.url}/live/y/text:${nodeId}?${query}`)
    await fetch(`${server.url}/s/${secrets.ticket}?${query}`)
    await server.stop()
    assert.ok(lines.of('request').length > 200)
    const written = lines.texts.join('')
    for (const [name, secret] of Object.entries(secrets))
      assert.ok(!written.includes(secret), `${name} is in the log`)
  })
})
