import { maxExchangeBytes, maxExchangedTexts } from '@cloudsync/protocol'
import type { CloudSyncClient, CloudSyncError, ExchangeResult } from '../../sdk/index.ts'
import type { RemoteOutcome, TextAnswer, TextExchange } from '../ports.ts'
import { asOutcome, outcomeOfError } from './remote-failures.ts'

/** Of an item beside its base64. */
const itemBytes = 256

type Answered = RemoteOutcome<TextAnswer>

/** Brings texts in step, in as few requests as may be. One outcome each. */
export async function exchangeTexts(
  client: CloudSyncClient,
  texts: readonly TextExchange[],
): Promise<readonly Answered[]> {
  const outcomes = new Map<TextExchange, Answered>()
  let asked = texts
  while (asked.length > 0) {
    for (const batch of batchesOf(asked)) await exchangeBatch(client, batch, outcomes)
    const left = asked.filter((text) => isLeft(outcomes.get(text)))
    // What the answer had no room for is asked again, as long as that leads anywhere.
    if (left.length === asked.length) break
    asked = left
  }
  return texts.map((text) => outcomes.get(text) ?? { kind: 'stale' })
}

function isLeft(outcome: Answered | undefined): boolean {
  return outcome?.kind === 'refused' && outcome.code === 'answer_full'
}

async function exchangeBatch(
  client: CloudSyncClient,
  batch: readonly TextExchange[],
  outcomes: Map<TextExchange, Answered>,
): Promise<void> {
  const [first] = batch
  if (first && sizeOf(batch) > maxExchangeBytes) {
    const detail = 'More was typed than goes into one request'
    outcomes.set(first, { kind: 'refused', code: 'too_large', detail })
    return
  }
  const items = batch.map(({ id, content, ...sent }) => ({ nodeId: id, etag: content, ...sent }))
  const sent = await asOutcome(() => client.texts.exchange(items))
  for (const [index, text] of batch.entries()) {
    const result = sent.kind === 'done' ? sent.value[index] : undefined
    outcomes.set(text, sent.kind === 'done' ? answerOf(result) : sent)
  }
}

function answerOf(result: ExchangeResult | undefined): Answered {
  if (!result) return { kind: 'stale' }
  if (!result.ok) return refused(result.error)
  return { kind: 'done', value: { update: result.update, content: result.etag } }
}

function* batchesOf(texts: readonly TextExchange[]): Generator<TextExchange[]> {
  let batch: TextExchange[] = []
  for (const text of texts) {
    const isFull = batch.length === maxExchangedTexts || sizeOf([...batch, text]) > maxExchangeBytes
    if (isFull && batch.length > 0) {
      yield batch
      batch = []
    }
    batch.push(text)
  }
  if (batch.length > 0) yield batch
}

function sizeOf(texts: readonly TextExchange[]): number {
  return texts.reduce(
    (sum, { stateVector, update }) =>
      sum + itemBytes + Math.ceil(((stateVector.byteLength + update.byteLength) * 4) / 3) + 8,
    0,
  )
}

/** Of one item; that a server is busy with one does not speak for the others. */
function refused(error: CloudSyncError): RemoteOutcome<never> {
  if (!error.retryable) return outcomeOfError(error) ?? { kind: 'stale' }
  return { kind: 'refused', code: error.code, detail: error.message }
}
