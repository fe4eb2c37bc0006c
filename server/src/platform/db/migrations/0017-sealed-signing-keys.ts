import type { Migration } from '../migrate.ts'

/** Private keys are sealed; those that are plain are by the next server that starts, which has the keys for it. */
export const sealedSigningKeys: Migration = {
  number: 17,
  name: 'sealed-signing-keys',
  sql: `
ALTER TABLE signing_keys
  ALTER COLUMN private_jwk DROP NOT NULL,
  ADD COLUMN sealed bytea,
  ADD COLUMN key_id integer,
  ADD CONSTRAINT signing_keys_have_a_private_part CHECK (num_nonnulls(private_jwk, sealed) = 1),
  ADD CONSTRAINT signing_keys_name_their_data_key CHECK ((sealed IS NULL) = (key_id IS NULL));
`,
}
