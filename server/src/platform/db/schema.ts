import type { AccessTables } from './tables/access-tables.ts'
import type { AccountTables } from './tables/account-tables.ts'
import type { ContentTables } from './tables/content-tables.ts'
import type { DocumentTables } from './tables/document-tables.ts'
import type { InstallationTables } from './tables/installation-tables.ts'
import type { NodeTables } from './tables/node-tables.ts'
import type { OAuthTables } from './tables/oauth-tables.ts'
import type { SessionTables } from './tables/session-tables.ts'
import type { UploadTables } from './tables/upload-tables.ts'
import type { VersionTables } from './tables/version-tables.ts'

/** The rows of all tables, as the migrations leave them. */
export interface Schema
  extends
    AccessTables,
    AccountTables,
    ContentTables,
    DocumentTables,
    InstallationTables,
    NodeTables,
    OAuthTables,
    SessionTables,
    UploadTables,
    VersionTables {}
