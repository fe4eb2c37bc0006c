import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { findFreePort } from '../../../testing/free-port.ts'
import { TestClock } from '../../../testing/test-clock.ts'
import { openTestDatabase } from '../../../testing/test-database.ts'
import { openTestKeys } from '../../../testing/test-keys.ts'
import { inTransaction } from '../db/transaction.ts'
import { MailWorker } from './mail-worker.ts'
import { Outbox } from './outbox.ts'
import { SmtpMailer } from './smtp-mailer.ts'
import { SilentServer, SmtpMailbox } from './testing/smtp-mailbox.ts'

const hourMs = 3600 * 1000
const from = 'CloudSync <no-reply@cs.test>'

async function openOutbox() {
  await using stack = new AsyncDisposableStack()
  const { database: db } = stack.use(await openTestDatabase())
  const clock = new TestClock()
  const outbox = new Outbox({ keys: await openTestKeys(db), clock })
  const running = stack.move()
  const openWorker = (url: string, timeoutMs = 2_000) => {
    const mailer = new SmtpMailer({ url, from, timeoutMs })
    const log = pino({ level: 'silent' })
    return running.use(new MailWorker({ db, clock, log, outbox, mailer }))
  }
  const queue = (to: string, ttlMs = hourMs) =>
    inTransaction(db, (tx) =>
      outbox.queueMail(tx, { to, subject: 'Hello', paragraphs: [`To ${to}`] }, { ttlMs }),
    )
  const waiting = () =>
    db.kysely.selectFrom('mail_outbox').select(['id', 'attempts', 'sealed']).execute()
  return {
    db,
    clock,
    outbox,
    openWorker,
    queue,
    waiting,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

test('a mail goes out by SMTP, once, with text and HTML, from the address of the settings', async () => {
  await using opened = await openOutbox()
  await using smtp = await SmtpMailbox.open()
  const worker = opened.openWorker(smtp.url)
  await opened.queue('bob@example.org')
  assert.equal(await worker.flush(), 1)
  assert.equal(await worker.flush(), 0)
  const [mail] = smtp.mails
  assert.deepEqual(mail?.to, ['bob@example.org'])
  assert.equal(mail?.from, 'no-reply@cs.test')
  assert.match(mail?.raw ?? '', /^From: CloudSync <no-reply@cs\.test>\r$/m)
  assert.match(mail?.raw ?? '', /^Message-ID: <[0-9a-f-]{36}@cs\.test>\r$/m)
  assert.match(mail?.raw ?? '', /text\/plain[^]*text\/html/)
  assert.deepEqual(await opened.waiting(), [])
})

test('what was rolled back is not sent, and what waits is not readable in the database', async () => {
  await using opened = await openOutbox()
  const { db, outbox } = opened
  const draft = { to: 'bob@example.org', subject: 'Hello', paragraphs: ['a secret link'] }
  await assert.rejects(
    inTransaction(db, async (tx) => {
      await outbox.queueMail(tx, draft, { ttlMs: hourMs })
      throw new Error('the change failed')
    }),
  )
  assert.deepEqual(await opened.waiting(), [])
  await inTransaction(db, (tx) => outbox.queueMail(tx, draft, { ttlMs: hourMs }))
  const [row] = await opened.waiting()
  assert.ok(row && !row.sealed.includes('secret') && !row.sealed.includes('bob@'))
})

test('an address that holds a header brings no further recipient', async () => {
  await using opened = await openOutbox()
  await using smtp = await SmtpMailbox.open()
  const worker = opened.openWorker(smtp.url)
  await opened.queue('bob@example.org\r\nBcc: eve@example.org')
  await opened.queue('bob@example.org, eve@example.org')
  await worker.flush()
  const recipients = smtp.mails.flatMap((mail) => mail.to)
  assert.ok(!recipients.includes('eve@example.org'), String(recipients))
  for (const { raw } of smtp.mails) assert.doesNotMatch(raw, /^Bcc:/m)
})

test('while the server is dead mails wait, and go out when it is there again', async () => {
  await using opened = await openOutbox()
  const { clock } = opened
  const port = await findFreePort()
  const worker = opened.openWorker(`smtp://127.0.0.1:${port}`)
  await opened.queue('bob@example.org')
  await opened.queue('carla@example.org')
  assert.equal(await worker.flush(), 0)
  // Nothing is due: who hammers a dead server makes nothing better.
  assert.equal(await worker.flush(), 0)
  assert.deepEqual(
    (await opened.waiting()).map(({ attempts }) => attempts),
    [1, 1],
  )
  clock.advance(60_000)
  await worker.flush()
  clock.advance(60_000)
  await using smtp = await SmtpMailbox.open({ port })
  assert.equal(await worker.flush(), 2)
  assert.deepEqual(smtp.mails.flatMap(({ to }) => to).toSorted(), [
    'bob@example.org',
    'carla@example.org',
  ])
})

test('a server that never greets holds up neither the others for long nor the mail for good', async () => {
  await using opened = await openOutbox()
  await using silent = await SilentServer.open()
  await using smtp = await SmtpMailbox.open()
  await opened.queue('bob@example.org')
  const stuck = opened.openWorker(`smtp://127.0.0.1:${silent.port}`, 200)
  assert.equal(await stuck.flush(), 0)
  assert.equal(silent.connections, 1)
  opened.clock.advance(60_000)
  assert.equal(await opened.openWorker(smtp.url).flush(), 1)
})

test('the mail of a server that died while it sent is sent by another, when its lease ends', async () => {
  await using opened = await openOutbox()
  await using silent = await SilentServer.open()
  await using smtp = await SmtpMailbox.open()
  await opened.queue('bob@example.org')
  const dying = opened.openWorker(`smtp://127.0.0.1:${silent.port}`, 3_000)
  const flush = dying.flush()
  while (silent.connections === 0) await new Promise((resolve) => setImmediate(resolve))
  const other = opened.openWorker(smtp.url)
  assert.equal(await other.flush(), 0, 'it is leased')
  opened.clock.advance(3 * 60_000)
  assert.equal(await other.flush(), 1)
  await flush
})

test('a mail that is refused for good is dropped, and holds up no other', async () => {
  await using opened = await openOutbox()
  await using smtp = await SmtpMailbox.open({ refuses: (address) => address.startsWith('nobody') })
  const worker = opened.openWorker(smtp.url)
  await opened.queue('nobody@example.org')
  await opened.queue('bob@example.org')
  assert.equal(await worker.flush(), 1, JSON.stringify(await opened.waiting()))
  assert.deepEqual(await opened.waiting(), [])
})

test('what is not sent in time is not sent any more', async () => {
  await using opened = await openOutbox()
  await using smtp = await SmtpMailbox.open()
  await opened.queue('bob@example.org', 10 * 60_000)
  opened.clock.advance(11 * 60_000)
  assert.equal(await opened.openWorker(smtp.url).flush(), 0)
  assert.deepEqual(await opened.waiting(), [])
})

test('two servers share the outbox: each mail goes out once', async () => {
  await using opened = await openOutbox()
  await using smtp = await SmtpMailbox.open()
  for (let count = 0; count < 30; count++) await opened.queue(`person${count}@example.org`)
  const workers = [opened.openWorker(smtp.url), opened.openWorker(smtp.url)]
  await Promise.all(workers.map((worker) => worker.flush()))
  assert.equal(smtp.mails.length, 30)
  assert.equal(new Set(smtp.mails.flatMap(({ to }) => to)).size, 30)
})

test('a mail server that is dead is tried with one mail at a time, and the others wait as if untouched', async (t) => {
  t.mock.timers.enable({ apis: ['Date'] })
  await using opened = await openOutbox()
  const port = await findFreePort()
  const worker = opened.openWorker(`smtp://127.0.0.1:${port}`)
  for (let count = 0; count < 40; count++) await opened.queue(`person${count}@example.org`)
  await worker.flush()
  const tried = async () =>
    (await opened.waiting()).reduce((sum, { attempts }) => sum + attempts, 0)
  const atFirst = await tried()
  assert.ok(atFirst >= 5 && atFirst < 12, `${atFirst} mails were tried`)
  assert.equal(await worker.flush(), 0)
  assert.equal(await tried(), atFirst, 'it is left alone')
  t.mock.timers.tick(15_001)
  assert.equal(await worker.flush(), 0)
  assert.equal(await tried(), atFirst + 1)
  t.mock.timers.tick(15_001)
  await using smtp = await SmtpMailbox.open({ port })
  const waiting = (await opened.waiting()).filter(({ attempts }) => attempts === 0).length
  assert.equal(await worker.flush(), waiting)
  opened.clock.advance(60_000)
  await worker.flush()
  assert.equal(new Set(smtp.mails.flatMap(({ to }) => to)).size, 40)
  assert.equal(smtp.mails.length, 40)
})

test('what a server says of a mail for now puts off that mail, and closes it to no other', async () => {
  await using opened = await openOutbox()
  await using smtp = await SmtpMailbox.open()
  const worker = opened.openWorker(smtp.url)
  for (const [to, code] of [
    ['recipient', 450],
    ['mail', 451],
    // Of the sender, which the operator sets, not of the mail.
    ['sender', 550],
  ] as const) {
    for (let count = 0; count < 8; count++) await opened.queue(`${to}${count}@example.org`)
    smtp.failure = { to, code }
    assert.equal(await worker.flush(), 0)
    smtp.failure = undefined
    await opened.queue(`other-${to}@example.org`)
    assert.equal(await worker.flush(), 1)
    opened.clock.advance(60_000)
    assert.equal(await worker.flush(), 8)
  }
  assert.deepEqual(await opened.waiting(), [])
})

test('what a server says of itself keeps the mail until it is well', async () => {
  await using opened = await openOutbox()
  await using smtp = await SmtpMailbox.open()
  const worker = opened.openWorker(smtp.url)
  for (const [to, code] of [
    ['greeting', 421],
    ['greeting', 554],
    ['recipient', 421],
  ] as const) {
    await opened.queue('bob@example.org')
    smtp.failure = { to, code }
    assert.equal(await worker.flush(), 0)
    smtp.failure = undefined
    opened.clock.advance(60_000)
    assert.equal(await worker.flush(), 1)
  }
})

test('a mail that went out while the database went away is not sent again by who sent it', async () => {
  await using opened = await openOutbox()
  await using smtp = await SmtpMailbox.open()
  const worker = opened.openWorker(smtp.url)
  await opened.queue('bob@example.org')
  smtp.beforeAnswer = () => opened.db.pool.query('ALTER TABLE mail_outbox RENAME TO away')
  await assert.rejects(worker.flush())
  await opened.db.pool.query('ALTER TABLE away RENAME TO mail_outbox')
  opened.clock.advance(3 * 60_000)
  assert.equal(await worker.flush(), 0)
  assert.equal(smtp.mails.length, 1)
  assert.deepEqual(await opened.waiting(), [])
})

test('a started worker sends what is queued without being asked', async () => {
  await using opened = await openOutbox()
  await using smtp = await SmtpMailbox.open()
  opened.openWorker(smtp.url).start()
  await opened.queue('bob@example.org')
  await smtp.received(1)
})

test('a request is answered by a mail or by none, and the answer is written down before it is sent', async () => {
  await using opened = await openOutbox()
  const { db, outbox, clock } = opened
  await using silent = await SilentServer.open()
  await using smtp = await SmtpMailbox.open()
  let asked = 0
  const answer = (worker: MailWorker) =>
    worker.answer('hello', (_tx, { email = '' }) => {
      asked += 1
      return Promise.resolve(
        email === '' ? undefined : { to: email, subject: 'Hello', paragraphs: [] },
      )
    })
  const ask = (email: string) =>
    inTransaction(db, (tx) => outbox.queueRequest(tx, 'hello', { email }, { ttlMs: hourMs }))
  await ask('')
  await ask('bob@example.org')
  const stuck = opened.openWorker(`smtp://127.0.0.1:${silent.port}`, 200)
  answer(stuck)
  assert.equal(await stuck.flush(), 0)
  assert.equal((await opened.waiting()).length, 1)
  clock.advance(60_000)
  const worker = opened.openWorker(smtp.url)
  answer(worker)
  assert.equal(await worker.flush(), 1)
  assert.equal(asked, 2)
})
