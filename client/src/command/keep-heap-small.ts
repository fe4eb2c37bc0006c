import { setFlagsFromString } from 'node:v8'

/**
 * The command runs for weeks beside whatever else people do. Unasked, V8 lets the part of the heap for what is new grow
 * beyond a hundred megabytes while much is read at once, and keeps it.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=40')
}
