export { crookedUpdate } from './crooked-updates.ts'
export { Random, seededRandom } from './random.ts'
export { RandomEditors } from './random-updates.ts'
