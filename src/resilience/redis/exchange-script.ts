/**
 * Appends operations to an account's log and returns all that stand after the caller's place, in one step
 * that nothing comes between. That step is the order of the operations: each process applies them in it.
 *
 * KEYS  log: the operations, oldest first · place: generation, seq, snapshot, snapshotSeq
 * ARGV  generation, seq: where the caller stands · seed: a generation to begin where there is none, or ''
 *       snapshotSeq, snapshot: the caller's state there, or '' · ttlMs · the operations
 *
 * Nothing is appended for a caller that stands elsewhere: it is told where the log is, and comes again.
 */
export const exchangeScript = `
local log, place = KEYS[1], KEYS[2]
local generation, at, seed = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local snapshotSeq, snapshot, ttl = tonumber(ARGV[4]), ARGV[5], ARGV[6]
local kept = redis.call('HMGET', place, 'generation', 'seq', 'snapshotSeq')
local length = redis.call('LLEN', log)
local seq = tonumber(kept[2] or 0)
local first = seq - length + 1

if not kept[1] or first > tonumber(kept[3]) + 1 then
  if seed == '' then return {'empty'} end
  redis.call('DEL', log)
  redis.call('HSET', place, 'generation', seed, 'seq', 0, 'snapshotSeq', 0, 'snapshot', snapshot)
  redis.call('PEXPIRE', place, ttl)
  return {'moved', seed, 0, 0, snapshot}
end

if generation ~= kept[1] or at < first - 1 or at > seq then
  local from = tonumber(kept[3]) - first + 1
  local reply = {'moved', kept[1], seq, tonumber(kept[3]), redis.call('HGET', place, 'snapshot')}
  for _, operation in ipairs(redis.call('LRANGE', log, from, -1)) do reply[#reply + 1] = operation end
  return reply
end

for index = 7, #ARGV do
  redis.call('RPUSH', log, ARGV[index])
  seq = seq + 1
end
redis.call('HSET', place, 'seq', seq)
if snapshot ~= '' and snapshotSeq > tonumber(kept[3]) then
  redis.call('HSET', place, 'snapshotSeq', snapshotSeq, 'snapshot', snapshot)
  redis.call('LTRIM', log, -math.max(seq - snapshotSeq, 512), -1)
end
redis.call('PEXPIRE', log, ttl)
redis.call('PEXPIRE', place, ttl)
local reply = {'appended', seq}
if at < seq then
  local after = redis.call('LLEN', log) - (seq - at)
  for _, operation in ipairs(redis.call('LRANGE', log, after, -1)) do reply[#reply + 1] = operation end
end
return reply
`

/** Where a process stands in an account's log, and what it wants to say. */
export interface ExchangeRequest {
  readonly generation: string
  readonly seq: number
  /** Begins the log anew under this name where there is none. */
  readonly seed?: string
  /** The state at `seq`. */
  readonly snapshot?: string
  readonly operations: readonly string[]
}

export type ExchangeReply =
  | { readonly type: 'appended'; readonly seq: number; readonly operations: readonly string[] }
  | {
      readonly type: 'moved'
      readonly generation: string
      readonly seq: number
      readonly snapshot: string
      readonly operations: readonly string[]
    }
  | { readonly type: 'empty' }

/** Idle accounts are forgotten after a day; the longest wait of a provider is an hour. */
const ttlMs = 24 * 60 * 60 * 1_000

export function exchangeArguments(request: ExchangeRequest): readonly string[] {
  const { generation, seq, seed = '', snapshot = '', operations } = request
  return [generation, String(seq), seed, String(seq), snapshot, String(ttlMs), ...operations]
}

/** @throws TypeError where it is no reply of the script. */
export function readReply(reply: unknown): ExchangeReply {
  const [type, ...rest] = Array.isArray(reply) ? reply : [reply]
  if (type === 'empty') return { type }
  if (type === 'appended') {
    const [seq, ...operations] = rest
    return { type, seq: Number(seq), operations: operations.map(String) }
  }
  if (type === 'moved') {
    const [generation, seq, , snapshot, ...operations] = rest
    return {
      type,
      generation: String(generation),
      seq: Number(seq),
      snapshot: String(snapshot),
      operations: operations.map(String),
    }
  }
  throw new TypeError(`Redis answered ${JSON.stringify(reply)} to an exchange of health.`)
}
