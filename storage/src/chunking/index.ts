export { Chunker } from './chunker.ts'
export { chunkingV1, findCut } from './chunking.ts'
export type { Chunking } from './chunking.ts'
export { gearV1 } from './gear.ts'
