import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { continueTrace, traceparentOf } from './trace-context.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'

suite('a trace', () => {
  test('goes on from what the caller calls it, under a name of our own', () => {
    const trace = continueTrace(`00-${traceId}-${parentId}-01`)
    assert.deepEqual([trace.traceId, trace.parentId, trace.flags], [traceId, parentId, '01'])
    assert.match(trace.spanId, /^[0-9a-f]{16}$/)
    assert.notEqual(trace.spanId, parentId)
    assert.equal(traceparentOf(trace), `00-${traceId}-${trace.spanId}-01`)
  })

  test('of a later version goes on as far as it is known', () => {
    assert.equal(
      continueTrace(`cc-${traceId}-${parentId}-01-what-the-future-brings`).traceId,
      traceId,
    )
  })

  test('begins anew where the caller names none, or none that is valid', () => {
    for (const header of [
      undefined,
      '',
      `ff-${traceId}-${parentId}-01`,
      `00-${'0'.repeat(32)}-${parentId}-01`,
      `00-${traceId}-${'0'.repeat(16)}-01`,
      `00-${traceId}-${parentId}-01-more`,
      `00-${traceId.toUpperCase()}-${parentId}-01`,
      `00-${traceId}-${parentId}`,
    ]) {
      const trace = continueTrace(header)
      assert.match(traceparentOf(trace), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/, header)
      assert.equal(trace.parentId, undefined)
      assert.notEqual(trace.traceId, traceId)
    }
  })

  test('has ids that no other has', () => {
    const spans = Array.from({ length: 5_000 }, () => continueTrace(undefined).spanId)
    assert.equal(new Set(spans).size, spans.length)
  })
})
