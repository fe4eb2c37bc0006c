import {
  exchangeTextsRequestSchema,
  exchangeTextsResponseSchema,
  makeProblem,
  maxExchangeBytes,
  type ExchangedTextItem,
  type ExchangeResult,
  type ExchangeTextsResponse,
} from '@cloudsync/protocol'
import type { Caller } from '#platform/http/caller.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { findTagPosition, textEtag } from '../content/text-etag.ts'
import { formatOf } from '../content/text-format.ts'
import { requireText, type FilesContext } from '../files-context.ts'

/** So many texts of a request are in memory at once for its sake. */
const maxAtOnce = 8
/** When the answer has so many characters, what is left is asked for again. */
const fullAnswerLength = 24 * 1024 * 1024

/** Of a Yjs update in which nothing is. */
const emptyUpdateLength = 2

/**
 * Brings up to 100 texts and the caller's copies of them together. Whoever may only read brings nothing, and is told
 * what they lack.
 */
export function exchangeTexts(context: FilesContext) {
  return endpoint({
    summary: 'Bring texts and copies of them together',
    answers: { 200: exchangeTextsResponseSchema },
    method: 'post',
    path: '/texts/exchange',
    access: 'user',
    scope: 'files:read',
    needs: { each: 'node.read' },
    body: exchangeTextsRequestSchema,
    maxBodyBytes: maxExchangeBytes,
    operations: ({ items }) => items.length,
    async handle({ caller, body: { items } }) {
      const results: ExchangeResult[] = []
      let answered = 0
      let next = 0
      const work = async () => {
        for (let index = next++; index < items.length; index = next++) {
          const item = items[index] as ExchangedTextItem
          const result =
            answered < fullAnswerLength
              ? await exchangeOne(context, caller, item)
              : refused(item, new ProblemError('answer_full'))
          if (result.ok) answered += result.update.length
          results[index] = result
        }
      }
      await Promise.all(Array.from({ length: Math.min(maxAtOnce, items.length) }, work))
      return json({ results } satisfies ExchangeTextsResponse)
    },
  })
}

/** Whatever is wrong with one does not concern the others. */
async function exchangeOne(
  context: FilesContext,
  caller: Caller,
  item: ExchangedTextItem,
): Promise<ExchangeResult> {
  const { live, log, nodes, touches } = context
  const { nodeId } = item
  try {
    const brought = decode(item.update)
    if (item.keepsVersion && brought.length > emptyUpdateLength)
      await keepVersion(context, caller, nodeId)
    const { update, position } = await live.exchangeText(caller, {
      nodeId,
      epoch: epochOf(item.etag),
      stateVector: decode(item.stateVector),
      update: brought,
    })
    if (brought.length > emptyUpdateLength) touches.hasten(nodeId)
    const format = formatOf(await nodes.get(nodeId))
    const etag = textEtag({ position, format })
    return { ok: true, nodeId, update: Buffer.from(update).toString('base64'), etag }
  } catch (error) {
    if (error instanceof ProblemError) return refused(item, error)
    log.error({ err: error, nodeId }, 'a text could not be exchanged')
    return refused(item, new ProblemError('internal'))
  }
}

/** Once for each state of the text, however often that is asked for. */
async function keepVersion(
  context: FilesContext,
  caller: Caller,
  nodeId: ExchangedTextItem['nodeId'],
): Promise<void> {
  await requireText(context, caller.userId, nodeId, 'node.edit')
  const { bytes, position } = await context.texts.read(nodeId)
  const reason = 'before_import'
  await context.versions.ensure({ nodeId, reason, bytes, position, isExempt: true })
}

function refused({ nodeId }: ExchangedTextItem, error: ProblemError): ExchangeResult {
  const { code, detail, extensions } = error
  return { ok: false, nodeId, problem: makeProblem(code, { detail, extensions }) }
}

function epochOf(etag: string | undefined): number | undefined {
  if (etag === undefined) return undefined
  const position = findTagPosition(etag)
  if (!position) throw new ProblemError('bad_request', { detail: 'The etag is none of a text' })
  return position.epoch
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function decode(text: string): Uint8Array {
  if (!base64.test(text)) throw new ProblemError('bad_request', { detail: 'It is no base64' })
  return Buffer.from(text, 'base64')
}
