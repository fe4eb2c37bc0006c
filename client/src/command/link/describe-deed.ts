import type { OperationKind } from '../../sync/model/operation.ts'

const deeds: Readonly<Record<OperationKind, string>> = {
  'create-remote-folder': '↑ new folder',
  'upload-new': '↑ new',
  'upload-change': '↑ changed',
  'move-remote': '↑ moved',
  'mode-remote': '↑ changed mode',
  'trash-remote': '↑ deleted',
  'merge-text': '↕ merged',
  'create-local-folder': '↓ new folder',
  download: '↓ received',
  'move-local': '↓ moved',
  'mode-local': '↓ changed mode',
  'trash-local': '↓ deleted',
  'restore-remote': '↑ brought back',
  dehydrate: '↓ no longer kept here',
  'keep-copy': '↓ kept as a copy',
  adopt: '= found again',
  renew: '= new again',
  settle: '= equal',
  forget: '= gone',
}

/** `↑` went to the server, `↓` came from it. An operation of a newer program stands for itself. */
export function describeDeed(operation: string): string {
  return Object.hasOwn(deeds, operation) ? deeds[operation as OperationKind] : operation
}
