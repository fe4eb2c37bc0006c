import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { seededRandom } from '../../storage/testing/seeded-random.ts'
import { sayer } from './made-up-words.ts'

const seed = 20_261_201

/** Writes a database of a shop: `orders` rows of some 250 bytes each, with two indexes. Always the same. */
export function writeShop(path: string, orders: number): void {
  const random = seededRandom(seed)
  const say = sayer(random)
  using database = open(path)
  database.exec(`
    CREATE TABLE orders (
      id INTEGER PRIMARY KEY, customer TEXT NOT NULL, token TEXT NOT NULL,
      status TEXT NOT NULL, cents INTEGER NOT NULL, note TEXT NOT NULL, changed_at INTEGER NOT NULL
    );
    CREATE INDEX orders_by_customer ON orders (customer);
    CREATE INDEX orders_by_change ON orders (changed_at);
    BEGIN`)
  const insert = database.prepare('INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)')
  for (let id = 1; id <= orders; id++) {
    const token = createHash('sha256').update(`${seed} ${id}`).digest('hex')
    const cents = Math.floor(random() * 100_000)
    insert.run(id, say(2), token, 'open', cents, say(10 + Math.floor(random() * 20)), 1e9 + id * 60)
  }
  database.exec('COMMIT')
}

/** Updates orders here and there, each in a transaction of its own. */
export function updateShop(path: string, updates: number): void {
  const random = seededRandom(seed + 1)
  const say = sayer(random)
  using database = open(path)
  const { orders } = database.prepare('SELECT max(id) AS orders FROM orders').get() as {
    orders: number
  }
  const update = database.prepare(
    'UPDATE orders SET status = ?, cents = cents + ?, note = ?, changed_at = ? WHERE id = ?',
  )
  for (let done = 0; done < updates; done++) {
    const id = 1 + Math.floor(random() * orders)
    const note = say(10 + Math.floor(random() * 20))
    update.run('paid', Math.floor(random() * 1_000), note, 2e9 + done, id)
  }
}

function open(path: string): DatabaseSync & Disposable {
  const database = new DatabaseSync(path)
  // Nobody needs it after a loss of power.
  database.exec('PRAGMA synchronous = OFF')
  return database
}
