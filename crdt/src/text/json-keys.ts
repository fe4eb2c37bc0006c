/** Whether an object in a JSON text has a key twice. The text must be valid JSON. */
export function hasRepeatedKey(json: string): boolean {
  /** The keys so far of each object that is open; `undefined` for an array. */
  const open: (Set<string> | undefined)[] = []
  const marks = /["{}[\]]/g
  for (let match = marks.exec(json); match; match = marks.exec(json)) {
    const [mark] = match
    if (mark === '{') open.push(new Set())
    else if (mark === '[') open.push(undefined)
    else if (mark !== '"') open.pop()
    else {
      marks.lastIndex = stringEnd(json, match.index)
      if (!isKey(json, marks.lastIndex)) continue
      const keys = open.at(-1)
      const key = String(JSON.parse(json.slice(match.index, marks.lastIndex)))
      if (keys?.has(key)) return true
      keys?.add(key)
    }
  }
  return false
}

/** Behind the closing quote of the string that begins at `start`. */
function stringEnd(json: string, start: number): number {
  let end = json.indexOf('"', start + 1)
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1)
  return end + 1
}

function isEscaped(json: string, index: number): boolean {
  let slashes = 0
  while (json[index - slashes - 1] === '\\') slashes += 1
  return slashes % 2 === 1
}

function isKey(json: string, end: number): boolean {
  let index = end
  while (index < json.length && ' \t\r\n'.includes(json.charAt(index))) index += 1
  return json[index] === ':'
}
