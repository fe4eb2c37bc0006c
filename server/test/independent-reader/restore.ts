/**
 * Restores a file, a content or an earlier state of a text from what CloudSync has stored, to the standard output:
 *
 *     node restore.ts <database URL> <directory of the store> <master key file> <what>
 *
 * `what` is the id of a file, the SHA-256 of a content, or `<id of a text>@<epoch>.<seq>`. Written from
 * docs/formats.md alone, with nothing of CloudSync. Exits with 1 when something stored is not as it was.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { readContent } from './contents.ts'
import { openStored, type Stored } from './keys.ts'
import { readText } from './texts.ts'

interface NodeRow {
  readonly kind: string
  readonly sha256: Buffer
  readonly bom: boolean
  readonly line_ending: string
}

async function* restore(stored: Stored, what: string): AsyncGenerator<Buffer> {
  const [id = '', epoch, seq] = what.split(/[@.]/)
  if (id.length === 64) return yield* readContent(stored, Buffer.from(id, 'hex'))
  const { rows } = await stored.db.query<NodeRow>('SELECT * FROM nodes WHERE id = $1', [id])
  const [node] = rows
  const at = seq === undefined ? undefined : { epoch: Number(epoch), seq: Number(seq) }
  if (node?.kind === 'blob' && !at) yield* readContent(stored, node.sha256)
  else if (node) yield textFile(await readText(stored, id, at), node)
  else throw new Error('There is no such file')
}

function textFile(text: string, { bom, line_ending: lineEnding }: NodeRow): Buffer {
  const lines = lineEnding === 'crlf' ? text.replace(/\r?\n/g, '\r\n') : text
  return Buffer.from(bom ? `\ufeff${lines}` : lines)
}

const [url = '', directory = '', keyFile = '', what = ''] = process.argv.slice(2)
const stored = await openStored(url, directory, keyFile)
try {
  await pipeline(Readable.from(restore(stored, what)), process.stdout)
} finally {
  await stored.db.end()
}
