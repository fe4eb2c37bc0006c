import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SessionCookie } from './session-cookie.ts'

const secret = 'A'.repeat(43)

test('a cookie is named by what the browser can take, and by the port that it names', () => {
  const nameOf = (publicUrl: string, host: string) =>
    new SessionCookie(() => publicUrl).write({ headers: { host } }, secret, 1).split('=')[0]
  assert.equal(nameOf('https://files.example.com', 'files.example.com'), '__Host-cs_session')
  assert.equal(nameOf('https://nas.home:8443', 'nas.home:8443'), '__Host-cs_session_8443')
  assert.equal(nameOf('http://localhost:8080', 'localhost:8080'), 'cs_session_8080')
  assert.equal(nameOf('http://nas.home', 'nas.home'), 'cs_session')
  assert.equal(nameOf('http://[::1]:8080', '[::1]:8080'), 'cs_session_8080')
  assert.equal(nameOf('http://[fe80::1]', '[fe80::1]'), 'cs_session')
})

test('a page is ours by the public address or by the host that it asks, and no other is', () => {
  const cookie = new SessionCookie(() => 'https://files.example.com')
  const isOurs = (headers: Record<string, string>) => {
    try {
      cookie.requireOwnPage({ headers: { host: '10.0.0.5:8080', ...headers } })
      return true
    } catch {
      return false
    }
  }
  for (const origin of ['https://files.example.com', 'https://10.0.0.5:8080']) {
    assert.ok(isOurs({ origin }), origin)
    assert.ok(isOurs({ origin, 'sec-fetch-site': 'same-origin' }), origin)
    assert.ok(!isOurs({ origin, 'sec-fetch-site': 'cross-site' }), origin)
  }
  assert.ok(isOurs({ 'sec-fetch-site': 'same-origin' }))
  for (const headers of [
    {},
    { origin: 'null' },
    { origin: '' },
    { origin: 'http://files.example.com' },
    { origin: 'http://files.example.com', host: 'files.example.com' },
    { origin: 'http://10.0.0.5:8080' },
    { origin: 'https://files.example.com.evil.example' },
    { origin: 'http://10.0.0.5' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-site' },
  ])
    assert.ok(!isOurs(headers), JSON.stringify(headers))
})

test('a page over plain HTTP is ours where people come by nothing else, or nobody has said how', () => {
  for (const publicUrl of ['http://nas.home', 'http://localhost:8080']) {
    const cookie = new SessionCookie(() => publicUrl)
    for (const origin of ['http://10.0.0.5:8080', 'https://10.0.0.5:8080'])
      cookie.requireOwnPage({ headers: { host: '10.0.0.5:8080', origin } })
  }
})

test('of the cookies that come only one of our form is read', () => {
  const sessionCookie = new SessionCookie(() => 'http://nas.home')
  const read = (cookie: string) => sessionCookie.read({ headers: { host: 'nas.home', cookie } })
  assert.equal(read(`a=b; cs_session=${secret}`), secret)
  for (const cookie of [
    '',
    'cs_session',
    'cs_session=',
    `cs_session=${secret}A`,
    `Cs_Session=${secret}`,
  ])
    assert.equal(read(cookie), undefined, cookie)
})
