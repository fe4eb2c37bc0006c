import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Registry } from 'prom-client'
import { Breaker, BreakerOpenError } from './breaker.ts'

suite('a circuit breaker', () => {
  test('calls nothing once it has failed too often, and comes back by itself', async (t) => {
    t.mock.timers.enable({ apis: ['Date'] })
    const metrics = new Registry()
    const breaker = new Breaker({ name: 'it', metrics, maxFailures: 3, pauseMs: 1_000 })
    let calls = 0
    const fail = () => {
      calls += 1
      return Promise.reject(new Error('down'))
    }
    const succeed = () => {
      calls += 1
      return Promise.resolve('up')
    }
    for (let attempt = 0; attempt < 3; attempt += 1) await assert.rejects(breaker.run(fail), /down/)
    await assert.rejects(breaker.run(succeed), BreakerOpenError)
    assert.equal(calls, 3)
    assert.match(await metrics.metrics(), /cloudsync_breaker_state\{name="it"\} 2/)

    t.mock.timers.tick(1_001)
    await assert.rejects(breaker.run(fail), /down/)
    await assert.rejects(breaker.run(succeed), BreakerOpenError)
    t.mock.timers.tick(1_001)
    assert.equal(await breaker.run(succeed), 'up')
    assert.equal(await breaker.run(succeed), 'up')
    const text = await metrics.metrics()
    assert.match(text, /cloudsync_breaker_state\{name="it"\} 0/)
    assert.match(text, /cloudsync_breaker_opened_total\{name="it"\} 2/)
    assert.match(text, /cloudsync_breaker_refused_total\{name="it"\} 2/)
  })

  test('lets one call try at a time, and the others fail at once', async (t) => {
    t.mock.timers.enable({ apis: ['Date'] })
    const breaker = new Breaker({ name: 'it', maxFailures: 1, pauseMs: 1_000 })
    await assert.rejects(breaker.run(() => Promise.reject(new Error('down'))))
    t.mock.timers.tick(1_001)
    const { promise, resolve } = Promise.withResolvers<string>()
    const trying = breaker.run(() => promise)
    await assert.rejects(
      breaker.run(() => Promise.resolve('up')),
      BreakerOpenError,
    )
    resolve('up')
    assert.equal(await trying, 'up')
    assert.ok(breaker.isClosed)
  })

  test('takes an error that says nothing of what is called for no failure', async () => {
    const isFailure = (error: unknown) => !(error instanceof RangeError)
    const breaker = new Breaker({ name: 'it', maxFailures: 1, isFailure })
    for (let attempt = 0; attempt < 3; attempt += 1)
      await assert.rejects(
        breaker.run(() => Promise.reject(new RangeError('of the caller'))),
        RangeError,
      )
    assert.ok(breaker.isClosed)
  })

  test('opens at once when it is told that what is called is down', async (t) => {
    t.mock.timers.enable({ apis: ['Date'] })
    const breaker = new Breaker({ name: 'it', maxFailures: 5, pauseMs: 1_000 })
    const succeed = () => Promise.resolve('up')
    await breaker.trip(new Error('seen to be down'))
    await assert.rejects(breaker.run(succeed), BreakerOpenError)
    t.mock.timers.tick(1_001)
    assert.equal(await breaker.run(succeed), 'up')
    await assert.rejects(
      breaker.run(() => Promise.reject(new Error('once'))),
      /once/,
    )
    assert.equal(await breaker.run(succeed), 'up', 'it counts as before')
  })
})
