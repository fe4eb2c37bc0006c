import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { writeMail } from './mail.ts'
import { MailRefusedError } from './mailer.ts'
import { SendGridMailer } from './sendgrid-mailer.ts'

const mail = writeMail('1', { to: 'bob@example.org', subject: 'Hello', paragraphs: ['Hi'] })

/** A server of ours in SendGrid's place: nobody can run theirs. */
async function openSendGrid(status: number) {
  const requests: { authorization: string | undefined; body: Record<string, unknown> }[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>
      requests.push({ authorization: request.headers.authorization, body })
      response.writeHead(status).end('{"errors":[]}')
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const mailer = new SendGridMailer({
    apiKey: 'key',
    from: 'CloudSync <no-reply@cs.test>',
    fetch: (_input, init) => fetch(url, init),
  })
  return { requests, mailer, [Symbol.dispose]: () => server.close() }
}

test('a mail goes out by SendGrid, with links that nobody follows on the way', async () => {
  using sendGrid = await openSendGrid(202)
  await sendGrid.mailer.send(mail)
  const [request] = sendGrid.requests
  assert.equal(request?.authorization, 'Bearer key')
  assert.deepEqual(request.body['personalizations'], [{ to: [{ email: 'bob@example.org' }] }])
  assert.deepEqual(request.body['from'], { email: 'no-reply@cs.test', name: 'CloudSync' })
  assert.deepEqual(request.body['tracking_settings'], {
    click_tracking: { enable: false, enable_text: false },
  })
})

test('what SendGrid does not take for good is told from what it may take later', async () => {
  using refusing = await openSendGrid(400)
  await assert.rejects(refusing.mailer.send(mail), MailRefusedError)
  for (const status of [401, 429, 503]) {
    using failing = await openSendGrid(status)
    await assert.rejects(failing.mailer.send(mail), (error) => !(error instanceof MailRefusedError))
  }
})
