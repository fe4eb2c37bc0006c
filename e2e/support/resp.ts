const carriageReturn = 13

/** Types that are followed by as many values as they say, or by twice as many. */
const aggregates: Readonly<Record<string, number>> = { '*': 1, '>': 1, '~': 1, '%': 2, '|': 2 }

/**
 * Where a value of RESP2 or RESP3 (the protocol of Redis) ends that begins at `offset`, or `undefined` when
 * not all of it is there yet. https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export function findValueEnd(bytes: Buffer, offset: number): number | undefined {
  const lineEnd = bytes.indexOf(carriageReturn, offset)
  if (lineEnd === -1 || lineEnd + 2 > bytes.length) return undefined
  const type = String.fromCharCode(bytes[offset] ?? 0)
  const length = Number(bytes.toString('latin1', offset + 1, lineEnd))
  const bodyStart = lineEnd + 2
  const valuesPerItem = aggregates[type]
  if (valuesPerItem !== undefined) return findValuesEnd(bytes, bodyStart, length * valuesPerItem)
  const isBulk = type === '$' || type === '=' || type === '!'
  if (!isBulk || length < 0) return bodyStart
  const end = bodyStart + length + 2
  return end <= bytes.length ? end : undefined
}

function findValuesEnd(bytes: Buffer, offset: number, count: number): number | undefined {
  let end: number | undefined = offset
  for (let index = 0; index < count && end !== undefined; index += 1) end = findValueEnd(bytes, end)
  return end
}

/** Whether a value is a message of a channel, which Redis sends unasked. */
export function isPublished(value: Buffer): boolean {
  return /^[*>]3\r\n\$7\r\nmessage\r\n/.test(value.toString('latin1', 0, 24))
}
