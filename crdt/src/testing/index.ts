export { crookedUpdate } from './crooked-updates.ts'
export { Random } from './random.ts'
export { RandomEditors } from './random-updates.ts'
