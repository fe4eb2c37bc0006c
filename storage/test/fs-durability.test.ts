import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryDirectory } from '../testing/temporary-directory.ts'

const run = promisify(execFile)
const traced = 'fsync,fdatasync,rename,renameat,renameat2,link,linkat,mkdir,mkdirat,write'

type Event =
  | { readonly kind: 'sync' | 'made'; readonly path: string }
  | { readonly kind: 'named'; readonly from: string; readonly to: string }
  | { readonly kind: 'said'; readonly line: string }

test('[FS1] syncs a file before it is named, and its directories before the put resolves', async (context) => {
  const directory = await realpath(await temporaryDirectory())
  const store = join(directory, 'store')
  const log = join(directory, 'trace')
  const child = fileURLToPath(import.meta.resolve('./put-once-child.ts'))
  const trace = ['-f', '-y', '-s', '200', '-e', `trace=${traced}`, '-o', log]
  try {
    await run('strace', [...trace, process.execPath, child, store])
  } catch (error) {
    return context.skip(`system calls cannot be traced here: ${String(error).slice(0, 200)}`)
  }
  const events = (await readFile(log, 'utf8')).split('\n').flatMap(parseEvent)
  checkPut(events, join(store, 'objects/a/b/=ob/object'), 'replaced')
  checkPut(events, join(store, 'objects/a/b/=ot/other'), 'created')
  for (const [index, event] of events.entries()) {
    if (event.kind !== 'made' || !event.path.startsWith(store)) continue
    const acknowledged = events.findIndex((other, at) => at > index && other.kind === 'said')
    const synced = syncedBetween(events, dirname(event.path), index, acknowledged)
    assert.ok(synced, `${event.path} was made and its directory not synced`)
  }
})

function checkPut(events: readonly Event[], path: string, line: string): void {
  const named = events.findIndex((event) => event.kind === 'named' && event.to === path)
  const event = events[named]
  assert.ok(event?.kind === 'named', `${path} got its name`)
  assert.ok(syncedBetween(events, event.from, 0, named), 'the file was synced first')
  const said = events.findIndex((other) => other.kind === 'said' && other.line === line)
  assert.ok(syncedBetween(events, dirname(path), named, said), 'the directory was synced after')
}

function syncedBetween(events: readonly Event[], path: string, from: number, to: number): boolean {
  const between = events.slice(from, to)
  return between.some((event) => event.kind === 'sync' && event.path === path)
}

/** A line of strace, as far as it concerns us. A call of a thread may be cut in two: the first half counts. */
function parseEvent(line: string): Event[] {
  const sync = /(?:fsync|fdatasync)\(\d+<([^>]*)>/.exec(line)
  if (sync?.[1] !== undefined) return [{ kind: 'sync', path: sync[1] }]
  const named =
    /(?:rename|link)\w*\((?:AT_FDCWD[^,]*, )?"([^"]*)", (?:AT_FDCWD[^,]*, )?"([^"]*)"/.exec(line)
  if (named?.[1] !== undefined && named[2] !== undefined)
    return [{ kind: 'named', from: named[1], to: named[2] }]
  const made = /mkdir\w*\((?:AT_FDCWD[^,]*, )?"([^"]*)".*(?:= 0|unfinished)/.exec(line)
  if (made?.[1] !== undefined) return [{ kind: 'made', path: made[1] }]
  const said = /write\(1<[^>]*>, "(opened|replaced|created)\\n"/.exec(line)
  return said?.[1] === undefined ? [] : [{ kind: 'said', line: said[1] }]
}
