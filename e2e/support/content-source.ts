const sizes = [
  { share: 0.5, min: 100, max: 60_000 },
  { share: 0.35, min: 60_000, max: 700_000 },
  { share: 0.15, min: 1_000_000, max: 4_000_000 },
] as const
const pooled = 12

/** Bytes to upload. Some come again and again, so that they are revived while they are collected. */
export class ContentSource {
  readonly #random: () => number
  readonly #pool: readonly Uint8Array<ArrayBuffer>[]

  constructor(random: () => number) {
    this.#random = random
    this.#pool = Array.from({ length: pooled }, () => this.#new())
  }

  /** One that was there before, as it is or with something behind it, or a new one. */
  next(): Uint8Array<ArrayBuffer> {
    const random = this.#random()
    if (random < 0.45) return this.#old()
    if (random < 0.6) return joined(this.#old(), this.small())
    return this.#new()
  }

  small(): Uint8Array<ArrayBuffer> {
    return this.#ofSize(100 + Math.floor(this.#random() * 4_000))
  }

  /** With some bytes in its middle that are new. */
  edited(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const at = 1 + Math.floor(this.#random() * (bytes.length - 1))
    return joined(bytes.subarray(0, at), this.small(), bytes.subarray(at))
  }

  #old(): Uint8Array<ArrayBuffer> {
    return this.#pool[Math.floor(this.#random() * pooled)] ?? this.#new()
  }

  #new(): Uint8Array<ArrayBuffer> {
    let random = this.#random()
    const size = sizes.find(({ share }) => (random -= share) < 0) ?? sizes[0]
    return this.#ofSize(size.min + Math.floor(this.#random() * (size.max - size.min)))
  }

  /** No text from its first byte on. */
  #ofSize(sizeBytes: number): Uint8Array<ArrayBuffer> {
    const words = new Uint32Array(Math.ceil(sizeBytes / 4))
    // Half is noise, in each chunk; the rest is what compresses.
    for (let at = 0; at < words.length; at += 2) words[at] = this.#random() * 2 ** 32
    const bytes = new Uint8Array(words.buffer, 0, sizeBytes)
    bytes[0] = 0
    return bytes
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
