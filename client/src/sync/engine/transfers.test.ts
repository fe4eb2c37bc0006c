import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import { realClock } from '../testing/open-test-disk.ts'
import { StaleError } from './step-failures.ts'
import { Transfers } from './transfers.ts'

const about = { id: 'id' as NodeId, path: 'a', direction: 'up', sizeBytes: 3 } as const

function open() {
  const transfers = new Transfers(realClock)
  const passed: number[] = []
  const passAll = async () => {
    for await (const [first = 0] of transfers.watch(bytes(), about)) passed.push(first)
  }
  return { transfers, passed, passAll }
}

async function* bytes(): AsyncGenerator<Uint8Array> {
  for (const first of [1, 2, 3]) yield Uint8Array.of(first)
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}

test('lets nothing through while they are paused, and all afterwards', async () => {
  const { transfers, passed, passAll } = open()
  transfers.pause()
  const all = passAll()
  await turns()
  assert.deepEqual([passed, transfers.sentBytes, transfers.list().length], [[], 0, 1])
  transfers.resume()
  await all
  assert.deepEqual([passed, transfers.list()], [[1, 2, 3], []])
})

test('breaks off what is paused when it has to end', async () => {
  const { transfers, passed, passAll } = open()
  transfers.pause()
  const all = passAll()
  await turns()
  transfers.breakOff()
  await assert.rejects(all, StaleError)
  assert.deepEqual([passed, transfers.list()], [[], []])
})
