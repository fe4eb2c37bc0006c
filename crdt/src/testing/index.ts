export { Random } from './random.ts'
export { RandomEditors } from './random-updates.ts'
