import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isReadableOnTheWay, parseServerAddress } from './server-address.ts'

suite('the address of a server', () => {
  test('is taken as people type it', () => {
    const typed = {
      'files.example.com': 'https://files.example.com',
      'https://files.example.com/': 'https://files.example.com',
      'https://example.com/cloud/?x=1#y': 'https://example.com/cloud',
      'localhost:8080': 'http://localhost:8080',
      '127.0.0.1:8080': 'http://127.0.0.1:8080',
      'http://files.example.com': 'http://files.example.com',
    }
    for (const [text, address] of Object.entries(typed))
      assert.equal(parseServerAddress(text), address)
  })

  test('is refused where it is none, or holds a password', () => {
    for (const text of ['', 'ftp://example.com', 'https://', 'https://ada:pw@example.com'])
      assert.throws(() => parseServerAddress(text), { name: 'CommandError' }, text)
  })

  test('can be read on the way only without encryption and beyond this machine', () => {
    assert.equal(isReadableOnTheWay('http://files.example.com'), true)
    assert.equal(isReadableOnTheWay('https://files.example.com'), false)
    assert.equal(isReadableOnTheWay('http://127.0.0.1:8080'), false)
  })
})
