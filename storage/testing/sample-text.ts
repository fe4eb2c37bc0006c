import { seededRandom } from './seeded-random.ts'

const words =
  'the a folder holds every version of what people write and nothing is ever lost when two of them type at once'

/** Text that compresses about as well as prose does, the same for the same seed. ASCII only. */
export function sampleText(sizeBytes: number, seed = 1): Buffer {
  const random = seededRandom(seed)
  const vocabulary = words.split(' ')
  const parts: string[] = []
  for (let length = 0; length < sizeBytes;) {
    const word = vocabulary[Math.floor(random() * vocabulary.length)] ?? ''
    const part = random() < 0.2 ? `${word}${Math.floor(random() * 10_000)}\n` : `${word} `
    parts.push(part)
    length += part.length
  }
  return Buffer.from(parts.join('').slice(0, sizeBytes))
}
