import { setTimeout as delay } from 'node:timers/promises'
import type { ApiClient } from './api-client.ts'
import { HocuspocusTypist, textTokens, YWebsocketTypist, type Typist } from './typist.ts'
import { waitFor } from './wait-for.ts'

/** People who type into one text. */
export interface TypingGroup {
  readonly nodeId: string
  readonly typists: readonly Typist[]
}

export interface TypingGroupOptions {
  readonly nodeId: string
  /** Of the group; no other has it. Digits. */
  readonly name: string
  /** Who sits where. The last has the y-websocket client, the others that of Hocuspocus. */
  readonly seats: readonly { readonly person: ApiClient; readonly url: string }[]
  readonly random: () => number
}

/** Resolves when everybody has joined. */
export async function openTypingGroup(options: TypingGroupOptions): Promise<TypingGroup> {
  const { nodeId, name, seats, random } = options
  const [last, ...others] = seats.toReversed()
  const typists: Typist[] = others.map(
    ({ person, url }, index) =>
      new HocuspocusTypist({
        url,
        nodeId,
        random,
        api: person,
        name: `${'abcdefgh'[index] ?? 'z'}${name}`,
      }),
  )
  if (last)
    typists.push(
      await YWebsocketTypist.open({
        url: last.url,
        nodeId,
        random,
        api: last.person,
        name: `y${name}`,
      }),
    )
  await waitFor('everybody has joined', () => typists.every((typist) => typist.isSynced))
  return { nodeId, typists }
}

export async function typeFor(
  groups: readonly TypingGroup[],
  durationMs: number,
  random: () => number,
): Promise<void> {
  const until = performance.now() + durationMs
  while (performance.now() < until) {
    typeOnce(groups, random)
    await delay(5 + random() * 20)
  }
}

/** Some of all people type a token. */
export function typeOnce(groups: readonly TypingGroup[], random: () => number, share = 0.5): void {
  for (const group of groups)
    for (const typist of group.typists) if (random() < share) typist.type()
}

/** Waits for a database that is still coming back. */
export async function readText(api: ApiClient, nodeId: string): Promise<string> {
  let bytes: Uint8Array | undefined
  let failure: unknown
  await waitFor(
    () => `the text can be read: ${String(failure)}`,
    async () => {
      try {
        bytes = await api.bytes(`/nodes/${nodeId}/content`)
      } catch (error) {
        failure = error
      }
      return bytes !== undefined
    },
  )
  return new TextDecoder().decode(bytes)
}

export function hasConverged(group: TypingGroup): boolean {
  const first = textIn(group)
  return group.typists.every(
    (typist) => typist.isSynced && typist.doc.getText('content').toString() === first,
  )
}

/** As the first of the people sees it. */
export function textIn(group: TypingGroup): string {
  return group.typists[0]?.doc.getText('content').toString() ?? ''
}

export function describeGroup(group: TypingGroup): string {
  const lines = group.typists.map(({ doc, state }, index) => {
    const { length } = doc.getText('content')
    return `  ${index}: ${state}, ${length} characters`
  })
  return [`${group.nodeId}:`, ...lines].join('\n')
}

export function acknowledgedIn(group: TypingGroup): Set<string> {
  return new Set(group.typists.flatMap((typist) => [...typist.ledger.acknowledged]))
}

export function findLost(acknowledged: ReadonlySet<string>, text: string): string[] {
  const present = new Set(text.match(textTokens))
  return [...acknowledged].filter((token) => !present.has(token))
}
