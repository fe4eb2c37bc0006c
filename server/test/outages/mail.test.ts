import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { SmtpMailbox, type SmtpFailure } from '#platform/mail/testing/smtp-mailbox.ts'
import { timed } from '../../testing/timed-answer.ts'
import {
  readMetric,
  startTestServer,
  TestLink,
  waitUntil,
  type TestServer,
} from '../../testing/index.ts'

const people = 12
const opened = 'cloudsync_breaker_opened_total{name="mail"}'

async function openWorld() {
  await using stack = new AsyncDisposableStack()
  const smtp = stack.use(await SmtpMailbox.open())
  const link = stack.use(await TestLink.to(smtp.url))
  const mail = { pollMs: 100, firstRetryMs: 200, breakerPauseMs: 1_000 }
  const env = { SMTP_URL: link.url, MAIL_FROM: 'CloudSync <no-reply@cs.test>' }
  const server = stack.use(await startTestServer({ mail }, env))
  const running = stack.move()
  return { smtp, link, server, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

async function invite({ admin }: TestServer, word: string): Promise<void> {
  for (let n = 0; n < people; n += 1) {
    const email = `${word}${n}@example.org`
    const { status, tookMs } = await timed(() =>
      admin.send('POST', '/admin/invitations', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email }),
      }),
    )
    assert.equal(status, 201)
    // By design within milliseconds: nothing waits for the mail server.
    assert.ok(tookMs < 5_000, `${tookMs} ms`)
  }
}

async function assertOnceEach(smtp: SmtpMailbox, count: number): Promise<void> {
  await waitUntil('all mails are there', () => smtp.mails.length >= count)
  const recipients = smtp.mails.flatMap(({ to }) => to)
  assert.equal(recipients.length, count)
  assert.equal(new Set(recipients).size, count)
}

suite('a mail server', () => {
  test('that refuses connections holds up no request, is left alone, and gets each mail once when it is back', async () => {
    await using world = await openWorld()
    const { smtp, link, server } = world
    await link.cut()
    await invite(server, 'gone')
    await waitUntil('the breaker opens', async () => (await readMetric(server, opened)) > 0)
    await link.mend()
    await assertOnceEach(smtp, people)
    assert.equal(await readMetric(server, 'cloudsync_breaker_state{name="mail"}'), 0)
  })

  test('that takes connections and says nothing holds up no request, and gets each mail once when it is back', async () => {
    await using world = await openWorld()
    const { smtp, link, server } = world
    link.silence()
    await invite(server, 'silent')
    await waitUntil('it was tried', () => link.connections > 0)
    assert.ok(link.connections <= 4, `${link.connections} connections wait`)
    await link.mend()
    await assertOnceEach(smtp, people)
  })

  for (const [what, failure] of [
    ['refuses everybody', { to: 'greeting', code: 554 }],
    ['goes down', { to: 'recipient', code: 421 }],
  ] as const satisfies readonly (readonly [string, SmtpFailure])[])
    test(`that ${what} is left alone, and gets each mail once when it is well`, async () => {
      await using world = await openWorld()
      const { smtp, link, server } = world
      smtp.failure = failure
      await invite(server, 'failing')
      await waitUntil('the breaker opens', async () => (await readMetric(server, opened)) > 0)
      const tried = link.connections
      await waitUntil('it is tried again', () => link.connections > tried)
      // One mail in each pause, not all of them in each round.
      assert.ok(link.connections - tried < people, `${link.connections - tried} connections`)
      smtp.failure = undefined
      await assertOnceEach(smtp, people)
    })

  test('that takes mails only later is asked again for each of them, and no other waits', async () => {
    await using world = await openWorld()
    const { smtp, server } = world
    smtp.failure = { to: 'mail', code: 451 }
    await invite(server, 'later')
    smtp.failure = undefined
    await invite(server, 'other')
    await assertOnceEach(smtp, 2 * people)
    assert.equal(await readMetric(server, opened), 0)
  })
})
