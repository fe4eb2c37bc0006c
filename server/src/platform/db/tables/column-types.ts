import type { ColumnType } from 'kysely'

export type CreatedAt = ColumnType<Date, Date | undefined, never>
export type Bytes = ColumnType<Buffer, Uint8Array, Uint8Array>
export type Timestamp = ColumnType<Date, Date, Date>
export type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>
/** The data key that the bytes beside it are sealed with; null: plain, as earlier versions wrote them. */
export type KeyId = ColumnType<number | null, number | null | undefined, number | null>
