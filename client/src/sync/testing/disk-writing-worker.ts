/**
 * A process of its own that writes through a `NodeDisk` until it is killed: replaces a file, makes new ones, moves them.
 * Every file is one character, `fileBytes` times. Takes the linked folder as its argument.
 */
import { openNodeDisk } from '../disk/open-node-disk.ts'
import { realClock, testLinkId } from './open-test-disk.ts'

const fileBytes = 300_000

const root = process.argv[2] ?? ''
const disk = await openNodeDisk({ root, linkId: testLinkId, clock: realClock })
await disk.recover()
process.stdout.write('ready\n')
for (let round = 0; ; round++) {
  const char = String.fromCharCode(97 + (round % 26))
  const seen = await disk.look(['file'])
  await disk.write(['file'], content(char), seen?.fingerprint ?? null)
  const name = `new-${process.pid}-${round}`
  const made = await disk.write([name], content(char), null)
  if (made.kind === 'done') await disk.move([name], [`moved-${name}`], made.value)
  const old = await disk.look([`moved-new-${process.pid}-${round - 2}`])
  if (old) await disk.trash([old.name], old.fingerprint)
}

async function* content(char: string): AsyncGenerator<Uint8Array> {
  for (let part = 0; part < 10; part++) yield Buffer.alloc(fileBytes / 10, char)
}
