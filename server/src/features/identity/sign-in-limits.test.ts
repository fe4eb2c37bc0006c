import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ProblemError } from '#platform/problem-error.ts'
import { SignInLimits } from './sign-in-limits.ts'

const email = 'ada@example.org'
const right = () => Promise.resolve(true)
const wrong = () => Promise.resolve(false)

function freezeTime(context: TestContext) {
  context.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.now() })
  return (seconds: number) => context.mock.timers.tick(seconds * 1000)
}

async function fail(limits: SignInLimits, address: string, times: number, account = email) {
  for (let count = 0; count < times; count++)
    assert.equal(await limits.run({ address, email: account }, wrong), false)
}

function assertLimited(attempt: Promise<unknown>) {
  return assert.rejects(attempt, (error: unknown) => {
    assert.ok(error instanceof ProblemError)
    assert.equal(error.code, 'rate_limited')
    assert.match(error.headers['retry-after'] ?? '', /^[1-9]\d*$/)
    return true
  })
}

test('after ten wrong passwords for an account an address has to wait, the right one too', async (context) => {
  const advance = freezeTime(context)
  const limits = new SignInLimits()
  await fail(limits, '192.0.2.1', 10)
  await assertLimited(limits.run({ address: '192.0.2.1', email }, right))
  advance(601)
  assert.equal(await limits.run({ address: '192.0.2.1', email }, right), true)
})

test('whoever holds many IPv6 networks is heard eight times as often as from one, and no more', async (context) => {
  freezeTime(context)
  const limits = new SignInLimits()
  for (let network = 0; network < 400; network++) {
    const account = `person-${network}@example.org`
    await fail(limits, `2001:db8:7:${network.toString(16)}::1`, 1, account)
  }
  await assertLimited(limits.run({ address: '2001:db8:7:ffff::1', email }, right))
  assert.equal(await limits.run({ address: '2001:db8:8::1', email }, right), true)
})

test('waiting attempts do not make the wait longer', async (context) => {
  const advance = freezeTime(context)
  const limits = new SignInLimits()
  await fail(limits, '192.0.2.1', 10)
  for (let minute = 0; minute < 10; minute++) {
    await assertLimited(limits.run({ address: '192.0.2.1', email }, right))
    advance(60)
  }
  advance(1)
  assert.equal(await limits.run({ address: '192.0.2.1', email }, right), true)
})

test('the right password wipes the slate clean', async (context) => {
  freezeTime(context)
  const limits = new SignInLimits()
  for (let round = 0; round < 4; round++) {
    await fail(limits, '192.0.2.1', 9)
    assert.equal(await limits.run({ address: '192.0.2.1', email }, right), true)
  }
})

test('right passwords are not limited, however many there are at once', async () => {
  const limits = new SignInLimits()
  const attempts = Array.from({ length: 200 }, () =>
    limits.run({ address: '192.0.2.1', email }, right),
  )
  assert.ok((await Promise.all(attempts)).every(Boolean))
})

test('guesses sent at once are counted like guesses sent in turn', async () => {
  const limits = new SignInLimits()
  let guesses = 0
  const guess = async () => {
    guesses++
    await new Promise((resolve) => setImmediate(resolve))
    return false
  }
  await Promise.allSettled(
    Array.from({ length: 100 }, () => limits.run({ address: '192.0.2.1', email }, guess)),
  )
  assert.equal(guesses, 10)
})

test('one address cannot try one password on everybody', async (context) => {
  const advance = freezeTime(context)
  const limits = new SignInLimits()
  for (let user = 0; user < 50; user++)
    await fail(limits, '192.0.2.1', 1, `user${user}@example.org`)
  await assertLimited(limits.run({ address: '192.0.2.1', email }, right))
  assert.equal(await limits.run({ address: '192.0.2.2', email }, right), true)
  advance(901)
  assert.equal(await limits.run({ address: '192.0.2.1', email }, right), true)
})

test('a /64 cannot pass for many addresses', async (context) => {
  freezeTime(context)
  const limits = new SignInLimits()
  for (let host = 1; host <= 10; host++) await fail(limits, `2001:db8::${host}`, 1)
  await assertLimited(limits.run({ address: '2001:db8::ffff', email }, right))
})

test('an account under attack from many addresses opens to its owner, but not to a second guess', async (context) => {
  freezeTime(context)
  const limits = new SignInLimits()
  for (let host = 1; host <= 20; host++) await fail(limits, `198.51.100.${host}`, 5)
  // An address that has guessed already is refused, though it is below its own limit.
  await assertLimited(limits.run({ address: '198.51.100.1', email }, right))
  assert.equal(await limits.run({ address: '192.0.2.1', email }, right), true)
  await fail(limits, '192.0.2.2', 1)
  await assertLimited(limits.run({ address: '192.0.2.2', email }, right))
})

test('a verification that fails for another reason counts for nothing and blocks nobody', async () => {
  const limits = new SignInLimits()
  const broken = () => Promise.reject(new Error('no database'))
  for (let count = 0; count < 20; count++)
    await assert.rejects(limits.run({ address: '192.0.2.1', email }, broken), /no database/)
  assert.equal(await limits.run({ address: '192.0.2.1', email }, right), true)
})
