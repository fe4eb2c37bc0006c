import { writeSync } from 'node:fs'
import { FsBlobStore } from '../src/adapters/fs/fs-blob-store.ts'
import { blobKey } from '../src/blob-key.ts'

/** Puts two objects, for a tracer to watch. */
const directory = process.argv[2]
if (directory === undefined) throw new Error('directory expected')
const store = await FsBlobStore.open({ directory })
writeSync(1, 'opened\n')
await store.put(blobKey('a/b/object'), Buffer.from('x'))
writeSync(1, 'replaced\n')
await store.put(blobKey('a/b/other'), Buffer.from('x'), { ifAbsent: true })
writeSync(1, 'created\n')
