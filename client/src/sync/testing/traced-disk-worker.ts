/**
 * A process of its own that writes `file` through a `NodeDisk` or makes it executable, as its argument says, and leaves in
 * the linked folder, where it is started, what it asked the system for meanwhile: `node_trace.1.log`.
 */
import { createTracing } from 'node:trace_events'
import { openNodeDisk } from '../disk/open-node-disk.ts'
import { realClock, testLinkId } from './open-test-disk.ts'

const disk = await openNodeDisk({ root: process.cwd(), linkId: testLinkId, clock: realClock })
const seen = (await disk.look(['file']))?.fingerprint
const tracing = createTracing({ categories: ['node.fs.sync', 'node.fs.async'] })
tracing.enable()
const { kind } =
  process.argv[2] === 'setExecutable' && seen
    ? await disk.setExecutable(['file'], seen, true)
    : await disk.write(['file'], content(), seen ?? null)
tracing.disable()
if (kind !== 'done') throw new Error(kind)

async function* content(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('after')
}
