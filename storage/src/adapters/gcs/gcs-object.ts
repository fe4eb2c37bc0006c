/** What the service tells of an object. https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
export interface GcsObject {
  readonly name: string
  readonly generation: string
  readonly sizeBytes: number
  readonly modifiedAt: Date
}

export function parseObject(text: string): GcsObject {
  return toObject(JSON.parse(text) as Record<string, unknown>)
}

export function parseObjectPage(text: string): { items: GcsObject[]; nextPageToken?: string } {
  const page = JSON.parse(text) as {
    readonly items?: readonly Record<string, unknown>[]
    readonly nextPageToken?: string
  }
  const items = (page.items ?? []).map(toObject)
  return page.nextPageToken ? { items, nextPageToken: page.nextPageToken } : { items }
}

function toObject({ name, generation, size, updated }: Record<string, unknown>): GcsObject {
  return {
    name: String(name),
    generation: String(generation),
    sizeBytes: Number(size),
    modifiedAt: new Date(String(updated)),
  }
}
