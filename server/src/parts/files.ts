import { FolderProjection, openFiles } from '#features/files/index.ts'
import { openLive, type Live } from '#features/live/index.ts'
import { openUploads } from '#features/uploads/index.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import type { ServerConfig } from '../config/config.ts'
import type { Foundation } from './foundation.ts'
import type { PeopleParts } from './people.ts'
import type { ServerOverrides } from './server-overrides.ts'
import { openStorage } from './storage.ts'

/** What people have: live documents, files and what is in them. */
export interface FileParts {
  readonly live: Live
  readonly endpoints: readonly Endpoint[]
}

export async function openFileParts(
  config: ServerConfig,
  base: Foundation & Pick<PeopleParts, 'identity' | 'access'>,
  stack: AsyncDisposableStack,
  overrides: Pick<ServerOverrides, 'live' | 'contents'>,
): Promise<FileParts> {
  const projection = new FolderProjection(base.clock, base.access)
  const live = stack.use(
    await openLive({
      ...base,
      documentMemoryBytes: config.live.documentMemoryBytes,
      openProjector: (documents) => projection.openProjector(documents),
      ...overrides.live,
    }),
  )
  const { contents, findSpaces } = await openStorage(config, base, stack, overrides.contents)
  const { versionRetention } = config
  const { documents, folders } = live
  const parts = { ...base, contents: contents.contents, findSpaces }
  const files = stack.use(
    openFiles({
      ...parts,
      live: documents,
      folders,
      projection,
      versionRetention,
      spaceSeqs: live.spaceSeqs,
      onDraining: (listener) => live.onDraining(listener),
    }),
  )
  const uploads = stack.use(openUploads({ ...parts, files: files.uploaded }))
  await files.start()
  uploads.start()
  contents.start()
  const features = [live, contents, files, uploads]
  return { live, endpoints: features.flatMap((feature) => [...feature.endpoints]) }
}
