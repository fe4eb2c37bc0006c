import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeMail } from './mail.ts'

test('nothing in a draft becomes a header or markup', () => {
  const mail = writeMail('1', {
    to: 'bob@example.org\r\nBcc: everybody@example.org',
    subject: 'Hello\r\nBcc: everybody@example.org\u2028x',
    greeting: '<b>Bob</b>\nX: y',
    paragraphs: ['<script>alert(1)</script> & "quotes"'],
    action: { label: '<i>', url: 'https://cs.test/join#a"onclick="x' },
  })
  assert.equal(mail.to, 'bob@example.org Bcc: everybody@example.org')
  assert.equal(mail.subject, 'Hello Bcc: everybody@example.org x')
  assert.doesNotMatch(mail.html, /<script|<i>|<b>|"onclick/)
  assert.match(mail.html, /&lt;script&gt;/)
  assert.match(mail.text, /^Hello <b>Bob<\/b> X: y,\n\n/)
  assert.match(mail.text, /https:\/\/cs\.test\/join#a/)
})
