/** An id of a child for tests; ids are in the order of their numbers. */
export function childId(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}
