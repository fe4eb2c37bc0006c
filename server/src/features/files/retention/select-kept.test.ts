import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { suite, test } from 'node:test'
import { selectKept, type KeptCandidate, type RetentionPolicy } from './select-kept.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const policy: RetentionPolicy = { all: 1, hourly: 7, daily: 30 }
const now = new Date(Date.UTC(2026, 5, 17, 12, 30))

function made(agesMs: readonly number[], pinned: readonly number[] = []): KeptCandidate[] {
  return agesMs
    .toSorted((one, other) => other - one)
    .map((ageMs, index) => ({
      number: index + 1,
      createdAt: new Date(now.getTime() - ageMs),
      isPinned: pinned.includes(index + 1),
    }))
}

/** The ages of those that stay, the oldest first. */
function keptAges(versions: readonly KeptCandidate[], at = now): number[] {
  const kept = selectKept(versions, at, policy)
  return versions
    .filter(({ number }) => kept.has(number))
    .map(({ createdAt }) => now.getTime() - createdAt.getTime())
}

function randomVersions(): KeptCandidate[] {
  const spans = [hourMs, dayMs, 10 * dayMs, 60 * dayMs, 400 * dayMs]
  const ages = Array.from({ length: randomInt(1, 80) }, () =>
    randomInt(spans[randomInt(spans.length)] ?? dayMs),
  )
  const versions = made(ages)
  return versions.map((version) => ({ ...version, isPinned: randomInt(12) === 0 }))
}

suite('the versions that stay', () => {
  test('are all of the last day', () => {
    const ages = [0, minuteMs, 2 * minuteMs, 3 * minuteMs, 23 * hourMs, 23 * hourMs + minuteMs]
    assert.equal(keptAges(made(ages)).length, ages.length)
  })

  test('are the last of each hour for a week', () => {
    const twoDays = 2 * dayMs
    // Of 12:30 backwards: 12:25, 12:05 and 11:59.
    const ages = [0, twoDays + 5 * minuteMs, twoDays + 25 * minuteMs, twoDays + 31 * minuteMs]
    assert.deepEqual(keptAges(made(ages)), [twoDays + 31 * minuteMs, twoDays + 5 * minuteMs, 0])
  })

  test('are the last of each day for a month, and of each week from then on', () => {
    const ages = [0, 10 * dayMs, 10 * dayMs + 3 * hourMs, 11 * dayMs]
    assert.deepEqual(keptAges(made(ages)), [11 * dayMs, 10 * dayMs, 0])
    // 42 days before a Wednesday is a Wednesday; its week began two days before.
    const old = [0, 42 * dayMs, 43 * dayMs, 44 * dayMs, 45 * dayMs]
    assert.deepEqual(keptAges(made(old)), [45 * dayMs, 42 * dayMs, 0])
  })

  test('are those that are pinned, and the last, whatever their age', () => {
    const ages = [99 * dayMs, 99 * dayMs + minuteMs, 99 * dayMs + 2 * minuteMs]
    assert.deepEqual(keptAges(made(ages, [1])), [99 * dayMs + 2 * minuteMs, 99 * dayMs])
    const older = { number: 9, createdAt: new Date(0), isPinned: false }
    assert.ok(selectKept([...made(ages), older], now, policy).has(9))
  })

  test('are the same when some were removed before, and stay the same', () => {
    for (let run = 0; run < 400; run++) {
      const versions = randomVersions()
      let left = versions
      for (let ageMs = randomInt(60 * dayMs); ageMs > 0; ageMs -= randomInt(hourMs, 10 * dayMs)) {
        const at = new Date(now.getTime() - ageMs)
        const there = left.filter(({ createdAt }) => createdAt <= at)
        const kept = selectKept(there, at, policy)
        left = left.filter((one) => one.createdAt > at || kept.has(one.number))
      }
      const often = selectKept(left, now, policy)
      const once = selectKept(versions, now, policy)
      // Whoever was the last one then may be kept for that, and is not now.
      assert.deepEqual(
        [...often].toSorted((one, other) => one - other),
        [...once].toSorted((one, other) => one - other),
        JSON.stringify(versions),
      )
      const again = versions.filter(({ number }) => once.has(number))
      assert.equal(selectKept(again, now, policy).size, once.size)
    }
  })

  test('have the last of each span among them', () => {
    for (let run = 0; run < 400; run++) {
      const versions = randomVersions()
      const kept = selectKept(versions, now, policy)
      const spans: readonly [fromDays: number, ms: number][] = [
        [policy.all, hourMs],
        [policy.hourly, dayMs],
      ]
      for (const [fromDays, ms] of spans)
        for (const { createdAt } of versions) {
          if (now.getTime() - createdAt.getTime() < fromDays * dayMs) continue
          const span = Math.floor(createdAt.getTime() / ms)
          const inSpan = versions.filter((one) => Math.floor(one.createdAt.getTime() / ms) === span)
          const last = inSpan.reduce((one, other) => (other.number > one.number ? other : one))
          const isKeptForLonger = now.getTime() - last.createdAt.getTime() < policy.daily * dayMs
          if (ms === dayMs && isKeptForLonger) assert.ok(kept.has(last.number))
        }
      for (const { number, isPinned } of versions) if (isPinned) assert.ok(kept.has(number))
    }
  })
})
