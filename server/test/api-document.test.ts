import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { errorCodes } from '@cloudsync/protocol'
import type { OpenApiDocument } from '../src/platform/http/openapi/openapi-document.ts'
import { startTestServer } from '../testing/index.ts'

suite('the OpenAPI document', () => {
  test('is valid, and tells of every endpoint what it does and answers', async () => {
    await using server = await startTestServer()
    const answer = await fetch(`${server.url}/api/v1/openapi.json`)
    const text = await answer.text()
    const document = JSON.parse(text) as OpenApiDocument
    const { valid, errors } = await new Validator().validate(
      JSON.parse(text) as Record<string, unknown>,
    )
    assert.ok(valid, JSON.stringify(errors))
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    )
    assert.ok(operations.length > 50)
    for (const { path, method, operation } of operations) {
      assert.match(operation.summary, /^[A-Z].*[^.]$/, `${method} ${path}`)
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const parameters = operation.parameters?.filter((one) => one.in === 'path') ?? []
      assert.deepEqual(
        parameters.map(({ name }) => name),
        names,
        `${method} ${path}`,
      )
      const successes = Object.keys(operation.responses).filter((status) => status < '400')
      assert.ok(successes.length > 0, `${method} ${path}`)
    }
    const ids = operations.map(({ operation }) => operation.operationId)
    assert.equal(new Set(ids).size, ids.length)
  })

  test('tells how callers are known, and which scope a token needs', async () => {
    await using server = await startTestServer()
    const answer = await fetch(`${server.url}/api/v1/openapi.json`)
    const { paths, components } = (await answer.json()) as OpenApiDocument
    const securityOf = (method: string, path: string) => paths[path]?.[method]?.security
    const cookie = { sessionCookie: [] }
    assert.deepEqual(securityOf('get', '/nodes/{id}/content'), [
      { accessToken: ['files:read'] },
      cookie,
    ])
    assert.deepEqual(securityOf('put', '/account/password'), [{ accessToken: ['session'] }, cookie])
    assert.deepEqual(securityOf('get', '/users'), [{ accessToken: ['admin'] }, cookie])
    assert.deepEqual(securityOf('post', '/auth/sign-in'), [{}, { accessToken: [] }, cookie])
    assert.deepEqual(Object.keys(components.securitySchemes), ['accessToken', 'sessionCookie'])
  })

  test('can be read by people, without a script and without anything from elsewhere', async () => {
    await using server = await startTestServer()
    const answer = await fetch(`${server.url}/api/docs`)
    const page = await answer.text()
    assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
    assert.match(answer.headers.get('content-security-policy') ?? '', /script-src 'self'/)
    assert.match(page, /GET \/nodes\/\{id\}\/children/)
    assertSelfContained(page)
    const styles = await fetch(`${server.url}/api/docs/pages.css`)
    assert.equal(styles.headers.get('content-type'), 'text/css; charset=utf-8')
  })
})

suite('the pages of problems', () => {
  test('are where the type of a problem leads to, one for each code', async () => {
    await using server = await startTestServer()
    const problem = (await (await fetch(`${server.url}/api/v1/me`)).json()) as { type: string }
    const page = await fetch(new URL(problem.type, server.url))
    assert.equal(page.status, 200)
    const text = await page.text()
    assert.match(text, /Sign in first/)
    assert.match(text, /GET \/me/)
    const index = await (await fetch(`${server.url}/problems`)).text()
    assertSelfContained(index)
    for (const [code, { title }] of Object.entries(errorCodes)) {
      assert.ok(index.includes(`href="/problems/${code}"`), code)
      const ofCode = await fetch(`${server.url}/problems/${code}`)
      assert.equal(ofCode.status, 200, code)
      const content = await ofCode.text()
      assert.ok(content.includes(title.replaceAll("'", '&#39;')), code)
      assertSelfContained(content)
    }
  })

  test('there are of no other codes, whatever is asked for', async () => {
    await using server = await startTestServer()
    for (const name of ['nothing', '__proto__', 'constructor', '%3Cscript%3E']) {
      const answer = await fetch(`${server.url}/problems/${name}`)
      assert.equal(answer.status, 404, name)
      assert.doesNotMatch(await answer.text(), /<script/)
    }
  })
})

/** What a strict content security policy would stop is not there. */
function assertSelfContained(page: string): void {
  assert.doesNotMatch(page, /<script|<style| style=| on\w+=|<iframe|src=/i)
  assert.doesNotMatch(page, /<link[^>]+href="(?!\/)/)
}
